//! A hand on one control and automation of another: each is heard when it should be, and neither undoes the other.

mod common;

use common::*;
use earmark_engine::{Automation, Change, ChangeKind, Engine, EngineHandle, Fields, Heard, Mix, Shaping};

const RATE: f64 = 48_000.0;

fn mix(target_gain: f32, rest_gain: f32, wet: f32) -> ChangeKind {
    ChangeKind::Mix(Mix {
        target_gain,
        rest_gain,
        wet,
        ..Mix::default()
    })
}

fn begin() -> (Engine, EngineHandle) {
    let (mut engine, handle) = engine(RATE, 1, TestSeparator::new(spec(), Rule::Gain));
    for slot in 0..3 {
        handle.set_query(slot, Some(condition(1.0)));
    }
    tell(&mut engine, mix(1.0, 0.0, 1.0));
    play(&mut engine, 40_000);
    (engine, handle)
}

fn tell(engine: &mut Engine, kind: ChangeKind) {
    engine.process(&mut [&mut [0.5]], &[Change { offset: 0, kind }]);
}

/// What comes out for a constant input.
fn play(engine: &mut Engine, len: usize) -> Vec<f32> {
    run(engine, &[vec![0.5; len]], Blocks::Of(480), &[]).remove(0)
}

fn near(samples: &[f32], value: f32) -> bool {
    samples.iter().all(|sample| (sample - value).abs() < 1e-3)
}

#[test]
fn what_a_hand_sets_is_not_undone_by_older_automation() {
    let (mut engine, _) = begin();
    let latency = engine.latency();
    // The host's lane sets wet; half a latency later a hand pulls the target down.
    tell(&mut engine, mix(1.0, 0.0, 0.5));
    let before = play(&mut engine, latency / 2);
    assert!(near(&before[1_000..], 0.5));
    engine.set_by_hand(Fields::TARGET_GAIN);
    tell(&mut engine, mix(0.25, 0.0, 0.5));
    engine.set_by_hand(Fields::NONE);
    let after = play(&mut engine, latency / 2 - 1_000);
    assert!(
        near(&after[1_000..], 0.125),
        "the hand is heard at once, the lane not yet"
    );
    let later = play(&mut engine, latency);
    assert!(
        near(&later[3_000..], 0.5 * 0.125 + 0.5 * 0.5),
        "and both in the end: {}",
        later[5_000]
    );
}

#[test]
fn a_hand_on_one_control_makes_no_automation_early() {
    let (mut engine, _) = begin();
    let latency = engine.latency();
    engine.set_by_hand(Fields::TARGET_GAIN);
    // One call brings both.
    tell(&mut engine, mix(0.5, 0.0, 0.0));
    let early = play(&mut engine, latency - 1_000);
    assert!(near(&early[1_000..], 0.25), "wet has to wait: {}", early[5_000]);
    let late = play(&mut engine, 5_000);
    assert!(near(&late[3_000..], 0.5));
}

#[test]
fn a_slot_chosen_by_hand_is_not_turned_off_by_older_automation() {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    handle.set_query(1, Some(condition(0.25)));
    let slot = |slot: Option<u8>| ChangeKind::Slot(slot.into());
    tell(&mut engine, slot(None));
    play(&mut engine, latency / 2);
    engine.set_by_hand(Fields::SLOTS);
    tell(&mut engine, slot(Some(1)));
    engine.set_by_hand(Fields::NONE);
    play(&mut engine, latency + 10_000);
    let heard = play(&mut engine, 5_000);
    assert!(near(&heard, 0.125), "{}", heard[0]);
}

#[test]
fn bypass_and_a_second_slot_by_hand_stay_as_they_were_set() {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    tell(&mut engine, mix(0.5, 0.0, 1.0));
    tell(&mut engine, ChangeKind::Bypass(true));
    play(&mut engine, latency / 2);
    engine.set_by_hand(Fields::BYPASS);
    tell(&mut engine, ChangeKind::Bypass(false));
    play(&mut engine, latency);
    assert!(near(&play(&mut engine, 5_000), 0.25));
    // A hand adds a slot while a lane chooses the first one.
    handle.set_query(1, Some(condition(0.5)));
    handle.set_query(2, Some(condition(0.25)));
    engine.set_by_hand(Fields::ALSO);
    let heard = |slot, also| {
        ChangeKind::Slot(Heard {
            slot: Some(slot),
            also,
        })
    };
    tell(&mut engine, heard(1, Some(2)));
    engine.set_by_hand(Fields::NONE);
    play(&mut engine, latency + 20_000);
    // 1 − (1 − 0.5)·(1 − 0.25) of the input, at half gain.
    assert!(near(&play(&mut engine, 5_000), 0.5 * 0.5 * 0.625));
}

#[test]
fn shaping_by_hand_leaves_the_lanes_of_the_others_in_time() {
    let (mut engine, handle) = begin();
    let latency = engine.latency();
    handle.set_query(0, Some(condition(0.5)));
    play(&mut engine, latency + 5_000);
    let shaping = |sensitivity, floor_db| {
        ChangeKind::Shaping(Shaping {
            sensitivity,
            floor_db,
            ..Shaping::default()
        })
    };
    engine.set_by_hand(Fields::SENSITIVITY);
    // The floor is a lane's: it has to wait for its sample.
    tell(&mut engine, shaping(2.0, 0.0));
    let early = play(&mut engine, latency - 2_000);
    let settled = &early[early.len() - 3_000..];
    assert!(near(settled, 0.125), "{}", settled[0]);
    let late = play(&mut engine, 6_000);
    assert!(near(&late[4_500..], 0.5), "{}", late[5_000]);
}

#[test]
fn more_automation_than_there_is_room_for_is_never_early_and_its_last_value_arrives() {
    let (mut engine, _) = begin();
    let latency = engine.latency();
    // A lane that falls in every sample, for longer than a latency.
    let len = 2 * latency;
    let wet = |at: usize| 1.0 - at as f32 / len as f32;
    let mut out = vec![0.0; len];
    for (at, out) in out.iter_mut().enumerate() {
        let kind = mix(0.0, 0.0, wet(at));
        let mut sample = [0.5];
        engine.process(&mut [&mut sample], &[Change { offset: 0, kind }]);
        *out = sample[0];
    }
    // The ramps are centred on their samples and 10 ms long.
    for (at, sample) in out.iter().enumerate().skip(latency + 1_000) {
        let earliest = 0.5 * (1.0 - wet(at - latency + 480));
        assert!(
            *sample <= earliest + 1e-3,
            "{sample} at {at} is early: {earliest}"
        );
    }
    let rest = play(&mut engine, latency + 2_000);
    assert!(near(&rest[latency + 1_500..], 0.5 * (1.0 - wet(len - 1))));
}

#[test]
fn everything_at_the_output_is_as_it_was() {
    let (mut engine, _) = begin();
    engine.set_automation(Automation::AtOutput);
    tell(&mut engine, mix(0.5, 0.0, 1.0));
    let heard = play(&mut engine, 2_000);
    assert!(near(&heard[600..], 0.25));
}
