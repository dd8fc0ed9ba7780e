//! Reads the signal block by block, in order.

use std::sync::Arc;

use super::{Channels, Offline};
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::sample::finite;
use crate::worker::edges::Edges;
use crate::worker::intake::{Intake, Taken};

/// One block of the signal on its way to the parts that hear it.
pub(super) struct Block {
    pub(super) index: u64,
    /// At the host's rate, without what is no sound: where that is nothing, the input itself.
    pub(super) host: Arc<Channels>,
    pub(super) taken: Taken,
    /// As far as they are known with it.
    pub(super) edges: Edges,
}

/// The reader of a signal.
pub(super) struct Head {
    geometry: Geometry,
    hop: usize,
    intake: Intake,
    /// Blocks read.
    next: u64,
    /// Samples read.
    samples: u64,
    ended: bool,
}

impl Head {
    pub(super) fn new(offline: &Offline) -> Result<Head, EngineError> {
        let spec = offline.separator.spec();
        let mut intake = Intake::new(&offline.geometry, spec, offline.config.channels)?;
        intake.reset(true);
        intake.set_trim(offline.trim);
        Ok(Head {
            geometry: offline.geometry,
            hop: spec.stft.hop,
            intake,
            next: 0,
            samples: 0,
            ended: false,
        })
    }

    /// Blocks read.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Samples of the signal, where it has ended.
    pub(super) fn end(&self) -> Option<u64> {
        self.ended.then_some(self.samples)
    }

    /// Reads the next block with `read`, which fills what it is given from its start and says how much of it; the signal ends where
    /// that is not all. Gives the input as it came, what is no number as 0, with silence before its first and after its last sample, and what is heard of it.
    pub(super) fn block<E: From<EngineError>>(
        &mut self,
        read: &mut impl FnMut(&mut [Vec<f32>]) -> Result<usize, E>,
        channels: usize,
    ) -> Result<(Arc<Channels>, Block), E> {
        let len = self.geometry.block;
        let first = self.next * len as u64;
        let begin = (self.geometry.leading_silence as u64)
            .saturating_sub(first)
            .min(len as u64) as usize;
        let mut samples = vec![vec![0.0; len - begin]; channels];
        if !self.ended && begin < len {
            let count = read(&mut samples)?;
            self.samples += count as u64;
            samples.iter_mut().for_each(|channel| channel[count..].fill(0.0));
            for sample in samples.iter_mut().flatten() {
                *sample = finite(*sample);
            }
            if count < len - begin {
                self.ended = true;
                self.intake.end(begin + count);
            }
        }
        for channel in samples.iter_mut().filter(|_| begin > 0) {
            channel.splice(0..0, std::iter::repeat_n(0.0, begin));
        }
        let mut heard = samples.clone();
        let mut taken = Taken::new(&self.geometry, self.hop, channels);
        let taken_in = self.intake.take(&mut heard, &mut taken);
        taken_in.map_err(|reason| EngineError::Separation { reason })?;
        let mixture = Arc::new(samples);
        let block = Block {
            index: self.next,
            host: if heard == *mixture {
                mixture.clone()
            } else {
                Arc::new(heard)
            },
            taken,
            edges: self.intake.edges(),
        };
        self.next += 1;
        Ok((mixture, block))
    }
}
