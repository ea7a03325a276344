//! The pages: files of `ui/`, built and committed in this crate, and served as they are.
//!
//! # Why so few lines
//! Seven files with fixed names, embedded at compile time: Cargo never runs npm and never downloads, and a binary
//! without network shows the whole page. The browser asks again each time and is told that nothing has changed
//! (`ETag`), so a new version shows at once.
//!
//! # Invariants
//! * Nothing but these names is served, whatever the path says.
//! * Every answer carries the policy that keeps the page on this host: no script, style, image or connection from
//!   elsewhere, and no frame around it.

use crate::body::Outbound;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

/// What a page may load, and from where: its own files, and nothing else. Images may be part of the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src \
                      'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A file of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asset {
    /// Both pages are one file, which looks at its own address.
    Page,
    App,
    Vendor,
    Style,
    Icon,
}

impl Asset {
    /// The file at a path; nothing in a build without the pages.
    pub(crate) fn of(path: &str) -> Option<Self> {
        if cfg!(not(feature = "ui")) {
            return None;
        }
        Some(match path {
            "/" | "/status" => Asset::Page,
            "/assets/app.js" => Asset::App,
            "/assets/vendor.js" => Asset::Vendor,
            "/assets/app.css" => Asset::Style,
            "/favicon.svg" | "/favicon.ico" | "/assets/favicon.svg" => Asset::Icon,
            _ => return None,
        })
    }

    fn file(self) -> &'static str {
        match self {
            Asset::Page => "index.html",
            Asset::App => "app.js",
            Asset::Vendor => "vendor.js",
            Asset::Style => "app.css",
            Asset::Icon => "favicon.svg",
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Asset::Page => "text/html; charset=utf-8",
            Asset::App | Asset::Vendor => "text/javascript; charset=utf-8",
            Asset::Style => "text/css; charset=utf-8",
            Asset::Icon => "image/svg+xml",
        })
    }

    /// The file, or that it has not changed.
    pub(crate) fn response(self, asked: &HeaderMap) -> Response<Outbound> {
        let content = content(self);
        let tag = tag(&content);
        let known = asked.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_known = known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
        let body = if is_known { bytes::Bytes::new() } else { content };
        let mut response = Response::new(Outbound::whole(body));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        response
    }
}

/// A name for a content that changes when the content does (FNV-1a, 64 bits: it names, it does not protect).
fn tag(content: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in content {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("\"{hash:016x}\"")
}

/// The file's content: from the folder that `HANDOVER_UI_DIR` names, for those who work on the pages, else as built.
fn content(asset: Asset) -> bytes::Bytes {
    let from_disk = std::env::var_os("HANDOVER_UI_DIR")
        .and_then(|folder| std::fs::read(std::path::Path::new(&folder).join(asset.file())).ok());
    from_disk.map_or_else(|| bytes::Bytes::from_static(embedded(asset)), bytes::Bytes::from)
}

#[cfg(feature = "ui")]
fn embedded(asset: Asset) -> &'static [u8] {
    match asset {
        Asset::Page => include_bytes!("../ui/index.html"),
        Asset::App => include_bytes!("../ui/app.js"),
        Asset::Vendor => include_bytes!("../ui/vendor.js"),
        Asset::Style => include_bytes!("../ui/app.css"),
        Asset::Icon => include_bytes!("../ui/favicon.svg"),
    }
}

#[cfg(not(feature = "ui"))]
fn embedded(_: Asset) -> &'static [u8] {
    &[]
}

#[cfg(all(test, feature = "ui"))]
mod tests {
    use super::*;

    const ALL: [Asset; 5] = [Asset::Page, Asset::App, Asset::Vendor, Asset::Style, Asset::Icon];

    #[test]
    fn a_page_is_never_empty_and_never_asks_another_host() {
        for asset in ALL {
            let content = std::str::from_utf8(embedded(asset)).unwrap();
            assert!(content.len() > 100, "{asset:?}");
        }
        let page = std::str::from_utf8(embedded(Asset::Page)).unwrap();
        assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
        // Every file the page names is served.
        for part in page.split('"').filter(|part| part.starts_with('/')) {
            assert!(Asset::of(part).is_some(), "{part}");
        }
    }

    #[test]
    fn every_answer_keeps_the_page_on_this_host() {
        for asset in ALL {
            let response = asset.response(&HeaderMap::new());
            let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[test]
    fn a_page_that_has_not_changed_is_not_sent_again() {
        let first = Asset::App.response(&HeaderMap::new());
        let tag = first.headers()[ETAG].clone();
        let check = |value: HeaderValue, expected: StatusCode| {
            let asked = HeaderMap::from_iter([(IF_NONE_MATCH, value)]);
            assert_eq!(Asset::App.response(&asked).status(), expected);
        };
        check(tag.clone(), StatusCode::NOT_MODIFIED);
        check(
            HeaderValue::from_str(&format!("\"x\", W/{}", tag.to_str().unwrap())).unwrap(),
            StatusCode::NOT_MODIFIED,
        );
        check(HeaderValue::from_static("\"other\""), StatusCode::OK);
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in
            ["/assets/../Cargo.toml", "/assets/", "/assets/app.js/", "//", "/status/", "/assets/%2e%2e/x"]
        {
            assert_eq!(Asset::of(path), None, "{path}");
        }
    }
}
