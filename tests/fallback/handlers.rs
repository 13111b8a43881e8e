//! The decorator as a handler.

use http::HeaderValue;
use messages_api::fallback::{FallbackState, RefusalFallback};
use messages_api::handler::ReplyBody;
use messages_api::types::CountTokensRequest;
use messages_api::types::batches::{
    BatchRequest, BatchRequestCounts, CreateBatchRequest, MessageBatch, ProcessingStatus,
};
use messages_api::types::fallback::Fallback;
use messages_api::types::fallback::{FallbackBlock, FallbackModel};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Handler, Message, MessagesService, Reply, RequestContext,
    Usage, handler_fn,
};
use serde_json::json;

use crate::script::{Script, Step, chain, end, message, refusal, request, texts};
use crate::support::Server;

async fn whole(reply: Reply) -> Message {
    match reply.into_parts().0 {
        ReplyBody::Message(message) => *message,
        ReplyBody::Stream(stream) => {
            let mut accumulator = messages_api::stream::Accumulator::new();
            let mut stream = stream;
            while let Some(event) = stream.next().await {
                accumulator.push(&event.unwrap()).unwrap();
            }
            accumulator.into_message().unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_handler_is_asked_again_whatever_it_replies_with() {
    for is_streamed in [false, true] {
        for (first, second) in [
            (message("a", "1 ", &refusal(Some("t1"), false)), message("b", "2", &end())),
            (texts("a", &["1 "], refusal(Some("t1"), false)), message("b", "2", &end())),
            (message("a", "1 ", &refusal(Some("t1"), false)), texts("b", &["2"], end())),
        ] {
            let script = Script::new([first, second]);
            let models = chain(script.handler(), "b");
            let reply = models
                .create_message(request().stream(is_streamed), RequestContext::default())
                .await
                .unwrap();
            let message = whole(reply).await;
            assert_eq!(message.text(), if is_streamed { "1 2" } else { "2" });
            assert!(message.content.iter().any(|block| matches!(block, ContentBlock::Fallback(_))));
            assert_eq!(script.models(), "a b");
            assert_eq!(script.betas(), ["fallback-credit-2026-07-01"; 2]);
        }
    }
}

#[tokio::test]
async fn the_state_of_the_conversation_is_in_the_extensions() {
    let script = Script::new([
        message("a", "No.", &refusal(None, false)),
        message("b", "Yes.", &end()),
        message("b", "Yes.", &end()),
    ]);
    let common = FallbackState::new();
    let models = chain(script.handler(), "b").with_state(&common);
    let state = FallbackState::new();
    let mut context = RequestContext::default();
    context.extensions_mut().insert(state.clone());
    context.headers_mut().insert("anthropic-beta", HeaderValue::from_static("mine-2030-01-01"));
    for _ in 0..2 {
        models.create_message(request(), context.clone()).await.unwrap();
    }
    assert_eq!((state.position(), common.position()), (Some(0), None));
    assert_eq!(script.models(), "a b b");
    assert_eq!(script.betas(), ["mine-2030-01-01,fallback-credit-2026-07-01"; 3]);
}

#[tokio::test]
async fn errors_are_those_of_the_handler() {
    let script = Script::new([Step::Fail(418), message("a", "No.", &refusal(None, false)), Step::Fail(451)]);
    let models = chain(script.handler(), "b");
    for status in [418, 451] {
        let error = models.create_message(request(), RequestContext::default()).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.message()), (status, &*format!("no {status}")));
    }
    let own = request().fallbacks(vec![Fallback::new("c")]);
    let error = models.create_message(own, RequestContext::default()).await.unwrap_err();
    assert_eq!(error.status().as_u16(), 400);
}

#[tokio::test]
async fn headers_are_those_of_the_reply_that_is_returned() {
    let handler = handler_fn(|request: CreateMessageRequest, _context| async move {
        let Step::Message(message) = (match &*request.model {
            "a" => message("a", "No.", &refusal(None, false)),
            _ => message("b", "Yes.", &end()),
        }) else {
            return Err(ApiError::internal());
        };
        let mut reply = Reply::from(*message);
        reply.headers_mut().insert("x-model", HeaderValue::from_str(&request.model).unwrap());
        Ok(reply)
    });
    let models = chain(handler, "b");
    for (is_streamed, header) in [(false, "b"), (true, "a")] {
        let reply =
            models.create_message(request().stream(is_streamed), RequestContext::default()).await.unwrap();
        assert_eq!(reply.headers()["x-model"], header);
    }
}

#[cfg(feature = "policy")]
#[tokio::test]
async fn hooks_learn_the_model_of_the_upstream_that_has_accepted() {
    use messages_api::policy::{Routed, Upstream};
    for (is_streamed, position, expected) in [
        (false, None, Some("up-b")),
        (false, Some(0), Some("up-b")),
        (true, None, None),
        (true, Some(0), Some("up-b")),
    ] {
        let steps = [message("a", "No.", &refusal(None, false)), message("b", "Yes.", &end())];
        let script = Script::new(steps.into_iter().skip(position.map_or(0, |position: usize| position + 1)));
        let upstream = Upstream::new(script.handler());
        let routed = Routed::new().alias("a", upstream.model("up-a")).alias("b", upstream.model("up-b"));
        let state = FallbackState::new();
        state.set_position(position);
        let (sender, receiver) = std::sync::mpsc::channel();
        let request = request().stream(is_streamed);
        let reply = chain(routed, "b").with_state(&state);
        let reply = reply.create_message(request, RequestContext::default()).await.unwrap();
        let reply = reply.on_end(move |outcome| sender.send(outcome.upstream_model.clone()).unwrap());
        whole(reply).await;
        assert_eq!(receiver.recv().unwrap().as_deref(), expected, "{is_streamed} {position:?}");
    }
}

#[tokio::test]
async fn a_count_of_tokens_is_passed_on_without_marks() {
    struct Counting;
    impl Handler for Counting {
        async fn create_message(
            &self,
            _: CreateMessageRequest,
            _: RequestContext,
        ) -> Result<Reply, ApiError> {
            Err(ApiError::internal())
        }

        async fn count_tokens(
            &self,
            request: CountTokensRequest,
            _: RequestContext,
        ) -> Result<Reply<messages_api::types::MessageTokensCount>, ApiError> {
            Ok(messages_api::types::MessageTokensCount::new(request.messages.len() as u64).into())
        }
    }
    let mark = FallbackBlock::new(FallbackModel::new("a"), FallbackModel::new("b"));
    let marked = Message::new("m", "b", vec![mark.into()], Usage::new(1, 1));
    let request = || CountTokensRequest::from(request().message(marked.clone()).user("And?"));
    for (models, count) in [("b", 2), ("", 3)] {
        let models = chain(Counting, models);
        let reply = models.count_tokens(request(), RequestContext::default()).await.unwrap();
        assert_eq!(reply.into_parts().0.input_tokens, count);
    }
}

/// A batch is no place to fall back, but its conversations may have marks of it.
#[tokio::test]
async fn a_batch_is_passed_on_without_marks() {
    struct Batches;
    impl Handler for Batches {
        async fn create_message(
            &self,
            _: CreateMessageRequest,
            _: RequestContext,
        ) -> Result<Reply, ApiError> {
            Err(ApiError::internal())
        }

        async fn create_batch(
            &self,
            request: CreateBatchRequest,
            _: RequestContext,
        ) -> Result<Reply<MessageBatch>, ApiError> {
            let turns = request.requests.iter().map(|request| request.params.messages.len() as u64).sum();
            let counts = BatchRequestCounts::new(turns, 0, 0, 0, 0);
            Ok(MessageBatch::new("b", ProcessingStatus::InProgress, counts, "", "").into())
        }
    }
    let mark = FallbackBlock::new(FallbackModel::new("a"), FallbackModel::new("b"));
    let marked = Message::new("m", "b", vec![mark.into()], Usage::new(1, 1));
    let params = || request().message(marked.clone()).user("And?");
    let batch =
        || CreateBatchRequest::new(vec![BatchRequest::new("1", params()), BatchRequest::new("2", params())]);
    for (models, turns) in [("b", 4), ("", 6)] {
        let reply = chain(Batches, models).create_batch(batch(), RequestContext::default()).await.unwrap();
        assert_eq!(reply.into_parts().0.request_counts.processing, turns);
    }
}

#[tokio::test]
async fn a_gateway_falls_back_for_its_callers() {
    let steps = || [texts("a", &["1 "], refusal(Some("t1"), true)), texts("b", &["2"], end())];
    let whole = [message("a", "1", &refusal(Some("t1"), true)), message("b", "2", &end())];
    let script = Script::new(steps().into_iter().chain(whole).chain(steps()));
    let (_upstream, client) = script.serve().await;
    let service = MessagesService::builder(chain(client, "b")).unauthenticated().build();
    let gateway = Server::start(service).await;
    let caller = messages_api::Client::builder()
        .base_url(&gateway.url())
        .credential(messages_api::Credential::api_key("k"))
        .build()
        .unwrap();
    let streamed = caller.stream_message(&request()).await.unwrap().final_message().await.unwrap();
    assert_eq!((streamed.text().as_str(), streamed.model.as_str()), ("1 2", "b"));
    let message = caller.create_message(&request()).await.unwrap();
    assert_eq!((message.text().as_str(), message.content.len()), ("2", 2));
    assert_eq!(script.betas(), ["fallback-credit-2026-07-01"; 4]);
    // Two decorators: the outer one has nothing to do.
    let outer = RefusalFallback::new(caller, [Fallback::new("c")]);
    let message = outer.stream_message(&request()).await.unwrap().final_message().await.unwrap();
    assert_eq!(message.text(), "1 2");
    assert_eq!(script.models(), "a b a b a b");
    assert_eq!(script.requests()[1]["fallback_credit_token"], json!({"token": "t1", "mode": "best_effort"}));
}
