//! The computation of one step of a stream.

use std::ops::Range;

use earmark_kernels::{
    Activation, ConvJob, Init, Matrix, Rows, Shortcut, Source, activate, average, multiply, outer,
    with_scratch,
};
use parking_lot::Mutex;

use super::columns::MapColumns;
use super::graph::{Kind, Op};
use super::maps::FeatureMap;
use super::net::{FLOOR, StreamingNet};
use super::schedule::{Schedule, Step, Task};
use super::weights::{Layer, Pointwise};
use crate::separator::Condition;

/// Rows of a column that one task multiplies, so that what they read and write stays in the nearest caches.
const PIXELS: usize = 96;

impl StreamingNet {
    /// Every operation's activations under a condition.
    pub(super) fn fold(&self, condition: &Condition) -> Vec<Vec<Activation>> {
        let fold = |layer: &Layer| match layer {
            Layer::Conv { film, .. } | Layer::Up { film, .. } => film.fold(condition),
            Layer::Pool => Vec::new(),
        };
        self.weights.layers.iter().map(fold).collect()
    }

    /// Computes a step under all queries; `activations` are those of [`StreamingNet::fold`] for each. `magnitudes` are
    /// those of the frames read, `[frames, bins]`.
    pub(super) fn compute(
        &self,
        maps: &mut [FeatureMap],
        activations: &[Vec<Vec<Activation>>],
        schedule: &Schedule,
        step: &Step,
        magnitudes: &[f32],
    ) {
        // What one task of a turn writes the next one reads: it should still be in the caches then, so the queries follow
        // each other turn by turn, not task by task.
        for turn in &step.turns {
            for (query, activations) in activations.iter().enumerate() {
                self.take_turn(query, maps, activations, schedule, turn, magnitudes);
            }
        }
    }

    /// Computes a turn under one query; with the first of them, what is the same for all.
    fn take_turn(
        &self,
        query: usize,
        maps: &mut [FeatureMap],
        activations: &[Vec<Activation>],
        schedule: &Schedule,
        turn: &[Task],
        magnitudes: &[f32],
    ) {
        let bins = self.config.stft.bins();
        for task in turn {
            let (index, range) = match task {
                Task::Input { columns, first } => {
                    let read = magnitudes.get(first * bins..).unwrap_or(&[]);
                    if let Some(input) = maps[0].written_with(query) {
                        self.input(input, columns.clone(), read);
                    }
                    continue;
                }
                Task::Op { index, columns } => (*index, columns.clone()),
            };
            let op = &self.graph.ops[index];
            // The map is taken out while others are read; no operation reads what it writes.
            let (before, rest) = maps.split_at_mut(op.to);
            let Some(to) = rest.first_mut().and_then(|map| map.written_with(query)) else {
                continue;
            };
            let before: Vec<&MapColumns> = before.iter().map(|map| map.under(query)).collect();
            match &self.weights.layers[index] {
                Layer::Pool => self.pool(op, &before, to, range),
                Layer::Up { matrices, .. } => self.up(op, matrices, &activations[index], &before, to, range),
                Layer::Conv { conv, shortcut, .. } => {
                    let held = shortcut
                        .as_ref()
                        .map(|pointwise| self.shortcut(op, pointwise, &before, to, range.clone()));
                    let columns = match (&op.kind, held) {
                        (Kind::Conv { shortcut: Some(maps) }, None) => before[maps[0]].range(range.clone()),
                        _ => Vec::new(),
                    };
                    let ends = op.from.iter().map(|&map| schedule.end(&self.graph, map));
                    let read: Vec<Vec<Option<&[f32]>>> = op
                        .from
                        .iter()
                        .zip(ends)
                        .map(|(&map, end)| neighbours(before[map], &range, end))
                        .collect();
                    let sources: Vec<Source> = read
                        .iter()
                        .zip(&activations[index])
                        .map(|(columns, activation)| Source { columns, activation })
                        .collect();
                    let job = ConvJob {
                        sources: &sources,
                        bins: self.graph.maps[op.to].bins,
                        out: &mut to.range_mut(range),
                        shortcut: match held {
                            Some(()) => Shortcut::Held,
                            None if columns.is_empty() => Shortcut::None,
                            None => Shortcut::Columns(&columns),
                        },
                    };
                    conv.run(&self.threads, job);
                }
            }
        }
    }

    /// Logits of a frame, `[bins − 1, columns]` with three columns that mean something.
    pub(super) fn logits_of(&self, last: &MapColumns, frame: usize, out: &mut [f32]) {
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
    fn input(&self, to: &mut MapColumns, range: Range<usize>, magnitudes: &[f32]) {
        let bins = self.config.stft.bins();
        let (scale, shift) = &self.weights.bn0;
        let (weight, bias) = &self.weights.pre_conv;
        let frames: Vec<&[f32]> = magnitudes.chunks_exact(bins).collect();
        let mut columns = to.range_mut(range);
        let out: Vec<_> = columns.iter_mut().map(|column| task_slice(column)).collect();
        self.threads.run(out.len(), |frame| {
            let normal: Vec<f32> = match frames.get(frame) {
                Some(frame) => frame
                    .iter()
                    .zip(scale.iter().zip(shift))
                    .map(|(magnitude, (scale, shift))| magnitude.max(FLOOR) * scale + shift)
                    .collect(),
                None => vec![0.0; bins - 1],
            };
            outer(self.isa, &normal, weight, bias, &mut out[frame].lock());
        });
    }

    fn pool(&self, op: &Op, before: &[&MapColumns], to: &mut MapColumns, range: Range<usize>) {
        let Kind::Pool { time, frequency } = op.kind else {
            return;
        };
        let from = before[op.from[0]];
        let channels = earmark_kernels::padded(self.graph.maps[op.to].channels);
        let mut columns = to.range_mut(range.clone());
        let out: Vec<_> = columns.iter_mut().map(|column| task_slice(column)).collect();
        self.threads.run(out.len(), |index| {
            let first = (range.start + index) * time;
            let read = from.range(first..first + time);
            average(self.isa, &read, frequency, channels, &mut out[index].lock());
        });
    }

    /// The 1 × 1 convolution of a block's inputs, into the columns that its second convolution is added to.
    fn shortcut(
        &self,
        op: &Op,
        pointwise: &Pointwise,
        before: &[&MapColumns],
        to: &mut MapColumns,
        range: Range<usize>,
    ) {
        let Kind::Conv { shortcut: Some(maps) } = &op.kind else {
            return;
        };
        let bins = self.graph.maps[op.to].bins;
        let pieces = pieces(bins);
        let mut columns = to.range_mut(range.clone());
        let width = pointwise.bias.len();
        let out: Vec<_> = columns
            .iter_mut()
            .flat_map(|column| column.chunks_mut(PIXELS * width))
            .map(|piece| task_slice(piece))
            .collect();
        self.threads.run(out.len(), |task| {
            let (index, first) = (range.start + task / pieces, task % pieces * PIXELS);
            let out = &mut *out[task].lock();
            let rows = out.len() / width;
            let mut init = Init::Bias(&pointwise.bias);
            for (&map, matrix) in maps.iter().zip(&pointwise.matrices) {
                let read = Rows {
                    values: &before[map].get(index)[first * matrix.depth()..],
                    stride: matrix.depth(),
                };
                multiply(read, matrix, out, width, rows, init);
                init = Init::Keep;
            }
        });
    }

    fn up(
        &self,
        op: &Op,
        matrices: &[Matrix],
        activations: &[Activation],
        before: &[&MapColumns],
        to: &mut MapColumns,
        range: Range<usize>,
    ) {
        let ([activation], Some(width)) = (activations, matrices.first().map(Matrix::columns)) else {
            return;
        };
        let (from, time) = (before[op.from[0]], matrices.len());
        let pieces = pieces(self.graph.maps[op.from[0]].bins);
        let mut columns = to.range_mut(range.clone());
        let out: Vec<_> = columns
            .iter_mut()
            .flat_map(|column| column.chunks_mut(PIXELS * width))
            .map(|piece| task_slice(piece))
            .collect();
        let depth = activation.scale.len();
        self.threads.run(out.len(), |task| {
            let (index, first) = (range.start + task / pieces, task % pieces * PIXELS);
            let out = &mut *out[task].lock();
            let rows = out.len() / width;
            let read = &from.get(index / time)[first * depth..][..rows * depth];
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
                multiply(read, &matrices[index % time], out, width, rows, Init::Zero);
            });
        });
    }
}

fn pieces(bins: usize) -> usize {
    bins.div_ceil(PIXELS)
}

/// A slice that one of many tasks takes. Nobody ever waits for the lock: every task has its own.
fn task_slice(slice: &mut [f32]) -> Mutex<&mut [f32]> {
    Mutex::new(slice)
}

/// The columns of a range with one more to each side; `None` before the first and from `end` on.
fn neighbours<'a>(columns: &'a MapColumns, range: &Range<usize>, end: usize) -> Vec<Option<&'a [f32]>> {
    (range.start..range.end + 2)
        .map(|next| next.checked_sub(1).filter(|&index| index < end))
        .map(|index| index.map(|index| columns.get(index)))
        .collect()
}
