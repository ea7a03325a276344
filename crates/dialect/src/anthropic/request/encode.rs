//! A hub request, written as a body of `/v1/messages`.

use super::foreign::{drop_refused, merge, note_rest, refuse_unanswerable};
use super::messages::write_messages;
use super::names::{Field, name};
use super::thinking::{self, Sampling};
use super::tools;
use crate::Dialect;
use crate::anthropic::models;
use crate::hub::{Format, Losses, Request, Rest};
use crate::target::{Refused, Target};
use serde_json::{Map, Value, json};

/// What a caller who asked for any JSON object gets instead of a mode this API does not have.
const JSON_INSTRUCTION: &str = "Answer with one JSON object and nothing else.";

/// Members a request cannot do without, whatever a provider said of them.
const NEEDED: [&str; 3] = ["model", "messages", "max_tokens"];

/// Longest `metadata.user_id` (vendor's API reference).
const MAX_USER_ID: usize = 512;

/// Writes the body for `target`; what cannot be expressed and may be left out is noted in `losses`.
///
/// # Errors
/// [`Refused`] when leaving something out would change what the caller asked for.
pub fn encode(request: &Request, target: &Target, losses: &mut Losses) -> Result<Value, Refused> {
    refuse_unanswerable(request, Dialect::Anthropic)?;
    let writer = Writer { request, target, native: request.origin == Dialect::Anthropic };
    writer.write(losses)
}

/// What every part of the encoder looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
    /// The caller speaks this dialect: unknown fields are sent on.
    pub(super) native: bool,
}

impl Writer<'_> {
    fn write(self, losses: &mut Losses) -> Result<Value, Refused> {
        let Self { request, target, native } = self;
        let mut written = write_messages(self, losses)?;
        let mut system = std::mem::take(&mut written.system);
        let prefilled = written.prefilled;
        let mut body = Map::new();
        body.insert("model".to_owned(), Value::from(target.model.as_str()));
        let max_tokens = self.max_tokens(losses);
        body.insert("max_tokens".to_owned(), Value::from(max_tokens));
        let mut output_config = Map::new();
        self.format(&mut system, &mut output_config, prefilled, losses)?;
        let plan = thinking::plan(self, max_tokens, &written, losses);
        if let Some(effort) = plan.effort {
            output_config.insert("effort".to_owned(), Value::from(effort));
        }
        match system.as_slice() {
            [] => {}
            [only] if only.as_object().is_some_and(|block| block.len() == 2) => {
                body.insert("system".to_owned(), only.get("text").cloned().unwrap_or_default());
            }
            _ => {
                body.insert("system".to_owned(), Value::Array(system));
            }
        }
        body.insert("messages".to_owned(), Value::Array(written.turns));
        tools::write(self, &mut body, losses)?;
        if let Some(thinking) = plan.thinking {
            body.insert("thinking".to_owned(), thinking);
        }
        if !output_config.is_empty() {
            body.insert("output_config".to_owned(), Value::Object(output_config));
        }
        let Sampling { temperature, top_p, top_k } = thinking::sampling(self, plan.thinks, losses);
        insert_some(&mut body, "temperature", temperature);
        insert_some(&mut body, "top_p", top_p);
        insert_some(&mut body, "top_k", top_k);
        self.stop(&mut body, losses);
        self.user(&mut body, losses);
        if request.stream {
            body.insert("stream".to_owned(), Value::Bool(true));
        }
        if native {
            self.native_rest(&mut body, losses);
        } else {
            note_rest(&request.rest, "", losses);
        }
        drop_refused(&mut body, target, &NEEDED, losses);
        Ok(Value::Object(body))
    }

    fn max_tokens(self, losses: &mut Losses) -> u64 {
        let Some(asked) = self.request.max_tokens else { return models::max_output(&self.target.model) };
        match models::output_limit(&self.target.model) {
            Some(limit) if asked > limit && !self.native => {
                losses.note("max_tokens");
                limit
            }
            _ => asked,
        }
    }

    fn format(
        self,
        system: &mut Vec<Value>,
        output_config: &mut Rest,
        prefilled: bool,
        losses: &mut Losses,
    ) -> Result<(), Refused> {
        let field = name(self.request.origin, Field::Format);
        match &self.request.format {
            Format::Text => {}
            Format::JsonObject => system.push(json!({"type": "text", "text": JSON_INSTRUCTION})),
            Format::JsonSchema { schema, rest, .. } => {
                if prefilled {
                    let reason = "this model cannot continue a given beginning within a JSON schema";
                    return Err(Refused::new(field, reason));
                }
                if !self.native && !models::json_schema(&self.target.model) {
                    losses.note(field);
                    let text =
                        format!("{JSON_INSTRUCTION} It must be valid against this JSON schema:\n{schema}");
                    system.push(json!({"type": "text", "text": text}));
                    return Ok(());
                }
                let mut format = Map::new();
                format.insert("type".to_owned(), Value::from("json_schema"));
                let mut schema = schema.clone();
                if self.native {
                    merge(&mut format, rest);
                } else {
                    note_rest(rest, field, losses);
                    if tools::close_objects(&mut schema) {
                        losses.note(format!("{field}.json_schema.schema"));
                    }
                }
                format.insert("schema".to_owned(), schema);
                output_config.insert("format".to_owned(), Value::Object(format));
            }
        }
        Ok(())
    }

    fn stop(self, body: &mut Rest, losses: &mut Losses) {
        // The provider refuses a stop text of nothing but white space.
        let usable = |stop: &&String| self.native || !stop.trim().is_empty();
        let stops: Vec<&String> = self.request.stop.iter().filter(usable).collect();
        if stops.len() < self.request.stop.len() {
            losses.note(name(self.request.origin, Field::Stop));
        }
        if !stops.is_empty() {
            body.insert("stop_sequences".to_owned(), json!(stops));
        }
    }

    fn user(self, body: &mut Rest, losses: &mut Losses) {
        let Some(user) = &self.request.user else { return };
        if !self.native && user.chars().count() > MAX_USER_ID {
            losses.note(name(self.request.origin, Field::User));
        } else {
            body.insert("metadata".to_owned(), json!({"user_id": user}));
        }
    }

    /// What the hub did not know of a caller of this dialect.
    fn native_rest(self, body: &mut Rest, losses: &mut Losses) {
        let mut rest = self.request.rest.clone();
        for key in ["thinking", "tool_choice"] {
            // The object these fields stood in was left out: alone they mean nothing.
            let alone = !body.contains_key(key) && rest.get(key).is_some_and(|v| v.get("type").is_none());
            if alone {
                rest.shift_remove(key);
                losses.note(key);
            }
        }
        merge(body, &rest);
    }
}

fn insert_some<T: Into<Value>>(body: &mut Rest, key: &str, value: Option<T>) {
    if let Some(value) = value {
        body.insert(key.to_owned(), value.into());
    }
}
