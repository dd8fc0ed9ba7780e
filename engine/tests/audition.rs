//! The last seconds, heard again with another query.

mod common;

use std::time::{Duration, Instant};

use common::*;
use earmark_engine::{
    Audition, Automation, Change, ChangeKind, Clock, Column, Engine, EngineConfig, EngineHandle, Heard,
    MixSettings, Mode, Span, WaitPolicy,
};
use earmark_models::{Condition, MaskStream, ModelError, Separator, SeparatorSpec};
use std::sync::Arc;

fn isolate() -> [Change; 1] {
    [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }]
}

/// An engine that a host plays live, by a clock of the test's own: the loop is heard live only.
struct Live {
    engine: Engine,
    handle: EngineHandle,
    clock: Arc<TestClock>,
}

impl Live {
    fn play(&mut self, input: &[Vec<f32>], changes: &[Change]) -> Vec<Vec<f32>> {
        const CALL: usize = 480;
        let mut out: Vec<Vec<f32>> = input.to_vec();
        walk(input[0].len(), Blocks::Of(CALL), changes, |range, changes| {
            let mut io: Vec<&mut [f32]> = out
                .iter_mut()
                .map(|channel| &mut channel[range.clone()])
                .collect();
            self.engine.process(&mut io, changes);
            let due = self.clock.now() + Duration::from_secs_f64(range.len() as f64 / 48_000.0);
            self.clock.pass(due, || self.engine.owed());
        });
        out
    }

    fn silence(&mut self, len: usize) -> Vec<f32> {
        self.play(&[vec![0.0; len], vec![0.0; len]], &[]).remove(0)
    }

    fn wait_for(&self, state: Audition) {
        let begin = Instant::now();
        while self.handle.audition_state() != state {
            let found = self.handle.audition_state();
            assert!(begin.elapsed() < Duration::from_secs(60), "{found:?}");
            std::thread::yield_now();
        }
    }
}

/// One that has heard two seconds of noise, of which slot 2 wants a quarter.
fn begin() -> Live {
    let clock = Arc::new(TestClock::default());
    let config = EngineConfig::new(48_000.0, 2, 4096);
    let (engine, handle) = Engine::with_clock(config, &spec(), clock.clone()).unwrap();
    handle.set_query(0, Some(condition(1.0)));
    handle.set_query(2, Some(condition(0.25)));
    handle
        .set_separator(Arc::new(TestSeparator::new(spec(), Rule::Gain)))
        .unwrap();
    let mut live = Live {
        engine,
        handle,
        clock,
    };
    live.play(&[noise(96_000, 1), noise(96_000, 2)], &isolate());
    live
}

/// One that plays an audition of slot 2 over silence.
fn playing() -> Live {
    let mut live = begin();
    let latency = live.engine.latency();
    live.silence(latency + 2_000);
    live.handle.audition(Some(2).into()).unwrap();
    live.wait_for(Audition::Playing);
    assert!(level_db(&live.silence(4_800)[1_000..]) > 0.0);
    live
}

#[test]
fn what_was_is_heard_with_another_query_until_it_is_stopped() {
    let mut live = begin();
    let latency = live.engine.latency();
    live.silence(latency);
    let kept = live.handle.history_seconds();
    assert!((2.0..2.5).contains(&kept), "{kept} s");
    assert_eq!(live.handle.audition_state(), Audition::Off);
    live.handle.audition(Some(2).into()).unwrap();
    live.wait_for(Audition::Playing);
    let heard = live.silence(80_000);
    let quarter = level_db(&noise(70_000, 1)) - 12.04;
    let level = level_db(&heard[1_000..71_000]);
    assert!((level - quarter).abs() < 0.3, "{level} dB instead of {quarter}");
    live.handle.stop_audition();
    assert_eq!(live.handle.audition_state(), Audition::Off);
    let after = live.silence(4_800);
    assert!(after[500..].iter().all(|sample| *sample == 0.0));
    assert_eq!(live.engine.latency(), latency);
}

#[test]
fn without_a_query_there_is_nothing_to_hear() {
    let mut live = begin();
    live.handle.audition(Some(5).into()).unwrap();
    live.wait_for(Audition::Off);
    let latency = live.engine.latency();
    live.silence(latency + 2_000);
    assert!(live.silence(4_800).iter().all(|sample| *sample == 0.0));
}

#[test]
fn another_audition_takes_the_place_of_one_without_a_click() {
    let mut live = begin();
    let latency = live.engine.latency();
    live.silence(latency + 2_000);
    live.handle.audition(Some(2).into()).unwrap();
    live.wait_for(Audition::Playing);
    live.silence(10_000);
    live.handle.audition(Some(0).into()).unwrap();
    live.wait_for(Audition::Playing);
    let heard = live.silence(40_000);
    let whole = level_db(&noise(30_000, 1));
    assert!((level_db(&heard[5_000..35_000]) - whole).abs() < 0.5);
}

/// An engine that has heard two seconds of noise while somebody watched, and the columns of all that was heard.
fn watched() -> (Live, Vec<Column>) {
    let mut live = begin();
    let mut columns = live.handle.columns();
    for seed in 10..50 {
        live.play(&[noise(4_800, seed), noise(4_800, seed + 100)], &[]);
        columns.extend(live.handle.columns());
    }
    (live, columns)
}

/// From the middle of one column to that of another one.
fn span(columns: &[Column], from: usize, to: usize) -> Span {
    Span {
        from: columns[from].at,
        to: columns[to].at,
    }
}

#[test]
fn a_saved_span_is_what_was_heard_to_the_bit() {
    let (mut live, columns) = watched();
    let wanted = span(&columns, columns.len() - 60, columns.len() - 20);
    let len = (wanted.to.sample - wanted.from.sample) as usize;
    assert!((len as f64 / 48_000.0 - 40.0 * f64::from(live.handle.column_seconds())).abs() < 1e-3);
    let latency = live.engine.latency();
    live.silence(latency + 2_000);
    live.handle.audition_span(Some(2).into(), wanted).unwrap();
    live.wait_for(Audition::Playing);
    let heard = live.silence(3 * len);
    let parts = live
        .handle
        .excerpt(Some(2).into(), Some(wanted))
        .unwrap()
        .separate(|_| true)
        .unwrap()
        .unwrap();
    assert_eq!((parts.mixture.len(), parts.target[0].len()), (2, len));
    // The loop begins with its second sample, and is heard whole from its second round on.
    assert!(heard[len - 1..2 * len - 1] == parts.target[0][..]);
    assert!(
        parts.target[0][len / 4..]
            .iter()
            .any(|sample| sample.abs() > 0.01)
    );
    // Of the rest likewise.
    let remove = MixSettings {
        mode: Mode::Remove,
        attenuation_limit_db: 60.0,
        ..MixSettings::default()
    };
    let change = [Change {
        offset: 0,
        kind: ChangeKind::Mix(remove.gains()),
    }];
    live.engine.set_automation(Automation::AtOutput);
    let rounds = vec![0.0; 4 * len];
    let heard = live.play(&[rounds.clone(), rounds], &change).remove(0);
    let rest = &parts.rest()[0][..];
    let begins = |from: usize| heard[from..from + len] == *rest;
    assert!((len..2 * len).any(begins), "the rest is saved as it is heard");
}

#[test]
fn a_span_is_the_sound_under_its_columns() {
    let (live, columns) = watched();
    let wanted = span(&columns, columns.len() - 30, columns.len() - 10);
    let parts = live.handle.excerpt(Some(0).into(), Some(wanted)).unwrap();
    let mixture = parts.separate(|_| true).unwrap().unwrap().mixture;
    // The first two seconds are counted too, with the silence that a stream begins with.
    let played: Vec<f32> = [noise(96_000, 1)]
        .into_iter()
        .chain((10..50).map(|seed| noise(4_800, seed)))
        .flatten()
        .collect();
    let inside = &mixture[0][1_000..2_000];
    let found = played.windows(1_000).position(|samples| samples == inside);
    let found = found.expect("it was played") as u64 - 1_000;
    let stamp = wanted.from.sample;
    assert!(stamp >= found && stamp - found < 4_800, "{stamp} and {found}");
}

#[test]
fn what_is_held_stays_and_what_is_too_old_is_cut_off() {
    let (mut live, columns) = watched();
    let wanted = span(&columns, columns.len() - 60, columns.len() - 20);
    live.handle.hold(true);
    let taken = |live: &Live| {
        let excerpt = live.handle.excerpt(Some(2).into(), Some(wanted))?;
        Some(excerpt.separate(|_| true).unwrap().unwrap())
    };
    let before = taken(&live).unwrap();
    live.play(&[noise(720_000, 5), noise(720_000, 6)], &[]);
    assert!(
        live.handle.columns().is_empty(),
        "nothing goes by while it is held"
    );
    assert!(taken(&live).unwrap() == before);
    live.handle.hold(false);
    live.play(&[noise(720_000, 7), noise(720_000, 8)], &[]);
    assert!(taken(&live).is_none(), "it is gone");
}

#[test]
fn silence_of_a_transport_that_rests_leaves_what_was_heard() {
    let (mut live, columns) = watched();
    let wanted = span(&columns, columns.len() - 60, columns.len() - 20);
    live.engine.set_resting(true);
    let latency = live.engine.latency();
    live.silence(latency + 48_000);
    live.handle.columns();
    live.silence(960_000);
    assert!(live.handle.columns().is_empty(), "the picture stands still");
    assert!(live.handle.excerpt(Some(2).into(), Some(wanted)).is_some());
    live.engine.set_resting(false);
    live.silence(960_000);
    assert!(live.handle.excerpt(Some(2).into(), Some(wanted)).is_none());
}

#[test]
fn another_engine_s_moments_are_nobody_s() {
    let (live, columns) = watched();
    let (other, _) = watched();
    let wanted = span(&columns, columns.len() - 60, columns.len() - 20);
    assert!(live.handle.excerpt(Some(2).into(), Some(wanted)).is_some());
    assert!(other.handle.excerpt(Some(2).into(), Some(wanted)).is_none());
}

#[test]
fn two_slots_are_heard_again_together() {
    let mut live = begin();
    let latency = live.engine.latency();
    live.silence(latency + 2_000);
    live.handle.set_query(3, Some(condition(0.5)));
    let (slot, also) = (Some(2), Some(3));
    live.handle.audition(Heard { slot, also }).unwrap();
    live.wait_for(Audition::Playing);
    let heard = live.silence(80_000);
    // 1 − (1 − 0.25)·(1 − 0.5) of the noise.
    let expected = level_db(&noise(70_000, 1)) - 4.08;
    let level = level_db(&heard[1_000..71_000]);
    assert!((level - expected).abs() < 0.3, "{level} dB instead of {expected}");
}

#[test]
fn no_render_contains_an_audition() {
    let mut live = playing();
    live.engine.set_wait_policy(WaitPolicy::Live);
    assert_eq!(live.handle.audition_state(), Audition::Playing);
    live.engine.set_wait_policy(WaitPolicy::Offline);
    assert!(live.silence(10_000).iter().all(|sample| *sample == 0.0));
    assert_eq!(live.handle.audition_state(), Audition::Off);
    live.engine.set_wait_policy(WaitPolicy::Live);
    assert!(
        live.silence(10_000).iter().all(|sample| *sample == 0.0),
        "nor does it come back after one"
    );
}

#[test]
fn a_reset_ends_an_audition_and_nothing_of_it_is_heard_after_it() {
    let mut live = playing();
    live.engine.reset();
    assert_eq!(live.handle.audition_state(), Audition::Off);
    let latency = live.engine.latency();
    assert!(live.silence(2 * latency).iter().all(|sample| *sample == 0.0));
}

#[test]
fn bypass_ends_an_audition_and_passes_every_bit() {
    let mut live = playing();
    let bypass = [Change {
        offset: 0,
        kind: ChangeKind::Bypass(true),
    }];
    let latency = live.engine.latency();
    let input = [noise(60_000, 5), noise(60_000, 6)];
    let out = live.play(&input, &bypass);
    assert_eq!(live.handle.audition_state(), Audition::Off);
    assert!(out[0][latency + 1_000..] == input[0][1_000..60_000 - latency]);
}

#[test]
fn an_audition_that_is_still_worked_on_ends_too() {
    let mut live = begin();
    live.handle.audition(Some(2).into()).unwrap();
    live.engine.reset();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(live.handle.audition_state(), Audition::Off);
    let latency = live.engine.latency();
    assert!(live.silence(latency).iter().all(|sample| *sample == 0.0));
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
    let live = begin();
    live.handle
        .set_separator(Arc::new(Panics(TestSeparator::new(spec(), Rule::Gain))))
        .unwrap();
    live.handle.audition(Some(2).into()).unwrap();
    let begin = Instant::now();
    while live.handle.status().failure.is_none() || live.handle.audition_state() != Audition::Off {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    let words = live.handle.status().failure.unwrap();
    assert!(words.contains("could not be separated"), "{words}");
    live.handle.stop_audition();
    assert_eq!(live.handle.status().failure, None);
}
