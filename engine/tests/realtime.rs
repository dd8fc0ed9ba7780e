//! Bursts, slow and broken separators, by a clock of the test's own.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::live::*;
use common::*;
use earmark_engine::{
    Audition, Change, ChangeKind, Clock, Engine, EngineConfig, EngineHandle, Heard, MixSettings, Phase,
    WaitPolicy,
};
use earmark_models::{Condition, MaskStream, ModelError, Separator, SeparatorSpec};

const MS: u64 = 1_000_000;

#[test]
fn a_fast_separator_is_never_late_not_even_in_bursts_of_200_ms() {
    for (samples, burst) in [(256, 1), (480, 20), (64, 1), (8192, 1)] {
        let mut live = Live::new(spec(), MS);
        let input = noise_for(4.0);
        let out = live.play(&input, samples, burst);
        let (status, latency) = (live.handle.status(), live.engine.latency());
        assert_eq!(
            status.late_blocks, 0,
            "{samples} samples, {burst} calls at once: {status:?}"
        );
        assert!(
            status.blocks > 170 && (status.load - 0.05).abs() < 0.01,
            "{status:?}"
        );
        assert!(error_db(&out[latency..], &input[..out.len() - latency]) < -100.0);
        assert_eq!(live.engine.wait_policy(), WaitPolicy::Live);
    }
}

#[test]
fn a_second_slot_that_flickers_costs_two_voices_at_most_and_is_heard_as_it_was_left() {
    let mut live = Live::new(spec(), 0);
    live.handle.set_query(0, Some(condition(0.5)));
    live.handle.set_query(1, Some(condition(0.25)));
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
        let mut buffer = [0.5; 480];
        live.engine.process(&mut [&mut buffer], &[change]);
        live.let_pass(480);
        last = buffer[479];
    }
    // Two sounds each.
    let most = live.most_alive.load(Ordering::Relaxed);
    assert!(most <= 4, "{most} queries at once");
    assert_eq!(live.handle.status().late_blocks, 0);
    assert!((last - 0.5 * 0.625).abs() < 1e-3, "{last}");
}

#[test]
fn blocks_that_have_nothing_to_miss_are_not_late() {
    let mut live = Live::new(spec(), 0);
    let sound = noise(2 * RATE as usize, 9);
    live.step_takes(200 * MS);
    // The transport rests, right after a query was entered.
    live.play(&vec![0.0; 2 * RATE as usize], 512, 1);
    let status = live.handle.status();
    assert_eq!(
        (status.late_blocks, status.phase),
        (0, Phase::Running),
        "{status:?}"
    );
    // It plays, and nothing is asked for.
    live.handle.set_query(0, None);
    live.play(&sound, 512, 1);
    assert_eq!(live.handle.status().late_blocks, 0);
    live.handle.set_query(0, Some(condition(1.0)));
    live.play(&sound, 512, 1);
    assert!(
        live.handle.status().late_blocks > 10,
        "{:?}",
        live.handle.status()
    );
}

#[test]
fn late_blocks_are_counted_replaced_and_never_replayed() {
    let mut live = Live::new(spec(), 0);
    let latency = live.engine.latency();
    // A ramp tells from each sample where it came from.
    let input: Vec<f32> = (0..480_000).map(|k| 0.1 + k as f32 * 1e-6).collect();
    let heard = |out: &[f32], from: usize| -> Vec<f32> {
        out.iter()
            .enumerate()
            .map(|(k, sample)| sample - input[from + k - latency])
            .collect()
    };
    let (first_end, second_end) = (seconds(1.5), seconds(2.1));
    let first = live.play(&input[..first_end], 480, 1);
    assert_eq!(live.handle.status().late_blocks, 0);
    // Not so long that it would rest.
    live.step_takes(300 * MS);
    let second = live.play(&input[first_end..second_end], 480, 1);
    let late = live.handle.status().late_blocks;
    assert!(late > 10, "{late} late blocks");
    live.step_takes(0);
    let third = live.play(&input[second_end..second_end + seconds(2.5)], 480, 1);
    // Whatever was heard was the sample of that time, or a fade of it to silence: nothing older, nothing newer.
    assert!(
        heard(&first[latency + 1000..], latency + 1000)
            .iter()
            .all(|error| error.abs() < 1e-4)
    );
    for (k, error) in heard(&second, first_end).iter().enumerate() {
        let x = input[first_end + k - latency];
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
    assert!(
        heard(&third[settled..], second_end + settled)
            .iter()
            .all(|error| error.abs() < 1e-4),
        "recovered"
    );
    let after = live.handle.status();
    assert!(
        after.phase == Phase::Running && after.late_blocks < late + 60,
        "{after:?}"
    );
    assert_eq!(after.gaps, 0, "nobody waited");
}

#[test]
fn a_separator_that_is_always_too_slow_rests_on_the_input() {
    let mut live = Live::new(spec(), 40 * MS);
    let latency = live.engine.latency();
    let input = noise_for(20.0);
    let (first_end, second_end) = (seconds(9.0), seconds(11.0));
    live.play(&input[..first_end], 480, 1);
    let status = live.handle.status();
    assert_eq!(status.phase, Phase::Resting, "{status:?}");
    let second = live.play(&input[first_end..second_end], 480, 1);
    let from = first_end - latency;
    assert_eq!(
        second[10_000..],
        input[from + 10_000..from + second.len()],
        "the delayed input, bit by bit"
    );
    assert_eq!(
        live.handle.status().late_blocks,
        status.late_blocks,
        "rest is not late"
    );
    live.step_takes(0);
    let third = live.play(&input[second_end..], 480, 1);
    assert_eq!(live.handle.status().phase, Phase::Running, "it tried again");
    assert!(level_db(&third[third.len() - 10_000..]) > 0.0);
}

/// AudioSep's timing: blocks of 0.32 s, and so many of lookahead.
fn long_spec(lookahead: usize) -> SeparatorSpec {
    SeparatorSpec {
        block: 32,
        lookahead,
        context: lookahead,
        ..hann_spec()
    }
}

/// Seconds of `out` without a target.
fn missing(out: &[f32]) -> f64 {
    out.iter().filter(|sample| **sample == 0.0).count() as f64 / RATE
}

#[test]
fn one_stall_costs_little_more_than_it_lasts_whatever_the_lookahead() {
    // As "fast", "balanced" and "best".
    for lookahead in [16, 64, 347] {
        let mut live = Live::new(long_spec(lookahead), 160 * MS);
        let before = live.play(&noise_for(15.0), 480, 1);
        let latency = live.engine.latency();
        assert_eq!(missing(&before[latency..]), 0.0);
        // The machine has something else to do for 0.7 s.
        live.step_takes(860 * MS);
        let stalled = live.play(&noise_for(0.32), 480, 1);
        live.step_takes(160 * MS);
        let after = live.play(&noise_for(30.0), 480, 1);
        let lost = missing(&stalled) + missing(&after);
        assert!(
            lost > 0.0 && lost < 1.7,
            "{lost} s lost at a lookahead of {lookahead} frames"
        );
        assert_eq!(live.handle.status().phase, Phase::Running);
    }
}

#[test]
fn a_machine_that_is_too_slow_rests_whatever_the_lookahead() {
    for lookahead in [16, 64, 347] {
        let mut live = Live::new(long_spec(lookahead), 420 * MS);
        let mut rested = false;
        for _ in 0..60 {
            live.play(&noise_for(0.5), 480, 1);
            rested |= live.handle.status().phase == Phase::Resting;
        }
        assert!(rested, "at a lookahead of {lookahead} frames");
    }
}

#[test]
fn an_unannounced_bounce_is_waited_for() {
    let mut live = Live::new(spec(), 3 * MS);
    let input = [noise(200_000, 3)];
    let latency = live.engine.latency();
    let out = run(&mut live.engine, &input, Blocks::Of(512), &[]);
    assert_eq!(live.handle.status().late_blocks, 0);
    assert!(error_db(&out[0][latency..], &input[0][..200_000 - latency]) < -100.0);
    assert_eq!(live.engine.wait_policy(), WaitPolicy::Offline);
}

#[test]
fn instances_that_wait_for_each_other_on_one_thread_all_wait_for_every_block() {
    // Each needs twice the time that it has: what cannot be played must be rendered.
    let clock = Arc::new(TestClock::default());
    let mut engines: Vec<(Engine, EngineHandle)> = (0..3)
        .map(|_| {
            let mut separator = TestSeparator::new(spec(), Rule::Gain);
            separator.clock = Some(clock.clone());
            separator.sleep.store(40 * MS, Ordering::Relaxed);
            let config = EngineConfig::new(RATE, 1, 512);
            let (engine, handle) = Engine::with_clock(config, &spec(), clock.clone()).unwrap();
            handle.set_query(0, Some(condition(1.0)));
            handle.set_separator(Arc::new(separator)).unwrap();
            (engine, handle)
        })
        .collect();
    let _end = End(&clock);
    let mut late = vec![];
    for call in 0..600 {
        for (engine, _) in &mut engines {
            engine.process(&mut [&mut [0.5; 480]], &[]);
        }
        // The host itself needs a millisecond for 10 ms of sound.
        clock.pass(clock.now() + Duration::from_millis(1), || 0);
        if call == 150 {
            late = engines
                .iter()
                .map(|(_, handle)| handle.status().late_blocks)
                .collect();
        }
    }
    for ((engine, handle), late) in engines.iter().zip(late) {
        assert_eq!(engine.wait_policy(), WaitPolicy::Offline);
        assert_eq!(
            handle.status().late_blocks,
            late,
            "none after the host was found out"
        );
    }
}

#[test]
fn a_bounce_that_nobody_announced_ends_an_audition() {
    let mut live = Live::new(spec(), 0);
    live.play(&noise_for(3.0), 480, 1);
    live.handle.audition(Some(0).into()).unwrap();
    let begun = Instant::now();
    while live.handle.audition_state() != Audition::Playing {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    live.play(&noise_for(0.5), 480, 1);
    assert_eq!(
        live.handle.audition_state(),
        Audition::Playing,
        "the host still plays"
    );
    run(&mut live.engine, &[noise_for(3.0)], Blocks::Of(512), &[]);
    assert_eq!(live.handle.audition_state(), Audition::Off);
}

#[test]
fn streams_are_told_whether_a_render_awaits_them() {
    let mut live = Live::new(spec(), 0);
    // Steps since it was asked last, and those of them that were awaited.
    let [steps, awaited] = live.steps.clone();
    let counted = || [&steps, &awaited].map(|count| count.swap(0, Ordering::Relaxed));
    for (policy, is_render) in [
        (WaitPolicy::Live, false),
        (WaitPolicy::Offline, true),
        // Somebody may be listening.
        (WaitPolicy::Always, false),
    ] {
        live.engine.set_wait_policy(policy);
        live.play(&noise_for(2.0), 480, 1);
        assert_eq!(live.engine.owed(), 0);
        let [steps, awaited] = counted();
        assert!(steps > 0);
        assert_eq!(awaited, if is_render { steps } else { 0 }, "{policy:?}");
    }
    // Nobody hears what an audition computes before it is whole.
    live.handle.audition(Some(0).into()).unwrap();
    let begun = Instant::now();
    while live.handle.audition_state() != Audition::Playing {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    let [steps, awaited] = counted();
    assert!(steps > 0);
    assert_eq!(awaited, steps, "an audition");
}

#[test]
fn the_largest_blocks_of_a_live_host_are_not_late() {
    let mut live = Live::new(spec(), MS / 2);
    live.play(&noise_for(3.0), 16_384, 1);
    assert_eq!(live.handle.status().late_blocks, 0);
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
fn a_worker_that_hangs_does_not_hang_the_host_and_the_gap_is_told_for_good() {
    for (waiting, patience) in [(WaitPolicy::Always, 2), (WaitPolicy::Offline, 30)] {
        let mut live = Live::new(spec(), 0);
        live.engine.set_wait_policy(waiting);
        live.play(&noise_for(1.0), 512, 1);
        assert_eq!(live.handle.status().gaps, 0);
        live.step_takes(100_000 * MS);
        let begun = live.clock.now();
        live.play(&noise_for(1.0), 512, 1);
        let took = (live.clock.now() - begun).as_secs();
        assert!((patience..patience + 2).contains(&took), "{took} s");
        let gaps = live.handle.status().gaps;
        assert!(gaps > 10, "{gaps}");
        // It answers again, and is waited for again.
        live.step_takes(0);
        live.clock
            .pass(live.clock.now() + Duration::from_secs(200), || live.engine.owed());
        live.play(&noise_for(2.0), 512, 1);
        let recovered = live.handle.status().gaps;
        run(&mut live.engine, &[noise(50_000, 3)], Blocks::Of(512), &[]);
        let after = live.handle.status();
        assert!(
            gaps <= recovered && after.gaps == recovered,
            "{waiting:?}: {gaps}, {recovered}, {after:?}"
        );
    }
}

#[test]
fn a_slow_block_is_waited_for_as_long_as_the_worker_lives() {
    let mut live = Live::new(spec(), 0);
    live.engine.set_wait_policy(WaitPolicy::Offline);
    live.step_takes(20_000 * MS);
    let input = [noise(30_000, 3)];
    let latency = live.engine.latency();
    let out = run(&mut live.engine, &input, Blocks::Of(512), &[]);
    assert!(live.clock.now() > Duration::from_secs(60));
    assert_eq!(live.handle.status().gaps, 0);
    assert!(error_db(&out[0][latency..], &input[0][..30_000 - latency]) < -100.0);
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
