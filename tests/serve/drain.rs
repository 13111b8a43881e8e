//! Shutting down.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use messages_api::handler::{Drain, End, Outcome};
use messages_api::server::{Listener, serve};
use messages_api::types::ErrorResponse;
use messages_api::{CreateMessageRequest, Message, MessageStream, MessagesService, Usage, handler_fn};
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::common::{Caller, Count, PIPE, Pipes, Server, hello, late, pipes, request, request_to, service};

const DEADLINE: Duration = Duration::from_secs(20);

fn start(service: MessagesService) -> Server {
    Server::start(service, |serve| serve.drain(DEADLINE))
}

/// Lets the server notice what has happened.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_without_requests_ends_at_once() {
    let mut server = start(service(handler_fn(hello)));
    let (mut silent, mut idle) = (server.connect(), server.connect());
    idle.call().await;
    server.shut_down();
    assert_eq!(silent.closed().await, 0);
    assert_eq!(idle.closed().await, 0);
    assert!(server.has_stopped_accepting());
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_have_their_time() {
    let waiting = Count::default();
    let mut server = start(service(late(DEADLINE - Duration::from_secs(1), &waiting)));
    let mut caller = server.connect();
    caller.ask(false).await;
    settle().await;
    server.shut_down();
    let response = caller.read_all().await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("connection: close\r\n") && response.contains("msg_01"), "{response}");
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn requests_that_take_longer_fail_at_the_deadline() {
    let waiting = Count::default();
    let messages = service(late(2 * DEADLINE, &waiting));
    let (connections, listener) = pipes();
    // The service is drained wherever it is.
    let app = Router::new().nest_service("/api/v1", messages.clone()).fallback_service(messages);
    let mut server = Server::run(connections, serve(listener, app).drain(DEADLINE));
    let (mut caller, mut nested) = (server.connect(), server.connect());
    caller.ask(false).await;
    nested.send(&request(true).replace("/v1", "/api/v1")).await;
    settle().await;
    assert_eq!(waiting.get(), 2);
    server.shut_down();
    let response = caller.read_all().await;
    assert!(response.starts_with("HTTP/1.1 529 ") && response.contains("retry-after: 1\r\n"), "{response}");
    assert!(response.contains("overloaded_error"), "{response}");
    // The pings have begun.
    let response = nested.read_all().await;
    assert!(response.starts_with("HTTP/1.1 200 ") && response.contains("event: ping\n"), "{response}");
    assert!(response.contains("event: error\n") && response.contains("overloaded_error"), "{response}");
    assert_eq!(waiting.get(), 0);
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn new_requests_are_rejected() {
    let waiting = Count::default();
    let mut server = start(service(late(Duration::ZERO, &waiting)));
    let (mut caller, text) = (server.connect(), request(false));
    let (start, end) = text.split_at(20);
    caller.send(start).await;
    settle().await;
    server.shut_down();
    settle().await;
    caller.send(end).await;
    let response = caller.read_all().await;
    assert!(response.starts_with("HTTP/1.1 529 ") && response.contains("overloaded_error"), "{response}");
    assert!(response.contains("connection: close\r\n"), "{response}");
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_cut_off_one_second_after_the_deadline() {
    let (connections, listener) = pipes();
    let open = || async { Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>()) };
    let mut server =
        Server::run(connections, serve(listener, Router::new().route("/", get(open))).drain(DEADLINE));
    let mut caller = server.connect();
    caller.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    caller.read_to("\r\n\r\n").await;
    server.shut_down();
    assert_eq!(server.ended().await / 10, (DEADLINE.as_millis() + 1000) / 10);
    assert_eq!(caller.read_all().await, "");
}

#[tokio::test(start_paused = true)]
async fn other_services_find_the_drain_in_the_request() {
    let (connections, listener) = pipes();
    let probe = |axum::Extension(drain): axum::Extension<Drain>| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drain.is_started().to_string()
    };
    let mut server = Server::run(connections, serve(listener, Router::new().route("/", get(probe))));
    let mut caller = server.connect();
    for expected in ["false", "true"] {
        caller.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        settle().await;
        if expected == "true" {
            server.shut_down();
        }
        caller.read_to(expected).await;
    }
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_in_another_server_is_drained_by_its_own_handle() {
    use tower::ServiceExt;

    let waiting = Count::default();
    let service = service(late(2 * DEADLINE, &waiting));
    let call = || {
        let body = request(false).split("\r\n\r\n").nth(1).unwrap().to_owned();
        service.clone().oneshot(http::Request::post("/v1/messages").body(body).unwrap())
    };
    let start = Instant::now();
    let in_flight = tokio::spawn(call());
    settle().await;
    let drain = service.drain();
    drain.start(DEADLINE);
    assert_eq!(call().await.unwrap().status(), 529);
    assert_eq!(start.elapsed().as_secs(), 0);
    assert_eq!(in_flight.await.unwrap().unwrap().status(), 529);
    assert_eq!(start.elapsed().as_secs(), DEADLINE.as_secs());
}

/// What the callers of the streams do, and how the streams go on.
const KINDS: [&str; 4] = ["silent", "talking", "always-ready", "not-read"];

/// Creates a service with a stream for each kind, which never ends, and the ends of its requests.
fn endless_streams(alive: &Count) -> (MessagesService, Arc<Mutex<Vec<Outcome>>>) {
    let (alive, told) = (alive.clone(), Arc::<Mutex<Vec<Outcome>>>::default());
    let handler = handler_fn(move |request: CreateMessageRequest, _context| {
        let counted = alive.add();
        async move {
            let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
            let stream = MessageStream::from_writer(start, move |mut writer| async move {
                let _counted = counted;
                writer.text("Hello").await;
                loop {
                    match &*request.model {
                        "silent" => std::future::pending().await,
                        "talking" => tokio::time::sleep(Duration::from_secs(3)).await,
                        _ => {}
                    }
                    writer.text("Hello").await;
                }
            });
            Ok(stream.into())
        }
    });
    let hook = told.clone();
    let service = MessagesService::builder(handler)
        .unauthenticated()
        .on_end(move |outcome| hook.lock().unwrap().push(outcome.clone()))
        .build();
    (service, told)
}

/// Reads a stream to its end, not so fast that the clock stands still, and checks the last event.
async fn read_drained(mut caller: Caller, pause: Duration) {
    let mut text = String::new();
    let mut chunk = vec![0; PIPE];
    loop {
        tokio::time::sleep(pause).await;
        match caller.pipe.read(&mut chunk).await.unwrap() {
            0 => break,
            count => text.push_str(std::str::from_utf8(&chunk[..count]).unwrap()),
        }
        if text.len() > 1 << 16 {
            text.drain(..1 << 15);
        }
    }
    let (_, error) = text.rsplit_once("event: error\ndata: ").expect("an error event");
    let (error, end) = error.split_once("\n\n").unwrap();
    assert_eq!(end, "\r\n0\r\n\r\n", "the HTTP response ends after the error");
    let error: ErrorResponse = serde_json::from_str(error).unwrap();
    assert_eq!(error.error.r#type.as_str(), "overloaded_error");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_open_streams_end_at_the_deadline() {
    let alive = Count::default();
    let (service, told) = endless_streams(&alive);
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let tasks_before = tasks();
    let mut server = Server::start(service, |serve| serve.drain(Duration::from_secs(5)));
    let (mut reading, mut stalled) = (JoinSet::new(), Vec::new());
    for n in 0..1000 {
        let mut caller = server.connect();
        let kind = KINDS[n % KINDS.len()];
        caller.send(&request_to(kind, true)).await;
        match kind {
            "not-read" => stalled.push(caller),
            _ => _ = reading.spawn(read_drained(caller, Duration::from_millis(10))),
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((alive.get(), reading.len()), (1000, 750));
    server.shut_down();
    let (milliseconds, ended) = (server.ended().await, reading.len());
    while let Some(read) = reading.join_next().await {
        read.unwrap();
    }
    let told = told.lock().unwrap();
    let drained = told.iter().filter(|outcome| outcome.end == End::Drained).count();
    println!(
        "{} outcomes, {drained} drained; {ended} callers read an error event, {} did not read; ended after \
         {milliseconds} ms; {} streams alive, {tasks_before} tasks before and {} after",
        told.len(),
        stalled.len(),
        alive.get(),
        tasks(),
    );
    assert_eq!((told.len(), drained, alive.get(), tasks()), (1000, 1000, 0, tasks_before));
    assert!(told.iter().all(|outcome| outcome.usage == Some(Usage::new(3, 0))));
    assert!((5000..=6010).contains(&milliseconds), "{milliseconds}");
}

/// Accepts pipes for axum.
struct AxumPipes(Pipes);

impl axum::serve::Listener for AxumPipes {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        (std::future::poll_fn(|cx| self.0.poll_accept(cx)).await.unwrap(), ())
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_serves_by_axum_drains_its_service() {
    let alive = Count::default();
    let (service, told) = endless_streams(&alive);
    let (connections, listener) = pipes();
    let drain = service.drain();
    let app = Router::new().nest_service("/api/v1", service);
    let (shutdown, signal) = oneshot::channel();
    let signal = async move {
        let Ok(()) = signal.await else { std::future::pending().await };
        drain.start(Duration::from_secs(5));
    };
    let host = axum::serve(AxumPipes(listener), app).with_graceful_shutdown(signal);
    let host = tokio::spawn(host.into_future());
    let mut reading = JoinSet::new();
    for n in 0..60 {
        let mut caller = Caller::connect(&connections);
        caller.send(&request_to(KINDS[n % 3], true).replace("/v1", "/api/v1")).await;
        reading.spawn(read_drained(caller, Duration::from_millis(1)));
    }
    let mut idle = Caller::connect(&connections);
    let text = request(true).replace("/v1", "/api/v1");
    let (first, last) = text.split_at(20);
    idle.send(first).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(alive.get(), 60);
    let start = Instant::now();
    shutdown.send(()).unwrap();
    settle().await;
    // A request that was on its way is rejected.
    idle.send(last).await;
    let response = idle.read_all().await;
    assert!(response.starts_with("HTTP/1.1 529 ") && response.contains("overloaded_error"), "{response}");
    host.await.unwrap().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    while let Some(read) = reading.join_next().await {
        read.unwrap();
    }
    let told = told.lock().unwrap();
    let drained = told.iter().filter(|outcome| outcome.end == End::Drained).count();
    println!("axum: {} outcomes, {drained} drained; ended after {seconds:.3} s", told.len());
    assert_eq!((told.len(), drained, alive.get()), (61, 61, 0));
    assert!((5.0..=6.0).contains(&seconds), "{seconds}");
}
