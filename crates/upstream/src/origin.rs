//! Where a provider lives: a base URL, parsed and checked once.
//!
//! A base URL is given the way the vendor's own SDK takes it (`https://api.openai.com/v1`).
//! It is parsed when the configuration is read, so that nothing about it can fail while a request waits.

use std::fmt;
use std::path::PathBuf;

use http::Uri;

/// Whether the bytes on the socket are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain TCP.
    Http,
    /// TLS, always with full verification of the certificate.
    Https,
}

impl Scheme {
    /// The scheme as it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// What a connection is opened to. Two origins with the same endpoint share their idle connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A host and port on the network.
    Tcp {
        /// Plain or encrypted.
        scheme: Scheme,
        /// A name or an IP address. IPv6 addresses stand without brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// A Unix socket on this machine: the local engine's child process.
    Unix(PathBuf),
}

impl Endpoint {
    /// Whether connections to this endpoint are encrypted.
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tcp { scheme: Scheme::Https, .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port, .. } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port, .. } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A provider's base URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What to connect to.
    pub endpoint: Endpoint,
    /// The path every request path is joined to. Empty, or starts with `/` and does not end with it.
    pub base_path: String,
    /// The value of `host` or `:authority`.
    pub authority: String,
    /// Speak HTTP/2: by ALPN over TLS, by prior knowledge over plain TCP.
    pub http2: bool,
}

/// Why a base URL cannot be used. The message is written for the person who wrote the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// The text is no URL at all.
    #[error("not a URL: {0}")]
    Syntax(String),
    /// The scheme is missing or is not one we speak.
    #[error("the URL must start with http://, https:// or unix:")]
    Scheme,
    /// No host was given.
    #[error("the URL names no host")]
    NoHost,
    /// A user name or password stands before the host. Secrets in URLs end up in logs.
    #[error("the URL holds a user name or password; give the key as a header or in `api_keys` instead")]
    Credentials,
    /// A query cannot be joined with request paths.
    #[error("a base URL must not hold a query")]
    Query,
    /// A `unix:` URL without an absolute path.
    #[error("a Unix socket must be given as an absolute path, as in unix:/run/engine.sock")]
    SocketPath,
}

// === impl Origin ===

impl Origin {
    /// Parses a base URL: `http://`, `https://` or `unix:/absolute/path`.
    ///
    /// # Errors
    /// [`BadUrl`] says what is wrong with it.
    pub fn parse(base_url: &str) -> Result<Self, BadUrl> {
        let (origin, query) = Self::parse_with_query(base_url)?;
        if query.is_some() {
            return Err(BadUrl::Query);
        }
        Ok(origin)
    }

    /// An origin for a Unix socket on this machine, with an empty base path.
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: Endpoint::Unix(path.into()),
            base_path: String::new(),
            authority: "localhost".to_owned(),
            http2: false,
        }
    }

    /// The same origin, spoken to in HTTP/2 or not.
    #[must_use]
    pub fn with_http2(mut self, http2: bool) -> Self {
        self.http2 = http2;
        self
    }

    /// As [`Origin::parse`], but a query is allowed and handed back: the form of a whole URL.
    pub(crate) fn parse_with_query(url: &str) -> Result<(Self, Option<String>), BadUrl> {
        if let Some(path) = url.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.starts_with('/') {
                Ok((Self::unix(path), None))
            } else {
                Err(BadUrl::SocketPath)
            };
        }
        let uri: Uri =
            url.trim().parse().map_err(|e: http::uri::InvalidUri| BadUrl::Syntax(e.to_string()))?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(_) | None => return Err(BadUrl::Scheme),
        };
        let authority = uri.authority().ok_or(BadUrl::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(BadUrl::Credentials);
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(BadUrl::NoHost);
        }
        let endpoint = Endpoint::Tcp {
            scheme,
            host: host.to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or_else(|| scheme.default_port()),
        };
        let origin = Self {
            endpoint,
            base_path: uri.path().trim_end_matches('/').to_owned(),
            authority: authority.as_str().to_ascii_lowercase(),
            http2: false,
        };
        Ok((origin, uri.query().map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        let actual = match Origin::parse(url) {
            Ok(o) => format!("{:?} {} {}", o.endpoint, o.authority, o.base_path),
            Err(e) => format!("error: {e}"),
        };
        assert_eq!(actual, expected, "{url}");
    }

    #[test]
    fn base_urls_are_taken_as_the_vendors_sdk_takes_them() {
        check(
            "https://api.openai.com/v1",
            r#"Tcp { scheme: Https, host: "api.openai.com", port: 443 } api.openai.com /v1"#,
        );
        check(
            "http://Localhost:11434/",
            r#"Tcp { scheme: Http, host: "localhost", port: 11434 } localhost:11434 "#,
        );
        check("http://[::1]:80/a/b/", r#"Tcp { scheme: Http, host: "::1", port: 80 } [::1]:80 /a/b"#);
        check("unix:/run/e.sock", r#"Unix("/run/e.sock") localhost "#);
        check("unix:///run/e.sock", r#"Unix("/run/e.sock") localhost "#);
    }

    #[test]
    fn a_bad_base_url_is_refused_with_its_reason() {
        let scheme = "error: the URL must start with http://, https:// or unix:";
        check("api.openai.com", scheme);
        check("ftp://x/", scheme);
        check(
            "unix:e.sock",
            "error: a Unix socket must be given as an absolute path, as in unix:/run/engine.sock",
        );
        check(
            "https://me:sk-1@host/",
            "error: the URL holds a user name or password; give the key as a header or in `api_keys` instead",
        );
        check("https://host/v1?key=1", "error: a base URL must not hold a query");
        check("http://a b/", "error: not a URL: invalid uri character");
    }
}
