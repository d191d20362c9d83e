//! SM3 (GM/T 0004-2012): one message, or many side by side in the registers of AVX2 and AVX-512.

use crate::sm3_words::Words;
#[cfg(target_arch = "x86_64")]
use crate::sm3_words::x86::{Eight, Sixteen};

type Block = [u8; 64];
type State = [u32; 8];

const INITIAL: State =
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
fn p0<W: Words>(x: W) -> W {
    x.xor(x.rotated::<9>()).xor(x.rotated::<17>())
}

#[inline(always)]
fn p1<W: Words>(x: W) -> W {
    x.xor(x.rotated::<15>()).xor(x.rotated::<23>())
}

/// One round; the roles of the words move by one from round to round, so the caller passes them in turn.
macro_rules! round {
    ($early:expr, $round:expr, $w:expr, $a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident) => {
        let rotated = $a.rotated::<12>();
        let ss1 = rotated.plus($e).plus(W::splat(ROUND[$round])).rotated::<7>();
        let ff = if $early { $a.xor($b).xor($c) } else { $a.majority($b, $c) };
        let gg = if $early { $e.xor($f).xor($g) } else { $e.choose($f, $g) };
        let tt1 = ff.plus($d).plus(ss1.xor(rotated)).plus($w[$round].xor($w[$round + 4]));
        let tt2 = gg.plus($h).plus(ss1).plus($w[$round]);
        $b = $b.rotated::<9>();
        $d = tt1;
        $f = $f.rotated::<19>();
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

/// Fold the 16 words of one block into a state, of one message or of several.
#[inline(always)]
fn compress_words<W: Words>(state: &mut [W; 8], block: [W; 16]) {
    let mut w = [block[0]; 68];
    w[..16].copy_from_slice(&block);
    for i in 16..68 {
        let mixed = p1(w[i - 16].xor(w[i - 9]).xor(w[i - 3].rotated::<15>()));
        w[i] = mixed.xor(w[i - 13].rotated::<7>()).xor(w[i - 6]);
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
        *word = word.xor(value);
    }
}

#[inline(always)]
fn word(block: &Block, number: usize) -> u32 {
    u32::from_be_bytes([block[4 * number], block[4 * number + 1], block[4 * number + 2], block[4 * number + 3]])
}

/// Fold one block into a state.
#[inline(always)]
fn compress_block(state: &mut State, block: &Block) {
    compress_words(state, std::array::from_fn(|number| word(block, number)));
}

/// Fold a block into each of up to `LANES` states, side by side.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn compress_side_by_side<W: Words + From<[u32; LANES]>, const LANES: usize>(states: &mut [State], blocks: &[&Block])
where
    [u32; LANES]: From<W>,
{
    let count = states.len();
    let mut words = [[0u32; LANES]; 16];
    for (lane, block) in blocks.iter().enumerate().take(LANES) {
        for (number, words) in words.iter_mut().enumerate() {
            words[lane] = word(block, number);
        }
    }
    let mut state = std::array::from_fn(|number| {
        let mut words = [0u32; LANES];
        for (word, state) in words.iter_mut().zip(states.iter()) {
            *word = state[number];
        }
        W::from(words)
    });
    compress_words(&mut state, words.map(W::from));
    for (number, words) in state.into_iter().enumerate() {
        let words: [u32; LANES] = words.into();
        for (state, word) in states.iter_mut().zip(&words[..count.min(LANES)]) {
            state[number] = *word;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2")]
fn compress_bmi(state: &mut State, block: &Block) {
    compress_block(state, block);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn compress_eight(states: &mut [State], blocks: &[&Block]) {
    compress_side_by_side::<Eight, 8>(states, blocks);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn compress_sixteen(states: &mut [State], blocks: &[&Block]) {
    compress_side_by_side::<Sixteen, 16>(states, blocks);
}

#[inline]
fn compress(state: &mut State, block: &Block) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("bmi1") && std::arch::is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has the instructions that the function is compiled for
        return unsafe { compress_bmi(state, block) };
    }
    compress_block(state, block);
}

/// How many messages are hashed side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lanes {
    One,
    Eight,
    Sixteen,
}

impl Lanes {
    /// The most that this processor has instructions for.
    pub fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                return Self::Sixteen;
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                return Self::Eight;
            }
        }
        Self::One
    }

    /// Messages side by side.
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }
}

/// From so many blocks on, registers that are only partly filled are faster than one block after the other.
const PAYS: usize = 4;

/// Fold a block into each state; `lanes` is not more than `Lanes::detected`.
fn compress_each(lanes: Lanes, states: &mut [State], blocks: &[&Block]) {
    for (states, blocks) in states.chunks_mut(lanes.count()).zip(blocks.chunks(lanes.count())) {
        match lanes {
            // SAFETY: the processor has the instructions, as Lanes says
            #[cfg(target_arch = "x86_64")]
            Lanes::Sixteen if states.len() >= PAYS => unsafe { compress_sixteen(states, blocks) },
            // SAFETY: the processor has the instructions, as Lanes says
            #[cfg(target_arch = "x86_64")]
            Lanes::Eight if states.len() >= PAYS => unsafe { compress_eight(states, blocks) },
            _ => states.iter_mut().zip(blocks).for_each(|(state, block)| compress(state, block)),
        }
    }
}

/// A hash in progress, for messages that come in parts.
pub struct Sm3 {
    state: State,
    rest: Block,
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

/// The hashes of messages that the callers have padded to two blocks.
pub fn digest_blocks(lanes: Lanes, messages: &[[Block; 2]]) -> Vec<[u8; 32]> {
    let lanes = lanes.min(Lanes::detected());
    let mut states = vec![INITIAL; messages.len()];
    let mut blocks: Vec<&Block> = Vec::with_capacity(messages.len());
    for number in 0..2 {
        blocks.clear();
        blocks.extend(messages.iter().map(|message| &message[number]));
        compress_each(lanes, &mut states, &blocks);
    }
    states.iter().map(words_to_bytes).collect()
}

/// The hash of each message. Messages of about the same length stand side by side.
pub fn sm3_many(lanes: Lanes, messages: &[&[u8]]) -> Vec<[u8; 32]> {
    let lanes = lanes.min(Lanes::detected());
    if lanes == Lanes::One || messages.len() < PAYS {
        return messages.iter().map(|message| sm3(message)).collect();
    }
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|&place| block_count(messages[place]));
    let mut digests = vec![[0u8; 32]; messages.len()];
    for places in order.chunks(lanes.count()) {
        let group: Vec<&[u8]> = places.iter().map(|&place| messages[place]).collect();
        for (&place, state) in places.iter().zip(&hash_group(lanes, &group)) {
            digests[place] = words_to_bytes(state);
        }
    }
    digests
}

/// Blocks of a message with its padding.
fn block_count(message: &[u8]) -> usize {
    (message.len() + 9).div_ceil(64)
}

/// States of a few messages, ascending by the number of their blocks: those that end first drop out.
fn hash_group(lanes: Lanes, messages: &[&[u8]]) -> Vec<State> {
    let ends: Vec<[Block; 2]> = messages.iter().map(|message| padded_end(message)).collect();
    let mut states = vec![INITIAL; messages.len()];
    let mut first = 0;
    let most = messages.last().map_or(0, |message| block_count(message));
    let mut blocks: Vec<&Block> = Vec::with_capacity(messages.len());
    for number in 0..most {
        first += messages[first..].iter().take_while(|message| block_count(message) <= number).count();
        blocks.clear();
        blocks.extend(messages[first..].iter().zip(&ends[first..]).map(|(message, end)| {
            let whole = message.as_chunks::<64>().0;
            whole.get(number).unwrap_or_else(|| &end[number - whole.len()])
        }));
        compress_each(lanes, &mut states[first..], &blocks);
    }
    states
}

/// The last bytes of a message with its padding: one block or two.
fn padded_end(message: &[u8]) -> [Block; 2] {
    let (whole, rest) = message.as_chunks::<64>();
    let mut end = [[0u8; 64]; 2];
    end[0][..rest.len()].copy_from_slice(rest);
    end[0][rest.len()] = 0x80;
    let last = block_count(message) - whole.len() - 1;
    end[last][56..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    end
}

fn words_to_bytes(state: &State) -> [u8; 32] {
    let mut digest = [0u8; 32];
    for (four, word) in digest.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    digest
}
