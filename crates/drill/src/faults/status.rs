//! Faults 9 to 22, and later finds: the provider answers with a status.
//!
//! After the first token a status cannot come any more; the same causes then come as an error inside the stream.

use super::Evidence::{Fact, Incident, Issue};
use super::Remedy::{HandOver, Harmless, OtherKey, Repair, Stop, TellCaller};
use super::{Asks, Blame, KnownFault, Pairs, Play, Setting};

const REFUSES_TEMPERATURE: &str = r#"400 body='{"error":{"message":"Unsupported value","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}' then ok"#;
const DEPRECATES_TEMPERATURE: &str = r#"400 body='{"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is deprecated for this model."}}' then ok"#;
const REFUSES_SIGNATURE: &str = r#"400 body='{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}' then ok"#;
const REFUSES_CONTINUATION: &str = r#"400 body='{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill. The conversation must end with a user message."}}'"#;
const LARGER_THAN_THE_LIMIT: &str = r#"429 body='{"error":{"message":"Request too large for this model on tokens per min (TPM): Limit 30000, Requested 40000.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}'"#;
const LONG_CONTEXT: &str = r#"429 body='{"type":"error","error":{"type":"rate_limit_error","message":"Extra usage is required for long context requests."}}'"#;

pub(super) const FAULTS: [KnownFault; 20] = [
    KnownFault {
        number: 9,
        name: "The caller's own error",
        without: "Gateways that fail over on any error send a wrong request to everybody, pay for it several times, and show the last refusal instead of the first.",
        with: "The caller gets the provider's own words at once, and nobody else is asked. Where Handover had translated the request, a target that takes it as it was written decides.",
        blame: Blame::Nobody,
        evidence: &[Issue(
            "BerriAI/litellm#27967",
            "the gateway's own addition caused the 400 and hid the real error",
        )],
        plays: &[
            Play::before("bad request", "bad_request", TellCaller),
            Play::before("unprocessable", "422", TellCaller),
            Play::before("our translation is suspected", "bad_request", HandOver)
                .setting(Setting::NativeBackup)
                .pairs(Pairs::Translated),
            Play::after("in mid-answer", "ok tokens=9 error@3:bad_request", Stop)
                .whole(TellCaller)
                .pairs(Pairs::TypedErrors),
        ],
    },
    KnownFault {
        number: 10,
        name: "Too long for the model, or too large for the provider",
        without: "The full history is sent again ten times; or a generic \"all providers failed\" hides the message by which clients shorten it.",
        with: "Only targets known to take more are asked. Where there is none, the caller gets the provider's own code and numbers.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("SWE-agent/mini-swe-agent#923", "the whole history is sent again, ten times"),
            Issue(
                "musistudio/claude-code-router#1799",
                "a generic error hides the message that lets clients heal themselves",
            ),
            Issue("mnfst/llm-gateway#2338", "the same, put right"),
        ],
        plays: &[
            Play::before("too long, nobody takes more", "context_length", TellCaller)
                .setting(Setting::SameWindow),
            Play::before("too long, nobody knows who takes more", "context_length", HandOver),
            Play::before("too large, nobody takes more", "too_large", TellCaller)
                .setting(Setting::SameWindow),
            Play::before("too large, nobody knows who takes more", "too_large", HandOver),
            Play::before("too long, the backup takes more", "context_length", HandOver)
                .setting(Setting::LargerWindow),
            Play::before("too large, the backup takes more", "too_large", HandOver)
                .setting(Setting::LargerWindow),
        ],
    },
    KnownFault {
        number: 11,
        name: "A content filter, or a refusal",
        without: "The question is taken from provider to provider until a laxer one answers, or the refusal is reported as a server error.",
        with: "A refusal is an answer, and the caller gets it. It never counts against anybody.",
        blame: Blame::Nobody,
        evidence: &[Issue("BerriAI/litellm#40276", "an answer without candidates was reported as a 500")],
        plays: &[
            Play::before("the filter refuses the prompt", "content_filter", TellCaller),
            Play::before("the model refuses", "refusal", Harmless)
                .says("I'm sorry, but I can't help with that."),
            Play::after("the filter ends the answer", "ok finish=content_filter", Harmless),
        ],
    },
    KnownFault {
        number: 12,
        name: "The key is refused: revoked, expired, not yet valid",
        without: "Everything fails until somebody changes the key. Gateways that look for words in the message miss it and retry.",
        with: "The status decides, not the words. The provider's next key is used, then the next target; the refused key rests for five minutes. No message repeats a part of a key.",
        blame: Blame::Key,
        evidence: &[
            Issue("mastra-ai/mastra#12756", "a refused key is retried"),
            Issue("mnfst/llm-gateway#1180", "no fallback on 401"),
            Issue("nicobailon/pi-subagents#2077", "\"User not found\": a 401 that patterns on text miss"),
            Incident("Anthropic", "2024-11-16", "newly made keys did not work"),
            Incident(
                "OpenAI",
                "2023-10-19",
                "an authentication cache failed: some customers dead, others untouched",
            ),
        ],
        plays: &[
            Play::before("refused", "unauthorized", HandOver),
            Play::before("forbidden", "forbidden", HandOver),
            Play::before(
                "refused in words nobody knows",
                "401 body='{\"error\":\"User not found\"}'",
                HandOver,
            ),
            Play::before("the second key works", "unauthorized", OtherKey).setting(Setting::SecondKey),
            Play::broken("in mid-answer", "ok tokens=9 error@3:unauthorized"),
        ],
    },
    KnownFault {
        number: 13,
        name: "No money, or the quota is used up",
        without: "Clients wait and retry a call that no waiting cures; or take the words of an ordinary rate limit for an empty account.",
        with: "The error's code decides, never the word \"quota\". Nothing is waited for; the next key or target is asked, and the key rests for fifteen minutes.",
        blame: Blame::Key,
        evidence: &[
            Issue("langchain-ai/langchainjs#1929", "an empty account is retried"),
            Issue("2389-research/tracker#547", "the same, in an agent"),
            Issue("openai/openai-cookbook#2812", "retries against an empty account multiply"),
            Issue(
                "LibreChat-AI/agents#358",
                "the counter-example: an ordinary rate limit worded as insufficient quota",
            ),
        ],
        plays: &[
            Play::before("payment required", "payment_required", HandOver),
            Play::before("quota", "quota", HandOver),
            Play::before("the second key has money", "quota", OtherKey).setting(Setting::SecondKey),
            Play::broken("in mid-answer", "ok tokens=9 error@3:quota"),
        ],
    },
    KnownFault {
        number: 14,
        name: "404: the model is gone, or the provider has lost its way",
        without: "A removed model is retried for ever; or a model is struck off because of half an hour of wrong 404s.",
        with: "The next target is asked. The model is looked for again later.",
        blame: Blame::Model,
        evidence: &[
            Incident("OpenAI", "2024-09-14", "28 minutes of 404 from chat completions"),
            Issue("tashfeenahmed/freellmapi#66", "the same dead model for ever"),
        ],
        plays: &[
            Play::before("no such model", "model_not_found", HandOver),
            Play::before("a 404 outage", "404 body='Not Found'", HandOver),
            Play::before("gone", "410", HandOver),
        ],
    },
    KnownFault {
        number: 15,
        name: "A passing condition: 408, 409, 425",
        without: "The client waits and tries again.",
        with: "The next target is asked.",
        blame: Blame::Share,
        evidence: &[Fact("All three official clients retry 408 and 409.")],
        plays: &[
            Play::before("request timeout", "408", HandOver),
            Play::before("conflict", "409", HandOver),
            Play::before("too early", "425", HandOver),
        ],
    },
    KnownFault {
        number: 16,
        name: "A rate limit",
        without: "The application waits, for two seconds or two minutes, or asks again at once and stays limited.",
        with: "The provider's next key is used, then the next target, without waiting. The limited key rests as long as the provider asks, five minutes at most.",
        blame: Blame::Key,
        evidence: &[Fact(
            "OpenAI's client heeds `retry-after-ms` and `retry-after` and refuses waits above two minutes; Anthropic's has no such cap; Cohere's reads `x-ratelimit-reset` too.",
        )],
        plays: &[
            Play::before("with a time to wait", "rate_limited", HandOver),
            Play::before("with an hour to wait", "429 retry_after=3600", HandOver),
            Play::before("the second key is free", "rate_limited", OtherKey).setting(Setting::SecondKey),
            Play::broken("in mid-answer", "ok tokens=9 error@3:rate_limited"),
        ],
    },
    KnownFault {
        number: 17,
        name: "A 429 that is an outage",
        without: "A gateway that reads 429 as \"my quota\" waits politely for a dead provider.",
        with: "The next target is asked at once.",
        blame: Blame::Provider,
        evidence: &[Incident(
            "OpenAI",
            "2023-11-08",
            "the tail of the great outage: 429 with the body {\"status\":\"come back later\"} and no time to wait",
        )],
        plays: &[Play::before("come back later", "429 body='{\"status\":\"come back later\"}'", HandOver)],
    },
    KnownFault {
        number: 18,
        name: "A 429 that waiting cannot cure",
        without: "A request larger than the whole minute's allowance is retried for ever.",
        with: "It is read as what it is, a request too large for this target: only one known to take more is asked, else the caller is told. A limit on long prompts alone is read in the same way. The caller's own client is told not to retry.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("archi-physics/archi#497", "a request above the token limit is retried"),
            Issue("gsd-build/gsd-2#3257", "an endless loop"),
            Issue("openclaw/openclaw#111913", "long prompts need an entitlement"),
        ],
        plays: &[
            Play::before(
                "larger than a minute's tokens, nobody takes more",
                LARGER_THAN_THE_LIMIT,
                TellCaller,
            )
            .setting(Setting::SameWindow)
            .pairs(Pairs::OpenAiLead),
            Play::before(
                "larger than a minute's tokens, the backup takes more",
                LARGER_THAN_THE_LIMIT,
                HandOver,
            )
            .setting(Setting::LargerWindow),
            Play::before("no entitlement to long prompts", LONG_CONTEXT, HandOver),
        ],
    },
    KnownFault {
        number: 19,
        name: "500",
        without: "The client tries the same provider three times and gives up.",
        with: "The next target is asked.",
        blame: Blame::Model,
        evidence: &[Incident("OpenAI", "2023-10-19", "60 to 70 % of calls failed with 500 and 502")],
        plays: &[
            Play::before("server error", "server_error", HandOver),
            Play::before("not implemented", "501", HandOver),
            Play::broken("in mid-answer", "ok tokens=9 error@3:server_error"),
        ],
    },
    KnownFault {
        number: 20,
        name: "502, 503, 504",
        without: "Three tries at the same place, some seconds apart, for an outage of two hours.",
        with: "The next target is asked.",
        blame: Blame::Provider,
        evidence: &[Incident("OpenAI", "2023-11-08", "for 94 minutes most calls failed with 502 and 503")],
        plays: &[
            Play::before("bad gateway", "bad_gateway", HandOver),
            Play::before("unavailable", "503 body='Service Unavailable'", HandOver),
            Play::before("gateway timeout", "timeout", HandOver),
            Play::before(
                "in the words of that day",
                "502 body='{\"error\":{\"code\":502,\"message\":\"Bad gateway.\",\"param\":null,\"type\":\"cf_bad_gateway\"}}'",
                HandOver,
            ),
            Play::broken("in mid-answer", "ok tokens=9 error@3:timeout"),
        ],
    },
    KnownFault {
        number: 21,
        name: "A CDN's web page in place of an error",
        without: "An application shows HTML, or dies parsing it as JSON.",
        with: "The status decides before the body is looked at. The page is never passed on.",
        blame: Blame::Provider,
        evidence: &[
            Issue("anthropics/claude-code#3197", "a 520 page in a terminal"),
            Issue("crmne/ruby_llm#606", "520 from api.openai.com"),
            Issue("perplexityai/api-discussion#284", "one call in twenty"),
            Issue("ollama/ollama#3694", "524 behind a proxy"),
            Incident("OpenAI", "2024-12-04", "530 for every call, for four minutes"),
        ],
        plays: &[
            Play::before("502", "html 502", HandOver),
            Play::before("520", "html 520", HandOver),
            Play::before("522", "html 522", HandOver),
            Play::before("524", "html 524", HandOver),
            Play::before("530", "html 530", HandOver),
        ],
    },
    KnownFault {
        number: 22,
        name: "Overloaded: 529, or 503 with a reason",
        without: "Lists of retryable statuses do not know 529; the call fails at once, or is hammered.",
        with: "The next target is asked.",
        blame: Blame::Model,
        evidence: &[
            Issue("tailcallhq/forgecode#2595", "529 was missed, as a status and inside the stream"),
            Incident("Anthropic", "2023-08-02", "overloaded"),
            Incident("Anthropic", "2024-04-01", "overloaded"),
            Incident("Anthropic", "2024-12-01", "overloaded"),
        ],
        plays: &[
            Play::before("529", "529", HandOver),
            Play::before("in the provider's words", "overloaded", HandOver).pairs(Pairs::TypedErrors),
            Play::before("with a time to wait", "529 retry_after=5", HandOver).blame(Blame::Share),
            Play::broken("in mid-answer", "ok tokens=9 error@3:overloaded"),
        ],
    },
    KnownFault {
        number: 41,
        name: "A redirect",
        without: "A client that follows it turns the question into a GET without a body, or carries the key to another host.",
        with: "It is never followed. The next target is asked.",
        blame: Blame::Model,
        evidence: &[
            Issue("pgadmin-org/pgadmin4#10420", "redirects led calls past the list of allowed hosts"),
            Fact("CVE-2022-27774: a client carried credentials along a redirect to another host."),
        ],
        plays: &[
            Play::before("moved for good", "301 header:location=https://elsewhere.example/", HandOver),
            Play::before("moved for now", "307 header:location=https://elsewhere.example/", HandOver),
        ],
    },
    KnownFault {
        number: 42,
        name: "A field that this model does not take",
        without: "A new model refuses a parameter that every older one took, and every call fails until the application is changed.",
        with: "Where Handover had translated the request, the field is left out, the same target is asked once more, and the response says what was dropped. A caller of the provider's own dialect gets the provider's words.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("teilomillet/gollm#33", "`max_tokens` is refused by newer models"),
            Issue("decolua/9router#846", "the same, behind a gateway"),
        ],
        plays: &[
            Play::before("translated", REFUSES_TEMPERATURE, Repair)
                .asks(Asks::Temperature)
                .pairs(Pairs::Translated),
            Play::before("as the caller wrote it, OpenAI", REFUSES_TEMPERATURE, TellCaller)
                .asks(Asks::Temperature)
                .pairs(Pairs::OpenAi),
            Play::before("as the caller wrote it, Anthropic", DEPRECATES_TEMPERATURE, TellCaller)
                .asks(Asks::Temperature)
                .pairs(Pairs::Anthropic),
        ],
    },
    KnownFault {
        number: 43,
        name: "Reasoning that another model has signed",
        without: "A conversation in which a backup took part can never go on with the lead: every turn is a 400.",
        with: "The foreign reasoning is left out and the same target is asked once more. What was said stays.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("tombii/better-ccflare#52", "going back to the first provider fails"),
            Issue("tailcallhq/forgecode#2646", "the same, after a change of model"),
            Issue("NousResearch/hermes-agent#24401", "a repair that repaired nothing"),
        ],
        plays: &[Play::before("a signature of another vendor", REFUSES_SIGNATURE, Repair)
            .asks(Asks::ForeignReasoning)
            .pairs(Pairs::Anthropic)],
    },
    KnownFault {
        number: 44,
        name: "A model that continues no given beginning",
        without: "An application that begins the answer itself works with one model and gets a 400 from the next.",
        with: "The caller is told in the provider's words: its beginning is part of its question.",
        blame: Blame::Nobody,
        evidence: &[
            Issue("router-for-me/CLIProxyAPI#5319", "newer models refuse a beginning that older ones took"),
            Issue("BerriAI/litellm#27967", "a gateway's own beginning is refused, and hides the real error"),
        ],
        plays: &[Play::before("the beginning is refused", REFUSES_CONTINUATION, TellCaller)
            .asks(Asks::Continuation)
            .pairs(Pairs::Anthropic)],
    },
    KnownFault {
        number: 45,
        name: "An error whose body never ends",
        without: "The status has been there for minutes, and the client still waits for the reason.",
        with: "The status is enough: after a second the body is no longer waited for.",
        blame: Blame::Provider,
        evidence: &[Fact(
            "RFC 9112, 6.3: a body without a length ends when its sender says so, which may be never.",
        )],
        plays: &[
            Play::before("503 that stays open", "503 body='Service Unavailable' stay_open", HandOver),
            Play::before("400 that stays open", "bad_request stay_open", TellCaller),
        ],
    },
    KnownFault {
        number: 46,
        name: "A success without an answer: 202, 204",
        without: "The client reports success and hands nothing to the application.",
        with: "It is no answer. The next target is asked.",
        blame: Blame::Model,
        evidence: &[Fact("RFC 9110, 15.3.3 and 15.3.5: accepted is not done, and no content is no answer.")],
        plays: &[
            Play::before("accepted", "202 body='{}'", HandOver),
            Play::before("no content", "204 body=''", HandOver),
        ],
    },
];
