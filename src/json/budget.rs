//! The limit on the memory that decoding one document may take.
//!
//! A byte of JSON can cost many bytes in memory: `0,` in a list of raw values becomes a pointer, a length and
//! an allocation. Whoever decodes the document of a stranger therefore sets a limit with [`Budget`], and the
//! readers of this crate's types charge what they allocate against it.
//!
//! The account belongs to the thread, for the reasons that `depth.rs` gives: serde has no parameter for
//! context, and reading one document never leaves its thread. Only the guard sets the limit, and it restores
//! the previous one when it is dropped.

use std::cell::Cell;

use serde::de::Error;

thread_local! {
    static ACCOUNT: Cell<Account> = const { Cell::new(Account { left: NO_LIMIT, is_exceeded: false }) };
}

/// The memory in bytes that a byte of a document may take when it is decoded. Documents of real clients and
/// servers take one to three; what takes more is made of thousands of tiny parts. With what is not counted,
/// such as the parser's buffers, a large document takes at most 12.
const MEMORY_PER_BYTE: usize = 11;

/// The memory in bytes that any document may take, however small it is.
const LEAST_MEMORY: usize = 64 * 1024;

/// The size in bytes of an item above which a list grows by one item at a time while it is short.
const LARGE: usize = 256;

/// The size in bytes of an item above which a list begins with room for one: many a request has a single message,
/// and to shrink its list would cost as much as to read it.
const MEDIUM: usize = 64;

/// The size in bytes below which a list keeps the room that it does not use.
const LITTLE: usize = 64;

const NO_LIMIT: usize = usize::MAX;

#[derive(Clone, Copy)]
struct Account {
    /// How many bytes may still be allocated.
    left: usize,
    is_exceeded: bool,
}

/// A guard that limits the memory of what this thread decodes during its lifetime.
pub(crate) struct Budget {
    before: Account,
}

impl Budget {
    /// Sets the limit for decoding a document of `bytes`.
    pub(crate) fn of_document(bytes: usize) -> Self {
        Self::limit(bytes.saturating_mul(MEMORY_PER_BYTE).saturating_add(LEAST_MEMORY))
    }

    fn limit(bytes: usize) -> Self {
        Self { before: ACCOUNT.replace(Account { left: bytes, is_exceeded: false }) }
    }

    /// Returns `true` if decoding failed because it would have taken more than the limit.
    pub(crate) fn is_exceeded(&self) -> bool {
        ACCOUNT.get().is_exceeded
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        ACCOUNT.set(self.before);
    }
}

/// Charges allocated bytes.
///
/// # Errors
///
/// When they exceed the limit.
#[inline]
pub(crate) fn charge<E: Error>(bytes: usize) -> Result<(), E> {
    let account = ACCOUNT.get();
    if account.left == NO_LIMIT {
        return Ok(());
    }
    let Some(left) = account.left.checked_sub(bytes) else { return Err(exceed(account)) };
    ACCOUNT.set(Account { left, ..account });
    Ok(())
}

/// Returns bytes that were charged and have been freed.
#[inline]
pub(crate) fn release(bytes: usize) {
    let account = ACCOUNT.get();
    ACCOUNT.set(Account { left: account.left.saturating_add(bytes), ..account });
}

/// Pushes `item`, and charges the memory by which the list grows before it does.
///
/// A list grows by half, not to the double as `Vec` alone does, since what it does not use counts as well.
#[inline]
pub(crate) fn push<T, E: Error>(items: &mut Vec<T>, item: T) -> Result<(), E> {
    if items.len() == items.capacity() {
        make_room(items)?;
    }
    items.push(item);
    Ok(())
}

#[inline(never)]
fn make_room<T, E: Error>(items: &mut Vec<T>) -> Result<(), E> {
    let is_first = items.is_empty() && size_of::<T>() > MEDIUM;
    let more = (items.len() / 2).max(if is_first || size_of::<T>() > LARGE { 1 } else { 4 });
    let after = allocation((items.len() + more) * size_of::<T>());
    charge(after - allocation_of(items))?;
    items.reserve_exact(more);
    Ok(())
}

/// Shrinks the list to its length, unless that saves too little to be worth an allocation.
pub(crate) fn shrink<T>(items: &mut Vec<T>) {
    if (items.capacity() - items.len()) * size_of::<T>() < LITTLE {
        return;
    }
    let before = allocation_of(items);
    items.shrink_to_fit();
    release(before - allocation_of(items));
}

/// Returns what the memory of a list takes, apart from that of its items.
pub(crate) fn allocation_of<T>(items: &Vec<T>) -> usize {
    allocation(items.capacity() * size_of::<T>())
}

/// Returns what an allocation of `bytes` takes, as the allocator of glibc rounds it.
pub(crate) const fn allocation(bytes: usize) -> usize {
    const HEADER: usize = 8;
    const STEP: usize = 16;
    const SMALLEST: usize = 32;
    if bytes == 0 {
        return 0;
    }
    let rounded = (bytes + HEADER + STEP - 1) & !(STEP - 1);
    if rounded < SMALLEST { SMALLEST } else { rounded }
}

#[cold]
fn exceed<E: Error>(account: Account) -> E {
    ACCOUNT.set(Account { is_exceeded: true, ..account });
    E::custom("the document would take too much memory for its size")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Result<T> = std::result::Result<T, serde_json::Error>;

    #[test]
    fn the_limit_ends_with_its_guard() -> Result<()> {
        let outer = Budget::limit(100);
        charge::<serde_json::Error>(60)?;
        {
            let inner = Budget::limit(10);
            assert!(charge::<serde_json::Error>(11).is_err());
            assert!(inner.is_exceeded());
        }
        assert!(!outer.is_exceeded());
        charge::<serde_json::Error>(40)?;
        assert!(charge::<serde_json::Error>(1).is_err());
        release(1);
        charge::<serde_json::Error>(1)?;
        drop(outer);
        charge::<serde_json::Error>(usize::MAX)
    }

    #[test]
    fn a_list_is_charged_with_its_capacity() -> Result<()> {
        list_is_charged(0_u64)?;
        list_is_charged([0_u64; 14])?;
        list_is_charged([0_u64; 64])
    }

    fn list_is_charged<T: Copy>(item: T) -> Result<()> {
        let _budget = Budget::limit(1 << 20);
        let mut items = Vec::new();
        for _ in 0..100 {
            push::<_, serde_json::Error>(&mut items, item)?;
            assert_eq!(ACCOUNT.get().left, (1 << 20) - allocation_of(&items));
        }
        shrink(&mut items);
        assert_eq!(ACCOUNT.get().left, (1 << 20) - allocation(100 * size_of::<T>()));
        Ok(())
    }

    #[test]
    fn a_single_item_that_is_not_small_has_a_list_for_itself() -> Result<()> {
        let mut items = Vec::new();
        push::<_, serde_json::Error>(&mut items, [0_u64; 14])?;
        assert_eq!(items.capacity(), 1);
        Ok(())
    }
}
