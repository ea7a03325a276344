//! Faults 1 to 8: before HTTP, and beneath it.

use super::Evidence::{Fact, Incident, Issue};
use super::Remedy::{Again, HandOver, Harmless};
use super::{Blame, KnownFault, Network, Play, Setting};

pub(super) const FAULTS: [KnownFault; 8] = [
    KnownFault {
        number: 1,
        name: "The name does not resolve, or resolves slowly",
        without: "Calls fail with a resolver's error, or hang for half a minute before they even connect.",
        with: "Resolving counts against the connect limit of 2 s. The last address that worked is used while the resolver is away; without one, the next target is asked.",
        blame: Blame::Provider,
        evidence: &[
            Incident(
                "OpenAI",
                "2024-12-04",
                "the resolver stalled for 30 s; 45 % of calls were given up by their callers",
            ),
            Incident("OpenAI", "2021-04-01", "a cloud's DNS outage took the API with it"),
            Incident("OpenAI", "2023-03-19", "DNS failed inside the cluster"),
        ],
        plays: &[
            Play::network("no such name", Network::NameUnknown),
            Play::network("a name that takes half a minute", Network::NameSlow),
        ],
    },
    KnownFault {
        number: 2,
        name: "Connection refused, or packets that vanish",
        without: "A refused connection is retried against the same address; a black hole costs 5 s with the official clients and minutes with others.",
        with: "The next target is asked: at once when refused, after the connect limit of 2 s in a black hole. The same address is not tried again.",
        blame: Blame::Provider,
        evidence: &[Fact(
            "The official OpenAI and Anthropic clients allow 5 s to connect, and then retry twice.",
        )],
        plays: &[Play::network("refused", Network::Refused), Play::network("black hole", Network::BlackHole)],
    },
    KnownFault {
        number: 3,
        name: "TLS fails: expired, wrong name, handshake cut",
        without: "Every call fails until the certificate is put right. Some turn verification off and leave it off.",
        with: "The next target is asked. Verification is never relaxed.",
        blame: Blame::Provider,
        evidence: &[Fact(
            "Rare: none of 640 posted incidents of OpenAI and Anthropic to January 2025 names TLS or a certificate (data of Chu et al., ICPE 2025).",
        )],
        plays: &[
            Play::network("a certificate that is not accepted", Network::Certificate),
            Play::network("a handshake that is cut", Network::HandshakeCut),
        ],
    },
    KnownFault {
        number: 4,
        name: "The kept connection has been closed meanwhile",
        without: "The first call after a pause fails with \"connection reset\", for no reason that anybody can see.",
        with: "Idle connections are kept for at most a minute. One that turns out dead before any byte of an answer is replaced by a new one, unseen, once; that counts against nobody.",
        blame: Blame::Nobody,
        evidence: &[
            Issue(
                "anthropics/claude-code#89608",
                "the edge closes connections idle for 400 s: 6.7 % of turns reset, 42 % after a pause of 5 to 15 minutes",
            ),
            Issue("defilantech/LLMKube#459", "a stale connection costs 30 s"),
        ],
        plays: &[
            Play::before("closed under the next request", "ok then close then ok", Again)
                .setting(Setting::Kept),
            Play::before("reset under the next request", "ok then reset then ok", Again)
                .setting(Setting::Kept),
            Play::before("closes when idle", "ok then_close then ok", Harmless).setting(Setting::Kept),
            Play::before("dead twice", "ok then reset then reset", HandOver).setting(Setting::Kept),
        ],
    },
    KnownFault {
        number: 5,
        name: "The peer is gone and nothing says so",
        without: "The connection looks open and no byte comes. Without a limit of one's own the call hangs for hours.",
        with: "The first-token limit (10 s) hands over; after the first token the stall limit (30 s) ends the silence, and another target goes on with the answer.",
        blame: Blame::Model,
        evidence: &[
            Issue("oven-sh/bun#31894", "a half-open connection is never noticed"),
            Issue("anomalyco/opencode#16366", "the machine slept; the stream never ends"),
            Issue("Nerovix/kouhai-bot#46", "an established connection without data for two hours"),
        ],
        plays: &[
            Play::network("connected to nobody", Network::HalfOpen),
            Play::before("a kept connection to nobody", "ok then silent", HandOver).setting(Setting::Kept),
            Play::before("headers, then nobody", "ok stall@start", HandOver),
            Play::broken("half an answer, then nobody", "ok tokens=9 stall@3"),
        ],
    },
    KnownFault {
        number: 6,
        name: "HTTP/2: the server is going away",
        without: "Requests that were certainly not worked on fail as if they had been.",
        with: "A request that the server disowned is sent once more on a new connection, unseen; then the next target is asked. Streams the server promised to finish are read to their end.",
        blame: Blame::Nobody,
        evidence: &[
            Fact(
                "RFC 9113, 8.7: a request that was refused, or is beyond the last stream of GOAWAY, was not processed.",
            ),
            Issue("JuliaWeb/HTTP.jl#1294", "such requests are safe to repeat and were not repeated"),
            Issue("seanmonstar/reqwest#1748", "a client library that hides the reason"),
        ],
        plays: &[
            Play::before("goes away before the headers", "goaway", HandOver),
            Play::before("goes away from a kept connection", "ok then goaway then ok", Again)
                .setting(Setting::Kept),
            Play::after("goes away and finishes the answer", "ok tokens=5 goaway@2", Harmless)
                .says("Hello from the simulator. Hello"),
            Play::broken("goes away and drops the answer", "ok tokens=9 goaway_now@3"),
        ],
    },
    KnownFault {
        number: 7,
        name: "HTTP/2: one stream is reset",
        without: "An error about a protocol nobody chose, or, in some clients, a short answer that looks complete.",
        with: "Before the first token the next target is asked; after it, another goes on with the answer.",
        blame: Blame::Model,
        evidence: &[
            Issue("stacklok/mecatl#220", "INTERNAL_ERROR on a stream is fatal"),
            Issue("genai-io/gen-code#406", "PROTOCOL_ERROR on a stream ends the session"),
        ],
        plays: &[
            Play::before("reset after the headers", "ok stream_reset@start", HandOver),
            Play::before("reset after the role", "ok stream_reset@0", HandOver),
            Play::broken("reset in mid-answer", "ok tokens=9 stream_reset@3"),
        ],
    },
    KnownFault {
        number: 8,
        name: "The connection breaks under the question or in mid-answer",
        without: "\"peer closed connection without sending complete message body\", after minutes of a long answer, and all of it is lost.",
        with: "Another target goes on with a text that breaks off, in the same stream. Where that is not safe, the stream ends with an error in the caller's own dialect, and the connection is aborted, so that no client takes the part for the whole.",
        blame: Blame::Model,
        evidence: &[
            Issue("openai/openai-python#2065", "the body ends before its chunked encoding does"),
            Issue("openai/openai-python#2356", "the same, in long streams"),
            Issue("langgenius/dify#9912", "an application loses the whole answer"),
            Issue("kortix-ai/suna#66", "an agent's run dies of it"),
        ],
        plays: &[
            Play::before("closed before the headers", "close", HandOver),
            Play::before("reset before the headers", "reset", HandOver),
            Play::before("headers, then closed", "ok close@start", HandOver),
            Play::before("role, then reset", "ok reset@0", HandOver),
            Play::broken("closed in mid-answer", "ok tokens=9 close@3"),
            Play::broken("reset in mid-answer", "ok tokens=9 reset@3"),
            Play::broken("closed before the finish reason", "ok tokens=9 close@finish"),
        ],
    },
];
