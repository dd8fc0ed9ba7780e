//! Which query is heard when, and the crossfades between them.

use std::collections::VecDeque;
use std::sync::Arc;

use earmark_models::{ModelError, Separator};

use super::analysis::Analysis;
use super::shapes::Shapes;
use super::voice::Voice;
use crate::query::Query;

/// Voices that may be computed at once while somebody listens: the old one and the new one.
pub(crate) const LIVE_VOICES: usize = 2;
/// Voices that may begin within one step of a render, or play in a block that is computed again. A stream may take hundreds of
/// megabytes; of more changes than that, the last one counts.
pub(crate) const RENDERED_VOICES: usize = 4;

/// What is heard from a moment on.
pub(crate) enum Part {
    /// No query.
    Silence,
    /// A voice that is made, and reads all of its past at once, when it is heard: in a render, where nobody waits for it, and
    /// where there is memory for those only that are heard.
    Coming(Order),
    Voice(Box<Voice>),
}

/// What a voice is made of.
pub(crate) struct Order {
    pub(crate) separator: Arc<dyn Separator>,
    pub(crate) query: Query,
    /// The frame that it begins to read with, and the first one that is heard of it.
    pub(crate) frames: (u64, u64),
}

impl Part {
    fn is_silence(&self) -> bool {
        matches!(self, Part::Silence)
    }

    fn voice(&self) -> Option<&Voice> {
        match self {
            Part::Voice(voice) => Some(voice),
            Part::Silence | Part::Coming(_) => None,
        }
    }

    /// Whether it is this separator's voice for this query, or silence for none.
    fn is(&self, wanted: Option<(&Arc<dyn Separator>, &Query)>) -> bool {
        match (self, wanted) {
            (Part::Silence, None) => true,
            (Part::Voice(voice), Some((separator, query))) => voice.is(separator, query),
            (Part::Coming(order), Some((separator, query))) => {
                Arc::ptr_eq(&order.separator, separator) && order.query == *query
            }
            _ => false,
        }
    }
}

impl From<Option<Voice>> for Part {
    fn from(voice: Option<Voice>) -> Part {
        voice.map_or(Part::Silence, |voice| Part::Voice(Box::new(voice)))
    }
}

/// A moment from which on another voice, or none, is heard.
struct Cue {
    /// The model-rate output sample in the middle of the crossfade; far in the past for what was heard from the start.
    middle: i64,
    part: Part,
}

/// The voice that is heard and those that are to come, in the order of their moments.
///
/// Positions count from the stream's start: what the synthesis gives at the model's rate, and what the blocks hold at the
/// host's. Both lag behind the input by constants.
pub(crate) struct Timeline {
    cues: VecDeque<Cue>,
    /// Host-rate samples from which on a query is heard, or none is.
    marks: VecDeque<(i64, bool)>,
    /// What holds before the first mark.
    has_target: bool,
    /// Model-rate samples of a crossfade.
    fade: i64,
    /// Model-rate samples of a step.
    step: i64,
    /// Steps of an engine block.
    steps: i64,
    /// The end of the step computed last.
    now: i64,
}

impl Timeline {
    pub(crate) fn new(fade: usize, (step, steps): (usize, usize)) -> Timeline {
        Timeline {
            cues: VecDeque::new(),
            marks: VecDeque::new(),
            has_target: false,
            fade: fade.max(1) as i64,
            step: step as i64,
            steps: steps as i64,
            now: 0,
        }
    }

    /// Hears `voice` from the start, and nothing else.
    pub(crate) fn restart(&mut self, voice: Option<Voice>) {
        self.marks.clear();
        self.now = 0;
        self.has_target = voice.is_some();
        self.cues.clear();
        self.cues.push_back(Cue {
            middle: i64::MIN / 2,
            part: voice.into(),
        });
    }

    /// The model-rate sample from which on nothing changes, in what was computed and in what is to come; `None` where something is to come.
    pub(crate) fn rests_from(&self) -> Option<i64> {
        let last = self.cues.back().map_or(i64::MIN, |cue| cue.middle + self.fade);
        (self.marks.is_empty() && last <= self.now).then_some(last)
    }

    /// Hears `voice` alone, as if it had been heard for as long as steps are kept.
    pub(crate) fn replace(&mut self, voice: Voice) {
        let now = self.now;
        self.restart(Some(voice));
        self.now = now;
    }

    /// Crossfades to `part` around the model-rate sample `middle`, which is the host-rate sample `mark`; after the last
    /// crossfade asked for, if that comes later.
    pub(crate) fn schedule(&mut self, middle: i64, mark: i64, part: Part) {
        let middle = self.cues.back().map_or(middle, |last| middle.max(last.middle));
        let mark = self.marks.back().map_or(mark, |(last, _)| mark.max(*last));
        let begun = self.now.max(middle - self.step);
        let with_it = self.cues.iter().rev().take_while(|cue| cue.middle > begun);
        let coming = |cue: &Cue| matches!(cue.part, Part::Coming(_));
        if with_it.filter(|cue| coming(cue)).count() >= RENDERED_VOICES
            && self.cues.back().is_some_and(coming)
        {
            self.cues.pop_back();
            self.marks.pop_back();
        }
        self.marks.push_back((mark, !part.is_silence()));
        self.cues.push_back(Cue { middle, part });
    }

    /// Model-rate samples from the beginning to the middle of a crossfade.
    pub(crate) fn half_fade(&self) -> i64 {
        self.fade / 2
    }

    /// Whether this, or nothing, is heard after all that was asked for.
    pub(crate) fn ends_with(&self, wanted: Option<(&Arc<dyn Separator>, &Query)>) -> bool {
        self.cues
            .back()
            .map_or(wanted.is_none(), |last| last.part.is(wanted))
    }

    /// Voices that cost something, or will.
    pub(crate) fn voices(&self) -> usize {
        self.cues.iter().filter(|cue| !cue.part.is_silence()).count()
    }

    /// How present the sound is that is heard now: that of the newest voice whose crossfade has begun.
    pub(crate) fn presence(&self) -> f32 {
        self.heard().map_or(0.0, Voice::presence)
    }

    /// The newest voice that has begun to be heard, as of the step computed last.
    pub(crate) fn heard(&self) -> Option<&Voice> {
        let begun = |cue: &&Cue| cue.middle - self.fade / 2 < self.now;
        self.cues.iter().rev().find(begun)?.part.voice()
    }

    /// Computes step `step`, whose frames have been analysed. A voice that is not heard yet reads as much of its past as
    /// it must to be in step when it is: the work is spread evenly, and the same way in every run. One that is only ordered is
    /// made by `make` when it is heard. Whether it is `awaited` goes on to the streams.
    pub(crate) fn advance(
        &mut self,
        (analysis, shapes): (&Analysis, &Shapes),
        awaited: bool,
        step: i64,
        make: impl Fn(&Order) -> Result<Voice, ModelError>,
    ) -> Result<(), ModelError> {
        // A silence may be skipped for what follows it (see `mix`), and what was before it is then needed for longer.
        let kept = |next: &Cue| {
            if next.part.is_silence() {
                2 * self.fade
            } else {
                self.fade
            }
        };
        // The block that the step belongs to may be computed again, and with it the end of the one before.
        let block = (step - step % self.steps - self.steps) * self.step;
        while self
            .cues
            .get(1)
            .is_some_and(|next| next.middle + kept(next) <= block)
        {
            self.cues.pop_front();
        }
        self.now = (step + 1) * self.step;
        for cue in &mut self.cues {
            if let Part::Coming(order) = &cue.part
                && cue.middle - self.fade / 2 < self.now
            {
                cue.part = Part::Voice(Box::new(make(order)?));
            }
            let Part::Voice(voice) = &mut cue.part else {
                continue;
            };
            let heard_in = (cue.middle - self.fade / 2).div_euclid(self.step);
            let steps_left = (heard_in - step + 1).max(1) as u64;
            let backlog = voice.backlog(analysis);
            // One beyond the present one at least: what is read early is not heard yet and costs less (see `skip_first`).
            for _ in 0..backlog.div_ceil(steps_left).max(backlog.min(2)) {
                voice.read_step(analysis, shapes, awaited)?;
            }
        }
        Ok(())
    }

    /// Mixes what `part` is of every voice into `out`, `[step]`, each crossfade over its samples.
    ///
    /// A voice after none is whole from the beginning of its crossfade, and one before none until the end of it: the
    /// engine fades between the target and the input there, and two fades at once would be heard late and early. None that is
    /// over before its crossfade is counts for nothing here: one voice goes straight over into the other.
    pub(crate) fn mix<'a>(&'a self, step: i64, out: &mut [f32], part: impl Fn(&'a Voice) -> &'a [f32]) {
        out.fill(0.0);
        let start = step * self.step;
        let mut before = false;
        for (index, cue) in self.cues.iter().enumerate() {
            let begin = cue.middle - self.fade / 2;
            if begin >= start + self.step {
                break;
            }
            let next = self.cues.get(index + 1);
            if cue.part.is_silence() && next.is_some_and(|next| next.middle - cue.middle < self.fade) {
                continue;
            }
            let samples = cue.part.voice().map(&part);
            let after = samples.is_some();
            if begin + self.fade <= start {
                match samples {
                    Some(samples) => out.copy_from_slice(samples),
                    None => out.fill(0.0),
                }
                before = after;
                continue;
            }
            for (k, out) in out.iter_mut().enumerate() {
                let passed = start + k as i64 - begin;
                let weight = match (before, after) {
                    (true, true) => (passed as f32 / self.fade as f32).clamp(0.0, 1.0),
                    (true, false) => f32::from(passed >= self.fade),
                    (false, _) => f32::from(passed >= 0),
                };
                let new = samples.map_or(0.0, |samples| samples[k]);
                // Whole means bit by bit.
                *out = if weight == 1.0 {
                    new
                } else {
                    *out + weight * (new - *out)
                };
            }
            before = after;
        }
    }

    /// Writes where a query is heard, from host-rate sample `start` on.
    pub(crate) fn mark(&mut self, start: i64, has_target: &mut [bool]) {
        for (position, out) in (start..).zip(has_target) {
            while self.marks.front().is_some_and(|(mark, _)| *mark <= position) {
                self.has_target = self.marks.pop_front().is_some_and(|(_, heard)| heard);
            }
            *out = self.has_target;
        }
    }
}
