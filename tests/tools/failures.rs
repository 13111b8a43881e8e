//! Calls that fail, and what the model learns.

use std::error::Error;
use std::future::{Future, poll_fn};

use messages_api::tools::{RunEvent, RunnableTool, ToolContext, ToolError, ToolOutput, ToolSet};
use messages_api::types::{ImageBlock, UrlSource};
use messages_api::{ContentBlock, Json};
use serde_json::json;

use crate::common::*;

#[derive(serde::Deserialize)]
struct City {
    city: String,
}

async fn weather(input: City, _cx: ToolContext) -> Result<String, ToolError> {
    match &*input.city {
        "Oslo" => Ok("4 °C".to_owned()),
        "Atlantis" => Err(ToolError::new("There is no such city")),
        name => Ok(std::fs::read_to_string(format!("/marker/{name}"))?),
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_run_is_an_error_that_the_model_can_act_on() {
    let calls = [
        call("1", "weather", json!({"city": "Oslo"})),
        call("2", "weather", json!({"city": "Atlantis"})),
        call("3", "weather", json!({"town": "Oslo"})),
        call("4", "weather", json!("Oslo")),
        call("5", "weather", json!({"city": "secret"})),
        call("6", "wether", json!({"city": "Oslo"})),
    ];
    let script = Script::start([asks(calls), says("done")]).await;
    let tools = ToolSet::new().raw(definition("weather"), weather);
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    let outcomes = outcomes(&script.requests()[1]);
    assert_eq!(outcomes[0], outcome("1", false, "4 °C"));
    assert_eq!(outcomes[1], outcome("2", true, "There is no such city"));
    // What does not fit is named.
    assert!(outcomes[2].1 && outcomes[2].2.contains("missing field `city`"), "{:?}", outcomes[2]);
    assert!(outcomes[3].1 && outcomes[3].2.contains("expected struct City"), "{:?}", outcomes[3]);
    assert_eq!(outcomes[4], outcome("5", true, "The tool failed"));
    assert_eq!(outcomes[5], outcome("6", true, r#"There is no tool "wether""#));
}

#[tokio::test]
async fn an_error_may_show_blocks() {
    async fn tool(_input: Json, _cx: ToolContext) -> Result<(), ToolError> {
        let image = ImageBlock::new(UrlSource::new("https://example.test/screen.png"));
        Err(ToolError::new(vec![ContentBlock::text("The page did not load"), image.into()]))
    }
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let tools = ToolSet::new().raw(definition("a"), tool);
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    let result = serde_json::to_value(&results(&script.requests()[1])[0]).unwrap();
    assert_eq!(result["is_error"], true);
    assert_eq!(result["content"][1]["source"]["url"], "https://example.test/screen.png");
}

#[tokio::test]
async fn the_program_reads_the_source_of_an_error_and_the_model_does_not() {
    let script = Script::start([asks([call("1", "weather", json!({"city": "secret"}))]), says("done")]).await;
    let tools = ToolSet::new().raw(definition("weather"), weather);
    let mut run = script.client().run_tools(request(), &tools);
    let mut sources = Vec::new();
    while let Some(event) = run.next_event().await.unwrap() {
        if let RunEvent::ToolFinished { error: Some(error), .. } = event {
            sources.push(error.source().unwrap().is::<std::io::Error>());
        }
    }
    assert_eq!(sources, [true]);
    let sent = serde_json::to_string(&script.requests()[1].messages[2]).unwrap();
    assert!(!sent.contains("marker") && !sent.contains("os error"), "{sent}");

    let source: Box<dyn Error + Send + Sync> = "broken".into();
    let error = ToolError::new("Try again later").with_source(source);
    assert_eq!(
        (&*error.content().to_text(), &*error.source().unwrap().to_string()),
        ("Try again later", "broken")
    );
}

/// Panics whenever it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// A future that panics when it is polled, and again when it is dropped.
fn bomb() -> impl Future<Output = Result<ToolOutput, ToolError>> + Send {
    let bomb = Bomb;
    poll_fn(move |_cx| {
        let _held = &bomb;
        panic!("polled")
    })
}

struct Explosive;

impl RunnableTool for Explosive {
    type Input = Json;

    fn call(
        &self,
        _input: Json,
        _cx: ToolContext,
    ) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send {
        bomb()
    }
}

/// An input that cannot even be read.
struct Unread;

impl<'de> serde::Deserialize<'de> for Unread {
    fn deserialize<D: serde::Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
        panic!("read")
    }
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_call() {
    #[allow(unreachable_code)]
    fn at_once(_input: Json, _cx: ToolContext) -> std::future::Ready<Result<(), ToolError>> {
        panic!("called")
    }
    let tools = ToolSet::new()
        .raw(definition("called"), at_once)
        .raw(definition("read"), async |_: Unread, _: ToolContext| Ok(()))
        .raw(definition("polled"), |_: Json, _: ToolContext| bomb())
        .raw_tool(definition("type"), Explosive)
        .raw(definition("fine"), async |_: Json, _: ToolContext| Ok("fine"));
    let names = ["called", "read", "polled", "type", "fine"];
    let script = Script::start([asks(names.map(|name| call(name, name, json!({})))), says("done")]).await;
    let mut run = script.client().run_tools(request(), &tools);
    assert_eq!(run.finish().await.unwrap(), says("done"));
    let expected = names.map(|name| {
        if name == "fine" { outcome(name, false, "fine") } else { outcome(name, true, "The tool failed") }
    });
    assert_eq!(outcomes(&script.requests()[1]), expected);
}

#[tokio::test]
async fn a_future_that_panics_when_it_is_dropped_does_no_harm() {
    /// Waits for ever, and panics when it is dropped.
    fn mine() -> impl Future<Output = Result<ToolOutput, ToolError>> + Send {
        let bomb = Bomb;
        poll_fn(move |_cx| {
            let _held = &bomb;
            std::task::Poll::Pending
        })
    }
    let tools = ToolSet::new().raw(definition("a"), |_: Json, _: ToolContext| mine());
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let mut run = script.client().run_tools(request(), &tools);
    run.next_turn().await.unwrap();
    assert!(matches!(run.next_event().await.unwrap(), Some(RunEvent::ToolStarted(_))));
    assert!(run.resolve("1", Ok("by hand".into())));
    assert_eq!(run.finish().await.unwrap(), says("done"));

    let script = Script::start([asks([call("1", "a", json!({}))])]).await;
    let mut run = script.client().run_tools(request(), &tools);
    run.next_turn().await.unwrap();
    assert!(matches!(run.next_event().await.unwrap(), Some(RunEvent::ToolStarted(_))));
    drop(run);
}
