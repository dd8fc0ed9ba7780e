//! The network as a list of operations on feature maps, without weights.

use crate::resunet::config::ResUNetConfig;

/// The shape of a feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    /// Frames of the spectrogram per column.
    pub(super) stride: usize,
    /// Rows of a column.
    pub(super) bins: usize,
    /// Channels that mean something.
    pub(super) channels: usize,
}

/// What makes a map of others, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A 3 × 3 convolution of activated maps, and what goes round it unactivated: nothing, or the maps that a whole block
    /// reads.
    Conv { shortcut: Option<Vec<usize>> },
    /// Averages over columns and bins.
    Pool { time: usize, frequency: usize },
    /// The transposed convolution that undoes an average, after an activation.
    Up { time: usize, frequency: usize },
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Op {
    /// The module in the official file, `encoder_block1.conv_block1` for instance.
    pub(super) module: String,
    /// Which of the module's convolutions, 1 or 2; 0 where it has none.
    pub(super) index: usize,
    pub(super) kind: Kind,
    /// Maps read; their channels follow each other.
    pub(super) from: Vec<usize>,
    /// The map made.
    pub(super) to: usize,
}

/// All maps and operations, in the order in which they are computed. Map 0 is the output of `pre_conv`.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) maps: Vec<Map>,
    pub(super) ops: Vec<Op>,
    /// The map that `after_conv` reads.
    pub(super) last: usize,
    /// Operations before this one belong to encoder and middle.
    pub(super) decoder: usize,
    /// Frames per column of the deepest map.
    pub(super) pooling: usize,
}

impl Graph {
    pub(super) fn new(config: &ResUNetConfig) -> Graph {
        let input = Map {
            stride: 1,
            bins: config.stft.bins() - 1,
            channels: config.stem,
        };
        let mut graph = Graph {
            maps: vec![input],
            ops: Vec::new(),
            last: 0,
            decoder: 0,
            pooling: config.time_pooling(),
        };
        let (mut at, mut skips) = (0, Vec::new());
        for (index, stage) in config.stages.iter().enumerate() {
            let module = format!("encoder_block{}.conv_block1", index + 1);
            let skip = graph.block(&module, vec![at], stage.channels);
            skips.push(skip);
            let Map { stride, bins, .. } = graph.maps[skip];
            let pooled = Map {
                stride: stride * stage.time,
                bins: bins / stage.frequency,
                channels: stage.channels,
            };
            let kind = Kind::Pool {
                time: stage.time,
                frequency: stage.frequency,
            };
            at = graph.push(&module, 0, kind, vec![skip], pooled);
        }
        let middle = format!("conv_block{}a.conv_block1", config.stages.len() + 1);
        at = graph.block(&middle, vec![at], config.middle);
        graph.decoder = graph.ops.len();
        for (index, (stage, skip)) in config.stages.iter().zip(skips).rev().enumerate() {
            let module = format!("decoder_block{}", index + 1);
            let kind = Kind::Up {
                time: stage.time,
                frequency: stage.frequency,
            };
            let up = graph.push(&module, 1, kind, vec![at], graph.maps[skip]);
            at = graph.block(&format!("{module}.conv_block2"), vec![up, skip], stage.channels);
        }
        graph.last = at;
        graph
    }

    /// Channels of these maps.
    pub(super) fn channels(&self, maps: &[usize]) -> Vec<usize> {
        maps.iter().map(|&map| self.maps[map].channels).collect()
    }

    /// Channels of the maps that the 1 × 1 convolution of a shortcut reads; `None` where nothing goes round, or a map as it is.
    pub(super) fn projected(&self, op: &Op) -> Option<Vec<usize>> {
        let Kind::Conv {
            shortcut: Some(around),
        } = &op.kind
        else {
            return None;
        };
        let around = self.channels(around);
        (around != [self.maps[op.to].channels]).then_some(around)
    }

    /// Two convolutions and the shortcut round them.
    fn block(&mut self, module: &str, from: Vec<usize>, channels: usize) -> usize {
        let map = Map {
            channels,
            ..self.maps[from[0]]
        };
        let inner = self.push(module, 1, Kind::Conv { shortcut: None }, from.clone(), map);
        let kind = Kind::Conv { shortcut: Some(from) };
        self.push(module, 2, kind, vec![inner], map)
    }

    fn push(&mut self, module: &str, index: usize, kind: Kind, from: Vec<usize>, map: Map) -> usize {
        let to = self.maps.len();
        self.maps.push(map);
        self.ops.push(Op {
            module: module.into(),
            index,
            kind,
            from,
            to,
        });
        to
    }
}
