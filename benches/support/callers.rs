//! Callers on threads of their own, so that what a thread spends is spent on the server that runs there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::cores::Core;
use crate::peer::{Caller, request};

/// What a caller asks for.
#[derive(Clone, Copy)]
pub enum Call {
    /// A whole message, once or more often, on a connection that is kept.
    Whole(usize),
    /// A stream, which is read to its end.
    Stream,
}

/// Callers that begin together, each with a connection and a thread.
pub struct Callers {
    start: Vec<mpsc::Sender<()>>,
    ended: UnboundedReceiver<usize>,
}

impl Callers {
    /// Starts `count` callers of the server at `address`, on `core`.
    pub fn new(address: SocketAddr, call: Call, count: usize, core: Core) -> Self {
        let (done, ended) = unbounded_channel();
        let start = (0..count).map(|_| {
            let (start, started) = mpsc::channel();
            let done = done.clone();
            thread::spawn(move || {
                core.bind();
                let mut work: Box<dyn FnMut() -> usize> = match call {
                    Call::Whole(times) => {
                        let connection = TcpStream::connect(address).expect("a connection");
                        Box::new(move || (0..times).map(|_| call_whole(&connection)).sum())
                    }
                    Call::Stream => {
                        let mut caller = Caller::connect(address);
                        Box::new(move || caller.call())
                    }
                };
                while started.recv().is_ok() && done.send(work()).is_ok() {}
            });
            start
        });
        Self { start: start.collect(), ended }
    }

    /// Lets each of them call, and waits for all. Returns the number of bytes that they have received.
    pub async fn call(&mut self) -> usize {
        self.start.iter().for_each(|start| start.send(()).expect("a caller"));
        let mut bytes = 0;
        for _ in &self.start {
            bytes += self.ended.recv().await.expect("a caller");
        }
        bytes
    }
}

/// Asks for a whole message, which comes in one write, and returns its length.
pub fn call_whole(mut connection: &TcpStream) -> usize {
    connection.write_all(request(false).as_bytes()).expect("a request");
    let mut buffer = [0; 4096];
    let count = connection.read(&mut buffer).expect("a response");
    assert!(buffer[..count].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..count]));
    count
}

/// Asks for a stream, and returns the time to its first event once it has been read to its end.
pub fn time_to_first_event(mut connection: &TcpStream) -> Duration {
    let start = Instant::now();
    connection.write_all(request(true).as_bytes()).expect("a request");
    let (mut received, mut buffer, mut first) = (Vec::new(), [0; 4096], None);
    while !received.ends_with(b"0\r\n\r\n") {
        let count = connection.read(&mut buffer).expect("a response");
        assert!(count > 0, "the connection was closed");
        received.extend_from_slice(&buffer[..count]);
        if memchr::memmem::find(&received, b"data: ").is_some() {
            first.get_or_insert_with(|| start.elapsed());
        }
    }
    first.expect("an event")
}
