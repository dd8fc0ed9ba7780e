//! The audio thread's half.

mod holding;
mod mixing;
mod output;
mod settings;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use earmark_controls::Automation;
use earmark_models::SeparatorSpec;
use ringbuf::traits::Observer;

use self::holding::Held;
use crate::audition::replay::Replay;
use crate::audition::state::Auditions;
use crate::block::{AudioPort, Block, circulation};
use crate::change::{Change, Settings};
use crate::change_queue::ChangeQueue;
use crate::clock::{Clock, SystemClock};
use crate::column_queue::ColumnQueue;
use crate::config::{EngineConfig, WaitPolicy};
use crate::delay_line::DelayLine;
use crate::error::EngineError;
use crate::fields::Fields;
use crate::geometry::Geometry;
use crate::handle::EngineHandle;
use crate::io::Io;
use crate::loudness::LoudnessMeter;
use crate::mix::Mixer;
use crate::pace::Pace;
use crate::player::Player;
use crate::ramp::Ramp;
use crate::sample::peak;
use crate::shared::Shared;
use crate::worker;

/// Samples that are handled at once; the size of every scratch buffer.
pub(crate) const SEGMENT: usize = 512;

/// What is heard: the delayed mixture and, under it, the target. Owned by the audio thread.
///
/// Its stream begins with [`Engine::new`] and with each [`Engine::reset`]. Blocks for the worker are counted from there, so
/// the host's block sizes cannot change what comes out.
pub struct Engine {
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
    geometry: Geometry,
    latency: usize,
    channels: usize,
    automation: Automation,
    /// Whose changes act at once, whatever `automation` says.
    by_hand: Fields,
    pace: Pace,
    port: AudioPort,
    player: Player,
    /// Samples of this life that came in, and as many that went out; those of [`Geometry::leading_silence`] are counted too.
    position: u64,
    /// The position after the last sample, as far as calls tell, that was not silence.
    sounded: Option<u64>,
    generation: u64,
    /// Edits that the worker has been told of.
    edits: u64,
    /// Whether the host's transport rests.
    resting: bool,
    /// The block being filled; `None` when the worker holds all of them.
    filling: Option<Block>,
    /// What is full and not sent yet.
    waiting: Held,
    delay: DelayLine,
    /// What holds at the input, what at the output, and what is on its way from the one to the other.
    asked: Settings,
    held: Settings,
    queue: ChangeQueue,
    /// Samples by which a crossfade begins before its place, so that it is centred there.
    half_ramp: u64,
    mixer: Mixer,
    /// Plays what is auditioned.
    replay: Replay,
    /// Of what comes in and of what goes out.
    loudness: [LoudnessMeter; 2],
    /// 1 where a query is heard, and where the host's bypass is off.
    heard: Ramp,
    enabled: Ramp,
    /// `[channel][SEGMENT]`.
    mixture: Vec<Vec<f32>>,
    target: Vec<Vec<f32>>,
    /// `[SEGMENT]`.
    has_target: Vec<bool>,
}

impl Engine {
    /// Allocates everything and starts the worker thread. The separator may come later, through
    /// [`EngineHandle::set_separator`]: until then sound passes delayed.
    ///
    /// # Errors
    /// [`EngineError::SampleRate`], [`EngineError::Channels`] and [`EngineError::Spec`] for what cannot be run;
    /// [`EngineError::Model`] for a separator that is for files alone; [`EngineError::Thread`] when the system gives no thread.
    pub fn new(config: EngineConfig, spec: &SeparatorSpec) -> Result<(Engine, EngineHandle), EngineError> {
        Engine::with_clock(config, spec, Arc::new(SystemClock::get()))
    }

    /// As [`Engine::new`], with a clock of one's own: for tests and simulations, where time passes as it likes.
    ///
    /// # Errors
    /// Those of [`Engine::new`].
    pub fn with_clock(
        config: EngineConfig,
        spec: &SeparatorSpec,
        clock: Arc<dyn Clock>,
    ) -> Result<(Engine, EngineHandle), EngineError> {
        config.check(spec)?;
        spec.live()?;
        let geometry = Geometry::of(config.sample_rate, spec).at_least(config.least_latency);
        let (columns, to_columns) = ColumnQueue::new(&geometry, spec.stft.hop);
        let (auditions, replay) = Auditions::new(&geometry, &config);
        let shared = Arc::new(Shared::new(geometry, spec.clone(), columns, auditions, clock));
        let (port, worker_port) = circulation(&geometry, config.channels);
        let worker = worker::start(shared.clone(), worker_port, to_columns, &config)?;
        let (latency, ramp) = (geometry.latency(), geometry.ramp());
        let mut engine = Engine {
            worker: Some(worker),
            geometry,
            latency,
            channels: config.channels,
            automation: config.automation,
            by_hand: Fields::NONE,
            pace: Pace::new(config.sample_rate, geometry.budget - geometry.gap_fade),
            port,
            player: Player::new(&geometry),
            position: geometry.leading_silence as u64,
            sounded: None,
            generation: 0,
            edits: 0,
            resting: false,
            filling: None,
            waiting: Held::new(geometry.pool()),
            delay: DelayLine::new(config.channels, latency, SEGMENT),
            asked: Settings::default(),
            held: Settings::default(),
            queue: ChangeQueue::new(latency as f64 / geometry.host_rate as f64),
            half_ramp: geometry.half_ramp() as u64,
            mixer: Mixer::new(ramp),
            replay,
            loudness: [(); 2].map(|()| LoudnessMeter::new(config.channels, config.sample_rate, SEGMENT)),
            heard: Ramp::new(0.0, ramp),
            enabled: Ramp::new(1.0, ramp),
            mixture: vec![vec![0.0; SEGMENT]; config.channels],
            target: vec![vec![0.0; SEGMENT]; config.channels],
            has_target: vec![false; SEGMENT],
            shared: shared.clone(),
        };
        engine.begin_block();
        Ok((engine, EngineHandle { shared }))
    }

    /// Samples by which everything leaves later than it came, at any block size.
    pub fn latency(&self) -> usize {
        self.latency
    }

    /// Samples of silence after which nothing more is heard of what came before: latency and one window.
    pub fn tail(&self) -> usize {
        self.latency + (self.shared.spec.stft.window * self.geometry.up).div_ceil(self.geometry.down)
    }

    /// [`Meters::presence`] of what is heard now; 0 with the host's bypass. For the audio thread.
    ///
    /// [`Meters::presence`]: crate::Meters::presence
    pub fn presence(&self) -> f32 {
        if self.enabled.goal() > 0.0 {
            self.player.presence()
        } else {
            0.0
        }
    }

    /// Samples of the past that its separator listens to.
    pub(crate) fn context(&self) -> usize {
        let spec = &self.shared.spec;
        ((spec.context * spec.stft.hop + spec.stft.window) * self.geometry.up).div_ceil(self.geometry.down)
    }

    /// What the engine was made for.
    pub(crate) fn spec(&self) -> &SeparatorSpec {
        &self.shared.spec
    }

    /// What holds at its input.
    pub(crate) fn settings(&self) -> Settings {
        self.asked
    }

    /// Takes these changes as what held before the stream's first sample.
    pub fn begin_with(&mut self, changes: &[Change]) {
        // Changes come with samples only; this one is forgotten with everything else.
        let mut dummy = [0.0];
        self.process(&mut [&mut dummy], changes);
        self.reset();
    }

    /// Processes in place, `io[channel][sample]`, with the `changes` of this call sorted by offset.
    ///
    /// Never allocates, locks or blocks, but waits for the worker as [`Engine::set_wait_policy`] allows. Channels beyond the
    /// engine's stay as they are; channels that are missing count as silent.
    pub fn process(&mut self, io: &mut [&mut [f32]], changes: &[Change]) {
        self.run(&mut Io::Mix(io), changes, 0);
    }

    /// As [`Engine::process`] for a part of a call that begins `base` samples after the call's first one, from where the
    /// offsets of `changes` count.
    pub(crate) fn process_from(&mut self, base: usize, io: &mut [&mut [f32]], changes: &[Change]) {
        self.run(&mut Io::Mix(io), changes, base);
    }

    /// As [`Engine::process`], but gives the delayed mixture and the target instead of their mix, for files and
    /// measurements. Gains, wet and bypass are not applied; where no query is heard the target is silent.
    pub fn process_split(
        &mut self,
        input: &[&[f32]],
        mixture: &mut [&mut [f32]],
        target: &mut [&mut [f32]],
        changes: &[Change],
    ) {
        self.split_from(0, input, (mixture, target), changes);
    }

    /// As [`Engine::process_split`], with `base` as in [`Engine::process_from`].
    pub(crate) fn split_from(
        &mut self,
        base: usize,
        input: &[&[f32]],
        (mixture, target): (&mut [&mut [f32]], &mut [&mut [f32]]),
        changes: &[Change],
    ) {
        self.run(
            &mut Io::Split {
                input,
                mixture,
                target,
            },
            changes,
            base,
        );
    }

    /// Begins a new stream: exactly [`Engine::latency`] samples of silence follow, and nothing of before is heard.
    /// Gains, slot and bypass stay at their last values, even those that were still in the delay. An audition ends. From the
    /// audio thread or while it rests.
    pub fn reset(&mut self) {
        self.generation += 1;
        self.shared
            .played
            .store(self.geometry.leading_silence as u64, Ordering::Relaxed);
        self.shared.generation.store(self.generation, Ordering::Release);
        self.position = self.geometry.leading_silence as u64;
        self.sounded = None;
        self.delay.reset();
        self.queue.advance(u64::MAX, &mut self.held);
        self.mixer.jump(self.mix_here());
        self.enabled.jump(if self.held.bypass { 0.0 } else { 1.0 });
        self.heard.jump(0.0);
        self.end_audition();
        self.drop_held();
        self.player.reset(&mut self.port);
        self.pace.reset();
        self.begin_block();
    }

    /// Says that the signal has ended with the sample given last: what is given from here on only pushes out what is still
    /// inside, and is not heard. A separator that was trained on whole signals hears their end then as it did there. For
    /// files: a host never knows.
    pub fn end(&mut self) {
        let within = (self.position % self.geometry.block as u64) as usize;
        if let Some(block) = &mut self.filling {
            block.end.get_or_insert(within);
        }
    }

    /// Says what the host has announced, or what a person who knows it has: whether process calls may wait for the worker. A
    /// host that races is taken for one that renders, whatever was said. A render ends an audition.
    pub fn set_wait_policy(&mut self, waiting: WaitPolicy) {
        self.pace.announce(waiting);
        self.obey_pace();
    }

    /// What is in force: see [`Engine::set_wait_policy`].
    pub fn wait_policy(&self) -> WaitPolicy {
        self.pace.wait_policy()
    }

    fn obey_pace(&mut self) {
        let waiting = self.pace.wait_policy();
        self.shared.set_wait_policy(waiting);
        if waiting == WaitPolicy::Offline {
            self.end_audition();
        }
    }

    /// Has the worker look at what a hand has edited, where it would first learn of it with the next block.
    fn tell_of_edits(&mut self) {
        let edits = self.shared.edits.load(Ordering::Acquire);
        if std::mem::replace(&mut self.edits, edits) != edits && self.pace.wait_policy() == WaitPolicy::Live {
            self.shared.edited.store(true, Ordering::Release);
            self.wake_worker();
        }
    }

    /// Blocks that the worker holds, and one more while it has to look at an edit: 0 while it has nothing to do. For tests and simulations.
    pub fn owed(&self) -> usize {
        let here = self.port.free.len()
            + self.player.blocks()
            + self.waiting.len()
            + usize::from(self.filling.is_some());
        let looks = usize::from(self.shared.edited.load(Ordering::Acquire));
        self.geometry.pool() - here - self.port.from_worker.occupied_len() + looks
    }

    /// Sets when the changes of the coming calls act.
    pub fn set_automation(&mut self, automation: Automation) {
        self.automation = automation;
    }

    /// Says which values a hand is setting in an editor: their changes in the coming calls act at the output at once, and what is
    /// still on its way to them is void. All other changes act as [`Engine::set_automation`] says.
    pub fn set_by_hand(&mut self, fields: Fields) {
        self.by_hand = fields;
    }

    /// Says whether the host's transport rests: the silence that comes in then takes nothing from what is kept.
    pub fn set_resting(&mut self, resting: bool) {
        self.resting = resting;
    }

    /// Goes back from an audition to the output, without a fade.
    fn end_audition(&mut self) {
        self.shared.auditions.ticket.end();
        self.replay.fall_silent();
    }

    fn run(&mut self, io: &mut Io, changes: &[Change], base: usize) {
        let len = io.len();
        let within = |change: &Change| change.offset.saturating_sub(base).min(len - 1);
        let clock = self.shared.clock.clone();
        let now = clock.now();
        self.pace.enter(now, clock.waits().until(now), len);
        self.obey_pace();
        // A slot's own gains may have been edited.
        self.mixer.aim(self.mix_here());
        let mut changes = changes.iter().peekable();
        let mut done = 0;
        while done < len {
            while let Some(change) = changes.next_if(|change| within(change) <= done) {
                self.accept(change.kind);
            }
            let due = self.queue.advance(self.position, &mut self.held);
            self.obey(due);
            self.keep_time();
            let until_change = changes.peek().map_or(len, |change| within(change));
            let n = self.segment(len - done).min(until_change - done);
            self.take_in(io, done, n);
            self.give_out(io, done, n);
            self.position += n as u64;
            if self.position.is_multiple_of(self.geometry.block as u64) {
                self.send_block();
                self.begin_block();
            }
            done += n;
        }
        self.shared.played.store(self.position, Ordering::Release);
        self.tell_of_edits();
        let now = clock.now();
        self.pace.leave(now, clock.waits().until(now));
    }

    /// How many samples from here on have nothing happening between them, at most `len`.
    fn segment(&self, len: usize) -> usize {
        let Geometry { block, gap_fade, .. } = self.geometry;
        let within = |position: u64| (position % block as u64) as usize;
        let (input, output) = (within(self.position), within(self.output_position()));
        let mut n = len.min(SEGMENT).min(block - input).min(block - output);
        if output < block - gap_fade {
            n = n.min(block - gap_fade - output);
        }
        if let Some(position) = self.queue.next_position() {
            n = n.min((position - self.position) as usize);
        }
        n
    }

    /// A position in the worker's output that is congruent to the true one and never negative: one block is added.
    fn output_position(&self) -> u64 {
        let whole_blocks = self.geometry.turnaround().next_multiple_of(self.geometry.block) as u64;
        self.position + whole_blocks - self.geometry.turnaround() as u64
    }

    /// Samples of the worker's output that are due before the present one, if it has begun.
    fn output_index(&self) -> Option<u64> {
        self.position.checked_sub(self.geometry.turnaround() as u64)
    }

    /// Asks for and begins with blocks at their time.
    fn keep_time(&mut self) {
        self.player.look(self.generation, &mut self.port);
        let block = self.geometry.block as u64;
        let soon = self.position + self.foresight();
        if let Some(soon) = soon.checked_sub(self.geometry.turnaround() as u64)
            && self.player.wants(soon / block)
        {
            // A worker that is not asked for blocks must still learn how far the sound has got.
            self.shared.played.store(self.position, Ordering::Release);
            let matters = self.sounds() && self.shared.asks(self.held.heard);
            self.send_held(soon / block);
            self.player.fetch(
                soon / block,
                self.generation,
                &mut self.port,
                &self.shared,
                &self.pace,
                matters,
            );
        }
        if let Some(now) = self.output_index()
            && now.is_multiple_of(block)
        {
            self.player.turn(now / block, &mut self.port);
            self.shared.set_presence(self.player.presence());
        }
    }

    /// Whether anything but silence came in within the delay and the block that is due.
    fn sounds(&self) -> bool {
        let lasts = (self.latency + self.geometry.block) as u64;
        self.sounded.is_some_and(|end| self.position < end + lasts)
    }

    /// Puts `n` samples into the delay and into the worker's block.
    fn take_in(&mut self, io: &Io, done: usize, n: usize) {
        let within = (self.position % self.geometry.block as u64) as usize;
        for (channel, mixture) in self.mixture.iter_mut().enumerate() {
            let input = io.input(channel).map(|input| &input[done..done + n]);
            self.delay.pass(channel, self.position, input, &mut mixture[..n]);
            if let Some(block) = &mut self.filling {
                let block = &mut block.samples[channel][within..within + n];
                match input {
                    Some(input) => block.copy_from_slice(input),
                    None => block.fill(0.0),
                }
            }
            let input = input.unwrap_or_default();
            self.shared.peaks.input[channel].raise(peak(input));
            if input.iter().any(|&sample| sample != 0.0) {
                self.sounded = Some(self.position + n as u64);
            }
        }
        self.measure(0, |channel| io.input(channel).map(|input| &input[done..done + n]));
    }

    fn send_block(&mut self) {
        if let Some(mut block) = self.filling.take() {
            block.rests = self.resting;
            self.hand_over(block);
        }
    }

    /// Takes a block to fill from here on; where the worker holds all of them, the coming samples pass it by.
    fn begin_block(&mut self) {
        if self.filling.is_none() {
            self.filling = self
                .player
                .supply(self.generation, &mut self.port, &self.shared, &self.pace);
        }
        if let Some(block) = &mut self.filling {
            block.generation = self.generation;
            block.index = self.position / self.geometry.block as u64;
            block.heard = self.asked.heard;
            block.changes.clear();
            block.shaping = self.asked.shaping;
            block.shapings.clear();
            block.again = None;
            block.end = None;
            let before = (self.position % self.geometry.block as u64) as usize;
            block
                .samples
                .iter_mut()
                .for_each(|channel| channel[..before].fill(0.0));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(worker) = self.worker.take() {
            worker.thread().unpark();
            // A library must not be unloaded under a running thread. It ends with the block it is at; it caught its panics.
            let _ = worker.join();
        }
    }
}
