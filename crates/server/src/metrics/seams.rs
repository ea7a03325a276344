//! What is counted of answers that broke off in their middle: who went on, how, after what silence; and why nobody did.
//!
//! A hand-over before the first word is another matter, and is counted apart (`handover_handovers`): nobody sees that
//! one in the text.

use super::OfRoute;
use crate::names::Names;
use handover_dispatch::Served;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MidAnswer {
    route: Arc<str>,
    from: Arc<str>,
    to: Arc<str>,
    reason: &'static str,
    how: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Unfinished {
    route: Arc<str>,
    target: Arc<str>,
    reason: &'static str,
}

/// Counters of the middle of answers.
#[derive(Debug)]
pub(super) struct Seams {
    hand_overs: Family<MidAnswer, Counter>,
    stopped: Family<Unfinished, Counter>,
    silence: super::Histograms<OfRoute>,
}

impl Seams {
    pub(super) fn new() -> Self {
        Self {
            hand_overs: Family::default(),
            stopped: Family::default(),
            silence: Family::new_with_constructor(super::first_tokens),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "handover_mid_answer_handovers",
            "Times a target went on with an answer that another had begun",
            self.hand_overs.clone(),
        );
        registry.register_with_unit(
            "handover_mid_answer_silence",
            "Time from the break of a stream to its next word, where another target went on",
            Unit::Seconds,
            self.silence.clone(),
        );
        registry.register(
            "handover_unfinished_answers",
            "Streams that broke off and that nobody went on with",
            self.stopped.clone(),
        );
    }

    /// A request has ended.
    pub(super) fn count(&self, served: &Served, route: &Arc<str>, names: &Names) {
        for handed in &served.hand_overs {
            let labels = MidAnswer {
                route: route.clone(),
                from: names.target(&handed.from).id,
                to: names.target(&handed.to).id,
                reason: handed.code,
                how: handed.how,
            };
            self.hand_overs.get_or_create(&labels).inc();
            // Whoever waits for a whole answer hears no silence.
            if served.stream {
                let labels = OfRoute { route: route.clone() };
                self.silence.get_or_create(&labels).observe(handed.silence.as_secs_f64());
            }
        }
        if let (Some(stopped), Some(target)) = (served.stopped, &served.target) {
            let target = names.target(target).id;
            let labels = Unfinished { route: route.clone(), target, reason: stopped.code() };
            self.stopped.get_or_create(&labels).inc();
        }
    }
}
