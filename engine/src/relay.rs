//! One engine takes over from another while the sound goes on.
//!
//! ```text
//! handle ──offer──► incoming ──► warming: hears the input, is not heard ──► crossfade ──► the engine
//!        ◄─reclaim──── leaving  ◄── the engine before ◄──────────────────────────┘
//! ```
//! Both leave the input equally late, so that what passes unchanged is the same sample of the same sound on both sides of
//! the crossfade. Engines are made and dropped by the handle's side: either takes memory and a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use earmark_controls::{Automation, MAX_CHANNELS};
use parking_lot::Mutex;
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::change::{Change, Settings};
use crate::config::{EngineConfig, WaitPolicy};
use crate::engine::{Engine, SEGMENT};
use crate::error::EngineError;
use crate::fields::Fields;

/// Length of the crossfade from one engine to the next, in seconds.
const FADE_SECONDS: f64 = 0.02;

/// The audio thread's half: an engine, and at times its successor beside it.
pub struct Relay {
    engine: Box<Engine>,
    next: Option<Next>,
    incoming: HeapCons<Box<Engine>>,
    leaving: HeapProd<Box<Engine>>,
    taken_over: Arc<AtomicU64>,
    /// What holds at the input: a successor begins with it.
    settings: Settings,
    automation: Automation,
    by_hand: Fields,
    announced: WaitPolicy,
    /// Samples of a crossfade.
    fade: usize,
    /// `[channel][longest]`.
    scratch: Vec<Vec<f32>>,
    longest: usize,
}

/// A successor that has heard `heard` samples. From `ready` on it is what is heard.
struct Next {
    engine: Box<Engine>,
    heard: usize,
    ready: usize,
}

/// The other half: offers successors. From any thread but the audio thread.
pub struct RelayHandle {
    offered: Mutex<HeapProd<Box<Engine>>>,
    left: Mutex<HeapCons<Box<Engine>>>,
    taken_over: Arc<AtomicU64>,
    latency: usize,
}

impl Relay {
    /// Begins with `engine`, which was made for `config`.
    pub fn new(engine: Engine, config: &EngineConfig) -> (Relay, RelayHandle) {
        let (offered, incoming) = HeapRb::new(1).split();
        let (leaving, left) = HeapRb::new(2).split();
        let taken_over = Arc::new(AtomicU64::new(0));
        let longest = config.max_block.max(SEGMENT);
        let handle = RelayHandle {
            offered: Mutex::new(offered),
            left: Mutex::new(left),
            taken_over: taken_over.clone(),
            latency: engine.latency(),
        };
        let relay = Relay {
            settings: engine.settings(),
            engine: Box::new(engine),
            next: None,
            incoming,
            leaving,
            taken_over,
            automation: config.automation,
            by_hand: Fields::NONE,
            announced: WaitPolicy::Live,
            fade: ((FADE_SECONDS * config.sample_rate) as usize).max(1),
            scratch: vec![vec![0.0; longest]; config.channels],
            longest,
        };
        (relay, handle)
    }

    /// See [`Engine::latency`]; the same for all engines of a relay.
    pub fn latency(&self) -> usize {
        self.engine.latency()
    }

    /// How many engines have taken over so far.
    pub fn taken_over(&self) -> u64 {
        self.taken_over.load(Ordering::Relaxed)
    }

    /// See [`Engine::tail`].
    pub fn tail(&self) -> usize {
        let next = self.next.as_ref().map_or(0, |next| next.engine.tail());
        self.engine.tail().max(next)
    }

    /// See [`Engine::presence`]: that of the engine that is heard.
    pub fn presence(&self) -> f32 {
        self.engine.presence()
    }

    /// See [`Engine::set_wait_policy`].
    pub fn set_wait_policy(&mut self, waiting: WaitPolicy) {
        self.announced = waiting;
        self.each(|engine| engine.set_wait_policy(waiting));
    }

    /// See [`Engine::wait_policy`]: that of the engine that is heard.
    pub fn wait_policy(&self) -> WaitPolicy {
        self.engine.wait_policy()
    }

    /// See [`Engine::set_automation`].
    pub fn set_automation(&mut self, automation: Automation) {
        self.automation = automation;
        self.each(|engine| engine.set_automation(automation));
    }

    /// See [`Engine::set_by_hand`].
    pub fn set_by_hand(&mut self, fields: Fields) {
        self.by_hand = fields;
        self.each(|engine| engine.set_by_hand(fields));
    }

    /// See [`Engine::set_resting`].
    pub fn set_resting(&mut self, resting: bool) {
        self.each(|engine| engine.set_resting(resting));
    }

    /// See [`Engine::reset`]. A successor that is there takes over at once: there is nothing to go on with.
    pub fn reset(&mut self) {
        if let Some(next) = self.next.take() {
            self.succeed(next.engine);
        }
        self.engine.reset();
    }

    /// See [`Engine::begin_with`].
    pub fn begin_with(&mut self, changes: &[Change]) {
        self.tell(changes);
        self.reset();
        self.engine.begin_with(changes);
    }

    /// See [`Engine::process`]: what is heard goes from one engine to the next within 20 ms.
    pub fn process(&mut self, io: &mut [&mut [f32]], changes: &[Change]) {
        self.welcome();
        self.tell(changes);
        if self.next.is_none() {
            return self.engine.process(io, changes);
        }
        let len = io.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut changes = changes;
        for base in (0..len).step_by(self.longest) {
            let n = self.longest.min(len - base);
            let here = changes.partition_point(|change| change.offset < base + n || base + n == len);
            let (now, later) = changes.split_at(here);
            changes = later;
            let channels = io.len().min(MAX_CHANNELS);
            self.both(base, &mut part(io, base, n)[..channels], now);
        }
    }

    /// See [`Engine::process_split`]; the target goes over as in [`Relay::process`].
    pub fn process_split(
        &mut self,
        input: &[&[f32]],
        mixture: &mut [&mut [f32]],
        target: &mut [&mut [f32]],
        changes: &[Change],
    ) {
        self.welcome();
        self.tell(changes);
        if self.next.is_none() {
            return self.engine.process_split(input, mixture, target, changes);
        }
        let len = input.iter().map(|channel| channel.len());
        let len = len
            .chain(target.iter().map(|channel| channel.len()))
            .min()
            .unwrap_or(0);
        let mut changes = changes;
        for base in (0..len).step_by(self.longest) {
            let n = self.longest.min(len - base);
            let here = changes.partition_point(|change| change.offset < base + n || base + n == len);
            let (now, later) = changes.split_at(here);
            changes = later;
            let mut from: [&[f32]; MAX_CHANNELS] = Default::default();
            for (from, channel) in from.iter_mut().zip(input) {
                *from = &channel[base..base + n];
            }
            let channels = [input.len(), mixture.len(), target.len()].map(|count| count.min(MAX_CHANNELS));
            let (mut dry, mut out) = (part(mixture, base, n), part(target, base, n));
            self.both_split(
                base,
                &from[..channels[0]],
                (&mut dry[..channels[1]], &mut out[..channels[2]]),
                now,
            );
        }
    }

    fn both_split(
        &mut self,
        base: usize,
        input: &[&[f32]],
        (mixture, target): (&mut [&mut [f32]], &mut [&mut [f32]]),
        changes: &[Change],
    ) {
        self.engine.split_from(base, input, (mixture, target), changes);
        let Some(next) = &mut self.next else { return };
        let n = input.first().map_or(0, |channel| channel.len());
        let channels = target.len().min(self.scratch.len());
        let mut new: [&mut [f32]; MAX_CHANNELS] = Default::default();
        for (new, scratch) in new.iter_mut().zip(&mut self.scratch) {
            *new = &mut scratch[..n];
        }
        // Both mixtures are the same.
        next.engine
            .split_from(base, input, (&mut [], &mut new[..channels]), changes);
        self.hand_over(target, n);
    }

    fn tell(&mut self, changes: &[Change]) {
        for change in changes {
            self.settings = self.settings.with(change.kind);
        }
    }

    /// Lets a successor that has been offered begin to listen.
    fn welcome(&mut self) {
        // Its predecessor will need a place to go.
        if self.next.is_some() || self.leaving.is_full() {
            return;
        }
        if let Some(mut engine) = self.incoming.try_pop() {
            engine.set_wait_policy(self.announced);
            engine.set_automation(self.automation);
            engine.set_by_hand(self.by_hand);
            engine.begin_with(&self.settings.changes());
            self.next = Some(Next {
                ready: engine.latency() + engine.context(),
                heard: 0,
                engine,
            });
        }
    }

    /// Both engines hear at most `longest` samples; the output goes over from one to the other when its time has come.
    fn both(&mut self, base: usize, io: &mut [&mut [f32]], changes: &[Change]) {
        let n = io.first().map_or(0, |channel| channel.len());
        for (scratch, channel) in self.scratch.iter_mut().zip(io.iter()) {
            scratch[..n].copy_from_slice(channel);
        }
        self.engine.process_from(base, io, changes);
        let Some(next) = &mut self.next else { return };
        let mut part: [&mut [f32]; MAX_CHANNELS] = Default::default();
        let channels = io.len().min(self.scratch.len());
        for (part, scratch) in part.iter_mut().zip(&mut self.scratch) {
            *part = &mut scratch[..n];
        }
        next.engine.process_from(base, &mut part[..channels], changes);
        self.hand_over(io, n);
    }

    /// Crossfades `n` samples of what is heard to those of the successor in the scratch, when their time has come.
    fn hand_over(&mut self, io: &mut [&mut [f32]], n: usize) {
        let Some(next) = &mut self.next else { return };
        for (out, new) in io.iter_mut().zip(&self.scratch) {
            for (k, (out, new)) in out.iter_mut().zip(new).enumerate() {
                let passed = (next.heard + k).saturating_sub(next.ready);
                *out = if passed < self.fade {
                    *out + passed as f32 / self.fade as f32 * (new - *out)
                } else {
                    *new
                };
            }
        }
        next.heard += n;
        if next.heard >= next.ready + self.fade
            && let Some(next) = self.next.take()
        {
            self.succeed(next.engine);
        }
    }

    fn succeed(&mut self, engine: Box<Engine>) {
        let before = std::mem::replace(&mut self.engine, engine);
        // There is a place: `welcome` saw to it. Dropping it here would join its thread.
        if let Err(before) = self.leaving.try_push(before) {
            std::mem::forget(before);
        }
        self.taken_over.fetch_add(1, Ordering::Release);
    }

    fn each(&mut self, act: impl Fn(&mut Engine)) {
        act(&mut self.engine);
        if let Some(next) = &mut self.next {
            act(&mut next.engine);
        }
    }
}

/// `n` samples of every channel from `base` on.
fn part<'a>(io: &'a mut [&mut [f32]], base: usize, n: usize) -> [&'a mut [f32]; MAX_CHANNELS] {
    let mut part: [&mut [f32]; MAX_CHANNELS] = Default::default();
    for (part, channel) in part.iter_mut().zip(io.iter_mut()) {
        *part = &mut channel[base..base + n];
    }
    part
}

impl RelayHandle {
    /// Offers a successor, with its separator and queries. Says how many engines will have taken over when it has. None takes over
    /// before [`RelayHandle::reclaim`] has made room for its predecessor; nothing is dropped here, so that a caller may hold a lock.
    ///
    /// # Errors
    /// [`EngineError::Latency`] when it leaves its input later or sooner than the one in force:
    /// [`EngineConfig::least_latency`] makes it as late. [`EngineError::Busy`] when another one has been offered and is not
    /// at work yet.
    pub fn offer(&self, engine: Engine) -> Result<u64, EngineError> {
        if engine.latency() != self.latency {
            return Err(EngineError::Latency {
                given: engine.spec().id.clone(),
                given_samples: engine.latency(),
                current: "the model in force".into(),
                current_samples: self.latency,
            });
        }
        let number = self.taken_over() + 1;
        let mut offered = self.offered.lock();
        offered
            .try_push(Box::new(engine))
            .map_err(|_| EngineError::Busy)?;
        Ok(number)
    }

    /// How many engines have taken over so far.
    pub fn taken_over(&self) -> u64 {
        self.taken_over.load(Ordering::Acquire)
    }

    /// Drops engines that have had their time. Their threads end with the block that they are at.
    pub fn reclaim(&self) {
        let mut left = self.left.lock();
        while left.try_pop().is_some() {}
    }
}
