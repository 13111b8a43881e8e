//! When the events of a stream are sent together.

/// The most turns of its task for which an event waits.
const MAX_TURNS: u8 = 8;

/// The number of chunks that are sent at once after one has waited in vain.
const PAUSE: u8 = 32;

/// Decides whether a chunk waits for a turn of its task, in which other tasks run and bring further events.
///
/// To write a chunk takes the system longer than anything that a gateway does for an event, and hyper hands the
/// chunks of an upstream over one by one, each in a turn of its own, although it has read many of them. So a chunk
/// waits as long as each turn brings another event. From an upstream whose events come one by one, hardly any
/// chunk does. The first one follows the head at once.
pub(super) struct Gathering {
    /// The number of turns for which the current chunk has waited.
    turns: u8,
    /// The number of chunks that are not to wait.
    pause: u8,
}

impl Gathering {
    pub(super) fn new() -> Self {
        Self { turns: 0, pause: 1 }
    }

    /// Returns whether the current chunk is to wait for the next turn, or else is sent. `has_grown` says whether
    /// this turn has added anything to it, and `is_whole` that no more may be added.
    pub(super) fn goes_on(&mut self, has_grown: bool, is_whole: bool) -> bool {
        if self.turns == 0 && self.pause > 0 {
            self.pause -= 1;
            return false;
        }
        let goes_on = has_grown && !is_whole && self.turns < MAX_TURNS;
        if goes_on {
            self.turns += 1;
        } else {
            self.pause = if self.turns == 1 && !has_grown { PAUSE } else { 0 };
            self.turns = 0;
        }
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_the_first_chunk() -> Gathering {
        let mut gathering = Gathering::new();
        assert!(!gathering.goes_on(true, false));
        gathering
    }

    #[test]
    fn a_chunk_waits_while_it_grows_but_not_for_long() {
        let mut gathering = after_the_first_chunk();
        for _ in 0..3 {
            assert!((0..MAX_TURNS).all(|_| gathering.goes_on(true, false)));
            assert!(!gathering.goes_on(true, false));
            assert!(gathering.goes_on(true, false) && gathering.goes_on(true, false));
            assert!(!gathering.goes_on(false, false));
            assert!(gathering.goes_on(true, false) && !gathering.goes_on(true, true));
        }
    }

    #[test]
    fn after_a_chunk_that_has_waited_in_vain_others_do_not_wait() {
        let mut gathering = after_the_first_chunk();
        for _ in 0..3 {
            assert!(gathering.goes_on(true, false) && !gathering.goes_on(false, false));
            assert!((0..PAUSE).all(|_| !gathering.goes_on(true, false)));
        }
    }
}
