//! What the hot path does with encoded bytes beside signatures: the pre-scan and RFC 6962 roots.

use crate::hash::{Algorithm, Hash};

/// Bytes of length and bytes of type behind a first byte of text, bytes or an extension whose length is written out.
const fn sized(head: u8) -> (usize, usize) {
    match head {
        0xc4 | 0xd9 => (1, 0),
        0xc5 | 0xda => (2, 0),
        0xc6 | 0xdb => (4, 0),
        0xc7 => (1, 1),
        0xc8 => (2, 1),
        _ => (4, 1),
    }
}

/// A number in big-endian bytes.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// Whole size of a scalar at a position; None when the bytes end inside its head or it is no element of the encoding.
fn scalar(raw: &[u8], at: usize) -> Option<usize> {
    let head = raw[at];
    match head {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Some(1),
        0xa0..=0xbf => Some(1 + usize::from(head & 0x1f)),
        0xcc..=0xcf => Some(1 + (1 << (head - 0xcc))),
        0xd0..=0xd3 => Some(1 + (1 << (head - 0xd0))),
        0xd4..=0xd8 => matches!(raw.get(at + 1)?, 1 | 2).then(|| 2 + (1 << (head - 0xd4))),
        0xc4..=0xc9 | 0xd9..=0xdb => {
            let (width, kind) = sized(head);
            let length = number(raw.get(at + 1..at + 1 + width)?);
            let known = kind == 0 || matches!(raw.get(at + 1 + width)?, 1 | 2);
            known.then_some(1 + width + kind + length)
        }
        _ => None,
    }
}

/// Size of the head and number of elements in an array or map at a position.
fn children(raw: &[u8], at: usize) -> Option<(usize, usize)> {
    let head = raw[at];
    let (size, count) = match head {
        0x80..=0x9f => (1, usize::from(head & 0x0f)),
        0xdc | 0xde => (3, number(raw.get(at + 1..at + 3)?)),
        _ => (5, number(raw.get(at + 1..at + 5)?)),
    };
    let map = matches!(head, 0x80..=0x8f | 0xde | 0xdf);
    Some((size, if map { count * 2 } else { count }))
}

/// True when the bytes are one value of the encoding, nested at most `max_depth` deep, with at most `max_items` elements
/// in arrays and maps. The twin of `huitong.types.scan`, which also says what is wrong.
pub fn scan(raw: &[u8], max_depth: usize, max_items: usize) -> bool {
    let mut stack = Vec::with_capacity(max_depth.min(64));
    let (mut remaining, mut at, mut items) = (1, 0, 0);
    loop {
        if remaining == 0 {
            let Some(above) = stack.pop() else { return at == raw.len() };
            remaining = above;
            continue;
        }
        remaining -= 1;
        let Some(head) = raw.get(at) else { return false };
        if !matches!(head, 0x80..=0x9f | 0xdc..=0xdf) {
            let Some(size) = scalar(raw, at) else { return false };
            at += size;
            continue;
        }
        let Some((size, count)) = children(raw, at) else { return false };
        at += size;
        items += count;
        if count > raw.len() - at || items > max_items || stack.len() == max_depth {
            return false;
        }
        stack.push(remaining);
        remaining = count;
    }
}

/// RFC 6962: leaf = H(0 || leaf), inner = H(1 || left || right), of no leaves H(""). An odd last node moves up unchanged.
pub fn root<T: AsRef<[u8]>>(algorithm: Algorithm, leaves: &[T]) -> Hash {
    let messages: Vec<Vec<u8>> = leaves.iter().map(|leaf| [&[0], leaf.as_ref()].concat()).collect();
    let mut level = algorithm.hash_many(&messages.iter().map(|message| &message[..]).collect::<Vec<_>>());
    while level.len() > 1 {
        let (pairs, last) = level.as_chunks::<2>();
        let mut above = algorithm.pairs(1, &pairs.iter().map(|[left, right]| (left, right)).collect::<Vec<_>>());
        above.extend_from_slice(last);
        level = above;
    }
    level.first().copied().unwrap_or_else(|| algorithm.hash(b""))
}
