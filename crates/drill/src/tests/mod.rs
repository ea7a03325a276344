//! The simulator seen from outside: through its public interface and a client that reads bytes.

mod checks;
mod client;
mod continuing;
mod faults;
mod goldens;
mod http2;
mod pace;
mod scripts;
mod sockets;
mod watching;
