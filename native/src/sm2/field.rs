//! Arithmetic modulo the prime of SM2, p = 2^256 - 2^224 - 2^96 + 2^64 - 1, in Montgomery form (a·2^256 mod p).
//!
//! Variable time is not a concern here: this module sees public data only (keys, signatures and digests to verify).

/// An element: four words of 64 bits, least significant first, below p, in Montgomery form.
pub type Element = [u64; 4];

/// The prime.
pub const P: Element = [0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFE_FFFF_FFFF];
/// One in Montgomery form: 2^256 mod p.
pub const ONE: Element = [0x0000_0000_0000_0001, 0x0000_0000_FFFF_FFFF, 0, 0x0000_0001_0000_0000];
/// 2^512 mod p; multiplying by it brings a number into Montgomery form.
const SQUARED_RADIX: Element =
    [0x0000_0002_0000_0003, 0x0000_0002_FFFF_FFFF, 0x0000_0001_0000_0001, 0x0000_0004_0000_0002];
/// Zero.
pub const ZERO: Element = [0; 4];

/// a + b and the carry.
#[inline(always)]
pub fn add_words(a: &Element, b: &Element) -> (Element, bool) {
    let (r0, c) = a[0].overflowing_add(b[0]);
    let (r1, c) = a[1].carrying_add(b[1], c);
    let (r2, c) = a[2].carrying_add(b[2], c);
    let (r3, c) = a[3].carrying_add(b[3], c);
    ([r0, r1, r2, r3], c)
}

/// a - b and the borrow.
#[inline(always)]
pub fn subtract_words(a: &Element, b: &Element) -> (Element, bool) {
    let (r0, c) = a[0].overflowing_sub(b[0]);
    let (r1, c) = a[1].borrowing_sub(b[1], c);
    let (r2, c) = a[2].borrowing_sub(b[2], c);
    let (r3, c) = a[3].borrowing_sub(b[3], c);
    ([r0, r1, r2, r3], c)
}

/// True when a < b.
#[inline(always)]
pub fn below(a: &Element, b: &Element) -> bool {
    subtract_words(a, b).1
}

/// True when all words are zero.
#[inline(always)]
pub fn is_zero(a: &Element) -> bool {
    a[0] | a[1] | a[2] | a[3] == 0
}

#[inline(always)]
fn choose(first: &Element, second: &Element, take_first: bool) -> Element {
    let mask = (take_first as u64).wrapping_neg();
    let pick = |i: usize| second[i] ^ (mask & (first[i] ^ second[i]));
    [pick(0), pick(1), pick(2), pick(3)]
}

/// a + b mod p.
#[inline(always)]
pub fn add(a: &Element, b: &Element) -> Element {
    let (sum, carry) = add_words(a, b);
    let (reduced, borrow) = subtract_words(&sum, &P);
    choose(&reduced, &sum, carry | !borrow)
}

/// a - b mod p.
#[inline(always)]
pub fn sub(a: &Element, b: &Element) -> Element {
    let (difference, borrow) = subtract_words(a, b);
    let mask = (borrow as u64).wrapping_neg();
    // P[0] and P[2] are all ones, so the masked prime needs no more than the mask itself there
    add_words(&difference, &[mask, P[1] & mask, mask, P[3] & mask]).0
}

/// 2a mod p.
#[inline(always)]
pub fn double(a: &Element) -> Element {
    add(a, a)
}

/// a/2 mod p.
#[inline(always)]
pub fn half(a: &Element) -> Element {
    // p is odd: an odd number becomes even with it
    let mask = (a[0] & 1).wrapping_neg();
    let (sum, carry) = add_words(a, &[mask, P[1] & mask, mask, P[3] & mask]);
    [
        sum[0] >> 1 | sum[1] << 63,
        sum[1] >> 1 | sum[2] << 63,
        sum[2] >> 1 | sum[3] << 63,
        sum[3] >> 1 | (carry as u64) << 63,
    ]
}

/// -a mod p.
#[inline(always)]
pub fn negate(a: &Element) -> Element {
    sub(&ZERO, a)
}

/// One word of the reduction: (t + m·p) / 2^64 for five words t, where m = t[0] makes the division exact.
///
/// (m·p + m) / 2^64 = m·2^192 - m·2^160 - m·2^32 + m needs shifts and no multiplication.
#[inline(always)]
fn reduce_word(t: [u64; 4]) -> ([u64; 4], u64) {
    let m = t[0];
    let (low, high) = (m << 32, m >> 32);
    let (d0, b) = m.overflowing_sub(low);
    let (d1, b) = 0u64.borrowing_sub(high, b);
    let (d2, b) = 0u64.borrowing_sub(low, b);
    let d3 = m.wrapping_sub(high).wrapping_sub(b as u64);
    let (r0, c) = t[1].overflowing_add(d0);
    let (r1, c) = t[2].carrying_add(d1, c);
    let (r2, c) = t[3].carrying_add(d2, c);
    let (r3, c) = d3.carrying_add(0, c);
    ([r0, r1, r2, r3], c as u64)
}

/// t / 2^256 mod p for eight words t below p·2^256.
#[inline(always)]
fn reduce(t: [u64; 8]) -> Element {
    // the low half alone: each step leaves four words, as d3 plus the carry does not overflow
    let (a, _) = reduce_word([t[0], t[1], t[2], t[3]]);
    let (a, _) = reduce_word(a);
    let (a, _) = reduce_word(a);
    let (a, _) = reduce_word(a);
    let (sum, carry) = add_words(&a, &[t[4], t[5], t[6], t[7]]);
    let (reduced, borrow) = subtract_words(&sum, &P);
    choose(&reduced, &sum, carry | !borrow)
}

/// a·b + carry as (low, high).
#[inline(always)]
fn product(a: u64, b: u64) -> (u64, u64) {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64, (wide >> 64) as u64)
}

/// a·b in Montgomery form.
#[inline(always)]
pub fn mul(a: &Element, b: &Element) -> Element {
    let mut t = [0u64; 8];
    // first row
    let (l0, h0) = product(a[0], b[0]);
    let (l1, h1) = product(a[1], b[0]);
    let (l2, h2) = product(a[2], b[0]);
    let (l3, h3) = product(a[3], b[0]);
    t[0] = l0;
    let (x, c) = l1.overflowing_add(h0);
    t[1] = x;
    let (x, c) = l2.carrying_add(h1, c);
    t[2] = x;
    let (x, c) = l3.carrying_add(h2, c);
    t[3] = x;
    t[4] = h3 + c as u64;
    for i in 1..4 {
        let (l0, h0) = product(a[0], b[i]);
        let (l1, h1) = product(a[1], b[i]);
        let (l2, h2) = product(a[2], b[i]);
        let (l3, h3) = product(a[3], b[i]);
        // the row itself cannot overflow five words, so one chain makes it and a second one adds it
        let (l1, c) = l1.overflowing_add(h0);
        let (l2, c) = l2.carrying_add(h1, c);
        let (l3, c) = l3.carrying_add(h2, c);
        let l4 = h3 + c as u64;
        let (x, c) = t[i].overflowing_add(l0);
        t[i] = x;
        let (x, c) = t[i + 1].carrying_add(l1, c);
        t[i + 1] = x;
        let (x, c) = t[i + 2].carrying_add(l2, c);
        t[i + 2] = x;
        let (x, c) = t[i + 3].carrying_add(l3, c);
        t[i + 3] = x;
        t[i + 4] = l4 + c as u64;
    }
    reduce(t)
}

/// a² in Montgomery form: six products off the diagonal, doubled, and four on it.
#[inline(always)]
pub fn square(a: &Element) -> Element {
    let (l01, h01) = product(a[0], a[1]);
    let (l02, h02) = product(a[0], a[2]);
    let (l03, h03) = product(a[0], a[3]);
    let (l12, h12) = product(a[1], a[2]);
    let (l13, h13) = product(a[1], a[3]);
    let (l23, h23) = product(a[2], a[3]);
    let t1 = l01;
    let (t2, c) = l02.overflowing_add(h01);
    let (t3, c) = l03.carrying_add(h02, c);
    let t4 = h03 + c as u64;
    let (t3, c) = t3.overflowing_add(l12);
    let (t4, c) = t4.carrying_add(h12, c);
    let t5 = c as u64;
    let (t4, c) = t4.overflowing_add(l13);
    let (t5, c) = t5.carrying_add(h13, c);
    let t6 = c as u64;
    let (t5, c) = t5.overflowing_add(l23);
    let t6 = t6 + h23 + c as u64;
    // doubled
    let t7 = t6 >> 63;
    let t6 = t6 << 1 | t5 >> 63;
    let t5 = t5 << 1 | t4 >> 63;
    let t4 = t4 << 1 | t3 >> 63;
    let t3 = t3 << 1 | t2 >> 63;
    let t2 = t2 << 1 | t1 >> 63;
    let t1 = t1 << 1;
    let (l0, h0) = product(a[0], a[0]);
    let (l1, h1) = product(a[1], a[1]);
    let (l2, h2) = product(a[2], a[2]);
    let (l3, h3) = product(a[3], a[3]);
    let (t1, c) = t1.overflowing_add(h0);
    let (t2, c) = t2.carrying_add(l1, c);
    let (t3, c) = t3.carrying_add(h1, c);
    let (t4, c) = t4.carrying_add(l2, c);
    let (t5, c) = t5.carrying_add(h2, c);
    let (t6, c) = t6.carrying_add(l3, c);
    let (t7, _) = t7.carrying_add(h3, c);
    reduce([l0, t1, t2, t3, t4, t5, t6, t7])
}

/// Bring a number below p into Montgomery form.
#[inline(always)]
pub fn enter(a: &Element) -> Element {
    mul(a, &SQUARED_RADIX)
}

/// 1/a (0 for 0), by Fermat.
pub fn invert(a: &Element) -> Element {
    let (exponent, _) = subtract_words(&P, &[2, 0, 0, 0]);
    let mut result = ONE;
    for bit in (0..256).rev() {
        result = square(&result);
        if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
            result = mul(&result, a);
        }
    }
    result
}

/// Read 32 bytes, big-endian.
#[inline(always)]
pub fn from_bytes(bytes: &[u8; 32]) -> Element {
    let word = |at: usize| {
        let mut eight = [0u8; 8];
        eight.copy_from_slice(&bytes[at..at + 8]);
        u64::from_be_bytes(eight)
    };
    [word(24), word(16), word(8), word(0)]
}
