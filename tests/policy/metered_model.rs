//! Random interleavings of calls, of their callers and of the worker, against a model that only adds and
//! subtracts.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use messages_api::policy::Metered;
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage,
    MessageStream, RequestContext, StopReason, StreamEvent, Usage, handler_fn,
};
use tower::Layer;

use crate::books::{Books, Fault, Step, cost};
use crate::random::Random;

const PRINCIPAL: &str = "anonymous";

/// A piece of text, which counts as two tokens.
const PIECE: &str = "1234567";

/// What is expected, and held at first.
const STEP: u64 = 20;

/// The tokens of input, as estimated and as reported.
const INPUT: u64 = 8;

/// A call in the model, whose stream has so many pieces and then ends, or fails.
struct Expected {
    max_tokens: u64,
    pieces: u64,
    fails: bool,
    /// What the stream believes to be held of the output, and what is.
    believed: u64,
    held: u64,
    read: u64,
    /// The total that is asked for when the stream is read next.
    asks: Option<u64>,
    is_refused: bool,
    /// What it is to be charged, once it has ended.
    charge: Option<u64>,
}

struct Model {
    balance: i64,
    /// The calls that are not settled.
    calls: BTreeMap<String, Expected>,
}

impl Model {
    fn held(&self) -> u64 {
        self.calls.values().map(|call| INPUT + call.held).sum()
    }

    /// Returns what can be held.
    fn free(&self) -> i64 {
        self.balance - self.held() as i64
    }
}

impl Expected {
    fn new(max_tokens: u64, pieces: u64, fails: bool) -> Self {
        let held = STEP.min(max_tokens);
        let (believed, asks, is_refused, charge) = (held, None, false, None);
        Self { max_tokens, pieces, fails, believed, held, read: 0, asks, is_refused, charge }
    }

    /// Extends the hold if that was asked for, given what is free and how the ledger fails.
    fn extend(&mut self, free: &mut i64, fault: Fault) {
        let Some(total) = self.asks.take() else { return };
        let more = i64::try_from(total - self.held).unwrap();
        let is_granted = more <= *free;
        if is_granted && fault != Fault::Before {
            *free -= more;
            self.held = total;
        }
        match fault {
            Fault::None if !is_granted => self.is_refused = true,
            _ => self.believed = total,
        }
    }

    /// Reads a piece. Returns `false` if what is held does not cover it, and no more can be held.
    fn read_piece(&mut self, free: &mut i64, fault: Fault) -> bool {
        let used = 2 * (self.read + 1);
        let asks = used + STEP / 4 >= self.believed && self.believed < self.max_tokens && !self.is_refused;
        self.asks = asks.then(|| (self.believed.max(used) + STEP).min(self.max_tokens));
        let is_covered = |this: &Self| used <= this.believed || this.believed == this.max_tokens;
        if !is_covered(self) {
            self.extend(free, fault);
        }
        self.read += u64::from(is_covered(self));
        is_covered(self)
    }

    /// Ends the call before its stream has reported its usage.
    fn cut(&mut self, is_fault: bool) {
        let is_free = is_fault && self.read == 0;
        self.charge = Some(if is_free { 0 } else { INPUT + 2 * self.read });
    }
}

/// Streams as many pieces as the model's name says, and then reports 100 tokens and one for each, or fails.
fn handler() -> impl Handler {
    handler_fn(|request: CreateMessageRequest, _context| async move {
        let (pieces, fails) = request.model.split_once(' ').unwrap();
        let (pieces, fails): (u64, bool) = (pieces.parse().unwrap(), fails.parse().unwrap());
        let start = Message::new("msg_01", "m", vec![ContentBlock::text("")], Usage::new(INPUT, 0));
        let stream = MessageStream::from_writer(start, move |mut writer| async move {
            writer.start().await;
            for _ in 0..pieces {
                writer.text(PIECE).await;
            }
            if fails {
                return Err(ApiError::new(ErrorType::Overloaded, "busy"));
            }
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(100 + pieces)).await)
        });
        Ok(stream.into())
    })
}

/// Polls a future once.
async fn poll_once(future: &mut (impl Future<Output = ()> + Unpin)) -> bool {
    poll_fn(|cx| Poll::Ready(future.poll_unpin(cx).is_ready())).await
}

async fn run(seed: u64) -> [usize; 3] {
    let mut random = Random::new(seed);
    // The fault of the next hold; those of settlements are random.
    let next_fault = Arc::new(Mutex::new(Fault::None));
    let (fault, chance) = (next_fault.clone(), Mutex::new(Random::new(seed + 1000)));
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let books = Arc::new(Books::failing(move |step, _call| match step {
        Step::Settle if over.load(Ordering::Relaxed) => Fault::None,
        Step::Settle => {
            *chance.lock().unwrap().pick(&[Fault::None, Fault::None, Fault::Before, Fault::After])
        }
        _ => *fault.lock().unwrap(),
    }));
    books.deposit(PRINCIPAL, 300);
    let mut model = Model { balance: 300, calls: BTreeMap::new() };
    let builder = Metered::builder(books.clone()).expect_output(STEP).max_attempts(1000);
    let (layer, settlements) = builder.build();
    let handler = layer.layer(handler());
    let mut worker = Box::pin(settlements.run());
    let mut streams: Vec<(String, MessageStream)> = Vec::new();
    let (mut refused, mut cut, mut completed) = (0, 0, 0);

    for step in 0..1500 {
        let free = model.free();
        let fault = *random.pick(&[Fault::None, Fault::None, Fault::None, Fault::Before, Fault::After]);
        *next_fault.lock().unwrap() = fault;
        match random.below(20) {
            0 | 1 if streams.len() < 6 => {
                let mut call =
                    Expected::new(1 + random.below(150) as u64, random.below(60) as u64, random.one_in(4));
                let name = format!("{} {}", call.pieces, call.fails);
                let request = CreateMessageRequest::new(name, call.max_tokens).user("Hi").stream(true);
                let known = books.journal().steps.len();
                let reply =
                    handler.create_message(request, RequestContext::default()).now_or_never().unwrap();
                let is_granted = (INPUT + call.held) as i64 <= free;
                let status = reply.as_ref().err().map(|error| error.status().as_u16());
                let new = books.journal().steps.get(known).map(|(_, id, _)| id.clone());
                match fault {
                    Fault::None => assert_eq!(status, (!is_granted).then_some(402), "step {step}"),
                    _ => assert_eq!(status, Some(529), "step {step}"),
                }
                match (reply, new) {
                    (Ok(reply), Some(id)) => {
                        streams.push((id.clone(), reply.into_stream()));
                        model.calls.insert(id, call);
                    }
                    // The ledger holds something, and does not know that it is to be released.
                    (Err(_), Some(id)) if fault == Fault::After && is_granted => {
                        call.charge = Some(0);
                        model.calls.insert(id, call);
                    }
                    _ => refused += 1,
                }
            }
            2 if !streams.is_empty() && random.one_in(6) => {
                let (id, stream) = streams.swap_remove(random.below(streams.len()));
                let call = model.calls.get_mut(&id).unwrap();
                // Before `message_start` was read, nothing is known of the input.
                call.charge = Some(0);
                if stream.message().is_some() {
                    call.cut(false);
                }
            }
            3..=16 if !streams.is_empty() => {
                let at = random.below(streams.len());
                let (id, stream) = &mut streams[at];
                let call = model.calls.get_mut(id).unwrap();
                let event = stream.next().now_or_never().unwrap().unwrap();
                let mut free = free;
                call.extend(&mut free, fault);
                let is_reported = matches!(event, Ok(StreamEvent::MessageDelta(_)));
                match event {
                    Ok(StreamEvent::ContentBlockDelta(_)) => {
                        assert!(call.read_piece(&mut free, fault), "step {step}");
                    }
                    Ok(StreamEvent::MessageDelta(_)) => call.charge = Some(INPUT + 100 + call.pieces),
                    Ok(_) => {}
                    Err(error) => {
                        let is_cut = ApiError::from(error).status().as_u16() == 402;
                        if is_cut {
                            assert!(call.read < call.pieces && !call.read_piece(&mut free, fault));
                            cut += 1;
                        } else {
                            assert!(call.fails && call.read == call.pieces, "step {step}");
                        }
                        call.cut(!is_cut);
                    }
                }
                if call.charge.is_some() {
                    let (_, mut stream) = streams.swap_remove(at);
                    // The caller leaves after `message_delta`, or after `message_stop`.
                    if is_reported && random.one_in(2) {
                        stream.next().now_or_never().unwrap().unwrap().unwrap();
                    }
                    completed += usize::from(is_reported);
                }
            }
            17 => {
                let amount = random.below(45) as u64;
                books.deposit(PRINCIPAL, amount);
                model.balance += amount as i64;
            }
            18 => tokio::time::advance(Duration::from_millis(random.below(2000) as u64)).await,
            _ => assert!(!poll_once(&mut worker).await),
        }
        // The worker enters settlements in its own time, but each with the amount of the model.
        model.calls.retain(|id, call| {
            let journal = books.journal();
            let Some(settlement) = journal.calls[id].settlements.first() else { return true };
            assert_eq!(Some(cost(&settlement.used)), call.charge, "step {step}: {settlement:?}");
            model.balance -= call.charge.unwrap() as i64;
            false
        });
        let account = books.account(PRINCIPAL);
        assert_eq!((account.balance, account.held), (model.balance, model.held()), "step {step}");
    }
    is_over.store(true, Ordering::Relaxed);
    drop((streams, handler, layer));
    worker.await;
    books.check_balanced();
    assert!(books.journal().unsettled.is_empty());
    [refused, cut, completed]
}

#[tokio::test(start_paused = true)]
async fn the_books_agree_with_a_model_in_any_order_of_steps() {
    let mut totals = [0; 3];
    for seed in 0..40 {
        let counts = run(seed).await;
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    let [refused, cut, completed] = totals;
    println!("{refused} calls refused, {cut} streams cut, {completed} completed");
    assert!(refused > 100 && cut > 100 && completed > 100);
}
