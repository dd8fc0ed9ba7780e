//! The mix of what is heard: sample by sample while a gain moves, and whole segments at once while all of them rest.
//!
//! Both ways give the same bits. Nearly all the time every gain rests, and then the compiler has plain loops to vectorise.

use super::Engine;
use crate::io::Io;
use crate::mix::{combine, crossfade};
use crate::sample::finite;

/// The gains of a segment in which none of them moves.
#[derive(Clone, Copy)]
struct AtRest {
    /// Share of the target, 0 to 1.
    heard: f32,
    /// Gains of the mixture and of the target.
    gains: (f32, f32),
    /// Share of the mix against the delayed input, 0 to 1.
    share: f32,
}

impl Engine {
    /// Writes `n` samples of the mix, or of target and mixture, from the samples that are due.
    pub(super) fn mix(&mut self, io: &mut Io, done: usize, n: usize) {
        let replays = self.replay.look(&self.shared.auditions.ticket);
        let split = matches!(io, Io::Split { .. });
        match self.at_rest(split, n).filter(|_| !replays) {
            Some(gains) => self.mix_at_rest(io, done, n, gains),
            None => self.mix_by_sample(io, done, n, replays),
        }
    }

    /// The gains of the coming `n` samples, if none of those that the host hears moves.
    fn at_rest(&mut self, split: bool, n: usize) -> Option<AtRest> {
        let first = *self.has_target.first()?;
        if self.has_target[..n].iter().any(|&has| has != first) {
            return None;
        }
        self.heard.aim(self.goal(first));
        Some(AtRest {
            heard: self.heard.at_rest()?,
            // Where target and rest are handed over apart, the host mixes them.
            gains: if split { (0.0, 1.0) } else { self.mixer.at_rest()? },
            share: if split { 1.0 } else { self.enabled.at_rest()? },
        })
    }

    /// How much of the target is to be heard.
    fn goal(&self, has_target: bool) -> f32 {
        if has_target && self.held.heard.slot.is_some() {
            1.0
        } else {
            0.0
        }
    }

    fn mix_at_rest(&mut self, io: &mut Io, done: usize, n: usize, at_rest: AtRest) {
        let AtRest { heard, gains, share } = at_rest;
        let share = heard * share;
        match io {
            Io::Mix(io) => {
                for (channel, out) in io.iter_mut().take(self.channels).enumerate() {
                    let out = &mut out[done..done + n];
                    let (mixture, target) = (&self.mixture[channel][..n], &self.target[channel][..n]);
                    if share == 0.0 {
                        out.copy_from_slice(mixture);
                        continue;
                    }
                    for ((out, &x), &target) in out.iter_mut().zip(mixture).zip(target) {
                        *out = crossfade(x, combine(x, target, gains), share);
                    }
                }
            }
            Io::Split { mixture, target, .. } => {
                for (channel, out) in mixture.iter_mut().take(self.channels).enumerate() {
                    let out = &mut out[done..done + n];
                    out.copy_from_slice(&self.mixture[channel][..n]);
                    // As in the mix: broken numbers pass where nothing is separated.
                    if heard != 0.0 {
                        out.iter_mut().for_each(|sample| *sample = finite(*sample));
                    }
                }
                for (channel, out) in target.iter_mut().take(self.channels).enumerate() {
                    let out = &mut out[done..done + n];
                    for (out, &target) in out.iter_mut().zip(&self.target[channel][..n]) {
                        *out = heard * target;
                    }
                }
            }
        }
    }

    fn mix_by_sample(&mut self, io: &mut Io, done: usize, n: usize, replays: bool) {
        for k in 0..n {
            let again = if replays { self.replay.advance() } else { 0.0 };
            self.heard.aim(self.goal(self.has_target[k]));
            let heard = self.heard.advance();
            match io {
                Io::Mix(io) => {
                    let gains = self.mixer.advance();
                    let share = heard * self.enabled.advance();
                    for (channel, out) in io.iter_mut().take(self.channels).enumerate() {
                        let (x, target) = (self.mixture[channel][k], self.target[channel][k]);
                        let mixed = crossfade(x, combine(x, target, gains), share);
                        let (x, target) = self.replay.sample(channel);
                        out[done + k] = crossfade(mixed, combine(x, target, gains), again);
                    }
                }
                Io::Split { mixture, target, .. } => {
                    for (channel, out) in mixture.iter_mut().take(self.channels).enumerate() {
                        let (x, _) = self.replay.sample(channel);
                        let mixture = self.mixture[channel][k];
                        // As in the mix: broken numbers pass where nothing is separated.
                        let mixture = if heard == 0.0 { mixture } else { finite(mixture) };
                        out[done + k] = crossfade(mixture, x, again);
                    }
                    for (channel, out) in target.iter_mut().take(self.channels).enumerate() {
                        let (_, target) = self.replay.sample(channel);
                        out[done + k] = crossfade(heard * self.target[channel][k], target, again);
                    }
                }
            }
        }
    }
}
