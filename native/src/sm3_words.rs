//! Words of SM3: one of one message, or one of each of several messages that are hashed side by side.

/// Words of 32 bits, one per message.
pub trait Words: Copy {
    /// The same word for each message.
    fn splat(word: u32) -> Self;
    /// Sum modulo 2^32.
    fn plus(self, other: Self) -> Self;
    /// Bits that differ.
    fn xor(self, other: Self) -> Self;
    /// Rotation to the left.
    fn rotated<const BY: i32>(self) -> Self;
    /// Bits that at least two of three have.
    fn majority(self, second: Self, third: Self) -> Self;
    /// Bits of `yes` where this one has a one, of `no` where it has none.
    fn choose(self, yes: Self, no: Self) -> Self;
}

impl Words for u32 {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        word
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn rotated<const BY: i32>(self) -> Self {
        self.rotate_left(BY as u32)
    }
    #[inline(always)]
    fn majority(self, second: Self, third: Self) -> Self {
        (self & second) | (third & (self | second))
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        ((yes ^ no) & self) ^ no
    }
}

/// Words of eight messages in a register of AVX2, of sixteen in one of AVX-512.
#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use std::arch::x86_64::*;

    use super::Words;

    #[derive(Clone, Copy)]
    pub struct Eight(__m256i);
    #[derive(Clone, Copy)]
    pub struct Sixteen(__m512i);

    // SAFETY, of all blocks below: these values are made by functions only that are compiled for the instructions and
    // are called where the processor has them; arrays are read and written whole.

    impl From<[u32; 8]> for Eight {
        #[inline(always)]
        fn from(words: [u32; 8]) -> Self {
            Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
        }
    }

    impl From<Eight> for [u32; 8] {
        #[inline(always)]
        fn from(words: Eight) -> Self {
            let mut array = [0; 8];
            unsafe { _mm256_storeu_si256(array.as_mut_ptr().cast(), words.0) };
            array
        }
    }

    impl Words for Eight {
        #[inline(always)]
        fn splat(word: u32) -> Self {
            Self(unsafe { _mm256_set1_epi32(word as i32) })
        }
        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            Self(unsafe { _mm256_add_epi32(self.0, other.0) })
        }
        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            Self(unsafe { _mm256_xor_si256(self.0, other.0) })
        }
        #[inline(always)]
        fn rotated<const BY: i32>(self) -> Self {
            // counts in registers, as Rust cannot compute 32 - BY for an immediate; the compiler makes them immediates
            let (by, back) = unsafe { (_mm_cvtsi32_si128(BY), _mm_cvtsi32_si128(32 - BY)) };
            Self(unsafe { _mm256_or_si256(_mm256_sll_epi32(self.0, by), _mm256_srl_epi32(self.0, back)) })
        }
        #[inline(always)]
        fn majority(self, second: Self, third: Self) -> Self {
            let (a, b, c) = (self.0, second.0, third.0);
            Self(unsafe { _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b))) })
        }
        #[inline(always)]
        fn choose(self, yes: Self, no: Self) -> Self {
            yes.xor(no).and(self).xor(no)
        }
    }

    impl Eight {
        #[inline(always)]
        fn and(self, other: Self) -> Self {
            Self(unsafe { _mm256_and_si256(self.0, other.0) })
        }
    }

    impl From<[u32; 16]> for Sixteen {
        #[inline(always)]
        fn from(words: [u32; 16]) -> Self {
            Self(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
        }
    }

    impl From<Sixteen> for [u32; 16] {
        #[inline(always)]
        fn from(words: Sixteen) -> Self {
            let mut array = [0; 16];
            unsafe { _mm512_storeu_si512(array.as_mut_ptr().cast(), words.0) };
            array
        }
    }

    impl Words for Sixteen {
        #[inline(always)]
        fn splat(word: u32) -> Self {
            Self(unsafe { _mm512_set1_epi32(word as i32) })
        }
        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            Self(unsafe { _mm512_add_epi32(self.0, other.0) })
        }
        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            Self(unsafe { _mm512_xor_si512(self.0, other.0) })
        }
        #[inline(always)]
        fn rotated<const BY: i32>(self) -> Self {
            Self(unsafe { _mm512_rol_epi32::<BY>(self.0) })
        }
        #[inline(always)]
        fn majority(self, second: Self, third: Self) -> Self {
            Self(unsafe { _mm512_ternarylogic_epi32::<0xe8>(self.0, second.0, third.0) })
        }
        #[inline(always)]
        fn choose(self, yes: Self, no: Self) -> Self {
            Self(unsafe { _mm512_ternarylogic_epi32::<0xca>(self.0, yes.0, no.0) })
        }
    }
}
