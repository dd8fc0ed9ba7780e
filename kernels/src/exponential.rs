//! The exponential function and what is made of it, for whole rows of values.
//!
//! Every instruction set gives the same bits: nothing is fused, and there is no function of the system's in it.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// x · sigmoid(x), in place, to 3e-7 of the largest of |x| and 1.
pub fn silu(isa: Isa, x: &mut [f32]) {
    isa.run(Silu(x));
}

/// exp(x − less), in place, to 3e-7 of the exponential of that difference in single precision. What is below −87 gives about
/// 1e-38.
pub fn exp_of_difference(isa: Isa, x: &mut [f32], less: f32) {
    isa.run(Exp { x, less });
}

/// x · Φ(x) with the normal distribution's Φ, in place, to 4e-7 of the largest of |x| and 1: GELU by the error function.
pub fn gelu(isa: Isa, x: &mut [f32]) {
    isa.run(Gelu(x));
}

struct Gelu<'a>(&'a mut [f32]);

impl Kernel for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for value in self.0 {
            *value *= normal(*value);
        }
    }
}

/// Φ(x), to 1.5e-7: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 7.1.26.
#[inline(always)]
fn normal(x: f32) -> f32 {
    const SERIES: [f32; 4] = [-1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6];
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let mut sum = 1.061_405_4;
    for factor in SERIES {
        sum = sum * t + factor;
    }
    // What is left of the distribution beyond |x|.
    let rest = 0.5 * sum * t * exp(-z * z);
    if x < 0.0 { rest } else { 1.0 - rest }
}

struct Silu<'a>(&'a mut [f32]);

impl Kernel for Silu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for value in self.0 {
            *value /= 1.0 + exp(-*value);
        }
    }
}

struct Exp<'a> {
    x: &'a mut [f32],
    less: f32,
}

impl Kernel for Exp<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for value in self.x {
            *value = exp(*value - self.less);
        }
    }
}

/// 2 to the whole part of x / ln 2, times a polynomial of what is left. Without a branch or a call, so that a loop of it is
/// compiled to vectors. Not a number stays so; what is above 87 gives about 6e37.
#[inline(always)]
#[expect(
    clippy::excessive_precision,
    reason = "the digits say where the numbers are from"
)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding it leaves the nearest whole number in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    // ln 2 in two parts, the first of which has few bits: times a whole number it is exact.
    const LN_2: [f32; 2] = [0.693_359_375, -2.121_944_4e-4];
    // 1/7! and so on: Taylor's, which within ± ln 2 / 2 is below single precision's rounding errors.
    const SERIES: [f32; 6] = [
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
    ];
    let clamped = if x > 87.0 { 87.0 } else { x };
    let clamped = if clamped < -87.0 { -87.0 } else { clamped };
    let shifted = clamped * std::f32::consts::LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    let left = clamped - whole * LN_2[0] - whole * LN_2[1];
    let mut sum = SERIES[0];
    for factor in &SERIES[1..] {
        sum = sum * left + factor;
    }
    let fraction = sum * left * left + left + 1.0;
    fraction * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}
