//! The worker that settles: its retries, its bounds and its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use messages_api::policy::{Ledger, Metered, MeteredBuilder, MeteredLayer, Settlements, Used};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Handler, Message, RequestContext, StopReason, Usage,
    handler_fn,
};
use tokio::time::{Instant, sleep, timeout};
use tower::Layer;

use crate::books::{Books, Fault, Step};

const DEPOSIT: u64 = 1_000_000;

fn hello() -> impl Handler {
    handler_fn(|_request, _context| async {
        let message = Message::new("msg_01", "m", vec![ContentBlock::text("Hello")], Usage::new(9, 3));
        Ok(message.stop_reason(StopReason::EndTurn).into())
    })
}

/// Creates books in which settlements have the fault that `fault` returns.
fn books(fault: impl Fn() -> Fault + Send + Sync + 'static) -> Arc<Books> {
    let books = Books::failing(move |step, _call| if step == Step::Settle { fault() } else { Fault::None });
    books.deposit("anonymous", DEPOSIT);
    Arc::new(books)
}

fn build(
    books: &Arc<Books>,
    set: impl FnOnce(MeteredBuilder) -> MeteredBuilder,
) -> (MeteredLayer, Settlements) {
    set(Metered::builder(books.clone())).build()
}

async fn call(handler: &impl Handler) -> Result<(), ApiError> {
    let request = CreateMessageRequest::new("m", 100).user("Hi");
    handler.create_message(request, RequestContext::default()).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_settlement_is_attempted_until_it_succeeds_and_counts_once() {
    for fault in [Fault::Before, Fault::After, Fault::Hang, Fault::Panic] {
        let attempts = Arc::new(AtomicUsize::new(0));
        let counter = attempts.clone();
        let books =
            books(move || if counter.fetch_add(1, Ordering::Relaxed) < 5 { fault } else { Fault::None });
        let (layer, settlements) = build(&books, |builder| builder);
        call(&layer.layer(hello())).await.unwrap();
        let (start, worker) = (Instant::now(), tokio::spawn(settlements.run()));
        while attempts.load(Ordering::Relaxed) < 6 {
            sleep(Duration::from_millis(1)).await;
        }
        // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 seconds, of which chance takes up to a half.
        let limits = if fault == Fault::Hang { 50_000 } else { 0 };
        let waited = start.elapsed().as_millis() - limits;
        assert!((1550..=3120).contains(&waited), "{fault:?}: {waited}");
        drop(layer);
        worker.await.unwrap();
        assert_eq!(attempts.load(Ordering::Relaxed), 6, "{fault:?}");
        books.check_balanced();
        assert_eq!(books.account("anonymous").balance, DEPOSIT as i64 - 12);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_settled_is_left_to_the_host_and_can_be_replayed() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = is_down.clone();
    let books = books(move || if down.load(Ordering::Relaxed) { Fault::Before } else { Fault::None });
    let (layer, settlements) = build(&books, |builder| builder.max_attempts(3));
    call(&layer.layer(hello())).await.unwrap();
    drop(layer);
    settlements.run().await;

    let unsettled = std::mem::take(&mut books.journal().unsettled);
    let [settlement] = &*unsettled else { panic!("{unsettled:?}") };
    assert_eq!(settlement.used, Used::Reported(Usage::new(9, 3)));
    assert!(books.account("anonymous").held > 0);

    is_down.store(false, Ordering::Relaxed);
    let stored = serde_json::to_string(settlement).unwrap();
    for _ in 0..2 {
        books.settle(&serde_json::from_str(&stored).unwrap()).await.unwrap();
    }
    books.check_balanced();
}

#[tokio::test(start_paused = true)]
async fn settlements_that_fail_do_not_hold_up_others() {
    let books = Books::failing(move |step, call| match step {
        Step::Settle if call.model == "poisoned" => Fault::Before,
        _ => Fault::None,
    });
    books.deposit("anonymous", DEPOSIT);
    let books = Arc::new(books);
    let (layer, settlements) = build(&books, |builder| builder);
    let handler = layer.layer(hello());
    for number in 0..80 {
        let model = if number < 40 { "poisoned" } else { "m" };
        let request = CreateMessageRequest::new(model, 100).user("Hi");
        handler.create_message(request, RequestContext::default()).await.map(drop).unwrap();
    }
    let worker = tokio::spawn(settlements.run());
    sleep(Duration::from_millis(10)).await;
    let settled = books.journal().calls.values().filter(|entry| entry.settlements.len() == 1).count();
    assert_eq!(settled, 40);

    drop((handler, layer));
    worker.await.unwrap();
    assert_eq!(books.journal().unsettled.len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_full_outbox_rejects_calls_until_there_is_room() {
    let books = books(|| Fault::None);
    let (layer, settlements) = build(&books, |builder| builder.max_unsettled(3));
    let handler = layer.layer(hello());
    let request = || CreateMessageRequest::new("m", 100).user("Hi");
    let open = handler.create_message(request(), RequestContext::default()).await.unwrap();
    for _ in 0..2 {
        call(&handler).await.unwrap();
    }
    for _ in 0..2 {
        let error = call(&handler).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.should_retry()), (529, None));
    }

    let worker = tokio::spawn(settlements.run());
    sleep(Duration::from_millis(1)).await;
    call(&handler).await.unwrap();
    drop(open);
    drop((handler, layer));
    worker.await.unwrap();
    assert_eq!(books.journal().calls.len(), 4);
    books.check_balanced();
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_dropped_loses_nothing() {
    for fault in [Fault::None, Fault::Before, Fault::Hang] {
        let books = books(move || fault);
        let (layer, settlements) = build(&books, |builder| builder);
        let handler = layer.layer(hello());
        let request = || CreateMessageRequest::new("m", 100).user("Hi");
        let open = handler.create_message(request(), RequestContext::default()).await.unwrap();
        for _ in 0..30 {
            call(&handler).await.unwrap();
        }
        // 16 are under way, or have been attempted and wait.
        let _ = timeout(Duration::from_millis(20), settlements.run()).await;
        let error = call(&handler).await.unwrap_err();
        assert_eq!(error.status().as_u16(), 529);
        drop(open);

        let unsettled = std::mem::take(&mut books.journal().unsettled);
        assert_eq!(unsettled.len(), if fault == Fault::None { 1 } else { 31 });
        let mut ids: Vec<_> = unsettled.iter().map(|settlement| &settlement.call.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), unsettled.len());
    }
}

#[tokio::test(start_paused = true)]
async fn the_worker_ends_with_the_last_call() {
    let books = books(|| Fault::None);
    let (layer, settlements) = build(&books, |builder| builder);
    let handler = layer.clone().layer(hello());
    let worker = tokio::spawn(settlements.run());
    let is_running = async || {
        sleep(Duration::from_secs(1)).await;
        !worker.is_finished()
    };
    drop(layer);
    assert!(is_running().await);
    let request = CreateMessageRequest::new("m", 100).user("Hi");
    let reply = handler.create_message(request, RequestContext::default()).await.unwrap();
    drop(handler);
    assert!(is_running().await);
    drop(reply);
    assert!(!is_running().await);
    worker.await.unwrap();
    books.check_balanced();
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_gone_does_not_hold_up_a_shutdown() {
    for fault in [Fault::Before, Fault::Hang] {
        let books = books(move || fault);
        let (layer, settlements) = build(&books, |builder| builder);
        let handler = layer.layer(hello());
        for _ in 0..200 {
            call(&handler).await.unwrap();
        }
        let worker = tokio::spawn(settlements.run());
        sleep(Duration::from_secs(7)).await;
        assert!(books.journal().unsettled.is_empty());
        let start = Instant::now();
        drop((handler, layer));
        worker.await.unwrap();
        // Until the worker looks at the end of the calls, an attempt may take its 10 s.
        assert!(start.elapsed() <= Duration::from_secs(40), "{:?}", start.elapsed());
        assert_eq!(books.journal().unsettled.len(), 200);
    }
}
