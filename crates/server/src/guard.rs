//! Keeping other people's web pages out.
//!
//! The gateway asks its callers for no key, and it spends its owner's money. Any page open in the owner's browser can
//! send a request to a port of their machine, and under a name of its own that it points at 127.0.0.1 ("DNS
//! rebinding") it can read the answer too. Browsers say where a request comes from; programs do not, and are not
//! asked to. So a request that comes from a browser must come from a page of this gateway, reached under an address
//! or as localhost, or under a name that its owner has given it (`public_names`), as behind a proxy.
//!
//! Source: W3C, "Fetch Metadata Request Headers"; MDN, `Origin`.

use handover_dialect::{CallerError, ErrorKind};
use http::HeaderMap;
use http::header::{HOST, ORIGIN, USER_AGENT};
use std::net::IpAddr;

/// Lets programs and this gateway's own pages pass.
///
/// # Errors
/// 403 for a request that a page of another site makes.
pub(crate) fn check(headers: &HeaderMap, names: &[String]) -> Result<(), CallerError> {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or_default());
    let site = text("sec-fetch-site");
    let origin = text(ORIGIN.as_str());
    if site.is_none() && origin.is_none() {
        return Ok(());
    }
    let host = text(HOST.as_str()).unwrap_or_default();
    let from_here = matches!(site, None | Some("same-origin" | "none"));
    // A proxy may tell us its own name for us, and passes the browser's on.
    let is_here = |from: &str| from == host || is_given(from, names);
    let same_origin =
        origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, from)| is_here(from)));
    if from_here && same_origin && is_own(host, names) {
        return Ok(());
    }
    Err(CallerError::new(
        ErrorKind::Forbidden,
        "This request comes from a web page of another site. Handover answers programs, and its own pages only. If \
         this is one of them, under a name or behind a proxy, give that name in `public_names`.",
    ))
}

/// Keeps a borrowed name from reading what the gateway tells about itself.
///
/// A browser sends neither `origin` nor fetch metadata when a page reads its own address over plain HTTP, and a
/// borrowed name is such an address. All that gives the browser away then is its name. Programs under a name of
/// their network (`http://handover:4040/metrics`) are let in.
///
/// # Errors
/// 403 for a browser under a name that somebody else could have pointed here.
pub(crate) fn check_reader(private: bool, headers: &HeaderMap, names: &[String]) -> Result<(), CallerError> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let is_browser = text(USER_AGENT).starts_with("Mozilla/");
    if private && is_browser && !is_own(text(HOST), names) {
        return Err(CallerError::new(
            ErrorKind::Forbidden,
            "A browser may read this under the gateway's address, as localhost, or under one of its `public_names`.",
        ));
    }
    Ok(())
}

/// An address, localhost, or a name that the owner has given the gateway.
fn is_own(host: &str, names: &[String]) -> bool {
    is_no_borrowed_name(host) || is_given(host, names)
}

/// One of the gateway's own names, with the port that it was given with, or any where it was given without.
fn is_given(host: &str, names: &[String]) -> bool {
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    names.iter().any(|name| name.eq_ignore_ascii_case(host) || name.eq_ignore_ascii_case(bare))
}

/// An address or localhost: not a name that somebody else could point here.
fn is_no_borrowed_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check_headers(pairs: &[(&'static str, &'static str)], passes: bool) {
        let headers = pairs.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect();
        assert_eq!(check(&headers, &[]).is_ok(), passes, "{pairs:?}");
    }

    #[test]
    fn a_page_behind_a_proxy_works_under_the_names_that_its_owner_gave() {
        let names = ["gate.example".to_owned(), "other.example:8443".to_owned()];
        let check = |host: &'static str, origin: &'static str, passes: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            headers.insert(USER_AGENT, HeaderValue::from_static("Mozilla/5.0"));
            let passed = super::check(&headers, &names).and(check_reader(true, &headers, &names));
            assert_eq!(passed.is_ok(), passes, "{host} {origin}");
        };
        check("gate.example", "https://gate.example", true);
        check("gate.example:8080", "http://gate.example:8080", true);
        check("127.0.0.1:4040", "https://gate.example", true);
        check("Gate.Example", "https://Gate.Example", true);
        check("other.example:8443", "https://other.example:8443", true);
        check("other.example:9999", "https://other.example:9999", false);
        check("127.0.0.1:4040", "https://evil.example", false);
        check("evil.example", "https://evil.example", false);
        check("gate.example.evil.example", "https://gate.example.evil.example", false);
        check("127.0.0.1:4040", "http://localhost:7301", false);
    }

    #[test]
    fn a_page_of_another_site_cannot_spend_the_owners_money() {
        check_headers(&[("host", "127.0.0.1:4040"), ("origin", "https://evil.example")], false);
        check_headers(&[("host", "127.0.0.1:4040"), ("origin", "null")], false);
        check_headers(&[("host", "127.0.0.1:4040"), ("sec-fetch-site", "cross-site")], false);
        check_headers(&[("host", "localhost:4040"), ("origin", "http://localhost:3000")], false);
        check_headers(&[("host", "evil.example:4040"), ("origin", "http://evil.example:4040")], false);
        check_headers(&[("host", "evil.example"), ("sec-fetch-site", "same-origin")], false);
    }

    #[test]
    fn a_borrowed_name_cannot_read_who_asked_for_what() {
        let check = |agent: &'static str, host: &'static str, private: bool, passes: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            headers.insert(USER_AGENT, HeaderValue::from_static(agent));
            assert_eq!(check_reader(private, &headers, &[]).is_ok(), passes, "{agent} {host} {private}");
        };
        let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        check(browser, "evil.example:4040", true, false);
        check(browser, "127.0.0.1:4040", true, true);
        check(browser, "localhost:4040", true, true);
        check(browser, "evil.example:4040", false, true);
        check("Prometheus/3.5.0", "handover:4040", true, true);
        check("handover/0.1.0", "gateway.internal:4040", true, true);
    }

    #[test]
    fn programs_and_our_own_pages_are_let_in() {
        check_headers(&[], true);
        check_headers(&[("host", "gateway.internal:4040")], true);
        check_headers(&[("host", "host.docker.internal:4040")], true);
        check_headers(&[("host", "127.0.0.1:4040"), ("origin", "http://127.0.0.1:4040")], true);
        check_headers(&[("host", "[::1]:4040"), ("sec-fetch-site", "same-origin")], true);
        check_headers(&[("host", "localhost:4040"), ("sec-fetch-site", "none")], true);
    }
}
