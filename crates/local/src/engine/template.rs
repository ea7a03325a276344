//! The model's own chat template, rendered as its makers wrote it.
//!
//! A GGUF file carries the template as Jinja. llama.cpp's own renderer knows a list of templates by their look and
//! leaves out what it does not know of them: for SmolLM2 the system prompt that the model was trained with, which
//! the template adds when the caller gives none. So the template itself is run, with the settings and the
//! functions that Hugging Face's library gives to it.

use super::request::Message;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, Value, context};

/// Renders a conversation with the assistant's turn opened.
///
/// # Errors
/// The template's own complaint (some refuse a system message), or that it cannot be run.
pub(super) fn render(template: &str, messages: &[Message], bos: &str, eos: &str) -> Result<String, String> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |message: String| -> Result<Value, minijinja::Error> {
        Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
    });
    let messages: Vec<Value> = messages
        .iter()
        .map(|message| context! { role => message.role.to_owned(), content => message.text.clone() })
        .collect();
    let context = context! {
        messages,
        add_generation_prompt => true,
        bos_token => bos,
        eos_token => eos,
    };
    environment.render_str(template, context).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: &'static str, text: &str) -> Message {
        Message { role, text: text.to_owned() }
    }

    fn check(template: &str, messages: &[Message], expected: Result<&str, &str>) {
        let found = render(template, messages, "<s>", "</s>");
        match expected {
            Ok(text) => assert_eq!(found.as_deref(), Ok(text)),
            Err(part) => assert!(found.as_ref().is_err_and(|e| e.contains(part)), "{found:?}"),
        }
    }

    #[test]
    fn a_model_is_asked_the_way_it_was_trained_to_be_asked() {
        let smollm = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are SmolLM<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
        check(
            smollm,
            &[message("user", "hi {{ bos_token }}")],
            Ok(
                "<|im_start|>system\nYou are SmolLM<|im_end|>\n<|im_start|>user\nhi {{ bos_token }}<|im_end|>\n<|im_start|>assistant\n",
            ),
        );
        check(
            smollm,
            &[message("system", "Be brief."), message("user", "hi")],
            Ok(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
            ),
        );
    }

    #[test]
    fn what_pythons_templates_use_is_there() {
        let hi = [message("user", "  hi  ")];
        check("{{ bos_token }}{{ messages[0]['content'].strip() }}{{ eos_token }}", &hi, Ok("<s>hi</s>"));
        check("{% for m in messages %}\n    {{ m.role.upper() }}\n{% endfor %}", &hi, Ok("    USER\n"));
        check("{{ raise_exception('no system here') }}", &hi, Err("no system here"));
        check("{% for %}", &hi, Err("syntax"));
    }
}
