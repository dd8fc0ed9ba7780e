//! Where a signal begins and ends among the samples and frames that are analysed.

use crate::geometry::{Geometry, Origin};

/// The edges of a signal that a separator hears as they are. Both are unknown while somebody plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Edges {
    /// Where the signal begins, if the stream began with it and the separator hears its reflection.
    origin: Option<Origin>,
    /// Where it ends, in samples at the model's rate as they are analysed.
    end: Option<usize>,
}

impl Edges {
    /// Of a stream that begins; `whole` where the signal begins with it, after its head.
    pub(crate) fn of(geometry: &Geometry, whole: bool) -> Edges {
        Edges {
            origin: geometry.origin.filter(|_| whole),
            end: None,
        }
    }

    /// Where the signal begins, if that is known.
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.origin
    }

    /// Where it ends, if that is known, in samples as they are analysed.
    pub(crate) fn end(&self) -> Option<usize> {
        self.end
    }

    /// Whether the signal's edges are heard as they are: it began with the stream.
    pub(crate) fn is_whole(&self) -> bool {
        self.origin.is_some()
    }

    /// The first frame that the separator hears.
    pub(crate) fn first_frame(&self) -> u64 {
        self.origin.map_or(0, |origin| origin.frame as u64)
    }

    /// Says that the signal ends before the stream's sample `end` at the host's rate, which lies in the coming block.
    pub(crate) fn end_at(&mut self, end: usize, geometry: &Geometry) {
        let Geometry {
            leading_silence,
            up,
            down,
            ..
        } = *geometry;
        self.end = self
            .origin
            .map(|origin| origin.sample + (end.saturating_sub(leading_silence) * down).div_ceil(up));
    }

    /// One past the signal's last frame, `hop` samples each, where that is known.
    pub(crate) fn end_frame(&self, hop: usize) -> Option<u64> {
        let (origin, end) = (self.origin?, self.end?);
        Some((origin.frame + (end - origin.sample) / hop + 1) as u64)
    }

    /// Silences what does not belong to the signal in samples from `position` on, as they are analysed.
    pub(crate) fn trim(&self, position: i64, samples: &mut [f32]) {
        let Some(origin) = self.origin else { return };
        let within = |sample: usize| (sample as i64 - position).clamp(0, samples.len() as i64) as usize;
        let (first, last) = (within(origin.sample), self.end.map_or(samples.len(), within));
        samples[..first].fill(0.0);
        samples[last..].fill(0.0);
    }
}
