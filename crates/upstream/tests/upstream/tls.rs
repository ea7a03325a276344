//! TLS: certificates are checked, whatever happens.

use std::sync::Arc;

use handover_upstream::{Client, ClientConfig, Origin, SendErrorKind, collect};
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

use crate::support::{Conn, Peer, call, client};

/// A certificate authority of our own, and a server certificate it gave to `name`.
struct Ca {
    file: NamedTempFile,
    server: Arc<ServerConfig>,
}

fn ca(name: &str, alpn: &[&str]) -> Ca {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    server.alpn_protocols = alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
    Ca { file, server: Arc::new(server) }
}

fn trusting(ca: &Ca) -> Client {
    Client::new(ClientConfig { ca_file: Some(ca.file.path().to_owned()), ..ClientConfig::default() })
}

fn origin(peer: &Peer, http2: bool) -> Arc<Origin> {
    Arc::new(Origin::parse(&format!("https://localhost:{}", peer.port)).unwrap().with_http2(http2))
}

/// Accepts connections for ever; each is answered once over HTTP/1.1 or HTTP/2, as was agreed.
async fn serve(peer: &Peer, server: Arc<ServerConfig>) {
    loop {
        let stream = peer.accept().await.stream;
        let Ok(stream) = TlsAcceptor::from(Arc::clone(&server)).accept(stream).await else { continue };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            let mut conn = h2::server::handshake(stream).await.unwrap();
            let mut respond = conn.accept().await.unwrap().unwrap().1;
            let mut body = respond.send_response(http::Response::new(()), false).unwrap();
            body.send_data("safe".into(), true).unwrap();
            conn.accept().await;
        } else {
            let mut conn = Conn::new(stream);
            conn.request().await;
            conn.answer("safe").await;
            conn.closed().await;
        }
    }
}

/// What a client that trusts `ca` (or only the system) gets from a server with its certificate.
async fn check(ca: &Ca, client: &Client, http2: bool, expected: Result<Version, SendErrorKind>) {
    let peer = Peer::bind().await;
    let origin = origin(&peer, http2);
    let asking = async {
        match client.send(call(&origin)).await {
            Ok(response) => {
                let version = response.version();
                assert_eq!(collect(response.into_body(), 100).await.unwrap(), "safe");
                Ok(version)
            }
            Err(e) => {
                assert!(!e.reached);
                Err(e.kind)
            }
        }
    };
    let outcome = tokio::select! {
        outcome = asking => outcome,
        () = serve(&peer, Arc::clone(&ca.server)) => panic!("serves for ever"),
    };
    assert_eq!(outcome, expected);
}

#[tokio::test]
async fn a_provider_with_the_operators_own_authority_is_reached() {
    let plain = ca("localhost", &[]);
    check(&plain, &trusting(&plain), false, Ok(Version::HTTP_11)).await;
    let both = ca("localhost", &["h2", "http/1.1"]);
    check(&both, &trusting(&both), true, Ok(Version::HTTP_2)).await;
    check(&both, &trusting(&both), false, Ok(Version::HTTP_11)).await;
    // HTTP/2 was asked for, and the server speaks only HTTP/1.1.
    check(&plain, &trusting(&plain), true, Ok(Version::HTTP_11)).await;
}

#[tokio::test]
async fn nobody_can_pose_as_a_provider() {
    let good = ca("localhost", &[]);
    check(&good, &client(), false, Err(SendErrorKind::Tls)).await;
    let other_name = ca("other.example", &[]);
    check(&other_name, &trusting(&other_name), false, Err(SendErrorKind::Tls)).await;
    check(&good, &trusting(&other_name), false, Err(SendErrorKind::Tls)).await;
}

#[tokio::test]
async fn a_plain_server_behind_https_is_a_tls_failure() {
    let peer = Peer::bind().await;
    let (origin, client) = (origin(&peer, false), client());
    let plain = async {
        let mut conn = peer.accept().await;
        conn.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        conn.closed().await;
    };
    let (outcome, ()) = tokio::join!(client.send(call(&origin)), plain);
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.reached), (SendErrorKind::Tls, false));
}

#[tokio::test]
async fn a_missing_ca_file_is_named_in_the_error() {
    let peer = Peer::bind().await;
    let client =
        Client::new(ClientConfig { ca_file: Some("/nowhere/ca.pem".into()), ..ClientConfig::default() });
    let origin = origin(&peer, false);
    let (outcome, _conn) = tokio::join!(client.send(call(&origin)), peer.accept());
    let error = outcome.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Tls);
    assert!(error.message.contains("/nowhere/ca.pem"), "{error}");
}
