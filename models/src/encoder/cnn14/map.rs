//! Feature maps, and the convolutions between them.

use earmark_kernels::Threads;

use super::product::Columns;
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Frames and bins of a kernel.
const KERNEL: usize = 3;
const TAPS: usize = KERNEL * KERNEL;
const EPSILON: f32 = 1e-5;

/// `[channels, frames, bins]`, row-major.
pub(super) struct Map {
    pub(super) frames: usize,
    pub(super) bins: usize,
    pub(super) values: Vec<f32>,
}

impl Map {
    /// Means of 2 frames by 2 bins; a last one that has no other is left out.
    pub(super) fn halved(&self) -> Map {
        let (frames, bins) = (self.frames / 2, self.bins / 2);
        let mut values = Vec::with_capacity(self.values.len() / 4);
        for channel in self.values.chunks_exact(self.frames * self.bins) {
            for frame in 0..frames {
                let [first, second] = [0, 1].map(|half| &channel[(2 * frame + half) * self.bins..]);
                let sums = first.chunks_exact(2).zip(second.chunks_exact(2));
                let mean = |(a, b): (&[f32], &[f32])| (a[0] + a[1] + b[0] + b[1]) / 4.0;
                values.extend(sums.take(bins).map(mean));
            }
        }
        Map { frames, bins, values }
    }

    /// Of every channel the mean over its bins, then the greatest over time plus the mean over time, `[channels]`.
    pub(super) fn summary(&self) -> Vec<f32> {
        let channel = |channel: &[f32]| {
            let levels = channel
                .chunks_exact(self.bins)
                .map(|frame| frame.iter().sum::<f32>() / self.bins as f32);
            let (most, sum) = levels.fold((f32::MIN, 0.0), |(most, sum), level| {
                (f32::max(most, level), sum + level)
            });
            most + sum / self.frames as f32
        };
        self.values
            .chunks_exact(self.frames * self.bins)
            .map(channel)
            .collect()
    }

    /// Its values with a margin of zeros around each channel, and what lies between the beginnings of two channels.
    fn with_margin(&self) -> (Vec<f32>, usize) {
        let wide = self.bins + KERNEL - 1;
        let size = (self.frames + KERNEL - 1) * wide;
        let channels = self.values.len() / (self.frames * self.bins);
        let mut values = vec![0.0; channels * size];
        for (index, row) in self.values.chunks_exact(self.bins).enumerate() {
            let (channel, frame) = (index / self.frames, index % self.frames);
            let start = channel * size + (frame + 1) * wide + 1;
            values[start..start + self.bins].copy_from_slice(row);
        }
        (values, size)
    }
}

/// A 3 × 3 convolution without a bias, the normalisation after it, and a ReLU.
pub(super) struct Convolution {
    /// `[outputs, inputs, 3, 3]`.
    weights: Vec<f32>,
    inputs: usize,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Convolution {
    pub(super) fn load(
        source: &dyn Tensors,
        [convolution, norm]: [String; 2],
        [outputs, inputs]: [usize; 2],
    ) -> Result<Convolution, ModelError> {
        let shape = [outputs, inputs, KERNEL, KERNEL];
        let weights = source.floats(&format!("{convolution}.weight"), &shape)?;
        let of = |name: &str| source.floats(&format!("{norm}.{name}"), &[outputs]);
        let (mean, variance) = (of("running_mean")?, of("running_var")?);
        let scale: Vec<f32> = of("weight")?
            .iter()
            .zip(&variance)
            .map(|(weight, variance)| weight / (variance + EPSILON).sqrt())
            .collect();
        let shift = of("bias")?
            .iter()
            .zip(mean.iter().zip(&scale))
            .map(|(bias, (mean, scale))| bias - mean * scale)
            .collect();
        Ok(Convolution {
            weights,
            inputs,
            scale,
            shift,
        })
    }

    /// A map of as many frames and bins.
    pub(super) fn of(&self, threads: &Threads, map: &Map) -> Map {
        let Map { frames, bins, .. } = *map;
        let (padded, size) = map.with_margin();
        let wide = bins + KERNEL - 1;
        // Where what a weight multiplies lies, from where what its pixel reads begins.
        let places: Vec<usize> = (0..self.inputs * TAPS)
            .map(|row| row / TAPS * size + row % TAPS / KERNEL * wide + row % KERNEL)
            .collect();
        let pixels: Vec<usize> = (0..frames * bins)
            .map(|pixel| pixel / bins * wide + pixel % bins)
            .collect();
        let columns = Columns::pack(places.len(), pixels.len(), |row, pixel| {
            padded[places[row] + pixels[pixel]]
        });
        let values = columns.times(threads, &self.weights, |output, pixels| {
            let (scale, shift) = (self.scale[output], self.shift[output]);
            for value in pixels {
                *value = (*value * scale + shift).max(0.0);
            }
        });
        Map { frames, bins, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_or_column_without_another_is_left_out_of_the_means() {
        let map = Map {
            frames: 3,
            bins: 5,
            values: (0..15).map(|value| value as f32).collect(),
        };
        let halved = map.halved();
        assert_eq!((halved.frames, halved.bins), (1, 2));
        assert_eq!(halved.values, [3.0, 5.0]);
        // The mean of the first frame is 2, then 7 and 12.
        assert_eq!(map.summary(), [12.0 + 7.0]);
    }
}
