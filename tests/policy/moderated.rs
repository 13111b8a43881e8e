//! What a review lets pass, and when.

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use messages_api::handler::{BoxHandler, End};
use messages_api::policy::{
    CallEnd, Metered, Moderated, Moderator, Review, Route, Routed, Upstream, Used, Verdict,
};
use messages_api::stream::{check, replay};
use messages_api::types::citations::CitationCharLocation;
use messages_api::types::context::CompactionBlock;
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, MessageStartEvent, TextDelta,
};
use messages_api::types::fallback::RefusalStopDetails;
use messages_api::types::{ErrorObject, ErrorResponse, TextBlock, ThinkingBlock};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Error, ErrorKind, ErrorType, Handler, Json, Message,
    MessageStream, Reply, RequestContext, StopReason, StreamEvent, ToolUseBlock, Usage, handler_fn,
};

use crate::books::Books;
use crate::random::Random;

const WORD: &str = "øpensesame";

/// A moderator whose reviews keep a word secret.
#[derive(Clone, Copy)]
struct Secret;

impl Moderator for Secret {
    type Review = Self;

    async fn review(&self, request: &CreateMessageRequest, _: &RequestContext) -> Result<Self, ApiError> {
        if request.model == "forbidden" {
            return Err(ApiError::new(ErrorType::Permission, "Not this"));
        }
        Ok(*self)
    }
}

impl Review for Secret {
    async fn look(&mut self, pending: &str, is_end: bool) -> Verdict {
        if pending.contains(WORD) {
            return Verdict::Refuse(details());
        }
        let may_begin = |start: &usize| WORD.starts_with(&pending[*start..]);
        let starts = pending.char_indices().map(|(start, _)| start);
        Verdict::Release(starts.filter(|_| !is_end).find(may_begin).unwrap_or(pending.len()))
    }
}

/// What the caller is told of a refusal.
fn details() -> RefusalStopDetails {
    RefusalStopDetails::new().explanation("It is a secret")
}

/// A moderator whose reviews take their time for each look.
struct Slow<M>(M);

impl<M: Moderator> Moderator for Slow<M> {
    type Review = Slow<M::Review>;

    async fn review(
        &self,
        request: &CreateMessageRequest,
        context: &RequestContext,
    ) -> Result<Self::Review, ApiError> {
        self.0.review(request, context).await.map(Slow)
    }
}

impl<R: Review> Review for Slow<R> {
    async fn look(&mut self, pending: &str, is_end: bool) -> Verdict {
        tokio::task::yield_now().await;
        self.0.look(pending, is_end).await
    }
}

/// A moderator that makes the reviews from a function.
struct Reviews<F>(F);

impl<F: Fn() -> R + Send + Sync + 'static, R: Review> Moderator for Reviews<F> {
    type Review = R;

    async fn review(&self, _: &CreateMessageRequest, _: &RequestContext) -> Result<R, ApiError> {
        Ok(self.0())
    }
}

struct Says<F>(F);

impl<F, Fut> Review for Says<F>
where
    F: FnMut(String, bool) -> Fut + Send + 'static,
    Fut: Future<Output = Verdict> + Send,
{
    fn look(&mut self, pending: &str, is_end: bool) -> impl Future<Output = Verdict> + Send {
        (self.0)(pending.to_owned(), is_end)
    }
}

fn message(content: Vec<ContentBlock>) -> Message {
    Message::new("msg_01", "m", content, Usage::new(9, 3)).stop_reason(StopReason::EndTurn)
}

/// The events of text blocks, each in the given pieces.
fn events(blocks: &[&[&str]]) -> Vec<StreamEvent> {
    let mut ends: Vec<_> = replay(message(vec![])).collect();
    let mut events: Vec<StreamEvent> = vec![ends.remove(0)];
    for (index, pieces) in (0..).zip(blocks) {
        events.push(ContentBlockStartEvent::new(index, ContentBlock::text("")).into());
        let delta = |text: &&str| ContentBlockDeltaEvent::new(index, TextDelta::new(*text)).into();
        events.extend(pieces.iter().map(delta));
        events.push(ContentBlockStopEvent::new(index).into());
    }
    events.extend(ends);
    events
}

fn streams(events: Vec<StreamEvent>) -> impl Handler {
    handler_fn(move |_request, _context| {
        let stream = MessageStream::new(stream::iter(events.clone()).map(Ok));
        async { Ok(stream.into()) }
    })
}

async fn call(handler: &impl Handler) -> Result<Reply, ApiError> {
    handler.create_message(CreateMessageRequest::new("m", 9).user("Hi"), RequestContext::default()).await
}

/// Returns the events that a caller receives, which are always legal, and the error after them.
async fn received(handler: &impl Handler) -> (Vec<StreamEvent>, Option<Error>) {
    let mut stream = call(handler).await.unwrap().into_stream();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    check(events.clone()).expect("a legal stream");
    (events, None)
}

/// Returns the events that [`Secret`] lets pass, which do not depend on how long it takes.
async fn kept_secret(sent: Vec<StreamEvent>) -> Vec<StreamEvent> {
    let (events, error) = received(&Moderated::new(streams(sent.clone()), Secret)).await;
    let (later, later_error) = received(&Moderated::new(streams(sent), Slow(Secret))).await;
    assert!(error.is_none() && later_error.is_none());
    assert_eq!(later, events);
    events
}

fn text(events: &[StreamEvent]) -> String {
    events.iter().filter_map(StreamEvent::text_delta).collect()
}

#[tokio::test]
async fn a_secret_word_never_leaves_wherever_it_is_split() {
    let whole = format!("It is {WORD}, Ali.");
    let cuts: Vec<usize> = (0..=whole.len()).filter(|at| whole.is_char_boundary(*at)).collect();
    let mut count = 0;
    for (place, first) in cuts.iter().enumerate() {
        for second in &cuts[place..] {
            let [a, b, c] = [&whole[..*first], &whole[*first..*second], &whole[*second..]];
            for blocks in [&[&[a, b, c][..]][..], &[&[a], &[b, c]], &[&[a, b], &[c]], &[&[a], &[b], &[c]]] {
                let events = kept_secret(events(blocks)).await;
                assert!("It is ".starts_with(&text(&events)), "{blocks:?}: {}", text(&events));
                let delta = events.iter().find_map(|event| match event {
                    StreamEvent::MessageDelta(event) => Some(event),
                    _ => None,
                });
                let end = &delta.unwrap().delta;
                assert_eq!(end.stop_reason, Some(StopReason::Refusal));
                assert_eq!(end.stop_details, Some(details().into()));
                count += 1;
            }
        }
    }
    println!("{count} ways to split the word");
}

#[tokio::test]
async fn what_is_not_secret_arrives_as_it_was_written() {
    let mut random = Random::new(7);
    let alphabet = ["ø", "p", "e", "øpe", "nse", "sam", "øpensesam", " ", "ø", "日本"];
    for _ in 0..2_000 {
        let mut blocks = Vec::new();
        for _ in 0..1 + random.below(3) {
            blocks.push(
                (0..random.below(9)).map(|_| alphabet[random.below(alphabet.len())]).collect::<Vec<_>>(),
            );
        }
        let written: String = blocks.iter().flatten().copied().collect();
        let sent = events(&blocks.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let events = kept_secret(sent.clone()).await;
        if let Some(at) = written.find(WORD) {
            assert!(written[..at].starts_with(&text(&events)));
        } else {
            assert_eq!(text(&events), written);
            let accumulate =
                |events: Vec<StreamEvent>| MessageStream::new(stream::iter(events).map(Ok)).final_message();
            assert_eq!(accumulate(events).await.unwrap(), accumulate(sent).await.unwrap());
        }
    }
}

#[tokio::test]
async fn no_more_is_held_back_than_the_window() {
    let pieces: Vec<String> = (0..200).map(|number| format!("{number} ")).collect();
    let sent = events(&[&pieces.iter().map(String::as_str).collect::<Vec<_>>()]);
    for window in [0, 1, 16, 256] {
        let taken = Arc::new(AtomicUsize::new(0));
        let (events, counter) = (sent.clone(), Arc::clone(&taken));
        let inner = handler_fn(move |_request, _context| {
            let counter = Arc::clone(&counter);
            let events = stream::iter(events.clone()).inspect(move |event| {
                counter.fetch_add(event.text_delta().map_or(0, str::len), Ordering::Relaxed);
            });
            async { Ok(MessageStream::new(events.map(Ok)).into()) }
        });
        let never = Reviews(|| Says(|_, _| ready(Verdict::Release(0))));
        let handler = tower_layer::Layer::layer(&Moderated::layer(never).hold_back(window), inner);
        let (mut stream, mut left, mut most) = (call(&handler).await.unwrap().into_stream(), 0, 0);
        while let Some(event) = stream.next().await {
            most = most.max(taken.load(Ordering::Relaxed) - left);
            left += event.unwrap().text_delta().map_or(0, str::len);
        }
        assert_eq!(left, pieces.concat().len());
        // What arrived last may be on its way.
        assert!((window..window + 8).contains(&most), "{most} bytes held, {window} allowed");
    }
}

#[tokio::test]
async fn events_without_text_cannot_wait_without_limit() {
    let empty = StreamEvent::from(ContentBlockDeltaEvent::new(0, TextDelta::new("")));
    let unknown = format!(r#"{{"type":"news","paper":"{}"}}"#, "x".repeat(100_000));
    let unknown: StreamEvent = serde_json::from_str(&unknown).unwrap();
    for (event, most) in [(empty, 2_000), (unknown, 11)] {
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let inner = handler_fn(move |_request, _context| {
            let counter = Arc::clone(&counter);
            let begin = events(&[&["o"]]).into_iter().take(3);
            let rest = std::iter::repeat_n(event.clone(), 3_000).inspect(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
            async { Ok(MessageStream::new(stream::iter(begin.chain(rest)).map(Ok)).into()) }
        });
        let never = Reviews(|| Says(|_, _| ready(Verdict::Release(0))));
        let (events, error) = received(&Moderated::new(inner, never)).await;
        assert_eq!((text(&events), error.unwrap().kind()), (String::new(), ErrorKind::TooLarge));
        let sent = sent.load(Ordering::Relaxed);
        assert!((most / 2..=most).contains(&sent), "{sent}");
    }
}

#[tokio::test]
async fn events_without_text_that_have_left_do_not_count() {
    let pieces = ["ab", "", "", "", "", ""].repeat(1_000);
    let last = Reviews(|| Says(|text: String, _| ready(Verdict::Release(text.len() - 1))));
    let sent = events(&[&pieces]);
    let (events, error) = received(&Moderated::new(streams(sent.clone()), last)).await;
    assert!(error.is_none());
    assert_eq!((events.len() > sent.len(), text(&events)), (true, pieces.concat()));
}

#[tokio::test]
async fn a_block_of_another_type_and_the_end_force_a_decision() {
    let content = vec![
        ThinkingBlock::new("hm", "").into(),
        ContentBlock::text("on"),
        ContentBlock::text("e"),
        ToolUseBlock::new("toolu_01", "t", Json::empty_object()).into(),
        ContentBlock::text("two"),
    ];
    let streamed = [
        ("hm", false),
        ("hm", true),
        ("on", false),
        ("one", false),
        ("one", true),
        ("two", false),
        ("two", true),
    ];
    let whole = [("hm", true), ("one", true), ("two", true)];
    for (is_whole, in_background) in [(true, false), (true, true), (false, false), (false, true)] {
        let looks = Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = Arc::clone(&looks);
        let reviews = Reviews(move || {
            let seen = Arc::clone(&seen);
            Says(move |text, is_end| {
                seen.lock().unwrap().push((text, is_end));
                ready(Verdict::Release(0))
            })
        });
        let sent = message(content.clone());
        let reply = sent.clone();
        let inner = handler_fn(move |_request, _context| {
            let reply = reply.clone();
            let reply = if is_whole { reply.into() } else { MessageStream::from(reply).into() };
            ready(Ok(reply))
        });
        let layer = Moderated::layer(reviews);
        let layer = if in_background { layer.in_background() } else { layer };
        let reply = call(&tower_layer::Layer::layer(&layer, inner)).await.unwrap();
        assert_eq!(reply.into_stream().final_message().await.unwrap(), sent);
        let looks = looks.lock().unwrap();
        let looks: Vec<_> = looks.iter().map(|(text, is_end)| (&**text, *is_end)).collect();
        assert_eq!(looks, if is_whole { &whole[..] } else { &streamed }, "{is_whole} {in_background}");
    }
}

/// A quote is looked at before the text around it, which must not leave with the blocks that remain.
#[tokio::test]
async fn nothing_leaves_of_a_text_in_which_a_quote_is_refused() {
    let cited = CitationCharLocation::new(format!("A {WORD} B"), 0, 5, 14);
    let quoting = TextBlock::new("It says").citations(vec![cited.into()]);
    let content = vec![ThinkingBlock::new("hm", "").into(), ContentBlock::text(WORD), quoting.into()];
    let sent = message(content.clone());
    let inner = handler_fn(move |_request, _context| ready(Ok(sent.clone().into())));
    let reply = call(&Moderated::new(inner, Secret)).await.unwrap();
    let message = reply.into_stream().final_message().await.unwrap();
    assert_eq!((message.stop_reason, &message.content[..]), (Some(StopReason::Refusal), &content[..1]));
}

/// Wherever a message can have it.
#[tokio::test]
async fn the_word_is_found_in_all_texts() {
    let cited = CitationCharLocation::new(format!("A {WORD} B"), 0, 5, 14);
    let mut summary = CompactionBlock::new();
    summary.content = Some(WORD.to_owned());
    let quoting = TextBlock::new("It says").citations(vec![cited.clone().into()]);
    let blocks: [ContentBlock; 4] =
        [ContentBlock::text(WORD), ThinkingBlock::new(WORD, "sig").into(), quoting.into(), summary.into()];
    for block in blocks {
        let sent = message(vec![ContentBlock::text("A"), block.clone()]);
        // Whole; in deltas; at the start of its block; at the start of the message.
        let pieces: Vec<_> = replay(sent.clone()).collect();
        let mut ends: Vec<_> = replay(message(vec![])).collect();
        let in_message = vec![MessageStartEvent::new(sent.clone()).into()];
        let in_block = vec![
            ends.remove(0),
            ContentBlockStartEvent::new(0, block).into(),
            ContentBlockStopEvent::new(0).into(),
        ];
        let streamed = [pieces, [in_block, ends.clone()].concat(), [in_message, ends].concat()];
        let whole: BoxHandler =
            BoxHandler::new(handler_fn(move |_request, _context| ready(Ok(sent.clone().into()))));
        for in_background in [false, true] {
            let streamed = streamed.iter().map(|events| BoxHandler::new(streams(events.clone())));
            for (form, handler) in [whole.clone()].into_iter().chain(streamed).enumerate() {
                let layer = Moderated::layer(Secret);
                let layer = if in_background { layer.in_background() } else { layer };
                let reply = call(&tower_layer::Layer::layer(&layer, handler)).await.unwrap();
                let message = reply.into_stream().final_message().await.unwrap();
                assert_eq!(message.stop_reason, Some(StopReason::Refusal), "{form} {in_background}");
                assert_eq!(message.stop_details, Some(details().into()), "{form} {in_background}");
                let json = serde_json::to_string(&message).unwrap();
                assert!(json.contains(WORD) == (in_background && form > 0), "{form}: {json}");
            }
        }
    }
}

/// Whoever has cut off what the model has written pays for it all the same, and no more than once.
#[tokio::test(start_paused = true)]
async fn what_is_cut_off_is_charged_as_it_was_written() {
    // 14 bytes of tool input and 21 of text, of which nothing leaves.
    let text = format!("{WORD}0123456789")[..21].to_owned();
    let tool = ToolUseBlock::new("toolu_01", "t", Json::parse(r#"{"a":"123456"}"#).unwrap());
    let sent = message(vec![tool.into(), ContentBlock::text(&*text)]);
    let pieces: Vec<_> = replay(sent.clone()).collect();
    // The review objects at the end only, when the usage is known.
    let secret = |pending: &str| pending.contains(WORD);
    let (estimated, reported) = (Used::Estimated(Usage::new(9, 10)), Used::Reported(Usage::new(9, 3)));
    for (is_whole, is_late, used) in
        [(false, false, &estimated), (false, true, &reported), (true, true, &reported)]
    {
        for (fails, is_outside, in_background) in [false, true]
            .into_iter()
            .flat_map(|a| [(a, false, false), (a, false, true), (a, true, false), (a, true, true)])
        {
            let reviews = Reviews(move || {
                Says(move |pending: String, is_end| {
                    ready(match secret(&pending) && (is_end || !is_late) {
                        true if fails => Verdict::Fail(ApiError::new(ErrorType::Permission, "Not this")),
                        true => Verdict::Refuse(RefusalStopDetails::new()),
                        false => Verdict::Release(0),
                    })
                })
            });
            let moderation = Moderated::layer(reviews);
            let moderation = if in_background { moderation.in_background() } else { moderation };
            let (sent, pieces) = (sent.clone(), pieces.clone());
            let inner = handler_fn(move |_request, _context| {
                let stream = || MessageStream::new(stream::iter(pieces.clone()).map(Ok));
                ready(Ok(if is_whole { sent.clone().into() } else { stream().into() }))
            });
            let inner = Routed::new().default_route(Upstream::new(inner).model("up"));
            let books = Arc::new(Books::new());
            books.deposit("anonymous", 1_000);
            let (metered, settlements) = Metered::builder(books.clone()).build();
            let handler = if is_outside {
                BoxHandler::new(tower_layer::Layer::layer(
                    &metered,
                    tower_layer::Layer::layer(&moderation, inner),
                ))
            } else {
                BoxHandler::new(tower_layer::Layer::layer(
                    &moderation,
                    tower_layer::Layer::layer(&metered, inner),
                ))
            };
            let result = match call(&handler).await {
                Ok(reply) => reply.into_stream().final_message().await.map_err(ApiError::from),
                Err(error) => Err(error),
            };
            let case = format!("{is_whole} {is_late} {fails} {is_outside} {in_background}");
            match result {
                Ok(message) => {
                    assert!(!fails, "{case}");
                    let output = used.usage().unwrap().output_tokens;
                    assert_eq!(
                        (message.usage.input_tokens, message.usage.output_tokens),
                        (9, output),
                        "{case}"
                    );
                    assert_eq!(message.stop_reason, Some(StopReason::Refusal), "{case}");
                }
                Err(error) => assert!(fails && error.status().as_u16() == 403, "{case}"),
            }
            drop((handler, metered));
            settlements.run().await;
            assert_eq!(&books.settlement().used, used, "{case}");
            assert_eq!(books.settlement().upstream_model.as_deref(), Some("up"), "{case}");
            assert_eq!(books.settlement().end == CallEnd::Failed, fails, "{case}");
            books.check_balanced();
        }
    }
}

/// A context may be used for several calls.
#[tokio::test(start_paused = true)]
async fn what_was_cut_off_of_one_message_is_not_charged_for_another() {
    let inner = || {
        handler_fn(|request: CreateMessageRequest, _context| {
            let (pieces, count) = match &*request.model {
                "tells" => (["123", WORD, ""], usize::MAX),
                "breaks" => (["1234567"; 3], 5),
                _ => return ready(Err(ApiError::new(ErrorType::Overloaded, "busy"))),
            };
            let sent = events(&[&pieces]).into_iter().take(count).map(Ok);
            ready(Ok(MessageStream::new(stream::iter(sent).chain(failure())).into()))
        })
    };
    let (cut, broken) = (Used::Estimated(Usage::new(9, 4)), Used::Estimated(Usage::new(9, 6)));
    for form in ["outside", "inside", "twice"] {
        let books = Arc::new(Books::new());
        books.deposit("anonymous", 1_000);
        let (metered, settlements) = Metered::builder(books.clone()).build();
        let moderated = Moderated::new(inner(), Secret);
        let handler = match form {
            "outside" => BoxHandler::new(tower_layer::Layer::layer(&metered, moderated)),
            "inside" => BoxHandler::new(Moderated::new(tower_layer::Layer::layer(&metered, inner()), Secret)),
            // As a fallback does it, with a message that is cut off first.
            _ => BoxHandler::new(tower_layer::Layer::layer(&metered, Twice(moderated))),
        };
        let context = RequestContext::default();
        for model in ["tells", "fails", "breaks"] {
            let request = CreateMessageRequest::new(model, 9).user("Hi").stream(true);
            if let Ok(reply) = handler.create_message(request, context.clone()).await {
                let _ = reply.into_stream().final_message().await;
            }
        }
        drop((handler, metered));
        settlements.run().await;
        let journal = books.journal();
        let settled = journal.calls.values().flat_map(|entry| &entry.settlements);
        let used: BTreeMap<_, _> = settled.map(|it| (&*it.call.model, &it.used)).collect();
        let expected = [("breaks", &broken), ("fails", &Used::Nothing), ("tells", &cut)];
        assert_eq!(used, BTreeMap::from(expected), "{form}");
    }
}

/// Has a message cut off before each call.
struct Twice<H>(H);

impl<H: Handler> Handler for Twice<H> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let tells = CreateMessageRequest::new("tells", 9).user("Hi").stream(true);
        let refused =
            self.0.create_message(tells, context.clone()).await?.into_stream().final_message().await;
        assert_eq!(refused.unwrap().stop_reason, Some(StopReason::Refusal));
        self.0.create_message(request, context).await
    }
}

fn failure() -> impl futures::Stream<Item = Result<StreamEvent, Error>> {
    stream::iter([Err(ApiError::internal().into())])
}

#[tokio::test]
async fn the_background_keeps_no_more_than_the_window() {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let never = Reviews(move || {
        let seen = Arc::clone(&seen);
        Says(move |text: String, _| {
            seen.fetch_max(text.len(), Ordering::Relaxed);
            ready(Verdict::Release(0))
        })
    });
    let layer = Moderated::layer(never).hold_back(20).in_background();
    let handler = tower_layer::Layer::layer(&layer, streams(events(&[&["01234567"; 100]])));
    received(&handler).await;
    assert_eq!(most.load(Ordering::Relaxed), 28);
}

#[tokio::test]
async fn a_verdict_ends_the_message_and_drops_what_is_behind_it() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    for in_background in [false, true] {
        let is_dropped = Arc::new(AtomicBool::new(false));
        let dropped = Arc::clone(&is_dropped);
        let inner = handler_fn(move |_request, _context| {
            let guard = Dropped(Arc::clone(&dropped));
            let endless = events(&[&["a"; 3]]).into_iter().take(5);
            let endless = stream::iter(endless).chain(stream::pending()).map(move |event| {
                let _ = &guard;
                Ok(event)
            });
            async { Ok(MessageStream::new(endless).into()) }
        });
        let fails = || Says(|_, _| ready(Verdict::Fail(ApiError::new(ErrorType::Permission, "Not this"))));
        let layer = Moderated::layer(Reviews(fails));
        let layer = if in_background { layer.in_background() } else { layer };
        let handler = tower_layer::Layer::layer(&layer, inner);
        let (events, error) = received(&handler).await;
        assert_eq!(text(&events), if in_background { "a" } else { "" });
        assert_eq!(error.unwrap().status().unwrap(), 403);
        assert!(is_dropped.load(Ordering::Relaxed));
    }
}

#[tokio::test]
async fn a_request_that_must_not_pass_never_reaches_the_handler() {
    let never = handler_fn(|_request, _context| async { panic!("the handler was called") });
    let request = CreateMessageRequest::new("forbidden", 9).user("Hi");
    let handler = Moderated::new(never, Secret);
    let error = handler.create_message(request, RequestContext::default()).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.message()), (403, "Not this"));
}

/// Neither is the upstream left out that the moderator stands before.
#[tokio::test]
async fn no_other_upstream_is_asked_for_what_a_moderator_rejects() {
    struct Rejects {
        requests: bool,
    }
    impl Moderator for Rejects {
        type Review = Says<fn(String, bool) -> std::future::Ready<Verdict>>;

        async fn review(
            &self,
            _: &CreateMessageRequest,
            _: &RequestContext,
        ) -> Result<Self::Review, ApiError> {
            fn error() -> ApiError {
                ApiError::new(ErrorType::Overloaded, "The moderator is busy")
            }
            if self.requests { Err(error()) } else { Ok(Says(|_, _| ready(Verdict::Fail(error())))) }
        }
    }
    for (requests, in_background) in [(true, false), (false, false), (false, true)] {
        let inner = handler_fn(|_request, _context| ready(Ok(message(vec![ContentBlock::text("a")]).into())));
        let moderation = Moderated::layer(Rejects { requests });
        let moderation = if in_background { moderation.in_background() } else { moderation };
        let first = Upstream::new(tower_layer::Layer::layer(&moderation, inner));
        let other = Upstream::new(streams(events(&[&["other"]])));
        let route = Route::new(first.breaker(1, Duration::from_secs(30))).then(other);
        let routed = Routed::new().default_route(route);
        for _ in 0..2 {
            let error = call(&routed).await.unwrap_err();
            assert_eq!(error.status().as_u16(), 529, "{requests} {in_background}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_background_delays_nothing_and_cuts_what_is_still_to_come() {
    let pieces = ["a"; 50];
    // A review that never decides.
    let sent = events(&[&pieces]);
    let layer = Moderated::layer(Reviews(|| Says(|_, _| pending()))).in_background();
    let handler = tower_layer::Layer::layer(&layer, streams(sent.clone()));
    assert_eq!(received(&handler).await.0, sent);

    // A review that takes 45 ms, of a stream that has an event each 10 ms.
    let inner = handler_fn(move |_request, _context| {
        let paced = stream::iter(events(&[&pieces])).then(|event| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(event)
        });
        async { Ok(MessageStream::new(paced).into()) }
    });
    let slow = || {
        Says(|_, _| async {
            tokio::time::sleep(Duration::from_millis(45)).await;
            Verdict::Refuse(RefusalStopDetails::new())
        })
    };
    let layer = Moderated::layer(Reviews(slow)).in_background();
    let (events, error) = received(&tower_layer::Layer::layer(&layer, inner)).await;
    assert!(error.is_none());
    assert_eq!(text(&events), "aaaaa");
}

#[tokio::test]
async fn hooks_learn_what_the_caller_received() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sent = events(&[&["It is ", WORD]]);
    let inner = handler_fn(move |_request, _context| {
        let stream = MessageStream::new(stream::iter(sent.clone()).map(Ok));
        let sender = sender.clone();
        async { Ok(Reply::from(stream).on_end(move |outcome| sender.send(outcome.clone()).unwrap())) }
    });
    received(&Moderated::new(inner, Secret)).await;
    let outcome = receiver.recv().unwrap();
    assert_eq!((outcome.end, outcome.delivered.text_bytes), (End::Completed, 6));
    assert_eq!(outcome.stop_reason, Some(StopReason::Refusal));
}

#[tokio::test]
async fn a_stream_keeps_its_settings_although_it_has_begun() {
    let mut repeated = events(&[&["a", "b"]]);
    repeated.insert(3, repeated[0].clone());
    let long = events(&[&[&*"a".repeat(1_000); 10]]);
    for is_ready in [false, true] {
        for (is_strict, is_forwarded, max_bytes, sent, kind) in [
            (false, false, usize::MAX, &repeated, None),
            (true, false, usize::MAX, &repeated, Some(ErrorKind::Protocol)),
            (false, true, usize::MAX, &repeated, None),
            (true, true, usize::MAX, &repeated, Some(ErrorKind::Protocol)),
            (false, false, 20_000, &long, None),
            (false, false, 8_000, &long, Some(ErrorKind::TooLarge)),
        ] {
            let sent = sent.clone();
            let inner = handler_fn(move |_request, _context| {
                let stream = MessageStream::new(stream::iter(sent.clone()).map(Ok));
                let mut stream = stream.strict(is_strict).max_message_bytes(max_bytes);
                async move {
                    if is_forwarded {
                        stream = stream.without_accumulation();
                    }
                    if is_ready {
                        stream.ready().await.unwrap();
                    }
                    Ok(stream.into())
                }
            });
            let mut stream = call(&Moderated::new(inner, Secret)).await.unwrap().into_stream();
            let mut error = None;
            while let Some(event) = stream.next().await {
                error = event.err().map(|error| error.kind());
            }
            assert_eq!(error, kind, "{is_ready} {is_strict} {is_forwarded} {max_bytes}");
        }
    }
}

/// The review reads the events before anybody has checked their order.
#[tokio::test]
async fn streams_that_break_off_or_repeat_themselves_stay_as_they_are() {
    let whole = events(&[&["a", WORD.split_at(4).0]]);
    let start = whole[0].clone();
    let head = whole[..4].to_vec();
    let busy = ErrorResponse::new(ErrorObject::new(ErrorType::Overloaded, "busy"));
    let failing = [head.clone(), vec![StreamEvent::Error(Box::new(busy))]].concat();
    let repeated = [vec![start.clone(), start], whole[1..].to_vec()].concat();
    let full: StreamEvent = MessageStartEvent::new(message(vec![ContentBlock::text("b")])).into();
    let end = whole[whole.len() - 2..].to_vec();
    let repeated_full = [vec![full.clone(), full], end].concat();
    for in_background in [false, true] {
        for is_ready in [false, true] {
            for (sent, left, kind) in [
                (&whole, "aøpe", None),
                (&head, "aøpe", Some(ErrorKind::Incomplete)),
                (&failing, "aøpe", Some(ErrorKind::Api)),
                (&repeated, "aøpe", None),
                (&repeated_full, "b", None),
            ] {
                let sent = sent.clone();
                let inner = handler_fn(move |_request, _context| {
                    let mut stream = MessageStream::new(stream::iter(sent.clone()).map(Ok));
                    async move {
                        if is_ready {
                            stream.ready().await.unwrap();
                        }
                        Ok(stream.into())
                    }
                });
                let layer = Moderated::layer(Secret);
                let layer = if in_background { layer.in_background() } else { layer };
                let (events, error) = received(&tower_layer::Layer::layer(&layer, inner)).await;
                let case = format!("{kind:?} {in_background} {is_ready} {left}");
                assert_eq!(text(&events), left, "{case}");
                assert_eq!(error.map(|error| error.kind()), kind, "{case}");
            }
        }
    }
}
