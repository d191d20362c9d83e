//! SM3 (GM/T 0004-2012).

const INITIAL: [u32; 8] =
    [0x7380_166f, 0x4914_b2b9, 0x1724_42d7, 0xda8a_0600, 0xa96f_30bc, 0x1631_38aa, 0xe38d_ee4d, 0xb0fb_0e4e];

/// Constants of the rounds, already rotated by the number of the round.
const ROUND: [u32; 64] = {
    let mut constants = [0u32; 64];
    let mut round = 0;
    while round < 64 {
        let constant: u32 = if round < 16 { 0x79cc_4519 } else { 0x7a87_9d8a };
        constants[round] = constant.rotate_left(round as u32 % 32);
        round += 1;
    }
    constants
};

#[inline(always)]
fn p0(x: u32) -> u32 {
    x ^ x.rotate_left(9) ^ x.rotate_left(17)
}

#[inline(always)]
fn p1(x: u32) -> u32 {
    x ^ x.rotate_left(15) ^ x.rotate_left(23)
}

/// One round; the roles of the words move by one from round to round, so the caller passes them in turn.
macro_rules! round {
    ($early:expr, $round:expr, $w:expr, $a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident) => {
        let rotated = $a.rotate_left(12);
        let ss1 = rotated.wrapping_add($e).wrapping_add(ROUND[$round]).rotate_left(7);
        let ff = if $early { $a ^ $b ^ $c } else { ($a & $b) | ($c & ($a | $b)) };
        let gg = if $early { $e ^ $f ^ $g } else { (($f ^ $g) & $e) ^ $g };
        let tt1 = ff.wrapping_add($d).wrapping_add(ss1 ^ rotated).wrapping_add($w[$round] ^ $w[$round + 4]);
        let tt2 = gg.wrapping_add($h).wrapping_add(ss1).wrapping_add($w[$round]);
        $b = $b.rotate_left(9);
        $d = tt1;
        $f = $f.rotate_left(19);
        $h = p0(tt2);
    };
}

macro_rules! four_rounds {
    ($early:expr, $round:expr, $w:expr, $a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident) => {
        round!($early, $round, $w, $a, $b, $c, $d, $e, $f, $g, $h);
        round!($early, $round + 1, $w, $d, $a, $b, $c, $h, $e, $f, $g);
        round!($early, $round + 2, $w, $c, $d, $a, $b, $g, $h, $e, $f);
        round!($early, $round + 3, $w, $b, $c, $d, $a, $f, $g, $h, $e);
    };
}

/// Fold one block of 64 bytes into a state.
#[inline(always)]
fn compress_block(state: &mut [u32; 8], block: &[u8; 64]) {
    let mut w = [0u32; 68];
    for (word, four) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
    }
    for i in 16..68 {
        w[i] = p1(w[i - 16] ^ w[i - 9] ^ w[i - 3].rotate_left(15)) ^ w[i - 13].rotate_left(7) ^ w[i - 6];
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    let mut i = 0;
    while i < 16 {
        four_rounds!(true, i, w, a, b, c, d, e, f, g, h);
        i += 4;
    }
    while i < 64 {
        four_rounds!(false, i, w, a, b, c, d, e, f, g, h);
        i += 4;
    }
    for (word, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word ^= value;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2")]
fn compress_bmi(state: &mut [u32; 8], block: &[u8; 64]) {
    compress_block(state, block);
}

#[inline]
fn compress(state: &mut [u32; 8], block: &[u8; 64]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("bmi1") && std::arch::is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has the instructions that the function is compiled for
        return unsafe { compress_bmi(state, block) };
    }
    compress_block(state, block);
}

/// A hash in progress, for messages that come in parts.
pub struct Sm3 {
    state: [u32; 8],
    rest: [u8; 64],
    length: u64,
}

impl Default for Sm3 {
    fn default() -> Self {
        Self { state: INITIAL, rest: [0; 64], length: 0 }
    }
}

impl Sm3 {
    /// Take in the next part.
    pub fn update(&mut self, mut data: &[u8]) {
        let held = (self.length % 64) as usize;
        self.length += data.len() as u64;
        if held > 0 {
            let taken = data.len().min(64 - held);
            let (now, later) = data.split_at(taken);
            self.rest[held..held + taken].copy_from_slice(now);
            if held + taken < 64 {
                return;
            }
            let block = self.rest;
            compress(&mut self.state, &block);
            data = later;
        }
        let (blocks, rest) = data.as_chunks::<64>();
        for block in blocks {
            compress(&mut self.state, block);
        }
        self.rest[..rest.len()].copy_from_slice(rest);
    }

    /// The digest.
    pub fn finish(mut self) -> [u8; 32] {
        let held = (self.length % 64) as usize;
        let mut block = self.rest;
        block[held] = 0x80;
        block[held + 1..].fill(0);
        if held >= 56 {
            compress(&mut self.state, &block);
            block = [0; 64];
        }
        block[56..].copy_from_slice(&(self.length * 8).to_be_bytes());
        compress(&mut self.state, &block);
        words_to_bytes(&self.state)
    }
}

/// The hash of a message.
pub fn sm3(data: &[u8]) -> [u8; 32] {
    let mut hash = Sm3::default();
    hash.update(data);
    hash.finish()
}

/// The hash of a message of parts.
pub fn sm3_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sm3::default();
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}

/// The hash of a message that the caller has padded to two blocks.
pub fn digest_blocks(blocks: &[[u8; 64]; 2]) -> [u8; 32] {
    let mut state = INITIAL;
    for block in blocks {
        compress(&mut state, block);
    }
    words_to_bytes(&state)
}

fn words_to_bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut digest = [0u8; 32];
    for (four, word) in digest.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    digest
}
