//! What has been computed is heard once more, otherwise.

use std::ops::Range;

use super::{Moment, Stream};
use crate::block::{Again, Block};
use crate::heard::Heard;
use crate::wishes::Wishes;
use crate::worker::output::Output;
use crate::worker::timeline::RENDERED_VOICES;

impl Stream {
    /// Computes the last block again, with other slots from one of its samples on: for a render whose changes come at the output,
    /// where nobody waits. What has been played of it stays.
    ///
    /// # Errors
    /// As [`Stream::process`].
    pub(crate) fn again(&mut self, block: &mut Block, again: Again) -> Result<(), String> {
        if self.timeline.voices() >= RENDERED_VOICES {
            return Ok(());
        }
        self.slots = again.heard;
        self.change(Moment::Played(again.at), true);
        let (steps, computed) = (
            self.geometry.steps as i64,
            self.blocks as i64 * self.geometry.steps as i64,
        );
        self.advance(computed - 1)?;
        // There is none before the stream's first.
        let first = -steps.min(computed - steps);
        let blocks = std::iter::once(&mut block.samples[..]);
        self.hear_again(computed, first..steps, blocks)?;
        block.presence = self.timeline.presence();
        let from = self.begin() - (self.geometry.block - again.at) as i64;
        self.timeline.mark(from, &mut block.has_target[again.at..]);
        Ok(())
    }

    /// Takes over edited wishes, and the slots where they are given, and hears what they ask for in the last blocks already, at most `back` of
    /// them, as if it had always been heard there; says in how many, which are to be assembled once more with [`Stream::assemble_again`].
    /// `tries` is asked whether so many steps are worth a voice, `affords` before any of them is read, with how many steps are left and how many
    /// have been read, and says how many may be read at once. Where one says no or none, where something else changes at the end of these blocks or later, or where there is nothing to
    /// hear, it is none of them, nothing is changed but the wishes, and the coming block takes them over.
    ///
    /// # Errors
    /// As [`Stream::process`].
    pub(crate) fn revise(
        &mut self,
        wishes: Wishes,
        heard: Option<Heard>,
        back: usize,
        tries: impl Fn(u64) -> bool,
        affords: impl Fn(u64, u64) -> Option<u64>,
    ) -> Result<usize, String> {
        self.intake.set_trim(wishes.trim);
        self.wishes = wishes;
        self.slots = heard.unwrap_or(self.slots);
        let wanted = self.wanted();
        let wanted = wanted.as_ref().map(|(separator, query)| (*separator, &**query));
        let Some(rests_from) = self.timeline.rests_from() else {
            return Ok(0);
        };
        // The up-sampler has read a part of the block before the first one.
        let len = (self.geometry.steps * self.geometry.step) as i64;
        let oldest = (rests_from.max(0) as u64)
            .div_ceil(len as u64)
            .max(self.warm_up())
            + 1;
        let back = self.blocks.saturating_sub(oldest).min(back as u64);
        if back == 0 || wanted.is_none() || self.timeline.ends_with(wanted) {
            return Ok(0);
        }
        let from = (self.blocks - back - 1) as i64 * len;
        let middle = from + self.timeline.half_fade();
        let frames = (self.first_frame(middle), self.heard_frame(middle).max(0) as u64);
        // A voice is not made for nothing: of a large network that takes a third of a block.
        let all = self.analysis.frames().saturating_sub(frames.0) / self.spec.block as u64;
        if !tries(all) {
            return Ok(0);
        }
        // What fails here fails again where the coming block takes it over, and is told there.
        let Some(mut voice) = self.voice(frames) else {
            return Ok(0);
        };
        loop {
            let left = voice.backlog(&self.analysis);
            if left == 0 {
                break;
            }
            let Some(at_once) = affords(left, all - left) else {
                return Ok(0);
            };
            let read = match voice.unheard() {
                0 => voice.read_step(&self.analysis, &self.shapes, self.awaited),
                _ => voice.catch_up(&self.analysis, at_once),
            };
            read.map_err(|error| error.to_string())?;
        }
        self.waiting = false;
        self.timeline.replace(voice);
        Ok(back as usize)
    }

    /// Assembles the last blocks once more, each into its samples of `blocks`, `[channel][sample]`.
    ///
    /// # Errors
    /// The resampler's words. The stream must be restarted then.
    pub(crate) fn assemble_again<'a>(
        &mut self,
        blocks: impl ExactSizeIterator<Item = &'a mut [Vec<f32>]>,
    ) -> Result<(), String> {
        let steps = self.geometry.steps as i64;
        let computed = self.blocks as i64 * steps;
        let first = -(blocks.len() as i64) * steps;
        self.hear_again(computed, first..steps, blocks)
    }

    /// Assembles blocks of what is heard by now, the last of them the one before step `computed`. The steps are counted from that one's
    /// first.
    fn hear_again<'a>(
        &mut self,
        computed: i64,
        steps: Range<i64>,
        blocks: impl ExactSizeIterator<Item = &'a mut [Vec<f32>]>,
    ) -> Result<(), String> {
        let last = computed - self.geometry.steps as i64;
        let timeline = &self.timeline;
        let hear = |output: &mut Output, step: i64| {
            let total = last + step;
            output.hear(
                step,
                |lane, out| timeline.mix(total, out, |voice| voice.gain(lane, total)),
                |channel, out| timeline.mix(total, out, |voice| voice.wave(channel, total)),
            );
        };
        self.output.again(steps, hear, blocks)
    }
}
