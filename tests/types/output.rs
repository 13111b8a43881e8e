//! Structured output: formats from types, and messages decoded as types.

use std::collections::HashMap;
use std::error::Error as _;

use messages_api::{ContentBlock, Error, ErrorKind, Json, Message, StopReason, ToolUseBlock, Usage};
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
struct Ticket {
    title: String,
    customer: Customer,
    #[serde(default)]
    counts: HashMap<String, u8>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Customer {
    emails: Vec<String>,
}

const TICKET: &str = r#"{"title":"Refill","customer":{"emails":["a@example.test"]}}"#;

fn message(texts: &[&str], stop_reason: StopReason) -> Message {
    let content = texts.iter().map(|text| ContentBlock::text(*text)).collect();
    Message::new("msg_01", "m", content, Usage::new(40, 9)).stop_reason(stop_reason)
}

fn error_of(texts: &[&str], stop_reason: StopReason) -> Error {
    let message = message(texts, stop_reason);
    let error = message.decode::<Ticket>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
    assert_eq!(error.partial_message(), Some(&message));
    assert!(!error.is_retryable());
    error
}

#[test]
fn a_message_is_decoded_as_a_type() {
    let ticket: Ticket = message(&[TICKET], StopReason::EndTurn).decode().unwrap();
    assert_eq!((&*ticket.title, &*ticket.customer.emails[0]), ("Refill", "a@example.test"));
    let mut unfinished = message(&["7"], StopReason::EndTurn);
    unfinished.stop_reason = None;
    assert_eq!(unfinished.decode::<u8>().unwrap(), 7);
    assert_eq!(message(&["7"], "from_the_future".into()).decode::<u8>().unwrap(), 7);
}

#[test]
fn text_blocks_are_one_document_or_the_last_of_them_is() {
    for texts in [
        &["", TICKET][..],
        &[&TICKET[..20], &TICKET[20..]],
        &["I will look that up.", TICKET],
        &[r#"{"title":"an attempt"}"#, TICKET],
        &[&TICKET[..20], TICKET, " \n"],
    ] {
        let ticket = message(texts, StopReason::EndTurn).decode::<Ticket>();
        assert_eq!(ticket.map(|ticket| ticket.title).ok().as_deref(), Some("Refill"), "{texts:?}");
    }
}

#[test]
fn the_stop_reason_is_looked_at_before_the_text() {
    for (stop_reason, remedy) in [
        (StopReason::MaxTokens, "`max_tokens`"),
        (StopReason::ModelContextWindowExceeded, "shorten the conversation"),
        (StopReason::Refusal, "`stop_details`"),
        (StopReason::ToolUse, "run the tools"),
        (StopReason::PauseTurn, "send the message back"),
    ] {
        for text in [TICKET, "", "marker"] {
            let error = error_of(&[text], stop_reason.clone());
            assert!(error.to_string().contains(remedy), "{error}");
            assert!(error.source().is_none() && !format!("{error:?}").contains("marker"), "{error:?}");
        }
    }
}

#[test]
fn a_message_without_text_has_no_output() {
    for texts in [&[][..], &[""], &[" ", "\n"]] {
        assert_eq!(error_of(texts, StopReason::EndTurn).to_string(), "the message has no text");
    }
    let call = ToolUseBlock::new("toolu_01", "t", Json::empty_object());
    let message = Message::new("msg_01", "m", vec![call.into()], Usage::new(1, 1));
    assert_eq!(message.decode::<Ticket>().unwrap_err().to_string(), "the message has no text");
}

#[test]
fn an_output_that_does_not_fit_is_an_error_with_its_path() {
    for (text, place) in [
        (r#"{"title":"marker","customer":{"emails":["a",7]}}"#, "at customer.emails.1 (line 1, column 45)"),
        ("{\n\"title\":\"marker\",\n\"customer\":{}}", "at customer (line 3, column 13)"),
        (r#"{"title":["marker"]}"#, "at title (line 1, column 9)"),
        (r#"{"customer":{"emails":[]},"counts":{"grün":1,"a":300}}"#, "at counts.a (line 1, column 53)"),
        (r#"{"customer":{"emails":[]}}"#, "the type (line 1, column 26)"),
        (r#""marker""#, "the type (line 1, column 8)"),
    ] {
        let error = error_of(&[text], StopReason::EndTurn);
        assert!(error.to_string().starts_with("the output does not fit the type"), "{error}");
        assert!(error.to_string().ends_with(place), "{error}");
        assert!(!error.to_string().contains("marker"), "{error}");
        assert!(error.source().unwrap().downcast_ref::<serde_json::Error>().unwrap().is_data());
    }
}

#[test]
fn an_output_that_is_not_json_is_an_error() {
    for (text, stop_reason, fault) in [
        ("marker", StopReason::EndTurn, "not JSON"),
        (r#"{"title":"marker","customer":{"emails":["a""#, StopReason::EndTurn, "at customer.emails.0 ("),
        (r#"{"title":"marker","customer":{"emails":[]}} marker"#, StopReason::EndTurn, "not JSON"),
        (r#"{"title":"marker","#, StopReason::StopSequence, "`stop_sequences`"),
    ] {
        let error = error_of(&[text], stop_reason);
        assert!(error.to_string().contains(fault), "{error}");
        assert!(!error.to_string().contains("marker"), "{error}");
    }
}

#[test]
fn a_type_that_rejects_the_value_as_a_whole_is_an_error_without_a_place() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u8")]
    struct Even;
    impl TryFrom<u8> for Even {
        type Error = &'static str;
        fn try_from(number: u8) -> Result<Self, Self::Error> {
            if number % 2 == 0 { Ok(Self) } else { Err("an odd number") }
        }
    }
    message(&["8"], StopReason::EndTurn).decode::<Even>().unwrap();
    let error = message(&["7"], StopReason::EndTurn).decode::<Even>().unwrap_err();
    assert_eq!(error.to_string(), "the output does not fit the type");
    assert_eq!(error.source().unwrap().to_string(), "an odd number");
}

#[test]
fn the_path_of_an_error_is_short() {
    let text = format!(r#"{{"counts":{{"{}":300}}}}"#, "é".repeat(1000));
    let error = error_of(&[&text], StopReason::EndTurn);
    assert!(error.to_string().contains("counts.éé") && error.to_string().len() < 400, "{error}");
}

#[cfg(feature = "schemars")]
mod from_type {
    use std::collections::BTreeMap;

    use messages_api::types::settings::{Effort, OutputConfig, OutputFormat};
    use schemars::JsonSchema;
    use serde_json::{Value, json};

    fn schema_of<T: JsonSchema>() -> Value {
        let config = OutputConfig::from_type::<T>().unwrap();
        let Some(OutputFormat::JsonSchema(format)) = config.format else { panic!("no format") };
        format.schema.decode().unwrap()
    }

    fn path_of<T: JsonSchema>() -> String {
        OutputConfig::from_type::<T>().unwrap_err().path().to_owned()
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Order {
        /// The one who pays.
        customer: Customer,
        lines: Vec<Line>,
        note: Option<String>,
        gift: Option<Line>,
        payment: Payment,
        urgency: Option<Urgency>,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Customer {
        name: String,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Line {
        count: u8,
    }

    #[derive(JsonSchema)]
    #[serde(tag = "kind")]
    #[allow(dead_code)]
    enum Payment {
        Card { number: String },
        Cash,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    enum Urgency {
        Low,
        High,
    }

    #[test]
    fn nested_types_enums_and_options_have_strict_schemas() {
        let line = json!({
            "type": "object",
            "properties": {
                "count": {"type": "integer", "description": "{format: \"uint8\", maximum: 255, minimum: 0}"},
            },
            "required": ["count"],
            "additionalProperties": false,
        });
        let text = json!({"type": "string"});
        let customer = json!({
            "description": "The one who pays.", "type": "object", "properties": {"name": text},
            "required": ["name"], "additionalProperties": false,
        });
        let card = json!({
            "type": "object", "properties": {"kind": {"const": "Card"}, "number": text},
            "required": ["kind", "number"], "additionalProperties": false,
        });
        let cash = json!({
            "type": "object", "properties": {"kind": {"const": "Cash"}},
            "required": ["kind"], "additionalProperties": false,
        });
        let expected = json!({
            "title": "Order",
            "type": "object",
            "properties": {
                "customer": customer,
                "lines": {"type": "array", "items": line},
                "note": {"type": ["string", "null"]},
                "gift": {"anyOf": [line, {"type": "null"}]},
                "payment": {"anyOf": [card, cash]},
                "urgency": {"enum": ["Low", "High", null]},
            },
            "required": ["customer", "lines", "payment"],
            "additionalProperties": false,
        });
        assert_eq!(schema_of::<Order>(), expected);
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Node {
        children: Vec<Node>,
        parent: Option<Box<Node>>,
    }

    #[test]
    fn recursive_types_keep_their_references() {
        let root = schema_of::<Node>();
        assert_eq!(root["properties"]["children"]["items"], json!({"$ref": "#"}));
        assert_eq!(root["properties"]["parent"]["anyOf"][0], json!({"$ref": "#"}));
        let list = schema_of::<Vec<Node>>();
        let definition = &list["$defs"]["Node"];
        assert_eq!(definition["additionalProperties"], false);
        assert_eq!(definition["properties"]["children"]["items"], json!({"$ref": "#/$defs/Node"}));
    }

    #[test]
    fn a_type_that_cannot_be_asked_for_is_an_error_with_its_path() {
        #[derive(JsonSchema)]
        #[allow(dead_code)]
        struct Any {
            list: Vec<Option<Value>>,
        }
        #[derive(JsonSchema)]
        #[allow(dead_code)]
        struct Map {
            counts: Option<BTreeMap<String, u8>>,
        }
        #[derive(JsonSchema)]
        #[allow(dead_code)]
        struct Flattened {
            id: u8,
            #[serde(flatten)]
            payment: Payment,
        }
        assert_eq!(path_of::<Any>(), "properties.list.items");
        assert_eq!(path_of::<Map>(), "properties.counts");
        assert_eq!(path_of::<Flattened>(), "");
    }

    #[test]
    fn the_format_stands_beside_the_effort() {
        let config = OutputConfig::from_type::<Urgency>().unwrap().effort(Effort::Low);
        let json = serde_json::to_value(&config).unwrap();
        let schema = json!({"title": "Urgency", "enum": ["Low", "High"]});
        assert_eq!(json, json!({"effort": "low", "format": {"type": "json_schema", "schema": schema}}));
    }
}
