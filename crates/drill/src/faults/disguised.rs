//! Faults 23 to 28: status 200 and still no answer.

use super::Evidence::{Fact, Incident, Issue};
use super::Remedy::{BelieveEmpty, HandOver, NameTruly, TellCaller};
use super::{Blame, KnownFault, Pairs, Play, Setting};

pub(super) const FAULTS: [KnownFault; 6] = [
    KnownFault {
        number: 23,
        name: "An error inside a 200",
        without: "The client sees success and then stumbles: no choices, a null text, a crash in the application.",
        with: "It is judged by the error inside, exactly as if that had come as a status.",
        blame: Blame::InnerError,
        evidence: &[
            Issue("n8n-io/n8n#37959", "a body without choices"),
            Issue("openai/openai-agents-python#2850", "an error object where an answer was due"),
            Issue("sam-dumont/immich-video-memory-generator#914", "a 404 dressed as 200"),
            Issue("mastra-ai/mastra#9564", "an error in the body of a success"),
            Fact(
                "OpenRouter documents it: once processing has begun, the status stays 200 and the error is in the body or the stream.",
            ),
        ],
        plays: &[
            Play::before("server error", "error_in_200 server_error", HandOver),
            Play::before("bad gateway", "error_in_200 bad_gateway", HandOver),
            Play::before("overloaded", "error_in_200 overloaded", HandOver),
            Play::before("timeout", "error_in_200 timeout", HandOver),
            Play::before("rate limited", "error_in_200 rate_limited", HandOver),
            Play::before("quota", "error_in_200 quota", HandOver),
            Play::before("no money", "error_in_200 payment_required", HandOver),
            Play::before("key refused", "error_in_200 unauthorized", HandOver),
            Play::before("permission", "error_in_200 forbidden", HandOver),
            Play::before("model gone", "error_in_200 model_not_found", HandOver),
            Play::before("bad request", "error_in_200 bad_request", TellCaller).pairs(Pairs::TypedErrors),
            Play::before("content filter", "error_in_200 content_filter", TellCaller)
                .pairs(Pairs::TypedErrors),
            Play::before("too long", "error_in_200 context_length", TellCaller)
                .setting(Setting::SameWindow)
                .pairs(Pairs::TypedErrors),
        ],
    },
    KnownFault {
        number: 24,
        name: "A 200 that is no answer at all: a web page, another type, no JSON",
        without: "\"Unexpected token <\": a wrong base address or a captive portal looks like a broken library.",
        with: "The type is looked at before the body. The next target is asked, and no page is ever passed on.",
        blame: Blame::Provider,
        evidence: &[Issue("n8n-io/n8n#37959", "the base address was wrong and answered with a page")],
        plays: &[
            Play::before("a web page", "html 200", HandOver),
            Play::before(
                "an answer under another type",
                "ok 'not what you think' type=text/html json_instead",
                HandOver,
            ),
            Play::before("plain words", "500 body='Please try again' status=200", HandOver),
            Play::before(
                "JSON that is something else",
                "500 body='{\"status\":\"fine\"}' status=200",
                HandOver,
            ),
        ],
    },
    KnownFault {
        number: 25,
        name: "The body is cut, or cannot be read",
        without: "A JSON parser's error, or half of an answer.",
        with: "The next target is asked; after the first token of a stream, it goes on with the answer.",
        blame: Blame::Model,
        evidence: &[Issue("zai-org/GLM-5#66", "JSON that stops in the middle of a field")],
        plays: &[
            Play::before("bytes that mean nothing", "ok garbage@start", HandOver),
            Play::before("cut behind the headers", "ok cut@start", HandOver),
            Play::broken("bytes that mean nothing, in mid-answer", "ok tokens=9 garbage@3"),
            Play::broken("cut in mid-answer", "ok tokens=9 cut@3"),
        ],
    },
    KnownFault {
        number: 26,
        name: "An answer that is complete and empty",
        without: "A user stares at an empty bubble; an agent takes silence for consent.",
        with: "Nothing said, nothing billed and no reason given: one other target is asked. If that one is empty too, the empty answer is believed.",
        blame: Blame::Share,
        evidence: &[
            Issue("BerriAI/litellm#38199", "an empty answer counts as success"),
            Issue("kortix-ai/suna#4099", "the stream is held until it bears content"),
            Issue("tashfeenahmed/freellmapi#191", "empty answers of free models"),
            Issue("misospace/pr-reviewer-action#525", "a review without a word"),
            Incident("OpenAI", "2023-06-14", "empty messages in streams of chat completions"),
            Issue("aj47/SpeakMCP#797", "the counter-example: an empty answer can be meant"),
        ],
        plays: &[
            Play::before("empty", "empty", HandOver),
            Play::before("empty everywhere", "empty", BelieveEmpty).setting(Setting::Everyone),
        ],
    },
    KnownFault {
        number: 27,
        name: "Another model answered than was asked",
        without: "The answer carries the name that was asked for. Costs, quality and bugs are ascribed to a model that had no part in them.",
        with: "The name in the answer is the name of the model that wrote it.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("BerriAI/litellm#25503", "the requested name is shown after a fallback"),
            Issue("BerriAI/litellm#31722", "streams overwrite the model's name"),
            Issue("mnfst/llm-gateway#2620", "who answered is hidden"),
            Issue("RightNow-AI/openfang#200", "the provider changed and the name did not"),
        ],
        plays: &[
            Play::before("a version of it", "ok suffix=-2026-01-01", NameTruly),
            Play::before("another one", "ok model=some-other-model", NameTruly),
        ],
    },
    KnownFault {
        number: 28,
        name: "The encoding is a lie",
        without: "Bytes that no client can read, or a stream that arrives in one piece because somebody compressed it.",
        with: "Providers are asked not to compress. An answer that claims to be compressed all the same is handed over.",
        blame: Blame::Provider,
        evidence: &[
            Issue("agentgateway/agentgateway#3040", "plain JSON under a header that says br"),
            Issue("vm0-ai/vm0#8903", "a usage counter is fed gzip"),
            Issue("mattrobinsonsre/terrapod#71", "gzip holds the stream back"),
        ],
        plays: &[Play::before("says gzip and is none", "ok gzip_lie", HandOver)],
    },
];
