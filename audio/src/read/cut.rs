//! Parts of a sound, as an edit list or a codec's delay asks for.

use std::collections::VecDeque;
use std::ops::Range;

use super::decoder::{Decoder, End, Fault, Next};
use super::description::Description;
use super::warning::Warning;

/// Parts of a sound, one after the other.
pub(super) struct Cut {
    inner: Box<dyn Decoder>,
    description: Description,
    /// What is let through, in samples of the whole: ascending.
    ranges: VecDeque<Range<u64>>,
    /// Samples of the whole so far.
    at: u64,
}

impl Cut {
    /// `ranges` ascend and do not overlap; one without a known end goes to `u64::MAX`.
    pub(super) fn new(inner: Box<dyn Decoder>, ranges: Vec<Range<u64>>) -> Self {
        let mut description = inner.description().clone();
        let length = |range: &Range<u64>| (range.end < u64::MAX).then(|| range.end - range.start);
        let whole = description.frames.unwrap_or(0);
        description.frames = ranges
            .iter()
            .map(length)
            .sum::<Option<u64>>()
            .or_else(|| whole.checked_sub(ranges.first().map_or(0, |range| range.start)));
        Self {
            inner,
            description,
            ranges: ranges.into(),
            at: 0,
        }
    }

    /// What is let through of the next `len` samples, counted from their first.
    fn kept(&mut self, len: u64) -> Vec<Range<u64>> {
        let (from, to) = (self.at, self.at + len);
        self.at = to;
        let kept = self
            .ranges
            .iter()
            .map(|range| range.start.max(from)..range.end.min(to))
            .filter(|range| range.start < range.end)
            .map(|range| range.start - from..range.end - from)
            .collect();
        while self.ranges.front().is_some_and(|range| range.end <= to) {
            self.ranges.pop_front();
        }
        kept
    }
}

impl Decoder for Cut {
    fn description(&self) -> &Description {
        &self.description
    }

    fn warnings(&self) -> Vec<Warning> {
        self.inner.warnings()
    }

    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        while !self.ranges.is_empty() {
            match self.inner.next(packet)? {
                Next::Sound => {
                    let len = packet.first().map_or(0, |channel| channel.len() as u64);
                    let kept = self.kept(len);
                    if kept.is_empty() {
                        continue;
                    }
                    let all = 0..len;
                    if kept != [all] {
                        for channel in packet.iter_mut() {
                            let parts = kept
                                .iter()
                                .flat_map(|range| &channel[range.start as usize..range.end as usize]);
                            *channel = parts.copied().collect();
                        }
                    }
                    return Ok(Next::Sound);
                }
                Next::Damaged(len) => {
                    let samples: u64 = self.kept(len).iter().map(|range| range.end - range.start).sum();
                    if samples > 0 {
                        return Ok(Next::Damaged(samples));
                    }
                }
                Next::End(end) => return Ok(Next::End(end)),
            }
        }
        Ok(Next::End(End::Whole))
    }
}
