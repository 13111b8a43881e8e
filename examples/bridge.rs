//! A bridge: Claude Code, or any other program for the Messages API, with the models of a server that speaks
//! OpenAI's Chat Completions, such as Ollama, llama.cpp, vLLM or a service of the cloud.
//!
//! ```sh
//! cargo run --features openai --example bridge -- --upstream http://127.0.0.1:11434/v1
//! ANTHROPIC_BASE_URL=http://127.0.0.1:8080 ANTHROPIC_API_KEY=none claude
//! ```
//!
//! | argument | |
//! |---|---|
//! | `--upstream URL` | the base URL of the server, as OpenAI's SDKs take it |
//! | `--model NAME` | the model for every name that the server does not know; the first one that it lists by default |
//! | `--small NAME` | the model for names with `haiku`, which Claude Code uses in the background |
//! | `--profile NAME` | what the server understands, such as `vllm`; otherwise the bridge finds out |
//! | `--strict` | rejects requests that lose something on the way |
//!
//! | variable | |
//! |---|---|
//! | `UPSTREAM_API_KEY` | the key for the server |
//! | `API_KEY` | the key that callers must send; without it, everyone may call |
//! | `ADDR` | the address to listen on, `127.0.0.1:8080` by default |
#![allow(clippy::print_stdout)]

use std::env::{args, var};
use std::error::Error;

use messages_api::handler::Outcome;
use messages_api::openai::{Bridge, Losses, ModelMap, UpstreamProfile};
use messages_api::server::serve;
use messages_api::{ApiKeys, Client, Credential, MessagesService};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let upstream = option("--upstream").ok_or("usage: bridge --upstream http://127.0.0.1:11434/v1")?;
    let mut client = Client::builder().base_url(&upstream);
    if let Ok(key) = var("UPSTREAM_API_KEY") {
        client = client.credential(Credential::bearer(key));
    }
    let client = client.build()?;

    let profile = match option("--profile") {
        Some(name) => UpstreamProfile::named(&name).ok_or("--profile: there is no profile of this name")?,
        None => UpstreamProfile::probe(&client).await,
    };
    println!("{upstream} is taken for: {}", profile.name);
    let bridge = Bridge::new(client, profile).strict(args().any(|argument| argument == "--strict"));

    // The names of the server stay as they are; all others lead to one of its models.
    let served: Vec<String> = match bridge.upstream_models().await {
        Ok(models) => models.into_iter().map(|model| model.id).collect(),
        Err(error) => {
            println!("the models of the server are not known: {error}");
            Vec::new()
        }
    };
    let model = option("--model").or_else(|| served.first().cloned()).ok_or("set --model")?;
    let small = option("--small").unwrap_or_else(|| model.clone());
    println!("models: {model}, and {small} for small tasks");
    let models = ModelMap::new().serve(served).family("haiku", small).default_model(model);
    let bridge = bridge.models(models).on_end(report);

    let service = MessagesService::builder(bridge);
    let service = match var("API_KEY") {
        Ok(key) => service.authenticate(ApiKeys::new([key])).build(),
        Err(_) => service.unauthenticated().build(),
    };
    let address = var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, service).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}

/// Prints a line for a request that has ended.
fn report(outcome: &Outcome, losses: &Losses) {
    let (input, output) =
        outcome.usage.as_ref().map_or((0, 0), |usage| (usage.total_input_tokens(), usage.output_tokens));
    let millis = |time: Option<std::time::Duration>| time.map_or(0, |time| time.as_millis());
    println!(
        "{} {}: {input} + {output} tokens, first after {} ms, {} after {} ms, {} losses",
        outcome.request_id,
        outcome.model,
        millis(outcome.first_token),
        outcome.end.as_str(),
        millis(outcome.duration),
        losses.len(),
    );
    for loss in losses {
        println!("    {loss}");
    }
}

/// Returns the value of an argument.
fn option(name: &str) -> Option<String> {
    args().skip_while(|argument| argument != name).nth(1)
}
