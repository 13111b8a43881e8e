//! The other side of a connection, on threads of its own: a server that sends prepared bytes, and a caller that
//! drops what it receives.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use memchr::memmem;

use crate::cores::Core;

/// The bytes that a server sends for each request, one write for each element.
pub struct Script {
    writes: Vec<Vec<u8>>,
    is_in_step: bool,
    pause: Duration,
}

/// The number of connections to the servers of this process that are open.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// The number of events of the current HTTP response that its receiver has seen.
static RECEIVED: AtomicUsize = AtomicUsize::new(0);

/// How long a peer sleeps before it looks again. It is not woken, so nobody spends CPU time on that.
const PAUSE: Duration = Duration::from_micros(50);

/// Tells the server that `count` more events have been received.
pub fn received(count: usize) {
    RECEIVED.fetch_add(count, Ordering::Relaxed);
}

impl Script {
    /// Creates an HTTP response whose body is `json`.
    pub fn whole(json: &str) -> Self {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        let response = format!("{head}\r\ncontent-length: {}\r\n\r\n{json}", json.len());
        Self { writes: vec![response.into_bytes()], is_in_step: false, pause: Duration::ZERO }
    }

    /// Creates an HTTP response whose body is a stream, with a chunk and a write for each of `pieces`.
    pub fn stream<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut script = Self::open(pieces);
        script.writes.last_mut().expect("a piece").extend_from_slice(END);
        script
    }

    /// Creates an HTTP response whose body is a stream that never ends.
    pub fn open<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let chunk = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        let mut writes: Vec<_> = pieces.map(chunk).collect();
        let head =
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        writes[0].splice(..0, *head);
        Self { writes, is_in_step: false, pause: Duration::ZERO }
    }

    /// Holds each piece back until all events before it have been [received]. So all receivers take the same number
    /// of reads, however fast they are.
    pub fn in_step(self) -> Self {
        Self { is_in_step: true, ..self }
    }

    /// Pauses before each piece.
    pub fn paced(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    fn send(&self, mut connection: &TcpStream) -> std::io::Result<()> {
        RECEIVED.store(0, Ordering::Relaxed);
        let mut sent = 0;
        for bytes in &self.writes {
            while self.is_in_step && RECEIVED.load(Ordering::Relaxed) < sent {
                thread::sleep(PAUSE);
            }
            sent += events(bytes);
            if !self.pause.is_zero() {
                thread::sleep(self.pause);
            }
            connection.write_all(bytes)?;
        }
        Ok(())
    }
}

/// The end of a chunked body.
const END: &[u8] = b"0\r\n\r\n";

/// Starts a server on `core` that follows `script`, and returns its address.
pub fn serve(script: Script, core: Core) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let script = Arc::new(script);
    thread::spawn(move || {
        core.bind();
        for connection in listener.incoming() {
            let (script, connection) = (script.clone(), connection.expect("a connection"));
            connection.set_nodelay(true).expect("a socket");
            thread::spawn(move || {
                OPEN.fetch_add(1, Ordering::Relaxed);
                let mut reader = BufReader::new(&connection);
                while read_request(&mut reader).is_some() && script.send(&connection).is_ok() {}
                OPEN.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
    address
}

/// Counts the events that begin in `bytes`.
fn events(bytes: &[u8]) -> usize {
    memmem::find_iter(bytes, b"data: ").count()
}

/// Returns the number of connections to the servers of this process that are open.
pub fn open_connections() -> usize {
    OPEN.load(Ordering::Relaxed)
}

/// A request for a message.
pub fn request(is_streamed: bool) -> String {
    let body = format!(
        r#"{{"model":"m","max_tokens":99,"messages":[{{"role":"user","content":"hi"}}],"stream":{is_streamed}}}"#
    );
    let head = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
    format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Reads a request. Returns `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<()> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()
}

/// A caller with a connection.
pub struct Caller(TcpStream);

impl Caller {
    /// Connects to `address`.
    pub fn connect(address: SocketAddr) -> Self {
        let connection = TcpStream::connect(address).expect("a connection");
        connection.set_nonblocking(true).expect("a socket");
        Self(connection)
    }

    /// Sends a request for a message and reads the HTTP response up to the end of its body.
    pub fn call(&mut self) -> usize {
        self.call_until(END)
    }

    /// Sends a request for a message and reads the HTTP response up to `end`. Returns the number of bytes.
    pub fn call_until(&mut self, end: &[u8]) -> usize {
        self.0.write_all(request(true).as_bytes()).expect("an open connection");
        let mut buffer = vec![0; 256 << 10];
        // What the end may begin with stays in front of the next read.
        let (mut kept, mut count) = (0, 0);
        loop {
            let read = match self.0.read(&mut buffer[kept..]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(PAUSE);
                    continue;
                }
                read => read.expect("an open connection"),
            };
            assert!(read > 0, "the connection was closed");
            count += read;
            let seen = kept + read;
            received(events(&buffer[kept..seen]));
            if memmem::find(&buffer[..seen], end).is_some() {
                return count;
            }
            kept = seen.min(end.len() - 1);
            buffer.copy_within(seen - kept..seen, 0);
        }
    }
}
