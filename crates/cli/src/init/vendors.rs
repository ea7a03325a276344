//! The providers that `init` knows by name: the variable of their key, their address, a model to begin with.
//!
//! OpenAI, Anthropic and Cohere are those that work without a file too; their addresses and models come from there.
//! The others speak OpenAI's API at an address of their own. Their models are what the vendors' own first examples
//! ask for: `handover doctor --live` says whether a model is still there.

use handover_config::ProviderDialect;

/// A vendor that works without a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vendor {
    pub(super) dialect: ProviderDialect,
    /// For people.
    pub(super) title: &'static str,
    /// The variables that may hold its key, the usual one first.
    pub(super) variables: &'static [&'static str],
    /// Its model when no key is set, so that the environment gives none.
    pub(super) model: &'static str,
}

pub(super) const VENDORS: [Vendor; 3] = [
    Vendor {
        dialect: ProviderDialect::OpenAi,
        title: "OpenAI",
        variables: &["OPENAI_API_KEY"],
        model: "gpt-4o-mini",
    },
    Vendor {
        dialect: ProviderDialect::Anthropic,
        title: "Anthropic",
        variables: &["ANTHROPIC_API_KEY"],
        model: "claude-haiku-4-5",
    },
    Vendor {
        dialect: ProviderDialect::Cohere,
        title: "Cohere",
        // The vendor's documents use the first, its examples and other tools the second.
        variables: &["CO_API_KEY", "COHERE_API_KEY"],
        model: "command-a-03-2025",
    },
];

/// A vendor that speaks OpenAI's API at its own address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compatible {
    /// The provider's name in the file.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) variables: &'static [&'static str],
    pub(super) base_url: &'static str,
    pub(super) model: &'static str,
}

pub(super) const COMPATIBLE: [Compatible; 5] = [
    Compatible {
        name: "mistral",
        title: "Mistral",
        variables: &["MISTRAL_API_KEY"],
        base_url: "https://api.mistral.ai/v1",
        model: "mistral-small-latest",
    },
    Compatible {
        name: "gemini",
        title: "Google Gemini",
        variables: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        base_url: "https://generativelanguage.googleapis.com/v1beta/openai",
        model: "gemini-flash-latest",
    },
    Compatible {
        name: "groq",
        title: "Groq",
        variables: &["GROQ_API_KEY"],
        base_url: "https://api.groq.com/openai/v1",
        model: "llama-3.3-70b-versatile",
    },
    Compatible {
        name: "deepseek",
        title: "DeepSeek",
        variables: &["DEEPSEEK_API_KEY"],
        base_url: "https://api.deepseek.com/v1",
        model: "deepseek-chat",
    },
    Compatible {
        name: "openrouter",
        title: "OpenRouter",
        variables: &["OPENROUTER_API_KEY"],
        base_url: "https://openrouter.ai/api/v1",
        model: "meta-llama/llama-3.3-70b-instruct",
    },
];
