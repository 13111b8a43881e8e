//! The tokens of a text.

/// Estimates the tokens of a text by its runs of characters of a kind.
///
/// The numbers fit the tokenizer of Claude 2, as the table in the documentation of `estimate_tokens` shows.
pub(super) fn tokens(text: &str) -> u64 {
    let text = text.as_bytes();
    let hundredths = if text.len() < SHORT {
        hundredths([text, b"", b"", b""])
    } else {
        let (first, second) = halves(text);
        let ((one, two), (three, four)) = (halves(first), halves(second));
        hundredths([one, two, three, four])
    };
    hundredths.div_ceil(100)
}

/// The length up to which it takes longer to split a text than to read it as one.
const SHORT: usize = 128;

/// The number of bytes after the middle of a text among which the beginning of a run is searched for.
const SEARCHED: usize = 128;

/// The number of bytes after which the sum of a reader is settled.
const BLOCK: usize = 1 << 16;

/// Reads the parts of a text side by side, since a step has to wait for the one before.
fn hundredths(mut parts: [&[u8]; 4]) -> u64 {
    let (mut one, mut two, mut three, mut four) =
        (Reader::default(), Reader::default(), Reader::default(), Reader::default());
    while let common @ 2.. = parts.iter().map(|part| part.len()).min().unwrap_or(0).min(BLOCK) & !1 {
        let [first, second, third, fourth] = parts.map(|part| part[..common].chunks_exact(2));
        for (((first, second), third), fourth) in first.zip(second).zip(third).zip(fourth) {
            one.read(first[0], first[1]);
            two.read(second[0], second[1]);
            three.read(third[0], third[1]);
            four.read(fourth[0], fourth[1]);
        }
        [&mut one, &mut two, &mut three, &mut four].into_iter().for_each(Reader::settle);
        parts = parts.map(|part| &part[common..]);
    }
    let readers = [one, two, three, four].into_iter().zip(parts);
    readers.map(|(reader, part)| reader.read_all(part)).sum()
}

/// Splits a text where a run begins, near its middle if possible.
fn halves(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(middle(text))
}

/// Returns a number that stands for the address and the length of a text. It is so small that no sum overflows.
#[cfg(feature = "policy")]
pub(super) fn place(text: &str) -> u64 {
    let place = (text.as_ptr().addr() as u64).rotate_left(32) ^ text.len() as u64;
    place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24
}

/// Returns a place soon after the middle of a text at which a run begins; 0 if there is none.
fn middle(text: &[u8]) -> usize {
    let half = text.len() / 2;
    let kinds = text[half..].windows(2).take(SEARCHED).map(|pair| [kind_of(pair[0]), kind_of(pair[1])]);
    let begins = |[before, kind]: [u8; 2]| before != kind && kind != CONTINUATION;
    kinds.zip(half + 1..).find(|(kinds, _)| begins(*kinds)).map_or(0, |(_, place)| place)
}

/// A finite automaton that counts hundredths of tokens. It takes two bytes at a time.
#[derive(Default)]
struct Reader {
    hundredths: u64,
    /// The sum of the entries of [`STEPS`] that are not in `hundredths` yet. Below bit 32, it has no meaning.
    sum: u64,
    /// An entry of [`STEPS`].
    last: u64,
}

impl Reader {
    fn read(&mut self, first: u8, second: u8) {
        let kinds = usize::from(FIRST_KINDS[usize::from(first)]) + usize::from(kind_of(second));
        self.last = STEPS[(state_of(self.last) + kinds) % STEPS.len()];
        self.sum += self.last;
    }

    /// Must be called after [`BLOCK`] bytes, before the sum of the states reaches bit 32.
    fn settle(&mut self) {
        self.hundredths += self.sum >> 32;
        self.sum = 0;
    }

    /// Reads the last bytes. Returns the hundredths of tokens.
    fn read_all(mut self, bytes: &[u8]) -> u64 {
        for block in bytes.chunks(BLOCK) {
            let pairs = block.chunks_exact(2);
            let rest = pairs.remainder();
            pairs.for_each(|pair| self.read(pair[0], pair[1]));
            // In place of a second byte, one that changes nothing.
            rest.iter().for_each(|last| self.read(*last, 0x80));
            self.settle();
        }
        self.hundredths
    }
}

/// Returns the state in an entry of [`STEPS`].
#[allow(clippy::cast_possible_truncation)]
fn state_of(entry: u64) -> usize {
    entry as u32 as usize
}

// The kinds of bytes.
const SPACE: u8 = 0;
const BREAK: u8 = 1;
const LETTER: u8 = 2;
const DIGIT: u8 = 3;
const PUNCTUATION: u8 = 4;
/// The first byte of an accented letter, or of one of a script such as Cyrillic, Greek and Arabic: two bytes of
/// UTF-8.
const TWO: u8 = 5;
/// The first byte of a character of most other scripts, such as Chinese: three bytes.
const THREE: u8 = 6;
/// The first byte of an emoji, or of a character of a rare script.
const FOUR: u8 = 7;
/// Any other byte of such a character.
const CONTINUATION: u8 = 8;
const KIND_COUNT: usize = 9;

static KINDS: [u8; 256] = kinds(1);
static FIRST_KINDS: [u8; 256] = kinds(KIND_COUNT as u8);

fn kind_of(byte: u8) -> u8 {
    KINDS[usize::from(byte)]
}

const fn kinds(factor: u8) -> [u8; 256] {
    let (mut kinds, mut byte) = ([0; 256], 0);
    while byte < 256 {
        kinds[byte] = factor
            * match byte as u8 {
                b' ' => SPACE,
                b'\t' | b'\n' | b'\r' => BREAK,
                b'a'..=b'z' | b'A'..=b'Z' => LETTER,
                b'0'..=b'9' => DIGIT,
                0..=0x7f => PUNCTUATION,
                0x80..=0xbf => CONTINUATION,
                0xc0..=0xdf => TWO,
                0xe0..=0xef => THREE,
                0xf0.. => FOUR,
            };
        byte += 1;
    }
    kinds
}

// The states: what the last characters were, and in longer runs how many of them there were.
const OTHER: usize = 0;
const ONE_SPACE: usize = 1;
const SPACES: usize = 2;
const BREAKS: usize = 3;
/// One digit. Two and three follow, after which it begins again.
const DIGITS: usize = 4;
const LAST_DIGITS: usize = DIGITS + RUN - 1;
const PUNCTUATIONS: usize = LAST_DIGITS + 1;
const LAST_PUNCTUATIONS: usize = PUNCTUATIONS + RUN - 1;
/// One letter. More follow, of which the last ones begin again with each part of a word.
const LETTERS: usize = LAST_PUNCTUATIONS + 1;
const LAST_LETTERS: usize = LETTERS + PART * 3 - 1;
const STATE_COUNT: usize = LAST_LETTERS + 1;

/// The number of letters up to which a word is one token, and the number that a token has in longer words.
const WORD: usize = 8;
const PART: usize = 5;

/// The number of digits, or of characters of punctuation, in one token.
const RUN: usize = 3;

/// Returns the state after a byte, and the hundredths of tokens that it adds.
const fn step(state: usize, kind: u8) -> (usize, u32) {
    match (kind, state) {
        // A single space belongs to the word that it precedes.
        (SPACE, ONE_SPACE) => (SPACES, 100),
        (SPACE, SPACES) => (SPACES, 0),
        (SPACE, _) => (ONE_SPACE, 0),
        (BREAK, BREAKS) => (BREAKS, 0),
        (BREAK, _) => (BREAKS, 100),
        (DIGIT, DIGITS..LAST_DIGITS) => (state + 1, 0),
        (DIGIT, _) => (DIGITS, 100),
        (PUNCTUATION, PUNCTUATIONS..LAST_PUNCTUATIONS) => (state + 1, 0),
        (PUNCTUATION, _) => (PUNCTUATIONS, 100),
        (LETTER, LAST_LETTERS) => (LETTERS + 2 * PART, 100),
        (LETTER, LETTERS..LAST_LETTERS) => {
            // From the letter after a short word on, there are as many tokens as parts, the last one included.
            let length = state + 2 - LETTERS;
            let is_next = length == WORD + 1 || length == 2 * PART + 1;
            (state + 1, if is_next { 100 } else { 0 })
        }
        (LETTER, _) => (LETTERS, 100),
        (TWO, _) => (OTHER, 65),
        (THREE, _) => (OTHER, 100),
        (FOUR, _) => (OTHER, 250),
        _ => (state, 0),
    }
}

/// The steps of two bytes at once, by the state before times the number of pairs of kinds, plus the pair. Each is
/// the state after them in the same form, and above bit 32 the hundredths of tokens.
static STEPS: [u64; 1 << 11] = steps();

const fn steps() -> [u64; 1 << 11] {
    let mut steps = [0; 1 << 11];
    let mut place = 0;
    while place < STATE_COUNT * KIND_COUNT * KIND_COUNT {
        let (state, pair) = (place / (KIND_COUNT * KIND_COUNT), place % (KIND_COUNT * KIND_COUNT));
        let (state, first) = step(state, (pair / KIND_COUNT) as u8);
        let (state, second) = step(state, (pair % KIND_COUNT) as u8);
        steps[place] = (state * KIND_COUNT * KIND_COUNT) as u64 | ((first + second) as u64) << 32;
        place += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::tokens;

    /// The estimate by its definition.
    fn defined(text: &str) -> u64 {
        let kinds = text.chars().map(|character| match character {
            ' ' | '0'..='9' => character.min('0'),
            '\t' | '\n' | '\r' => '\n',
            'a'..='z' | 'A'..='Z' => 'a',
            '\0'..='\x7f' => '.',
            _ => ['é', '中', '😀'][character.len_utf8() - 2],
        });
        let kinds: Vec<char> = kinds.collect();
        let runs = kinds.chunk_by(|one, other| one == other).map(|run| match (run[0], run.len() as u64) {
            (' ', 1) => 0,
            ('a', length @ 9..) => 100 * length.div_ceil(5),
            ('0' | '.', length) => 100 * length.div_ceil(3),
            ('é', length) => 65 * length,
            ('中', length) => 100 * length,
            ('😀', length) => 250 * length,
            _ => 100,
        });
        runs.sum::<u64>().div_ceil(100)
    }

    #[test]
    fn the_estimate_is_that_of_the_runs() {
        for kind in [" ", "\n", "w", "0", "{", "\u{7f}", "é", "中", "😀"] {
            for length in 0..60 {
                let run = kind.repeat(length);
                for text in
                    [run.clone(), format!("{run}a 1"), format!("-{run}"), format!("ab{run}{run} x{run}")]
                {
                    assert_eq!(tokens(&text), defined(&text), "{text:?}");
                }
            }
        }
        // Texts that are longer than a block, with parts of very different lengths.
        for text in ["a b, 12 ", "é", "-", "x"].map(|part| part.repeat(3 * super::BLOCK)) {
            assert_eq!(tokens(&text), defined(&text));
            let text = format!("{text} 1{}", "word ".repeat(super::BLOCK));
            assert_eq!(tokens(&text), defined(&text));
        }
        // Runs of random kinds and lengths.
        let mut random = 1_u64;
        let mut next = |limit: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % limit
        };
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..next(80) {
                let kind = [" ", "\n", "\t", "w", "Z", "0", "9", "{", "\0", "é", "ß", "中", "文", "😀"]
                    [next(14) as usize];
                text.push_str(&kind.repeat(next(14) as usize));
            }
            assert_eq!(tokens(&text), defined(&text), "{text:?}");
        }
    }
}
