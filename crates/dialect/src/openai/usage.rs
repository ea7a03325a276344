//! Token counts in the dialect's `usage` object.

use super::fields::count;
use crate::hub::Usage;
use serde::Serialize;
use serde_json::Value;

/// Reads a `usage` object; `None` when it counts nothing or is no object.
///
/// Some servers put cached tokens elsewhere: Mistral in `num_cached_tokens`, DeepSeek in
/// `prompt_cache_hit_tokens`.
pub(super) fn read(value: &Value) -> Option<Usage> {
    let object = value.as_object()?;
    let top = |key: &str| object.get(key).and_then(count);
    let nested = |outer: &str, key: &str| object.get(outer).and_then(|o| o.get(key)).and_then(count);
    let usage = Usage {
        prompt: top("prompt_tokens"),
        cached: nested("prompt_tokens_details", "cached_tokens")
            .or_else(|| top("num_cached_tokens"))
            .or_else(|| top("prompt_cache_hit_tokens")),
        cache_write: nested("prompt_tokens_details", "cache_write_tokens"),
        completion: top("completion_tokens"),
        reasoning: nested("completion_tokens_details", "reasoning_tokens"),
    };
    (usage != Usage::default()).then_some(usage)
}

/// The object as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Debug, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_tokens: Option<u64>,
}

#[derive(Debug, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
}

/// The object for `usage`; `None` when nothing was counted: zeros would be a lie.
pub(super) fn written(usage: &Usage) -> Option<Written> {
    if *usage == Usage::default() {
        return None;
    }
    let cache_stated = usage.cached.is_some() || usage.cache_write.is_some();
    Some(Written {
        prompt_tokens: usage.prompt.unwrap_or(0),
        completion_tokens: usage.completion.unwrap_or(0),
        total_tokens: usage.total(),
        prompt_tokens_details: cache_stated.then(|| PromptDetails {
            cached_tokens: usage.cached.unwrap_or(0),
            cache_write_tokens: usage.cache_write,
        }),
        completion_tokens_details: usage.reasoning.map(|n| CompletionDetails { reasoning_tokens: n }),
    })
}
