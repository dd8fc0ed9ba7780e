//! What a hand edits is heard in what lies ready, and never clicks.

mod common;

use std::sync::atomic::Ordering;

use common::live::*;
use common::*;
use earmark_engine::{Change, ChangeKind};
use earmark_models::SeparatorSpec;

const MS: u64 = 1_000_000;
/// A crossfade.
const RAMP: f32 = 480.0;

/// A live engine that has played a tone of constant level for two seconds, with a query of gain 1.
fn settled(spec: SeparatorSpec, sleep: u64) -> Live {
    let mut live = Live::new(spec, sleep);
    live.play(&vec![0.5; seconds(2.0)], 480, 1);
    live
}

/// Where the query is heard that was changed before the first of these samples, in seconds, and the largest step between two samples.
fn heard(out: &[f32]) -> (f64, f32) {
    let at = out.iter().position(|sample| *sample < 0.375).unwrap();
    let steps = out.windows(2).map(|pair| (pair[0] - pair[1]).abs());
    (at as f64 / RATE, steps.fold(0.0, f32::max))
}

#[test]
fn an_edited_query_is_heard_before_what_lay_ready_has_been_played() {
    // Bursts of calls, too: what lies ready is less then.
    for (samples, burst) in [(480, 1), (64, 1), (480, 3), (2_048, 1)] {
        let mut live = settled(spec(), 0);
        live.handle.set_query(0, Some(condition(0.5)));
        let out = live.play(&vec![0.5; seconds(1.0)], samples, burst);
        let (at, step) = heard(&out);
        let call = (samples * burst) as f64 / RATE;
        // A call for the worker to learn of it, one for whoever plays, what is left of a block that no crossfade fits in, and half of one.
        assert!(
            at < 0.016 + 2.0 * call,
            "{samples} samples, {burst} calls at once: {at} s"
        );
        assert!(step < 1.05 * 0.25 / RAMP, "a step of {step}");
        assert!(
            out[seconds(0.3)..]
                .iter()
                .all(|sample| (sample - 0.25).abs() < 1e-3)
        );
        assert_eq!(live.handle.status().late_blocks, 0);
    }
}

#[test]
fn a_slot_that_a_hand_chooses_is_heard_as_soon() {
    let mut live = settled(spec(), 0);
    live.handle.set_query(1, Some(condition(0.5)));
    live.engine.set_by_hand(earmark_engine::Fields::SLOTS);
    let mut call = [0.5; 480];
    let change = Change {
        offset: 0,
        kind: ChangeKind::Slot(Some(1).into()),
    };
    live.engine.process(&mut [&mut call], &[change]);
    live.let_pass(480);
    let mut out = call.to_vec();
    out.extend(live.play(&vec![0.5; seconds(0.5)], 480, 1));
    let (at, step) = heard(&out);
    // The worker learns of it with the block of 20 ms.
    assert!(at < 0.04, "{at} s");
    assert!(step < 1.05 * 0.25 / RAMP, "a step of {step}");
}

#[test]
fn a_first_query_and_one_after_the_other_are_heard_without_a_click() {
    let mut live = Live::new(spec(), 0);
    live.handle.set_query(0, None);
    live.play(&vec![0.5; seconds(2.0)], 480, 1);
    live.handle.set_query(0, Some(condition(0.5)));
    let (at, step) = heard(&live.play(&vec![0.5; seconds(0.5)], 480, 1));
    assert!(at < 0.03, "the first: {at} s");
    assert!(step < 1.05 * 0.25 / RAMP, "a step of {step}");
    // Faster than what was revised has been played.
    let mut out = Vec::new();
    for gain in [1.0, 0.5, 0.25, 1.0, 0.75, 0.0, 1.0, 0.5] {
        live.handle.set_query(0, Some(condition(gain)));
        out.extend(live.play(&vec![0.5; seconds(0.06)], 480, 1));
    }
    out.extend(live.play(&vec![0.5; seconds(1.0)], 480, 1));
    let steps = out.windows(2).map(|pair| (pair[0] - pair[1]).abs());
    let step = steps.fold(0.0, f32::max);
    assert!(step < 1.1 * 0.5 / RAMP, "a step of {step}");
    assert!((out[out.len() - 1] - 0.25).abs() < 1e-3);
    assert_eq!(live.handle.status().late_blocks, 0);
}

#[test]
fn it_is_what_would_be_heard_if_it_had_always_been_asked_for() {
    let spec = SeparatorSpec {
        context: 80,
        ..spec()
    };
    for rate in [48_000.0, 44_100.0, 32_000.0] {
        let input = noise(4 * rate as usize, 6);
        let edited_at = 2 * rate as usize;
        let play = |edited: bool| {
            let mut live = Live::at(rate, spec.clone(), Rule::Stateful, 0);
            let gain = |gain| live.handle.set_query(0, Some(condition(gain)));
            gain(if edited { 1.0 } else { 0.5 });
            let mut out = live.play(&input[..edited_at], 480, 1);
            live.handle.set_query(0, Some(condition(0.5)));
            out.extend(live.play(&input[edited_at..], 480, 1));
            out
        };
        let (edited, always) = (play(true), play(false));
        let after = edited_at + (0.08 * rate) as usize;
        let error = error_db(&edited[after..], &always[after..]);
        assert!(error < -60.0, "{error} dB at {rate} Hz");
        let before = error_db(&edited[..edited_at], &always[..edited_at]);
        assert!(before > -10.0, "there is a difference to be heard");
    }
}

#[test]
fn a_query_that_reads_its_past_slowly_is_heard_later_and_makes_nothing_late() {
    let spec = SeparatorSpec {
        context: 200,
        ..spec()
    };
    // 200 steps take 0.8 s; there are 0.2 s.
    let mut live = settled(spec.clone(), 4 * MS);
    live.play(&vec![0.5; seconds(4.0)], 480, 1);
    let steps = live.steps[0].load(Ordering::Relaxed);
    live.handle.set_query(0, Some(condition(0.5)));
    let out = live.play(&vec![0.5; seconds(4.0)], 480, 1);
    let (at, step) = heard(&out);
    assert!((0.25..2.6).contains(&at), "{at} s");
    assert!(step < 1.05 * 0.25 / RAMP, "a step of {step}");
    assert_eq!(live.handle.status().late_blocks, 0, "{:?}", live.handle.status());
    let read = live.steps[0].load(Ordering::Relaxed) - steps;
    // Those of four seconds with two voices at most, the past, and what was read before it was given up.
    assert!(read < 2 * 200 + 200 + 80, "{read} steps");
    // 100 steps take 0.1 s, while the sound goes on: some of what is revised comes too late.
    let spec = SeparatorSpec { context: 80, ..spec };
    let mut live = settled(spec, MS);
    live.handle.set_query(0, Some(condition(0.5)));
    let out = live.play(&vec![0.5; seconds(1.0)], 480, 1);
    let (at, step) = heard(&out);
    assert!((0.08..0.2).contains(&at), "{at} s");
    assert!(step < 1.05 * 0.25 / RAMP, "a step of {step}");
    assert_eq!(live.handle.status().late_blocks, 0);
}

#[test]
fn a_voice_that_cannot_be_heard_sooner_is_made_once() {
    // Steps of 0.32 s, as a large network's.
    let spec = SeparatorSpec {
        block: 16,
        context: 48,
        ..spec()
    };
    let mut live = settled(spec, 100 * MS);
    live.play(&vec![0.5; seconds(2.0)], 480, 1);
    let made = live.made.load(Ordering::Relaxed);
    live.handle.set_query(0, Some(condition(0.5)));
    let out = live.play(&vec![0.5; seconds(3.0)], 480, 1);
    let (at, step) = heard(&out);
    assert!((0.3..2.0).contains(&at), "{at} s");
    assert!(step < 1.05 * 0.25 / RAMP, "a step of {step}");
    assert_eq!(live.made.load(Ordering::Relaxed) - made, 1);
    assert_eq!(live.handle.status().late_blocks, 0, "{:?}", live.handle.status());
}
