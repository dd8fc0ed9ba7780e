//! A step up: twice as many frames and rows, then a convolution of three by three (`UNetBlock`: `upconv`, activation and upsampling
//! before it and its normalisation after).

use earmark_kernels::{
    Activation, Buffer, Conv, ConvJob, Format, Isa, Method, Shortcut, Source, Threads, Tile, padded,
};
use parking_lot::Mutex;

use super::config::{Step, Widths};
use super::maps::{Affine, Map};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Frames and rows of the convolution.
const TAPS: usize = 3;
/// Rows from which on larger tiles, and larger weights, are quicker.
const MANY_ROWS: usize = 32;

pub(super) struct Up {
    conv: Conv,
    /// What each of the maps that it reads goes through first: nothing, as none of it is negative.
    activations: Vec<Activation>,
    /// `[padded outer]`.
    bias: Vec<f32>,
}

impl Up {
    /// To a map of so many rows.
    pub(super) fn load(
        tensors: &dyn Tensors,
        step: Step,
        widths: Widths,
        rows: usize,
    ) -> Result<Up, ModelError> {
        let Widths {
            inner, back, outer, ..
        } = widths;
        let inputs = inner + back;
        let weights = tensors.floats(&step.up(), &[outer, inputs, TAPS, TAPS])?;
        let norm = match step.up_norm() {
            Some(name) => Affine::load(tensors, &name, outer)?,
            None => Affine {
                shift: tensors.floats(&step.up_bias(), &[outer])?,
                ..Affine::identity(outer)
            },
        };
        let sources: Vec<usize> = [inner, back].into_iter().filter(|&count| count > 0).collect();
        // The channels of each map are padded for themselves: where each padded one lies in the file.
        let mut places = Vec::new();
        for (index, &channels) in sources.iter().enumerate() {
            let place = |channel| (channel < channels).then_some(index * inner + channel);
            places.extend((0..padded(channels)).map(place));
        }
        let method = match rows {
            MANY_ROWS.. => Method::Winograd(Tile::Medium),
            _ => Method::Direct,
        };
        let weight = |output: usize, input: usize, frame: usize, row: usize| match places[input] {
            // In the file, rows come before frames.
            Some(input) if output < outer => {
                weights[((output * inputs + input) * TAPS + row) * TAPS + frame] * norm.scale[output]
            }
            _ => 0.0,
        };
        let conv = Conv::new(
            Isa::best(),
            Format::Fp32,
            method,
            places.len(),
            padded(outer),
            weight,
        );
        let activations = sources.iter().map(|&channels| Activation {
            scale: Buffer::from(&vec![1.0; padded(channels)][..]),
            shift: Buffer::zeros(padded(channels)),
        });
        let mut bias = norm.shift;
        bias.resize(padded(outer), 0.0);
        Ok(Up {
            conv,
            activations: activations.collect(),
            bias,
        })
    }

    pub(super) fn channels(&self) -> usize {
        self.bias.len()
    }

    /// From the maps of this size to one of twice as many frames and rows; `wide` has room for each of them at that size.
    pub(super) fn run(&self, threads: &Threads, maps: &[&Map], wide: &mut [Buffer], out: &mut Map) {
        let side = out.side;
        for (map, wide) in maps.iter().zip(&mut *wide) {
            upsample(threads, map, &mut wide[..side * side * map.channels]);
        }
        for row in out.values.chunks_exact_mut(self.bias.len()) {
            row.copy_from_slice(&self.bias);
        }
        let columns: Vec<Vec<Option<&[f32]>>> = maps
            .iter()
            .zip(&*wide)
            .map(|(map, wide)| {
                let frame = side * map.channels;
                let frames = wide[..side * frame].chunks_exact(frame).map(Some);
                std::iter::once(None).chain(frames).chain([None]).collect()
            })
            .collect();
        let sources: Vec<Source> = columns
            .iter()
            .zip(&self.activations)
            .map(|(columns, activation)| Source { columns, activation })
            .collect();
        let frame = out.frame();
        let mut frames: Vec<&mut [f32]> = out.values.chunks_exact_mut(frame).collect();
        self.conv.run(
            threads,
            ConvJob {
                sources: &sources,
                bins: side,
                out: &mut frames,
                shortcut: Shortcut::Held,
            },
        );
    }
}

/// Where a value of twice as many lies among those before: the first of the two that it lies between, and how far it is from it. The
/// first and the last of both lie at the same places.
fn place(index: usize, side: usize) -> (usize, f32) {
    let at = index as f32 * ((side - 1) as f32 / (2 * side - 1) as f32);
    let first = (at as usize).min(side - 1);
    (first, at - first as f32)
}

/// What is above zero of a map, at twice as many frames and rows.
fn upsample(threads: &Threads, map: &Map, out: &mut [f32]) {
    let (side, channels, length) = (map.side, map.channels, map.frame());
    let frames: Vec<_> = out.chunks_exact_mut(2 * length).map(Mutex::new).collect();
    threads.run(frames.len(), |index| {
        let (first, part) = place(index, side);
        let frame = |number: usize| &map.values[number.min(side - 1) * length..][..length];
        earmark_kernels::with_scratch(length, |between| {
            let pairs = frame(first).iter().zip(frame(first + 1));
            for (between, (a, b)) in between.iter_mut().zip(pairs) {
                *between = (1.0 - part) * a.max(0.0) + part * b.max(0.0);
            }
            let row = |number: usize| &between[number.min(side - 1) * channels..][..channels];
            for (index, out) in frames[index].lock().chunks_exact_mut(channels).enumerate() {
                let (first, part) = place(index, side);
                let pairs = row(first).iter().zip(row(first + 1));
                for (out, (a, b)) in out.iter_mut().zip(pairs) {
                    *out = (1.0 - part) * a + part * b;
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_stay_where_they_are_and_one_value_is_repeated() {
        assert_eq!([0, 3].map(|index| place(index, 2)), [(0, 0.0), (1, 0.0)]);
        assert_eq!([0, 1].map(|index| place(index, 1)), [(0, 0.0), (0, 0.0)]);
        let (first, part) = place(2, 2);
        assert!(first == 0 && (part - 2.0 / 3.0).abs() < 1e-6);
        let mut map = Map::zeros(2, 16);
        // A frame, a row: 3 and −3 in the first channel.
        (map.values[0], map.values[16]) = (3.0, -3.0);
        let mut out = vec![0.0; 4 * 4 * 16];
        upsample(&Threads::new(1), &map, &mut out);
        let first: Vec<f32> = out.iter().step_by(16).copied().collect();
        let expected = [3.0, 2.0, 1.0, 0.0, 2.0, 4.0 / 3.0, 2.0 / 3.0, 0.0];
        for (given, expected) in first.iter().zip(expected) {
            assert!((given - expected).abs() < 1e-6, "{first:?}");
        }
    }
}
