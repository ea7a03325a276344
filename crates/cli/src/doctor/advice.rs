//! What to do about what does not work. Every code of a failure has its line here, or the last one.

use handover_config::{Provider, ProviderDialect};

/// What to do when a target failed with `code`.
pub(crate) fn fix(code: &str, provider: &Provider, model: &str, key: &str) -> String {
    match code {
        "key_refused" => format!("the key in {key} was refused: {}", new_key(provider)),
        "out_of_credit" => {
            format!("the account of {key} has no credit or is at its limit: {}", billing(provider))
        }
        "rate_limited" | "overloaded" | "slow_down" | "transient" => {
            "it works but takes no more now: try again in a minute, and let a backup stand behind it"
                .to_owned()
        }
        "not_served" => format!("check the name `{model}`, and whether the account of {key} may use it"),
        "dns" => "check the name in `base_url`, and this machine's DNS".to_owned(),
        "not_reachable" | "connection_reset" | "goaway" => {
            format!("check that it runs at {} and that no firewall stands between", base_url(provider))
        }
        "connect_timeout" => format!(
            "check the network and the firewall; where {} is just far away, raise `timeouts.connect`",
            base_url(provider)
        ),
        "tls" => "check the clock and the address; for a certificate of your own, name its root in `ca_file`"
            .to_owned(),
        "protocol" | "malformed" | "wrong_content_type" | "empty" => format!(
            "what answers at {} does not speak the {} dialect: check `base_url` and `dialect`",
            base_url(provider),
            provider.dialect.as_str()
        ),
        "first_token_timeout" | "stalled" | "no_progress" | "deadline" | "timeout" => {
            "it is slow or ill now; if it always takes so long, raise `timeouts.first_token`".to_owned()
        }
        "engine" | "warming_up" => format!(
            "get the model with `handover model pull {model}`; if it is there, it may be too large for this machine"
        ),
        "bad_request" | "unsupported_field" | "unsupported" => {
            format!("check that `{model}` is a chat model, and the settings of its target")
        }
        "at_capacity" => "it has as many requests as it takes: try again in a minute".to_owned(),
        _ => format!("look at the status page of {}, and try again", provider.name),
    }
}

/// Where a provider is.
pub(crate) fn base_url(provider: &Provider) -> &str {
    provider.base_url.as_deref().or(provider.dialect.default_base_url()).unwrap_or("this machine")
}

/// Whether requests go to the vendor of the dialect itself.
fn is_vendor(provider: &Provider) -> bool {
    Some(base_url(provider)) == provider.dialect.default_base_url()
}

/// The vendor's page for keys, and the one for money; nothing for somebody else's server.
fn pages(provider: &Provider) -> Option<(&'static str, &'static str)> {
    if !is_vendor(provider) {
        return None;
    }
    match provider.dialect {
        ProviderDialect::OpenAi => Some((
            "https://platform.openai.com/api-keys",
            "https://platform.openai.com/settings/organization/billing",
        )),
        ProviderDialect::Anthropic => Some((
            "https://console.anthropic.com/settings/keys",
            "https://console.anthropic.com/settings/billing",
        )),
        ProviderDialect::Cohere => {
            Some(("https://dashboard.cohere.com/api-keys", "https://dashboard.cohere.com/billing"))
        }
        ProviderDialect::Local => None,
    }
}

fn new_key(provider: &Provider) -> String {
    match pages(provider) {
        Some((keys, _)) => format!("make a new one at {keys}"),
        None => format!("ask for a new one where {} is run", base_url(provider)),
    }
}

fn billing(provider: &Provider) -> String {
    match pages(provider) {
        Some((_, billing)) => format!("see {billing}"),
        None => format!("see the billing pages of {}", provider.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_config::{MapEnv, Source, load};

    fn provider(base_url: Option<&str>) -> Provider {
        let env = MapEnv::new([("OPENAI_API_KEY", "sk-x")]);
        let mut config = load(&Source::Environment, &env).unwrap().config;
        let mut provider = config.providers.remove(0);
        provider.base_url = base_url.map(str::to_owned);
        provider
    }

    fn check(code: &str, base_url: Option<&str>, expected: &str) {
        assert_eq!(fix(code, &provider(base_url), "m", "OPENAI_API_KEY"), expected, "{code}");
    }

    #[test]
    fn whoever_has_a_dead_key_is_told_which_and_where_to_get_another() {
        check(
            "key_refused",
            None,
            "the key in OPENAI_API_KEY was refused: make a new one at https://platform.openai.com/api-keys",
        );
        check(
            "key_refused",
            Some("https://llm.example/v1"),
            "the key in OPENAI_API_KEY was refused: ask for a new one where https://llm.example/v1 is run",
        );
        check(
            "out_of_credit",
            None,
            "the account of OPENAI_API_KEY has no credit or is at its limit: see https://platform.openai.com/settings/organization/billing",
        );
    }

    #[test]
    fn every_way_of_not_being_reached_has_its_own_advice() {
        let codes = [
            "dns",
            "not_reachable",
            "connect_timeout",
            "tls",
            "protocol",
            "first_token_timeout",
            "not_served",
        ];
        let mut fixes: Vec<String> = codes.iter().map(|code| fix(code, &provider(None), "m", "K")).collect();
        fixes.sort();
        fixes.dedup();
        assert_eq!(fixes.len(), codes.len());
        assert!(fix("something_new", &provider(None), "m", "K").contains("status page of openai"));
    }
}
