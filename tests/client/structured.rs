//! Structured output over the client.
#![cfg(feature = "schemars")]

use bytes::BytesMut;
use messages_api::stream::{encode_event, replay};
use messages_api::types::settings::{Effort, JsonOutputFormat, OutputConfig, OutputFormat};
use messages_api::{ContentBlock, CreateMessageRequest, ErrorKind, Message, StopReason, Usage};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use crate::common::{client, events, request, server};

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Ticket {
    /// One line.
    title: String,
    due: Option<String>,
}

fn message(text: &str, stop_reason: StopReason) -> Message {
    let content = vec![ContentBlock::text(text)];
    Message::new("msg_01", "m", content, Usage::new(40, 9)).stop_reason(stop_reason)
}

async fn responding(message: &Message) -> MockServer {
    server(ResponseTemplate::new(200).set_body_json(message)).await
}

async fn sent(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn a_parsed_message_has_its_value_and_its_usage() {
    let server = responding(&message(r#"{"title":"Refill"}"#, StopReason::EndTurn)).await;
    let parsed = client(&server.uri()).parse::<Ticket>(&request()).await.unwrap();
    assert_eq!(parsed.value, Ticket { title: "Refill".to_owned(), due: None });
    assert_eq!(parsed.message.usage.output_tokens, 9);
}

#[tokio::test]
async fn the_format_of_the_type_joins_the_output_config() {
    let server = responding(&message(r#"{"title":"Refill"}"#, StopReason::EndTurn)).await;
    let request = request().output_config(OutputConfig::new().effort(Effort::Low));
    client(&server.uri()).parse::<Ticket>(&request).await.unwrap();
    // Structured output is not a beta any more.
    assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("anthropic-beta"));
    let body = &sent(&server).await[0];
    assert_eq!(body["output_config"]["effort"], "low");
    let format = &body["output_config"]["format"];
    assert_eq!(
        (&format["type"], &format["schema"]["additionalProperties"]),
        (&json!("json_schema"), &json!(false))
    );
    assert_eq!(
        format["schema"]["properties"]["title"],
        json!({"type": "string", "description": "One line."})
    );
    assert_eq!(format["schema"]["required"], json!(["title"]));
    assert_eq!(body.get("output_format"), None);
    assert_eq!(request.output_config.unwrap().format, None);
}

#[tokio::test]
async fn a_deprecated_format_is_sent_as_it_is() {
    let server = responding(&message("{}", StopReason::EndTurn)).await;
    let format = OutputFormat::from(JsonOutputFormat::new(json!({"type": "object"})));
    client(&server.uri()).create_message(&request().output_format(format)).await.unwrap();
    let body = &sent(&server).await[0];
    assert_eq!(body["output_format"], json!({"type": "json_schema", "schema": {"type": "object"}}));
    assert_eq!(body.get("output_config"), None);
}

#[tokio::test]
async fn two_formats_are_refused_together() {
    let server = responding(&message("{}", StopReason::EndTurn)).await;
    let format = OutputFormat::from(JsonOutputFormat::new(json!({"type": "object"})));
    for request in [
        request().output_format(format.clone()),
        request().output_config(OutputConfig::new().format(format.clone())),
    ] {
        let error = client(&server.uri()).parse::<Ticket>(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn a_type_without_a_schema_is_refused_before_anything_is_sent() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Any {
        any: Value,
    }
    let server = responding(&message("{}", StopReason::EndTurn)).await;
    let error = client(&server.uri()).parse::<Any>(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("properties.any: must have a type"), "{error}");
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn an_output_that_cannot_be_read_is_an_error_that_carries_the_message() {
    for message in [
        message(r#"{"title":"marker""#, StopReason::MaxTokens),
        message("marker", StopReason::Refusal),
        message(r#"{"title":["marker"]}"#, StopReason::EndTurn),
        message("marker", StopReason::EndTurn),
        message("", StopReason::EndTurn),
    ] {
        let server = responding(&message).await;
        let error = client(&server.uri()).parse::<Ticket>(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Output);
        assert!(error.headers().contains_key("content-type"), "those of the response");
        assert!(!error.to_string().contains("marker"), "{error}");
        assert_eq!(error.partial_message(), Some(&message));
        assert_eq!(sent(&server).await.len(), 1, "the request is not repeated");
    }
}

#[tokio::test]
async fn a_streamed_message_is_decoded_at_its_end() {
    let mut body = BytesMut::new();
    let message = message(r#"{"title":"Refill","due":"2026-12-24"}"#, StopReason::EndTurn);
    replay(message).for_each(|event| encode_event(&event, &mut body));
    let server = server(events(std::str::from_utf8(&body).unwrap())).await;
    let request = request().output_config(OutputConfig::from_type::<Ticket>().unwrap());
    let stream = client(&server.uri()).stream_message(&request).await.unwrap();
    let ticket: Ticket = stream.final_message().await.unwrap().decode().unwrap();
    assert_eq!(ticket.due.as_deref(), Some("2026-12-24"));
}

#[tokio::test]
async fn the_value_is_never_sent_back() {
    let original = message(r#"{"title":"Refill"}"#, StopReason::EndTurn);
    let server = responding(&original).await;
    let parsed = client(&server.uri()).parse::<Ticket>(&request()).await.unwrap();
    assert_eq!(parsed.message, original);
    let next: CreateMessageRequest = request().message(parsed.message);
    let turn = serde_json::to_value(&next.messages[1]).unwrap();
    assert_eq!(turn["content"], json!([{"type": "text", "text": r#"{"title":"Refill"}"#}]));
}
