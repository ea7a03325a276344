//! How much the model thinks, and how its next token is drawn: the two exclude each other in part.

use super::encode::Writer;
use super::messages::Written;
use super::names::{Field, name};
use crate::anthropic::models::{self, Thinking};
use crate::hub::{Choice, Losses, Reasoning};
use serde_json::{Value, json};

/// The least budget the provider takes, tokens.
const LEAST_BUDGET: u64 = 1024;

/// What is asked of the model.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The `thinking` object.
    pub(super) thinking: Option<Value>,
    /// `output_config.effort`.
    pub(super) effort: Option<String>,
    /// Whether the model will think.
    pub(super) thinks: bool,
}

/// What to ask for, given the caller's wish and the model.
pub(super) fn plan(writer: Writer<'_>, max_tokens: u64, written: &Written, losses: &mut Losses) -> Plan {
    let Some(wish) = &writer.request.reasoning else { return Plan::default() };
    let field = name(writer.request.origin, Field::Reasoning);
    let kind = models::thinking(&writer.target.model);
    let off = *wish == Reasoning::Off || *wish == Reasoning::Effort("none".to_owned());
    if off {
        return match kind {
            Thinking::Never => Plan::default(),
            Thinking::Always => {
                losses.note(field);
                Plan::default()
            }
            Thinking::Budget | Thinking::AdaptiveOrBudget | Thinking::Adaptive => {
                Plan { thinking: Some(json!({"type": "disabled"})), ..Plan::default() }
            }
        };
    }
    let forced = matches!(writer.request.tool_choice, Some(Choice::Required | Choice::Named(_)));
    // The provider refuses thinking beside a forced tool or a given beginning; both weigh more than thinking.
    let excluded = !writer.native && forced || written.prefilled;
    let plan = if excluded {
        None
    } else {
        match kind {
            Thinking::Never => None,
            Thinking::Budget => budget(writer, wish, max_tokens, written),
            Thinking::AdaptiveOrBudget => match wish {
                Reasoning::Budget(tokens) if writer.native => Some(enabled(*tokens)),
                Reasoning::Off | Reasoning::Effort(_) | Reasoning::Budget(_) | Reasoning::Adaptive => {
                    Some(adaptive(wish, false))
                }
            },
            Thinking::Adaptive | Thinking::Always => {
                if writer.native && matches!(wish, Reasoning::Budget(_)) {
                    losses.note("thinking.budget_tokens");
                }
                Some(adaptive(wish, true))
            }
        }
    };
    plan.unwrap_or_else(|| {
        losses.note(field);
        Plan::default()
    })
}

fn enabled(tokens: u64) -> Plan {
    let thinking = json!({"type": "enabled", "budget_tokens": tokens});
    Plan { thinking: Some(thinking), effort: None, thinks: true }
}

/// `xhigh` came after 4.6.
fn adaptive(wish: &Reasoning, xhigh: bool) -> Plan {
    let effort = match wish {
        Reasoning::Off | Reasoning::Adaptive => None,
        Reasoning::Effort(level) => Some(match level.as_str() {
            "minimal" => "low",
            "xhigh" if !xhigh => "high",
            other => other,
        }),
        Reasoning::Budget(..4096) => Some("low"),
        Reasoning::Budget(4096..16_384) => Some("medium"),
        Reasoning::Budget(_) => Some("high"),
    };
    let thinking = json!({"type": "adaptive"});
    Plan { thinking: Some(thinking), effort: effort.map(str::to_owned), thinks: true }
}

/// A budget that leaves at least half of the tokens for the answer; none when too few are left to think with.
fn budget(writer: Writer<'_>, wish: &Reasoning, max_tokens: u64, written: &Written) -> Option<Plan> {
    let tokens = match wish {
        Reasoning::Budget(tokens) if writer.native => return Some(enabled(*tokens)),
        Reasoning::Budget(tokens) => *tokens,
        Reasoning::Off => return None,
        Reasoning::Adaptive => 8192,
        Reasoning::Effort(level) => match level.as_str() {
            "minimal" => LEAST_BUDGET,
            "low" => 2048,
            "high" => 16_384,
            "xhigh" => 24_576,
            "max" => 32_000,
            _ => 8192,
        },
    };
    // These models want to see the thinking that led to a tool call, and another provider's was left out.
    if written.unthought_call {
        return None;
    }
    let tokens = tokens.max(LEAST_BUDGET).min(max_tokens / 2);
    (tokens >= LEAST_BUDGET).then(|| enabled(tokens))
}

/// The parameters of sampling that are sent.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sampling {
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) top_k: Option<u64>,
}

/// What can be sent of the caller's sampling; the rest is a loss, unless it says what the default says anyway.
pub(super) fn sampling(writer: Writer<'_>, thinks: bool, losses: &mut Losses) -> Sampling {
    let asked = &writer.request.sampling;
    let lost_number = |field: &str, value: Option<f64>, default: f64, losses: &mut Losses| {
        if value.is_some_and(|v| (v - default).abs() > f64::EPSILON) {
            losses.note(field);
        }
    };
    if asked.seed.is_some() {
        losses.note("seed");
    }
    lost_number("presence_penalty", asked.presence_penalty, 0.0, losses);
    lost_number("frequency_penalty", asked.frequency_penalty, 0.0, losses);
    let mut sent = Sampling { temperature: asked.temperature, top_p: asked.top_p, top_k: asked.top_k };
    let allowed = models::sampling_allowed(&writer.target.model, &writer.target.anthropic_version);
    if thinks || !allowed {
        lost_number("temperature", sent.temperature.take(), 1.0, losses);
        if sent.top_k.take().is_some() {
            losses.note("top_k");
        }
        // Beside thinking a narrow range of `top_p` is taken.
        let narrow = allowed && sent.top_p.is_some_and(|p| (0.95..1.0).contains(&p));
        if !narrow {
            lost_number("top_p", sent.top_p.take(), 1.0, losses);
        }
        return sent;
    }
    if let Some(temperature) = &mut sent.temperature {
        let clamped = temperature.clamp(0.0, 1.0);
        lost_number("temperature", Some(*temperature), clamped, losses);
        *temperature = clamped;
    }
    if !writer.native {
        sent.top_p = sent.top_p.filter(|p| *p < 1.0);
        if sent.temperature.is_some() && models::one_sampling_parameter(&writer.target.model) {
            lost_number("top_p", sent.top_p.take(), 1.0, losses);
        }
    }
    sent
}
