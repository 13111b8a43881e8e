//! Tools whose schema comes from the type of their input.

use messages_api::tools::{RunnableTool, ToolContext, ToolError, ToolOutput, ToolSet};
use messages_api::{CustomTool, ErrorKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::*;

#[derive(Deserialize, JsonSchema)]
struct Weather {
    /// The city's name.
    city: String,
    days: Option<u8>,
}

async fn weather(input: Weather, _cx: ToolContext<Log>) -> Result<String, ToolError> {
    Ok(format!("{} {:?}", input.city, input.days))
}

struct Adder {
    offset: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Summands {
    a: i64,
    b: i64,
}

impl RunnableTool<Log> for Adder {
    type Input = Summands;

    async fn call(&self, input: Summands, cx: ToolContext<Log>) -> Result<ToolOutput, ToolError> {
        cx.state().lock().unwrap().push("added".to_owned());
        let sum = input.a.checked_add(input.b).ok_or_else(|| ToolError::new("The sum is too large"))?;
        Ok((sum + self.offset).to_string().into())
    }
}

#[tokio::test]
async fn functions_closures_and_types_have_name_description_and_schema() {
    let log = Log::default();
    let strict = CustomTool::from_type::<Weather>("strict", "Strict").unwrap().strict(true);
    let tools = ToolSet::with_state(log.clone())
        .function("weather", "Returns the weather", weather)
        .function("upper", "Shouts", async |input: Weather, _: ToolContext<Log>| {
            Ok(input.city.to_uppercase())
        })
        .function("lower", "Whispers", |input: Weather, _: ToolContext<Log>| async move {
            Ok(input.city.to_lowercase())
        })
        .tool("add", "Adds two numbers", Adder { offset: 100 })
        .raw(strict, weather)
        .raw_tool(definition("raw_add"), Adder { offset: 0 });
    let calls = [
        call("1", "weather", json!({"city": "Oslo", "days": 3})),
        call("2", "upper", json!({"city": "Oslo"})),
        call("3", "lower", json!({"city": "Oslo"})),
        call("4", "add", json!({"a": 1, "b": 2})),
        call("5", "strict", json!({"city": "Oslo"})),
        call("6", "raw_add", json!({"a": i64::MAX, "b": 1})),
        call("7", "add", json!({"a": 1})),
    ];
    let script = Script::start([asks(calls), says("done")]).await;
    script.client().run_tools(request(), &tools).finish().await.unwrap();

    let requests = script.requests();
    let sent = serde_json::to_value(&requests[0].tools).unwrap();
    assert_eq!(sent[0]["name"], "weather");
    assert_eq!(sent[0]["description"], "Returns the weather");
    let schema = &sent[0]["input_schema"];
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["properties"]["city"]["description"], "The city's name.");
    assert_eq!(schema["required"], json!(["city"]));
    assert_eq!((&sent[3]["name"], &sent[3]["input_schema"]["required"]), (&json!("add"), &json!(["a", "b"])));
    assert_eq!((&sent[4]["strict"], &sent[0]["strict"]), (&json!(true), &Value::Null));

    let outcomes = outcomes(&requests[1]);
    let expected = [
        outcome("1", false, "Oslo Some(3)"),
        outcome("2", false, "OSLO"),
        outcome("3", false, "oslo"),
        outcome("4", false, "103"),
        outcome("5", false, "Oslo None"),
        outcome("6", true, "The sum is too large"),
    ];
    assert_eq!(outcomes[..6], expected);
    assert!(outcomes[6].1 && outcomes[6].2.contains("missing field `b`"), "{:?}", outcomes[6]);
    assert_eq!(logged(&log).len(), 2, "an input that does not fit never reaches the tool");
}

#[tokio::test]
async fn closures_may_capture_what_their_futures_own() {
    let greeting = "Hei".to_owned();
    let tools = ToolSet::new().function("greet", "Greets", move |name: String, _: ToolContext| {
        let greeting = greeting.clone();
        async move { Ok(format!("{greeting} {name}")) }
    });
    let script = Script::start([asks([call("1", "greet", json!("Ada"))]), says("done")]).await;
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    assert_eq!(outcomes(&script.requests()[1]), [outcome("1", false, "Hei Ada")]);
}

#[tokio::test]
async fn a_type_without_a_usable_schema_is_reported_by_the_first_turn() {
    /// A type whose schema nests deeper than JSON may.
    #[derive(Deserialize)]
    struct Deep;

    impl JsonSchema for Deep {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Deep".into()
        }

        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            let mut schema = json!({"type": "string"});
            for _ in 0..200 {
                schema = json!({"items": schema});
            }
            schema.try_into().unwrap()
        }
    }
    let script = Script::start([says("never")]).await;
    let tools = ToolSet::new().function("deep", "Deep", async |_: Deep, _: ToolContext| Ok(()));
    let error = script.client().run_tools(request(), &tools).finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("has no schema"), "{error}");
    assert!(script.requests().is_empty());
}
