//! A network's weights on a card.

use candle_nn::VarBuilder;
use earmark_gpu::{Card, GROUP, Matrix, Vector, padded};

use super::net::refused;
use crate::error::ModelError;
use crate::resunet::config::ResUNetConfig;
use crate::resunet::streaming::graph::{Graph, Kind, Op};
use crate::resunet::streaming::weights::{Film, Source, batch_norm, values};
use crate::separator::Condition;

type Result<T> = std::result::Result<T, ModelError>;

/// What an operation multiplies with.
pub(super) enum Layer {
    Conv {
        weights: Matrix,
        film: Film,
        /// Of the block's second convolution, where the shortcut is not the input itself.
        shortcut: Option<(Matrix, Vector)>,
    },
    Pool,
    Up {
        weights: Matrix,
        film: Film,
    },
}

/// Everything of a network.
pub(super) struct Weights {
    /// Scale and shift of every bin.
    pub(super) normal: Vector,
    /// `pre_conv`: weights of all channels, then biases.
    pub(super) stem: Vector,
    /// One per operation.
    pub(super) layers: Vec<Layer>,
    /// `after_conv`, to three logits.
    pub(super) after: (Matrix, Vector),
}

impl Weights {
    /// By the official names, without prefix.
    pub(super) fn load(
        card: &Card,
        config: &ResUNetConfig,
        graph: &Graph,
        weights: &VarBuilder,
    ) -> Result<Weights> {
        let source = Source::new(config, weights);
        let base = &source.base;
        let (scale, shift) = batch_norm(&base.pp("bn0"), config.stft.bins()).map_err(weights_refused)?;
        // The network does not read the Nyquist bin.
        let inner = config.stft.bins() - 1;
        let normal: Vec<f32> = scale
            .iter()
            .zip(&shift)
            .take(inner)
            .flat_map(|(&scale, &shift)| [scale, shift])
            .collect();
        let read = |module: &str, name: &str, shape: &[usize]| {
            values(&base.pp(module), shape, name).map_err(weights_refused)
        };
        let mut stem = widened(&read("pre_conv", "weight", &[config.stem, 1, 1, 1])?);
        stem.extend(widened(&read("pre_conv", "bias", &[config.stem])?));
        let last = [graph.maps[graph.last].channels];
        Ok(Weights {
            normal: Vector::new(card, &normal).map_err(refused)?,
            stem: Vector::new(card, &stem).map_err(refused)?,
            layers: graph
                .ops
                .iter()
                .map(|op| Layer::load(card, &source, graph, op))
                .collect::<Result<_>>()?,
            after: pointwise(card, &base.pp("after_conv"), &last, 3)?,
        })
    }
}

impl Layer {
    fn load(card: &Card, source: &Source, graph: &Graph, op: &Op) -> Result<Layer> {
        let (inputs, outputs) = (graph.channels(&op.from), graph.maps[op.to].channels);
        let module = source.base.pp(&op.module);
        let film = || Film::load(source, op, &inputs).map_err(weights_refused);
        match &op.kind {
            Kind::Pool { .. } => Ok(Layer::Pool),
            Kind::Conv { .. } => Ok(Layer::Conv {
                weights: convolution(card, &module.pp(format!("conv{}", op.index)), &inputs, outputs)?,
                film: film()?,
                shortcut: graph
                    .projected(op)
                    .map(|around| pointwise(card, &module.pp("shortcut"), &around, outputs))
                    .transpose()?,
            }),
            Kind::Up { time, frequency } => {
                let (count, phases) = (inputs[0], time * frequency);
                let kernel = values(
                    &module.pp("conv1"),
                    &[count, outputs, *time, *frequency],
                    "weight",
                )
                .map_err(weights_refused)?;
                let weight = |phase: usize, input: usize, output: usize| match input < count {
                    true => kernel[(input * outputs + output) * phases + phase],
                    false => 0.0,
                };
                Ok(Layer::Up {
                    weights: Matrix::new(card, phases, padded(count), outputs, weight).map_err(refused)?,
                    film: film()?,
                })
            }
        }
    }

    /// Scales of all channels that it reads as rings hold them, then shifts, under a condition.
    pub(super) fn fold(&self, condition: &Condition) -> Vec<f32> {
        let film = match self {
            Layer::Conv { film, .. } | Layer::Up { film, .. } => film,
            Layer::Pool => return Vec::new(),
        };
        let parts = film.fold(condition);
        let widths = || {
            parts
                .iter()
                .zip(film.parts())
                .map(|(part, &channels)| (part, padded(channels)))
        };
        let scales = widths().flat_map(|(part, width)| part.scale[..width].to_vec());
        let shifts = widths().flat_map(|(part, width)| part.shift[..width].to_vec());
        scales.chain(shifts).collect()
    }

    /// What it takes of the card's memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Layer::Conv {
                weights, shortcut, ..
            } => weights.bytes() + shortcut.as_ref().map_or(0, |(matrix, _)| matrix.bytes()),
            Layer::Pool => 0,
            Layer::Up { weights, .. } => weights.bytes(),
        }
    }
}

fn convolution(card: &Card, weights: &VarBuilder, inputs: &[usize], outputs: usize) -> Result<Matrix> {
    let count: usize = inputs.iter().sum();
    let kernel = values(weights, &[outputs, count, 3, 3], "weight").map_err(weights_refused)?;
    let places = places(inputs);
    let weight = |_, row: usize, output: usize| match places[row % places.len()] {
        Some(input) => kernel[(output * count + input) * 9 + row / places.len()],
        None => 0.0,
    };
    Matrix::new(card, 1, 9 * places.len(), outputs, weight).map_err(refused)
}

fn pointwise(
    card: &Card,
    weights: &VarBuilder,
    inputs: &[usize],
    outputs: usize,
) -> Result<(Matrix, Vector)> {
    let count: usize = inputs.iter().sum();
    let kernel = values(weights, &[outputs, count, 1, 1], "weight").map_err(weights_refused)?;
    let bias = values(weights, &[outputs], "bias").map_err(weights_refused)?;
    let places = places(inputs);
    let weight =
        |_, row: usize, output: usize| places[row].map_or(0.0, |input| kernel[output * count + input]);
    Ok((
        Matrix::new(card, 1, places.len(), outputs, weight).map_err(refused)?,
        Vector::new(card, &widened(&bias)).map_err(refused)?,
    ))
}

/// Where the channels of several maps, each padded for itself, lie in a file that knows no padding.
fn places(inputs: &[usize]) -> Vec<Option<usize>> {
    let mut first = 0;
    let mut places = Vec::new();
    for &channels in inputs {
        places.extend((0..padded(channels)).map(|channel| (channel < channels).then_some(first + channel)));
        first += channels;
    }
    places
}

/// With zeros up to whole groups.
fn widened(values: &[f32]) -> Vec<f32> {
    let mut values = values.to_vec();
    values.resize(values.len().next_multiple_of(GROUP), 0.0);
    values
}

fn weights_refused(error: candle_core::Error) -> ModelError {
    crate::resunet::net::refused(error)
}
