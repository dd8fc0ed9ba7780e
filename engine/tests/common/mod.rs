//! Separators whose masks are known, helpers to run an engine on a signal, and a clock of the test's own.
#![allow(dead_code, unreachable_pub, reason = "every test file uses another part")]

mod clock;
pub mod live;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use earmark_engine::{Change, ChannelMode, Engine, EngineConfig, EngineHandle, WaitPolicy};
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::{Condition, Edges, EncoderKind, MaskStream, ModelError, Separator, SeparatorSpec};
use num_complex::Complex32;

#[allow(unused_imports, reason = "every test file uses another part")]
pub use clock::{End, TestClock};

/// Timing of a small band-mask network at 32 kHz.
pub fn spec() -> SeparatorSpec {
    SeparatorSpec {
        id: "test".into(),
        sha256: String::new(),
        sample_rate: 32_000,
        stft: StftConfig {
            window: 1280,
            hop: 640,
            kind: WindowKind::SqrtHann,
        },
        condition_size: 2,
        encoder: EncoderKind::MiniLm,
        block: 1,
        lookahead: 7,
        context: 20,
        top_band: (10_000.0, 14_000.0),
        levels: (-40.0, -3.0),
        edges: Edges::Silent,
    }
}

/// Timing of AudioSep in short blocks.
pub fn hann_spec() -> SeparatorSpec {
    SeparatorSpec {
        stft: StftConfig {
            window: 2048,
            hop: 320,
            kind: WindowKind::Hann,
        },
        block: 8,
        lookahead: 16,
        ..spec()
    }
}

/// The same, with AudioSep's frame grid and reflected edges.
pub fn reflected_spec() -> SeparatorSpec {
    SeparatorSpec {
        edges: Edges::Reflected,
        ..hann_spec()
    }
}

/// The same spec with no band above which a gain would be followed: g is 0.
pub fn without_top_band(spec: SeparatorSpec) -> SeparatorSpec {
    SeparatorSpec {
        top_band: (0.0, 0.0),
        ..spec
    }
}

/// A condition; the separators below read its first value as a gain and its second as a kind.
pub fn condition(gain: f32) -> Condition {
    condition_of(gain, 0)
}

/// The same of a kind.
pub fn condition_of(gain: f32, kind: usize) -> Condition {
    Condition {
        encoder: EncoderKind::MiniLm,
        values: Arc::new([gain, kind as f32]),
    }
}

/// Edges in Hz of the three sounds that [`Rule::Third`] tells apart.
pub const THIRDS: [(f64, f64); 3] = [(200.0, 1_900.0), (2_100.0, 4_900.0), (5_100.0, 9_000.0)];

/// What hears the sound `kind` of [`THIRDS`].
pub fn sound(kind: usize) -> Condition {
    condition_of(1.0, kind)
}

/// What a test separator's masks are.
#[derive(Clone, Copy, PartialEq)]
pub enum Rule {
    /// The condition's gain in every bin.
    Gain,
    /// A mask that depends on the frame, its neighbours and all of the past, as a network's does.
    Stateful,
    /// The condition's gain in bins that are loud, 0 elsewhere.
    Loud,
    /// The condition's gain in the third of the band that its kind names, a tenth of it elsewhere: see [`sound`].
    Third,
    /// The condition's gain; no number where a condition of another kind than 0 meets a bin that is very loud.
    Breaks,
}

/// A separator with a known mask and, if wanted, a delay per step.
pub struct TestSeparator {
    pub spec: SeparatorSpec,
    pub rule: Rule,
    /// Nanoseconds that each step takes, by this clock or else by the system's.
    pub sleep: Arc<AtomicU64>,
    pub clock: Option<Arc<TestClock>>,
    /// Steps computed by all streams, counted once for each query.
    pub steps: Arc<AtomicU64>,
    /// Those of them that were awaited.
    pub awaited: Arc<AtomicU64>,
    /// Held by each stream once for each of its queries.
    pub alive: Arc<()>,
    /// The most queries that ever were computed at one time.
    pub most_alive: Arc<AtomicU64>,
    /// Streams that were made.
    pub made: Arc<AtomicU64>,
    /// Threads that share the work of one stream.
    pub threads: usize,
}

impl TestSeparator {
    pub fn new(spec: SeparatorSpec, rule: Rule) -> TestSeparator {
        TestSeparator {
            spec,
            rule,
            sleep: Arc::default(),
            clock: None,
            steps: Arc::default(),
            awaited: Arc::default(),
            alive: Arc::default(),
            most_alive: Arc::default(),
            made: Arc::default(),
            threads: 1,
        }
    }
}

impl Separator for TestSeparator {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        self.made.fetch_add(1, Ordering::Relaxed);
        let alive = vec![self.alive.clone(); conditions.len()];
        self.most_alive
            .fetch_max(Arc::strong_count(&self.alive) as u64 - 1, Ordering::Relaxed);
        Ok(Box::new(TestStream {
            _alive: alive,
            spec: self.spec.clone(),
            rule: self.rule,
            queries: conditions
                .iter()
                .map(|condition| (condition.values[0], condition.values[1] as usize))
                .collect(),
            sleep: self.sleep.clone(),
            clock: self.clock.clone(),
            steps: self.steps.clone(),
            is_awaited: false,
            awaited: self.awaited.clone(),
            frames: 0,
            energy: 0.0,
            past: vec![vec![0.0; self.spec.stft.bins()]; self.spec.lookahead + 1],
        }))
    }
}

struct TestStream {
    _alive: Vec<Arc<()>>,
    spec: SeparatorSpec,
    rule: Rule,
    /// Gain and kind of each.
    queries: Vec<(f32, usize)>,
    sleep: Arc<AtomicU64>,
    clock: Option<Arc<TestClock>>,
    steps: Arc<AtomicU64>,
    is_awaited: bool,
    awaited: Arc<AtomicU64>,
    frames: usize,
    energy: f32,
    past: Vec<Vec<f32>>,
}

impl TestStream {
    fn mask(&self, (gain, kind): (f32, usize), bin: usize) -> f32 {
        let now = self.past[0][bin];
        match self.rule {
            Rule::Gain => gain,
            Rule::Stateful => {
                let ahead = self.past[self.spec.lookahead][bin];
                gain * (now + 0.3 * ahead) / (now + ahead + self.energy + 1e-3)
            }
            Rule::Third => {
                let hertz = bin as f64 * f64::from(self.spec.sample_rate) / self.spec.stft.window as f64;
                let third = [2_000.0, 5_000.0].iter().filter(|edge| hertz > **edge).count();
                gain * if third == kind { 1.0 } else { 0.1 }
            }
            Rule::Loud if now > 2.0 => gain,
            Rule::Loud => 0.0,
            Rule::Breaks if kind > 0 && now > 1_000.0 => f32::NAN,
            Rule::Breaks => gain,
        }
    }
}

impl MaskStream for TestStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        let bins = self.spec.stft.bins();
        self.spec.check_block(self.queries.len(), magnitudes, masks)?;
        let count = self.queries.len() as u64;
        if self.is_awaited {
            self.awaited.fetch_add(count, Ordering::Relaxed);
        }
        self.steps.fetch_add(count, Ordering::Relaxed);
        let sleep = Duration::from_nanos(self.sleep.load(Ordering::Relaxed));
        match &self.clock {
            Some(clock) => clock.compute_for(sleep),
            None => std::thread::sleep(sleep),
        }
        for (row, frame) in magnitudes.chunks(bins).enumerate() {
            self.past.rotate_left(1);
            self.past.last_mut().unwrap().copy_from_slice(frame);
            self.energy = 0.9 * self.energy + frame.iter().sum::<f32>() / bins as f32;
            self.frames += 1;
            let of_queries = masks.chunks_mut(magnitudes.len()).zip(&self.queries);
            for (masks, &query) in of_queries {
                let masks = &mut masks[row * bins..][..bins];
                if self.frames <= self.spec.lookahead {
                    masks.fill(Complex32::default());
                    continue;
                }
                for (bin, mask) in masks.iter_mut().enumerate() {
                    *mask = Complex32::new(self.mask(query, bin), 0.0);
                }
            }
        }
        Ok(())
    }

    fn awaited(&mut self, awaited: bool) {
        self.is_awaited = awaited;
    }

    fn reset(&mut self) {
        (self.frames, self.energy) = (0, 0.0);
        self.past.iter_mut().for_each(|row| row.fill(0.0));
    }
}

/// An engine that waits for every block, with `separator` and its query of gain 1 in slot 0.
pub fn engine(rate: f64, channels: usize, separator: TestSeparator) -> (Engine, EngineHandle) {
    engine_with(EngineConfig::new(rate, channels, 4096), separator)
}

pub fn engine_with(config: EngineConfig, separator: TestSeparator) -> (Engine, EngineHandle) {
    let (mut engine, handle) = Engine::new(config, &separator.spec.clone()).unwrap();
    engine.set_wait_policy(WaitPolicy::Offline);
    handle.set_query(0, Some(condition(1.0)));
    handle.set_separator(Arc::new(separator)).unwrap();
    (engine, handle)
}

pub fn each_channel(rate: f64, channels: usize) -> EngineConfig {
    EngineConfig {
        channel_mode: ChannelMode::Each,
        ..EngineConfig::new(rate, channels, 4096)
    }
}

/// White noise of −1 to 1, the same for the same seed.
pub fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect()
}

/// Noise between two frequencies: a sum of many sines.
pub fn band(len: usize, rate: f64, (low, high): (f64, f64), seed: u64) -> Vec<f32> {
    let draws = noise(240, seed);
    let mut out = vec![0.0f64; len];
    for draw in draws.chunks(2) {
        let frequency = low * (high / low).powf(f64::from(draw[0]) * 0.5 + 0.5);
        let phase = f64::from(draw[1]) * std::f64::consts::PI;
        let step = std::f64::consts::TAU * frequency / rate;
        for (k, out) in out.iter_mut().enumerate() {
            *out += (step * k as f64 + phase).sin() * 0.04;
        }
    }
    out.into_iter().map(|sample| sample as f32).collect()
}

/// Lengths of process calls.
#[derive(Clone, Copy)]
pub enum Blocks {
    Of(usize),
    Random(u64),
}

impl Blocks {
    pub fn lengths(self) -> impl Iterator<Item = usize> {
        let draws = match self {
            Blocks::Of(_) => vec![0.0],
            Blocks::Random(seed) => noise(1000, seed),
        };
        (0..).map(move |call| match self {
            Blocks::Of(len) => len,
            Blocks::Random(_) => {
                let draw = f64::from(draws[call % draws.len()]) * 0.5 + 0.5;
                (8192f64.powf(draw) as usize).max(1)
            }
        })
    }
}

/// What comes out when `input[channel]` goes in; `changes` carry their sample within the whole signal.
pub fn run(engine: &mut Engine, input: &[Vec<f32>], blocks: Blocks, changes: &[Change]) -> Vec<Vec<f32>> {
    let mut out: Vec<Vec<f32>> = input.to_vec();
    walk(input[0].len(), blocks, changes, |range, changes| {
        let mut io: Vec<&mut [f32]> = out
            .iter_mut()
            .map(|channel| &mut channel[range.clone()])
            .collect();
        engine.process(&mut io, changes);
    });
    out
}

/// The delayed mixture and the target.
pub fn split(
    engine: &mut Engine,
    input: &[Vec<f32>],
    blocks: Blocks,
    changes: &[Change],
) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let (mut mixture, mut target) = (input.to_vec(), input.to_vec());
    walk(input[0].len(), blocks, changes, |range, changes| {
        let input: Vec<&[f32]> = input.iter().map(|channel| &channel[range.clone()]).collect();
        let mut mixture: Vec<&mut [f32]> = mixture
            .iter_mut()
            .map(|channel| &mut channel[range.clone()])
            .collect();
        let mut target: Vec<&mut [f32]> = target
            .iter_mut()
            .map(|channel| &mut channel[range.clone()])
            .collect();
        engine.process_split(&input, &mut mixture, &mut target, changes);
    });
    (mixture, target)
}

pub fn walk(
    len: usize,
    blocks: Blocks,
    changes: &[Change],
    mut call: impl FnMut(std::ops::Range<usize>, &[Change]),
) {
    let mut start = 0;
    for n in blocks.lengths() {
        let end = (start + n).min(len);
        let now: Vec<Change> = changes
            .iter()
            .filter(|change| (start..end).contains(&change.offset))
            .map(|change| Change {
                offset: change.offset - start,
                kind: change.kind,
            })
            .collect();
        call(start..end, &now);
        start = end;
        if start == len {
            return;
        }
    }
}

/// Energy of the difference against that of the reference, in dB.
pub fn error_db(signal: &[f32], reference: &[f32]) -> f64 {
    let energy = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let error = energy(
        &mut signal
            .iter()
            .zip(reference)
            .map(|(a, b)| f64::from(*a) - f64::from(*b)),
    );
    10.0 * (error / energy(&mut reference.iter().map(|a| f64::from(*a)))).log10()
}

/// Energy in dB.
pub fn level_db(signal: &[f32]) -> f64 {
    10.0 * signal
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum::<f64>()
        .max(1e-30)
        .log10()
}

pub fn bits(signal: &[Vec<f32>]) -> Vec<Vec<u32>> {
    signal
        .iter()
        .map(|channel| channel.iter().map(|sample| sample.to_bits()).collect())
        .collect()
}

/// The lag at which `signal` is most like `source`, by cross-correlation over all lags up to `most`.
pub fn measured_lag(signal: &[f32], source: &[f32], most: usize) -> usize {
    let len = source.len().min(signal.len() - most).min(6000);
    let at = |lag: usize| -> f64 {
        source[..len]
            .iter()
            .zip(&signal[lag..])
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    (0..most).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap()
}
