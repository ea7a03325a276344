//! Model servers on this machine: the usual ports, asked for their models all at once.
//!
//! # Invariants
//! * Nothing is sent but `GET /v1/models`, without a key, to this machine.
//! * A port that is silent costs [`ANSWERS_WITHIN`], and all ports together cost no more.
//! * What answers there may be anything: only a list of models that can be named in a file counts.

use bytes::Bytes;
use futures_util::future::join_all;
use handover_config::Env;
use handover_upstream::{Client, ClientConfig, Origin, Request, collect};
use http::{HeaderMap, Method};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// For the connection and the whole list. A server on the same machine needs a few milliseconds.
const ANSWERS_WITHIN: Duration = Duration::from_millis(300);

/// More than the list of any server; a stream that never ends is not read for longer than that.
const LONGEST_LIST: usize = 1 << 20;

/// The longest name that the configuration takes.
const LONGEST_NAME: usize = 200;

/// Where servers listen unless they are told otherwise: provider's name, name for people, address.
const USUAL: [(&str, &str, &str); 4] = [
    ("ollama", "Ollama", "127.0.0.1:11434"),
    ("llamacpp", "llama.cpp", "127.0.0.1:8080"),
    ("vllm", "vLLM", "127.0.0.1:8000"),
    ("lmstudio", "LM Studio", "127.0.0.1:1234"),
];

/// Addresses to ask instead of the usual ones, with commas between; `none` for no address. For tests, and for
/// machines where a connection to an unknown port is not welcome.
const VARIABLE: &str = "HANDOVER_INIT_SERVERS";

/// An address where a server may listen.
#[derive(Debug, Clone)]
pub(super) struct Address {
    name: &'static str,
    title: &'static str,
    at: SocketAddr,
}

/// A server that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Its name as a provider.
    pub(super) name: &'static str,
    /// Its name for people.
    pub(super) title: &'static str,
    pub(super) at: SocketAddr,
    /// Never empty; models that write answers first.
    pub(super) models: Vec<String>,
}

/// The name for people and the address of a server with that name.
pub(super) fn usual_place(name: &str) -> Option<(&'static str, &'static str)> {
    USUAL.iter().find(|(usual, ..)| *usual == name).map(|(_, title, at)| (*title, *at))
}

/// Where to look.
pub(super) fn addresses(env: &dyn Env) -> Result<Vec<Address>, String> {
    let usual =
        USUAL.iter().filter_map(|(name, title, at)| Some(Address { name, title, at: at.parse().ok()? }));
    let Some(written) = env.get(VARIABLE) else { return Ok(usual.collect()) };
    if written.trim() == "none" {
        return Ok(Vec::new());
    }
    let usual: Vec<Address> = usual.collect();
    let parse = |text: &str| {
        let at: SocketAddr = text.trim().parse().map_err(|_| {
            format!("`${VARIABLE}` is no list of addresses\n  help: for example {VARIABLE}=127.0.0.1:11434")
        })?;
        let known = usual.iter().find(|address| address.at == at);
        Ok(Address {
            name: known.map_or("server", |known| known.name),
            title: known.map_or("server", |known| known.title),
            at,
        })
    };
    written.split(',').map(parse).collect()
}

/// Asks all addresses at once; those that answer, in the order of the addresses.
pub(super) async fn find(addresses: Vec<Address>) -> Vec<Server> {
    let client = Client::new(ClientConfig::default());
    let asked = addresses.into_iter().map(|address| {
        let client = &client;
        async move { timeout(ANSWERS_WITHIN, ask(client, address)).await.ok().flatten() }
    });
    let found = join_all(asked).await.into_iter().flatten().collect();
    client.shutdown().await;
    found
}

async fn ask(client: &Client, address: Address) -> Option<Server> {
    let request = Request {
        method: Method::GET,
        origin: Arc::new(Origin::parse(&format!("http://{}", address.at)).ok()?),
        path_and_query: "/v1/models".to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        connect_timeout: ANSWERS_WITHIN,
    };
    let response = client.send(request).await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let body = collect(response.into_body(), LONGEST_LIST).await.ok()?;
    read(address, &serde_json::from_slice(&body).ok()?)
}

/// Reads a list of models.
fn read(address: Address, list: &Value) -> Option<Server> {
    let entries = list.get("data")?.as_array()?;
    let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let owner = entries.first().and_then(|first| text(first, "owned_by")).unwrap_or_default();
    let (name, title) = match owner.as_str() {
        // A gateway is no model: its requests would come back to it.
        "handover" => return None,
        "vllm" => ("vllm", "vLLM"),
        "llamacpp" => ("llamacpp", "llama.cpp"),
        "library" => ("ollama", "Ollama"),
        _ => (address.name, address.title),
    };
    let is_name = |id: &String| {
        !id.is_empty() && id.len() <= LONGEST_NAME && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let ids = entries.iter().filter_map(|entry| text(entry, "id")).filter(is_name);
    // Those that only turn texts into numbers are of use to nobody who asks a question.
    let (embedding, mut models): (Vec<String>, Vec<String>) = ids.partition(|id| id.contains("embed"));
    models.extend(embedding);
    (!models.is_empty()).then_some(Server { name, title, at: address.at, models })
}

#[cfg(test)]
mod tests {
    use super::*;
    use handover_config::MapEnv;
    use serde_json::json;

    fn at(port: u16) -> Address {
        Address { name: "ollama", title: "Ollama", at: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    #[test]
    fn only_a_list_of_usable_models_makes_a_server() {
        let check = |list: Value, expected: Option<(&str, &[&str])>| {
            let found = read(at(1), &list);
            let found = found.as_ref().map(|server| (server.name, server.models.clone()));
            let expected = expected
                .map(|(name, models)| (name, models.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>()));
            assert_eq!(found, expected, "{list}");
        };
        check(json!({"data": [{"id": "llama3.2"}]}), Some(("ollama", &["llama3.2"])));
        check(
            json!({"data": [{"id": "nomic-embed-text"}, {"id": "qwen3:8b"}]}),
            Some(("ollama", &["qwen3:8b", "nomic-embed-text"])),
        );
        check(json!({"data": [{"id": "m", "owned_by": "vllm"}]}), Some(("vllm", &["m"])));
        check(json!({"data": [{"id": "m", "owned_by": "llamacpp"}]}), Some(("llamacpp", &["m"])));
        check(json!({"data": [{"id": "a b"}, {"id": ""}, {"id": 3}]}), None);
        check(json!({"data": []}), None);
        check(json!({"hello": "world"}), None);
        check(json!([1, 2]), None);
        check(json!({"data": [{"id": "default", "owned_by": "handover"}]}), None);
    }

    #[test]
    fn where_to_look_can_be_said() {
        let count = |pairs: &[(&str, &str)]| {
            addresses(&MapEnv::new(pairs.iter().copied())).map(|found| found.len()).ok()
        };
        assert_eq!(count(&[]), Some(4));
        assert_eq!(count(&[(VARIABLE, "none")]), Some(0));
        assert_eq!(count(&[(VARIABLE, "127.0.0.1:1, 127.0.0.1:2")]), Some(2));
        assert_eq!(count(&[(VARIABLE, "localhost")]), None);
    }
}
