//! What is done to every value of a feature map by itself, and the averages between stages.

use crate::isa::Isa;
use crate::simd::{Kernel, Simd};

/// Slope of the leaky ReLU below 0.
const SLOPE: f32 = 0.01;

/// `out[pixel] = lrelu(x[pixel] · scale + shift)` per channel, for pixels of `scale.len()` channels in a row; `out`'s
/// pixels begin every `stride` floats.
///
/// # Panics
/// When the lengths do not fit, or the channels are no multiple of [`LINE`](crate::LINE).
pub fn activate(isa: Isa, x: &[f32], scale: &[f32], shift: &[f32], out: &mut [f32], stride: usize) {
    let channels = scale.len();
    if x.is_empty() {
        return;
    }
    assert!(channels.is_multiple_of(crate::LINE) && channels == shift.len());
    assert!(x.len().is_multiple_of(channels) && channels <= stride);
    let end = (x.len() / channels - 1)
        .checked_mul(stride)
        .and_then(|last| last.checked_add(channels));
    assert!(end.is_some_and(|end| end <= out.len()), "pixels of the output");
    isa.run(Activate {
        x,
        scale,
        shift,
        out,
        stride,
    });
}

pub(crate) struct Activate<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) scale: &'a [f32],
    pub(crate) shift: &'a [f32],
    pub(crate) out: &'a mut [f32],
    pub(crate) stride: usize,
}

impl Kernel for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let channels = self.scale.len();
        let pixels = self.x.len() / channels;
        for begin in (0..channels).step_by(S::LANES) {
            // SAFETY: `activate` checked the lengths; the machine has the instructions in a kernel.
            unsafe {
                let scale = S::load(self.scale.as_ptr().add(begin));
                let shift = S::load(self.shift.as_ptr().add(begin));
                let slope = S::splat(SLOPE);
                let (x, out) = (self.x.as_ptr().add(begin), self.out.as_mut_ptr().add(begin));
                for pixel in 0..pixels {
                    let value = S::load(x.add(pixel * channels)).fma(scale, shift);
                    value.max(value.mul(slope)).store(out.add(pixel * self.stride));
                }
            }
        }
    }
}

/// The mean over all `columns` and over `bins` neighbouring bins, `[bins / bins, channels]`.
///
/// # Panics
/// When the lengths do not fit, or the channels are no multiple of [`LINE`](crate::LINE).
pub fn average(isa: Isa, columns: &[&[f32]], bins: usize, channels: usize, out: &mut [f32]) {
    assert!(channels.is_multiple_of(crate::LINE) && out.len().is_multiple_of(channels));
    let values = out.len().checked_mul(bins);
    assert!(
        columns.iter().all(|column| Some(column.len()) == values),
        "bins of the columns"
    );
    isa.run(Average {
        columns,
        bins,
        channels,
        out,
    });
}

struct Average<'a> {
    columns: &'a [&'a [f32]],
    bins: usize,
    channels: usize,
    out: &'a mut [f32],
}

impl Kernel for Average<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let share = 1.0 / (self.columns.len() * self.bins) as f32;
        for (pixel, out) in self.out.chunks_exact_mut(self.channels).enumerate() {
            for begin in (0..self.channels).step_by(S::LANES) {
                // SAFETY: `average` checked the lengths; the machine has the instructions in a kernel.
                unsafe {
                    let mut sum = S::splat(0.0);
                    for column in self.columns {
                        for bin in 0..self.bins {
                            let at = (pixel * self.bins + bin) * self.channels + begin;
                            sum = sum.add(S::load(column.as_ptr().add(at)));
                        }
                    }
                    sum.mul(S::splat(share)).store(out.as_mut_ptr().add(begin));
                }
            }
        }
    }
}

/// A 1 × 1 convolution of a single channel: `out[pixel] = x[pixel] · weight + bias`, `[pixels, weight.len()]`.
///
/// # Panics
/// When the lengths do not fit, or the channels are no multiple of [`LINE`](crate::LINE).
pub fn outer(isa: Isa, x: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
    assert!(weight.len().is_multiple_of(crate::LINE) && weight.len() == bias.len());
    assert_eq!(
        Some(out.len()),
        x.len().checked_mul(weight.len()),
        "pixels of the output"
    );
    isa.run(Outer { x, weight, bias, out });
}

struct Outer<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let channels = self.weight.len();
        for (x, out) in self.x.iter().zip(self.out.chunks_exact_mut(channels)) {
            for begin in (0..channels).step_by(S::LANES) {
                // SAFETY: `outer` checked the lengths; the machine has the instructions in a kernel.
                unsafe {
                    let weight = S::load(self.weight.as_ptr().add(begin));
                    let bias = S::load(self.bias.as_ptr().add(begin));
                    S::splat(*x).fma(weight, bias).store(out.as_mut_ptr().add(begin));
                }
            }
        }
    }
}
