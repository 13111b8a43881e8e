//! Random numbers that are the same in every run. Each test binary uses a part
//! of this file.
#![allow(dead_code)]

/// A small generator (xorshift64*); its quality does not matter here.
pub(crate) struct Random(u64);

impl Random {
    /// Creates a generator. Different seeds give different sequences.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        random.below(1);
        random
    }

    /// Returns any number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Returns a number from 0 up to, but not including, `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.number() >> 33) as usize % limit
    }

    /// Returns a text of at most `most` characters. Half of them are ASCII, and
    /// some are control characters.
    pub(crate) fn text(&mut self, most: usize) -> String {
        (0..self.below(most + 1))
            .map(|_| {
                let limit = *self.pick(&[0x80, 0x80, 0x800, 0x11_0000]);
                char::from_u32(self.below(limit) as u32).unwrap_or('\u{FFFD}')
            })
            .collect()
    }

    /// Returns one item of `list`.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Returns `true` once in `limit` calls on average.
    pub(crate) fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
