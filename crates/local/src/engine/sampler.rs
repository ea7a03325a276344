//! The choice of the next token.
//!
//! Two things may narrow it: a grammar, and the bytes that the answer owes because the end of the prefill was
//! taken back (see `prompt`).
//!
//! Invariant: the grammar accepts only tokens that it was asked about first. llama.cpp answers an unexpected
//! one with a C++ exception, which would end the process.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llama_cpp_2::token::logit_bias::LlamaLogitBias;

use super::request::{Format, Refusal, Sampling};
use crate::engine::grammar;

/// How many of the latest tokens the penalties look at. OpenAI counts the whole answer.
const PENALTY_WINDOW: i32 = 1024;

/// Chooses the tokens of one answer.
#[derive(Debug)]
pub(super) struct Sampler {
    chain: LlamaSampler,
    grammar: Option<LlamaSampler>,
    /// What the next tokens have to spell, before anything else may come.
    owed: Vec<u8>,
}

impl Sampler {
    /// Builds the samplers. `prefill` is what the answer begins with, which the grammar has to know; `owed` is the
    /// end of it, which the first tokens have to spell.
    pub(super) fn new(
        model: &LlamaModel,
        sampling: &Sampling,
        format: &Format,
        prefill: &str,
        owed: Vec<u8>,
    ) -> Result<Self, Refusal> {
        let mut grammar = build_grammar(model, format)?;
        if let Some(grammar) = &mut grammar {
            let known = prefill.as_bytes();
            let known = known.strip_suffix(owed.as_slice()).unwrap_or(known);
            for token in model.vocab().tokenize(known, false, false) {
                if !allows(grammar, token) {
                    let why = "the answer's beginning does not fit the JSON that `response_format` asks for";
                    return Err(Refusal::Unusable(why.to_owned()));
                }
                grammar.accept(token);
            }
        }
        Ok(Self { chain: chain(model, sampling), grammar, owed })
    }

    /// The next token after the logits at `index`; `None` when the grammar allows none.
    pub(super) fn sample(
        &mut self,
        model: &LlamaModel,
        context: &LlamaContext<'_>,
        index: i32,
    ) -> Option<LlamaToken> {
        if !self.owed.is_empty() {
            return self.pay(model, context, index);
        }
        let Some(grammar) = &mut self.grammar else {
            return Some(self.chain.sample(context, index));
        };
        // Asking the grammar about one token is much cheaper than about all of them, and it mostly agrees.
        let mut all = context.token_data_array_ith(index);
        self.chain.apply(&mut all);
        let first = all.selected_token().filter(|&token| allows(grammar, token));
        let token = match first {
            Some(token) => token,
            None => constrained(&mut self.chain, grammar, context, index)?,
        };
        self.chain.accept(token);
        if !model.vocab().is_eog(token) {
            grammar.accept(token);
        }
        Some(token)
    }

    /// The next token while bytes are owed: the chain's choice among those that spell them.
    fn pay(&mut self, model: &LlamaModel, context: &LlamaContext<'_>, index: i32) -> Option<LlamaToken> {
        let vocab = model.vocab();
        let mut all = context.token_data_array_ith(index);
        let mut piece = Vec::new();
        all.data.retain(|token| {
            piece.clear();
            vocab.token_to_piece_into(token.id(), &mut piece, false, None);
            pays(&piece, &self.owed)
        });
        if let Some(grammar) = &mut self.grammar {
            grammar.apply(&mut all);
            all.data.retain(|token| token.logit() > f32::NEG_INFINITY);
        }
        if all.data.is_empty() {
            return None;
        }
        self.chain.apply(&mut all);
        let token = all.selected_token()?;
        self.chain.accept(token);
        if let Some(grammar) = &mut self.grammar {
            grammar.accept(token);
        }
        let paid = vocab.token_to_piece(token, false, None).len().min(self.owed.len());
        self.owed.drain(..paid);
        Some(token)
    }
}

/// Whether `piece` spells the beginning of `owed`, or all of it and more.
fn pays(piece: &[u8], owed: &[u8]) -> bool {
    !piece.is_empty() && (owed.starts_with(piece) || piece.starts_with(owed))
}

/// Chooses among the tokens that the grammar allows.
fn constrained(
    chain: &mut LlamaSampler,
    grammar: &mut LlamaSampler,
    context: &LlamaContext<'_>,
    index: i32,
) -> Option<LlamaToken> {
    let mut all = context.token_data_array_ith(index);
    grammar.apply(&mut all);
    all.data.retain(|token| token.logit() > f32::NEG_INFINITY);
    if all.data.is_empty() {
        return None;
    }
    chain.apply(&mut all);
    all.selected_token()
}

/// Whether the grammar lets `token` come next.
fn allows(grammar: &mut LlamaSampler, token: LlamaToken) -> bool {
    let mut one = LlamaTokenDataArray::new(vec![LlamaTokenData::new(token, 0.0, 0.0)], false);
    grammar.apply(&mut one);
    one.data.first().is_some_and(|token| token.logit() > f32::NEG_INFINITY)
}

fn build_grammar(model: &LlamaModel, format: &Format) -> Result<Option<LlamaSampler>, Refusal> {
    let text = match format {
        Format::Text => return Ok(None),
        Format::Json => grammar::any_object(),
        Format::Schema(schema) => grammar::from_schema(schema),
    };
    let built = LlamaSampler::grammar(model, &text, "root");
    built.map(Some).map_err(|error| Refusal::Unusable(format!("the JSON schema makes no grammar: {error}")))
}

/// The samplers in llama.cpp's usual order: biases and penalties, cuts, temperature, choice.
fn chain(model: &LlamaModel, sampling: &Sampling) -> LlamaSampler {
    let mut steps = Vec::new();
    if !sampling.logit_bias.is_empty() {
        let known = |&(token, _): &(i32, f32)| (0..model.n_vocab()).contains(&token);
        let biases: Vec<_> = sampling
            .logit_bias
            .iter()
            .copied()
            .filter(known)
            .map(|(token, bias)| LlamaLogitBias::new(LlamaToken::new(token), bias))
            .collect();
        steps.push(LlamaSampler::logit_bias(model.n_vocab(), &biases));
    }
    let penalised = sampling.repeat_penalty != 1.0
        || sampling.frequency_penalty != 0.0
        || sampling.presence_penalty != 0.0;
    if penalised {
        steps.push(LlamaSampler::penalties(
            model.n_vocab(),
            PENALTY_WINDOW,
            sampling.repeat_penalty,
            sampling.frequency_penalty,
            sampling.presence_penalty,
        ));
    }
    if sampling.temperature <= 0.0 {
        steps.push(LlamaSampler::greedy());
    } else {
        steps.push(LlamaSampler::top_k(sampling.top_k));
        steps.push(LlamaSampler::top_p(sampling.top_p, 1));
        steps.push(LlamaSampler::min_p(sampling.min_p, 1));
        steps.push(LlamaSampler::temp(sampling.temperature));
        steps.push(LlamaSampler::dist(sampling.seed));
    }
    LlamaSampler::chain(steps, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_spells_something_else_cannot_replace_the_end_of_a_prefill() {
        let cases = [
            ("Pa", "Paris", true),
            ("Pa", "P", true),
            ("Pa", "Pa", true),
            ("Pa", "Po", false),
            ("Pa", "", false),
        ];
        for (owed, piece, expected) in cases {
            assert_eq!(pays(piece.as_bytes(), owed.as_bytes()), expected, "{owed} {piece}");
        }
    }
}
