//! Who asks for what, and how they behave: drawn from the seed and the request's number alone.

use crate::random::Random;
use serde_json::{Value, json};
use std::time::Duration;

/// Whose API a caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    OpenAi,
    Anthropic,
}

/// When a caller leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Leave {
    /// With the answer.
    Never,
    /// With this share of the request sent.
    InUpload(f64),
    /// So long after the request was sent.
    After(Duration),
    /// With so many bytes of the answer received.
    AfterBytes(usize),
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Counted from 0.
    pub(crate) number: u32,
    pub(crate) caller: Caller,
    pub(crate) stream: bool,
    pub(crate) route: &'static str,
    /// Bytes of the user's message.
    pub(crate) size: usize,
    pub(crate) leave: Leave,
    /// Reads a little at a time, from a small socket buffer.
    pub(crate) slow: bool,
    /// Opens a connection of its own and closes it afterwards.
    pub(crate) fresh: bool,
}

/// The routes that callers ask for; the gateway's configuration has them all.
pub(crate) const ROUTES: [&str; 5] = ["amber-first", "birch-first", "cedar-first", "hedged", "equals"];

/// Digits of the number in the message, by which a provider's request is known to be this one's.
pub(crate) const DIGITS: usize = 9;
/// What stands before them.
pub(crate) const MARK: &str = "soak-request-";

impl Plan {
    /// The request of this number. `leavers`: share of callers that leave early.
    pub(crate) fn draw(seed: u64, number: u32, leavers: f64) -> Self {
        let mut random = Random::of(seed, (1 << 32) + u64::from(number));
        let leave = random.chance(leavers).then(|| match random.between(0, 9) {
            0 => Leave::InUpload(random.share()),
            1..=4 => Leave::After(Duration::from_micros(random.between(0, 60_000))),
            5 | 6 => Leave::After(Duration::from_millis(random.between(60, 400))),
            _ => Leave::AfterBytes(usize::try_from(random.between(1, 5_000)).unwrap_or(1)),
        });
        let size = match random.between(0, 19) {
            0 => random.between(20_000, 50_000),
            1..=5 => random.between(4_000, 20_000),
            _ => random.between(1_000, 4_000),
        };
        let route = usize::try_from(random.between(0, ROUTES.len() as u64 - 1)).unwrap_or(0);
        Self {
            number,
            caller: if random.chance(0.5) { Caller::OpenAi } else { Caller::Anthropic },
            stream: random.chance(0.6),
            route: ROUTES.get(route).copied().unwrap_or(ROUTES[0]),
            size: usize::try_from(size).unwrap_or(1_000),
            leave: leave.unwrap_or(Leave::Never),
            slow: random.chance(0.05),
            fresh: random.chance(0.3),
        }
    }

    /// The whole HTTP request.
    pub(crate) fn request(&self, host: &str) -> Vec<u8> {
        let body = self.body().to_string();
        let (path, key) = match self.caller {
            Caller::OpenAi => ("/v1/chat/completions", "authorization: Bearer soak-caller"),
            Caller::Anthropic => ("/v1/messages", "x-api-key: soak-caller\r\nanthropic-version: 2023-06-01"),
        };
        let connection = if self.fresh { "close" } else { "keep-alive" };
        format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\n{key}\r\ncontent-type: application/json\r\n\
             connection: {connection}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    fn body(&self) -> Value {
        let number = self.number;
        let mut message = format!("{MARK}{number:0DIGITS$}");
        while message.len() < self.size {
            message.push_str(" and what does that mean for the harvest of the coming year?");
        }
        let user = json!({"role": "user", "content": message});
        match self.caller {
            Caller::OpenAi => json!({
                "model": self.route, "stream": self.stream, "max_completion_tokens": 4000,
                "messages": [{"role": "system", "content": "Be brief."}, user],
            }),
            Caller::Anthropic => json!({
                "model": self.route, "stream": self.stream, "max_tokens": 4000, "system": "Be brief.",
                "messages": [user],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_seed_sends_the_same_requests_again() {
        let sent = |seed| (0..50).map(|n| Plan::draw(seed, n, 0.5).request("host")).collect::<Vec<_>>();
        assert_eq!(sent(7), sent(7));
        assert_ne!(sent(7), sent(8));
    }

    #[test]
    fn callers_of_every_kind_come() {
        let plans: Vec<Plan> = (0..2000).map(|n| Plan::draw(1, n, 0.1)).collect();
        let any = |wanted: fn(&Plan) -> bool| assert!(plans.iter().any(wanted));
        any(|plan| plan.caller == Caller::OpenAi && plan.stream);
        any(|plan| plan.caller == Caller::Anthropic && !plan.stream);
        any(|plan| plan.slow && plan.stream);
        any(|plan| plan.fresh && plan.size > 20_000);
        any(|plan| matches!(plan.leave, Leave::InUpload(_)));
        any(|plan| matches!(plan.leave, Leave::After(_)));
        any(|plan| matches!(plan.leave, Leave::AfterBytes(_)));
        let leavers = plans.iter().filter(|plan| plan.leave != Leave::Never).count();
        assert!((150..250).contains(&leavers), "{leavers} of 2000 leave");
    }
}
