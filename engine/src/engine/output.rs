//! What is heard, and what is measured of it.

use std::sync::atomic::Ordering;

use earmark_controls::MAX_CHANNELS;

use super::Engine;
use crate::io::Io;
use crate::sample::peak;

impl Engine {
    /// Reads the loudness of what goes in (0) or out (1), if somebody watches and all channels are there.
    pub(super) fn measure<'a>(&mut self, which: usize, channel: impl Fn(usize) -> Option<&'a [f32]>) {
        let mut samples: [&[f32]; MAX_CHANNELS] = Default::default();
        for (index, samples) in samples[..self.channels].iter_mut().enumerate() {
            let Some(there) = channel(index) else { return };
            *samples = there;
        }
        let watched = self.shared.columns.watched();
        if let Some(lufs) = self.loudness[which].feed(&samples[..self.channels], watched) {
            self.shared.loudness[which].store(lufs.to_bits(), Ordering::Relaxed);
        }
    }

    /// Writes `n` samples of what is heard.
    pub(super) fn give_out(&mut self, io: &mut Io, done: usize, n: usize) {
        match self.output_index() {
            Some(index) => {
                let at = (index % self.geometry.block as u64) as usize;
                self.player.play(at, &mut self.target, &mut self.has_target, n);
                if index == 0 {
                    self.heard
                        .jump(if self.has_target[0] && self.held.heard.slot.is_some() {
                            1.0
                        } else {
                            0.0
                        });
                }
            }
            None => {
                self.target.iter_mut().for_each(|channel| channel[..n].fill(0.0));
                self.has_target[..n].fill(false);
            }
        }
        // What belongs to samples before the first one is silence, but for the transforms' rounding errors.
        let first = (self.latency + self.geometry.leading_silence) as u64;
        let silent = first.saturating_sub(self.position).min(n as u64) as usize;
        self.target
            .iter_mut()
            .for_each(|channel| channel[..silent].fill(0.0));
        self.mix(io, done, n);
        let peaks = &self.shared.peaks;
        for channel in 0..self.channels {
            peaks.mixture[channel].raise(peak(&self.mixture[channel][..n]));
            peaks.target[channel].raise(peak(&self.target[channel][..n]));
            if let Io::Mix(io) = io
                && let Some(out) = io.get(channel)
            {
                peaks.output[channel].raise(peak(&out[done..done + n]));
            }
        }
        if let Io::Mix(io) = io {
            self.measure(1, |channel| io.get(channel).map(|out| &out[done..done + n]));
        }
    }
}
