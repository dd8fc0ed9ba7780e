//! The maps of one query.

use earmark_kernels::{Buffer, average, padded};
use parking_lot::Mutex;

use super::block::Fold;
use super::graph::{Graph, MapShape, Step};
use super::map::Map;
use super::net::Net;
use crate::separator::Condition;

pub(super) struct State {
    /// One for each block.
    folds: Vec<Fold>,
    /// One for each map of the graph.
    maps: Vec<Map>,
}

impl State {
    pub(super) fn new(net: &Net, condition: &Condition) -> State {
        let fold = |block: &super::block::Block| block.fold(&condition.values);
        State {
            folds: net.blocks.iter().map(fold).collect(),
            maps: net.graph.maps.iter().map(|_| Map::default()).collect(),
        }
    }

    /// Adds the magnitudes of frames, each from bin 0 on, and silence up to `end` frames in all.
    pub(super) fn read<'m>(&mut self, magnitudes: impl Iterator<Item = &'m [f32]>, end: usize) {
        let shape = MapShape {
            name: String::new(),
            channels: 1,
            stage: 0,
        };
        let column = |frame: &[f32]| {
            let mut column = Buffer::zeros(shape.column());
            for (pixel, magnitude) in column.chunks_exact_mut(padded(1)).zip(frame) {
                pixel[0] = *magnitude;
            }
            column
        };
        let input = &mut self.maps[Graph::INPUT];
        input.extend(magnitudes.map(column));
        let silent = end.saturating_sub(input.end());
        input.extend((0..silent).map(|_| column(&[])));
    }

    /// Computes every column that can be, where the signal has `total` frames, in whole cells, if that is known. `after` is
    /// shown each map that has grown.
    pub(super) fn advance(
        &mut self,
        net: &Net,
        total: Option<usize>,
        after: &mut dyn FnMut(&MapShape, &Map),
    ) {
        let graph = &net.graph;
        let mut ends: Vec<usize> = self.maps.iter().map(Map::end).collect();
        for step in &graph.steps {
            let to = Graph::result(step);
            let shape = &graph.maps[to];
            let range = ends[to]..graph.ready(step, &ends, total);
            let mut out: Vec<Buffer> = range.clone().map(|_| Buffer::zeros(shape.column())).collect();
            if !out.is_empty() {
                self.compute(net, step, range.clone(), &mut out);
                self.maps[to].extend(out);
                ends[to] = range.end;
                after(shape, &self.maps[to]);
            }
            self.forget(graph, step, &ends);
        }
    }

    fn compute(&self, net: &Net, step: &Step, range: std::ops::Range<usize>, out: &mut [Buffer]) {
        let (threads, graph) = (&*net.threads, &net.graph);
        let bins = |map: usize| graph.maps[map].bins();
        let maps = |from: &[usize]| -> Vec<&Map> { from.iter().map(|&map| &self.maps[map]).collect() };
        match step {
            Step::First { block, from, to } => {
                net.blocks[*block].first(threads, bins(*to), &maps(from), range, out);
            }
            Step::Second {
                block,
                inner,
                from,
                to,
            } => {
                let (inner, from) = (&self.maps[*inner], maps(from));
                let (block, fold) = (&net.blocks[*block], &self.folds[*block]);
                block.second(threads, fold, bins(*to), (inner, &from), range, out);
            }
            Step::Pool { from, to } => {
                let (from, shape) = (&self.maps[*from], &graph.maps[*to]);
                let columns: Vec<_> = range.zip(out).map(|(at, out)| (at, Mutex::new(out))).collect();
                threads.run(columns.len(), |index| {
                    let (at, out) = &columns[index];
                    // The last bin of an odd number has no pair.
                    let pair = [2 * at, 2 * at + 1].map(|at| &from.column(at)[..2 * shape.column()]);
                    average(net.isa, &pair, 2, padded(shape.channels), &mut out.lock());
                });
            }
            Step::Up { up, from, .. } => {
                net.ups[*up].run(threads, bins(*from), &self.maps[*from], range, out);
            }
        }
    }

    /// Drops what nobody reads any more of the maps that a step has read.
    fn forget(&mut self, graph: &Graph, step: &Step, ends: &[usize]) {
        for (map, _) in Graph::needs(step, ends) {
            self.maps[map].forget(graph.first_needed(map, ends));
        }
    }

    /// Frames whose logits can be had.
    pub(super) fn end(&self, net: &Net) -> usize {
        self.maps[net.graph.output()].end()
    }

    /// The logits of a frame, `[511]`.
    pub(super) fn logits(&self, net: &Net, frame: usize, logits: &mut [f32]) {
        let (weight, bias) = &net.after;
        let column = self.maps[net.graph.output()].column(frame);
        for (logit, pixel) in logits.iter_mut().zip(column.chunks_exact(padded(weight.len()))) {
            *logit = weight.iter().zip(pixel).map(|(a, b)| a * b).sum::<f32>() + bias;
        }
    }

    /// Drops the logits of the frames before this one.
    pub(super) fn heard(&mut self, net: &Net, frame: usize) {
        self.maps[net.graph.output()].forget(frame);
    }

    pub(super) fn reset(&mut self) {
        self.maps.iter_mut().for_each(Map::clear);
    }
}
