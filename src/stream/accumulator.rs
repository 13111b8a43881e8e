//! Events to a message.
use crate::Error;
use crate::model::{Message, StreamEvent};
/// stub
#[derive(Debug, Clone, Default)]
pub struct Accumulator {
    message: Option<Message>,
}
impl Accumulator {
    /// stub
    pub fn new() -> Self {
        Self::default()
    }
    /// stub
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), Error> {
        if let StreamEvent::MessageStart(e) = event {
            self.message = Some(e.message.clone());
        }
        Ok(())
    }
    /// stub
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }
    /// stub
    pub fn is_complete(&self) -> bool {
        true
    }
    /// stub
    pub fn into_message(self) -> Result<Message, Error> {
        Ok(self.message.unwrap())
    }
}
