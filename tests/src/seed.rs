//! Random choices that can be made again: the seed is printed, and `SEED=…` repeats a run.

use hub::domain::ids::random_between;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose moments and tickets.
#[derive(Clone, Debug)]
pub struct Seed(u64);

impl Seed {
    /// From `SEED` in the environment, or a new one; prints it.
    pub fn new() -> Self {
        let given = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
        let seed = given.unwrap_or_else(|| random_between(0, u64::from(u32::MAX)));
        println!("SEED={seed}");
        Self(seed)
    }

    /// Always the same.
    pub fn fixed(seed: u64) -> Self {
        println!("SEED={seed}");
        Self(seed)
    }

    /// Another stream of the same seed.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// From `min` to `max`, both included.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        min + self.next() % (max - min + 1)
    }

    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = items.len() as u64 - 1;
        &items[usize::try_from(self.between(0, last)).unwrap()]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::new()
    }
}
