//! Points of the SM2 curve y² = x³ - 3x + b: doublings, additions, tables of multiples. Variable time: public data only.

use super::field::{
    Element, ONE, P, ZERO, add, below, double, enter, from_bytes, half, invert, is_zero, mul, negate, square, sub,
};

/// b of the curve, as a number.
const B: Element = [0xDDBC_BD41_4D94_0E93, 0xF397_89F5_15AB_8F92, 0x4D5A_9E4B_CF65_09A7, 0x28E9_FA9E_9D9F_5E34];
const GENERATOR_X: Element =
    [0x715A_4589_334C_74C7, 0x8FE3_0BBF_F266_0BE1, 0x5F99_0446_6A39_C994, 0x32C4_AE2C_1F19_8119];
const GENERATOR_Y: Element =
    [0x02DF_32E5_2139_F0A0, 0xD0A9_877C_C62A_4740, 0x59BD_CEE3_6B69_2153, 0xBC37_36A2_F4F6_779C];

/// A point other than infinity; coordinates in Montgomery form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub struct Affine {
    pub x: Element,
    pub y: Element,
}

/// A point as x = X/Z², y = Y/Z³; Z = 0 is infinity.
#[derive(Clone, Copy, Debug)]
pub struct Jacobian {
    pub x: Element,
    pub y: Element,
    pub z: Element,
}

/// The point at infinity.
pub const INFINITY: Jacobian = Jacobian { x: ONE, y: ONE, z: ZERO };

impl Affine {
    /// The generator.
    pub fn generator() -> Self {
        Self { x: enter(&GENERATOR_X), y: enter(&GENERATOR_Y) }
    }

    /// Read a key of 65 bytes, 0x04 || x || y; None when it is not a point of the curve with coordinates below p.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let (&prefix, rest) = key.split_first()?;
        let (x, y) = rest.split_first_chunk::<32>()?;
        let y: &[u8; 32] = y.try_into().ok()?;
        let (x, y) = (from_bytes(x), from_bytes(y));
        if prefix != 4 || !below(&x, &P) || !below(&y, &P) {
            return None;
        }
        let point = Self { x: enter(&x), y: enter(&y) };
        point.is_on_curve().then_some(point)
    }

    fn is_on_curve(&self) -> bool {
        // y² = (x² - 3)·x + b
        let three = add(&double(&ONE), &ONE);
        let right = add(&mul(&sub(&square(&self.x), &three), &self.x), &enter(&B));
        square(&self.y) == right
    }

    /// -P when `negative`, else P.
    #[inline(always)]
    pub fn signed(&self, negative: bool) -> Self {
        Self { x: self.x, y: if negative { negate(&self.y) } else { self.y } }
    }
}

impl From<Affine> for Jacobian {
    fn from(point: Affine) -> Self {
        Self { x: point.x, y: point.y, z: ONE }
    }
}

impl Jacobian {
    /// True for the point at infinity.
    #[inline(always)]
    pub fn is_infinity(&self) -> bool {
        is_zero(&self.z)
    }

    /// 2P; infinity stays infinity, as Z = 0 gives Z = 0. Four products, four squares, and few additions.
    #[inline(always)]
    pub fn doubled(&self) -> Self {
        let y2 = double(&self.y);
        let delta = square(&self.z);
        // 4y² and then 4xy²; y⁴ comes by halving 16y⁴
        let gamma4 = square(&y2);
        let beta4 = mul(&self.x, &gamma4);
        let z = mul(&y2, &self.z);
        let product = mul(&sub(&self.x, &delta), &add(&self.x, &delta));
        let alpha = add(&double(&product), &product);
        let x = sub(&square(&alpha), &double(&beta4));
        let y = sub(&mul(&alpha, &sub(&beta4, &x)), &half(&square(&gamma4)));
        Self { x, y, z }
    }

    /// P + Q for an affine Q.
    #[inline(always)]
    pub fn plus_affine(&self, other: &Affine) -> Self {
        if self.is_infinity() {
            return (*other).into();
        }
        let zz = square(&self.z);
        let u2 = mul(&other.x, &zz);
        let s2 = mul(&mul(&other.y, &self.z), &zz);
        let h = sub(&u2, &self.x);
        let r = sub(&s2, &self.y);
        if is_zero(&h) {
            return if is_zero(&r) { self.doubled_rarely() } else { INFINITY };
        }
        let hh = square(&h);
        let hhh = mul(&hh, &h);
        let v = mul(&self.x, &hh);
        let x = sub(&sub(&square(&r), &hhh), &double(&v));
        let y = sub(&mul(&r, &sub(&v, &x)), &mul(&self.y, &hhh));
        Self { x, y, z: mul(&self.z, &h) }
    }

    /// P + Q.
    pub fn plus(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let (z1, z2) = (square(&self.z), square(&other.z));
        let (u1, u2) = (mul(&self.x, &z2), mul(&other.x, &z1));
        let s1 = mul(&mul(&self.y, &other.z), &z2);
        let s2 = mul(&mul(&other.y, &self.z), &z1);
        let (h, r) = (sub(&u2, &u1), sub(&s2, &s1));
        if is_zero(&h) {
            return if is_zero(&r) { self.doubled_rarely() } else { INFINITY };
        }
        let hh = square(&h);
        let hhh = mul(&hh, &h);
        let v = mul(&u1, &hh);
        let x = sub(&sub(&square(&r), &hhh), &double(&v));
        let y = sub(&mul(&r, &sub(&v, &x)), &mul(&s1, &hhh));
        Self { x, y, z: mul(&mul(&self.z, &other.z), &h) }
    }

    #[cold]
    #[inline(never)]
    fn doubled_rarely(&self) -> Self {
        self.doubled()
    }
}

/// Bring points other than infinity to affine form, with one inversion for all.
pub fn to_affine(points: &[Jacobian]) -> Vec<Affine> {
    let mut products = Vec::with_capacity(points.len());
    let mut product = ONE;
    for point in points {
        products.push(product);
        product = mul(&product, &point.z);
    }
    let mut inverse = invert(&product);
    let mut affine = vec![Affine { x: ZERO, y: ZERO }; points.len()];
    for (i, point) in points.iter().enumerate().rev() {
        let z = mul(&inverse, &products[i]);
        inverse = mul(&inverse, &point.z);
        let zz = square(&z);
        affine[i] = Affine { x: mul(&point.x, &zz), y: mul(&point.y, &mul(&zz, &z)) };
    }
    affine
}

/// The odd multiples P, 3P, 5P, … (`count` of them).
#[inline(always)]
pub fn odd_multiples<const COUNT: usize>(point: &Affine) -> [Jacobian; COUNT] {
    let first = Jacobian::from(*point);
    let twice = first.doubled();
    let mut multiples = [first; COUNT];
    for i in 1..COUNT {
        multiples[i] = multiples[i - 1].plus(&twice);
    }
    multiples
}

/// Signed windows of a scalar for one point: for each window i the multiples k·2^(width·i)·P, k = 1 to 2^(width-1).
///
/// A multiplication by a scalar of 256 bits is then one addition per window, and no doubling.
pub struct Windows {
    width: usize,
    points: Vec<Affine>,
}

impl Windows {
    /// Compute the table: 2^(width-1) · ceil(257 / width) points.
    pub fn new(point: &Affine, width: usize) -> Self {
        let half = 1 << (width - 1);
        let count = 257usize.div_ceil(width);
        let mut points: Vec<Jacobian> = Vec::with_capacity(count * half);
        let mut base = Jacobian::from(*point);
        for window in 0..count {
            let start = window * half;
            points.push(base);
            for k in 1..half {
                // the multiple k + 1: an even one is a doubling of one that is there
                let next = if k % 2 == 1 { points[start + k / 2].doubled() } else { points[start + k - 1].plus(&base) };
                points.push(next);
            }
            base = points[start + half - 1].doubled();
        }
        Self { width, points: to_affine(&points) }
    }

    /// The signed digits of a scalar, one per window.
    #[inline(always)]
    pub fn digits(&self, scalar: &Element) -> Digits {
        let (width, half) = (self.width, 1i64 << (self.width - 1));
        let mut digits = Digits { count: 257usize.div_ceil(width), digits: [0; 52] };
        let mut carry = 0i64;
        for window in 0..digits.count {
            let digit = carry + bits(scalar, window * width, width) as i64;
            carry = (digit > half) as i64;
            digits.digits[window] = (digit - (carry << width)) as i16;
        }
        digits
    }

    /// Fetch what `add_multiple` will need into the cache: tables of many keys are larger than it.
    #[inline(always)]
    pub fn fetch(&self, digits: &Digits) {
        #[cfg(target_arch = "x86_64")]
        for (window, &digit) in digits.digits[..digits.count].iter().enumerate() {
            let place = (window << (self.width - 1)) + usize::from(digit.unsigned_abs().saturating_sub(1));
            let point: *const Affine = &self.points[place];
            // SAFETY: a prefetch of an address inside the table; it reads nothing and cannot fault
            unsafe { std::arch::x86_64::_mm_prefetch(point.cast(), std::arch::x86_64::_MM_HINT_T0) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = digits;
    }

    /// Add scalar·P to a sum.
    #[inline(always)]
    pub fn add_multiple(&self, mut sum: Jacobian, digits: &Digits) -> Jacobian {
        let half = 1usize << (self.width - 1);
        for (points, &digit) in self.points.chunks_exact(half).zip(&digits.digits) {
            if digit != 0 {
                sum = sum.plus_affine(&points[usize::from(digit.unsigned_abs()) - 1].signed(digit < 0));
            }
        }
        sum
    }
}

/// Signed digits of a scalar in windows of at least 5 bits.
pub struct Digits {
    count: usize,
    digits: [i16; 52],
}

/// `width` bits of a scalar from bit `at`; bits above the 256th are zero.
#[inline(always)]
fn bits(scalar: &Element, at: usize, width: usize) -> u64 {
    let (word, shift) = (at / 64, at % 64);
    if word > 3 {
        return 0;
    }
    let mut value = scalar[word] >> shift;
    if shift + width > 64 && word < 3 {
        value |= scalar[word + 1] << (64 - shift);
    }
    value & ((1 << width) - 1)
}

/// The width-w non-adjacent form: digits that are zero or odd and below 2^(w-1) in magnitude; returns their number.
#[inline(always)]
pub fn naf(digits: &mut [i16; 258], scalar: &Element, width: u32) -> usize {
    let (mut at, mut carry, mut length) = (0usize, 0u64, 0usize);
    let full = 1i64 << width;
    while at < 257 {
        if (bits(scalar, at, 1)) == carry {
            at += 1;
            continue;
        }
        let mut digit = (bits(scalar, at, width as usize) + carry) as i64;
        carry = 0;
        if digit >= full / 2 {
            digit -= full;
            carry = 1;
        }
        digits[at] = digit as i16;
        length = at + 1;
        at += width as usize;
    }
    length
}
