//! How a target is made to go on from the beginning of an answer: what the file says, and what is known without it.
//!
//! A wrong guess is worse than none: a server that does not know the way answers from the start, or refuses. So only
//! addresses whose vendor documents a way are recognised; everyone else says so with `prefill`.

use http::Uri;

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::reader::{Reader, Section};
use crate::snapshot::{Prefill, ProviderDialect};

/// What can be written, and what it means.
const WORDS: [(&str, Prefill); 4] = [
    ("none", Prefill::Never),
    ("trailing", Prefill::Trailing),
    ("prefix", Prefill::Prefix),
    ("continue_final_message", Prefill::ContinueFinalMessage),
];

/// Reads `prefill` of a target; `None` when it is not written, or not possible for the dialect.
pub(crate) fn of_target(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    dialect: ProviderDialect,
) -> Option<Prefill> {
    if dialect == ProviderDialect::Local
        && let Some(key) = section.key_span("prefill")
    {
        reader.note(
            Diagnostic::error(Id::WrongDialectKey, key, "`prefill` does nothing for dialect \"local\"")
                .label("the embedded engine always goes on word for word")
                .help("take it out"),
        );
        return None;
    }
    of_provider(reader, section, dialect)
}

/// Reads `prefill` of a provider, in the same way. The embedded engine takes none; the file is refused for it with
/// the other keys that only the network has.
pub(crate) fn of_provider(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    dialect: ProviderDialect,
) -> Option<Prefill> {
    let written = section.one_of(reader, "prefill", &WORDS)?;
    let (allowed, must, help): (&[Prefill], _, _) = match dialect {
        ProviderDialect::OpenAi => return Some(written),
        ProviderDialect::Local => return None,
        ProviderDialect::Anthropic => (
            &[Prefill::Never, Prefill::Trailing],
            "must be \"none\" or \"trailing\"",
            "take it out for Claude, which is known by its name",
        ),
        ProviderDialect::Cohere => (
            &[Prefill::Never],
            "must be \"none\"",
            "take it out: Cohere has no such way and is asked to go on in a user turn",
        ),
    };
    if allowed.contains(&written) {
        return Some(written);
    }
    let value = section.get("prefill")?;
    let word = value.get_ref().as_str().unwrap_or_default();
    let (path, dialect) = (shown(&section.path("prefill")), dialect.as_str());
    reader.note(
        Diagnostic::error(
            Id::BadValue,
            value.span(),
            format!("`{path}` cannot be \"{}\" for dialect \"{dialect}\"", shown(word)),
        )
        .label(must)
        .help(help),
    );
    None
}

/// What is known of a provider whose file says nothing (wire-format notes, 8). `base_url` is one that parses.
pub(crate) fn automatic(dialect: ProviderDialect, base_url: Option<&str>) -> Option<Prefill> {
    match dialect {
        ProviderDialect::Local => Some(Prefill::Engine),
        ProviderDialect::OpenAi => base_url.is_some_and(takes_prefix).then_some(Prefill::Prefix),
        // Claude up to 4.5 is known by the model's name, where the request is written. Cohere takes a trailing
        // assistant message and answers anew.
        ProviderDialect::Anthropic | ProviderDialect::Cohere => None,
    }
}

/// Mistral everywhere, and DeepSeek at its beta address, document `prefix: true`.
fn takes_prefix(base_url: &str) -> bool {
    let Ok(uri) = base_url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let beta = uri.path().split('/').nth(1) == Some("beta");
    host.ends_with(".mistral.ai") || (host == "api.deepseek.com" && beta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_documents_a_prefix_gets_one() {
        let check = |url: &str, expected: Option<Prefill>| {
            assert_eq!(automatic(ProviderDialect::OpenAi, Some(url)), expected, "{url}");
            for other in [ProviderDialect::Anthropic, ProviderDialect::Cohere] {
                assert_eq!(automatic(other, Some(url)), None, "{url}");
            }
        };
        check("https://api.mistral.ai/v1", Some(Prefill::Prefix));
        check("https://API.Mistral.AI/v1", Some(Prefill::Prefix));
        check("https://api.mistral.ai:443/v1", Some(Prefill::Prefix));
        check("https://codestral.mistral.ai/v1", Some(Prefill::Prefix));
        check("https://api.deepseek.com/beta", Some(Prefill::Prefix));
        check("https://api.deepseek.com/beta/v1", Some(Prefill::Prefix));
        check("https://api.deepseek.com/v1", None);
        check("https://api.deepseek.com", None);
        check("https://api.deepseek.com/betamax", None);
        check("https://api.deepseek.com/v1/beta", None);
        check("https://notmistral.ai/v1", None);
        check("https://mistral.ai/v1", None);
        check("https://api.mistral.ai.example.com/v1", None);
        check("https://proxy.example.com/api.mistral.ai/v1", None);
        check("https://api.openai.com/v1", None);
        check("http://127.0.0.1:8000/beta", None);
    }

    #[test]
    fn the_embedded_engine_always_goes_on_word_for_word() {
        assert_eq!(automatic(ProviderDialect::Local, None), Some(Prefill::Engine));
    }
}
