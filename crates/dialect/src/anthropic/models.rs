//! Which Claude model takes what, told from its name.
//!
//! Providers name the same model in many ways (`claude-opus-4-7`, `us.anthropic.claude-opus-4-7-v1:0`,
//! `anthropic/claude-opus-4.7`, `claude-opus-4-7@20260401`). [`Claude::read`] finds the version in all of them.
//! A name without a version is taken for the newest model; a name that is no Claude's promises nothing.
//!
//! Source of every limit: the vendor's pages "Models overview", "Extended thinking", "Adaptive thinking",
//! "Prefill" and "Structured outputs", as of November 2026. A provider that disagrees answers 400, from which the
//! target's refused fields are learned.

/// A Claude model's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claude {
    /// `(4, 5)` of `claude-haiku-4-5`.
    version: (u16, u16),
    /// Opus has other limits than its sisters.
    opus: bool,
    /// Thinking cannot be turned off (Fable, Mythos).
    always_thinks: bool,
}

/// Newer than every version with an entry below.
const NEWEST: (u16, u16) = (u16::MAX, 0);

impl Claude {
    /// The model behind `name`, or `None` when it is no Claude.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let always_thinks = ["fable", "mythos"].iter().any(|family| name.contains(family));
        let Some((_, after)) = name.split_once("claude") else {
            return always_thinks.then_some(Self { version: NEWEST, opus: false, always_thinks });
        };
        let mut numbers = after
            .split(['-', '.', '_', '@', ':', '/', '[', ' '])
            .skip_while(|word| short_number(word).is_none())
            .map_while(short_number);
        let version = match (always_thinks, numbers.next()) {
            (false, Some(major)) => (major, numbers.next().unwrap_or(0)),
            (true, _) | (false, None) => NEWEST,
        };
        Some(Self { version, opus: after.contains("opus"), always_thinks })
    }
}

/// A number of a version, as against a date (`20250514`).
fn short_number(word: &str) -> Option<u16> {
    (word.len() <= 2).then(|| word.parse().ok()).flatten()
}

/// Whether the model continues a trailing assistant message literally: up to 4.5.
#[must_use]
pub fn prefill(model: &str) -> bool {
    Claude::read(model).is_some_and(|c| c.version <= (4, 5))
}

/// How a model is asked to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// It cannot.
    Never,
    /// With a budget of tokens (`enabled`).
    Budget,
    /// As much as it finds right, with `effort` as a hint; a budget is still taken.
    AdaptiveOrBudget,
    /// As much as it finds right, with `effort` as a hint.
    Adaptive,
    /// The same, and it cannot be turned off.
    Always,
}

/// How `model` is asked to think. A model that is no Claude is asked the old way, as compatible servers read it.
#[must_use]
pub fn thinking(model: &str) -> Thinking {
    match Claude::read(model) {
        None => Thinking::Budget,
        Some(c) if c.always_thinks => Thinking::Always,
        Some(c) if c.version <= (3, 6) => Thinking::Never,
        Some(c) if c.version <= (4, 5) => Thinking::Budget,
        Some(c) if c.version == (4, 6) => Thinking::AdaptiveOrBudget,
        Some(_) => Thinking::Adaptive,
    }
}

/// Whether `model` takes `thinking: {"type": "adaptive"}`: from 4.6.
#[must_use]
pub fn adaptive_thinking(model: &str) -> bool {
    match thinking(model) {
        Thinking::AdaptiveOrBudget | Thinking::Adaptive | Thinking::Always => true,
        Thinking::Never | Thinking::Budget => false,
    }
}

/// Whether `model` takes `temperature`, `top_p` and `top_k` under the given `anthropic-version`: up to 4.6, and
/// under `2026-10-21` none does.
#[must_use]
pub fn sampling_allowed(model: &str, anthropic_version: &str) -> bool {
    // Versions are dates: as text they sort by time.
    anthropic_version < "2026-10-21" && Claude::read(model).is_none_or(|c| c.version <= (4, 6))
}

/// Whether `model` takes either `temperature` or `top_p`, but not both: from 4.1.
#[must_use]
pub fn one_sampling_parameter(model: &str) -> bool {
    Claude::read(model).is_some_and(|c| c.version >= (4, 1))
}

/// Whether `model` holds an answer to a schema by itself: from 4.5, and Opus 4.1.
#[must_use]
pub fn json_schema(model: &str) -> bool {
    Claude::read(model).is_none_or(|c| c.version >= (4, 5) || c.opus && c.version == (4, 1))
}

/// The most tokens `model` can write in one answer, where that is known.
#[must_use]
pub fn output_limit(model: &str) -> Option<u64> {
    let claude = Claude::read(model)?;
    match claude.version {
        (..=2, _) | (3, ..=4) => Some(4096),
        (3, 5 | 6) => Some(8192),
        (4, 0 | 1) if claude.opus => Some(32_000),
        (3, _) | (4, ..=5) => Some(64_000),
        (4, 6) => Some(128_000),
        _ => None,
    }
}

/// The `max_tokens` sent for a caller who named none. Below the limit where older models count it against their
/// window; 4096 for what is not known.
#[must_use]
pub fn max_output(model: &str) -> u64 {
    let Some(claude) = Claude::read(model) else { return 4096 };
    match claude.version {
        (..=2, _) | (3, ..=4) => 4096,
        (3, 5 | 6) => 8192,
        (3, _) | (4, ..=4) => 32_000,
        _ => 64_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_recognised_under_every_providers_name_for_it() {
        let check = |name: &str, expected: Option<(u16, u16)>| {
            assert_eq!(Claude::read(name).map(|c| c.version), expected, "{name}");
        };
        check("claude-3-opus-latest", Some((3, 0)));
        check("claude-3-5-sonnet-20241022", Some((3, 5)));
        check("anthropic.claude-3-5-sonnet-20241022-v2:0", Some((3, 5)));
        check("claude-3-7-sonnet@20250219", Some((3, 7)));
        check("claude-opus-4-20250514", Some((4, 0)));
        check("claude-opus-4-1-20250805", Some((4, 1)));
        check("claude-haiku-4-5", Some((4, 5)));
        check("anthropic/claude-sonnet-4.5", Some((4, 5)));
        check("us.anthropic.claude-opus-4-6-v1", Some((4, 6)));
        check("Claude-Opus-4-7[1m]", Some((4, 7)));
        check("claude-2.1", Some((2, 1)));
        check("claude-instant-1.2", Some((1, 2)));
        check("claude-opus-5", Some((5, 0)));
        check("claude-sonnet-latest", Some(NEWEST));
        check("claude-fable-1", Some(NEWEST));
        check("mythos-preview", Some(NEWEST));
        check("gpt-5", None);
        check("qwen3:8b", None);
    }

    #[test]
    fn no_model_is_asked_for_what_it_refuses() {
        let check = |name: &str, expected: (bool, Thinking, bool, u64, Option<u64>)| {
            let found = (
                prefill(name),
                thinking(name),
                sampling_allowed(name, "2023-06-01"),
                max_output(name),
                output_limit(name),
            );
            assert_eq!(found, expected, "{name}");
            assert!(!sampling_allowed(name, "2026-10-21"), "{name}");
        };
        check("claude-3-haiku-20240307", (true, Thinking::Never, true, 4096, Some(4096)));
        check("claude-3-5-sonnet-20241022", (true, Thinking::Never, true, 8192, Some(8192)));
        check("claude-3-7-sonnet-latest", (true, Thinking::Budget, true, 32_000, Some(64_000)));
        check("claude-opus-4-1", (true, Thinking::Budget, true, 32_000, Some(32_000)));
        check("claude-haiku-4-5", (true, Thinking::Budget, true, 64_000, Some(64_000)));
        check("claude-sonnet-4-6", (false, Thinking::AdaptiveOrBudget, true, 64_000, Some(128_000)));
        check("claude-opus-4-7", (false, Thinking::Adaptive, false, 64_000, None));
        check("claude-fable-1", (false, Thinking::Always, false, 64_000, None));
        check("qwen3:8b", (false, Thinking::Budget, true, 4096, None));
    }
}
