//! A message stream yields what its events say, however its bytes arrive.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use futures::executor::block_on;
use http::HeaderMap;
use messages_api::stream::{AccumulateError, Accumulator, EventDecoder};
use messages_api::{ApiError, Error, ErrorKind, Message, MessageStream, StreamEvent};

use crate::chunks;

/// Checks a message stream. The input is a byte of [`Settings`], two sizes of
/// chunks, and an event stream.
///
/// The events, the message and the error must be those of a decoder and an
/// accumulator, whether the stream accumulates, only forwards its events, or is
/// read as text.
pub fn check(data: &[u8]) {
    let ([bits, sizes @ ..], bytes) = chunks::settings::<3>(data);
    let settings = Settings::new(bits);
    let stream = || stream(bytes, &sizes, settings);
    if let Some(whole) = Expected::new(bytes, settings, true) {
        accumulated(stream(), &whole);
        as_text(stream(), &whole);
    }
    if let Some(events) = Expected::new(bytes, settings, false) {
        forwarded(stream().without_accumulation(), &events);
    }
}

/// The settings that the bits of a byte stand for, from the lowest on.
#[derive(Clone, Copy)]
struct Settings {
    /// The reader waits for every chunk.
    waits: bool,
    /// The connection breaks at the end.
    breaks: bool,
    /// It breaks with an error of this crate, not with an I/O error.
    breaks_by_ours: bool,
    max_event_bytes: usize,
    max_message_bytes: usize,
}

impl Settings {
    fn new(bits: u8) -> Self {
        let has = |bit: u8| bits & 1 << bit != 0;
        Self {
            waits: has(0),
            breaks: has(1),
            breaks_by_ours: has(2),
            max_event_bytes: if has(3) { 160 } else { usize::MAX },
            max_message_bytes: if has(4) { 3000 } else { usize::MAX },
        }
    }
}

fn stream(bytes: &[u8], sizes: &[u8], settings: Settings) -> MessageStream {
    let mut items: VecDeque<Result<Bytes, Error>> = chunks::cut(bytes, sizes).into_iter().map(Ok).collect();
    let decoder = EventDecoder::new().max_event_bytes(settings.max_event_bytes);
    let mut headers = HeaderMap::new();
    headers.insert("request-id", "req_1".parse().unwrap());
    let stream = if settings.breaks && settings.breaks_by_ours {
        items.push_back(Err(own_error()));
        MessageStream::from_bytes(Body { items, settings, is_next: false }, decoder)
    } else {
        let foreign = |item: Result<Bytes, Error>| item.map_err(|_| io::Error::other("reset"));
        if settings.breaks {
            items.push_back(Err(own_error()));
        }
        let items = items.into_iter().map(foreign).collect();
        MessageStream::from_bytes(Body { items, settings, is_next: false }, decoder)
    };
    let stream = stream.with_headers(headers).max_message_bytes(settings.max_message_bytes);
    assert_eq!(stream.request_id(), Some("req_1"));
    stream
}

fn own_error() -> Error {
    ApiError::new(messages_api::ErrorType::Overloaded, "busy").into()
}

/// The chunks that a connection delivers.
struct Body<E> {
    items: VecDeque<Result<Bytes, E>>,
    settings: Settings,
    is_next: bool,
}

impl<E: Unpin> Stream for Body<E> {
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.is_next = !self.is_next;
        if self.settings.waits && self.is_next {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.items.pop_front())
    }
}

/// The results of a decoder and an accumulator.
struct Expected {
    events: Vec<StreamEvent>,
    error: Option<ErrorKind>,
    message: Option<Message>,
}

impl Expected {
    /// Decodes `bytes` and adds the events up, or only checks their order unless it `accumulates`. Returns
    /// `None` for streams with more deviations than are listed, and for those that can be forwarded but not
    /// added up, as a field of the message has another type.
    fn new(bytes: &[u8], settings: Settings, accumulates: bool) -> Option<Self> {
        let mut decoder = EventDecoder::new().max_event_bytes(settings.max_event_bytes);
        decoder.push(bytes.to_vec());
        let max_bytes = if accumulates { settings.max_message_bytes } else { usize::MAX };
        let mut accumulator = Accumulator::new().max_bytes(max_bytes);
        let mut this = Self { events: Vec::new(), error: None, message: None };
        let mut is_complete = false;
        while !is_complete {
            let event = match decoder.next() {
                Ok(None) => decoder.finish().ok_or(match settings {
                    Settings { breaks: false, .. } => ErrorKind::Incomplete,
                    Settings { breaks_by_ours: true, .. } => ErrorKind::Api,
                    _ => ErrorKind::Transport,
                }),
                Ok(Some(event)) => Ok(event),
                Err(error) => Err(Error::from(error).kind()),
            };
            let deviations = accumulator.deviations().len();
            let mut only_adding_fails = false;
            let event = event.and_then(|event| match accumulator.push(&event) {
                Err(AccumulateError::InvalidInput { .. }) if !accumulates => Ok(event),
                Err(AccumulateError::WrongField(_)) if !accumulates => {
                    only_adding_fails = true;
                    Ok(event)
                }
                Err(error) => Err(Error::from(error).kind()),
                Ok(()) => Ok(event),
            });
            if only_adding_fails {
                return None;
            }
            match event {
                Ok(event) => {
                    is_complete = matches!(event, StreamEvent::MessageStop(_));
                    let is_first = accumulator.deviations().len() == deviations;
                    if let (false, true, StreamEvent::MessageStart(event)) = (accumulates, is_first, &event) {
                        this.message = Some(event.message.clone());
                    }
                    if let (false, Some(message), Some(whole)) =
                        (accumulates, &mut this.message, accumulator.message())
                    {
                        // Nothing else is kept up to date.
                        let (to, from) = (&mut message.usage, &whole.usage);
                        (to.input_tokens, to.output_tokens) = (from.input_tokens, from.output_tokens);
                        to.cache_creation_input_tokens = from.cache_creation_input_tokens;
                        to.cache_read_input_tokens = from.cache_read_input_tokens;
                    }
                    // What deviates is skipped, except for events without a type.
                    if is_first || event.type_name().is_empty() {
                        this.events.push(event);
                    }
                }
                Err(kind) => {
                    this.error = Some(kind);
                    break;
                }
            }
        }
        if accumulates {
            this.message = accumulator.message().cloned();
        }
        (accumulator.deviations().len() < 100).then_some(this)
    }

    fn assert_error(&self, found: Option<&Error>) {
        assert_eq!(found.map(Error::kind), self.error, "{found:?}");
        if let Some(error) = found {
            assert_eq!(error.partial_message(), self.message.as_ref());
            assert_eq!(error.request_id(), Some("req_1"));
            let has_content =
                |message: &Message| !message.content.is_empty() || message.stop_reason.is_some();
            assert!(!error.is_retryable() || !self.message.as_ref().is_some_and(has_content));
        }
    }
}

fn accumulated(mut stream: MessageStream, expected: &Expected) {
    let (events, error) = block_on(async {
        let mut events = Vec::new();
        loop {
            match stream.next().await {
                Some(Ok(event)) => events.push(event),
                Some(Err(error)) => break (events, Some(error)),
                None => break (events, None),
            }
        }
    });
    assert_eq!(events, expected.events);
    expected.assert_error(error.as_ref());
    assert!(block_on(stream.next()).is_none(), "the stream has ended");
    assert_eq!(stream.message(), expected.message.as_ref());
    let blocks = stream.message().map_or(0, |message| message.content.len());
    assert_eq!(stream.partial_input(blocks), None);
    assert!(format!("{stream:?}").contains("req_1"));
    match stream.into_message() {
        Ok(message) => assert_eq!(Some(&message), expected.message.as_ref()),
        Err(error) => {
            assert!(expected.error.is_some());
            assert_eq!(error.kind(), ErrorKind::Incomplete);
            assert_eq!(error.partial_message(), expected.message.as_ref());
        }
    }
}

fn forwarded(mut stream: MessageStream, expected: &Expected) {
    let mut events = Vec::new();
    let error = block_on(async {
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => events.push(event),
                Err(error) => return Some(error),
            }
        }
        None
    });
    assert_eq!(events, expected.events);
    expected.assert_error(error.as_ref());
    assert_eq!((stream.message(), stream.partial_input(0)), (None, None));
    assert_eq!(stream.into_message().unwrap_err().partial_message(), expected.message.as_ref());
}

fn as_text(stream: MessageStream, expected: &Expected) {
    let mut stream = stream.text_stream();
    let mut pieces = Vec::new();
    let error = block_on(async {
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(piece) => pieces.push(piece),
                Err(error) => return Some(error),
            }
        }
        None
    });
    let texts = expected.events.iter().filter_map(StreamEvent::text_delta).filter(|text| !text.is_empty());
    assert!(pieces.iter().eq(texts));
    expected.assert_error(error.as_ref());
    if let Ok(message) = stream.into_message() {
        assert_eq!(Some(message), expected.message);
    }
}
