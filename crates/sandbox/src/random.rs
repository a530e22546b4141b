//! What a sandbox draws its ids, keys and chances from.

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

/// A source of random values; the same seed gives the same ones.
#[derive(Debug)]
pub struct Random(StdRng);

impl Random {
    /// Drawn from the seed, or from the machine where there is none.
    pub fn new(seed: Option<u64>) -> Self {
        Self(StdRng::seed_from_u64(seed.unwrap_or_else(rand::random)))
    }

    /// A UUID.
    pub fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    /// A number from 0 to below `end`; 0 where `end` is.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0.random_range(0..end.max(1))
    }

    /// A number from 0 to below 1.
    pub fn fraction(&mut self) -> f64 {
        self.0.random()
    }
}
