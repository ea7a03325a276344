//! One finding about a configuration: what is wrong, where, and what to write instead.

use std::ops::Range;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Handover does not start.
    Error,
    /// Handover starts, but probably not as meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Declares the ids, their names and the list of all of them in one place, so that none is forgotten.
macro_rules! ids {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What kind of finding it is. The names are stable: scripts and documentation refer to them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Id {
            $($(#[$doc])* $variant,)*
        }

        impl Id {
            /// Every id. `docs/reference/errors.md` explains each.
            pub const ALL: &'static [Id] = &[$(Id::$variant,)*];

            /// The id as it is printed, such as `unknown-key`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Id::$variant => $name,)*
                }
            }
        }
    };
}

ids! {
    /// The file cannot be read, or is not UTF-8.
    FileUnreadable = "file-unreadable",
    /// The file is not TOML.
    Syntax = "syntax",
    /// A key or table is written twice.
    DuplicateKey = "duplicate-key",
    /// A key that means nothing here.
    UnknownKey = "unknown-key",
    /// A key that is needed is not there.
    MissingKey = "missing-key",
    /// A string where a number belongs, and the like.
    WrongType = "wrong-type",
    /// A value of the right type that is not possible.
    BadValue = "bad-value",
    /// Not a duration.
    BadDuration = "bad-duration",
    /// Not a size.
    BadSize = "bad-size",
    /// Not an address to listen on.
    BadAddress = "bad-address",
    /// Not a base URL.
    BadUrl = "bad-url",
    /// A header that cannot be sent, or must not be set by hand.
    BadHeader = "bad-header",
    /// An API key that cannot be sent.
    BadKey = "bad-key",
    /// A name that cannot be used.
    BadName = "bad-name",
    /// A target that is not written as `provider/model`.
    BadTarget = "bad-target",
    /// A dialect nobody speaks.
    UnknownDialect = "unknown-dialect",
    /// A dialect that Handover does not speak yet.
    UnsupportedDialect = "unsupported-dialect",
    /// A key that means something for other dialects only.
    WrongDialectKey = "wrong-dialect-key",
    /// `api_key` and `api_keys` in one provider.
    ConflictingKeys = "conflicting-keys",
    /// A provider that needs an API key has none.
    NoApiKey = "no-api-key",
    /// An API key stands in the file itself.
    KeyInFile = "key-in-file",
    /// An API key would travel unencrypted.
    KeyOverHttp = "key-over-http",
    /// An environment variable is not set.
    MissingEnv = "missing-env",
    /// A file the configuration names cannot be used.
    MissingFile = "missing-file",
    /// A provider's address is Handover's own.
    ProviderLoop = "provider-loop",
    /// There is no provider.
    NoProviders = "no-providers",
    /// There is no route.
    NoRoutes = "no-routes",
    /// A route has no targets.
    RouteWithoutTargets = "route-without-targets",
    /// A route names a provider that does not exist.
    RouteUnknownTarget = "route-unknown-target",
    /// A route has the same target twice.
    DuplicateTarget = "duplicate-target",
    /// A name means two routes.
    DuplicateAlias = "duplicate-alias",
    /// A name means a route and a provider's model.
    AmbiguousName = "ambiguous-name",
    /// A clock of zero.
    ZeroTimeout = "zero-timeout",
    /// A clock that is longer than the whole request may last.
    TimeoutOrder = "timeout-order",
    /// Others on the network can use the gateway, and so the keys.
    PublicListen = "public-listen",
    /// What users write is kept.
    ContentLogged = "content-logged",
}

/// Another place in the file that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What is to be seen there.
    pub label: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind it is.
    pub id: Id,
    /// Whether Handover can start.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Bytes of the file. `None` when the file as a whole, or the environment, is meant.
    pub span: Option<Range<usize>>,
    /// What is wrong with just the marked part, in a few words. May be empty.
    pub label: String,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn error(id: Id, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            id,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    pub(crate) fn warning(id: Id, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, span, message) }
    }

    /// The finding is about no particular place.
    pub(crate) fn nowhere(mut self) -> Self {
        self.span = None;
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push(Related { span, label: label.into() });
        self
    }
}

/// A name from the file, fit to stand in a message: no control characters, no endless lines.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out: String = text.chars().take(LONGEST).flat_map(escape).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

/// Escapes what could move the cursor or colour the terminal, and leaves every script readable.
fn escape(c: char) -> impl Iterator<Item = char> {
    let (escaped, plain) = if c.is_control() { (Some(c.escape_unicode()), None) } else { (None, Some(c)) };
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_file_cannot_colour_the_terminal() {
        assert_eq!(shown("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(shown("größe"), "größe");
        assert_eq!(shown(&"x".repeat(80)), format!("{}…", "x".repeat(60)));
    }

    #[test]
    fn ids_are_distinct_and_fit_for_links() {
        let mut names: Vec<_> = Id::ALL.iter().map(|id| id.as_str()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Id::ALL.len());
    }
}
