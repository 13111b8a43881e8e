//! A decoded event, borrowed or owned.

use std::fmt;

/// A decoded event that borrows its text from the [`Decoder`](super::Decoder).
///
/// If the whole event arrived in one chunk, with one `data` line of valid UTF-8, the text lies in that chunk
/// and nothing was copied. Use [`into_owned`](Self::into_owned) to keep a frame past the next call of the
/// decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRef<'a> {
    event: &'a str,
    data: &'a str,
    id: &'a str,
}

impl<'a> FrameRef<'a> {
    pub(super) const fn new(event: &'a str, data: &'a str, id: &'a str) -> Self {
        Self { event, data, id }
    }

    /// Returns the event type; `message` if the sender set none.
    #[must_use]
    pub const fn event(&self) -> &'a str {
        self.event
    }

    /// Returns the payload: the values of the `data` lines, joined with line feeds.
    #[must_use]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// Returns the id in effect for this event; empty if none was sent.
    ///
    /// An id stays in effect until another one replaces it (WHATWG HTML, section 9.2.6), so it may have
    /// arrived with an earlier event.
    #[must_use]
    pub const fn id(&self) -> &'a str {
        self.id
    }

    /// Copies the frame out of the decoder, with one allocation.
    #[must_use]
    pub fn into_owned(self) -> Frame {
        let mut text = String::with_capacity(self.event.len() + self.data.len() + self.id.len());
        text.push_str(self.event);
        text.push_str(self.data);
        text.push_str(self.id);
        Frame { text, data_start: self.event.len(), data_end: self.event.len() + self.data.len() }
    }
}

/// A decoded event that owns its text.
///
/// ```
/// use messages_api::sse::{self, Frame};
///
/// let frames: Vec<Frame> = sse::decode(b"event: ping\ndata: {}\n\n").collect();
/// assert_eq!(frames[0].event(), "ping");
/// assert_eq!(frames[0].data(), "{}");
/// assert_eq!(frames[0].id(), "");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Event type, data and id end to end, so that a frame costs one
    /// allocation.
    text: String,
    data_start: usize,
    data_end: usize,
}

impl Frame {
    /// Returns the event type; `message` if the sender set none.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.text[..self.data_start]
    }

    /// Returns the payload: the values of the `data` lines, joined with line feeds.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.text[self.data_start..self.data_end]
    }

    /// Returns the id in effect for this event; empty if none was sent.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.text[self.data_end..]
    }

    /// Borrows the frame in the form that a decoder returns.
    #[must_use]
    pub fn as_ref(&self) -> FrameRef<'_> {
        FrameRef::new(self.event(), self.data(), self.id())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("event", &self.event())
            .field("data", &self.data())
            .field("id", &self.id())
            .finish()
    }
}

impl From<FrameRef<'_>> for Frame {
    fn from(frame: FrameRef<'_>) -> Self {
        frame.into_owned()
    }
}
