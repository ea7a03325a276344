//! Faults 39 and 40: the caller's side, and the system as a whole.

use super::Evidence::{Fact, Issue};
use super::Remedy::{Cancel, HandOver, TellExhausted};
use super::{Blame, KnownFault, Moment, Network, Play, Setting, Staging};

pub(super) const FAULTS: [KnownFault; 2] = [
    KnownFault {
        number: 39,
        name: "The caller hangs up",
        without: "The provider goes on writing, and billing, for nobody; some gateways even go on to the next provider.",
        with: "The provider's connection is closed at once in every phase, nobody else is asked, and it counts against nobody.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("BerriAI/litellm#13774", "the provider's stream is read on after the client has left"),
            Issue("BerriAI/litellm#30245", "a client that leaves before the first token is not noticed"),
            Issue("BerriAI/litellm#37140", "a request that is not streamed is never cancelled"),
        ],
        plays: &[
            Play::new(
                "while connecting",
                Staging::Network(Network::BlackHole),
                Moment::BeforeFirstToken,
                Cancel,
            ),
            Play::before("before the headers", "ok headers=5s", Cancel),
            Play::before("before the first token", "ok first=5s", Cancel),
            Play::after("in mid-answer", "ok tokens=9 every=400ms", Cancel),
            Play::after("in a stall", "ok tokens=9 stall@3", Cancel),
        ],
    },
    KnownFault {
        number: 40,
        name: "Retries multiply, and the herd runs to the next pasture",
        without: "Each layer retries what the layer below has retried: one question becomes eighteen calls, against a provider that is down for overload.",
        with: "Handover is the one layer that retries, and asks each target once. An answer that nobody could give carries `x-should-retry: false`, which the official clients obey.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("openai/openai-cookbook#2812", "a client's 3 tries times an application's 6 are 18 calls"),
            Issue("BerriAI/litellm#38199", "retries of retries on an empty answer"),
            Fact(
                "The OpenAI and Anthropic clients retry twice by default and obey `x-should-retry` and `retry-after-ms`; Cohere's retries twice and obeys `retry-after-ms`.",
            ),
        ],
        plays: &[
            Play::before("everybody is down", "503", TellExhausted).setting(Setting::Everyone),
            Play::before("everybody is limited", "rate_limited", TellExhausted).setting(Setting::Everyone),
            Play::before("everybody is silent", "silent", TellExhausted).setting(Setting::Everyone),
            Play::before("thirty callers while the lead is down", "503", HandOver).setting(Setting::Storm),
        ],
    },
];
