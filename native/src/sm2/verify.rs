//! Verification of SM2 signatures (GM/T 0003.2) on digests, for any key and for keys with tables.

use std::sync::LazyLock;

use super::field::{Element, P, add_words, below, enter, from_bytes, is_zero, mul, square, subtract_words};
use super::point::{Affine, INFINITY, Jacobian, Windows, naf, odd_multiples, to_affine};

/// Order of the group.
pub const N: Element = [0x53BB_F409_39D5_4123, 0x7203_DF6B_21C6_052B, 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFE_FFFF_FFFF];

/// Window of tables of known keys: 5 bits give 53 KB and 52 additions.
const KEY_WINDOW: usize = 5;
/// Window of the generator's table, made once per process: 8 bits give 270 KB and 33 additions.
const GENERATOR_WINDOW: usize = 8;
const KEY_NAF: u32 = 5;
const GENERATOR_NAF: u32 = 9;

struct Generator {
    windows: Windows,
    odd: Vec<Affine>,
}

static GENERATOR: LazyLock<Generator> = LazyLock::new(|| {
    let point = Affine::generator();
    Generator {
        windows: Windows::new(&point, GENERATOR_WINDOW),
        odd: to_affine(&odd_multiples::<{ 1 << (GENERATOR_NAF as usize - 2) }>(&point)),
    }
});

/// A key with a table of its multiples, for keys that sign often.
pub struct KnownKey {
    windows: Windows,
}

impl KnownKey {
    /// Memory of one: 52 windows of 16 points.
    pub const BYTES: usize = 257usize.div_ceil(KEY_WINDOW) * (1 << (KEY_WINDOW - 1)) * size_of::<Affine>();

    /// Compute the table: about 0.2 ms.
    pub fn new(key: &Affine) -> Self {
        Self { windows: Windows::new(key, KEY_WINDOW) }
    }

    /// True when the signature (r || s) holds for the digest.
    pub fn verify(&self, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("bmi2") && std::arch::is_x86_feature_detected!("adx") {
            // SAFETY: the processor has the instructions that the function is compiled for
            return unsafe { verify_known_bmi2(self, digest, signature) };
        }
        verify_known(self, digest, signature)
    }
}

/// Odd multiples of a key, enough for its non-adjacent form.
const KEY_ODD: usize = 1 << (KEY_NAF - 2);

/// Any key: a few odd multiples of it.
pub struct AnyKey {
    odd: [Affine; KEY_ODD],
}

impl AnyKey {
    /// Prepare keys together: they share one inversion.
    pub fn many(keys: &[Affine]) -> Vec<Self> {
        let multiples: Vec<Jacobian> = keys.iter().flat_map(odd_multiples::<KEY_ODD>).collect();
        to_affine(&multiples).as_chunks().0.iter().map(|odd| Self { odd: *odd }).collect()
    }

    /// True when the signature (r || s) holds for the digest.
    pub fn verify(&self, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("bmi2") && std::arch::is_x86_feature_detected!("adx") {
            // SAFETY: the processor has the instructions that the function is compiled for
            return unsafe { verify_unknown_bmi2(self, digest, signature) };
        }
        verify_unknown(self, digest, signature)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi2,adx")]
fn verify_known_bmi2(key: &KnownKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    verify_known(key, digest, signature)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi2,adx")]
fn verify_unknown_bmi2(key: &AnyKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    verify_unknown(key, digest, signature)
}

#[inline(always)]
fn verify_known(key: &KnownKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let Some(scalars) = Scalars::read(digest, signature) else { return false };
    let of_key = key.windows.digits(&scalars.t);
    key.windows.fetch(&of_key);
    let generator = &GENERATOR.windows;
    let sum = generator.add_multiple(INFINITY, &generator.digits(&scalars.s));
    scalars.accept(&key.windows.add_multiple(sum, &of_key))
}

#[inline(always)]
fn verify_unknown(key: &AnyKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let Some(scalars) = Scalars::read(digest, signature) else { return false };
    let (mut of_generator, mut of_key) = ([0i16; 258], [0i16; 258]);
    let length = naf(&mut of_generator, &scalars.s, GENERATOR_NAF).max(naf(&mut of_key, &scalars.t, KEY_NAF));
    let odd = &GENERATOR.odd;
    let mut sum = INFINITY;
    for at in (0..length).rev() {
        sum = sum.doubled();
        let digit = of_generator[at];
        if digit != 0 {
            sum = sum.plus_affine(&odd[usize::from(digit.unsigned_abs() / 2)].signed(digit < 0));
        }
        let digit = of_key[at];
        if digit != 0 {
            sum = sum.plus_affine(&key.odd[usize::from(digit.unsigned_abs() / 2)].signed(digit < 0));
        }
    }
    scalars.accept(&sum)
}

/// The numbers of one verification: e, r, s and t = r + s mod n.
struct Scalars {
    e: Element,
    r: Element,
    s: Element,
    t: Element,
}

impl Scalars {
    /// None when r or s is not in 1..n, or t is zero.
    #[inline(always)]
    fn read(digest: &[u8; 32], signature: &[u8; 64]) -> Option<Self> {
        let (r, s) = signature.split_first_chunk::<32>()?;
        let s: &[u8; 32] = s.try_into().ok()?;
        let (e, r, s) = (from_bytes(digest), from_bytes(r), from_bytes(s));
        if is_zero(&r) || is_zero(&s) || !below(&r, &N) || !below(&s, &N) {
            return None;
        }
        let t = add_mod_n(&r, &s);
        (!is_zero(&t)).then_some(Self { e, r, s, t })
    }

    /// True when (e + x) mod n = r for the point's x; compares x·Z² with X, so nothing is inverted.
    #[inline(always)]
    fn accept(&self, point: &Jacobian) -> bool {
        if point.is_infinity() {
            return false;
        }
        let e = if below(&self.e, &N) { self.e } else { subtract_words(&self.e, &N).0 };
        // the x below n that would give r; x itself is below p, so it may be this number or this number plus n
        let (difference, borrow) = subtract_words(&self.r, &e);
        let x = if borrow { add_words(&difference, &N).0 } else { difference };
        let zz = square(&point.z);
        if mul(&enter(&x), &zz) == point.x {
            return true;
        }
        let (x, carry) = add_words(&x, &N);
        !carry && below(&x, &P) && mul(&enter(&x), &zz) == point.x
    }
}

#[inline(always)]
fn add_mod_n(a: &Element, b: &Element) -> Element {
    let (sum, carry) = add_words(a, b);
    if carry || !below(&sum, &N) { subtract_words(&sum, &N).0 } else { sum }
}
