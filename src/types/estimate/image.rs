//! The tokens of an image.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The tokens of an image that fills the resolution in which the API reads it.
pub(super) const MAX_TOKENS: u64 = 1568;

/// The length in pixels to which the API scales the longer edge.
const MAX_EDGE: u64 = 1568;

/// The pixels of a token in each direction.
const PATCH: u64 = 28;

/// The maximum number of segments before the size of a JPEG.
const MAX_SEGMENTS: usize = 1000;

/// Estimates the tokens of an image in base64.
pub(super) fn tokens(base64: &[u8]) -> u64 {
    match size(&Bytes(base64)) {
        Some((width, height)) if width > 0 && height > 0 => {
            let edge = width.max(height).max(MAX_EDGE);
            let patches = |length: u64| (length * MAX_EDGE / edge).max(1).div_ceil(PATCH);
            (patches(width) * patches(height)).min(MAX_TOKENS)
        }
        _ => MAX_TOKENS,
    }
}

/// Returns the width and the height of an image; `None` if the format is unknown or the head is cut off.
fn size(image: &Bytes<'_>) -> Option<(u64, u64)> {
    match &image.get::<12>(0) {
        Some([0x89, b'P', b'N', b'G', ..]) => {
            let [a, b, c, d, e, f, g, h] = image.get(16)?;
            Some((number([a, b, c, d]), number([e, f, g, h])))
        }
        Some([b'G', b'I', b'F', b'8', _, _, a, b, c, d, ..]) => Some((number([*b, *a]), number([*d, *c]))),
        Some([b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P']) => webp(image),
        Some([0xff, 0xd8, ..]) => jpeg(image),
        _ => None,
    }
}

fn webp(image: &Bytes<'_>) -> Option<(u64, u64)> {
    match &image.get::<4>(12)? {
        b"VP8X" => {
            let [a, b, c, d, e, f] = image.get(24)?;
            Some((number([c, b, a]) + 1, number([f, e, d]) + 1))
        }
        b"VP8L" => {
            let [a, b, c, d] = image.get(21)?;
            let bits = number([d, c, b, a]);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => {
            let [a, b, c, d] = image.get(26)?;
            Some((number([b & 0x3f, a]), number([d & 0x3f, c])))
        }
        _ => None,
    }
}

/// Looks for the segment that starts a frame, which has the size.
fn jpeg(image: &Bytes<'_>) -> Option<(u64, u64)> {
    let mut at = 2;
    for _ in 0..MAX_SEGMENTS {
        let [0xff, marker, a, b] = image.get(at)? else { return None };
        match marker {
            // A fill byte.
            0xff => at += 1,
            0xc4 | 0xc8 | 0xcc => at += 2 + length(a, b),
            0xc0..=0xcf => {
                let [a, b, c, d] = image.get(at + 5)?;
                return Some((number([c, d]), number([a, b])));
            }
            _ => at += 2 + length(a, b),
        }
    }
    None
}

fn length(high: u8, low: u8) -> usize {
    usize::from(high) << 8 | usize::from(low)
}

/// Reads a number whose first byte is the highest.
fn number<const N: usize>(bytes: [u8; N]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The bytes of an image in base64, of which only those that are looked at are decoded.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    /// Decodes `N` bytes, at most 12, from `at` on.
    fn get<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let (start, end) = (at / 3 * 4, (at + N).div_ceil(3) * 4);
        let mut decoded = [0; 24];
        let length = STANDARD.decode_slice(self.0.get(start..end)?, &mut decoded).ok()?;
        decoded[..length].get(at % 3..at % 3 + N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of an image in each format, all with a width of 300 and a height of 200.
    fn heads() -> Vec<Vec<u8>> {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x2c\0\0\0\xc8\x08\x02".to_vec();
        let gif = b"GIF89a\x2c\x01\xc8\0\0\0\0".to_vec();
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\x2c\x01\xc8\0\0\0".to_vec();
        let bits = 299_u32 | 199 << 14;
        let lossless = [&b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f"[..], &bits.to_le_bytes(), b"\0\0"].concat();
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\xc7\0\0".to_vec();
        // With an application segment, a fill byte and a table before the size.
        let app = [&b"\xff\xd8\xff\xe0\x01\x02"[..], &[7; 256]].concat();
        let frame = b"\xff\xff\xc4\0\x04\0\0\xff\xc2\0\x11\x08\0\xc8\x01\x2c\x03\0\0\0";
        let jpeg = [&app[..], frame].concat();
        vec![png, gif, lossy, lossless, extended, jpeg]
    }

    #[test]
    fn the_head_of_every_format_says_the_size() {
        for head in heads() {
            let base64 = STANDARD.encode(&head);
            assert_eq!(size(&Bytes(base64.as_bytes())), Some((300, 200)), "{base64}");
            assert_eq!(tokens(base64.as_bytes()), 11 * 8, "{base64}");
        }
    }

    #[test]
    fn broken_images_count_as_the_largest() {
        for head in heads() {
            let base64 = STANDARD.encode(&head);
            for end in 0..base64.len() {
                let cut = tokens(&base64.as_bytes()[..end]);
                assert!(cut == MAX_TOKENS || cut == 11 * 8, "{base64} {end}");
            }
            assert_eq!(tokens(base64.replace('A', "*").as_bytes()), MAX_TOKENS, "{base64}");
        }
        let endless = STANDARD.encode([&b"\xff\xd8"[..], &[0xff; 100_000]].concat());
        for base64 in ["", "AAAA", "JVBERi0=", &endless] {
            assert_eq!(tokens(base64.as_bytes()), MAX_TOKENS);
        }
    }

    #[test]
    fn large_images_are_scaled_down() {
        for (width, height, expected) in [
            (1_u32, 1_u32, 1),
            (28, 28, 1),
            (29, 28, 2),
            (512, 512, 361),
            (1024, 1024, 1369),
            (3840, 2160, 1568),
            (15_680, 280, 56),
            (u32::MAX, 1, 56),
            (u32::MAX, u32::MAX, 1568),
            (0, 5, 1568),
        ] {
            let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
            png.extend(width.to_be_bytes().into_iter().chain(height.to_be_bytes()));
            assert_eq!(tokens(STANDARD.encode(&png).as_bytes()), expected, "{width} × {height}");
        }
    }
}
