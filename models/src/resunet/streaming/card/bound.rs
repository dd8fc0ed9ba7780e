//! A network's operations under one query of a stream, bound to the stream's maps.

use earmark_gpu::{
    Around, Card, Conv, Download, GpuError, Mask, Pointwise, Pool, Recording, Ring, Up, Vector,
};

use super::net::CardNet;
use super::weights::Layer;
use crate::resunet::streaming::graph::Kind;
use crate::resunet::streaming::schedule::{Schedule, Step, Task};
use crate::separator::Condition;

type Result<T> = std::result::Result<T, GpuError>;

enum Bound {
    Conv {
        /// Computes what the convolution is added to.
        shortcut: Option<Pointwise>,
        conv: Conv,
    },
    Pool(Pool),
    Up(Up),
}

/// All operations under a query, in their order.
pub(super) struct Query {
    ops: Vec<Bound>,
    mask: Mask,
}

impl Query {
    /// Under `condition`, with room for so many columns of each map; the first map is `input`. Masks go to `out`.
    pub(super) fn new(
        net: &CardNet,
        condition: &Condition,
        capacities: &[usize],
        input: &Ring,
        out: &Download,
    ) -> Result<Query> {
        let card = &*net.card;
        let made = net.graph.maps.iter().zip(capacities).skip(1);
        let made = made.map(|(map, &places)| Ring::new(card, places, map.bins, map.channels));
        let maps: Vec<Ring> = std::iter::once(Ok(input.clone()))
            .chain(made)
            .collect::<Result<_>>()?;
        let ops = net.graph.ops.iter().zip(&net.weights.layers);
        let ops = ops
            .map(|(op, layer)| {
                let read: Vec<Ring> = op.from.iter().map(|&map| maps[map].clone()).collect();
                let to = &maps[op.to];
                let activation = || Vector::new(card, &layer.fold(condition));
                Ok(match (&op.kind, layer) {
                    (
                        Kind::Conv { shortcut },
                        Layer::Conv {
                            weights,
                            shortcut: pointwise,
                            ..
                        },
                    ) => {
                        let around: Vec<Ring> =
                            shortcut.iter().flatten().map(|&map| maps[map].clone()).collect();
                        let pointwise = pointwise
                            .as_ref()
                            .map(|(matrix, bias)| Pointwise::new(card, &around, matrix, bias, to));
                        let around = match (&pointwise, around.into_iter().next()) {
                            (Some(_), _) => Around::Held,
                            (None, Some(map)) => Around::Map(map),
                            (None, None) => Around::Nothing,
                        };
                        Bound::Conv {
                            shortcut: pointwise,
                            conv: Conv::new(card, &read, &activation()?, weights, around, to),
                        }
                    }
                    (Kind::Up { time, frequency }, Layer::Up { weights, .. }) => Bound::Up(Up::new(
                        card,
                        &read[0],
                        &activation()?,
                        weights,
                        (*time, *frequency),
                        to,
                    )),
                    (Kind::Pool { time, frequency }, _) => {
                        Bound::Pool(Pool::new(card, &read[0], (*time, *frequency), to))
                    }
                    _ => unreachable!("layers are loaded from the same operations"),
                })
            })
            .collect::<Result<_>>()?;
        let (matrix, bias) = &net.weights.after;
        let mask = Mask::new(card, &maps[net.graph.last], matrix, bias, out);
        Ok(Query { ops, mask })
    }

    /// Records a step, but for the input that is the same for all queries. Its masks lie after those of so many `frames`.
    pub(super) fn record(
        &self,
        net: &CardNet,
        recording: &mut Recording,
        schedule: &Schedule,
        step: &Step,
        frames: usize,
    ) {
        let card: &Card = &net.card;
        for task in step.turns.iter().flatten() {
            let Task::Op { index, columns } = task else {
                continue;
            };
            let columns = columns.clone();
            match &self.ops[*index] {
                Bound::Pool(pool) => pool.record(card, recording, columns),
                Bound::Up(up) => up.record(card, recording, columns),
                Bound::Conv { shortcut, conv } => {
                    if let Some(pointwise) = shortcut {
                        pointwise.record(card, recording, columns.clone());
                    }
                    let end = schedule.end(&net.graph, net.graph.ops[*index].to);
                    conv.record(card, recording, columns, end);
                }
            }
        }
        if !step.answered.is_empty() {
            self.mask.record(card, recording, step.answered.clone(), frames);
        }
    }
}
