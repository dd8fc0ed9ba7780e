//! The last seconds, heard again with another query.

mod common;

use std::time::{Duration, Instant};

use common::*;
use earmark_engine::{Audition, Change, ChangeKind, Engine, EngineHandle, Heard, MixSettings, Waiting};
use earmark_models::{Condition, MaskStream, ModelError, Separator, SeparatorSpec};
use std::sync::Arc;

fn isolate() -> [Change; 1] {
    [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }]
}

/// An engine that has heard two seconds of noise, of which slot 2 wants a quarter.
fn begin() -> (Engine, EngineHandle) {
    let (mut engine, handle) = engine(48_000.0, 2, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(2, Some(condition(0.25)));
    run(
        &mut engine,
        &[noise(96_000, 1), noise(96_000, 2)],
        Blocks::Of(480),
        &isolate(),
    );
    (engine, handle)
}

fn wait_for(handle: &EngineHandle, state: Audition) {
    let begin = Instant::now();
    while handle.audition_state() != state {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{:?}",
            handle.audition_state()
        );
        std::thread::yield_now();
    }
}

/// An engine that plays an audition of slot 2 over silence.
fn playing() -> (Engine, EngineHandle) {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    silence(&mut engine, latency + 2_000);
    handle.audition(Some(2).into()).unwrap();
    wait_for(&handle, Audition::Playing);
    assert!(level_db(&silence(&mut engine, 4_800)[1_000..]) > 0.0);
    (engine, handle)
}

fn silence(engine: &mut Engine, len: usize) -> Vec<f32> {
    run(engine, &[vec![0.0; len], vec![0.0; len]], Blocks::Of(480), &[]).remove(0)
}

#[test]
fn what_was_is_heard_with_another_query_until_it_is_stopped() {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    silence(&mut engine, latency);
    let kept = handle.history_seconds();
    assert!((2.0..2.5).contains(&kept), "{kept} s");
    assert_eq!(handle.audition_state(), Audition::Off);
    handle.audition(Some(2).into()).unwrap();
    wait_for(&handle, Audition::Playing);
    let heard = silence(&mut engine, 80_000);
    let quarter = level_db(&noise(70_000, 1)) - 12.04;
    let level = level_db(&heard[1_000..71_000]);
    assert!((level - quarter).abs() < 0.3, "{level} dB instead of {quarter}");
    handle.stop_audition();
    assert_eq!(handle.audition_state(), Audition::Off);
    let after = silence(&mut engine, 4_800);
    assert!(after[500..].iter().all(|sample| *sample == 0.0));
    assert_eq!(engine.latency(), latency);
}

#[test]
fn without_a_query_there_is_nothing_to_hear() {
    let (mut engine, handle) = begin();
    handle.audition(Some(5).into()).unwrap();
    wait_for(&handle, Audition::Off);
    let latency = engine.latency();
    silence(&mut engine, latency + 2_000);
    assert!(silence(&mut engine, 4_800).iter().all(|sample| *sample == 0.0));
}

#[test]
fn another_audition_takes_the_place_of_one_without_a_click() {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    silence(&mut engine, latency + 2_000);
    handle.audition(Some(2).into()).unwrap();
    wait_for(&handle, Audition::Playing);
    silence(&mut engine, 10_000);
    handle.audition(Some(0).into()).unwrap();
    wait_for(&handle, Audition::Playing);
    let heard = silence(&mut engine, 40_000);
    let whole = level_db(&noise(30_000, 1));
    assert!((level_db(&heard[5_000..35_000]) - whole).abs() < 0.5);
}

#[test]
fn two_slots_are_heard_again_together() {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    silence(&mut engine, latency + 2_000);
    handle.set_query(3, Some(condition(0.5)));
    let (slot, also) = (Some(2), Some(3));
    handle.audition(Heard { slot, also }).unwrap();
    wait_for(&handle, Audition::Playing);
    let heard = silence(&mut engine, 80_000);
    // 1 − (1 − 0.25)·(1 − 0.5) of the noise.
    let expected = level_db(&noise(70_000, 1)) - 4.08;
    let level = level_db(&heard[1_000..71_000]);
    assert!((level - expected).abs() < 0.3, "{level} dB instead of {expected}");
}

#[test]
fn no_render_contains_an_audition() {
    let (mut engine, handle) = playing();
    engine.set_waiting(Waiting::Live);
    assert_eq!(handle.audition_state(), Audition::Playing);
    engine.set_waiting(Waiting::Offline);
    assert!(silence(&mut engine, 10_000).iter().all(|sample| *sample == 0.0));
    assert_eq!(handle.audition_state(), Audition::Off);
    engine.set_waiting(Waiting::Live);
    assert!(
        silence(&mut engine, 10_000).iter().all(|sample| *sample == 0.0),
        "nor does it come back after one"
    );
}

#[test]
fn a_reset_ends_an_audition_and_nothing_of_it_is_heard_after_it() {
    let (mut engine, handle) = playing();
    engine.reset();
    assert_eq!(handle.audition_state(), Audition::Off);
    let latency = engine.latency();
    assert!(
        silence(&mut engine, 2 * latency)
            .iter()
            .all(|sample| *sample == 0.0)
    );
}

#[test]
fn bypass_ends_an_audition_and_passes_every_bit() {
    let (mut engine, handle) = playing();
    let bypass = [Change {
        offset: 0,
        kind: ChangeKind::Bypass(true),
    }];
    let latency = engine.latency();
    let input = [noise(60_000, 5), noise(60_000, 6)];
    let out = run(&mut engine, &input, Blocks::Of(480), &bypass);
    assert_eq!(handle.audition_state(), Audition::Off);
    assert!(out[0][latency + 1_000..] == input[0][1_000..60_000 - latency]);
}

#[test]
fn an_audition_that_is_still_worked_on_ends_too() {
    let (mut engine, handle) = begin();
    handle.audition(Some(2).into()).unwrap();
    engine.reset();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(handle.audition_state(), Audition::Off);
    let latency = engine.latency();
    assert!(silence(&mut engine, latency).iter().all(|sample| *sample == 0.0));
}

/// A separator that panics when it is asked for slot 2.
struct Panics(TestSeparator);

impl Separator for Panics {
    fn spec(&self) -> &SeparatorSpec {
        self.0.spec()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        assert!(conditions[0].values[0] != 0.25, "this panic is part of the test");
        self.0.stream(conditions)
    }
}

#[test]
fn an_audition_that_panics_is_over_and_that_is_said() {
    let (_engine, handle) = begin();
    handle
        .set_separator(Arc::new(Panics(TestSeparator::new(spec(), Rule::Gain))))
        .unwrap();
    handle.audition(Some(2).into()).unwrap();
    let begin = Instant::now();
    while handle.status().failure.is_none() || handle.audition_state() != Audition::Off {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    let words = handle.status().failure.unwrap();
    assert!(words.contains("could not be separated"), "{words}");
    handle.stop_audition();
    assert_eq!(handle.status().failure, None);
}
