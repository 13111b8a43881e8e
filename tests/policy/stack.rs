//! All policies around one handler, in every order, with faults at random: what they say of the calls agrees.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use messages_api::handler::{BoxHandler, End, Principal};
use messages_api::policy::{
    LimitCharge, LimitKind, LimitLevel, LimitStore, Limited, LimitedLayer, Limits, Metered, MeteredLayer,
    Moderated, ModeratedLayer, Moderator, Record, Recorded, RecordedLayer, Review, Route, Routed,
    StoreFailure, Upstream, Used, Verdict,
};
use messages_api::types::fallback::RefusalStopDetails;
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage,
    MessageStream, RequestContext, StopReason, Usage, handler_fn,
};
use tokio::time::{sleep, timeout};
use tower::Layer;

use crate::books::{Books, Fault, Step};
use crate::random::Random;

const CALLS: usize = 120;

/// The calls at once, which is also the limit: a permit that is lost is one too few.
const AT_ONCE: usize = 6;

/// A piece of text, whose seven bytes count as two tokens.
const PIECE: &str = "+piece+";

const SECRET: &str = "opensesame";

/// What the first upstream does; the second one always replies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Whole,
    Streams,
    /// Says the secret in the middle, split in two.
    Tells,
    Busy,
    Invalid,
    /// The stream fails before its content.
    FailsEarly,
    FailsLate,
    Panics,
    Hangs,
}

#[derive(Clone, Copy, Debug)]
enum Leave {
    Never,
    BeforeTheReply,
    After(usize),
}

/// What happens to a call, which follows from its number.
#[derive(Clone, Copy, Debug)]
struct Plan {
    act: Act,
    pieces: u64,
    is_streamed: bool,
    /// Whether the moderator rejects the request.
    is_blocked: bool,
    leave: Leave,
    /// Whether the review takes its time for each look.
    is_slow: bool,
}

impl Plan {
    fn of(number: usize) -> Self {
        use Act::{Busy, FailsEarly, FailsLate, Hangs, Invalid, Panics, Streams, Tells, Whole};
        let mut random = Random::new(number as u64);
        let acts = [Whole, Streams, Streams, Tells, Busy, Invalid, FailsEarly, FailsLate, Panics, Hangs];
        let act = *random.pick(&acts);
        let leave = match random.below(4) {
            _ if act == Hangs => Leave::BeforeTheReply,
            0 => Leave::BeforeTheReply,
            1 => Leave::After(random.below(20)),
            _ => Leave::Never,
        };
        let (pieces, is_streamed) = (random.below(40) as u64, random.below(3) > 0);
        let (is_blocked, is_slow) = (random.one_in(12), random.one_in(3));
        Self { act, pieces, is_streamed, is_blocked, leave, is_slow }
    }
}

/// An upstream that does what the plan of the request says, or always replies.
fn upstream(
    name: &'static str,
    is_spare: bool,
    called: &Arc<Mutex<HashSet<(String, String)>>>,
) -> BoxHandler {
    let called = Arc::clone(called);
    BoxHandler::new(handler_fn(move |request: CreateMessageRequest, context: RequestContext| {
        assert_eq!(request.model, name);
        let plan = Plan::of(request.messages[0].content.to_text().parse().unwrap());
        called.lock().unwrap().insert((context.request_id().to_owned(), name.to_owned()));
        async move {
            sleep(Duration::from_millis(2)).await;
            let (act, usage) =
                (if is_spare { Act::Streams } else { plan.act }, Usage::new(7, plan.pieces * 3));
            match act {
                Act::Whole => {
                    let content = vec![ContentBlock::text(PIECE)];
                    let message = Message::new("msg_01", request.model, content, usage);
                    return Ok(message.stop_reason(StopReason::EndTurn).into());
                }
                Act::Busy => return Err(ApiError::new(ErrorType::Overloaded, "busy")),
                Act::Invalid => return Err(ApiError::invalid_request("max_tokens: wrong")),
                Act::Panics => panic!("as planned"),
                Act::Hangs => std::future::pending().await,
                _ => {}
            }
            let start = Message::new("msg_01", request.model, vec![], Usage::new(7, 0));
            let stream = MessageStream::from_writer(start, move |mut writer| async move {
                if act == Act::FailsEarly {
                    return Err(ApiError::internal());
                }
                for piece in 0..plan.pieces {
                    if act == Act::Tells && piece == 9 {
                        writer.text(&SECRET[..4]).await;
                        writer.text(&SECRET[4..]).await;
                    }
                    writer.text(PIECE).await;
                }
                if act == Act::FailsLate {
                    return Err(ApiError::internal());
                }
                Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(usage.output_tokens)).await)
            });
            Ok(stream.into())
        }
    }))
}

/// Rejects some requests, and keeps the secret.
struct Keeper;

struct KeeperReview {
    is_slow: bool,
}

impl Moderator for Keeper {
    type Review = KeeperReview;

    async fn review(
        &self,
        request: &CreateMessageRequest,
        _: &RequestContext,
    ) -> Result<KeeperReview, ApiError> {
        let plan = Plan::of(request.messages[0].content.to_text().parse().unwrap());
        if plan.is_blocked {
            return Err(ApiError::new(ErrorType::Permission, "Not this"));
        }
        Ok(KeeperReview { is_slow: plan.is_slow })
    }
}

impl Review for KeeperReview {
    async fn look(&mut self, pending: &str, _is_end: bool) -> Verdict {
        if self.is_slow {
            tokio::task::yield_now().await;
        }
        if pending.contains(SECRET) {
            return Verdict::Refuse(RefusalStopDetails::new());
        }
        let held = (1..SECRET.len()).rev().find(|length| pending.ends_with(&SECRET[..*length])).unwrap_or(0);
        Verdict::Release(pending.len() - held)
    }
}

/// Adds up what is taken from each limit.
#[derive(Clone, Default)]
struct Sums(Arc<Mutex<HashMap<LimitKind, i64>>>);

impl LimitStore for Sums {
    async fn take(
        &self,
        principal: &str,
        charges: &[LimitCharge],
    ) -> Result<Vec<LimitLevel>, Box<dyn Error + Send + Sync>> {
        self.correct(principal, charges);
        Ok(charges.iter().map(|_| LimitLevel::new(1, Duration::from_secs(1_000_000))).collect())
    }

    fn correct(&self, _: &str, charges: &[LimitCharge]) {
        let mut sums = self.0.lock().unwrap();
        charges.iter().for_each(|charge| *sums.entry(charge.kind).or_default() += charge.amount);
    }
}

/// The policies, of which all upstreams share what they keep.
#[derive(Clone)]
struct Policies {
    recorded: RecordedLayer,
    limited: LimitedLayer,
    metered: MeteredLayer,
    moderated: ModeratedLayer<Keeper>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Policy {
    Recorded,
    Limited,
    Metered,
    Moderated,
}

impl Policies {
    /// Wraps `handler`, with the first policy outermost.
    fn around(&self, handler: BoxHandler, order: &[Policy]) -> BoxHandler {
        order.iter().rev().fold(handler, |inner, policy| match policy {
            Policy::Recorded => BoxHandler::new(self.recorded.layer(inner)),
            Policy::Limited => BoxHandler::new(self.limited.layer(inner)),
            Policy::Metered => BoxHandler::new(self.metered.layer(inner)),
            Policy::Moderated => BoxHandler::new(self.moderated.layer(inner)),
        })
    }
}

fn orders() -> Vec<[Policy; 4]> {
    use Policy::{Limited, Metered, Moderated, Recorded};
    let all = [Recorded, Limited, Metered, Moderated];
    let mut orders = Vec::new();
    for number in 0..256 {
        let order = [0, 2, 4, 6].map(|shift| all[number >> shift & 3]);
        if all.iter().all(|policy| order.contains(policy)) {
            orders.push(order);
        }
    }
    orders
}

/// Makes a call, and returns what was received of its text, and the status of its error.
async fn call(handler: BoxHandler, number: usize) -> (String, Option<u16>) {
    let plan = Plan::of(number);
    let parts = http::Request::new(()).into_parts().0;
    let mut context = RequestContext::new(format!("req_{number}"), parts);
    context.set_principal(Principal::new(if number % 4 == 0 { "poor" } else { "rich" }));
    let request = CreateMessageRequest::new("alias", 500).user(number.to_string()).stream(plan.is_streamed);
    let limit = match plan.leave {
        Leave::BeforeTheReply => Duration::from_millis(1),
        _ => Duration::from_secs(1_000),
    };
    let Ok(result) = timeout(limit, handler.create_message(request, context)).await else {
        return (String::new(), None);
    };
    let (mut text, status) = (String::new(), |error: ApiError| Some(error.status().as_u16()));
    let mut stream = match result {
        Ok(reply) => reply.into_stream(),
        Err(error) => return (text, status(error)),
    };
    let most = if let Leave::After(events) = plan.leave { events } else { usize::MAX };
    for _ in 0..most {
        match stream.next().await {
            Some(Ok(event)) => text += event.text_delta().unwrap_or_default(),
            Some(Err(error)) => return (text, status(error.into())),
            None => break,
        }
    }
    (text, None)
}

/// Returns the tokens of the input and the output that count for the limits, from the record of a call.
fn limited_tokens(record: &Record, estimated_input: u64) -> (u64, u64) {
    let delivered = (record.delivered.text_bytes * 2).div_ceil(7);
    match (&record.usage, &record.end) {
        (Some(usage), _) if record.stop_reason.is_some() => (usage.input_tokens, usage.output_tokens),
        (Some(usage), _) => (usage.input_tokens, usage.output_tokens.max(delivered)),
        (None, End::Failed(_)) => (0, 0),
        (None, _) => (estimated_input, delivered),
    }
}

/// Returns what a call is charged for, from its record.
fn charged(record: &Record) -> Used {
    let has_failed = matches!(record.end, End::Failed(_) | End::Panicked);
    match &record.usage {
        Some(usage) if !(has_failed && record.delivered.is_empty()) => {
            if record.end == End::Completed || record.stop_reason.is_some() {
                return Used::Reported(usage.clone());
            }
            Used::Estimated(Usage::new(usage.input_tokens, (record.delivered.text_bytes * 2).div_ceil(7)))
        }
        _ => Used::Nothing,
    }
}

/// Runs all calls, and checks what the policies say of them. Returns how they ended.
async fn check(order: &[Policy; 4], is_routed_outside: bool) -> BTreeMap<String, usize> {
    let name = format!("{order:?}, routing {}", if is_routed_outside { "outside" } else { "inside" });
    let faults = Mutex::new(Random::new(9));
    let books = Arc::new(Books::failing(move |step, _| match faults.lock().unwrap().below(60) {
        0 => Fault::Before,
        1 if step != Step::Settle => Fault::After,
        _ => Fault::None,
    }));
    books.deposit("rich", 10_000_000);
    books.deposit("poor", 1_500);
    let (metered, settlements) = Metered::builder(Arc::clone(&books)).expect_output(20).build();
    let worker = tokio::spawn(settlements.run());
    let (records, sums, called) =
        (Arc::new(Mutex::new(Vec::<Record>::new())), Sums::default(), Arc::default());
    let recorded = Arc::clone(&records);
    let limits = Limits::new().requests(9).input_tokens(9).output_tokens(9).concurrent(AT_ONCE as u64);
    let policies = Policies {
        recorded: Recorded::layer(move |record| recorded.lock().unwrap().push(record)),
        limited: Limited::layer(limits).store(sums.clone(), StoreFailure::Reject),
        metered,
        moderated: Moderated::layer(Keeper),
    };
    let [first, spare] = [("up-1", false), ("up-2", true)].map(|(model, is_spare)| {
        let handler = upstream(model, is_spare, &called);
        let handler = if is_routed_outside { policies.around(handler, order) } else { handler };
        Upstream::new(handler).model(model).breaker(0, Duration::ZERO)
    });
    let routed = BoxHandler::new(Routed::new().alias("alias", Route::new(first).then(spare)));
    let handler = if is_routed_outside { routed } else { policies.around(routed, order) };
    drop(policies);

    let mut received = HashMap::new();
    let numbers: Vec<usize> = (0..CALLS).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let calls = numbers.iter().map(|number| (*number, tokio::spawn(call(handler.clone(), *number))));
        for (number, call) in calls.collect::<Vec<_>>() {
            let result = call.await;
            assert_eq!(result.is_err(), result.as_ref().is_err_and(|error| error.is_panic()));
            received.insert(format!("req_{number}"), result.ok());
        }
    }
    drop(handler);
    timeout(Duration::from_secs(1_000), worker).await.unwrap().unwrap();

    books.check_balanced();
    let (records, called) = (records.lock().unwrap(), called.lock().unwrap());
    let number = |request_id: &str| request_id["req_".len()..].parse::<usize>().unwrap();
    let mut by_call = HashMap::new();
    let mut ends = BTreeMap::new();
    for record in &*records {
        let call = (record.request_id.clone(), record.model.clone());
        assert!(by_call.insert(call, record).is_none(), "{name}: {record:?} is not the only one");
        *ends.entry(record.end.as_str().to_owned()).or_default() += 1;
    }

    // The caller sees its own name, never the secret, and no limit. What it received was delivered.
    for (request_id, received) in &received {
        let Some((text, status)) = received else { continue };
        assert!(!text.contains(&SECRET[..4]), "{name}: {request_id} received {text}");
        assert_ne!(*status, Some(429), "{name}: a permit is lost");
        let mut parts = records.iter().filter(|record| record.request_id == *request_id);
        let delivered = |record: &Record| record.delivered.text_bytes >= text.len() as u64;
        assert!(text.is_empty() || parts.any(delivered), "{name}: {request_id}");
    }

    // Every call that reached an upstream is settled once, for what its record says.
    let journal = books.journal();
    let settlements: Vec<_> = journal.calls.values().filter_map(|entry| entry.settlements.first()).collect();
    let settled: HashSet<_> = settlements.iter().map(|it| it.call.request_id.clone()).collect();
    for (request_id, upstream) in &*called {
        assert!(settled.contains(request_id), "{name}: {request_id} at {upstream} is not settled");
    }
    let is_cut = |request_id: &str| Plan::of(number(request_id)).act == Act::Tells;
    for settlement in &settlements {
        let call = &settlement.call;
        let Some(record) = by_call.get(&(call.request_id.clone(), call.model.clone())) else {
            assert_eq!(settlement.used, Used::Nothing, "{name}: {settlement:?} has no record");
            continue;
        };
        // Which of the two knows more of a message that was cut off depends on the order.
        if !is_cut(&call.request_id) {
            assert_eq!(settlement.used, charged(record), "{name}: {record:?}");
        }
        let model = record.upstream_model.as_deref();
        assert_eq!(settlement.upstream_model.as_deref(), model, "{name}: {record:?}");
        if let Some(model) = model {
            assert!(called.contains(&(call.request_id.clone(), model.to_owned())), "{name}: {record:?}");
        }
        let is_known = is_routed_outside || record.delivered.is_empty() || model.is_some();
        assert!(is_known, "{name}: {record:?} has no model");
    }

    // The limits have taken what the records say.
    let request =
        |record: &Record| CreateMessageRequest::new("m", 1).user(number(&record.request_id).to_string());
    let tokens = |record| limited_tokens(record, request(record).estimate_tokens());
    let (input, output) =
        records.iter().map(tokens).fold((0, 0), |sums, tokens| (sums.0 + tokens.0, sums.1 + tokens.1));
    let sums = sums.0.lock().unwrap();
    let taken = [LimitKind::InputTokens, LimitKind::OutputTokens].map(|kind| sums[&kind]);
    assert_eq!(taken, [input, output].map(|tokens| i64::try_from(tokens).unwrap()), "{name}");
    ends
}

#[tokio::test(start_paused = true)]
async fn all_policies_agree_in_every_order() {
    let mut all = BTreeMap::<_, usize>::new();
    for order in orders() {
        for is_routed_outside in [false, true] {
            for (end, count) in check(&order, is_routed_outside).await {
                *all.entry(end).or_default() += count;
            }
        }
    }
    println!("{all:?}");
    for end in ["completed", "cancelled", "failed", "panicked"] {
        assert!(all[end] > 100, "{end} is not covered: {all:?}");
    }
}
