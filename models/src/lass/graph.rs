//! What is computed from what, and how many columns of it can be when so many frames have been read.
//!
//! A column is one frame of a map; maps of stage k have one for every 2^k frames. Everything here counts columns and knows no
//! weights.

use earmark_kernels::padded;

use super::config::{BINS, CELL, LassConfig};

/// A feature map.
pub(super) struct MapShape {
    /// What the published code calls the block that gives it; empty within blocks.
    pub(super) name: String,
    pub(super) channels: usize,
    pub(super) stage: usize,
}

impl MapShape {
    /// Averages drop what is no whole pair of bins.
    pub(super) fn bins(&self) -> usize {
        BINS >> self.stage
    }

    /// Values of a column, its channels padded to whole lines.
    pub(super) fn column(&self) -> usize {
        self.bins() * padded(self.channels)
    }
}

/// Two convolutions with a shortcut around them.
pub(super) struct BlockShape {
    pub(super) name: String,
    /// Channels of each map that it reads.
    pub(super) inputs: Vec<usize>,
    pub(super) outputs: usize,
    pub(super) stage: usize,
}

/// A transposed convolution, which undoes an average.
pub(super) struct UpShape {
    pub(super) name: String,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// What is computed of maps that are there already. Maps, blocks and transposed convolutions are told by their numbers.
pub(super) enum Step {
    /// The first convolution of a block.
    First {
        block: usize,
        from: Vec<usize>,
        to: usize,
    },
    /// The second one of the first one's result, and the shortcut.
    Second {
        block: usize,
        inner: usize,
        from: Vec<usize>,
        to: usize,
    },
    Pool {
        from: usize,
        to: usize,
    },
    Up {
        up: usize,
        from: usize,
        to: usize,
    },
}

pub(super) struct Graph {
    pub(super) maps: Vec<MapShape>,
    pub(super) blocks: Vec<BlockShape>,
    pub(super) ups: Vec<UpShape>,
    pub(super) steps: Vec<Step>,
}

impl Graph {
    /// The magnitudes.
    pub(super) const INPUT: usize = 0;

    pub(super) fn new(config: &LassConfig) -> Graph {
        let mut graph = Graph {
            maps: Vec::new(),
            blocks: Vec::new(),
            ups: Vec::new(),
            steps: Vec::new(),
        };
        let mut x = graph.map("", 1, 0);
        let mut skips = Vec::new();
        for (stage, &width) in config.widths.iter().enumerate() {
            let name = format!("encoder_block{}", stage + 1);
            x = graph.block(&format!("{name}.conv_block1"), &[x], width);
            x = graph.block(&format!("{name}.conv_block2"), &[x], width);
            graph.maps[x].name.clone_from(&name);
            skips.push(x);
            let to = graph.map(&format!("{name}.pool"), width, stage + 1);
            graph.steps.push(Step::Pool { from: x, to });
            x = to;
        }
        x = graph.block("conv_block7", &[x], config.middle);
        graph.maps[x].name = "conv_block7".into();
        for (index, skip) in skips.into_iter().rev().enumerate() {
            let (name, width) = (format!("decoder_block{}", index + 1), graph.maps[skip].channels);
            let up = graph.up(&name, x, width);
            x = graph.block(&format!("{name}.conv_block2"), &[up, skip], width);
            x = graph.block(&format!("{name}.conv_block3"), &[x], width);
            graph.maps[x].name = name;
        }
        x = graph.block("after_conv_block1", &[x], config.widths[0]);
        graph.maps[x].name = "after_conv_block1".into();
        graph
    }

    fn map(&mut self, name: &str, channels: usize, stage: usize) -> usize {
        let name = name.into();
        self.maps.push(MapShape {
            name,
            channels,
            stage,
        });
        self.maps.len() - 1
    }

    fn block(&mut self, name: &str, from: &[usize], outputs: usize) -> usize {
        let stage = self.maps[from[0]].stage;
        let (inner, to) = (self.map("", outputs, stage), self.map("", outputs, stage));
        let (block, name) = (self.blocks.len(), name.into());
        self.blocks.push(BlockShape {
            name,
            inputs: from.iter().map(|&map| self.maps[map].channels).collect(),
            outputs,
            stage,
        });
        self.steps.push(Step::First {
            block,
            from: from.into(),
            to: inner,
        });
        self.steps.push(Step::Second {
            block,
            inner,
            from: from.into(),
            to,
        });
        to
    }

    fn up(&mut self, name: &str, from: usize, outputs: usize) -> usize {
        let MapShape { channels, stage, .. } = self.maps[from];
        let to = self.map(&format!("{name}.up"), outputs, stage - 1);
        self.ups.push(UpShape {
            name: name.into(),
            inputs: channels,
            outputs,
        });
        let up = self.ups.len() - 1;
        self.steps.push(Step::Up { up, from, to });
        to
    }

    /// The map that the logits are made of.
    pub(super) fn output(&self) -> usize {
        self.maps.len() - 1
    }

    /// Columns that the result of a step can have where each map has as many as `ends` says, and where the signal has `total`
    /// frames, a multiple of [`CELL`], if that is known: after the last column of a map a convolution reads zeros.
    pub(super) fn ready(&self, step: &Step, ends: &[usize], total: Option<usize>) -> usize {
        let convolved = |map: usize, have: usize| match total {
            Some(total) if total >> self.maps[map].stage == have => have,
            _ => have.saturating_sub(1),
        };
        match step {
            Step::First { from, to, .. } => {
                let have = from.iter().map(|&map| ends[map]).min();
                convolved(*to, have.unwrap_or_default())
            }
            Step::Second { inner, .. } => convolved(*inner, ends[*inner]),
            Step::Pool { from, .. } => ends[*from] / 2,
            Step::Up { from, .. } => 2 * ends[*from],
        }
    }

    /// The first column of each map that a step still reads, where its result has as many columns as `ends` says.
    pub(super) fn needs(step: &Step, ends: &[usize]) -> Vec<(usize, usize)> {
        let every = |from: &[usize], column: usize| from.iter().map(|&map| (map, column)).collect();
        match step {
            Step::First { from, to, .. } => every(from, ends[*to].saturating_sub(1)),
            Step::Second { inner, from, to, .. } => {
                let mut needs: Vec<_> = every(from, ends[*to]);
                needs.push((*inner, ends[*to].saturating_sub(1)));
                needs
            }
            Step::Pool { from, to } => vec![(*from, 2 * ends[*to])],
            Step::Up { from, to, .. } => vec![(*from, (ends[*to] / 2).saturating_sub(1))],
        }
    }

    pub(super) fn result(step: &Step) -> usize {
        match *step {
            Step::First { to, .. }
            | Step::Second { to, .. }
            | Step::Pool { to, .. }
            | Step::Up { to, .. } => to,
        }
    }

    /// Columns of every map when so many frames have been read of a signal that goes on.
    fn ends(&self, read: usize) -> Vec<usize> {
        let mut ends = vec![0; self.maps.len()];
        ends[Self::INPUT] = read;
        for step in &self.steps {
            ends[Self::result(step)] = self.ready(step, &ends, None);
        }
        ends
    }

    /// Frames by which the masks lag behind what was read, in whole cells.
    pub(super) fn lookahead(&self) -> usize {
        let read = FAR * CELL;
        read - self.ends(read)[self.output()]
    }

    /// Frames after which a mask does not depend on where a stream was started, on the grid: in whole cells.
    pub(super) fn context(&self) -> usize {
        // The first columns of each map that differ.
        let mut differ = vec![0; self.maps.len()];
        let most = |differ: &[usize], from: &[usize]| from.iter().map(|&map| differ[map]).max().unwrap_or(0);
        for step in &self.steps {
            differ[Self::result(step)] = match step {
                Step::First { from, .. } => most(&differ, from) + 1,
                Step::Second { inner, from, .. } => (differ[*inner] + 1).max(most(&differ, from)),
                Step::Pool { from, .. } => differ[*from].div_ceil(2),
                Step::Up { from, .. } => 2 * differ[*from] + 1,
            };
        }
        differ[self.output()].next_multiple_of(CELL)
    }

    /// The first column of a map that any step still reads, where maps have as many columns as `ends` says.
    pub(super) fn first_needed(&self, map: usize, ends: &[usize]) -> usize {
        let needs = self.steps.iter().flat_map(|step| Self::needs(step, ends));
        let columns = needs.filter(|(other, _)| *other == map).map(|(_, column)| column);
        columns.min().unwrap_or_default()
    }

    /// Bytes of all columns that one query keeps at most while it is pushed so many frames at a time.
    pub(super) fn most_bytes(&self, block: usize) -> usize {
        let read = (FAR * CELL).next_multiple_of(block);
        let (mut ends, after) = (self.ends(read), self.ends(read + block));
        let output = self.output();
        let mut first: Vec<usize> = (0..self.maps.len())
            .map(|map| self.first_needed(map, &ends))
            .collect();
        first[output] = ends[output];
        ends[Self::INPUT] = after[Self::INPUT];
        let mut most = 0;
        for step in &self.steps {
            let to = Self::result(step);
            ends[to] = after[to];
            let maps = self.maps.iter().zip(ends.iter().zip(&first));
            most = most.max(maps.map(|(map, (end, first))| map.column() * (end - first)).sum());
            for (map, _) in Self::needs(step, &ends) {
                first[map] = self.first_needed(map, &ends);
            }
        }
        most * size_of::<f32>()
    }
}

/// Cells after which nothing of a signal's beginning is left in any map.
const FAR: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_network_reaches_as_far_as_its_layers_say() {
        let graph = Graph::new(&LassConfig::published());
        // 697 frames after a frame, 59 of which a cell has itself; 760 before it, on the grid 701.
        assert_eq!(graph.lookahead(), 638);
        assert_eq!(graph.context(), 704);
        assert_eq!(graph.maps[graph.output()].bins(), 511);
        let bins: Vec<usize> = (0..=6)
            .filter_map(|stage| Some(graph.maps.iter().find(|map| map.stage == stage)?.bins()))
            .collect();
        assert_eq!(bins, [511, 255, 127, 63, 31, 15, 7]);
    }
}
