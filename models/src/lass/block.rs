//! Two 3 × 3 convolutions, each of a normalised and activated map, and a shortcut around both (`ConvBlockResCond` in
//! `model/modules.py`).
//!
//! A query adds to each convolution's result. What it adds to the first is folded into the normalisation after it; what it
//! adds to the second and to the shortcut goes, with the shortcut's bias, to the sum of both.

use std::ops::Range;

use earmark_kernels::{
    Activation, Buffer, Conv, ConvJob, Format, Init, Isa, Matrix, Method, Rows, Shortcut, Source, Threads,
    Tile, multiply, padded,
};
use parking_lot::Mutex;

use super::film::Film;
use super::graph::BlockShape;
use super::map::Map;
use super::net::Norm;
use crate::error::ModelError;
use crate::tensors::Tensors;

/// The last stage that is computed in tiles. Down to there, maps are large and weights small: it takes less than half of the time
/// of direct convolutions, and 90 MB. One stage more would save another eighth, and take 135 MB.
const LAST_TILED: usize = 3;

pub(super) struct Block {
    /// Of each map that it reads.
    first: Vec<Activation>,
    conv1: Conv,
    film1: Film,
    second: Norm,
    conv2: Conv,
    film2: Film,
    /// Where it gives another number of channels than it reads.
    around: Option<Around>,
}

/// A 1 × 1 convolution.
struct Around {
    /// One for each map.
    matrices: Vec<Matrix>,
    bias: Vec<f32>,
    film: Film,
}

/// What a query makes of a block.
pub(super) struct Fold {
    second: Activation,
    /// Added to the sum, `[outputs padded]`.
    bias: Buffer,
}

impl Block {
    pub(super) fn load(
        tensors: &dyn Tensors,
        isa: Isa,
        shape: &BlockShape,
        condition: usize,
    ) -> Result<Block, ModelError> {
        let BlockShape { name, inputs, .. } = shape;
        let method = match shape.stage {
            0..=LAST_TILED => Method::Winograd(Tile::Large),
            _ => Method::Direct,
        };
        let (outputs, count) = (shape.outputs, inputs.iter().sum::<usize>());
        let film = |part: &str| Film::load(tensors, &format!("{name}.{part}"), outputs, condition);
        let conv = |part: &str, maps: &[usize]| -> Result<Conv, ModelError> {
            let count = maps.iter().sum::<usize>();
            let weight = tensors.floats(&format!("{name}.{part}.weight"), &[outputs, count, 3, 3])?;
            let channels = places(maps);
            let value = |output: usize, input: usize, frame: usize, bin: usize| match channels[input] {
                Some(input) if output < outputs => weight[((output * count + input) * 3 + frame) * 3 + bin],
                _ => 0.0,
            };
            let (inputs, outputs) = (channels.len(), padded(outputs));
            Ok(Conv::new(isa, Format::Fp32, method, inputs, outputs, value))
        };
        let around = || -> Result<Around, ModelError> {
            let shortcut = format!("{name}.shortcut");
            let weight = tensors.floats(&format!("{shortcut}.weight"), &[outputs, count, 1, 1])?;
            let mut first = 0;
            let matrix = |&channels: &usize| {
                let value = |input: usize, output: usize| match input < channels && output < outputs {
                    true => weight[output * count + first + input],
                    false => 0.0,
                };
                let (depth, columns) = (padded(channels), padded(outputs));
                let matrix = Matrix::pack(isa, Format::Fp32, depth, columns, value);
                first += channels;
                matrix
            };
            Ok(Around {
                matrices: inputs.iter().map(matrix).collect(),
                bias: tensors.floats(&format!("{shortcut}.bias"), &[outputs])?,
                film: film("film_res")?,
            })
        };
        Ok(Block {
            first: Norm::load(tensors, &format!("{name}.bn1"), count)?.activations(inputs),
            conv1: conv("conv1", inputs)?,
            film1: film("film1")?,
            second: Norm::load(tensors, &format!("{name}.bn2"), outputs)?,
            conv2: conv("conv2", &[outputs])?,
            film2: film("film2")?,
            around: (count != outputs).then(around).transpose()?,
        })
    }

    pub(super) fn fold(&self, condition: &[f32]) -> Fold {
        let second = self.second.after(&self.film1.of(condition));
        let outputs = second.scale.len();
        let mut bias = Buffer::zeros(outputs);
        let mut add = |values: &[f32]| bias.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        add(&self.film2.of(condition));
        if let Some(around) = &self.around {
            add(&around.bias);
            add(&around.film.of(condition));
        }
        Fold { second, bias }
    }

    /// The first convolution's columns `range`, of these bins.
    pub(super) fn first(
        &self,
        threads: &Threads,
        bins: usize,
        from: &[&Map],
        range: Range<usize>,
        out: &mut [Buffer],
    ) {
        let columns: Vec<_> = from.iter().map(|map| map.around(range.clone())).collect();
        let sources: Vec<Source> = columns
            .iter()
            .zip(&self.first)
            .map(|(columns, activation)| Source { columns, activation })
            .collect();
        convolve(&self.conv1, threads, bins, &sources, out, Shortcut::None);
    }

    /// The block's columns `range`: the second convolution of the first one's, and the shortcut of what the block reads.
    pub(super) fn second(
        &self,
        threads: &Threads,
        fold: &Fold,
        bins: usize,
        (inner, from): (&Map, &[&Map]),
        range: Range<usize>,
        out: &mut [Buffer],
    ) {
        let columns: Vec<_> = range
            .clone()
            .zip(&mut *out)
            .map(|(at, out)| (at, Mutex::new(out)))
            .collect();
        threads.run(columns.len(), |index| {
            let (at, out) = &columns[index];
            self.shortcut(fold, bins, from, *at, &mut out.lock());
        });
        drop(columns);
        let source = Source {
            columns: &inner.around(range),
            activation: &fold.second,
        };
        convolve(&self.conv2, threads, bins, &[source], out, Shortcut::Held);
    }

    fn shortcut(&self, fold: &Fold, bins: usize, from: &[&Map], at: usize, out: &mut [f32]) {
        let outputs = fold.bias.len();
        let Some(around) = &self.around else {
            out.copy_from_slice(from[0].column(at));
            for pixel in out.chunks_exact_mut(outputs) {
                pixel
                    .iter_mut()
                    .zip(&fold.bias[..])
                    .for_each(|(value, bias)| *value += bias);
            }
            return;
        };
        let mut init = Init::Bias(&fold.bias);
        for (map, matrix) in from.iter().zip(&around.matrices) {
            let rows = Rows {
                values: map.column(at),
                stride: matrix.depth(),
            };
            multiply(rows, matrix, out, outputs, bins, init);
            init = Init::Keep;
        }
    }
}

fn convolve(
    conv: &Conv,
    threads: &Threads,
    bins: usize,
    sources: &[Source],
    out: &mut [Buffer],
    shortcut: Shortcut,
) {
    let mut out: Vec<&mut [f32]> = out.iter_mut().map(|column| &mut column[..]).collect();
    conv.run(
        threads,
        ConvJob {
            sources,
            bins,
            out: &mut out,
            shortcut,
        },
    );
}

/// Where the channels of maps lie that follow each other, each padded: `None` for padding.
fn places(maps: &[usize]) -> Vec<Option<usize>> {
    let mut first = 0;
    let mut places = Vec::new();
    for &channels in maps {
        places.extend((0..padded(channels)).map(|channel| (channel < channels).then_some(first + channel)));
        first += channels;
    }
    places
}
