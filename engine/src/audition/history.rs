//! The input that is kept.

use std::collections::VecDeque;
use std::ops::Range;

use crate::block::Block;
use crate::shaping::Shaping;

/// Which block of which life of the stream.
type Name = (u64, u64);

/// The last seconds of input, `[channel][sample]`, in a ring, and the shaping that held at its end.
pub(crate) struct History {
    ring: Vec<Vec<f32>>,
    /// Samples of a block.
    block: usize,
    /// The blocks that are kept, the oldest first.
    names: VecDeque<Name>,
    /// Most of them.
    most: usize,
    /// Where the next one goes, in samples.
    at: usize,
    shaping: Shaping,
}

/// A part of what was kept, with all that lay before and after it.
pub(crate) struct Kept {
    /// `[channel][sample]`, the oldest first.
    pub(crate) input: Vec<Vec<f32>>,
    /// The samples of it that are asked for.
    pub(crate) part: Range<usize>,
    /// The blocks of it, each of so many samples, the oldest first.
    names: Vec<Name>,
    block: usize,
    /// The shaping at its end.
    pub(crate) shaping: Shaping,
}

/// Where a sample of a life lies in blocks of these names.
fn place<'a>(
    mut names: impl DoubleEndedIterator<Item = &'a Name> + ExactSizeIterator,
    block: usize,
    (generation, sample): (u64, u64),
) -> Option<usize> {
    let name = (generation, sample / block as u64);
    let place = names.rposition(|other| *other == name)?;
    Some(place * block + (sample % block as u64) as usize)
}

impl Kept {
    /// How many samples after the beginning of the part a sample of a life lies, before it where that is negative.
    pub(crate) fn after_begin(&self, generation: u64, sample: u64) -> Option<isize> {
        let place = place(self.names.iter(), self.block, (generation, sample))?;
        Some(place as isize - self.part.start as isize)
    }
}

impl History {
    /// Room for `blocks` blocks of `block` samples.
    pub(crate) fn new(channels: usize, blocks: usize, block: usize) -> History {
        let most = blocks.max(1);
        History {
            ring: vec![vec![0.0; most * block]; channels],
            block,
            names: VecDeque::with_capacity(most),
            most,
            at: 0,
            shaping: Shaping::default(),
        }
    }

    /// Keeps a block of input. The worker's.
    ///
    /// Silence of a transport that rests is not kept: what was heard last would be lost to it.
    pub(crate) fn keep(&mut self, block: &Block) {
        self.shaping = block
            .shapings
            .last()
            .map_or(block.shaping, |change| change.shaping);
        if block.rests && block.samples.iter().flatten().all(|&sample| sample == 0.0) {
            return;
        }
        let at = self.at;
        for (ring, samples) in self.ring.iter_mut().zip(&block.samples) {
            ring[at..at + self.block].copy_from_slice(samples);
        }
        self.at = (at + self.block) % (self.most * self.block);
        if self.names.len() == self.most {
            self.names.pop_front();
        }
        self.names.push_back((block.generation, block.index));
    }

    /// How much is kept, in samples.
    pub(crate) fn len(&self) -> usize {
        self.names.len() * self.block
    }

    /// Where a sample of a life is kept, counted from the oldest.
    pub(crate) fn place(&self, generation: u64, sample: u64) -> Option<usize> {
        place(self.names.iter(), self.block, (generation, sample))
    }

    /// The last `samples`, and nothing before them.
    pub(crate) fn last(&self, samples: usize) -> Kept {
        let len = samples.min(self.len());
        Kept {
            input: self.unrolled(self.len() - len),
            part: 0..len,
            // Whole blocks are kept, and whole blocks are asked for.
            names: self
                .names
                .iter()
                .skip(self.names.len() - len / self.block)
                .copied()
                .collect(),
            block: self.block,
            shaping: self.shaping,
        }
    }

    /// A part, which [`History::place`] has found, and all that is kept around it.
    pub(crate) fn part(&self, part: Range<usize>) -> Kept {
        Kept {
            input: self.unrolled(0),
            part,
            names: self.names.iter().copied().collect(),
            block: self.block,
            shaping: self.shaping,
        }
    }

    /// All but the oldest samples, in their order.
    fn unrolled(&self, without: usize) -> Vec<Vec<f32>> {
        let len = self.len() - without;
        let unrolled = self.ring.iter().map(|ring| {
            let from = (self.at + ring.len() - len) % ring.len();
            let first = len.min(ring.len() - from);
            let mut samples = Vec::with_capacity(len);
            samples.extend_from_slice(&ring[from..from + first]);
            samples.extend_from_slice(&ring[..len - first]);
            samples
        });
        unrolled.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(generation: u64, index: u64, value: f32) -> Block {
        let mut block = Block::new(1, 4);
        (block.generation, block.index) = (generation, index);
        block.samples[0].fill(value);
        block
    }

    #[test]
    fn what_is_kept_is_found_by_its_life_and_its_sample() {
        let mut history = History::new(1, 3, 4);
        for index in 0..5 {
            history.keep(&block(1, index, index as f32 + 1.0));
        }
        history.keep(&block(2, 0, 6.0));
        assert_eq!(history.len(), 12);
        assert_eq!(history.place(1, 11), None, "it is too old");
        assert_eq!(history.place(1, 14), Some(2));
        assert_eq!(history.place(2, 3), Some(11), "a reset lies between them");
        assert_eq!(history.place(2, 4), None, "it has not come yet");
        let kept = history.part(2..11);
        assert_eq!(
            kept.input[0],
            [4.0, 4.0, 4.0, 4.0, 5.0, 5.0, 5.0, 5.0, 6.0, 6.0, 6.0, 6.0]
        );
        assert_eq!(history.last(6).input[0], [5.0, 5.0, 6.0, 6.0, 6.0, 6.0]);
        assert_eq!(history.last(100).part, 0..12);
        assert_eq!(kept.after_begin(1, 14), Some(0));
        assert_eq!(kept.after_begin(2, 0), Some(6));
        assert_eq!(kept.after_begin(1, 12), Some(-2));
        assert_eq!(history.last(8).after_begin(1, 17), Some(1));
        assert_eq!(history.last(8).after_begin(1, 14), None, "it is not part of it");
    }

    #[test]
    fn silence_of_a_transport_that_rests_takes_nothing_away() {
        let mut history = History::new(1, 3, 4);
        history.keep(&block(1, 0, 1.0));
        let mut resting = block(1, 1, 0.0);
        resting.rests = true;
        for _ in 0..5 {
            history.keep(&resting);
        }
        assert_eq!(history.len(), 4);
        resting.samples[0][3] = 0.5;
        history.keep(&resting);
        assert_eq!(history.len(), 8, "who sings meanwhile is kept");
        history.keep(&block(1, 2, 0.0));
        assert_eq!(history.len(), 12, "a pause that is played is one");
    }
}
