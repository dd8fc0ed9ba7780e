//! The network's weights, and the computation of one step of a stream.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use earmark_kernels::{
    Activation, Format, Init, Isa, Job, Matrix, Rows, Shortcut, Source, Threads, activate, average, multiply,
    outer, padded, with_scratch,
};
use parking_lot::Mutex;

use super::columns::Columns;
use super::graph::{Graph, Kind, Op};
use super::maps::FeatureMap;
use super::precision::Precision;
use super::schedule::{Schedule, Step, Task};
use super::weights::{Layer, Pointwise, Weights};
use crate::error::ModelError;
use crate::resunet::config::ResUNetConfig;
use crate::separator::Condition;

/// The floor of the published transform: magnitudes never reach 0.
pub(in crate::resunet) const FLOOR: f32 = 1e-5;
/// Rows of a column that one task multiplies, so that what they read and write stays in the nearest caches.
const PIXELS: usize = 96;

/// A ResUNet's weights on our own kernels; see [`Streaming`](super::Streaming) for running it.
pub struct StreamingNet {
    pub(super) config: ResUNetConfig,
    pub(super) graph: Graph,
    pub(super) weights: Weights,
    isa: Isa,
    format: Format,
    threads: Arc<Threads>,
    /// Of each feature map, columns of streams that have ended, for those that begin: a query change must not wait for fresh
    /// memory.
    spare: Mutex<Vec<Vec<Columns>>>,
}

/// Queries whose maps are kept after their streams have ended.
const SPARE_QUERIES: usize = 2;

impl StreamingNet {
    /// Reads a safetensors file with the official tensor names, as [`ResUNet`](super::super::ResUNet) does, for this
    /// machine's best instruction set and the threads of the process, in single precision.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn from_safetensors(config: ResUNetConfig, bytes: &[u8]) -> Result<StreamingNet, ModelError> {
        let weights = VarBuilder::from_slice_safetensors(bytes, DType::F32, &Device::Cpu)
            .map_err(crate::resunet::net::refused)?;
        let weights = crate::resunet::net::without_prefix(weights);
        StreamingNet::load(config, &weights, Isa::best(), Precision::Fp32, Threads::shared())
    }

    /// Takes the weights from `weights`, by the official names without prefix.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn load(
        config: ResUNetConfig,
        weights: &VarBuilder,
        isa: Isa,
        precision: Precision,
        threads: Arc<Threads>,
    ) -> Result<StreamingNet, ModelError> {
        config.check()?;
        let load = |format| StreamingNet::in_format(config.clone(), weights, isa, format, threads.clone());
        match precision.on(isa) {
            Precision::Fp32 => load(Format::Fp32),
            Precision::Bf16 => load(Format::Bf16),
            Precision::Auto => {
                let (exact, rounded) = (Arc::new(load(Format::Fp32)?), Arc::new(load(Format::Bf16)?));
                let small = rounded.deviation(&exact)?.is_small();
                let net = if small { rounded } else { exact };
                // Nobody else holds it; else it is made again.
                Arc::into_inner(net).map_or_else(|| load(Format::Fp32), Ok)
            }
        }
    }

    fn in_format(
        config: ResUNetConfig,
        weights: &VarBuilder,
        isa: Isa,
        format: Format,
        threads: Arc<Threads>,
    ) -> Result<StreamingNet, ModelError> {
        let graph = Graph::new(&config);
        let weights =
            Weights::load(&config, &graph, weights, isa, format).map_err(crate::resunet::net::refused)?;
        Ok(StreamingNet {
            config,
            weights,
            isa,
            format,
            threads,
            spare: Mutex::new(graph.maps.iter().map(|_| Vec::new()).collect()),
            graph,
        })
    }

    /// What its deep layers multiply in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its shape.
    pub fn config(&self) -> &ResUNetConfig {
        &self.config
    }

    /// Multiplications and additions of a second of audio when every convolution is computed directly and every column
    /// once, in units of 10⁹: what engines are compared by, however they compute.
    pub fn gflop_per_second(&self) -> f64 {
        let graph = &self.graph;
        let channels = |maps: &[usize]| maps.iter().map(|&map| graph.maps[map].channels).sum::<usize>();
        let per_frame = |op: &Op| {
            let to = graph.maps[op.to];
            let products = match &op.kind {
                Kind::Conv { shortcut } => {
                    let around = shortcut.as_deref().map_or(0, channels);
                    let around = if around == to.channels { 0 } else { around };
                    9 * channels(&op.from) + around
                }
                Kind::Pool { .. } => 0,
                Kind::Up { .. } => channels(&op.from),
            };
            (products * to.channels * to.bins) as f64 / to.stride as f64
        };
        let ends = graph.maps[0].bins * (graph.maps[0].channels + 3 * graph.maps[graph.last].channels);
        let products = graph.ops.iter().map(per_frame).sum::<f64>() + ends as f64;
        let frames = f64::from(self.config.sample_rate) / self.config.stft.hop as f64;
        2.0 * products * frames / 1e9
    }

    /// Bytes of its weights in memory.
    pub fn bytes(&self) -> usize {
        self.weights.layers.iter().map(Layer::bytes).sum()
    }

    /// Empty feature maps with room for so many columns each, under so many queries.
    pub(super) fn spare_maps(&self, capacities: &[usize], queries: usize) -> Vec<FeatureMap> {
        let mut spare = self.spare.lock();
        let maps = self.graph.maps.iter().zip(capacities).zip(&mut *spare);
        maps.enumerate()
            .map(|(index, ((&map, &capacity), spare))| {
                let columns = || match spare.iter().position(|columns| columns.capacity() == capacity) {
                    Some(place) => {
                        let mut columns = spare.swap_remove(place);
                        columns.clear();
                        columns
                    }
                    None => Columns::new(map, capacity),
                };
                // No query reaches the input.
                let count = if index == 0 { 1 } else { queries };
                FeatureMap::new(std::iter::repeat_with(columns).take(count).collect())
            })
            .collect()
    }

    /// Takes the maps of a stream that has ended.
    pub(super) fn keep_maps(&self, maps: Vec<FeatureMap>) {
        for (spare, map) in self.spare.lock().iter_mut().zip(maps) {
            spare.extend(map.into_columns());
            spare.drain(..spare.len().saturating_sub(SPARE_QUERIES));
        }
    }

    /// Every operation's activations under a condition.
    pub(super) fn fold(&self, condition: &Condition) -> Vec<Vec<Activation>> {
        let fold = |layer: &Layer| match layer {
            Layer::Conv { film, .. } | Layer::Up { film, .. } => film.fold(condition),
            Layer::Pool => Vec::new(),
        };
        self.weights.layers.iter().map(fold).collect()
    }

    /// Computes a step under all queries, whose activations are `[query][operation][map read]`. `magnitudes` are those of
    /// the frames read, `[frames, bins]`.
    pub(super) fn compute(
        &self,
        maps: &mut [FeatureMap],
        activations: &[Vec<Vec<Activation>>],
        schedule: &Schedule,
        step: &Step,
        magnitudes: &[f32],
    ) {
        let bins = self.config.stft.bins();
        for turn in &step.turns {
            // Columns of one query should still be in the caches when the next operation reads them: where they are large,
            // the queries take turns. Where the weights are, all of them share what is read.
            let together = if turn.large_columns { 1 } else { activations.len() };
            for first in (0..activations.len()).step_by(together) {
                let queries = first..first + together;
                for task in &turn.tasks {
                    match task {
                        Task::Input { columns, first } => {
                            let read = magnitudes.get(first * bins..).unwrap_or(&[]);
                            self.input(maps[0].of(&queries), columns, read);
                        }
                        Task::Op { index, columns } => {
                            self.operate(*index, maps, &queries, activations, schedule, columns);
                        }
                    }
                }
            }
        }
    }

    /// Computes some columns of an operation's map under some queries.
    fn operate(
        &self,
        index: usize,
        maps: &mut [FeatureMap],
        queries: &Range<usize>,
        activations: &[Vec<Vec<Activation>>],
        schedule: &Schedule,
        range: &Range<usize>,
    ) {
        let op = &self.graph.ops[index];
        // The map is taken out while others are read; no operation reads what it writes.
        let (before, rest) = maps.split_at_mut(op.to);
        let mut to = rest[0].of(queries);
        let activations = |query: usize| &activations[query][index][..];
        match &self.weights.layers[index] {
            Layer::Pool => self.pool(op, before, &mut to, range),
            Layer::Up { matrices, .. } => self.up(op, matrices, activations, before, &mut to, range),
            Layer::Conv { conv, shortcut, .. } => {
                if let Some(pointwise) = shortcut {
                    self.around(op, pointwise, before, &mut to, range);
                }
                // Of each query, the columns that go round the convolution as they are.
                let around: Vec<Vec<&[f32]>> = match (&op.kind, shortcut) {
                    (Kind::Conv { shortcut: Some(maps) }, None) => queries
                        .clone()
                        .map(|query| before[maps[0]].under(query).range(range.clone()))
                        .collect(),
                    _ => Vec::new(),
                };
                let end = |map: usize| schedule.end(&self.graph, map);
                let jobs = to.into_iter().enumerate().map(|(place, (query, columns))| Job {
                    sources: op
                        .from
                        .iter()
                        .zip(activations(query))
                        .map(|(&map, activation)| Source {
                            columns: neighbours(before[map].under(query), range, end(map)),
                            activation,
                        })
                        .collect(),
                    out: columns.range_mut(range.clone()),
                    shortcut: match around.get(place) {
                        Some(columns) => Shortcut::Columns(columns),
                        None if shortcut.is_some() => Shortcut::Held,
                        None => Shortcut::None,
                    },
                });
                conv.run(&self.threads, self.graph.maps[op.to].bins, jobs.collect());
            }
        }
    }

    /// Logits of a frame, `[bins − 1, columns]` with three columns that mean something.
    pub(super) fn logits_of(&self, last: &Columns, frame: usize, out: &mut [f32]) {
        let Pointwise { matrices, bias } = &self.weights.after_conv;
        let [matrix] = &matrices[..] else { return };
        let rows = Rows {
            values: last.get(frame),
            stride: matrix.depth(),
        };
        let bins = self.graph.maps[self.graph.last].bins;
        multiply(rows, matrix, out, matrix.columns(), bins, Init::Bias(bias));
    }

    /// Floats of a frame's logits.
    pub(super) fn logits_size(&self) -> usize {
        self.graph.maps[self.graph.last].bins * self.logits_stride()
    }

    /// Floats of a bin's logits.
    pub(super) fn logits_stride(&self) -> usize {
        self.weights.after_conv.bias.len()
    }

    /// Magnitudes, normalised, through `pre_conv`. What lies beyond the newest frame is 0 after the normalisation.
    fn input(&self, mut to: Vec<(usize, &mut Columns)>, range: &Range<usize>, magnitudes: &[f32]) {
        let bins = self.config.stft.bins();
        let (scale, shift) = &self.weights.bn0;
        let (weight, bias) = &self.weights.pre_conv;
        let pieces = pieces(&mut to, range, bins - 1, weight.len());
        self.threads.run(pieces.len(), |task| {
            let Piece { column, out, .. } = &pieces[task];
            let mut frames = magnitudes.chunks_exact(bins);
            let normal: Vec<f32> = match frames.nth(column - range.start) {
                Some(frame) => frame
                    .iter()
                    .zip(scale.iter().zip(shift))
                    .map(|(magnitude, (scale, shift))| magnitude.max(FLOOR) * scale + shift)
                    .collect(),
                None => vec![0.0; bins - 1],
            };
            outer(self.isa, &normal, weight, bias, &mut out.lock());
        });
    }

    fn pool(&self, op: &Op, before: &[FeatureMap], to: &mut [(usize, &mut Columns)], range: &Range<usize>) {
        let Kind::Pool { time, frequency } = op.kind else {
            return;
        };
        let map = self.graph.maps[op.to];
        let channels = padded(map.channels);
        let pieces = pieces(to, range, map.bins, channels);
        self.threads.run(pieces.len(), |task| {
            let Piece {
                query, column, out, ..
            } = &pieces[task];
            let read = before[op.from[0]]
                .under(*query)
                .range(column * time..(column + 1) * time);
            average(self.isa, &read, frequency, channels, &mut out.lock());
        });
    }

    /// The 1 × 1 convolution of a block's inputs, into the columns that its second convolution is added to.
    fn around(
        &self,
        op: &Op,
        pointwise: &Pointwise,
        before: &[FeatureMap],
        to: &mut [(usize, &mut Columns)],
        range: &Range<usize>,
    ) {
        let Kind::Conv { shortcut: Some(maps) } = &op.kind else {
            return;
        };
        let width = pointwise.bias.len();
        let pieces = pieces(to, range, PIXELS, width);
        self.threads.run(pieces.len(), |task| {
            let Piece {
                query,
                column,
                first,
                out,
            } = &pieces[task];
            let out = &mut *out.lock();
            let rows = out.len() / width;
            let mut init = Init::Bias(&pointwise.bias);
            for (&map, matrix) in maps.iter().zip(&pointwise.matrices) {
                let read = Rows {
                    values: &before[map].under(*query).get(*column)[first * matrix.depth()..],
                    stride: matrix.depth(),
                };
                multiply(read, matrix, out, width, rows, init);
                init = Init::Keep;
            }
        });
    }

    fn up<'a>(
        &self,
        op: &Op,
        matrices: &[Matrix],
        activations: impl Fn(usize) -> &'a [Activation] + Sync,
        before: &[FeatureMap],
        to: &mut [(usize, &mut Columns)],
        range: &Range<usize>,
    ) {
        let [first, ..] = matrices else { return };
        let (time, width, depth) = (matrices.len(), first.columns(), first.depth());
        let pieces = pieces(to, range, PIXELS, width);
        self.threads.run(pieces.len(), |task| {
            let Piece {
                query,
                column,
                first,
                out,
            } = &pieces[task];
            let [activation] = activations(*query) else {
                return;
            };
            let out = &mut *out.lock();
            let rows = out.len() / width;
            let from = before[op.from[0]].under(*query).get(column / time);
            let read = &from[first * depth..][..rows * depth];
            with_scratch(rows * depth, |active| {
                activate(
                    self.isa,
                    read,
                    &activation.scale,
                    &activation.shift,
                    active,
                    depth,
                );
                let read = Rows {
                    values: active,
                    stride: depth,
                };
                multiply(read, &matrices[column % time], out, width, rows, Init::Zero);
            });
        });
    }
}

/// What one of many tasks writes: a part of a column under a query.
struct Piece<'a> {
    query: usize,
    column: usize,
    /// The first of its rows, counted in the column.
    first: usize,
    /// Nobody ever waits for the lock: every task has its own piece.
    out: Mutex<&'a mut [f32]>,
}

/// The columns of a range under some queries, cut into pieces of at most so many rows of `width` floats.
fn pieces<'a>(
    to: &'a mut [(usize, &mut Columns)],
    range: &Range<usize>,
    rows: usize,
    width: usize,
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for (query, columns) in to {
        for (column, values) in range.clone().zip(columns.range_mut(range.clone())) {
            let parts = values.chunks_mut(rows * width).enumerate();
            pieces.extend(parts.map(|(index, out)| Piece {
                query: *query,
                column,
                first: index * rows,
                out: Mutex::new(out),
            }));
        }
    }
    pieces
}

/// The columns of a range with one more to each side; `None` before the first and from `end` on.
fn neighbours<'a>(columns: &'a Columns, range: &Range<usize>, end: usize) -> Vec<Option<&'a [f32]>> {
    (range.start..range.end + 2)
        .map(|next| next.checked_sub(1).filter(|&index| index < end))
        .map(|index| index.map(|index| columns.get(index)))
        .collect()
}
