//! What a model's name tells about the fields it takes.
//!
//! OpenAI's reasoning models refuse fields that every other server takes, and take fields that others refuse. A
//! name is only a hint (a deployment may be called anything); what it misses is learned from the provider's 400 and
//! comes back as [`crate::Target::refused_fields`].

/// A family of models, as far as request fields go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// o1, o3, o4…: reasoning that cannot be switched off.
    OSeries,
    /// gpt-5 and later: reasoning that can be switched off.
    Gpt5,
    /// Open-weight models that take `reasoning_effort` and, for the rest, behave like any other.
    GptOss,
    /// Everything else.
    Other,
}

impl Family {
    /// Reads the family from a model's name; a vendor prefix (`openai/o3`) is passed over.
    pub(super) fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        if name.starts_with("gpt-oss") {
            return Family::GptOss;
        }
        if let Some(version) = name.strip_prefix("gpt-") {
            let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
            // `gpt-5-chat-latest` does not reason and takes what gpt-4o takes.
            let reasons = digits.parse::<u32>().is_ok_and(|n| n >= 5) && !version.contains("-chat");
            return if reasons { Family::Gpt5 } else { Family::Other };
        }
        let series = name.strip_prefix('o').map(|rest| rest.split('-').next().unwrap_or(rest));
        match series {
            Some(n) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => Family::OSeries,
            Some(_) | None => Family::Other,
        }
    }

    /// Whether sampling is fixed and the limit is called `max_completion_tokens`.
    pub(super) fn is_hosted_reasoning(self) -> bool {
        match self {
            Family::OSeries | Family::Gpt5 => true,
            Family::GptOss | Family::Other => false,
        }
    }

    /// Whether `reasoning_effort` is taken.
    pub(super) fn takes_effort(self) -> bool {
        match self {
            Family::OSeries | Family::Gpt5 | Family::GptOss => true,
            Family::Other => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reasoning_model_is_not_sent_what_it_refuses() {
        for (model, family) in [
            ("o1", Family::OSeries),
            ("o3-mini", Family::OSeries),
            ("openai/o4-mini-2025-04-16", Family::OSeries),
            ("gpt-5", Family::Gpt5),
            ("gpt-5.1-codex", Family::Gpt5),
            ("openai/gpt-5-mini", Family::Gpt5),
            ("gpt-5-chat-latest", Family::Other),
            ("gpt-oss:20b", Family::GptOss),
            ("gpt-4o", Family::Other),
            ("gpt-4.1-mini", Family::Other),
            ("olmo-2", Family::Other),
            ("o", Family::Other),
            ("qwen3:8b", Family::Other),
            ("", Family::Other),
        ] {
            assert_eq!(Family::of(model), family, "{model}");
        }
    }
}
