//! The worker thread: takes blocks of input in, gives blocks of target back, and gives up what is too late.

pub(crate) mod analysis;
mod catch_up;
pub(crate) mod choice;
mod column_builder;
pub(crate) mod delay;
pub(crate) mod duty;
pub(crate) mod edges;
mod gain;
pub(crate) mod intake;
pub(crate) mod listener;
mod offset;
pub(crate) mod output;
mod overload;
mod presence;
mod revising;
mod shaper;
pub(crate) mod shapes;
pub(crate) mod stream;
pub(crate) mod target;
mod timeline;
mod trim;
mod voice;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ringbuf::HeapProd;
use ringbuf::traits::{Consumer, Producer};

use self::catch_up::CatchUp;
use self::duty::LiveBlock;
use self::overload::Overload;
use self::revising::{StepCost, edits_by_hand};
use self::stream::Stream;
use crate::block::{Again, Block, Outcome, WorkerPort};
use crate::column_queue::Timed;
use crate::config::EngineConfig;
use crate::error::EngineError;
use crate::shared::Shared;
use crate::status::Phase;

/// The worker is woken for each block; should a wake-up ever be lost, it looks for itself after this time.
const NAP: Duration = Duration::from_secs(1);
/// Time over which the load is averaged, in seconds.
const LOAD_SECONDS: f32 = 1.0;

/// Builds the worker's state and starts its thread.
pub(crate) fn start(
    shared: Arc<Shared>,
    port: WorkerPort,
    columns: HeapProd<Timed>,
    config: &EngineConfig,
) -> Result<JoinHandle<()>, EngineError> {
    let block_seconds = shared.geometry.block as f64 / shared.geometry.host_rate as f64;
    let worker = Worker {
        stream: Stream::new(&shared.geometry, &shared.spec, config)?,
        port,
        columns,
        next: None,
        after_passing: false,
        edits: 0,
        tried: 0,
        overload: Overload::new(block_seconds),
        catch_up: CatchUp::new(),
        edition: 0,
        step_cost: StepCost::new(&shared.geometry),
        raised: false,
        block_seconds: block_seconds as f32,
        load: 0.0,
        broken: None,
        shared,
    };
    Ok(std::thread::Builder::new()
        .name("earmark-worker".into())
        .spawn(move || worker.run())?)
}

struct Worker {
    shared: Arc<Shared>,
    port: WorkerPort,
    columns: HeapProd<Timed>,
    stream: Stream,
    /// Generation and index of the block that continues the stream; `None` when it has to begin anew.
    next: Option<(u64, u64)>,
    /// The stream begins after the input passed: its first blocks pass it too instead of counting as late.
    after_passing: bool,
    edits: u64,
    /// The edits that there was no time to have heard in what lies ready.
    tried: u64,
    overload: Overload,
    catch_up: CatchUp,
    /// See [`Block::edition`].
    edition: u64,
    /// What a step takes.
    step_cost: StepCost,
    /// Somebody has listened, and the thread's priority was raised.
    raised: bool,
    block_seconds: f32,
    load: f32,
    /// Why the separator failed. It is not asked again until something is edited.
    broken: Option<String>,
}

/// Tells the audio thread that nothing will come any more, even if the thread ends by a panic.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.signal.notify();
    }
}

impl Worker {
    fn run(mut self) {
        let _ending = Ending(self.shared.clone());
        while !self.shared.stop.load(Ordering::Acquire) {
            match self.port.from_audio.try_pop() {
                Some(block) => self.handle(block),
                None if self.shared.edited.load(Ordering::Acquire) => self.look_at_edits(),
                None => std::thread::park_timeout(NAP),
            }
        }
    }

    fn handle(&mut self, block: Block) {
        if block.generation != self.shared.generation.load(Ordering::Acquire) {
            return self.give_back(block, Outcome::Missing);
        }
        if let Some(again) = block.again {
            return self.compute_again(block, again);
        }
        self.shared.auditions.keep(&block);
        let patient = self.shared.patient();
        if patient {
            self.overload.clear();
        }
        let block = if !patient && self.too_late(&block) {
            self.newest(block)
        } else {
            block
        };
        if !patient && !self.overload.resting() && self.overloaded() {
            tracing::info!("too many late blocks: resting");
            self.shared.set_phase(Phase::Resting);
        }
        if self.overload.rest() {
            self.next = None;
            self.after_passing = true;
            return self.pass(block);
        }
        self.compute(block, patient);
    }

    /// Whether so many blocks are late that the worker should rest.
    fn overloaded(&mut self) -> bool {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let slow = read(&self.shared.slow);
        self.overload.observe(read(&self.shared.judged), slow)
    }

    /// Whether the block was due so long ago that it is better to begin anew.
    fn too_late(&self, block: &Block) -> bool {
        let geometry = &self.shared.geometry;
        let due = block.index * geometry.block as u64 + (geometry.turnaround() - geometry.gap_fade) as u64;
        let behind = self.shared.played.load(Ordering::Acquire).saturating_sub(due);
        self.catch_up.gives_up(
            behind as f32 / geometry.block as f32,
            self.stream.warm_up() as f32,
        )
    }

    /// Gives up all blocks but the newest, and the state with them.
    fn newest(&mut self, mut block: Block) -> Block {
        while let Some(newer) = self.port.from_audio.try_pop() {
            self.shared.auditions.keep(&newer);
            let older = std::mem::replace(&mut block, newer);
            self.give_back(older, Outcome::Missing);
        }
        self.next = None;
        block
    }

    fn compute(&mut self, mut block: Block, patient: bool) {
        let begun = self.shared.clock.now();
        if !patient && !std::mem::replace(&mut self.raised, true) {
            duty::raise_priority();
        }
        let _listened_to = (!patient).then(LiveBlock::begin);
        // Streams are made and run by the model's code; a panic there must not end the thread.
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.stream.awaited(self.shared.renders());
            self.stream.set_cost(self.step_cost.clone());
            self.prepare(&block, patient)?;
            let watched = self.shared.columns.watched();
            let generation = block.generation;
            self.stream
                .process(&mut block, patient, watched, |heard_at, column| {
                    let timed = Timed {
                        generation,
                        heard_at,
                        column,
                    };
                    self.shared.columns.publish(&mut self.columns, timed);
                })
        }));
        self.measure(self.shared.clock.now().saturating_sub(begun));
        if let Some(words) = failure(result) {
            return self.fail(block, &words);
        }
        self.next = Some((block.generation, block.index + 1));
        self.tell();
        // What lay before the first block of a life was silence; of any other beginning it is missing.
        let done = self.stream.blocks();
        let young = block.index >= done && done <= self.stream.warm_up();
        if !young {
            self.after_passing = false;
            return self.give_back(block, Outcome::Ready);
        }
        if self.after_passing {
            self.pass(block)
        } else {
            self.give_back(block, Outcome::WarmingUp)
        }
    }

    /// Computes the block that was computed last again. Where the stream has gone on or ended, the block stays as it is.
    fn compute_again(&mut self, mut block: Block, again: Again) {
        if self.next == Some((block.generation, block.index + 1)) {
            let computed = AssertUnwindSafe(|| self.stream.again(&mut block, again));
            if let Some(words) = failure(catch_unwind(computed)) {
                return self.fail(block, &words);
            }
        }
        self.give_back(block, Outcome::Ready);
    }

    /// Lets the input pass from here on.
    fn fail(&mut self, block: Block, words: &str) {
        self.break_off(words);
        self.pass(block);
    }

    /// Asks the separator for nothing any more.
    fn break_off(&mut self, words: &str) {
        tracing::error!("the separator failed: {words}");
        self.broken = Some(format!(
            "The model failed ({words}); the input passes until it is chosen again."
        ));
        self.next = None;
        self.after_passing = true;
        self.tell();
    }

    /// Continues the stream with this block, or begins it there, and takes over what was edited.
    ///
    /// # Errors
    /// As [`Stream::revise`].
    fn prepare(&mut self, block: &Block, patient: bool) -> Result<(), String> {
        let edits = self.shared.edits.load(Ordering::Acquire);
        let continues = self.next == Some((block.generation, block.index));
        let by_hand = edits_by_hand(block).filter(|_| !patient);
        if edits == self.edits && continues && by_hand.is_none() {
            return Ok(());
        }
        if std::mem::replace(&mut self.edits, edits) != edits {
            self.broken = None;
        }
        let mut wishes = self.shared.wishes.lock().clone();
        if self.broken.is_some() {
            wishes.separator = None;
        }
        if continues {
            let place = (block.generation, block.index);
            let stamped = block.changes.iter().any(|change| change.offset.is_some());
            let tries = !patient && !stamped && (self.tried != edits || by_hand.is_some());
            if tries && self.revise(place, wishes.clone(), by_hand)? {
                return Ok(());
            }
            self.stream.wish(wishes, patient);
        } else {
            self.after_passing &= self.next.is_none();
            // Where it begins with the life of the signal, it knows what lay before.
            self.stream
                .restart(block.heard, block.shaping, wishes, block.index == 0);
        }
        Ok(())
    }

    fn measure(&mut self, took: Duration) {
        let load = took.as_secs_f32() / self.block_seconds;
        self.catch_up.learn(load);
        // The first blocks of a life have no past, and cost less.
        if self.stream.blocks() > self.stream.warm_up() {
            self.step_cost.learn(took, self.stream.voices());
        }
        self.load += (load - self.load) * (self.block_seconds / LOAD_SECONDS).min(1.0);
        self.shared.set_load(self.load);
    }

    fn tell(&self) {
        let failure = self.broken.as_deref().or(self.stream.failure());
        let mut shown = self.shared.failure.lock();
        if shown.as_deref() != failure {
            *shown = failure.map(str::to_owned);
        }
        let loaded = self.shared.wishes.lock().separator.is_some();
        self.shared.set_phase(match (loaded, self.stream.hears()) {
            (false, _) => Phase::Loading,
            (true, false) => Phase::Idle,
            (true, true) => Phase::Running,
        });
    }

    /// Gives a block back in which no query is heard: the input passes.
    fn pass(&mut self, mut block: Block) {
        block.samples.iter_mut().for_each(|channel| channel.fill(0.0));
        block.has_target.fill(false);
        block.presence = 0.0;
        self.give_back(block, Outcome::Ready);
    }

    fn give_back(&mut self, mut block: Block, outcome: Outcome) {
        (block.outcome, block.edition, block.joins) = (outcome, self.edition, false);
        // The queue holds every block there is.
        let _ = self.port.to_audio.try_push(block);
        self.shared.signal.notify();
    }
}

/// What went wrong, in words.
fn failure(result: std::thread::Result<Result<(), String>>) -> Option<String> {
    match result {
        Ok(Ok(())) => None,
        Ok(Err(words)) => Some(words),
        Err(_) => Some("the model's code panicked".to_owned()),
    }
}
