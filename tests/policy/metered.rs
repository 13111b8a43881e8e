//! One call at a time: what is held, what is charged, and what the caller learns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use messages_api::handler::Principal;
use messages_api::policy::{
    Account, Call, CallEnd, Estimate, Hold, Ledger, Metered, MeteredBuilder, Settlement, Settlements, Used,
};
use messages_api::types::batches::{BatchRequest, CreateBatchRequest, MessageBatch};
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, MessageStartEvent, ThinkingDelta,
};
use messages_api::types::{CountTokensRequest, MessageTokensCount, ThinkingBlock};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage,
    MessageStream, Reply, RequestContext, StopReason, Usage, handler_fn,
};
use tokio::time::Instant;
use tower::Layer;

use crate::books::{Books, BoxError, Fault, Step};

/// What the tests deposit.
const DEPOSIT: u64 = 10_000;

/// The estimate of the input of [`request`].
const INPUT: u64 = 8;

/// The bytes of a piece of text, which counts as two tokens.
const PIECE: &str = "1234567";

fn request() -> CreateMessageRequest {
    let request = CreateMessageRequest::new("m", 1000).user("Hi").stream(true);
    assert_eq!(request.estimate_tokens(), INPUT);
    request
}

fn context() -> RequestContext {
    let mut context = RequestContext::default();
    context.set_principal(Principal::new("alice"));
    context
}

fn books(fault: impl Fn(Step) -> Fault + Send + Sync + 'static) -> Arc<Books> {
    let books = Books::failing(move |step, _call| fault(step));
    books.deposit("alice", DEPOSIT);
    Arc::new(books)
}

/// Meters `handler`, and expects 20 tokens of output.
fn metered<H: Handler>(handler: H, books: &Arc<Books>) -> (Metered<H>, Settlements) {
    metered_with(handler, books, |builder| builder)
}

fn metered_with<H: Handler>(
    handler: H,
    books: &Arc<Books>,
    set: impl FnOnce(MeteredBuilder) -> MeteredBuilder,
) -> (Metered<H>, Settlements) {
    let (layer, settlements) = set(Metered::builder(books.clone()).expect_output(20)).build();
    (layer.layer(handler), settlements)
}

/// Replies with a whole message.
fn whole(usage: Usage) -> impl Handler {
    handler_fn(move |_request, _context| {
        let message = Message::new("msg_01", "m", vec![ContentBlock::text("Hello")], usage.clone());
        async { Ok(message.stop_reason(StopReason::EndTurn).into()) }
    })
}

/// Replies with a stream of as many pieces, which reports `100 + pieces` tokens of output after the last one.
fn pieces(count: u64) -> impl Handler {
    pieces_of("text", count)
}

/// Does the same with text, thinking or the input of a tool call.
fn pieces_of(kind: &'static str, count: u64) -> impl Handler {
    streaming(move |mut writer| async move {
        match kind {
            "text" => {
                for _ in 0..count {
                    writer.text(PIECE).await;
                }
            }
            "thinking" => {
                for _ in 0..count {
                    writer.thinking(PIECE).await;
                }
            }
            _ => {
                let mut input = writer.start_tool_use("toolu_01", "t").await;
                for _ in 0..count {
                    input.write(PIECE).await;
                }
            }
        }
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(100 + count)).await)
    })
}

/// Replies with a stream that starts with a usage of 9 and 1 tokens.
fn streaming<F, Fut>(write: F) -> impl Handler
where
    F: Fn(messages_api::EventWriter) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<messages_api::stream::Finished, ApiError>> + Send + 'static,
{
    handler_fn(move |_request, _context| {
        let start = Message::new("msg_01", "m", vec![], Usage::new(9, 1));
        let stream = MessageStream::from_writer(start, write.clone());
        async { Ok(stream.into()) }
    })
}

/// Makes a call, reads the reply to its end, and settles.
async fn call<H: Handler>((handler, settlements): (Metered<H>, Settlements)) -> Result<Message, ApiError> {
    let reply = handler.create_message(request(), context()).await;
    let result = match reply {
        Ok(reply) => reply.into_stream().final_message().await.map_err(ApiError::from),
        Err(error) => Err(error),
    };
    drop(handler);
    settlements.run().await;
    result
}

/// Makes a call, reads `text` bytes of text, leaves, and settles.
async fn leave<H: Handler>((handler, settlements): (Metered<H>, Settlements), text: usize) {
    let mut stream = handler.create_message(request(), context()).await.unwrap().into_stream();
    let mut read = 0;
    while read < text {
        read += stream.next().await.unwrap().unwrap().text_delta().map_or(0, str::len);
    }
    assert_eq!(read, text);
    drop((stream, handler));
    settlements.run().await;
}

/// Returns what is left after the only call.
fn left(books: &Books) -> i64 {
    books.check_balanced();
    books.account("alice").balance
}

fn spent(books: &Books) -> i64 {
    i64::try_from(DEPOSIT).unwrap() - left(books)
}

#[tokio::test(start_paused = true)]
async fn a_whole_message_is_charged_as_it_reports() {
    for usage in [Usage::new(9, 3), Usage::new(9, 3).cache_read_input_tokens(100), Usage::new(0, 0)] {
        let books = books(|_| Fault::None);
        call(metered(whole(usage.clone()), &books)).await.unwrap();

        let settlement = books.settlement();
        assert_eq!(settlement.used, Used::Reported(usage.clone()));
        assert_eq!(settlement.end, CallEnd::Completed);
        assert_eq!(settlement.held, Some(Estimate::new(INPUT, 20)));
        assert_eq!((&*settlement.call.principal, &*settlement.call.model), ("alice", "m"));
        assert_eq!(spent(&books), (usage.total_input_tokens() + usage.output_tokens) as i64);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_max_tokens_is_held() {
    let books = books(|_| Fault::None);
    let (handler, settlements) = metered(pieces(100), &books);
    let request = CreateMessageRequest::new("m", 7).user("Hi").stream(true);
    let stream = handler.create_message(request, context()).await.unwrap().into_stream();
    assert_eq!(books.account("alice").held, INPUT + 7);
    stream.final_message().await.unwrap();
    drop(handler);
    settlements.run().await;
    assert_eq!(books.held_outputs(), [7, 7]); // extended by the input, of which there is more than estimated
    assert_eq!(spent(&books), 9 + 200);
}

#[tokio::test(start_paused = true)]
async fn without_credit_the_handler_is_not_called() {
    let called = Arc::new(AtomicUsize::new(0));
    let counter = called.clone();
    let handler = handler_fn(move |_request, _context| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Err::<Reply, _>(ApiError::internal()) }
    });
    let books = Arc::new(Books::new());
    books.deposit("alice", INPUT + 19);
    let error = call(metered(handler, &books)).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.error_type()), (402, &ErrorType::Billing));
    assert_eq!(error.should_retry(), Some(false));
    assert_eq!(called.load(Ordering::Relaxed), 0);
    assert!(books.journal().calls.values().all(|entry| entry.settlements.is_empty()));
    assert_eq!(left(&books), INPUT as i64 + 19);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_may_refuse_in_its_own_words() {
    struct Closed;
    impl Ledger for Closed {
        async fn reserve(&self, _call: &Call, _estimate: Estimate) -> Result<Hold, BoxError> {
            Ok(Hold::Refused(ApiError::new(ErrorType::Permission, "The account is closed")))
        }
        async fn extend(&self, _call: &Call, _total: Estimate) -> Result<Hold, BoxError> {
            unreachable!("nothing was reserved")
        }
        async fn settle(&self, _settlement: &Settlement) -> Result<(), BoxError> {
            unreachable!("nothing was reserved")
        }
        fn unsettled(&self, _settlement: Settlement) {
            unreachable!("nothing was reserved")
        }
    }
    let (layer, settlements) = Metered::builder(Closed).build();
    let error = call((layer.layer(pieces(1)), {
        drop(layer);
        settlements
    }))
    .await
    .unwrap_err();
    assert_eq!((error.status().as_u16(), error.should_retry()), (403, None));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_fails_rejects_calls_and_holds_nothing() {
    for fault in [Fault::Before, Fault::After, Fault::Hang] {
        let books = books(move |step| if step == Step::Reserve { fault } else { Fault::None });
        let start = Instant::now();
        let error = call(metered(whole(Usage::new(9, 3)), &books)).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.should_retry()), (529, None), "{fault:?}");
        assert_eq!(start.elapsed().as_secs(), if fault == Fault::Hang { 10 } else { 0 });
        assert_eq!(books.settlement().used, Used::Nothing);
        assert_eq!(spent(&books), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn callers_who_leave_before_the_reply_pay_nothing() {
    for fault in [Fault::None, Fault::Hang] {
        let books = books(move |step| if step == Step::Reserve { fault } else { Fault::None });
        let handler = handler_fn(|_request, _context| std::future::pending::<Result<Reply, ApiError>>());
        let (handler, settlements) = metered(handler, &books);
        assert!(handler.create_message(request(), context()).now_or_never().is_none());
        assert_eq!(books.account("alice").held, INPUT + 20);
        drop(handler);
        settlements.run().await;
        assert_eq!(books.settlement().end, CallEnd::Cancelled);
        assert_eq!(spent(&books), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn callers_who_leave_in_the_middle_pay_for_what_was_delivered() {
    let books = books(|_| Fault::None);
    leave(metered(pieces(50), &books), 3 * PIECE.len()).await;
    let settlement = books.settlement();
    assert_eq!(settlement.used, Used::Estimated(Usage::new(9, 6)));
    assert_eq!(settlement.end, CallEnd::Cancelled);
    assert_eq!(spent(&books), 15);
}

#[tokio::test(start_paused = true)]
async fn thinking_that_is_kept_secret_counts_as_its_upstream_estimates() {
    let handler = handler_fn(|_request, _context| async {
        let start = Message::new("msg_01", "m", vec![], Usage::new(9, 1));
        let thinking =
            |tokens| ContentBlockDeltaEvent::new(0, ThinkingDelta::new("").estimated_tokens(tokens));
        let events = vec![
            MessageStartEvent::new(start).into(),
            ContentBlockStartEvent::new(0, ThinkingBlock::new("", "")).into(),
            thinking(40).into(),
            thinking(70).into(),
        ];
        let events = futures::stream::iter(events.into_iter().map(Ok));
        let stream = MessageStream::new(futures::StreamExt::chain(events, futures::stream::pending()));
        Ok(stream.into())
    });
    let books = books(|_| Fault::None);
    let (handler, settlements) = metered(handler, &books);
    let mut stream = handler.create_message(request(), context()).await.unwrap().into_stream();
    for _ in 0..4 {
        stream.next().await.unwrap().unwrap();
    }
    drop((stream, handler));
    settlements.run().await;
    assert_eq!(books.settlement().used, Used::Estimated(Usage::new(9, 70)));
    assert_eq!(books.held_outputs(), [20, 60, 90]);
}

#[tokio::test(start_paused = true)]
async fn the_host_pays_for_faults_before_content_and_the_caller_for_content() {
    for pieces in [0, 2] {
        for panics in [false, true] {
            let books = books(|_| Fault::None);
            let handler = streaming(move |mut writer| async move {
                writer.start().await;
                for _ in 0..pieces {
                    writer.text(PIECE).await;
                }
                assert!(!panics, "a handler that panics");
                Err(ApiError::new(ErrorType::Overloaded, "busy"))
            });
            let call = tokio::spawn(call(metered(handler, &books))).await;
            assert_eq!(call.is_err(), panics);
            if panics {
                // The panic has dropped the worker.
                let unsettled = std::mem::take(&mut books.journal().unsettled);
                assert_eq!(unsettled.len(), 1);
                books.settle(&unsettled[0]).await.unwrap();
            }
            let settlement = books.settlement();
            assert_eq!(settlement.end, if panics { CallEnd::Panicked } else { CallEnd::Failed });
            let expected = if pieces == 0 { Used::Nothing } else { Used::Estimated(Usage::new(9, 4)) };
            assert_eq!(settlement.used, expected);
            left(&books);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_extends_its_hold_before_it_runs_out() {
    let books = books(|_| Fault::None);
    call(metered(pieces(30), &books)).await.unwrap();
    // Each step begins when 15 of its 20 tokens are used.
    assert_eq!(books.held_outputs(), [20, 40, 60, 80]);
    assert_eq!(books.settlement().held, Some(Estimate::new(9, 80)));
    assert_eq!(spent(&books), 9 + 130);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_the_credit_is_used_up() {
    for kind in ["text", "thinking", "input"] {
        let books = Arc::new(Books::new());
        books.deposit("alice", INPUT + 45);
        let (handler, settlements) = metered(pieces_of(kind, 100), &books);
        let mut stream = handler.create_message(request(), context()).await.unwrap().into_stream();
        let (mut read, mut failure) = (0, None);
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => {
                    let deltas = [event.text_delta(), event.thinking_delta(), event.input_json_delta()];
                    read += deltas.into_iter().flatten().map(str::len).sum::<usize>();
                }
                Err(error) => failure = Some(ApiError::from(error)),
            }
        }
        let error = failure.unwrap();
        assert_eq!((error.error_type(), error.should_retry()), (&ErrorType::Billing, Some(false)));
        // All that was held was used, and no more.
        assert_eq!(read, 20 * PIECE.len(), "{kind}");
        drop((stream, handler));
        settlements.run().await;
        assert_eq!(books.held_outputs(), [20, 40, 60], "{kind}");
        assert_eq!(books.settlement().used, Used::Estimated(Usage::new(9, 40)), "{kind}");
        assert_eq!(books.settlement().end, CallEnd::Failed);
        assert_eq!(left(&books), INPUT as i64 + 45 - 49);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_within_its_hold_is_not_cut() {
    let books = Arc::new(Books::new());
    books.deposit("alice", INPUT + 20);
    call(metered(pieces(9), &books)).await.unwrap();
    assert_eq!(books.held_outputs(), [20, 40]);
    assert_eq!(left(&books), INPUT as i64 + 20 - 118);
}

#[tokio::test(start_paused = true)]
async fn input_beyond_the_estimate_is_held_too() {
    let message = |pieces| {
        handler_fn(move |_request, _context| async move {
            let start = Message::new("msg_01", "m", vec![], Usage::new(500, 1));
            let stream = MessageStream::from_writer(start, move |mut writer| async move {
                for _ in 0..pieces {
                    writer.text(PIECE).await;
                }
                Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(pieces)).await)
            });
            Ok(stream.into())
        })
    };
    let steps = |books: &Books| {
        let journal = books.journal();
        journal.steps.iter().map(|(_, _, hold)| (hold.input_tokens, hold.output_tokens)).collect::<Vec<_>>()
    };
    let plenty = books(|_| Fault::None);
    call(metered(message(8), &plenty)).await.unwrap();
    assert_eq!(steps(&plenty), [(INPUT, 20), (500, 20), (500, 40)]);
    assert_eq!(spent(&plenty), 508);

    // Without credit for it there is no content, but a message without content ends as usual.
    for pieces in [8, 0] {
        let poor = Arc::new(Books::new());
        poor.deposit("alice", INPUT + 400);
        let result = call(metered(message(pieces), &poor)).await;
        assert_eq!(steps(&poor), [(INPUT, 20), (500, 20)]);
        let expected = match pieces {
            0 => Used::Reported(Usage::new(500, 0)),
            _ => Used::Estimated(Usage::new(500, 0)),
        };
        assert_eq!(poor.settlement().used, expected);
        assert_eq!(result.err().map(|error| error.status().as_u16()), (pieces > 0).then_some(402));
        left(&poor);
    }
}

#[tokio::test(start_paused = true)]
async fn settlements_are_small_whatever_the_caller_sends() {
    let books = books(|_| Fault::None);
    let (handler, settlements) = metered(whole(Usage::new(9, 3)), &books);
    let request = CreateMessageRequest::new("é".repeat(100_000), 10).user("Hi");
    drop(handler.create_message(request, context()).await.unwrap());
    drop(handler);
    settlements.run().await;
    assert_eq!(books.settlement().call.model, "é".repeat(128));
}

#[tokio::test(start_paused = true)]
async fn a_stream_waits_for_its_ledger_only_when_its_hold_is_used() {
    let books = books(|step| if step == Step::Extend { Fault::Hang } else { Fault::None });
    let (handler, settlements) = metered(pieces(30), &books);
    let mut stream = handler.create_message(request(), context()).await.unwrap().into_stream();
    let (start, mut waits) = (Instant::now(), Vec::new());
    let mut read = 0;
    while let Some(event) = stream.next().await {
        read += event.unwrap().text_delta().map_or(0, str::len) / PIECE.len();
        if waits.last().map_or(0, |(_, waited)| *waited) < start.elapsed().as_secs() {
            waits.push((read, start.elapsed().as_secs()));
        }
    }
    // Then the ledger counts as failed, and the stream goes on.
    assert_eq!(waits, [(10, 10), (21, 20)]);
    drop((stream, handler));
    settlements.run().await;
    assert_eq!(spent(&books), 9 + 130);
}

#[tokio::test(start_paused = true)]
async fn batches_are_no_way_around() {
    struct Inner;
    impl Handler for Inner {
        async fn create_message(
            &self,
            _: CreateMessageRequest,
            _: RequestContext,
        ) -> Result<Reply, ApiError> {
            Err(ApiError::internal())
        }
        async fn create_batch(
            &self,
            _: CreateBatchRequest,
            _: RequestContext,
        ) -> Result<Reply<MessageBatch>, ApiError> {
            Err(ApiError::not_found("batch"))
        }
        async fn count_tokens(
            &self,
            _: CountTokensRequest,
            _: RequestContext,
        ) -> Result<Reply<MessageTokensCount>, ApiError> {
            Ok(MessageTokensCount::new(7).into())
        }
    }
    let batch = || CreateBatchRequest::new(vec![BatchRequest::new("a", request())]);
    let books = books(|_| Fault::None);
    let (handler, _settlements) = metered(Inner, &books);
    let error = handler.create_batch(batch(), context()).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.error_type()), (403, &ErrorType::Permission));
    let count = handler.count_tokens(CountTokensRequest::new("m", vec![]), context()).await.unwrap();
    assert_eq!(count.into_parts().0.input_tokens, 7);

    let (handler, _settlements) = metered_with(Inner, &books, MeteredBuilder::forward_batches);
    let error = handler.create_batch(batch(), context()).await.unwrap_err();
    assert_eq!(error, ApiError::not_found("batch"));
    assert_eq!(books.account("alice"), Account { balance: DEPOSIT as i64, held: 0 });
}

#[tokio::test(start_paused = true)]
async fn the_host_can_say_what_is_held() {
    let books = books(|_| Fault::None);
    let estimate = |request: &CreateMessageRequest| Estimate::new(request.messages.len() as u64, 5000);
    let (handler, _settlements) = metered_with(pieces(1), &books, |builder| builder.estimate(estimate));
    let reply = handler.create_message(request(), context()).await.unwrap();
    assert_eq!(books.account("alice").held, 1 + 1000);
    drop(reply);
}

/// Nothing of it has been handed over before its end, so it must not be cut, and is paid for as a whole.
#[tokio::test(start_paused = true)]
async fn a_message_that_the_caller_receives_whole_is_not_cut() {
    let books = Arc::new(Books::new());
    books.deposit("alice", INPUT + 45);
    let (handler, settlements) = metered(pieces(100), &books);
    let mut request = request();
    request.stream = None;
    let stream = handler.create_message(request, context()).await.unwrap().into_stream();
    stream.final_message().await.unwrap();
    drop(handler);
    settlements.run().await;
    assert_eq!(books.held_outputs(), [20]);
    assert!(matches!(books.settlement().used, Used::Reported(_)));
    assert_eq!(books.settlement().end, CallEnd::Completed);
}
