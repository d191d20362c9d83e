//! The targets of `fuzz/` on random bytes and mutated seeds, with the stable toolchain.
//!
//! One second per target; `HUITONG_FUZZ_SECONDS=600 cargo test --release --test fuzz -- --nocapture` for a campaign.
//! There is no feedback from coverage as libFuzzer has it; the seeds lead behind the first checks instead.

mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use huitong_native::sm2::sign::Signer;

/// Most mutations of one seed.
const MUTATIONS: u64 = 4;
const MAX_BYTES: usize = 2048;

/// xorshift64*: repeatable and good enough to choose what to change.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        (0..size).map(|_| self.below(256) as u8).collect()
    }

    /// Flip a bit, write an extreme byte, cut, insert, repeat.
    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() as u64 + 1) as usize;
        match self.below(6) {
            0 | 1 if at < input.len() => input[at] ^= 1 << self.below(8),
            2 if at < input.len() => input[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5) as usize],
            3 => input.truncate(at),
            4 => input.insert(at, self.below(256) as u8),
            _ => input.extend_from_within(at..),
        }
        input.truncate(MAX_BYTES);
    }

    /// A seed with some changes, or random bytes.
    fn input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = match self.below(8) {
            0 => {
                let size = self.below(300) as usize;
                self.bytes(size)
            }
            _ => seeds[self.below(seeds.len() as u64) as usize].clone(),
        };
        for _ in 0..self.below(MUTATIONS + 1) {
            self.mutate(&mut input);
        }
        input
    }
}

fn run(name: &str, target: fn(&[u8]), seeds: &[Vec<u8>]) {
    let seconds = std::env::var("HUITONG_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (end, mut random, mut cases) = (Instant::now() + Duration::from_secs(seconds), Random(0x5eed), 0u64);
    while Instant::now() < end {
        let input = random.input(seeds);
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(outcome.is_ok(), "{name} fails on {hex}");
        cases += 1;
    }
    println!("{name}: {cases} cases in {seconds} s");
    assert!(cases > 0);
}

#[test]
fn sm2_verify() {
    let signer = Signer::new(&[7; 32]).unwrap();
    let seeds: Vec<Vec<u8>> = (1..20u8)
        .map(|number| {
            let digest = [number; 32];
            [&signer.public()[1..], &digest, &signer.sign(&digest).unwrap()].concat()
        })
        .collect();
    run("sm2_verify", targets::sm2_verify, &seeds);
}

#[test]
fn sm3_messages() {
    let message = |size: u8| [vec![size], vec![size; usize::from(size)]].concat();
    let seeds = [message(64), message(55).repeat(9), message(56).repeat(20), (0..40).flat_map(message).collect()];
    run("sm3_messages", targets::sm3_messages, &seeds);
}

#[test]
fn tree_records() {
    let record: Vec<u8> = (0..20u8).flat_map(|number| [[number; 32], [0xaa; 32]].concat()).collect();
    let seed = |bits: u8, record: &[u8]| [&[bits][..], &[0; 32], &[3; 32], record].concat();
    run("tree_records", targets::tree_records, &[seed(0, &record), seed(3, &record[..256]), seed(9, b"")]);
}

#[test]
fn secp256k1_recovery() {
    // r = 1 has a point on the curve, so any digest and s give a key
    let numbers = |s: u8, v: u8| [&[9; 32][..], &[0; 31], &[1], &[0; 31], &[s], &[v]].concat();
    run("secp256k1_recovery", targets::secp256k1_recovery, &[numbers(1, 0), numbers(7, 1)]);
}

#[test]
fn scan() {
    let seeds = [&b"\x93\x01\xa3abc\xc4\x02xy"[..], b"\x82\xa1a\x91\xc0\xa1b\xcd\x01\x00", b"\xdc\x00\x10", b"\xc0"];
    run("scan", targets::scan, &seeds.map(<[u8]>::to_vec));
}
