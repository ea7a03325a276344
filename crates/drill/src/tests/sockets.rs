//! The main faults over TCP, where a reset is a real one.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::client::{End, Seen, bytes_of, exchange};
use crate::{Dialect, ErrorKind, ProviderArgs, Reachable, Script, Simulator, serve};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn play(script: Script) -> Seen {
    let simulator = Simulator::new(Dialect::Anthropic).default(script);
    let listening = simulator.listen(ANY_PORT).await.unwrap();
    let socket = TcpStream::connect(listening.address()).await.unwrap();
    exchange(socket, &bytes_of(Dialect::Anthropic, true)).await
}

#[tokio::test]
async fn the_main_faults_are_real_on_a_socket() {
    let hello = || Script::answer("Hello big world");
    for (script, said, end, whole) in [
        (hello(), "Hello big world", End::Closed, true),
        (hello().between_tokens(1), "Hello big world", End::Closed, true),
        (hello().cut_at(1), "Hello", End::Closed, true),
        (hello().close_at(2), "Hello big", End::Closed, false),
        (hello().reset_at(2), "Hello big", End::Reset, false),
        (hello().error_event_at(1, ErrorKind::Overloaded), "Hello", End::Closed, true),
        (Script::reset(), "", End::Reset, false),
        (Script::close(), "", End::Closed, false),
    ] {
        let text = script.to_string();
        let seen = play(script).await;
        assert_eq!((seen.said().as_str(), seen.end, seen.whole), (said, end, whole), "{text}");
    }
    assert_eq!(play(Script::status(529)).await.status, 529);
}

#[tokio::test]
async fn a_socket_that_closes_is_a_client_that_left() {
    let simulator = Simulator::new(Dialect::Cohere).default(Script::answer("a b c").stall_at(2));
    let listening = simulator.listen(ANY_PORT).await.unwrap();
    let mut socket = TcpStream::connect(listening.address()).await.unwrap();
    socket.write_all(&bytes_of(Dialect::Cohere, true)).await.unwrap();
    simulator.wait_for_tokens(2).await;
    drop(socket);
    assert_eq!(simulator.wait_for_hangup().await.tokens, 2);
}

#[tokio::test]
async fn a_port_that_refuses_resets_its_connections() {
    let simulator = Simulator::new(Dialect::OpenAi);
    let listening = simulator.listen(ANY_PORT).await.unwrap();
    simulator.reachable(Reachable::Refused);
    let mut socket = TcpStream::connect(listening.address()).await.unwrap();
    let mut nothing = [0; 1];
    let error = tokio::io::AsyncReadExt::read(&mut socket, &mut nothing).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let _wrote = socket.write(b"x").await;
}

#[tokio::test]
async fn a_port_is_free_again_when_its_guard_is_gone() {
    let simulator = Simulator::new(Dialect::OpenAi);
    let listening = simulator.listen(ANY_PORT).await.unwrap();
    let address = listening.address();
    assert_eq!(listening.url(), format!("http://{address}"));
    drop(listening);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_command_serves_until_it_is_told_to_stop() {
    let args = ProviderArgs {
        listen: ANY_PORT,
        dialect: None,
        script: "ok".parse().unwrap(),
        models: vec![("gpt-4o".to_owned(), "503".parse().unwrap())],
        lenient: true,
        bench: false,
    };
    let simulator = args.simulator();
    let listening = simulator.listen(args.listen).await.unwrap();
    for (dialect, status) in [(Dialect::OpenAi, 503), (Dialect::Anthropic, 200), (Dialect::Cohere, 200)] {
        let socket = TcpStream::connect(listening.address()).await.unwrap();
        assert_eq!(exchange(socket, &bytes_of(dialect, false)).await.status, status);
    }
    let taken = serve(listening.address(), simulator.clone(), std::future::ready(())).await;
    assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    serve(ANY_PORT, simulator, std::future::ready(())).await.unwrap();
}
