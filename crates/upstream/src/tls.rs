//! TLS: rustls with ring, the system's roots and the operator's own.
//!
//! Verification is never relaxed: there is no switch for it, here or in the configuration.
//! The roots are read on the first `https://` connection, so a gateway that speaks only to local servers pays
//! nothing for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

use crate::connect::Connected;
use crate::error::{SendError, SendErrorKind};

/// The two faces of the configuration.
#[derive(Debug, Clone)]
struct Configs {
    /// Offers nothing by ALPN, which means HTTP/1.1.
    http1: Arc<ClientConfig>,
    /// Offers HTTP/2 and HTTP/1.1.
    http2: Arc<ClientConfig>,
}

#[derive(Debug)]
pub(crate) struct Tls {
    ca_file: Option<PathBuf>,
    configs: OnceCell<Configs>,
}

impl Tls {
    /// `ca_file` holds further roots, in PEM.
    pub(crate) fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file, configs: OnceCell::new() }
    }

    pub(crate) async fn handshake(
        &self,
        stream: TcpStream,
        host: &str,
        http2: bool,
    ) -> Result<Connected, SendError> {
        let configs = self.configs.get_or_try_init(|| load(self.ca_file.clone())).await?;
        let config = if http2 { &configs.http2 } else { &configs.http1 };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|e| failed(format!("{host} is no name a certificate can have")).caused_by(e))?;
        let stream = TlsConnector::from(Arc::clone(config))
            .connect(name, stream)
            .await
            .map_err(|e| failed(format!("TLS handshake with {host} failed: {e}")).caused_by(e))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Connected { io: Box::new(stream), http2 })
    }
}

fn failed(message: String) -> SendError {
    SendError::unreached(SendErrorKind::Tls, message)
}

/// Reads the roots off the runtime's threads: some systems keep hundreds of files.
async fn load(ca_file: Option<PathBuf>) -> Result<Configs, SendError> {
    tokio::task::spawn_blocking(move || build(ca_file.as_deref()))
        .await
        .map_err(|e| failed("TLS setup was interrupted".to_owned()).caused_by(e))?
}

fn build(ca_file: Option<&Path>) -> Result<Configs, SendError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "a system root certificate could not be read");
    }
    roots.add_parsable_certificates(native.certs);
    if let Some(path) = ca_file {
        add_file(&mut roots, path)?;
    }
    if roots.is_empty() {
        tracing::warn!("no root certificates found: no https:// provider can be verified");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let http1 = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| failed("TLS setup failed".to_owned()).caused_by(e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut http2 = http1.clone();
    http2.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Configs { http1: Arc::new(http1), http2: Arc::new(http2) })
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), SendError> {
    let bad = || failed(format!("cannot use the CA file {}", path.display()));
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| bad().caused_by(e.to_string()))? {
        let certificate = certificate.map_err(|e| bad().caused_by(e.to_string()))?;
        roots.add(certificate).map_err(|e| bad().caused_by(e))?;
    }
    Ok(())
}
