//! From a conversation to tokens.
//!
//! The model's own chat template is used, as [`template`] renders it; where that fails, llama.cpp's
//! idea of it; and ChatML where the model has none.
//! A message that spells a control token (`<|im_end|>`) must not be read as one: it would forge a turn. Where the
//! tokens of the whole show more control tokens than the template wrote, the template's pieces and the caller's texts
//! are tokenised apart, the texts without control tokens. Everything else is tokenised as one, as the model was
//! trained.
//! The prefill is tokenised apart from the template, without special tokens: the template's last token is
//! followed by the same tokens that generating the text would have put there, and a caller's text cannot
//! end the turn. (SentencePiece vocabularies put a space before every separate text, so there, and only
//! there, both are tokenised as one.)
//!
//! A prefill may end anywhere, also in the middle of what would have been one token (`" Par"`, or a lone space),
//! and a model that is shown such half tokens goes on badly. So the last word of the prefill is taken back, and the
//! model has to write its bytes again, in whatever tokens it likes; the answer leaves them out.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel, VocabType};
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;

use super::pieces::{self, Piece};
use super::reading::Reading;
use super::request::{Message, Refusal};
use super::template;

/// llama.cpp's name for ChatML.
const CHATML: &str = "chatml";

/// The most tokens of a prefill that are taken back: longer words than this are rare outside of code.
const TAKEN_BACK: usize = 8;

/// What the model reads, and what its answer has to begin with.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) reading: Reading,
    /// The end of the prefill that was taken back: the first bytes that the model writes, and nobody is shown.
    pub(super) owed: Vec<u8>,
}

/// Renders and tokenises `messages`, and then `prefill` as the beginning of the assistant's turn.
pub(super) fn build(model: &LlamaModel, messages: &[Message], prefill: &str) -> Result<Prompt, Refusal> {
    let mut text = render(model, messages)?;
    let vocab = model.vocab();
    let joined = vocab.vocab_type() == VocabType::SPM;
    // Some templates begin with the token that `add_special` adds as well; twice is once too often.
    let bos = vocab.text(vocab.bos()).and_then(|bos| bos.to_str().ok()).unwrap_or_default();
    let add_special = bos.is_empty() || !text.starts_with(bos);
    let mut tokens = vocab.tokenize(text.as_bytes(), add_special, true);
    if joined && !prefill.is_empty() {
        let conversation = tokens;
        text.push_str(prefill);
        tokens = vocab.tokenize(text.as_bytes(), add_special, true);
        let begun = conversation.iter().zip(&tokens).take_while(|(alone, with)| alone == with).count();
        return Ok(Prompt { reading: Reading::new(tokens, begun), owed: Vec::new() });
    }
    if vocab.vocab_type() == VocabType::BPE {
        let marked = pieces::mark(messages);
        let with_marks = render(model, &marked.messages)?;
        if let Some(pieces) = pieces::cut(&marked, &with_marks, &text)
            && has_forged(&vocab, &tokens, &pieces, add_special)
        {
            tokens = tokenize_apart(&vocab, &pieces, add_special);
        }
    }
    let begun = tokens.len();
    if prefill.is_empty() {
        return Ok(Prompt { reading: Reading::new(tokens, begun), owed: Vec::new() });
    }
    let mut partial = vocab.tokenize(prefill.as_bytes(), false, false);
    let mut owed = Vec::new();
    for _ in 0..TAKEN_BACK {
        let Some(token) = partial.pop() else { break };
        let mut piece = vocab.token_to_piece(token, false, None);
        let begins_a_word = piece.first().is_some_and(u8::is_ascii_whitespace);
        piece.append(&mut owed);
        owed = piece;
        if begins_a_word {
            break;
        }
    }
    tokens.extend(partial);
    Ok(Prompt { reading: Reading::new(tokens, begun), owed })
}

/// Whether there are control tokens among `tokens` that the template did not write.
fn has_forged(
    vocab: &LlamaVocab<'_>,
    tokens: &[LlamaToken],
    pieces: &[Piece<'_>],
    add_special: bool,
) -> bool {
    let controls = |tokens: &[LlamaToken]| tokens.iter().filter(|token| vocab.is_control(**token)).count();
    let added = controls(&vocab.tokenize(b"", add_special, true));
    let own: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Template(text) => controls(&vocab.tokenize(text.as_bytes(), false, true)),
            Piece::Text(_) => 0,
        })
        .sum();
    controls(tokens) > own + added
}

fn tokenize_apart(vocab: &LlamaVocab<'_>, pieces: &[Piece<'_>], add_special: bool) -> Vec<LlamaToken> {
    let mut tokens = Vec::new();
    if add_special && vocab.should_add_bos() {
        tokens.push(vocab.bos());
    }
    for piece in pieces {
        tokens.extend(match piece {
            Piece::Template(text) => vocab.tokenize(text.as_bytes(), false, true),
            Piece::Text(text) => vocab.tokenize(text.as_bytes(), false, false),
        });
    }
    tokens
}

/// The conversation as the model's template writes it, with the assistant's turn opened.
fn render(model: &LlamaModel, messages: &[Message]) -> Result<String, Refusal> {
    let chat = messages
        .iter()
        .map(|message| LlamaChatMessage::new(message.role.to_owned(), message.text.clone()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Refusal::Unusable("a message contains a NUL character".to_owned()))?;
    let own = model.chat_template(None).ok();
    if let Some(source) = own.as_ref().and_then(|own| own.to_str().ok()) {
        let vocab = model.vocab();
        let word = |token| vocab.text(token).and_then(|text| text.to_str().ok()).unwrap_or_default();
        match template::render(source, messages, word(vocab.bos()), word(vocab.eos())) {
            Ok(text) => return Ok(text),
            Err(error) => tracing::debug!(%error, "the model's chat template does not render"),
        }
    }
    if let Some(own) = own
        && let Ok(text) = model.apply_chat_template(&own, &chat, true)
    {
        return Ok(text);
    }
    let chatml = LlamaChatTemplate::new(CHATML).map_err(|error| Refusal::Unusable(error.to_string()))?;
    model
        .apply_chat_template(&chatml, &chat, true)
        .map_err(|error| Refusal::Unusable(format!("the chat template failed: {error}")))
}
