//! Faults 29 to 38, and later finds: the stream goes wrong.

use super::Evidence::{Fact, Incident, Issue};
use super::Remedy::{HandOver, Harmless, Stop, TellCaller};
use super::{Asks, Blame, KnownFault, Pairs, Play, Setting};

const UNBROKEN: &str = "Grüße, 世界 🌍!";

pub(super) const FAULTS: [KnownFault; 11] = [
    KnownFault {
        number: 29,
        name: "200, then an error event",
        without: "Official clients retry an overload that comes as a status, and raise it when it comes in the stream. Gateways pass it on, or swallow it.",
        with: "Before the first token it is judged like the status it stands for, and the next target is asked. After it, another target goes on with the answer, unless the error is the caller's own or a refusal.",
        blame: Blame::InnerError,
        evidence: &[
            Issue("Alcova-AI/adk-anthropic-go#32", "an overload inside the stream"),
            Issue("byte5ai/omadia#122", "the same"),
            Issue("QwenLM/qwen-code#11216", "errors in streams that state no status"),
            Issue("vercel/ai#7546", "an error event that nobody raises"),
            Issue("BerriAI/litellm#6957", "no fallback for an error inside a stream"),
            Incident("OpenAI", "2023-11-28", "13 hours of `server_error` inside streams of status 200"),
        ],
        plays: &[
            Play::before("overloaded, first thing", "ok error@start:overloaded", HandOver),
            Play::before("overloaded, after the role", "ok error@0:overloaded", HandOver),
            Play::before("server error", "ok error@0:server_error", HandOver),
            Play::before("rate limited", "ok error@0:rate_limited", HandOver),
            Play::before("quota", "ok error@0:quota", HandOver),
            Play::before("key refused", "ok error@0:unauthorized", HandOver),
            Play::before("model gone", "ok error@0:model_not_found", HandOver),
            Play::before("timeout", "ok error@0:timeout", HandOver),
            Play::before("bad request", "ok error@0:bad_request", TellCaller).pairs(Pairs::TypedErrors),
            Play::broken("overloaded in mid-answer", "ok tokens=9 error@3:overloaded"),
            Play::broken("server error before the end", "ok tokens=9 error@finish:server_error"),
        ],
    },
    KnownFault {
        number: 30,
        name: "The stream ends without its end",
        without: "Both official clients take it for success: half an answer, and nothing says so.",
        with: "Without a finish reason there is no success. Before the first token the next target is asked; after it, another goes on with the text. Tool calls, JSON, shown reasoning and refusals are never gone on with, nor is an answer whose caller or route wants it so, or one that nobody else can take: such an answer ends with an error event that says why, and an aborted connection, never cleanly.",
        blame: Blame::Model,
        evidence: &[
            Fact("The loops of the OpenAI and Anthropic clients simply finish at the end of the body."),
            Issue("anomalyco/opencode#39968", "a cut answer counts as complete"),
            Issue("BerriAI/litellm#40404", "a cut stream never reaches the fallback"),
        ],
        plays: &[
            Play::before("after the role", "ok cut@0", HandOver),
            Play::before("at once", "ok cut@start", HandOver),
            Play::broken("in mid-answer", "ok tokens=9 cut@3"),
            Play::broken("before the finish reason", "ok tokens=9 cut@finish"),
            Play::broken("after the first words", "ok tokens=9 cut@4"),
            Play::after("in mid-answer, and everybody breaks off", "ok tokens=9 cut@3", Stop)
                .setting(Setting::Everyone)
                .only_streamed(),
            Play::after("in mid-answer, and the caller wants it so", "ok tokens=9 cut@3", Stop)
                .setting(Setting::WantsStop),
            Play::after("in mid-answer, with tools to call", "ok tokens=9 cut@3", Stop).asks(Asks::Tools),
            Play::after("in mid-answer, one of two", "ok tokens=9 cut@3", Stop)
                .asks(Asks::Two)
                .pairs(Pairs::OpenAi)
                .only_streamed(),
            Play::before("in the middle of a JSON document", "ok '{\"city\": \"Oslo\"}' cut@3", HandOver)
                .asks(Asks::Json),
        ],
    },
    KnownFault {
        number: 31,
        name: "The first token is very late",
        without: "Everybody waits: of the gateways measured in 2026, none moved on when the first token came after 20 s.",
        with: "The first-token limit (10 s for a hosted provider) hands over and cancels.",
        blame: Blame::Model,
        evidence: &[
            Incident("OpenAI", "2024-12-04", "half a minute before anything happened"),
            Issue("cline/cline#12839", "a local model loads for minutes before its headers"),
            Issue("rsynnot/magic-lists-for-navidrome#34", "giving up on a local model aborts its loading"),
            Fact("Failover Bench, 12 September 2026, scenario S07: no gateway failed over."),
        ],
        plays: &[
            Play::before("headers, then a late token", "ok first=20s", HandOver),
            Play::before("late headers", "ok headers=20s", HandOver),
            Play::before("never", "silent", HandOver),
            Play::before("late, and in time", "ok first=9s", Harmless),
        ],
    },
    KnownFault {
        number: 32,
        name: "The stream stalls",
        without: "The cursor stands still, for two minutes or for hours. Or the reverse: a thinking model is cut off because its pings were not counted.",
        with: "30 s without a byte, and another target goes on with the answer. Keep-alives count as life, but not as progress: 60 s without content have the same end.",
        blame: Blame::Model,
        evidence: &[
            Issue("2389-research/tracker#575", "a stream that stands still"),
            Issue("anomalyco/opencode#29348", "two minutes of it"),
            Issue("agent0ai/agent-zero#1882", "hours of it"),
            Issue("mozilla-ai/settl#162", "a minute of it"),
            Issue("frontman-ai/frontman#731", "the false alarm: pings while the model thinks were swallowed"),
        ],
        plays: &[
            Play::before("after the role", "ok stall@0", HandOver),
            Play::broken("in mid-answer", "ok tokens=9 stall@3"),
            Play::broken("before the finish reason", "ok tokens=9 stall@finish"),
            Play::after("a pause with pings is none", "ok drip@2=40s pings", Harmless).only_streamed(),
        ],
    },
    KnownFault {
        number: 33,
        name: "A drip that resets every clock",
        without: "A token now and then keeps all idle timers quiet while the user waits for minutes.",
        with: "A slow answer is let run as long as it can end in time. The request's deadline (120 s) ends it with an error.",
        blame: Blame::Model,
        evidence: &[Issue("agent0ai/agent-zero#1882", "107 s for five tokens")],
        plays: &[
            Play::after("slow, and in time", "ok drip@2=15s", Harmless),
            Play::after("too slow ever to end", "ok tokens=40 drip@3=20s", Stop),
        ],
    },
    KnownFault {
        number: 34,
        name: "Frames that are cut, glued, or split inside a letter",
        without: "A word is missing and nobody notices; or a letter becomes a question mark; or the parser gives up.",
        with: "Events are put together from bytes, wherever they were cut. An event that cannot be read is a fault and never skipped; after the first token another target goes on with the answer.",
        blame: Blame::Model,
        evidence: &[
            Issue("zai-org/GLM-5#66", "JSON cut in the middle of a field, the next event glued on"),
            Issue("katanemo/plano#980", "a gateway dropped events whose letters were split"),
            Issue("vllm-project/aibrix#2653", "split frames"),
        ],
        plays: &[
            Play::before("the first frame is broken", "ok malformed@0", HandOver),
            Play::broken("a frame in mid-answer is broken", "ok tokens=9 malformed@3"),
            Play::after("bytes one by one", "ok 'Grüße, 世界 🌍!' chunk_bytes=1 crlf pings", Harmless)
                .says(UNBROKEN),
            Play::after("everything at once", "ok 'Grüße, 世界 🌍!' one_write", Harmless).says(UNBROKEN),
        ],
    },
    KnownFault {
        number: 35,
        name: "A delta comes twice",
        without: "Text that stutters; or, with a gateway that removes repetitions, text from which words are missing.",
        with: "Text is never deduplicated by its looks: a model may mean to say it twice. It is passed on as it came.",
        blame: Blame::Nobody,
        evidence: &[
            Incident("OpenAI", "2024-03-27", "repeated responses"),
            Issue("ggml-org/llama.cpp#10914", "repeated output"),
        ],
        plays: &[Play::after("one token twice", "ok 'one two three four' duplicate@2", Harmless)
            .says("one two two three four")
            .only_streamed()],
    },
    KnownFault {
        number: 36,
        name: "Endless repetition",
        without: "The same words until the token limit: a quarter of an hour, and 128,000 tokens to pay for.",
        with: "A stream whose end has been one short period for about 5,000 tokens and five seconds is ended with an error, and recorded as `repetition`; a whole answer is handed over. Whoever asks for a word a thousand times gets it.",
        blame: Blame::Model,
        evidence: &[
            Issue("Bike4Mind/bike4mind#1427", "990 s and 128,000 tokens, nearly all of them two tags"),
            Issue("PrimeIntellect-ai/prime-agent#1029", "detection by period and by novelty"),
            Issue("lijunzh/koda#490", "the same words for ever"),
        ],
        plays: &[Play::after(
            "the same words for ever",
            "ok 'over and over again, ' tokens=8000 every=1ms",
            Stop,
        )],
    },
    KnownFault {
        number: 37,
        name: "A broken tool call",
        without: "An application parses half of a JSON object, calls a tool with nothing, or waits for a call that was announced and never came.",
        with: "A call is held until it is complete and its arguments can be read, so another target can still make it. Once text was sent in front of it, a broken call ends the answer with an error. Nobody gets a part of a call, and no other model continues one.",
        blame: Blame::Model,
        evidence: &[
            Issue("anomalyco/opencode#25925", "arguments that are no JSON"),
            Issue("BerriAI/litellm#31067", "a call that another model was made to continue"),
        ],
        plays: &[
            Play::before("cut in its arguments", "tool get_weather '{\"city\":\"Oslo\"}' cut@2", HandOver),
            Play::after(
                "broken behind text",
                "ok 'Let me see.' tool:get_weather='{\"city\":\"Oslo\"}' cut_arguments",
                Stop,
            )
            .asks(Asks::Tools),
            Play::before(
                "arguments that are no JSON",
                "tool get_weather '{\"city\":\"Oslo\"}' cut_arguments",
                HandOver,
            ),
            Play::before("no id", "tool get_weather '{\"city\":\"Oslo\"}' no_call_ids", HandOver)
                .pairs(Pairs::IdsAsTheyCome),
            Play::before(
                "no id, and one is made up",
                "tool get_weather '{\"city\":\"Oslo\"}' no_call_ids",
                Harmless,
            )
            .pairs(Pairs::IdsMadeUp)
            .says(""),
            Play::before("announced and missing", "empty finish=tool_calls", HandOver),
        ],
    },
    KnownFault {
        number: 38,
        name: "Trouble at the very end",
        without: "A complete answer hangs because the connection stays open, or is thrown away because its usage is missing.",
        with: "The answer ends at its terminal event, not at the end of the connection. Missing usage stays missing; the answer is whole.",
        blame: Blame::Nobody,
        evidence: &[Issue("agentscope-ai/agentscope-java#2073", "trouble with the last chunk")],
        plays: &[
            Play::after("open after the end", "ok stay_open", Harmless),
            Play::after("no usage", "ok no_usage", Harmless),
            Play::after("usage twice", "ok usage_twice", Harmless),
            Play::after("finish twice", "ok duplicate_finish", Harmless),
            Play::after("a cut behind the finish reason", "ok cut@terminator", Harmless).only_streamed(),
        ],
    },
    KnownFault {
        number: 47,
        name: "Keep-alives, and no answer",
        without: "Comments or pings come every few seconds and reset the client's timer: the stream looks alive for ever.",
        with: "A keep-alive is no token. The first-token limit (10 s) and the progress limit (60 s) run on; then another target is asked, or goes on with the answer.",
        blame: Blame::Model,
        evidence: &[Issue("anomalyco/opencode#43519", "comments reset the only timer there is")],
        plays: &[
            Play::before("before the first token", "ok first=60m pings", HandOver),
            Play::broken("in mid-answer", "ok tokens=9 drip@3=60m pings"),
        ],
    },
];
