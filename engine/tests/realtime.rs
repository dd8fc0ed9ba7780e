//! Against the clock: bursts, slow and broken separators.

mod common;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::*;
use earmark_engine::{
    Change, ChangeKind, Engine, EngineConfig, EngineHandle, Heard, MixSettings, Phase, Waiting,
};
use earmark_models::{Condition, MaskStream, ModelError, Separator, SeparatorSpec};

const RATE: f64 = 48_000.0;

/// Tests that measure time do so one after the other.
static CLOCK: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    CLOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `process` as a host would, `samples` at a time, `burst` calls at once, in real time for `seconds`.
fn play(engine: &mut Engine, input: &[f32], samples: usize, burst: usize, seconds: f64) -> Vec<f32> {
    let mut out = Vec::with_capacity((seconds * RATE) as usize + samples * burst);
    let begun = Instant::now();
    let mut buffer = vec![0.0; samples];
    while (out.len() as f64) < seconds * RATE {
        for _ in 0..burst {
            for (k, sample) in buffer.iter_mut().enumerate() {
                *sample = input[(out.len() + k) % input.len()];
            }
            engine.process(&mut [&mut buffer], &[]);
            out.extend_from_slice(&buffer);
        }
        let due = Duration::from_secs_f64(out.len() as f64 / RATE);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    out
}

fn live(separator: TestSeparator) -> (Engine, EngineHandle) {
    let (mut engine, handle) = engine(RATE, 1, separator);
    engine.set_waiting(Waiting::Live);
    let isolate = MixSettings::default().gains();
    engine.process(
        &mut [&mut [0.0]],
        &[Change {
            offset: 0,
            kind: ChangeKind::Mix(isolate),
        }],
    );
    engine.reset();
    (engine, handle)
}

#[test]
fn a_fast_separator_is_never_late_not_even_in_bursts_of_200_ms() {
    let _alone = alone();
    for (samples, burst) in [(256, 1), (480, 20), (64, 1), (8192, 1)] {
        let separator = TestSeparator::new(spec(), Rule::Gain);
        separator.sleep.store(1_000_000, Ordering::Relaxed);
        let (mut engine, handle) = live(separator);
        let input = noise(48_000, 4);
        let out = play(&mut engine, &input, samples, burst, 4.0);
        let (status, latency) = (handle.status(), engine.latency());
        assert_eq!(
            status.late_blocks, 0,
            "{samples} samples, {burst} calls at once: {status:?}"
        );
        assert!(status.blocks > 170 && status.load > 0.0);
        let expected: Vec<f32> = (0..out.len() - latency).map(|k| input[k % input.len()]).collect();
        assert!(error_db(&out[latency..], &expected) < -100.0);
    }
}

#[test]
fn a_second_slot_that_flickers_costs_two_voices_at_most_and_is_heard_as_it_was_left() {
    let _alone = alone();
    let separator = TestSeparator::new(spec(), Rule::Gain);
    let most_alive = separator.most_alive.clone();
    let (mut engine, handle) = live(separator);
    handle.set_query(0, Some(condition(0.5)));
    handle.set_query(1, Some(condition(0.25)));
    let input = [0.5; 480];
    let begun = Instant::now();
    let mut last = 0.0;
    for call in 0..250 {
        let heard = Heard {
            slot: Some(0),
            also: (call % 2 == 0 || call > 150).then_some(1),
        };
        let change = Change {
            offset: call % 480,
            kind: ChangeKind::Slot(heard),
        };
        let mut buffer = input;
        engine.process(&mut [&mut buffer], &[change]);
        last = buffer[479];
        let due = Duration::from_secs_f64((call + 1) as f64 * 480.0 / RATE);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    // Two sounds each.
    let most = most_alive.load(Ordering::Relaxed);
    assert!(most <= 4, "{most} queries at once");
    assert_eq!(handle.status().late_blocks, 0);
    assert!((last - 0.5 * 0.625).abs() < 1e-3, "{last}");
}

#[test]
fn late_blocks_are_counted_replaced_and_never_replayed() {
    let _alone = alone();
    let separator = TestSeparator::new(spec(), Rule::Gain);
    let sleep = separator.sleep.clone();
    let (mut engine, handle) = live(separator);
    let latency = engine.latency();
    // A ramp tells from each sample where it came from.
    let input: Vec<f32> = (0..480_000).map(|k| 0.1 + k as f32 * 1e-6).collect();
    let heard = |out: &[f32], from: usize| -> Vec<f32> {
        out.iter()
            .enumerate()
            .map(|(k, sample)| sample - input[from + k - latency])
            .collect()
    };
    let first = play(&mut engine, &input, 480, 1, 1.5);
    assert_eq!(handle.status().late_blocks, 0);
    // Not so long that it would rest.
    sleep.store(300_000_000, Ordering::Relaxed);
    let second = play(&mut engine, &input[first.len()..], 480, 1, 0.6);
    let late = handle.status().late_blocks;
    assert!(late > 10, "{late} late blocks");
    sleep.store(0, Ordering::Relaxed);
    let third = play(&mut engine, &input[first.len() + second.len()..], 480, 1, 2.5);
    // Whatever was heard was the sample of that time, or a fade of it to silence: nothing older, nothing newer.
    assert!(
        heard(&first[latency + 1000..], latency + 1000)
            .iter()
            .all(|error| error.abs() < 1e-4)
    );
    for (k, error) in heard(&second, first.len()).iter().enumerate() {
        let x = input[first.len() + k - latency];
        assert!((-x - 1e-4..1e-4).contains(error), "{error} at {k}");
    }
    assert!(
        second.iter().filter(|sample| **sample == 0.0).count() > 9_600,
        "replaced by silence"
    );
    let jump = second
        .windows(2)
        .map(|pair| (pair[0] - pair[1]).abs())
        .fold(0.0, f32::max);
    assert!(jump < 0.01, "a jump of {jump} at the edge of a missing block");
    // Back in time, at the same latency.
    let settled = third.len() - 48_000;
    let from = first.len() + second.len() + settled;
    assert!(
        heard(&third[settled..], from)
            .iter()
            .all(|error| error.abs() < 1e-4),
        "recovered"
    );
    let after = handle.status();
    assert!(
        after.phase == Phase::Running && after.late_blocks < late + 60,
        "{after:?}"
    );
}

#[test]
fn a_separator_that_is_always_too_slow_rests_on_the_input() {
    let _alone = alone();
    let separator = TestSeparator::new(spec(), Rule::Gain);
    separator.sleep.store(40_000_000, Ordering::Relaxed);
    let sleep = separator.sleep.clone();
    let (mut engine, handle) = live(separator);
    let latency = engine.latency();
    let input = noise(48_000 * 20, 4);
    let first = play(&mut engine, &input, 480, 1, 9.0);
    assert_eq!(handle.status().phase, Phase::Resting, "{:?}", handle.status());
    let late = handle.status().late_blocks;
    let second = play(&mut engine, &input[first.len()..], 480, 1, 2.0);
    let from = first.len() - latency;
    assert_eq!(
        second[10_000..],
        input[from + 10_000..from + second.len()],
        "the delayed input, bit by bit"
    );
    assert_eq!(handle.status().late_blocks, late, "rest is not late");
    sleep.store(0, Ordering::Relaxed);
    let third = play(&mut engine, &input[first.len() + second.len()..], 480, 1, 9.0);
    assert_eq!(handle.status().phase, Phase::Running, "it tried again");
    assert!(level_db(&third[third.len() - 10_000..]) > 0.0);
}

#[test]
fn an_unannounced_bounce_is_waited_for() {
    let _alone = alone();
    let separator = TestSeparator::new(spec(), Rule::Gain);
    separator.sleep.store(3_000_000, Ordering::Relaxed);
    let (mut engine, handle) = live(separator);
    let input = [noise(200_000, 3)];
    let latency = engine.latency();
    let out = run(&mut engine, &input, Blocks::Of(512), &[]);
    assert_eq!(handle.status().late_blocks, 0);
    assert!(error_db(&out[0][latency..], &input[0][..200_000 - latency]) < -100.0);
}

#[test]
fn the_largest_blocks_of_a_live_host_are_not_late() {
    let _alone = alone();
    let separator = TestSeparator::new(spec(), Rule::Gain);
    separator.sleep.store(500_000, Ordering::Relaxed);
    let (mut engine, handle) = live(separator);
    play(&mut engine, &noise(48_000, 4), 16_384, 1, 3.0);
    assert_eq!(handle.status().late_blocks, 0);
}

/// A separator whose streams panic, fail or hang after some steps.
struct Broken(SeparatorSpec, fn(usize) -> Result<(), ModelError>);

struct BrokenStream(usize, fn(usize) -> Result<(), ModelError>);

impl Separator for Broken {
    fn spec(&self) -> &SeparatorSpec {
        &self.0
    }

    fn stream(&self, _: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        (self.1)(0)?;
        Ok(Box::new(BrokenStream(0, self.1)))
    }
}

impl MaskStream for BrokenStream {
    fn push(&mut self, _: &[f32], masks: &mut [num_complex::Complex32]) -> Result<(), ModelError> {
        masks.fill(num_complex::Complex32::default());
        self.0 += 1;
        (self.1)(self.0)
    }

    fn reset(&mut self) {}
}

#[test]
fn a_broken_separator_is_told_and_the_input_passes() {
    let fails: fn(usize) -> Result<(), ModelError> = |step| match step {
        40.. => Err(ModelError::Shape {
            what: "masks",
            given: 1,
            expected: 2,
        }),
        _ => Ok(()),
    };
    let panics: fn(usize) -> Result<(), ModelError> = |step| {
        assert!(step < 40, "this panic is part of the test");
        Ok(())
    };
    let stream_panics: fn(usize) -> Result<(), ModelError> = |step| {
        assert!(step > 0, "this panic is part of the test");
        Ok(())
    };
    for broken in [fails, panics, stream_panics] {
        let (mut engine, handle) = engine(RATE, 1, TestSeparator::new(spec(), Rule::Gain));
        handle.set_separator(Arc::new(Broken(spec(), broken))).unwrap();
        let isolate = [Change {
            offset: 0,
            kind: ChangeKind::Mix(MixSettings::default().gains()),
        }];
        let (input, latency) = ([noise(100_000, 3)], engine.latency());
        let out = run(&mut engine, &input, Blocks::Of(512), &isolate);
        assert_eq!(out[0][80_000..], input[0][80_000 - latency..100_000 - latency]);
        assert!(
            handle
                .status()
                .failure
                .is_some_and(|words| words.contains("The model failed"))
        );
        handle
            .set_separator(Arc::new(TestSeparator::new(spec(), Rule::Gain)))
            .unwrap();
        run(&mut engine, &input, Blocks::Of(512), &[]);
        assert_eq!(handle.status().failure, None);
        assert_eq!(handle.status().phase, Phase::Running);
    }
}

#[test]
fn a_worker_that_hangs_does_not_hang_the_host() {
    let _alone = alone();
    let hangs: fn(usize) -> Result<(), ModelError> = |step| {
        if step == 30 {
            std::thread::sleep(Duration::from_secs(8));
        }
        Ok(())
    };
    let (mut engine, handle) = Engine::new(EngineConfig::new(RATE, 1, 512), &spec()).unwrap();
    engine.set_waiting(Waiting::Always);
    handle.set_query(0, Some(condition(1.0)));
    handle.set_separator(Arc::new(Broken(spec(), hangs))).unwrap();
    let begun = Instant::now();
    run(&mut engine, &[noise(100_000, 3)], Blocks::Of(512), &[]);
    let took = begun.elapsed();
    assert!(
        (Duration::from_secs(2)..Duration::from_secs(4)).contains(&took),
        "{took:?}"
    );
    assert!(handle.status().late_blocks > 0);
}

#[test]
fn the_halves_may_be_sent_to_their_threads() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Engine>();
    send::<EngineHandle>();
    sync::<EngineHandle>();
}

#[test]
fn an_engine_is_made_in_no_time() {
    let _alone = alone();
    let begun = Instant::now();
    let made = Engine::new(EngineConfig::new(44_100.0, 2, 512), &spec());
    let took = begun.elapsed();
    assert!(made.is_ok() && took < Duration::from_millis(100), "{took:?}");
}

#[test]
fn meters_show_peaks_since_they_were_read() {
    let (mut engine, handle) = engine(RATE, 2, TestSeparator::new(spec(), Rule::Gain));
    let input = [vec![0.5; 40_000], vec![-0.25; 40_000]];
    run(&mut engine, &input, Blocks::Of(512), &[]);
    let meters = handle.meters();
    assert_eq!(
        (meters.input[0], meters.input[1], meters.input[2]),
        (0.5, 0.25, 0.0)
    );
    assert!((meters.target[1] - 0.25).abs() < 1e-3 && (meters.output[0] - 0.5).abs() < 1e-3);
    assert_eq!(handle.meters().input[0], 0.0);
}
