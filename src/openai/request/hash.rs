//! Hashes that stand for texts a server does not accept.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of `text` as 64 hexadecimal digits.
pub(super) fn hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns `len` letters and digits that depend on `text` alone, at most 32.
pub(super) fn alphanumeric(text: &str, len: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(text);
    digest.iter().take(len).map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect()
}
