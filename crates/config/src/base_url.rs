//! Base URLs as the vendors' SDKs take them, and the ways they are usually got wrong.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use http::Uri;

use crate::diagnostic::{Diagnostic, Id};
use crate::reader::Reader;
use crate::snapshot::ProviderDialect;

/// A base URL that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Without a slash at the end.
    pub(crate) text: String,
    /// Whether what is sent there can be read on the way.
    pub(crate) plain: bool,
    /// Whether it is on this machine.
    pub(crate) loopback: bool,
    port: u16,
}

/// What is wrong with a URL, in words that end a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UrlError {
    #[error("it must start with http:// or https://")]
    NoScheme,
    #[error("this is not a URL")]
    NotAUrl,
    #[error("the host is missing")]
    NoHost,
    #[error("a name or password in a URL ends up in logs")]
    Credentials,
    #[error("a base URL has no part after `?`")]
    Query,
    #[error("this is the address of one endpoint, not the base of all")]
    Endpoint,
}

impl BaseUrl {
    /// Parses and checks.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let plain = text.starts_with("http://");
        if !plain && !text.starts_with("https://") {
            return Err(UrlError::NoScheme);
        }
        if text.contains('#') {
            return Err(UrlError::Query);
        }
        let uri: Uri = text.parse().map_err(|_| UrlError::NotAUrl)?;
        let authority = uri.authority().ok_or(UrlError::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::Credentials);
        }
        if uri.query().is_some() {
            return Err(UrlError::Query);
        }
        let host = authority.host();
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        // `host:` and `host:99999` parse as an authority without a port.
        let after_host = authority.as_str().get(host.len()..).unwrap_or_default();
        if !after_host.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
            return Err(UrlError::NotAUrl);
        }
        let path = uri.path().trim_end_matches('/');
        if ["/chat/completions", "/messages", "/v2/chat", "/completions"]
            .iter()
            .any(|end| path.ends_with(end))
        {
            return Err(UrlError::Endpoint);
        }
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        Ok(Self {
            text: text.trim_end_matches('/').to_owned(),
            plain,
            loopback: host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback()),
            port: authority.port_u16().unwrap_or(if plain { 80 } else { 443 }),
        })
    }

    /// Whether requests sent there would come back to this gateway.
    pub(crate) fn is_self(&self, listen: SocketAddr) -> bool {
        self.loopback
            && self.port == listen.port()
            && (listen.ip().is_loopback() || listen.ip().is_unspecified())
    }
}

/// Reads a base URL of the file and notes what is wrong with it.
pub(crate) fn check(
    reader: &mut Reader<'_>,
    text: &str,
    span: Range<usize>,
    dialect: ProviderDialect,
    listen: Option<SocketAddr>,
) -> Option<BaseUrl> {
    let example = dialect.default_base_url().unwrap_or("https://api.openai.com/v1");
    let url = match BaseUrl::parse(text) {
        Ok(url) => url,
        Err(why) => {
            if matches!(why, UrlError::Credentials | UrlError::Query | UrlError::NotAUrl) {
                reader.secrets.push(span.clone());
            }
            let help = match why {
                UrlError::Credentials | UrlError::Query => {
                    "send keys with `api_keys` or `headers`".to_owned()
                }
                UrlError::NoScheme if looks_like_host(text) => {
                    format!("write `base_url = \"https://{text}\"`")
                }
                UrlError::Endpoint => "leave the end of the path out; the dialect adds it".to_owned(),
                UrlError::NoScheme | UrlError::NotAUrl | UrlError::NoHost => {
                    format!("for example `base_url = \"{example}\"`")
                }
            };
            reader.note(
                Diagnostic::error(Id::BadUrl, span, "`base_url` is not a base URL")
                    .label(why.to_string())
                    .help(help),
            );
            return None;
        }
    };
    let path =
        url.text.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    match dialect {
        ProviderDialect::OpenAi if path.is_empty() => reader.note(
            Diagnostic::warning(Id::BadUrl, span.clone(), "OpenAI base URLs usually end with `/v1`")
                .label("requests go to this address + `/chat/completions`")
                .help(format!("write `base_url = \"{}/v1\"`, as the OpenAI SDK takes it", url.text)),
        ),
        ProviderDialect::Anthropic | ProviderDialect::Cohere
            if path.ends_with("v1") || path.ends_with("v2") =>
        {
            reader.note(
                Diagnostic::error(Id::BadUrl, span.clone(), "this base URL ends with a version")
                    .label("the dialect adds the version itself")
                    .help(format!(
                        "write `base_url = \"{}\"`, as the vendor's SDK takes it",
                        without_version(&url.text)
                    )),
            );
        }
        ProviderDialect::OpenAi
        | ProviderDialect::Anthropic
        | ProviderDialect::Cohere
        | ProviderDialect::Local => {}
    }
    if listen.is_some_and(|listen| url.is_self(listen)) {
        reader.note(
            Diagnostic::error(Id::ProviderLoop, span, "this provider is Handover itself")
                .label("requests sent here would come back for ever")
                .help("give the provider's own address"),
        );
    }
    Some(url)
}

/// `api.example.com/v1`, which only lacks its scheme.
fn looks_like_host(text: &str) -> bool {
    BaseUrl::parse(&format!("https://{text}")).is_ok() && !text.contains("://") && text.contains('.')
}

fn without_version(url: &str) -> &str {
    url.trim_end_matches("v1").trim_end_matches("v2").trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_that_cannot_work_is_refused_before_the_first_request() {
        let check = |text: &str, expected: Result<&str, UrlError>| {
            assert_eq!(BaseUrl::parse(text).map(|url| url.text), expected.map(str::to_owned), "{text}");
        };
        check("https://api.openai.com/v1", Ok("https://api.openai.com/v1"));
        check("https://api.openai.com/v1/", Ok("https://api.openai.com/v1"));
        check("http://[::1]:8000/v1", Ok("http://[::1]:8000/v1"));
        check("http://localhost:11434/v1", Ok("http://localhost:11434/v1"));
        check("api.openai.com/v1", Err(UrlError::NoScheme));
        check("ftp://x", Err(UrlError::NoScheme));
        check("https://", Err(UrlError::NotAUrl));
        check("https://a b", Err(UrlError::NotAUrl));
        check("https://host:99999/v1", Err(UrlError::NotAUrl));
        check("https://host:0/v1", Err(UrlError::NotAUrl));
        check("https://me:pass@host/v1", Err(UrlError::Credentials));
        check("https://host/v1?key=x", Err(UrlError::Query));
        check("https://host/v1#x", Err(UrlError::Query));
        check("https://api.openai.com/v1/chat/completions", Err(UrlError::Endpoint));
        check("https://api.anthropic.com/v1/messages/", Err(UrlError::Endpoint));
    }

    #[test]
    fn the_gateway_does_not_call_itself() {
        let check = |url: &str, listen: &str, expected: bool| {
            assert_eq!(
                BaseUrl::parse(url).unwrap().is_self(listen.parse().unwrap()),
                expected,
                "{url} {listen}"
            );
        };
        check("http://127.0.0.1:4040/v1", "127.0.0.1:4040", true);
        check("http://localhost:4040/v1", "127.0.0.1:4040", true);
        check("http://[::1]:4040/v1", "0.0.0.0:4040", true);
        check("http://127.0.0.1:4041/v1", "127.0.0.1:4040", false);
        check("http://example.com:4040/v1", "127.0.0.1:4040", false);
        check("https://api.openai.com/v1", "127.0.0.1:443", false);
    }
}
