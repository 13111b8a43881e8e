//! How streams and replies end, without a server.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures::stream;
use messages_api::handler::{End, OnEnd, Outcome, Principal, ReplyBody};
use messages_api::stream::replay;
use messages_api::types::ThinkingBlock;
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Json, Message, MessageStream, Reply,
    RequestContext, StopReason, StreamEvent, ToolUseBlock, Usage, handler_fn,
};

/// The outcomes that a hook was told, each with the name of the hook.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(&'static str, Outcome)>>>);

impl Told {
    fn hook(&self, name: &'static str) -> impl FnOnce(&Outcome) + Send + 'static {
        let told = self.0.clone();
        move |outcome| told.lock().unwrap().push((name, outcome.clone()))
    }

    fn names(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().iter().map(|(name, _)| *name).collect()
    }

    /// Returns the only outcome.
    fn only(&self) -> Outcome {
        let told = self.0.lock().unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        told[0].1.clone()
    }
}

/// A message with 5 bytes of thinking, 6 of text, and 8 of tool input.
fn message() -> Message {
    let content = vec![
        ThinkingBlock::new("Think", "sig").into(),
        ContentBlock::text("Hello!"),
        ToolUseBlock::new("toolu_01", "f", Json::parse(r#"{"a":12}"#).unwrap()).into(),
    ];
    Message::new("msg_01", "m", content, Usage::new(9, 7)).stop_reason(StopReason::ToolUse)
}

fn events() -> Vec<StreamEvent> {
    replay(message()).collect()
}

fn stream_of(events: Vec<StreamEvent>, then: Option<ApiError>) -> MessageStream {
    let items = events.into_iter().map(Ok).chain(then.map(|error| Err(error.into())));
    MessageStream::new(stream::iter(items))
}

fn overloaded() -> ApiError {
    ApiError::new(ErrorType::Overloaded, "busy")
}

fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("model-7", 64).user("Hi!")
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_cancelled_unless_its_message_is_complete() {
    let all = events();
    for n in 0..=all.len() {
        let told = Told::default();
        let mut stream = stream_of(all.clone(), None).on_end(told.hook("a"));
        for _ in 0..n {
            stream.next().await.unwrap().unwrap();
        }
        assert_eq!(told.names().len(), usize::from(n == all.len()), "called with the last event");
        drop(stream);
        let outcome = told.only();
        let expected = if n == all.len() { End::Completed } else { End::Cancelled };
        assert_eq!(outcome.end, expected, "after {n} events");
        assert_eq!(outcome.delivered.events, n as u64);
        assert_eq!(outcome.usage.is_some(), n > 0);
        assert_eq!(outcome.first_event.is_some(), n > 0);
        assert_eq!(outcome.first_token.is_some(), !outcome.delivered.is_empty());
        // The count of the output, and the stop reason, come with the last event but one.
        let is_reported = n + 1 >= all.len();
        assert_eq!(outcome.stop_reason.is_some(), is_reported);
        assert_eq!(outcome.usage.is_some_and(|usage| usage.output_tokens == 7), is_reported);
        if n == all.len() {
            let delivered = outcome.delivered;
            let bytes = (delivered.thinking_bytes, delivered.text_bytes, delivered.tool_input_bytes);
            assert_eq!(bytes, (5, 6, 8));
        }
    }
}

#[tokio::test]
async fn a_stream_that_fails_tells_its_error_and_what_was_delivered() {
    let all = events();
    for n in 0..all.len() {
        for error in [Some(overloaded()), None] {
            let told = Told::default();
            let stream = stream_of(all[..n].to_vec(), error.clone()).on_end(told.hook("a"));
            stream.final_message().await.unwrap_err();
            let outcome = told.only();
            let End::Failed(found) = outcome.end else { panic!("{outcome:?}") };
            assert_eq!(found.status().as_u16(), if error.is_some() { 529 } else { 500 });
            assert_eq!(outcome.delivered.events, n as u64);
        }
    }
}

#[tokio::test]
async fn a_report_of_zero_is_a_report() {
    let told = Told::default();
    let content = vec![ContentBlock::text("Hello!")];
    let message = Message::new("msg_01", "m", content, Usage::new(0, 0)).stop_reason(StopReason::EndTurn);
    MessageStream::from(message).on_end(told.hook("a")).final_message().await.unwrap();
    assert_eq!(told.only().usage, Some(Usage::new(0, 0)));
}

#[tokio::test]
async fn a_stream_that_panics_is_told_from_one_that_is_dropped() {
    for n in [0, 1, 4] {
        let told = Told::default();
        let mut events = events().into_iter().take(n);
        let stream = stream::poll_fn(move |_cx| Poll::Ready(Some(Ok(events.next().expect("an event")))));
        let mut stream = MessageStream::new(stream).on_end(told.hook("a"));
        for _ in 0..n {
            stream.next().await.unwrap().unwrap();
        }
        let next = catch_unwind(AssertUnwindSafe(|| drop(poll(pin!(stream.next())))));
        assert!(next.is_err());
        drop(stream);
        assert_eq!(told.only().end, End::Panicked);
    }
}

#[tokio::test]
async fn events_count_when_they_are_read_and_not_when_content_is_waited_for() {
    let told = Told::default();
    let mut stream = stream_of(events(), None).on_end(told.hook("a"));
    stream.ready().await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!((told.only().end, told.only().delivered.events), (End::Cancelled, 1));

    let told = Told::default();
    let mut stream = stream_of(events()[..1].to_vec(), Some(overloaded())).on_end(told.hook("a"));
    stream.ready().await.unwrap_err();
    assert_eq!((told.only().end, told.only().delivered.events), (End::Failed(overloaded()), 0));
}

/// A decorator that does nothing but add a hook.
struct Counted<H> {
    inner: H,
    name: &'static str,
    told: Told,
}

impl<H: Handler> Handler for Counted<H> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let end = OnEnd::new(&request, &context, self.told.hook(self.name));
        end.attach(self.inner.create_message(request, context).await)
    }
}

fn nested(told: &Told, inner: impl Handler) -> impl Handler {
    let inner = Counted { inner, name: "inner", told: told.clone() };
    Counted { inner, name: "outer", told: told.clone() }
}

/// What a handler does for a test.
#[derive(Clone, Copy, Debug)]
enum Does {
    ReplyWhole,
    ReplyStreamed,
    Fail,
    Wait,
    Panic,
}

fn handler(does: Does) -> impl Handler {
    handler_fn(move |_request, _context| async move {
        match does {
            Does::ReplyWhole => Ok(message().into()),
            Does::ReplyStreamed => Ok(MessageStream::from(message()).into()),
            Does::Fail => Err(overloaded()),
            Does::Wait => std::future::pending().await,
            Does::Panic => panic!("a handler"),
        }
    })
}

#[test]
fn a_guard_tells_every_end_and_the_innermost_first() {
    for (does, expected) in [
        (Does::ReplyWhole, End::Cancelled), // nobody has received it
        (Does::ReplyStreamed, End::Cancelled),
        (Does::Fail, End::Failed(overloaded())),
        (Does::Wait, End::Cancelled),
        (Does::Panic, End::Panicked),
    ] {
        let told = Told::default();
        let handler = nested(&told, handler(does));
        let mut context = RequestContext::new("req_7", http::Request::new(()).into_parts().0);
        context.set_principal(Principal::new("alice"));
        {
            let mut future = pin!(handler.create_message(request(), context));
            let _ = catch_unwind(AssertUnwindSafe(|| drop(poll(future.as_mut()))));
        }
        assert_eq!(told.names(), ["inner", "outer"], "{does:?}");
        for (_, outcome) in told.0.lock().unwrap().iter() {
            assert_eq!(outcome.end, expected, "{does:?}");
            let request = (&*outcome.request_id, outcome.principal.id(), &*outcome.model);
            assert_eq!(request, ("req_7", "alice", "model-7"));
            assert_eq!(outcome.usage.is_some(), matches!(does, Does::ReplyWhole), "{does:?}");
        }
    }
}

#[tokio::test]
async fn a_hook_that_panics_does_not_keep_others_from_being_called() {
    let told = Told::default();
    let stream = MessageStream::from(message())
        .on_end(told.hook("first"))
        .on_end(|_outcome| panic!("a hook"))
        .on_end(told.hook("last"));
    stream.final_message().await.unwrap();
    assert_eq!(told.names(), ["first", "last"]);
}

#[tokio::test]
async fn decorators_that_change_a_reply_keep_its_hooks() {
    let shorter = |mut message: Message| {
        message.content.truncate(2);
        message
    };
    for is_streamed in [false, true] {
        let told = Told::default();
        let reply = match is_streamed {
            true => Reply::from(MessageStream::from(message())),
            false => Reply::from(message()),
        };
        let reply = reply.on_end(told.hook("inner")).map_message(shorter);
        let reply = reply.map_stream(|stream| {
            let events = stream::unfold(stream, |mut stream| async {
                let event = stream.next().await?;
                Some((event, stream))
            });
            let kept = |event: &Result<StreamEvent, _>| {
                let event = event.as_ref().unwrap();
                !matches!(event, StreamEvent::ContentBlockStart(event) if event.index == 2)
                    && event.input_json_delta().is_none()
                    && !matches!(event, StreamEvent::ContentBlockStop(event) if event.index == 2)
            };
            let events = futures::StreamExt::filter(events, move |event| futures::future::ready(kept(event)));
            MessageStream::new(events).on_end(told.hook("in between"))
        });
        let reply = reply.on_end(told.hook("outer"));
        assert_eq!(told.names(), [""; 0]);
        let received = reply.into_stream().final_message().await.unwrap();
        assert_eq!(received.content.len(), 2);
        let names = if is_streamed { &["inner", "in between", "outer"][..] } else { &["inner", "outer"] };
        assert_eq!(told.names(), names);
        for (name, outcome) in told.0.lock().unwrap().iter() {
            assert_eq!(outcome.end, End::Completed, "{name}");
            assert_eq!((outcome.delivered.text_bytes, outcome.delivered.tool_input_bytes), (6, 0), "{name}");
        }
    }
}

#[tokio::test]
async fn hooks_survive_a_reply_that_is_taken_apart() {
    let told = Told::default();
    let (body, _headers) = Reply::from(message()).on_end(told.hook("whole")).into_parts();
    assert!(matches!(body, ReplyBody::Message(_)));
    assert_eq!(told.only().end, End::Completed, "it was received");
    assert_eq!(told.only().delivered.text_bytes, 6);

    let told = Told::default();
    let (body, _headers) =
        Reply::from(MessageStream::from(message())).on_end(told.hook("stream")).into_parts();
    let ReplyBody::Stream(mut stream) = body else { panic!("a message") };
    stream.next().await.unwrap().unwrap();
    assert_eq!(told.names().len(), 0);
    drop(stream);
    assert_eq!((told.only().end, told.only().delivered.events), (End::Cancelled, 1));
}

#[tokio::test]
async fn a_stream_without_hooks_yields_the_same() {
    let told = Told::default();
    for stream in [stream_of(events(), None), stream_of(events(), None).on_end(told.hook("a"))] {
        let mut stream = pin!(stream);
        let mut seen = Vec::new();
        while let Some(event) = poll_fn(|cx| futures::Stream::poll_next(stream.as_mut(), cx)).await {
            seen.push(event.unwrap());
        }
        assert_eq!(seen, events());
    }
}
