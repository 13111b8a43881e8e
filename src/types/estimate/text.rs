//! The tokens of a text.

/// The number of letters up to which a word is one token, and the number that a token has in longer words.
const WORD: u64 = 8;
const PART: u64 = 5;

/// The number of digits, or of characters of punctuation, in one token.
const RUN: u64 = 3;

/// Estimates the tokens of a text by its runs of characters of a kind.
///
/// The numbers fit the tokenizer of Claude 2, as the table in the documentation of `estimate_tokens` shows.
pub(super) fn tokens(text: &str) -> u64 {
    let mut hundredths = 0;
    let mut run = (Kind::Space, 0);
    for character in text.chars() {
        let kind = Kind::of(character);
        if kind == run.0 {
            run.1 += 1;
        } else {
            hundredths += run.0.hundredths(run.1);
            run = (kind, 1);
        }
    }
    (hundredths + run.0.hundredths(run.1)).div_ceil(100)
}

/// A kind of characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Break,
    Letter,
    Digit,
    Punctuation,
    /// Accented letters, and scripts such as Cyrillic, Greek and Arabic: two bytes of UTF-8.
    Two,
    /// Most other scripts, such as Chinese: three bytes.
    Three,
    /// Emoji and rare scripts.
    Four,
}

impl Kind {
    fn of(character: char) -> Self {
        match character {
            ' ' => Self::Space,
            '\t' | '\n' | '\r' => Self::Break,
            'a'..='z' | 'A'..='Z' => Self::Letter,
            '0'..='9' => Self::Digit,
            '\0'..='\x7f' => Self::Punctuation,
            _ => match character.len_utf8() {
                2 => Self::Two,
                3 => Self::Three,
                _ => Self::Four,
            },
        }
    }

    /// Returns the hundredths of tokens of a run of this kind.
    fn hundredths(self, length: u64) -> u64 {
        match self {
            // A single space belongs to the word that it precedes.
            Self::Space => 100 * u64::from(length > 1),
            Self::Break => 100,
            Self::Letter if length <= WORD => 100,
            Self::Letter => 100 * length.div_ceil(PART),
            Self::Digit | Self::Punctuation => 100 * length.div_ceil(RUN),
            Self::Two => 65 * length,
            Self::Three => 100 * length,
            Self::Four => 250 * length,
        }
    }
}
