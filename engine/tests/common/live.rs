//! An engine that is played live, by a clock of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use earmark_engine::{Change, ChangeKind, Engine, EngineConfig, EngineHandle, MixSettings};
use earmark_models::SeparatorSpec;

use super::{Rule, TestClock, TestSeparator, condition, noise};

pub const RATE: f64 = 48_000.0;

/// An engine that isolates, live, and whose separator takes `sleep` nanoseconds for each of its steps.
pub struct Live {
    pub engine: Engine,
    pub handle: EngineHandle,
    pub clock: Arc<TestClock>,
    pub sleep: Arc<AtomicU64>,
    pub most_alive: Arc<AtomicU64>,
    /// Streams that were made so far.
    pub made: Arc<AtomicU64>,
    pub steps: [Arc<AtomicU64>; 2],
    pub rate: f64,
    pub played: usize,
}

impl Live {
    pub fn new(spec: SeparatorSpec, sleep: u64) -> Live {
        Live::at(RATE, spec, Rule::Gain, sleep)
    }

    /// The same with another rule, at another rate.
    pub fn at(rate: f64, spec: SeparatorSpec, rule: Rule, sleep: u64) -> Live {
        let clock = Arc::new(TestClock::default());
        let mut separator = TestSeparator::new(spec.clone(), rule);
        separator.clock = Some(clock.clone());
        separator.sleep.store(sleep, Ordering::Relaxed);
        let (sleep, most_alive) = (separator.sleep.clone(), separator.most_alive.clone());
        let made = separator.made.clone();
        let steps = [separator.steps.clone(), separator.awaited.clone()];
        let (mut engine, handle) =
            Engine::with_clock(EngineConfig::new(rate, 1, 4096), &spec, clock.clone()).unwrap();
        handle.set_query(0, Some(condition(1.0)));
        handle.set_separator(Arc::new(separator)).unwrap();
        engine.begin_with(&[Change {
            offset: 0,
            kind: ChangeKind::Mix(MixSettings::default().gains()),
        }]);
        Live {
            engine,
            handle,
            clock,
            sleep,
            most_alive,
            made,
            steps,
            rate,
            played: 0,
        }
    }

    pub fn step_takes(&self, nanoseconds: u64) {
        self.sleep.store(nanoseconds, Ordering::Relaxed);
    }

    /// Plays `input` as a host would, `samples` at a time, `burst` calls at once.
    pub fn play(&mut self, input: &[f32], samples: usize, burst: usize) -> Vec<f32> {
        let mut out = input.to_vec();
        for burst in out.chunks_mut(samples * burst) {
            for call in burst.chunks_mut(samples) {
                self.engine.process(&mut [call], &[]);
            }
            self.let_pass(burst.len());
        }
        out
    }

    /// Lets the time pass that it takes to play so many more samples.
    pub fn let_pass(&mut self, samples: usize) {
        self.played += samples;
        let due = Duration::from_secs_f64(self.played as f64 / self.rate);
        self.clock.pass(due, || self.engine.owed());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clock.end();
    }
}

pub fn seconds(seconds: f64) -> usize {
    (seconds * RATE) as usize
}

/// Noise for so many seconds.
pub fn noise_for(length: f64) -> Vec<f32> {
    noise(seconds(length), 4)
}
