//! Numbers to test with.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

use earmark_kernels::{Format, from_bf16, to_bf16};

/// splitmix64.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        ((z >> 40) as f64 / f64::from(1u32 << 23) - 1.0) as f32
    }

    /// Values in −1..1.
    pub(crate) fn vector(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.next()).collect()
    }
}

/// The value that a factor has in this format.
pub(crate) fn held_in(format: Format, value: f32) -> f32 {
    match format {
        Format::Fp32 => value,
        Format::Bf16 => from_bf16(to_bf16(value)),
        Format::Bf16x3 => {
            let upper = from_bf16(to_bf16(value));
            upper + from_bf16(to_bf16(value - upper))
        }
    }
}
