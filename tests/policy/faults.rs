//! Thousands of calls over a real server, with faults at random: the books balance to the token.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use messages_api::handler::{End, Outcome};
use messages_api::policy::{CallEnd, Metered, Settlement, Used};
use messages_api::server::serve;
use messages_api::{
    ApiError, ApiKeys, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage,
    MessageStream, MessagesService, StopReason, Usage, handler_fn,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::books::{Books, Fault, Step};
use crate::random::Random;

const CALLS: usize = 2000;

/// The calls that are still open when the server shuts down.
const DRAINED: usize = 100;

/// The calls that begin while the ledger is down.
const OUTAGE: std::ops::Range<usize> = 600..650;

/// A piece of text, whose seven bytes count as two tokens.
const PIECE: &str = "+piece+";

const TENANTS: [&str; 4] = ["ann", "bob", "cid", "poor"];

/// What happens to a call, which follows from its number.
#[derive(Clone, Copy)]
struct Plan {
    number: usize,
    act: Act,
    pieces: usize,
    is_streamed: bool,
    leave: Leave,
}

/// What the handler does.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Whole,
    Fails,
    Panics,
    Hangs,
    /// Writes the pieces, and then ends.
    Streams,
    StreamFails,
    StreamPanics,
    StreamsForever,
}

/// What the caller does.
#[derive(Clone, Copy)]
enum Leave {
    Never,
    BeforeTheHead,
    /// Once it has received so many bytes of the response.
    After(usize),
    AfterTheLastByte,
}

impl Plan {
    fn of(number: usize) -> Self {
        use Act::{Fails, Hangs, Panics, StreamFails, StreamPanics, Streams, StreamsForever, Whole};

        let mut random = Random::new(number as u64);
        if number >= CALLS - DRAINED {
            // Half of them have no output yet. The tenants take turns, too.
            let act = if number / TENANTS.len() % 2 == 0 { Hangs } else { StreamsForever };
            let leave = Leave::Never;
            return Self { number, act, pieces: 1_000_000, is_streamed: true, leave };
        }
        let act = *random.pick(&[
            Whole,
            Fails,
            Panics,
            Hangs,
            Streams,
            Streams,
            Streams,
            StreamFails,
            StreamPanics,
        ]);
        let pieces = if act == Whole { 1 } else { random.below(80) };
        let leave = match random.below(4) {
            _ if act == Hangs => Leave::BeforeTheHead,
            0 => Leave::BeforeTheHead,
            1 => Leave::After(random.below(8000)),
            2 => Leave::AfterTheLastByte,
            _ => Leave::Never,
        };
        Self { number, act, pieces, is_streamed: random.below(4) > 0, leave }
    }

    fn usage(&self) -> Usage {
        Usage::new(self.number as u64 % 50, self.pieces as u64 * 3)
    }
}

/// Does what the plan of the request's model says.
fn handler(called: &Arc<Mutex<Vec<usize>>>) -> impl Handler {
    let called = called.clone();
    handler_fn(move |request: CreateMessageRequest, _context| {
        let plan = Plan::of(request.model.parse().unwrap());
        called.lock().unwrap().push(plan.number);
        async move {
            sleep(Duration::from_millis(plan.number as u64 % 3)).await;
            let usage = plan.usage();
            let start = Message::new("msg_01", "m", vec![], Usage::new(usage.input_tokens, 0));
            match plan.act {
                Act::Whole => {
                    let message = Message::new("msg_01", "m", vec![ContentBlock::text(PIECE)], usage);
                    return Ok(message.stop_reason(StopReason::EndTurn).into());
                }
                Act::Fails => return Err(ApiError::new(ErrorType::Overloaded, "busy")),
                Act::Panics => panic!("as planned"),
                Act::Hangs => std::future::pending().await,
                _ => {}
            }
            let stream = MessageStream::from_writer(start, move |mut writer| async move {
                for piece in 0..plan.pieces {
                    writer.text(PIECE).await;
                    if plan.act == Act::StreamsForever || piece % 16 == 0 {
                        sleep(Duration::from_millis(1)).await;
                    }
                }
                match plan.act {
                    Act::StreamFails => Err(ApiError::new(ErrorType::Api, "broken")),
                    Act::StreamPanics => panic!("as planned"),
                    _ => {
                        let usage = MessageDeltaUsage::new(usage.output_tokens);
                        Ok(writer.finish(StopReason::EndTurn, usage).await)
                    }
                }
            });
            Ok(stream.into())
        }
    })
}

/// Makes a call, and returns what was received of its response.
async fn call(address: std::net::SocketAddr, plan: Plan) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let Plan { number, is_streamed, leave, .. } = plan;
    let tenant = TENANTS[number % TENANTS.len()];
    let body = format!(
        r#"{{"model":"{number}","max_tokens":500,"stream":{is_streamed},"messages":[{{"role":"user","content":"Hi"}}]}}"#
    );
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {tenant}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all((head + &body).as_bytes()).await.unwrap();
    let limit = match leave {
        Leave::BeforeTheHead => {
            sleep(Duration::from_millis(number as u64 % 5)).await;
            return String::new();
        }
        Leave::After(bytes) => bytes,
        Leave::Never | Leave::AfterTheLastByte => usize::MAX,
    };
    let (mut received, mut chunk) = (Vec::new(), [0; 4096]);
    while received.len() < limit {
        let size = chunk.len().min(limit - received.len());
        match socket.read(&mut chunk[..size]).await {
            Ok(count) if count > 0 => received.extend(&chunk[..count]),
            _ => break,
        }
        let is_last = received.ends_with(b"message_stop\"}\n\n");
        if is_last && matches!(leave, Leave::AfterTheLastByte) {
            socket.set_zero_linger().unwrap();
            break;
        }
    }
    String::from_utf8_lossy(&received).into_owned()
}

/// Returns what the call is to be charged for, from how the server says that it ended.
fn expected(plan: &Plan, outcome: &Outcome) -> Used {
    let (usage, delivered) = (plan.usage(), outcome.delivered.text_bytes);
    let has_failed = match &outcome.end {
        End::Failed(error) => *error.error_type() != ErrorType::Billing,
        end => matches!(end, End::Panicked | End::Drained),
    };
    if outcome.usage.is_none() || has_failed && delivered == 0 {
        Used::Nothing
    } else if outcome.stop_reason.is_some() {
        Used::Reported(usage)
    } else {
        Used::Estimated(Usage::new(usage.input_tokens, (2 * delivered).div_ceil(7)))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_balance_after_two_thousand_calls_with_faults() {
    let is_down = Arc::new(AtomicBool::new(false));
    let (down, random) = (is_down.clone(), Mutex::new(Random::new(7)));
    let books = Arc::new(Books::failing(move |step, call| {
        let is_out = match step {
            Step::Settle => down.load(Ordering::Relaxed),
            Step::Reserve | Step::Extend => OUTAGE.contains(&call.model.parse().unwrap()),
        };
        match random.lock().unwrap().below(200) {
            _ if is_out => Fault::Before,
            0..=7 => Fault::Before,
            8..=15 => Fault::After,
            16 => Fault::Hang,
            17 => Fault::Panic,
            _ => Fault::None,
        }
    }));
    TENANTS
        .iter()
        .for_each(|tenant| books.deposit(tenant, if *tenant == "poor" { 9_000 } else { 10_000_000 }));

    let (called, outcomes) = (Arc::default(), Arc::new(Mutex::new(HashMap::new())));
    let told = outcomes.clone();
    let (metered, settlements) =
        Metered::builder(books.clone()).expect_output(40).time_limit(Duration::from_millis(50)).build();
    let service = MessagesService::builder(handler(&called))
        .layer(metered)
        .authenticate(ApiKeys::named(TENANTS.map(|tenant| (tenant, tenant))))
        .on_end(move |outcome| {
            told.lock().unwrap().insert(outcome.model.parse::<usize>().unwrap(), outcome.clone());
        })
        .build();
    let worker = tokio::spawn(settlements.run());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shutdown, signal) = oneshot::channel::<()>();
    let server = serve(listener, service).shutdown(signal).drain(Duration::from_millis(300));
    let server = tokio::spawn(server.into_future());

    let at_once = Arc::new(Semaphore::new(64));
    let mut callers = JoinSet::new();
    for number in 0..CALLS {
        let plan = Plan::of(number);
        if number == OUTAGE.start {
            let down = is_down.clone();
            down.store(true, Ordering::Relaxed);
            tokio::spawn(async move {
                sleep(Duration::from_millis(300)).await;
                down.store(false, Ordering::Relaxed);
            });
        }
        let permit = at_once.clone().acquire_owned().await.unwrap();
        let permit = (number < CALLS - DRAINED).then_some(permit);
        callers.spawn(async move {
            let received = call(address, plan).await;
            drop(permit);
            (number, received)
        });
    }
    // Until all but those that stream for ever have ended, and these have begun.
    let _all = timeout(Duration::from_secs(60), at_once.acquire_many(64)).await.unwrap();
    sleep(Duration::from_millis(300)).await;
    shutdown.send(()).unwrap();
    server.await.unwrap();
    let received: BTreeMap<usize, String> = callers.join_all().await.into_iter().collect();
    timeout(Duration::from_secs(60), worker).await.unwrap().unwrap();

    books.check_balanced();
    let journal = books.journal();
    assert!(journal.unsettled.is_empty(), "{:?}", journal.unsettled);
    let entries = journal.calls.values().filter_map(|entry| entry.settlements.first());
    let settled: HashMap<usize, &Settlement> =
        entries.map(|settlement| (settlement.call.model.parse().unwrap(), settlement)).collect();
    let (outcomes, called) = (outcomes.lock().unwrap(), called.lock().unwrap());
    // The others left before their requests were read.
    assert!(outcomes.len() > CALLS * 9 / 10, "{}", outcomes.len());
    for (number, outcome) in &*outcomes {
        let plan = Plan::of(*number);
        let pieces = received[number].matches(PIECE).count();
        let Some(settlement) = settled.get(number) else {
            assert!(!called.contains(number) && pieces == 0, "{number}: {outcome:?}");
            continue;
        };
        assert_eq!(settlement.call.request_id, outcome.request_id);
        assert_eq!(settlement.end, CallEnd::from(&outcome.end), "{number}");
        assert_eq!(settlement.used, expected(&plan, outcome), "{number}: {outcome:?}");
        if plan.is_streamed {
            let delivered = outcome.delivered.text_bytes as usize;
            assert!(pieces * PIECE.len() <= delivered, "{number} received more than it paid for");
        }
        assert!(pieces <= plan.pieces);
    }
    assert!(settled.keys().all(|number| outcomes.contains_key(number)));
    assert!(called.iter().all(|number| settled.contains_key(number)), "a call was not settled");

    let mut ends = BTreeMap::<String, usize>::new();
    for settlement in settled.values() {
        let used = match settlement.used {
            Used::Nothing => "nothing",
            Used::Reported(_) => "as reported",
            _ => "as estimated",
        };
        *ends.entry(format!("{:?} {used}", settlement.end)).or_default() += 1;
    }
    let billing = received.values().filter(|text| text.contains("billing_error")).count();
    let overloaded = received.values().filter(|text| text.starts_with("HTTP/1.1 529")).count();
    println!(
        "{} outcomes, settled: {ends:#?}; {billing} billing errors, {overloaded} times 529",
        outcomes.len()
    );
    let again: usize = journal.calls.values().map(|entry| entry.settlements.len().saturating_sub(1)).sum();
    println!("{again} settlements were entered again");
    for end in ["Completed as reported", "Cancelled nothing", "Cancelled as estimated", "Failed nothing"] {
        assert!(ends[end] > 20, "{end} is not covered");
    }
    for end in ["Failed as estimated", "Panicked nothing", "Panicked as estimated"] {
        assert!(ends[end] > 20, "{end} is not covered");
    }
    for end in ["Drained nothing", "Drained as estimated"] {
        assert!(ends[end] > 20, "{end} is not covered");
    }
    assert!(billing > 20 && again > 20, "faults are not covered");
}
