//! The input that is kept.

use crate::block::Block;
use crate::shaping::Shaping;

/// The last seconds of input, `[channel][sample]`, in a ring, and the shaping that held at its end.
pub(crate) struct History {
    ring: Vec<Vec<f32>>,
    at: usize,
    filled: usize,
    shaping: Shaping,
}

impl History {
    /// Room for `blocks` blocks of `block` samples.
    pub(crate) fn new(channels: usize, blocks: usize, block: usize) -> History {
        History {
            ring: vec![vec![0.0; blocks.max(1) * block]; channels],
            at: 0,
            filled: 0,
            shaping: Shaping::default(),
        }
    }

    /// Keeps a block of input. The worker's.
    pub(crate) fn keep(&mut self, block: &Block) {
        let (at, len) = (self.at, self.ring[0].len());
        for (ring, samples) in self.ring.iter_mut().zip(&block.samples) {
            ring[at..at + samples.len()].copy_from_slice(samples);
        }
        let n = block.samples.first().map_or(0, Vec::len);
        self.at = (at + n) % len;
        self.filled = (self.filled + n).min(len);
        self.shaping = block
            .shapings
            .last()
            .map_or(block.shaping, |change| change.shaping);
    }

    /// How much is kept, in samples.
    pub(crate) fn len(&self) -> usize {
        self.filled
    }

    /// The input that is kept, oldest first, and the shaping at its end.
    pub(crate) fn unrolled(&self) -> (Vec<Vec<f32>>, Shaping) {
        let from = self.at + self.ring[0].len() - self.filled;
        let unrolled = self.ring.iter().map(|ring| {
            let samples = (from..from + self.filled).map(|k| ring[k % ring.len()]);
            samples.collect()
        });
        (unrolled.collect(), self.shaping)
    }
}
