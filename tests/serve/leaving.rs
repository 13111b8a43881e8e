//! Callers that leave at any time, over sockets.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use messages_api::handler::{End, Outcome};
use messages_api::server::serve;
use messages_api::{
    CreateMessageRequest, Handler, Message, MessageStream, MessagesService, Usage, handler_fn,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::common::{Count, message, request_to};
use crate::random::Random;

const CALLERS: u64 = 1000;

/// The ways of leaving.
#[derive(Clone, Copy)]
enum Leave {
    /// Closes the connection: a FIN, unless something has arrived that was not read.
    Close,
    /// Closes only its own direction.
    Fin,
    Rst,
}

/// Creates a handler that does something else for each model: it never replies, replies late with a whole
/// message, writes something now and then, or much at once. `called` lists the models.
fn handler(alive: &Count, called: &Arc<Mutex<HashSet<String>>>) -> impl Handler {
    let (alive, called) = (alive.clone(), called.clone());
    handler_fn(move |request: CreateMessageRequest, _context| {
        let counted = alive.add();
        let number: u64 = request.model.parse().unwrap();
        called.lock().unwrap().insert(request.model);
        async move {
            match number % 4 {
                0 => {
                    let _counted = counted;
                    std::future::pending().await
                }
                1 => {
                    let _counted = counted;
                    sleep(Duration::from_millis(number % 7)).await;
                    Ok(message("Hello").into())
                }
                kind => {
                    let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
                    let stream = MessageStream::from_writer(start, move |mut writer| async move {
                        let _counted = counted;
                        loop {
                            for _ in 0..if kind == 2 { 1 } else { 200 } {
                                writer.text("Hello").await;
                            }
                            sleep(Duration::from_millis(1)).await;
                        }
                    });
                    Ok(stream.into())
                }
            }
        }
    })
}

/// Waits until `condition` holds, or fails the test.
async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), waiting).await.is_ok(), "never happened: {what}");
}

#[tokio::test]
async fn a_thousand_callers_that_leave_have_a_thousand_outcomes() {
    let (alive, called) = (Count::default(), Arc::default());
    let told: Arc<Mutex<Vec<Outcome>>> = Arc::default();
    let hook = told.clone();
    let service = MessagesService::builder(handler(&alive, &called))
        .unauthenticated()
        .on_end(move |outcome| hook.lock().unwrap().push(outcome.clone()))
        .build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, service).into_future());
    sleep(Duration::from_millis(1)).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let tasks_before = tasks();

    let mut random = Random::new(12);
    // Callers that have seen the start of the message, and with it the tokens of the input.
    let mut started = HashSet::new();
    let (mut times, mut half_closed) = (Vec::new(), Vec::new());
    for number in 0..CALLERS {
        let leave = [Leave::Close, Leave::Fin, Leave::Rst][random.below(3)];
        let mut socket = TcpStream::connect(address).await.unwrap();
        let model = number.to_string();
        let text = request_to(&model, number % 4 > 1 || random.below(2) == 0);
        socket.write_all(text.as_bytes()).await.unwrap();
        eventually("the handler is called", || called.lock().unwrap().contains(&model)).await;
        // At any point of the response, or before it.
        let point = random.below(2000);
        let mut received = vec![0; point];
        let reading = timeout(Duration::from_millis(random.below(5) as u64), async {
            let mut read = 0;
            while read < point {
                match socket.read(&mut received[read..]).await.unwrap() {
                    0 => break,
                    count => read += count,
                }
                if String::from_utf8_lossy(&received[..read]).contains("message_start") {
                    started.insert(model.clone());
                }
            }
        });
        let _ = reading.await;
        let start = Instant::now();
        match leave {
            Leave::Close => drop(socket),
            Leave::Fin => {
                socket.shutdown().await.unwrap();
                half_closed.push(socket);
            }
            Leave::Rst => {
                socket.set_zero_linger().unwrap();
                drop(socket);
            }
        }
        eventually("the handler is dropped", || alive.get() == 0).await;
        times.push(start.elapsed());
    }
    eventually("every task ends", || tasks() == tasks_before).await;

    let told = told.lock().unwrap();
    let models: HashSet<_> = told.iter().map(|outcome| outcome.model.clone()).collect();
    assert_eq!((told.len(), models.len()), (1000, 1000), "one outcome for each caller");
    let count = |end: End| told.iter().filter(|outcome| outcome.end == end).count();
    let (completed, cancelled) = (count(End::Completed), count(End::Cancelled));
    let with_usage = |outcome: &&Outcome| outcome.end == End::Cancelled && outcome.usage.is_some();
    let partial: Vec<_> = told.iter().filter(with_usage).collect();
    println!(
        "{} callers: {completed} outcomes completed, {cancelled} cancelled, {} of these with partial usage; \
         {} handlers alive, {tasks_before} tasks before and {} after",
        told.len(),
        partial.len(),
        alive.get(),
        tasks(),
    );
    times.sort();
    println!(
        "handlers dropped after {:?} at the median, {:?} p99, {:?} at most",
        times[500], times[990], times[999]
    );
    assert_eq!(completed + cancelled, 1000);
    for outcome in told.iter().filter(|outcome| started.contains(&outcome.model)) {
        let output = if outcome.end == End::Completed { 2 } else { 0 };
        assert_eq!(outcome.usage, Some(Usage::new(3, output)));
        assert!(outcome.delivered.events > 0, "{outcome:?}");
    }
    assert!(started.len() > 100, "only {} callers saw anything", started.len());
    server.abort();
}

/// A caller that leaves while the server cannot write to it.
#[tokio::test]
async fn a_caller_that_leaves_without_reading_is_noticed() {
    let (alive, called) = (Count::default(), Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = MessagesService::builder(handler(&alive, &called)).unauthenticated().build();
    let server = tokio::spawn(serve(listener, service).into_future());
    for reset in [false, true] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(request_to("3", true).as_bytes()).await.unwrap();
        eventually("the handler is called", || alive.get() == 1).await;
        // The buffers of the kernel are full by then, or are about to be.
        sleep(Duration::from_millis(300)).await;
        if reset {
            socket.set_zero_linger().unwrap();
        }
        drop(socket);
        eventually("the handler is dropped", || alive.get() == 0).await;
    }
    server.abort();
}
