//! Weights in the form that the kernels read, and the conditions folded into them.

use candle_nn::VarBuilder;
use earmark_kernels::{Activation, Buffer, Conv, Format, Isa, Matrix, Method, Threads, Tile, padded};
use parking_lot::Mutex;

use super::graph::{Graph, Kind, Op};
use super::precision::Formats;
use crate::resunet::config::{FilmKind, ResUNetConfig};
use crate::separator::Condition;

type Result<T> = candle_core::Result<T>;

/// Products of channels above which tiles are medium: their transformed weights take a third less memory, and a block of a
/// stream has few columns there.
const MANY_PRODUCTS: usize = 256 * 256;
/// Bins up to which they are small: there is so little to compute that memory counts more.
const FEW_BINS: usize = 32;
/// Bins up to which there are none: a stream computes one column there at a time, of which tiles waste half.
const FEWEST_BINS: usize = 16;
/// The first map's bins over those of the maps from which on bfloat16 is precise enough. Rounding errors of the layers
/// above are heard ten times as loud, and bfloat16 would gain little there: it needs small tiles, two of whose products in
/// the time of one are no quicker than large tiles in single precision.
const DEEP: usize = 8;

/// What an operation multiplies with.
pub(super) enum Layer {
    Conv {
        conv: Conv,
        film: Film,
        /// Of the block's second convolution, where the shortcut is not the input itself.
        shortcut: Option<Pointwise>,
    },
    Pool,
    /// One matrix for each column that an input column becomes, `[inputs, frequency · outputs]`.
    Up {
        matrices: Vec<Matrix>,
        film: Film,
    },
}

/// A 1 × 1 convolution of some maps.
pub(super) struct Pointwise {
    /// One for each map.
    pub(super) matrices: Vec<Matrix>,
    /// `[outputs padded]`.
    pub(super) bias: Buffer,
}

/// Everything of a network.
pub(super) struct Weights {
    /// Scale and shift of every bin, `[bins − 1]` each.
    pub(super) bn0: (Vec<f32>, Vec<f32>),
    /// Weight and bias of the one-channel input, `[channels padded]` each.
    pub(super) pre_conv: (Buffer, Buffer),
    /// One per operation.
    pub(super) layers: Vec<Layer>,
    /// To three logits, padded.
    pub(super) after_conv: Pointwise,
}

/// A batch normalisation that a condition shifts (and scales).
pub(super) struct Film {
    scale: Vec<f32>,
    shift: Vec<f32>,
    gamma: Option<Linear>,
    beta: Linear,
    /// Channels of each map that is read.
    parts: Vec<usize>,
}

/// `[channels, condition_size]` and `[channels]`.
struct Linear {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    fn load(weights: VarBuilder, inputs: usize, outputs: usize) -> Result<Linear> {
        Ok(Linear {
            weight: values(&weights, &[outputs, inputs], "weight")?,
            bias: values(&weights, &[outputs], "bias")?,
        })
    }

    fn of(&self, condition: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(condition.len());
        let dot = |row: &[f32]| row.iter().zip(condition).map(|(a, b)| a * b).sum::<f32>();
        rows.zip(&self.bias).map(|(row, bias)| dot(row) + bias).collect()
    }
}

impl Film {
    pub(super) fn load(source: &Source, op: &Op, channels: &[usize]) -> Result<Film> {
        let count = channels.iter().sum();
        let (scale, shift) = batch_norm(&source.base.pp(&op.module).pp(format!("bn{}", op.index)), count)?;
        let path = op.module.replace('.', "->");
        let linear = |what: &str| {
            let key = format!("{path}->{what}{}", op.index);
            Linear::load(source.film.pp(key), source.config.condition_size, count)
        };
        Ok(Film {
            scale,
            shift,
            gamma: (source.config.film == FilmKind::Affine)
                .then(|| linear("gamma"))
                .transpose()?,
            beta: linear("beta")?,
            parts: channels.to_vec(),
        })
    }

    fn bytes(&self) -> usize {
        let linear = |linear: &Linear| linear.weight.len();
        (linear(&self.beta) + self.gamma.as_ref().map_or(0, linear)) * size_of::<f32>()
    }

    /// Channels of each map that is read.
    #[cfg(feature = "gpu")]
    pub(super) fn parts(&self) -> &[usize] {
        &self.parts
    }

    /// One activation for each map that is read. Channels of the padding stay 0.
    pub(super) fn fold(&self, condition: &Condition) -> Vec<Activation> {
        let beta = self.beta.of(&condition.values);
        let gamma = self.gamma.as_ref().map(|gamma| gamma.of(&condition.values));
        let mut first = 0;
        let fold = |&channels: &usize| {
            let (mut scale, mut shift) = (Buffer::zeros(padded(channels)), Buffer::zeros(padded(channels)));
            for channel in 0..channels {
                let at = first + channel;
                let gain = gamma.as_ref().map_or(1.0, |gamma| 1.0 + gamma[at]);
                scale[channel] = self.scale[at] * gain;
                shift[channel] = self.shift[at] * gain + beta[at];
            }
            first += channels;
            Activation { scale, shift }
        };
        self.parts.iter().map(fold).collect()
    }
}

/// Where the weights are.
pub(super) struct Source<'a> {
    pub(super) base: VarBuilder<'a>,
    film: VarBuilder<'a>,
    config: &'a ResUNetConfig,
}

impl<'a> Source<'a> {
    pub(super) fn new(config: &'a ResUNetConfig, weights: &VarBuilder<'a>) -> Source<'a> {
        Source {
            base: weights.pp("base"),
            film: weights.pp("film"),
            config,
        }
    }
}

impl Weights {
    /// By the official names, without prefix. The threads load a layer each.
    pub(super) fn load(
        config: &ResUNetConfig,
        graph: &Graph,
        weights: &VarBuilder,
        (isa, formats): (Isa, Formats),
        threads: &Threads,
    ) -> Result<Weights> {
        let source = Source::new(config, weights);
        let (mut scale, mut shift) = batch_norm(&source.base.pp("bn0"), config.stft.bins())?;
        // The network does not read the Nyquist bin.
        scale.pop();
        shift.pop();
        let pre_conv = source.base.pp("pre_conv");
        let stem =
            |name: &str, shape: &[usize]| values(&pre_conv, shape, name).map(|values| widened(&values));
        let after = graph.maps[graph.last].channels;
        Ok(Weights {
            bn0: (scale, shift),
            pre_conv: (
                stem("weight", &[config.stem, 1, 1, 1])?,
                stem("bias", &[config.stem])?,
            ),
            layers: side_by_side(threads, &graph.ops, |op| {
                Layer::load(&source, graph, op, isa, formats)
            })?,
            after_conv: Pointwise::load(&source.base.pp("after_conv"), isa, Format::Fp32, &[after], 3)?,
        })
    }
}

/// What `load` makes of all of these, in their order; an error is the first one in that order.
fn side_by_side<T: Sync, R: Send>(
    threads: &Threads,
    all: &[T],
    load: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let loaded: Vec<Mutex<Option<Result<R>>>> = all.iter().map(|_| Mutex::new(None)).collect();
    threads.run(all.len(), |index| {
        let result = load(&all[index]);
        *loaded[index].lock() = Some(result);
    });
    loaded.into_iter().filter_map(Mutex::into_inner).collect()
}

impl Layer {
    /// What it takes of memory.
    pub(super) fn bytes(&self) -> usize {
        let of = |matrices: &[Matrix]| matrices.iter().map(Matrix::bytes).sum::<usize>();
        match self {
            Layer::Conv { conv, film, shortcut } => {
                conv.bytes() + film.bytes() + shortcut.as_ref().map_or(0, |shortcut| of(&shortcut.matrices))
            }
            Layer::Pool => 0,
            Layer::Up { matrices, film } => of(matrices) + film.bytes(),
        }
    }

    fn load(source: &Source, graph: &Graph, op: &Op, isa: Isa, formats: Formats) -> Result<Layer> {
        let format = match graph.maps[op.to].bins * DEEP <= graph.maps[0].bins {
            true => formats.deep,
            false => formats.outer,
        };
        let (inputs, outputs) = (graph.channels(&op.from), graph.maps[op.to].channels);
        let module = source.base.pp(&op.module);
        match &op.kind {
            Kind::Pool { .. } => Ok(Layer::Pool),
            Kind::Conv { .. } => Ok(Layer::Conv {
                conv: convolution(
                    &module.pp(format!("conv{}", op.index)),
                    isa,
                    format,
                    &inputs,
                    outputs,
                    graph.maps[op.to].bins,
                )?,
                film: Film::load(source, op, &inputs)?,
                shortcut: graph
                    .projected(op)
                    .map(|around| Pointwise::load(&module.pp("shortcut"), isa, format, &around, outputs))
                    .transpose()?,
            }),
            Kind::Up { time, frequency } => {
                let count = inputs[0];
                let shape = [count, outputs, *time, *frequency];
                let kernel = values(&module.pp("conv1"), &shape, "weight")?;
                let wide = padded(outputs);
                let matrix = |t: usize| {
                    Matrix::pack(isa, format, padded(count), frequency * wide, |input, column| {
                        let (f, output) = (column / wide, column % wide);
                        if input >= count || output >= outputs {
                            return 0.0;
                        }
                        kernel[((input * outputs + output) * time + t) * frequency + f]
                    })
                };
                Ok(Layer::Up {
                    matrices: (0..*time).map(matrix).collect(),
                    film: Film::load(source, op, &inputs)?,
                })
            }
        }
    }
}

impl Pointwise {
    fn load(
        weights: &VarBuilder,
        isa: Isa,
        format: Format,
        inputs: &[usize],
        outputs: usize,
    ) -> Result<Pointwise> {
        let count: usize = inputs.iter().sum();
        let kernel = values(weights, &[outputs, count, 1, 1], "weight")?;
        let mut first = 0;
        let matrix = |&channels: &usize| {
            let matrix = Matrix::pack(isa, format, padded(channels), padded(outputs), |input, output| {
                if input >= channels || output >= outputs {
                    return 0.0;
                }
                kernel[output * count + first + input]
            });
            first += channels;
            matrix
        };
        Ok(Pointwise {
            matrices: inputs.iter().map(matrix).collect(),
            bias: widened(&values(weights, &[outputs], "bias")?),
        })
    }
}

fn convolution(
    weights: &VarBuilder,
    isa: Isa,
    format: Format,
    inputs: &[usize],
    outputs: usize,
    bins: usize,
) -> Result<Conv> {
    let count: usize = inputs.iter().sum();
    let kernel = values(weights, &[outputs, count, 3, 3], "weight")?;
    // The channels of every map are padded for themselves: where each padded one lies in the file.
    let mut places = Vec::new();
    let mut first = 0;
    for &channels in inputs {
        places.extend((0..padded(channels)).map(|channel| (channel < channels).then_some(first + channel)));
        first += channels;
    }
    let method = match count * outputs {
        // Tile registers multiply so much faster than anything else is computed that transforms do not pay.
        _ if isa.has_tiles() && format != Format::Fp32 => Method::Direct,
        ..=MANY_PRODUCTS => Method::Winograd(Tile::Large),
        _ if bins <= FEWEST_BINS => Method::Direct,
        _ if bins <= FEW_BINS => Method::Winograd(Tile::Small),
        _ => Method::Winograd(Tile::Medium),
    };
    Ok(Conv::new(
        isa,
        format,
        method,
        places.len(),
        padded(outputs),
        |output, input, frame, bin| match places[input] {
            Some(input) if output < outputs => kernel[((output * count + input) * 3 + frame) * 3 + bin],
            _ => 0.0,
        },
    ))
}

/// Scale and shift of an evaluated batch normalisation.
pub(super) fn batch_norm(weights: &VarBuilder, channels: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    let of = |name: &str| values(weights, &[channels], name);
    let (weight, bias, mean, variance) = (
        of("weight")?,
        of("bias")?,
        of("running_mean")?,
        of("running_var")?,
    );
    let scale: Vec<f32> = weight
        .iter()
        .zip(&variance)
        .map(|(weight, variance)| weight / (variance + 1e-5).sqrt())
        .collect();
    let shift = (0..channels)
        .map(|channel| bias[channel] - mean[channel] * scale[channel])
        .collect();
    Ok((scale, shift))
}

pub(super) fn values(weights: &VarBuilder, shape: &[usize], name: &str) -> Result<Vec<f32>> {
    weights.get(shape, name)?.flatten_all()?.to_vec1()
}

/// With zeros up to whole lines.
fn widened(values: &[f32]) -> Buffer {
    let mut buffer = Buffer::zeros(padded(values.len()));
    buffer[..values.len()].copy_from_slice(values);
    buffer
}
