//! Which columns of which map are computed when.
//!
//! A column is *settled* when nothing that is still to come can change it. Columns that are needed earlier are computed
//! as if the signal ended with the newest frame, as the network on a whole signal would, and again until they are settled
//! (or, in the decoder, only once: [`Halo`]). How far a map must reach follows from the frames that are asked for, from
//! the last operation to the first; how far back it must be computed anew, likewise.

use std::ops::Range;

use super::graph::{Graph, Kind, Op};

/// What happens to the decoder's columns around the newest masks, which the next block needs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halo {
    /// They stay as they were computed, with what was known then.
    Once,
    /// Those after the newest masks are computed anew with what is known now; those before stay.
    Ahead,
    /// All are computed anew with what is known now: the masks are those of the signal up to its newest frame, to the
    /// rounding error, at about half as much computation again.
    Recomputed,
}

/// How much of a map is computed before the next one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turns {
    /// Some columns, where a column is large: what one task writes the next one finds in the caches.
    Short,
    /// All columns of the step: there is one task for an operation, and maps keep a few columns more.
    #[cfg_attr(
        not(any(test, feature = "gpu")),
        expect(dead_code, reason = "a processor has caches")
    )]
    Whole,
}

impl Turns {
    /// Columns of a map of so many channels that an operation computes in its turn.
    fn columns(self, channels: usize) -> usize {
        match self {
            Turns::Short if channels <= LARGE_COLUMNS_CHANNELS => COLUMNS_A_TURN,
            _ => usize::MAX,
        }
    }
}

/// Where a stream stands.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    halo: Halo,
    turns: Turns,
    /// Frames read.
    read: usize,
    /// Frames answered: the first `answered` frames' masks are out.
    answered: usize,
    /// The signal has ended: all that has been read is all there is.
    ended: bool,
    /// For each map, one past the last column computed.
    done: Vec<usize>,
}

/// What is to be computed in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// In this order. What a task of a turn writes, the next ones of it read.
    pub(super) turns: Vec<Vec<Task>>,
    /// Frames whose masks are ready after it.
    pub(super) answered: Range<usize>,
}

impl Step {
    fn tasks(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.turns.iter().flatten()
    }
}

/// Some columns of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Of the input, the first of which is frame `first` of those that the step reads; from its last frame on they are
    /// empty.
    Input { columns: Range<usize>, first: usize },
    /// Of an operation's map.
    Op { index: usize, columns: Range<usize> },
}

impl Schedule {
    pub(super) fn new(graph: &Graph, halo: Halo, turns: Turns) -> Schedule {
        Schedule {
            halo,
            turns,
            read: 0,
            answered: 0,
            ended: false,
            done: vec![0; graph.maps.len()],
        }
    }

    pub(super) fn reset(&mut self) {
        (self.read, self.answered, self.ended) = (0, 0, false);
        self.done.fill(0);
    }

    /// The first `frames` frames are not asked for. Only before the first step.
    pub(super) fn skip_first(&mut self, frames: usize) {
        self.answered = frames;
    }

    /// Frames read so far.
    pub(super) fn read(&self) -> usize {
        self.read
    }

    /// One past the last column of a map that exists when the signal ends with the newest frame.
    pub(super) fn end(&self, graph: &Graph, map: usize) -> usize {
        self.read.next_multiple_of(graph.pooling) / graph.maps[map].stride
    }

    /// Plans a step, and takes it as done.
    pub(super) fn step(&mut self, graph: &Graph, push: Push) -> Step {
        let Push { count, until, ended } = push;
        self.ended |= ended;
        let settled = self.settled(graph);
        let begin = self.read;
        self.read += count;
        let until = until.min(self.read).max(self.answered);
        let ends: Vec<usize> = (0..graph.maps.len()).map(|map| self.end(graph, map)).collect();

        let mut needed = vec![0; graph.maps.len()];
        needed[graph.last] = until.min(ends[graph.last]);
        for op in graph.ops.iter().rev() {
            let end = needed[op.to];
            if end > 0 {
                reads(op, &(end - 1..end), |map, columns| {
                    needed[map] = needed[map].max(columns.end.min(ends[map]));
                });
            }
        }

        // From where on columns are worth computing: from the first one that a later operation reads.
        let mut wanted = vec![usize::MAX; graph.maps.len()];
        wanted[graph.last] = self.answered;
        let mut ranges = vec![0..0; graph.ops.len()];
        for (index, op) in graph.ops.iter().enumerate().rev() {
            let settled = settled[op.to];
            let sure = match self.halo {
                _ if index < graph.decoder => settled,
                Halo::Once => self.done[op.to],
                Halo::Ahead => settled.max(self.answered / graph.maps[op.to].stride),
                Halo::Recomputed => settled,
            };
            let kept = self.done[op.to].min(sure);
            let end = needed[op.to];
            // While nothing is answered the encoder does not wait until somebody asks: it would have too much to do then.
            let wanted_from = if index < graph.decoder && until == self.answered {
                kept
            } else {
                wanted[op.to]
            };
            ranges[index] = kept.max(wanted_from).min(end)..end;
            if !ranges[index].is_empty() {
                reads(op, &ranges[index], |map, columns| {
                    wanted[map] = wanted[map].min(columns.start);
                });
            }
        }
        // What nobody reads now is not there, however far it would be needed.
        for (op, range) in graph
            .ops
            .iter()
            .zip(&ranges)
            .filter(|(_, range)| !range.is_empty())
        {
            self.done[op.to] = self.done[op.to].max(range.end);
        }
        self.done[0] = ends[0];
        let answered = self.answered..until;
        self.answered = until;
        Step {
            turns: order(graph, self.turns, begin..ends[0], &ranges),
            answered,
        }
    }

    /// For each map, one past the last settled column.
    fn settled(&self, graph: &Graph) -> Vec<usize> {
        let mut settled = vec![self.read; graph.maps.len()];
        if self.ended {
            return (0..graph.maps.len()).map(|map| self.end(graph, map)).collect();
        }
        for op in &graph.ops {
            let known = op.from.iter().map(|&map| settled[map]).min().unwrap_or(0);
            settled[op.to] = match op.kind {
                Kind::Conv { .. } => known.saturating_sub(1),
                Kind::Pool { time, .. } => known / time,
                Kind::Up { time, .. } => known * time,
            };
        }
        settled
    }
}

/// Puts what is to be computed into an order in which a map's columns are read soon after they are written: the
/// operations of a stage do some columns each, turn by turn, as `length` says.
fn order(graph: &Graph, length: Turns, input: Range<usize>, ranges: &[Range<usize>]) -> Vec<Vec<Task>> {
    let mut turns = Vec::new();
    // One past the last column of each map that is there so far, of those of this step.
    let mut there: Vec<usize> = vec![0; graph.maps.len()];
    let mut goal: Vec<usize> = vec![0; graph.maps.len()];
    goal[0] = input.end;
    there[0] = input.start;
    for (op, range) in graph.ops.iter().zip(ranges) {
        goal[op.to] = range.end;
        there[op.to] = range.start;
    }
    let mut begin = 0;
    while begin < graph.ops.len() {
        let stage = stage(graph, begin);
        let turn = length.columns(graph.maps[graph.ops[begin].to].channels);
        loop {
            let mut tasks = Vec::new();
            if begin == 0 && there[0] < goal[0] {
                let end = there[0].saturating_add(turn).min(goal[0]);
                tasks.push(Task::Input {
                    columns: there[0]..end,
                    first: there[0] - input.start,
                });
                there[0] = end;
            }
            for index in stage.clone() {
                let op = &graph.ops[index];
                let start = there[op.to];
                let mut end = start.saturating_add(turn).min(goal[op.to]);
                // Of the columns asked for, those whose neighbours are there.
                while end > start {
                    let mut missing = 0;
                    reads(op, &(end - 1..end), |map, columns| {
                        missing = missing.max(columns.end.min(goal[map]).saturating_sub(there[map]));
                    });
                    if missing == 0 {
                        break;
                    }
                    end -= 1;
                }
                if end > start {
                    tasks.push(Task::Op {
                        index,
                        columns: start..end,
                    });
                    there[op.to] = end;
                }
            }
            if tasks.is_empty() {
                break;
            }
            turns.push(tasks);
        }
        begin = stage.end;
    }
    turns
}

/// The operations from `begin` on that belong to one stage: up to an average, or before the next transposed convolution.
fn stage(graph: &Graph, begin: usize) -> Range<usize> {
    let ends = |index: usize| {
        matches!(graph.ops[index - 1].kind, Kind::Pool { .. })
            || graph
                .ops
                .get(index)
                .is_none_or(|op| matches!(op.kind, Kind::Up { .. }))
    };
    let end = (begin + 1..graph.ops.len()).find(|&index| ends(index));
    begin..end.unwrap_or(graph.ops.len())
}

/// Up to so many channels a column is large and the weights are small.
const LARGE_COLUMNS_CHANNELS: usize = 64;
/// Columns that an operation computes in its turn: two tiles' worth, about a megabyte.
const COLUMNS_A_TURN: usize = 8;

/// Calls `map` with each map that an operation reads for some of its columns, and the columns it reads of it; they may
/// reach beyond the map's end.
fn reads(op: &Op, columns: &Range<usize>, mut map: impl FnMut(usize, Range<usize>)) {
    let Range { start, end } = *columns;
    let read = match &op.kind {
        Kind::Conv { shortcut } => {
            for &around in shortcut.iter().flatten() {
                map(around, start..end);
            }
            start.saturating_sub(1)..end + 1
        }
        Kind::Pool { time, .. } => start * time..end * time,
        Kind::Up { time, .. } => start / time..end.div_ceil(*time),
    };
    for &from in &op.from {
        map(from, read.clone());
    }
}

/// One step as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Push {
    /// Frames read.
    pub(super) count: usize,
    /// One past the last frame answered.
    pub(super) until: usize,
    /// The signal has ended before it.
    pub(super) ended: bool,
}

/// Steps of `hop` frames, answered `lookahead` frames later, until nothing new happens any more.
pub(super) fn endless(graph: &Graph, hop: usize, lookahead: usize) -> Vec<Push> {
    // Nothing depends on more than the frames of two dozen deepest columns.
    let settled = 2 * (lookahead + hop) + 24 * graph.pooling;
    let push = |read: usize| Push {
        count: hop,
        until: read.saturating_sub(lookahead),
        ended: false,
    };
    (1..=settled.div_ceil(hop)).map(|step| push(step * hop)).collect()
}

/// The steps in which a whole signal of `frames` frames is read and answered.
pub(super) fn whole(frames: usize, hop: usize, lookahead: usize) -> Vec<Push> {
    let mut pushes = Vec::new();
    let (mut read, mut until) = (0, 0);
    while until < frames {
        let count = hop.min(frames - read);
        let ended = count == 0;
        read += count;
        until = if ended {
            (until + hop).min(frames)
        } else {
            read.saturating_sub(lookahead)
        };
        pushes.push(Push { count, until, ended });
    }
    pushes
}

/// For each map, the columns that must be kept at once by an endless stream, wherever on the grid of the pooling the first
/// frame lies that is asked for.
pub(super) fn endless_capacities(
    graph: &Graph,
    hop: usize,
    lookahead: usize,
    halo: Halo,
    turns: Turns,
) -> Vec<usize> {
    let pushes = endless(graph, hop, lookahead);
    let fresh = Schedule::new(graph, halo, turns);
    let mut most = capacities(graph, fresh.clone(), &pushes);
    // Before and after the encoder has reached its steady state.
    for cells in [1, 12] {
        for phase in 0..graph.pooling {
            let skipped = cells * graph.pooling + phase;
            let steps = (skipped + lookahead + 4 * graph.pooling)
                .div_ceil(hop)
                .min(pushes.len());
            let mut schedule = fresh.clone();
            schedule.skip_first(skipped);
            let with_skip = capacities(graph, schedule, &pushes[..steps]);
            for (most, given) in most.iter_mut().zip(with_skip) {
                *most = (*most).max(given);
            }
        }
    }
    // Where steps are no whole cells, a signal's end cuts them otherwise than what goes on.
    if !hop.is_multiple_of(graph.pooling) {
        let cells = |first: usize, count: usize| first * graph.pooling + 1..=(first + count) * graph.pooling;
        for frames in cells(0, 2).chain(cells(13, 1)) {
            let at_end = capacities(graph, fresh.clone(), &ending(frames, hop, lookahead));
            for (most, given) in most.iter_mut().zip(at_end) {
                *most = (*most).max(given);
            }
        }
    }
    most
}

/// The steps of a stream that is told where its signal of `frames` frames ends.
fn ending(frames: usize, hop: usize, lookahead: usize) -> Vec<Push> {
    let mut read = 0;
    (1..=(frames + lookahead).div_ceil(hop) + 1)
        .map(|step| {
            let count = hop.min(frames - read);
            read += count;
            Push {
                count,
                until: (step * hop).saturating_sub(lookahead),
                ended: count == 0,
            }
        })
        .collect()
}

/// For each map, the columns that must be kept at once by a stream that begins so and makes these steps.
pub(super) fn capacities(graph: &Graph, mut schedule: Schedule, pushes: &[Push]) -> Vec<usize> {
    let steps: Vec<Step> = pushes.iter().map(|&push| schedule.step(graph, push)).collect();

    // Backwards: the first column of each map that is still to be read, when its last one is written.
    let mut first = vec![usize::MAX; graph.maps.len()];
    let mut capacities = vec![1; graph.maps.len()];
    for step in steps.iter().rev() {
        first[graph.last] = first[graph.last].min(step.answered.start);
        for task in step.tasks().rev() {
            let (map, columns) = match task {
                Task::Input { columns, .. } => (0, columns),
                Task::Op { index, columns } => {
                    let op = &graph.ops[*index];
                    reads(op, columns, |map, columns| {
                        first[map] = first[map].min(columns.start)
                    });
                    (op.to, columns)
                }
            };
            let first = first[map].min(columns.start);
            capacities[map] = capacities[map].max(columns.end - first);
        }
    }
    capacities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resunet::config::ResUNetConfig;

    /// Products of a steady state over those of the same columns computed once.
    fn factor(hop: usize, lookahead: usize, halo: Halo) -> f64 {
        let config = ResUNetConfig::audiosep();
        let graph = Graph::new(&config);
        let products = |op: &Op| {
            let inputs: usize = op.from.iter().map(|&map| graph.maps[map].channels).sum();
            let to = graph.maps[op.to];
            match op.kind {
                Kind::Conv { .. } => (9 * inputs * to.channels * to.bins) as f64,
                _ => 0.0,
            }
        };
        let once: f64 = graph
            .ops
            .iter()
            .map(|op| products(op) / graph.maps[op.to].stride as f64)
            .sum();
        let mut schedule = Schedule::new(&graph, halo, Turns::Short);
        let pushes = endless(&graph, hop, lookahead);
        // Ten cells of the pooling.
        let steady = pushes.len() - 10 * graph.pooling / hop;
        let mut sum = 0.0;
        for (index, push) in pushes.into_iter().enumerate() {
            let step = schedule.step(&graph, push);
            for task in step.tasks() {
                if let (true, Task::Op { index, columns }) = (index >= steady, task) {
                    sum += products(&graph.ops[*index]) * columns.len() as f64;
                }
            }
        }
        sum / once / (10 * graph.pooling) as f64
    }

    #[test]
    fn what_streaming_computes_beyond_the_columns_themselves() {
        for (hop, lookahead, once, ahead, recomputed) in [
            (32, 24, 1.22, 1.48, 1.82),
            (32, 80, 1.22, 1.57, 1.89),
            (16, 48, 1.53, 2.26, 2.92),
        ] {
            for (halo, expected) in [
                (Halo::Once, once),
                (Halo::Ahead, ahead),
                (Halo::Recomputed, recomputed),
            ] {
                let factor = factor(hop, lookahead, halo);
                assert!(
                    (factor - expected).abs() < 0.006,
                    "hop {hop}, lookahead {lookahead}, {halo:?}: {factor:.3}"
                );
            }
        }
        for halo in [Halo::Once, Halo::Ahead, Halo::Recomputed] {
            let factor = factor(32, 352, halo);
            assert!(
                (factor - 1.0).abs() < 1e-9,
                "{halo:?}: nothing twice, but {factor}"
            );
        }
    }

    #[test]
    fn whole_turns_compute_the_same_columns_with_one_task_for_an_operation() {
        let graph = Graph::new(&ResUNetConfig::audiosep());
        for (lookahead, halo) in [(20, Halo::Ahead), (80, Halo::Ahead), (352, Halo::Once)] {
            let mut schedules = [Turns::Short, Turns::Whole].map(|turns| Schedule::new(&graph, halo, turns));
            for push in endless(&graph, 32, lookahead) {
                let [short, whole] = schedules.each_mut().map(|schedule| schedule.step(&graph, push));
                let mut columns = vec![0..0; graph.ops.len()];
                for task in short.tasks() {
                    if let Task::Op { index, columns: some } = task {
                        let all = &mut columns[*index];
                        let start = if all.start == all.end {
                            some.start
                        } else {
                            all.start
                        };
                        *all = start..some.end;
                    }
                }
                let expected: Vec<Task> = columns
                    .into_iter()
                    .enumerate()
                    .filter(|(_, columns)| !columns.is_empty())
                    .map(|(index, columns)| Task::Op { index, columns })
                    .collect();
                let given: Vec<Task> = whole
                    .tasks()
                    .filter(|task| matches!(task, Task::Op { .. }))
                    .cloned()
                    .collect();
                assert_eq!(given, expected);
            }
        }
    }
}
