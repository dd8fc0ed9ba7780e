//! One uninterrupted run of blocks, from wishes and input to target.

mod again;

use std::borrow::Cow;
use std::sync::Arc;

use earmark_controls::Column;
use earmark_models::stft::Plan;
use earmark_models::{ModelError, Separator, SeparatorSpec};

use super::analysis::Analysis;
use super::column_builder::ColumnBuilder;
use super::intake::{Intake, Taken};
use super::output::Output;
use super::revising::StepCost;
use super::shapes::Shapes;
use super::timeline::{LIVE_VOICES, Order, Part, Timeline};
use super::voice::Voice;
use crate::block::Block;
use crate::column_queue;
use crate::config::EngineConfig;
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::query::Query;
use crate::shaping::Shaping;
use crate::wishes::Wishes;

/// Length of the crossfade from one query to another, in seconds.
const FADE_SECONDS: f64 = 0.01;

/// When something else is to be heard.
#[derive(Clone, Copy)]
enum Moment {
    /// Where this sample of the input leaves the engine.
    Input(i64),
    /// From this sample of the last block's output on.
    Played(usize),
    /// As soon as it can be had.
    Soonest,
}

/// The state of a stream. Positions within it count from its first block.
pub(crate) struct Stream {
    geometry: Geometry,
    spec: SeparatorSpec,
    plan: Plan,
    channels: usize,
    intake: Intake,
    /// The block in work.
    taken: Taken,
    analysis: Analysis,
    timeline: Timeline,
    output: Output,
    shapes: Shapes,
    columns: ColumnBuilder,
    /// Frames read so far belong to columns.
    watched: bool,
    wishes: Wishes,
    /// The slots that the newest input asks for.
    slots: Heard,
    /// A change that waits for a voice to be free, while somebody listens.
    waiting: bool,
    /// What is computed is waited for.
    awaited: bool,
    /// What a step takes, where somebody listens: a voice which nobody stamped with a time is heard a little later instead of making blocks late.
    cost: Option<StepCost>,
    /// Blocks processed.
    blocks: u64,
    /// Why the slots' query is not heard.
    failure: Option<String>,
}

impl Stream {
    pub(crate) fn new(
        geometry: &Geometry,
        spec: &SeparatorSpec,
        config: &EngineConfig,
    ) -> Result<Stream, EngineError> {
        let plan = Plan::new(spec.stft)?;
        let channels = (config.channels, config.channel_mode);
        let analysis = Analysis::new(geometry, spec, &plan, channels, spec.context);
        let fade = (FADE_SECONDS * geometry.model_rate as f64).round() as usize;
        Ok(Stream {
            geometry: *geometry,
            spec: spec.clone(),
            channels: config.channels,
            intake: Intake::new(geometry, spec, config.channels)?,
            taken: Taken::new(geometry, spec.stft.hop, config.channels),
            timeline: Timeline::new(fade, (geometry.step, geometry.steps)),
            output: Output::new(geometry, config.channels, analysis.lanes())?,
            shapes: Shapes::new(geometry, (spec.stft.hop, spec.stft.window)),
            columns: ColumnBuilder::new(
                &plan,
                spec.sample_rate as f32,
                column_queue::hops(geometry, spec.stft.hop),
            ),
            watched: false,
            analysis,
            plan,
            wishes: Wishes::default(),
            slots: Heard::OFF,
            waiting: false,
            awaited: false,
            cost: None,
            blocks: 0,
            failure: None,
        })
    }

    /// Begins anew, with the slots, the shaping and the wishes that hold from the first sample on; `whole` where that is the
    /// signal's first one.
    pub(crate) fn restart(&mut self, slots: Heard, shaping: Shaping, wishes: Wishes, whole: bool) {
        self.intake.reset(whole);
        self.analysis.reset(self.intake.edges(), 0);
        self.output.reset();
        self.shapes.restart(shaping);
        self.columns.reset();
        self.blocks = 0;
        self.slots = slots;
        self.intake.set_trim(wishes.trim);
        self.wishes = wishes;
        self.waiting = false;
        // The old voices go before the new one comes: they leave it their memory.
        self.timeline.restart(None);
        let first = self.analysis.edges().first_frame();
        let voice = self.voice((first, first));
        self.timeline.restart(voice);
    }

    /// Blocks after which nothing of what lay before the first one is missing from the target.
    pub(crate) fn warm_up(&self) -> u64 {
        self.geometry.delay().div_ceil(self.geometry.block) as u64
    }

    /// Blocks processed since it began.
    pub(crate) fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Whether what is computed from now on is waited for, however long it takes: see [`MaskStream::awaited`].
    ///
    /// [`MaskStream::awaited`]: earmark_models::MaskStream::awaited
    pub(crate) fn awaited(&mut self, awaited: bool) {
        self.awaited = awaited;
    }

    /// Tells what a step takes: a voice that nobody stamped with a time reads as much of its past beside each as there is time for.
    pub(crate) fn set_cost(&mut self, cost: StepCost) {
        self.cost = Some(cost);
    }

    /// Queries that are computed now.
    pub(crate) fn voices(&self) -> usize {
        self.timeline.voices()
    }

    /// Whether a query is heard, or will be.
    pub(crate) fn hears(&self) -> bool {
        self.timeline.voices() > 0
    }

    /// Why the slots' query is not heard.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Takes over edited wishes; what they change is heard from the next block on.
    pub(crate) fn wish(&mut self, wishes: Wishes, patient: bool) {
        self.intake.set_trim(wishes.trim);
        self.wishes = wishes;
        self.change(Moment::Soonest, patient);
    }

    /// How present the sound is that is heard now.
    pub(crate) fn presence(&self) -> f32 {
        self.timeline.presence()
    }

    /// Turns a block's input into its target, and where it is `watched` into columns, each with the output sample in its
    /// middle.
    ///
    /// # Errors
    /// The separator's or the resampler's words. The stream must be restarted then.
    pub(crate) fn process(
        &mut self,
        block: &mut Block,
        patient: bool,
        watched: bool,
        mut draw: impl FnMut(u64, Column),
    ) -> Result<(), String> {
        if watched && !self.watched {
            self.columns.reset();
        }
        self.watched = watched;
        let begin = (block.index * self.geometry.block as u64) as i64 - self.begin();
        for change in &block.changes {
            self.slots = change.heard;
            let moment = change.offset.map_or(Moment::Soonest, |offset| {
                Moment::Input(self.begin() + offset as i64)
            });
            self.change(moment, patient);
        }
        for change in &block.shapings {
            match change.offset {
                Some(offset) => self.shapes.set(self.begin() + offset as i64, change.shaping),
                None => self.shapes.set_at_once(change.fields, &change.shaping),
            }
        }
        if self.waiting && self.timeline.voices() < LIVE_VOICES {
            self.change(Moment::Soonest, patient);
        }
        if let Some(end) = block.end {
            self.intake.end(end);
            self.analysis.set_edges(self.intake.edges());
        }
        self.intake.take(&mut block.samples, &mut self.taken)?;
        self.output.begin();
        for step in 0..self.geometry.steps {
            let total = self.blocks as i64 * self.geometry.steps as i64 + step as i64;
            self.analysis.step(&self.taken, step);
            self.advance(total)?;
            let timeline = &self.timeline;
            self.output.step(
                &self.taken,
                step,
                |lane, out| timeline.mix(total, out, |voice| voice.gain(lane, total)),
                |channel, out| timeline.mix(total, out, |voice| voice.wave(channel, total)),
            );
            if watched {
                self.draw(begin, &mut draw);
            }
        }
        self.output.finish(&mut block.samples)?;
        // A voice that is made later still reads what is kept.
        self.shapes.forget_before(self.analysis.oldest() as i64);
        block.presence = self.timeline.presence();
        self.timeline.mark(self.begin(), &mut block.has_target);
        self.blocks += 1;
        Ok(())
    }

    /// Has the voices compute step `total` of the stream.
    fn advance(&mut self, total: i64) -> Result<(), String> {
        let analysis = &self.analysis;
        let make = |order: &Order| {
            let sizes = (self.channels, kept_steps(&self.geometry));
            make(order, (&self.spec, &self.plan, sizes), analysis)
        };
        self.timeline
            .advance((analysis, &self.shapes), self.awaited, total, make)
            .map_err(|error| error.to_string())
    }

    /// Reads the frames that the step computed last has given; `begin` is the input sample that the stream began with.
    fn draw(&mut self, begin: i64, draw: &mut impl FnMut(u64, Column)) {
        let first = self.analysis.frames() as i64 - (self.spec.block + self.spec.lookahead) as i64;
        let heard = self.timeline.heard();
        let each = self.analysis.lanes() > 1;
        for row in 0..self.spec.block {
            let frame = first + row as i64;
            if frame < 0 {
                continue;
            }
            let channels = (0..self.channels).filter_map(|channel| {
                let mask = heard.map(|voice| voice.mask(if each { channel } else { 0 }, row));
                Some((self.analysis.spectrum(channel, frame)?, mask))
            });
            let presence = heard.map_or(0.0, Voice::presence);
            if let Some(column) = self.columns.push(channels, presence) {
                let heard_at = begin + self.shapes.centre(frame) + self.geometry.latency() as i64;
                draw(heard_at.max(0) as u64, column);
            }
        }
    }

    /// The first host-rate sample of the next block.
    fn begin(&self) -> i64 {
        self.blocks as i64 * self.geometry.block as i64
    }

    /// The query that the slots ask for together.
    fn wanted(&self) -> Option<(&Arc<dyn Separator>, Cow<'_, Query>)> {
        Some((self.wishes.separator.as_ref()?, self.wishes.query(self.slots)?))
    }

    /// Hears what slots and wishes ask for, from `moment` on.
    fn change(&mut self, moment: Moment, patient: bool) {
        let wanted = self.wanted();
        let needs_voice = wanted.is_some();
        let wanted = wanted.as_ref().map(|(separator, query)| (*separator, &**query));
        let same = self.timeline.ends_with(wanted);
        if !needs_voice {
            self.failure = None;
        }
        if same {
            self.waiting = false;
            return;
        }
        self.waiting = !patient && needs_voice && self.timeline.voices() >= LIVE_VOICES;
        if self.waiting {
            return;
        }
        let (middle, mark) = match moment {
            Moment::Input(sample) => self.stamped(sample),
            Moment::Played(sample) => self.played(sample),
            Moment::Soonest => self.soonest(patient),
        };
        let frames = (self.first_frame(middle), self.heard_frame(middle).max(0) as u64);
        let part = if patient {
            self.order(frames).map_or(Part::Silence, Part::Coming)
        } else {
            self.voice(frames).into()
        };
        self.timeline.schedule(middle, mark, part);
    }

    /// Where the input sample `stamp` leaves the synthesis and, at the host's rate, the block.
    fn stamped(&self, stamp: i64) -> (i64, i64) {
        let Geometry {
            up,
            down,
            chunk,
            alignment,
            algorithmic_delay,
            ..
        } = self.geometry;
        let (up, down) = (up as i64, down as i64);
        let middle = ((stamp + chunk as i64 / 2) * down + up / 2).div_euclid(up)
            + (alignment + algorithmic_delay) as i64;
        // What has left the synthesis already cannot be changed.
        let middle = middle.max(self.now() + self.timeline.half_fade());
        (
            middle,
            stamp + self.geometry.delay() as i64 - self.geometry.half_ramp() as i64,
        )
    }

    /// The next sample of the synthesis, or a later one where somebody listens and there is much past to be read first.
    fn soonest(&self, patient: bool) -> (i64, i64) {
        let mut middle = self.now() + self.timeline.half_fade();
        if !patient {
            let frames = self.analysis.frames() as i64 - self.first_frame(middle) as i64;
            let steps = frames.max(0) / self.spec.block as i64 + 1;
            let beside = self.cost.as_ref().map_or(1, |cost| cost.beside(steps as u64));
            middle += (steps - 1) / beside as i64 * self.geometry.step as i64;
        }
        let Geometry {
            up,
            down,
            chunk,
            rounding,
            ..
        } = self.geometry;
        let mark = (middle + rounding as i64) * up as i64 / down as i64 + chunk as i64 / 2;
        (middle, mark)
    }

    /// The middle of a crossfade that begins with sample `at` of the last block.
    fn played(&self, at: usize) -> (i64, i64) {
        let Geometry {
            up,
            down,
            chunk,
            rounding,
            block,
            ..
        } = self.geometry;
        let (up, down) = (up as i64, down as i64);
        let (half_chunk, rounding) = (chunk as i64 / 2, rounding as i64);
        let sample = self.begin() - (block - at) as i64;
        let begin = -((half_chunk - sample) * down).div_euclid(up) - rounding;
        let mark = (begin + rounding) * up / down + half_chunk;
        (begin + self.timeline.half_fade(), mark)
    }

    /// The next sample that the synthesis will give.
    fn now(&self) -> i64 {
        self.blocks as i64 * (self.geometry.steps * self.geometry.step) as i64
    }

    /// The first frame whose mask is heard by a voice that fades in around the synthesis' sample `middle`.
    fn heard_frame(&self, middle: i64) -> i64 {
        let begin = middle - self.timeline.half_fade() - self.geometry.algorithmic_delay as i64;
        begin.div_euclid(self.spec.stft.hop as i64)
    }

    /// The frame that it begins to read with.
    fn first_frame(&self, middle: i64) -> u64 {
        let frame = self.heard_frame(middle) - self.spec.context as i64;
        let block = self.spec.block as i64;
        let oldest = (self.analysis.oldest() as i64 + block - 1).div_euclid(block) * block;
        let first = self.analysis.edges().first_frame() as i64;
        (frame.div_euclid(block) * block).max(oldest).max(first) as u64
    }

    /// What the wanted voice is made of, if there is one.
    fn order(&mut self, frames: (u64, u64)) -> Option<Order> {
        self.failure = None;
        let (separator, query) = self.wanted()?;
        let order = Order {
            separator: separator.clone(),
            query: query.into_owned(),
            frames,
        };
        let conditions = [&order.query.wanted[..], &order.query.unwanted].concat();
        match order.separator.spec().check(&conditions) {
            Ok(()) => Some(order),
            Err(error) => {
                self.failure = Some(error.to_string());
                None
            }
        }
    }

    fn voice(&mut self, frames: (u64, u64)) -> Option<Voice> {
        let order = self.order(frames)?;
        let sizes = (self.channels, kept_steps(&self.geometry));
        match make(&order, (&self.spec, &self.plan, sizes), &self.analysis) {
            Ok(voice) => Some(voice),
            Err(error) => {
                self.failure = Some(error.to_string());
                None
            }
        }
    }
}

/// Steps that a voice keeps: those of the block in work, of all that may lie ready, and of the one before.
fn kept_steps(geometry: &Geometry) -> usize {
    (geometry.ready() + 2) * geometry.steps
}

/// Makes a voice for so many channels that keeps so many steps.
fn make(
    order: &Order,
    (spec, plan, (channels, steps)): (&SeparatorSpec, &Plan, (usize, usize)),
    analysis: &Analysis,
) -> Result<Voice, ModelError> {
    let sizes = (channels, analysis.lanes(), steps);
    let mut voice = Voice::new(&order.separator, spec, &order.query, plan, sizes, order.frames)?;
    if analysis.edges().is_whole() && order.frames.0 == analysis.edges().first_frame() {
        voice.begin();
    }
    Ok(voice)
}
