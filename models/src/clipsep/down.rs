//! A step down: half as many frames and rows, by a convolution of four by four (`UNetBlock`: `downconv`, its activation before and
//! its normalisation after).

use earmark_kernels::{Buffer, Format, Init, Isa, Matrix, Rows, Threads, multiply_pieces, padded};
use parking_lot::Mutex;

use super::config::{Step, Widths};
use super::maps::{Affine, Map};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Frames and rows that one value is made of.
const TAPS: usize = 4;
/// Frames and rows that the next one lies further on.
const STRIDE: usize = 2;
/// What is left of a negative value.
const SLOPE: f32 = 0.2;

pub(super) struct Down {
    /// A piece for each of four frames, in it four rows of the map's channels.
    matrix: Matrix,
    /// `[padded inner]`.
    bias: Vec<f32>,
    /// Whether what it reads is activated first.
    activates: bool,
}

impl Down {
    /// Of a map whose channels are padded to `channels`.
    pub(super) fn load(
        tensors: &dyn Tensors,
        step: Step,
        widths: Widths,
        channels: usize,
    ) -> Result<Down, ModelError> {
        let Widths { given, inner, .. } = widths;
        let weights = tensors.floats(&step.down(), &[inner, given, TAPS, TAPS])?;
        let norm = match step.down_norm() {
            Some(name) => Affine::load(tensors, &name, inner)?,
            None => Affine::identity(inner),
        };
        let span = TAPS * channels;
        let value = |index: usize, output: usize| {
            let (frame, row, channel) = (index / span, index % span / channels, index % channels);
            match output < inner && channel < given {
                // In the file, rows come before frames.
                true => {
                    let at = ((output * given + channel) * TAPS + row) * TAPS + frame;
                    weights[at] * norm.scale[output]
                }
                false => 0.0,
            }
        };
        let matrix = Matrix::pack_pieces(Isa::best(), Format::Fp32, TAPS, span, padded(inner), value);
        let mut bias = norm.shift;
        bias.resize(padded(inner), 0.0);
        Ok(Down {
            matrix,
            bias,
            activates: !step.is_first(),
        })
    }

    /// Floats that [`Down::run`] needs for a map.
    pub(super) fn scratch(map: &Map) -> usize {
        (map.side + 2) * (map.side + 2) * map.channels
    }

    /// From a map to one of half as many frames and rows.
    pub(super) fn run(&self, threads: &Threads, map: &Map, scratch: &mut Buffer, out: &mut Map) {
        // The map with a frame and a row of zeros around it.
        let (frame, length) = (map.frame(), map.frame() + 2 * map.channels);
        let around = &mut scratch[..Self::scratch(map)];
        around.fill(0.0);
        let frames = around.chunks_exact_mut(length).skip(1);
        for (around, values) in frames.zip(map.values.chunks_exact(frame)) {
            let inside = &mut around[map.channels..][..frame];
            inside.copy_from_slice(values);
            if self.activates {
                inside
                    .iter_mut()
                    .for_each(|value| *value = value.max(SLOPE * *value));
            }
        }
        let around = &*around;
        let pieces: [usize; TAPS] = std::array::from_fn(|piece| piece * length);
        let (rows, columns, frame) = (out.side, out.channels, out.frame());
        let frames: Vec<_> = out.values.chunks_exact_mut(frame).map(Mutex::new).collect();
        threads.run(frames.len(), |index| {
            let read = Rows {
                values: &around[STRIDE * index * length..],
                stride: STRIDE * map.channels,
            };
            let out = &mut frames[index].lock();
            multiply_pieces(
                read,
                &pieces,
                &self.matrix,
                out,
                columns,
                rows,
                Init::Bias(&self.bias),
            );
        });
    }

    pub(super) fn channels(&self) -> usize {
        self.matrix.columns()
    }
}
