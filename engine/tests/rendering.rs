//! Changes at the output of a render: another sound is heard from its sample on, though the block has begun.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::*;
use earmark_engine::{Automation, Change, ChangeKind, Engine, EngineConfig, EngineHandle, WaitPolicy};
use earmark_models::SeparatorSpec;

/// Seconds by which the middle of a crossfade may be behind its place: half of its 10 ms.
const LATEST: f64 = 0.0051;

fn slot(offset: usize, slot: Option<u8>) -> Change {
    Change {
        offset,
        kind: ChangeKind::Slot(slot.into()),
    }
}

/// An engine whose changes come at the output, with half and a quarter of the first slot's gain in the next two.
fn at_output(rate: f64, spec: &SeparatorSpec, rule: Rule) -> (Engine, EngineHandle) {
    let (mut engine, handle) = engine(rate, 1, TestSeparator::new(spec.clone(), rule));
    handle.set_query(1, Some(condition(0.5)));
    handle.set_query(2, Some(condition(0.25)));
    engine.set_automation(Automation::AtOutput);
    (engine, handle)
}

/// What is heard of `input`, as a share of the input.
fn target(rate: f64, spec: &SeparatorSpec, blocks: Blocks, changes: &[Change]) -> Vec<f32> {
    let (mut engine, handle) = at_output(rate, spec, Rule::Gain);
    let (_, target) = split(&mut engine, &[vec![0.5; 110_000]], blocks, changes);
    assert_eq!(handle.status().gaps, 0);
    target[0].iter().map(|sample| sample / 0.5).collect()
}

#[test]
fn another_sound_at_the_output_of_a_render_is_heard_at_its_place() {
    // At 11,025 Hz a block has several steps; at 32,000 nothing is resampled.
    for (rate, spec) in [
        (48_000.0, spec()),
        (44_100.0, hann_spec()),
        (96_000.0, spec()),
        (32_000.0, spec()),
        (11_025.0, spec()),
        (48_000.0, reflected_spec()),
    ] {
        let (mut soonest, mut latest) = (f64::INFINITY, f64::NEG_INFINITY);
        let samples = |seconds: f64| (seconds * rate) as usize;
        for at in (50_000..51_500).step_by(137) {
            let changes = [slot(at, Some(1)), slot(at + samples(0.2), Some(2))];
            let gains = target(rate, &spec, Blocks::Of(512), &changes);
            for (changed, between) in [(at, 0.75), (at + samples(0.2), 0.375)] {
                let middle = gains.iter().rposition(|gain| *gain > between).unwrap();
                let late = (middle as f64 - changed as f64) / rate;
                (soonest, latest) = (soonest.min(late), latest.max(late));
            }
            let settled = |from: usize, to: usize, gain: f32| {
                let off = gains[from..to]
                    .iter()
                    .map(|heard| (heard - gain).abs())
                    .fold(0.0, f32::max);
                assert!(
                    off < 2e-3,
                    "{off} between {from} and {to}, changed at {at}, {rate} Hz"
                );
            };
            settled(40_000, at, 1.0);
            // The crossfades, and nothing that jumps.
            let steps = gains[40_000..100_000]
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).abs());
            let largest = steps.fold(0.0, f32::max);
            assert!(
                largest <= 1.1 * 0.5 / (0.010 * rate as f32),
                "a step of {largest}, changed at {at}, {rate} Hz"
            );
            settled(at + samples(0.025), at + samples(0.2), 0.5);
            settled(at + samples(0.225), 100_000, 0.25);
        }
        assert!(
            soonest >= 0.0 && latest <= LATEST,
            "{soonest} to {latest} s at {rate} Hz"
        );
    }
}

#[test]
fn the_size_of_calls_changes_no_bit_of_a_block_that_is_computed_again() {
    for at in [50_000, 50_333, 50_999] {
        // One after the other, closer than a crossfade, back again, off and on, to a slot without a query and back.
        let places = [0, 10, 700, 702, 5_000, 5_600, 9_000, 9_100];
        let slots = [
            Some(1),
            Some(2),
            Some(0),
            Some(1),
            None,
            Some(2),
            Some(6),
            Some(1),
        ];
        let changes: Vec<Change> = places
            .iter()
            .zip(slots)
            .map(|(place, to)| slot(at + place, to))
            .collect();
        let heard = |blocks| bits(&[target(48_000.0, &spec(), blocks, &changes)]);
        let whole = heard(Blocks::Of(512));
        for blocks in [Blocks::Of(64), Blocks::Of(20_000), Blocks::Random(3)] {
            assert_eq!(heard(blocks), whole, "at {at}");
        }
    }
}

#[test]
fn what_is_computed_again_with_the_same_sound_has_the_same_bits() {
    for rate in [48_000.0, 44_100.0, 32_000.0, 11_025.0] {
        let heard = |changes: &[Change]| {
            let (mut engine, handle) = at_output(rate, &hann_spec(), Rule::Stateful);
            handle.set_query(3, Some(condition(1.0)));
            bits(&split(&mut engine, &[noise(100_000, 11)], Blocks::Of(512), changes).1)
        };
        let changes: Vec<Change> = (0..20)
            .map(|k| slot(40_000 + k * 1_117, Some(if k % 2 == 0 { 3 } else { 0 })))
            .collect();
        assert_eq!(heard(&changes), heard(&[]), "at {rate} Hz");
    }
}

#[test]
fn a_sound_that_is_heard_from_within_a_block_on_knows_its_past() {
    // The stateful mask forgets by 0.9 per frame: after 80 frames of context nothing of the beginning is left.
    let spec = SeparatorSpec {
        context: 80,
        ..spec()
    };
    let heard = |changes: &[Change]| {
        let (mut engine, _handle) = at_output(48_000.0, &spec, Rule::Stateful);
        split(&mut engine, &[noise(160_000, 5)], Blocks::Of(512), changes)
            .1
            .remove(0)
    };
    let always = heard(&[slot(0, Some(1))]);
    for at in [100_000, 100_400, 100_800] {
        let changed = heard(&[slot(at, Some(1))]);
        let error = error_db(&changed[at + 1_000..], &always[at + 1_000..]);
        assert!(error < -60.0, "{error} dB, changed at {at}");
    }
}

#[test]
fn many_changes_in_one_block_keep_few_voices_and_the_last_one_is_heard() {
    let separator = TestSeparator::new(spec(), Rule::Gain);
    let most = separator.most_alive.clone();
    let (mut engine, handle) = engine(48_000.0, 1, separator);
    for k in 0..8 {
        handle.set_query(k, Some(condition(1.0 / (1.0 + k as f32))));
    }
    engine.set_automation(Automation::AtOutput);
    let changes: Vec<Change> = (1..200)
        .map(|k| slot(50_000 + 3 * k, Some((k % 8) as u8)))
        .collect();
    let (_, target) = split(&mut engine, &[vec![0.5; 100_000]], Blocks::Of(512), &changes);
    // Four each in the block that plays, the one before it and the one after it.
    assert!(
        most.load(std::sync::atomic::Ordering::Relaxed) <= 12,
        "{most:?} voices"
    );
    // The last one is slot 199 % 8.
    assert!(
        (target[0][60_000] - 0.5 / 8.0).abs() < 1e-3,
        "{}",
        target[0][60_000]
    );
}

/// Steps that are computed of four seconds that come at once, when nobody waits any more.
fn steps_of_a_race(announced: WaitPolicy) -> u64 {
    let clock = Arc::new(TestClock::default());
    let separator = TestSeparator {
        clock: Some(clock.clone()),
        ..TestSeparator::new(spec(), Rule::Gain)
    };
    let steps = separator.steps.clone();
    let config = EngineConfig::new(48_000.0, 1, 512);
    let (mut engine, handle) = Engine::with_clock(config, &spec(), clock.clone()).unwrap();
    handle.set_query(0, Some(condition(1.0)));
    handle.set_separator(Arc::new(separator)).unwrap();
    let _end = End(&clock);
    engine.set_automation(Automation::AtOutput);
    engine.set_wait_policy(announced);
    for _ in 0..400 {
        engine.process(&mut [&mut [0.5; 512]], &[]);
    }
    assert_eq!(
        engine.wait_policy(),
        WaitPolicy::Offline,
        "it was taken for one that renders"
    );
    // Of what was sent all is computed now, and nothing else is sent.
    let patience = Instant::now() + Duration::from_secs(60);
    while engine.owed() > 0 {
        assert!(Instant::now() < patience, "the worker computes nothing");
        std::thread::sleep(Duration::from_millis(1));
    }
    steps.load(Ordering::Relaxed)
}

#[test]
fn a_host_that_races_without_a_word_has_its_blocks_computed_ahead() {
    // It may play again at any moment, and nothing would be there.
    let (races, renders) = (
        steps_of_a_race(WaitPolicy::Live),
        steps_of_a_race(WaitPolicy::Offline),
    );
    assert!(
        races > renders,
        "{races} steps, as many as with blocks held back: {renders}"
    );
}

#[test]
fn what_a_render_held_back_is_not_lost_when_somebody_listens_again() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(1, Some(condition(0.5)));
    engine.set_automation(Automation::AtOutput);
    let input = noise(120_000, 7);
    let mut heard = Vec::new();
    for (part, automation) in input.chunks(30_000).zip([
        Automation::AtOutput,
        Automation::InTime,
        Automation::AtOutput,
        Automation::InTime,
    ]) {
        engine.set_automation(automation);
        heard.extend(
            split(&mut engine, &[part.to_vec()], Blocks::Of(512), &[])
                .1
                .remove(0),
        );
    }
    let (mut other, _handle) = self::engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let expected = split(&mut other, &[input], Blocks::Of(512), &[]).1.remove(0);
    assert_eq!(bits(&[heard]), bits(&[expected]));
    assert_eq!(handle.status().gaps, 0);
}
