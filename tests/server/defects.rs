//! Defects that routes in production have been found to have, one test each. What browsers need of
//! a host, CORS on errors and on preflights, is tested with a real layer in `examples/host/tests`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use messages_api::handler::{End, Outcome};
use messages_api::types::Role;
use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Error, ErrorType, MessageDeltaUsage, MessageStream,
    MessagesService, StopReason, Usage, handler_fn,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::common::{always, ask, body, events, hello, message, post, send, service, steps, stream};

/// Sends a request with these messages and other fields, and returns what the handler received.
async fn received(messages: Value, others: Value) -> CreateMessageRequest {
    let seen = Arc::new(Mutex::new(None));
    let keep = seen.clone();
    let handler = handler_fn(move |request, _context| {
        *keep.lock().unwrap() = Some(request);
        async { Ok(message("Hello").into()) }
    });
    let mut request = json!({"model": "m", "max_tokens": 9, "messages": messages});
    request.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    send(&service(handler), post("/v1/messages", request.to_string())).await.message();
    let received: CreateMessageRequest = seen.lock().unwrap().take().unwrap();
    assert_eq!(serde_json::to_value(&received).unwrap(), request, "nothing is lost or changed");
    received
}

fn call() -> Value {
    json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": {}}]})
}

#[tokio::test]
async fn a_tool_result_with_text_in_one_turn_is_served() {
    for content in [
        json!([{"type": "tool_result", "tool_use_id": "t", "content": "4 °C"}, {"type": "text", "text": "Go on"}]),
        json!([{"type": "text", "text": "Go on"}, {"type": "tool_result", "tool_use_id": "t", "content": "4 °C"}]),
    ] {
        let messages = json!([call(), {"role": "user", "content": content}]);
        let turns = received(messages, json!({})).await.messages;
        assert_eq!(turns[1].content.blocks().len(), 2);
    }
}

#[tokio::test]
async fn a_tool_result_without_content_is_served() {
    for result in [
        json!({"type": "tool_result", "tool_use_id": "t"}),
        json!({"type": "tool_result", "tool_use_id": "t", "content": null}),
        json!({"type": "tool_result", "tool_use_id": "t", "content": []}),
    ] {
        received(json!([call(), {"role": "user", "content": [result]}]), json!({})).await;
    }
}

#[tokio::test]
async fn documents_errors_of_tools_thinking_and_unknown_blocks_reach_the_handler() {
    let document =
        json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}});
    let failed = json!({"type": "tool_result", "tool_use_id": "t", "content": "no", "is_error": true});
    let thinking = json!({"type": "thinking", "thinking": "Hm", "signature": "c2ln"});
    let unknown = json!({"type": "hologram", "depth": 3.0, "voxels": [1, 2]});
    received(
        json!([
            {"role": "assistant", "content": [thinking, unknown, call()["content"][0]]},
            {"role": "user", "content": [failed, document, unknown]},
        ]),
        json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
    )
    .await;
}

#[tokio::test]
async fn a_message_of_the_system_keeps_its_role() {
    let messages = json!([{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief"}]);
    assert_eq!(received(messages, json!({})).await.messages[1].role, Role::System);
}

#[tokio::test]
async fn max_tokens_of_zero_is_served() {
    assert_eq!(
        received(json!([{"role": "user", "content": "Hi"}]), json!({"max_tokens": 0})).await.max_tokens,
        0
    );
}

/// The same statuses through a gateway.
#[cfg(feature = "client")]
#[tokio::test]
async fn errors_of_the_upstream_keep_their_status() {
    for (status, error_type) in [
        (400, ErrorType::InvalidRequest),
        (402, ErrorType::Billing),
        (403, ErrorType::Permission),
        (404, ErrorType::NotFound),
        (413, ErrorType::RequestTooLarge),
        (429, ErrorType::RateLimit),
        (500, ErrorType::Api),
        (504, ErrorType::Timeout),
        (529, ErrorType::Overloaded),
    ] {
        let error = ApiError::new(error_type.clone(), "from the model");
        let failing = || {
            let error = error.clone();
            always(move || std::future::ready(Err(error.clone())))
        };
        for client in crate::common::clients(failing) {
            for is_streamed in [false, true] {
                let response = ask(&service(client.clone()), is_streamed).await;
                assert_eq!(response.error(status, error_type.as_str()), "from the model");
            }
        }
    }
}

#[tokio::test]
async fn blocks_never_overlap() {
    // The second block starts while the first is open, and goes on after it.
    let [start, first, text, stop, delta, end] = events(&["a"]).try_into().unwrap();
    let second = |event| {
        let mut event = serde_json::to_value(event).unwrap();
        event["index"] = json!(1);
        serde_json::from_value(event).unwrap()
    };
    let overlapping = vec![
        start,
        first.clone(),
        second(first),
        text.clone(),
        second(text),
        stop.clone(),
        second(stop),
        delta,
        end,
    ];
    let handler = always(move || std::future::ready(Ok(stream(overlapping.clone()).into())));
    let mut open = None;
    for event in ask(&service(handler), true).await.events() {
        match event["type"].as_str().unwrap() {
            "content_block_start" => assert_eq!(open.replace(event["index"].clone()), None),
            "content_block_delta" => assert_eq!(open.as_ref(), Some(&event["index"])),
            "content_block_stop" => assert_eq!(open.take(), Some(event["index"].clone())),
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_last_usage_has_the_input_tokens() {
    let written = always(|| async {
        let start = message("");
        Ok(MessageStream::from_writer(start, async |mut writer| {
            writer.text("Hello").await;
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(2)).await)
        })
        .into())
    });
    for response in [ask(&service(written), true).await, ask(&service(hello()), true).await] {
        let events = response.events();
        let delta = events.iter().find(|event| event["type"] == "message_delta").unwrap();
        assert_eq!(
            (&delta["usage"]["input_tokens"], &delta["usage"]["output_tokens"]),
            (&json!(3), &json!(2))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn pings_go_on_for_as_long_as_the_handler_is_silent() {
    let handler = always(|| async {
        Ok(steps(|n| async move {
            if n == 1 {
                tokio::time::sleep(Duration::from_secs(65)).await;
            }
            events(&["a"]).into_iter().nth(n).map(Ok::<_, Error>)
        })
        .into())
    });
    let types = ask(&service(handler), true).await.types();
    assert_eq!(types.iter().filter(|name| *name == "ping").count(), 6, "{types:?}");
}

#[tokio::test]
async fn bodies_are_limited() {
    let large = send(&service(hello()), post("/v1/messages", " ".repeat(33 << 20))).await;
    large.error(413, "request_too_large");
}

/// [`send`] checks that the header is there, and `error` that the document repeats it.
#[tokio::test]
async fn every_response_has_a_request_id_and_every_error_the_envelope() {
    let limited = always(|| async { Err(ApiError::new(ErrorType::RateLimit, "slow down")) });
    let service = MessagesService::builder(limited).authenticate(ApiKeys::new(["k"])).build();
    let keyed = |method: &str, path: &str, body: String| {
        Request::builder().method(method).uri(path).header("x-api-key", "k").body(body).unwrap()
    };
    send(&service, post("/v1/messages", body(true))).await.error(401, "authentication_error");
    for (request, status, error_type) in [
        (keyed("POST", "/v1/messages", body(true)), 429, "rate_limit_error"),
        (keyed("POST", "/v1/messages", "{".into()), 400, "invalid_request_error"),
        (keyed("PUT", "/v1/messages", String::new()), 405, "invalid_request_error"),
        (keyed("POST", "/v1/nothing", String::new()), 404, "not_found_error"),
    ] {
        send(&service, request).await.error(status, error_type);
    }
}

/// Without a key, which a browser does not send along.
#[tokio::test]
async fn a_preflight_is_not_rejected() {
    let service = MessagesService::builder(hello()).authenticate(ApiKeys::new(["k"])).build();
    let preflight = Request::options("/v1/messages").header("origin", "https://page.example");
    let preflight = preflight
        .header("access-control-request-headers", "anthropic-version,anthropic-beta,x-stainless-lang")
        .body(String::new())
        .unwrap();
    assert_eq!(send(&service, preflight).await.status, 204);
}

#[tokio::test]
async fn a_caller_that_leaves_is_settled_with_what_it_used() {
    let told = Arc::new(Mutex::new(Vec::<Outcome>::new()));
    let keep = told.clone();
    let handler = always(|| async {
        Ok(steps(|n| async move {
            if n == 3 {
                std::future::pending::<()>().await;
            }
            events(&["Hello", " world"]).into_iter().nth(n).map(Ok::<_, Error>)
        })
        .into())
    });
    let service = MessagesService::builder(handler).unauthenticated();
    let service = service.on_end(move |outcome| keep.lock().unwrap().push(outcome.clone())).build();
    let mut response = service.oneshot(post("/v1/messages", body(true))).await.unwrap().into_body();
    while !String::from_utf8_lossy(&response.frame().await.unwrap().unwrap().into_data().unwrap())
        .contains("Hello")
    {}
    drop(response);
    let told = told.lock().unwrap();
    assert_eq!((told.len(), &told[0].end), (1, &End::Cancelled));
    assert_eq!((told[0].usage.as_ref(), told[0].delivered.text_bytes), (Some(&Usage::new(3, 0)), 5));
}
