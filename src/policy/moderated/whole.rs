//! A whole message that a review looks at.

use std::borrow::Cow;
use std::future::poll_fn;

use super::review::{BoxReview, Ending};
use super::text::{Kind, quote};
use crate::types::{ContentBlock, Message};

/// An objection of a review.
pub(super) struct Objection {
    /// The position of the first block that must not leave.
    pub(super) block: usize,
    /// With what the message ends.
    pub(super) end: Box<Ending>,
}

/// Has a review look at a message.
pub(super) async fn look(message: &Message, review: BoxReview) -> Result<(), Objection> {
    let mut run = Run { review: Some(review), kind: None, text: Cow::Borrowed(""), block: 0 };
    for (at, block) in message.content.iter().enumerate() {
        run.begin(Kind::of(block), at).await?;
        match block {
            ContentBlock::Text(block) => {
                run.add(&block.text);
                for quote in block.citations.iter().flatten().filter_map(quote) {
                    // The text before it in the run has not been looked at.
                    run.look_at(quote.to_owned(), run.block).await?;
                }
            }
            ContentBlock::Thinking(block) => run.add(&block.thinking),
            ContentBlock::Compaction(block) => {
                run.look_at(block.content.clone().unwrap_or_default(), at).await?;
            }
            _ => {}
        }
    }
    run.begin(None, message.content.len()).await
}

/// The text of blocks of one kind that follow each other.
struct Run<'a> {
    /// `None` if it has objected.
    review: Option<BoxReview>,
    kind: Option<Kind>,
    text: Cow<'a, str>,
    /// The first of the blocks.
    block: usize,
}

impl<'a> Run<'a> {
    /// Looks at the text if that of another kind begins.
    async fn begin(&mut self, kind: Option<Kind>, block: usize) -> Result<(), Objection> {
        if kind != self.kind {
            let (text, first) = (std::mem::take(&mut self.text), self.block);
            (self.kind, self.block) = (kind, block);
            self.look_at(text.into_owned(), first).await?;
        }
        Ok(())
    }

    fn add(&mut self, text: &'a str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            self.text.to_mut().push_str(text);
        }
    }

    async fn look_at(&mut self, mut text: String, block: usize) -> Result<(), Objection> {
        let Some(review) = self.review.as_mut().filter(|_| !text.is_empty()) else { return Ok(()) };
        let decision = poll_fn(|cx| review.as_mut().poll_look(&mut text, true, cx)).await;
        decision.map(drop).map_err(|end| {
            self.review = None;
            Objection { block, end }
        })
    }
}
