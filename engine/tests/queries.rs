//! Which query is heard when.

mod common;

use common::*;
use earmark_engine::{
    Change, ChangeKind, Engine, EngineConfig, Gains, Heard, Mix, MixSettings, Phase, Query, WaitPolicy,
};
use earmark_models::SeparatorSpec;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Target over a constant-level tone, as a gain per sample, aligned with the input.
fn gains(rate: f64, blocks: Blocks, changes: &[Change]) -> Vec<f32> {
    let (mut engine, handle) = engine(rate, 1, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(1, Some(condition(0.5)));
    handle.set_query(2, Some(condition(0.25)));
    let latency = engine.latency();
    let input = [vec![0.5; 90_000]];
    let (_, target) = split(&mut engine, &input, blocks, changes);
    target[0][latency..].iter().map(|sample| sample / 0.5).collect()
}

fn slot(offset: usize, slot: Option<u8>) -> Change {
    Change {
        offset,
        kind: ChangeKind::Slot(slot.into()),
    }
}

fn together(offset: usize, slot: u8, also: Option<u8>) -> Change {
    let slot = Some(slot);
    Change {
        offset,
        kind: ChangeKind::Slot(Heard { slot, also }),
    }
}

#[test]
fn another_query_gives_another_target() {
    let input = [noise(60_000, 1)];
    let target = |gain| {
        let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Stateful));
        handle.set_query(0, Some(condition(gain)));
        split(&mut engine, &input, Blocks::Of(480), &[]).1.remove(0)
    };
    let (one, other) = (target(1.0), target(0.5));
    assert!(level_db(&one) > 0.0);
    assert!((level_db(&one) - level_db(&other) - 6.02).abs() < 0.1);
}

#[test]
fn a_slot_change_is_heard_at_its_sample() {
    for rate in [48_000.0, 44_100.0, 32_000.0] {
        for at in [20_000, 30_123, 31_999] {
            let gains = gains(rate, Blocks::Of(512), &[slot(at, Some(1))]);
            let middle = gains.iter().rposition(|gain| *gain > 0.75).unwrap();
            let off_by = (middle as f64 - at as f64).abs() / rate;
            assert!(
                off_by < 1e-3,
                "changed at {middle} instead of {at}: {off_by} s at {rate} Hz"
            );
            // 10 ms from the one to the other, and nothing else.
            let half = (0.005 * rate) as usize + 200;
            assert!(
                gains[2_000..at - half]
                    .iter()
                    .all(|gain| (gain - 1.0).abs() < 2e-3)
            );
            assert!(
                gains[at + half..60_000]
                    .iter()
                    .all(|gain| (gain - 0.5).abs() < 2e-3)
            );
        }
    }
}

#[test]
fn a_new_query_sounds_as_if_it_had_begun_its_context_earlier() {
    // The stateful mask forgets by 0.9 per frame: after 80 frames of context nothing of the beginning is left.
    let spec = earmark_models::SeparatorSpec {
        context: 80,
        ..spec()
    };
    let input = [noise(160_000, 5), noise(160_000, 6)];
    let target = |changes: &[Change]| {
        let (mut engine, handle) = engine(48_000.0, 2, TestSeparator::new(spec.clone(), Rule::Stateful));
        handle.set_query(1, Some(condition(0.5)));
        split(&mut engine, &input, Blocks::Of(512), changes).1
    };
    let latency = 19_920 + 2_000;
    let always = target(&[slot(0, Some(1))]);
    let changed = target(&[slot(100_000, Some(1))]);
    let error = error_db(&changed[0][100_000 + latency..], &always[0][100_000 + latency..]);
    assert!(error < -60.0, "{error} dB");
}

#[test]
fn off_and_on_crossfade_at_their_samples() {
    let (off, on) = (30_000, 50_000);
    let gains = gains(48_000.0, Blocks::Of(512), &[slot(off, None), slot(on, Some(1))]);
    assert!(
        gains[2_000..off - 600]
            .iter()
            .all(|gain| (gain - 1.0).abs() < 2e-3)
    );
    assert!(
        gains[off + 240..on - 480].iter().all(|gain| *gain == 0.0),
        "off is off 5 ms later"
    );
    assert!(
        gains[on + 700..]
            .iter()
            .take(10_000)
            .all(|gain| (gain - 0.5).abs() < 2e-3)
    );
    let jump = gains
        .windows(2)
        .skip(2_000)
        .map(|pair| (pair[0] - pair[1]).abs())
        .fold(0.0, f32::max);
    assert!(jump < 0.01, "a jump of {jump}");
}

#[test]
fn a_slot_that_is_passed_over_does_not_click() {
    // As automation drawn from one slot to another over one that is off or empty.
    for pause in [1, 48, 240, 479, 480, 700, 959, 960, 961, 1_300] {
        let changes = [slot(30_123, None), slot(30_123 + pause, Some(2))];
        let gains = gains(48_000.0, Blocks::Of(512), &changes);
        // The ramp of 10 ms between target and input, and the crossfade of 10 ms between the targets.
        let allowed = 1.05 * (1.0 / 480.0 + 1.0 / 480.0);
        let steps = gains[2_000..60_000]
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs());
        let largest = steps.fold(0.0, f32::max);
        assert!(largest <= allowed, "off for {pause} samples: a step of {largest}");
        assert!((gains[40_000] - 0.25).abs() < 2e-3, "off for {pause} samples");
    }
}

#[test]
fn many_changes_close_together_all_happen_offline() {
    let gains = gains(
        48_000.0,
        Blocks::Of(512),
        &[
            slot(30_000, Some(1)),
            slot(32_400, Some(2)),
            slot(34_800, Some(0)),
        ],
    );
    for (at, gain) in [(31_200, 0.5), (33_600, 0.25), (36_500, 1.0)] {
        assert!((gains[at] - gain).abs() < 5e-3, "{} at {at}", gains[at]);
    }
}

#[test]
fn an_edited_text_is_heard_soon_without_a_gap() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let latency = engine.latency();
    let before = split(&mut engine, &[vec![0.5; 60_000]], Blocks::Of(480), &[])
        .1
        .remove(0);
    handle.set_query(0, Some(condition(0.5)));
    let after = split(&mut engine, &[vec![0.5; 60_000]], Blocks::Of(480), &[])
        .1
        .remove(0);
    assert!(
        before[latency + 2_000..]
            .iter()
            .all(|sample| (sample - 0.5).abs() < 2e-3)
    );
    let changed = after.iter().position(|sample| *sample < 0.375).unwrap();
    // The budget, the block, and catching up with 28 frames at 8 a block.
    assert!(changed < 11_760 + 960 * 6, "heard after {changed} samples");
    assert!(
        after.iter().all(|sample| (0.249..0.501).contains(sample)),
        "a plain crossfade"
    );
    handle.set_query(0, None);
    let mut out = [vec![0.5; 60_000]];
    let changes = [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }];
    out = run(&mut engine, &out, Blocks::Of(480), &changes)
        .try_into()
        .unwrap();
    assert!(
        out[0][40_000..].iter().all(|sample| *sample == 0.5),
        "an emptied slot passes the input"
    );
    assert_eq!(handle.status().phase, Phase::Idle);
}

#[test]
fn sound_passes_until_the_separator_comes() {
    let spec = spec();
    let (mut engine, handle) = Engine::new(EngineConfig::new(48_000.0, 1, 512), &spec).unwrap();
    engine.set_wait_policy(WaitPolicy::Offline);
    handle.set_query(0, Some(condition(0.0)));
    let isolate = [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }];
    let input = [noise(60_000, 1)];
    let latency = engine.latency();
    let out = run(&mut engine, &input, Blocks::Of(512), &isolate);
    assert_eq!(out[0][latency..], input[0][..60_000 - latency]);
    assert_eq!(handle.status().phase, Phase::Loading);
    handle
        .set_separator(Arc::new(TestSeparator::new(spec, Rule::Gain)))
        .unwrap();
    let out = run(&mut engine, &input, Blocks::Of(512), &[]);
    assert!(
        level_db(&out[0][30_000..]) < -100.0,
        "the query of gain 0 is heard"
    );
    assert_eq!(handle.status().phase, Phase::Running);
}

#[test]
fn a_separator_with_another_latency_is_refused() {
    let (_engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let refused = handle.set_separator(Arc::new(TestSeparator::new(hann_spec(), Rule::Gain)));
    assert!(
        matches!(refused, Err(earmark_engine::EngineError::Latency { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_condition_of_another_encoder_is_told_and_passes_the_input() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let condition = earmark_models::Condition {
        encoder: earmark_models::EncoderKind::Clap,
        values: Arc::new([1.0; 3]),
    };
    handle.set_query(0, Some(condition));
    let isolate = [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }];
    let (input, latency) = ([noise(60_000, 1)], engine.latency());
    let out = run(&mut engine, &input, Blocks::Of(512), &isolate);
    assert_eq!(out[0][latency..], input[0][..60_000 - latency]);
    assert!(
        handle
            .status()
            .failure
            .is_some_and(|words| words.contains("encode the text again"))
    );
}

/// The output over a constant-level tone, as a gain per sample, aligned with the input. Slot 1 hears the same and has gains of
/// its own.
fn output_gains(blocks: Blocks, changes: &[Change]) -> Vec<f32> {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(1, Some(condition(1.0)));
    let own = Gains {
        target: 0.25,
        rest: 0.0,
    };
    handle.set_own_gains(1, Some(own));
    let latency = engine.latency();
    let out = run(&mut engine, &[vec![0.5; 80_000]], blocks, changes);
    out[0][latency..].iter().map(|sample| sample / 0.5).collect()
}

#[test]
fn gains_change_around_their_sample() {
    let at = 30_123;
    let louder = Change {
        offset: at,
        kind: ChangeKind::Mix(Mix {
            target_gain: 0.5,
            rest_gain: 0.5,
            ..Mix::default()
        }),
    };
    let gains = output_gains(Blocks::Of(512), &[louder]);
    let middle = gains.iter().rposition(|gain| *gain > 0.75).unwrap();
    assert!(middle.abs_diff(at) < 48, "changed at {middle} instead of {at}");
}

#[test]
fn a_slot_has_its_own_gains_from_where_it_is_active_to_where_another_is() {
    let (on, off) = (30_123, 45_001);
    let changes = [slot(on, Some(1)), slot(off, Some(0))];
    let gains = output_gains(Blocks::Of(512), &changes);
    for size in [1, 17, 4096] {
        assert!(
            output_gains(Blocks::Of(size), &changes) == gains,
            "in blocks of {size}"
        );
    }
    let near = |range: std::ops::Range<usize>, expected: f32| {
        gains[range].iter().all(|gain| (gain - expected).abs() < 2e-3)
    };
    assert!(near(2_000..on - 300, 1.0) && near(on + 300..off - 300, 0.25) && near(off + 300..60_000, 1.0));
    let middle = gains.iter().position(|gain| *gain < 0.625).unwrap();
    assert!(middle.abs_diff(on) < 48, "changed at {middle} instead of {on}");
    let jump = gains.windows(2).skip(2_000).take(58_000);
    let jump = jump.map(|pair| (pair[0] - pair[1]).abs()).fold(0.0, f32::max);
    assert!(jump < 0.005, "a jump of {jump}");
}

#[test]
fn own_gains_edited_while_they_are_heard_are_heard_at_once() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let input = [vec![0.5; 40_000]];
    run(&mut engine, &input, Blocks::Of(512), &[]);
    let own = Mix {
        target_gain: 0.5,
        target_muted: true,
        ..Mix::default()
    };
    handle.set_own_gains(0, Some(own.into()));
    let out = run(&mut engine, &input, Blocks::Of(512), &[]);
    assert!(
        out[0][600..].iter().all(|sample| (sample - 0.25).abs() < 2e-3),
        "10 ms later"
    );
    handle.set_own_gains(0, None);
    let out = run(&mut engine, &input, Blocks::Of(512), &[]);
    assert!(out[0][600..].iter().all(|sample| (sample - 0.5).abs() < 2e-3));
}

#[test]
fn several_sounds_are_heard_and_left_out_of_a_mixture_of_three() {
    let len = 60_000;
    let sounds: Vec<Vec<f32>> = (0..3)
        .map(|kind| band(len, 48_000.0, THIRDS[kind], kind as u64 + 1))
        .collect();
    let sum = |kinds: &[usize]| -> Vec<f32> {
        (0..len)
            .map(|k| kinds.iter().map(|kind| sounds[*kind][k]).sum())
            .collect()
    };
    let query = |wanted: &[usize], unwanted: &[usize]| Query {
        wanted: wanted.iter().map(|kind| sound(*kind)).collect(),
        unwanted: unwanted.iter().map(|kind| sound(*kind)).collect(),
    };
    let cases: [(&[usize], &[usize], &[usize]); 6] = [
        (&[1], &[], &[1]),
        (&[0, 2], &[], &[0, 2]),
        (&[0, 1, 2], &[], &[0, 1, 2]),
        (&[0, 1], &[1], &[0]),
        (&[0, 1, 2], &[1, 2], &[0]),
        (&[], &[1], &[0, 2]),
    ];
    for (wanted, unwanted, heard) in cases {
        let separator = TestSeparator::new(without_top_band(spec()), Rule::Third);
        let steps = separator.steps.clone();
        let (mut engine, handle) = engine(48_000.0, 1, separator);
        handle.set_sounds(0, Some(query(wanted, unwanted)));
        let latency = engine.latency();
        let input = [sum(&[0, 1, 2])];
        let (mixture, target) = split(&mut engine, &input, Blocks::Of(512), &[]);
        let here = latency + 3_000..len;
        let target = &target[0][here.clone()];
        let expected = &sum(heard)[3_000..len - latency];
        let error = error_db(target, expected);
        // A tenth of what is not asked for stays, or of two sounds two tenths.
        let most = -13.0;
        assert!(error < most, "{wanted:?} but not {unwanted:?}: {error:.1} dB");
        let rest: Vec<f32> = mixture[0][here].iter().zip(target).map(|(x, t)| x - t).collect();
        let others: Vec<usize> = (0..3).filter(|kind| !heard.contains(kind)).collect();
        if !others.is_empty() {
            let error = error_db(&rest, &sum(&others)[3_000..len - latency]);
            assert!(error < -4.0, "without {heard:?}: {error:.1} dB");
        }
        let blocks = handle.status().blocks;
        assert!(steps.load(Ordering::Relaxed) >= blocks * (wanted.len() + unwanted.len()) as u64);
    }
}

#[test]
fn where_one_sounds_mask_is_no_number_all_sounds_begin_anew() {
    let len = 200_000;
    let mut input = band(len, 48_000.0, THIRDS[1], 1);
    // A crack in the middle.
    input[100_000..100_032].fill(1e4);
    for (kinds, gain, lost) in [
        (vec![0, 0], 0.75, false),
        (vec![0, 1], 0.75, true),
        (vec![1], 0.5, true),
    ] {
        let (mut engine, handle) = engine(
            48_000.0,
            1,
            TestSeparator::new(without_top_band(spec()), Rule::Breaks),
        );
        let query = Query {
            wanted: kinds.iter().map(|&kind| condition_of(0.5, kind)).collect(),
            unwanted: vec![],
        };
        handle.set_sounds(0, Some(query));
        let latency = engine.latency();
        let (_, target) = split(&mut engine, &[input.clone()], Blocks::Of(512), &[]);
        let target = &target[0][latency..];
        assert!(target.iter().all(|sample| sample.is_finite()), "{kinds:?}");
        // How far the target is from both sounds, in dB.
        let missing = |begin: usize, end: usize| {
            let whole = level_db(&input[begin..end]) + 20.0 * f64::log10(gain);
            whole - level_db(&target[begin..end])
        };
        for (begin, end) in [(20_000, 90_000), (130_000, 180_000)] {
            let missing = missing(begin, end);
            assert!(missing.abs() < 0.1, "{kinds:?} from {begin} on: {missing:.2} dB");
        }
        let after = missing(101_500, 103_000);
        assert_eq!(after > 20.0, lost, "{kinds:?} after the crack: {after:.2} dB");
    }
}

#[test]
fn a_query_of_nothing_is_none() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    handle.set_sounds(0, Some(Query::default()));
    let (input, latency) = ([noise(60_000, 1)], engine.latency());
    let isolate = [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }];
    let out = run(&mut engine, &input, Blocks::Of(512), &isolate);
    assert_eq!(out[0][latency..], input[0][..60_000 - latency]);
}

#[test]
fn two_slots_together_are_the_same_sounds_in_one_slot() {
    let query = |wanted: &[usize], unwanted: &[usize]| Query {
        wanted: wanted.iter().map(|kind| sound(*kind)).collect(),
        unwanted: unwanted.iter().map(|kind| sound(*kind)).collect(),
    };
    let input = [noise(60_000, 1), noise(60_000, 2)];
    let cases = [
        (query(&[0], &[]), query(&[2], &[]), query(&[0, 2], &[])),
        (query(&[0], &[2]), query(&[0, 1], &[]), query(&[0, 1], &[2])),
        (query(&[], &[1]), query(&[0, 1], &[]), query(&[0, 1], &[1])),
        (query(&[], &[1]), query(&[], &[2]), query(&[], &[1, 2])),
    ];
    for (first, second, both) in cases {
        let target = |heard: Heard| {
            let (mut engine, handle) = engine(48_000.0, 2, TestSeparator::new(spec(), Rule::Third));
            for (slot, query) in [(1, &first), (2, &second), (3, &both)] {
                handle.set_sounds(slot, Some(query.clone()));
            }
            engine.begin_with(&[Change {
                offset: 0,
                kind: ChangeKind::Slot(heard),
            }]);
            bits(&split(&mut engine, &input, Blocks::Of(512), &[]).1)
        };
        let pair = |slot, also| Heard {
            slot: Some(slot),
            also: Some(also),
        };
        let one = target(Some(3).into());
        assert!(target(pair(1, 2)) == one, "{first:?} with {second:?}");
        assert!(target(Some(1).into()) != one, "{first:?} with {second:?}");
        assert!(target(pair(1, 1)) == target(Some(1).into()), "a slot with itself");
        assert!(
            target(pair(7, 2)) == target(Some(2).into()),
            "an empty one with another"
        );
        assert!(
            target(pair(2, 7)) == target(Some(2).into()),
            "another with an empty one"
        );
    }
}

#[test]
fn a_second_slot_comes_and_goes_at_its_samples() {
    // 1 − (1 − 0.5)·(1 − 0.25) of both together.
    let both = 0.625;
    for rate in [48_000.0, 44_100.0] {
        for (on, off) in [(30_123, 50_001), (31_999, 46_080)] {
            let changes = [
                together(0, 1, None),
                together(on, 1, Some(2)),
                together(off, 1, None),
            ];
            let gains_in = |blocks| gains(rate, blocks, &changes);
            let gains = gains_in(Blocks::Of(512));
            for size in [1, 17, 4096] {
                assert!(
                    gains_in(Blocks::Of(size)) == gains,
                    "in blocks of {size} at {rate} Hz"
                );
            }
            let here = 5_000..60_000;
            let between = (0.5 + both) / 2.0;
            let first = here.clone().find(|k| gains[*k] > between).unwrap();
            let last = here.clone().rfind(|k| gains[*k] > between).unwrap();
            for (middle, at) in [(first, on), (last, off)] {
                let off_by = (middle as f64 - at as f64).abs() / rate;
                assert!(off_by < 1e-3, "{middle} instead of {at} at {rate} Hz");
            }
            let half = (0.005 * rate) as usize + 200;
            for (range, gain) in [
                (5_000..on - half, 0.5),
                (on + half..off - half, both),
                (off + half..60_000, 0.5),
            ] {
                assert!(gains[range].iter().all(|heard| (heard - gain).abs() < 2e-3));
            }
            // A straight crossfade of 10 ms, and nothing else.
            let allowed = 1.05 * (both - 0.5) / (0.010 * rate as f32);
            let steps = gains[here].windows(2).map(|pair| (pair[1] - pair[0]).abs());
            let largest = steps.fold(0.0, f32::max);
            assert!(largest <= allowed, "a step of {largest} at {rate} Hz");
        }
    }
}

#[test]
fn a_second_slot_that_adds_nothing_costs_nothing() {
    let target = |changes: &[Change]| {
        let separator = TestSeparator::new(spec(), Rule::Stateful);
        let most_alive = separator.most_alive.clone();
        let (mut engine, handle) = engine(48_000.0, 1, separator);
        handle.set_query(3, Some(condition(1.0)));
        let input = [noise(80_000, 4)];
        let (_, target) = split(&mut engine, &input, Blocks::Of(512), changes);
        (bits(&target), most_alive.load(Ordering::Relaxed))
    };
    let alone = target(&[]);
    assert_eq!(alone.1, 1);
    // An empty one, the same sound in another slot, the active one itself, and one that there is not.
    let changes = [
        together(20_000, 0, Some(6)),
        together(30_000, 0, Some(3)),
        together(40_000, 0, Some(0)),
        together(50_000, 0, Some(8)),
    ];
    assert!(target(&changes) == alone, "another voice was made");
}

#[test]
fn off_is_off_and_an_empty_slot_leaves_the_other_to_be_heard() {
    let off = Heard {
        slot: None,
        also: Some(1),
    };
    let changes = [
        together(20_000, 1, Some(2)),
        Change {
            offset: 35_000,
            kind: ChangeKind::Slot(off),
        },
        together(50_000, 7, Some(2)),
    ];
    let gains = gains(48_000.0, Blocks::Of(512), &changes);
    for (range, gain) in [
        (21_000..34_000, 0.625),
        (36_000..49_000, 0.0),
        (51_000..60_000, 0.25),
    ] {
        assert!(gains[range].iter().all(|heard| (heard - gain).abs() < 2e-3));
    }
}

#[test]
fn two_slots_together_have_the_gains_of_the_active_one() {
    // Slot 1 hears everything and has gains of its own, slot 0 hears everything and has none.
    let changes = [together(0, 0, Some(1)), together(40_000, 1, Some(0))];
    let gains = output_gains(Blocks::Of(512), &changes);
    assert!(gains[2_000..39_000].iter().all(|gain| (gain - 1.0).abs() < 2e-3));
    assert!(
        gains[41_000..60_000]
            .iter()
            .all(|gain| (gain - 0.25).abs() < 2e-3)
    );
}

#[test]
fn two_slots_together_hear_no_more_sounds_than_one_may() {
    let separator = TestSeparator::new(spec(), Rule::Gain);
    let most_alive = separator.most_alive.clone();
    let (mut engine, handle) = engine(48_000.0, 1, separator);
    for slot in [1, 2] {
        let wanted = (0..6).map(|n| condition(0.1 * (n + 6 * slot) as f32)).collect();
        let unwanted = vec![];
        handle.set_sounds(slot, Some(Query { wanted, unwanted }));
    }
    engine.begin_with(&[together(0, 1, Some(2))]);
    split(&mut engine, &[noise(20_000, 1)], Blocks::Of(512), &[]);
    assert_eq!(most_alive.load(Ordering::Relaxed), 8);
}

#[test]
fn a_render_holds_few_voices_at_once_however_long_the_lookahead_is_and_each_is_heard_at_its_sample() {
    // AudioSep's best: a voice lives for 3.5 s of lookahead if it is made when it is asked for.
    let spec = SeparatorSpec {
        block: 32,
        lookahead: 347,
        context: 347,
        ..hann_spec()
    };
    let separator = TestSeparator::new(spec, Rule::Gain);
    let most_alive = separator.most_alive.clone();
    let (mut engine, handle) = engine(48_000.0, 1, separator);
    for slot in 0..4 {
        handle.set_query(slot, Some(condition(0.2 * f32::from(slot + 1))));
    }
    let every = 12_000;
    let changes: Vec<Change> = (0..40)
        .map(|k| Change {
            offset: k * every,
            kind: ChangeKind::Slot(Some((k % 4) as u8).into()),
        })
        .collect();
    let latency = engine.latency();
    let input = [vec![0.5; 40 * every + latency]];
    let (_, target) = split(&mut engine, &input, Blocks::Of(4096), &changes);
    let most = most_alive.load(Ordering::Relaxed);
    assert!(most <= 4, "{most} voices at once");
    for k in 1..40 {
        let gain = 0.2 * (k % 4 + 1) as f32;
        let heard = &target[0][latency + k * every + 1_000..][..every - 2_000];
        assert!(
            heard.iter().all(|sample| (sample - 0.5 * gain).abs() < 1e-3),
            "change {k}: {} instead of {}",
            heard[0],
            0.5 * gain
        );
    }
}

#[test]
fn a_render_with_absurdly_many_changes_holds_few_voices_and_ends_with_the_last() {
    let spec = SeparatorSpec {
        block: 32,
        lookahead: 64,
        context: 64,
        ..hann_spec()
    };
    let separator = TestSeparator::new(spec, Rule::Gain);
    let most_alive = separator.most_alive.clone();
    let (mut engine, handle) = engine(48_000.0, 1, separator);
    handle.set_query(0, Some(condition(0.25)));
    handle.set_query(1, Some(condition(0.5)));
    let changes: Vec<Change> = (0..601)
        .map(|k| Change {
            offset: k * 250,
            kind: ChangeKind::Slot(Some((k % 2) as u8).into()),
        })
        .collect();
    let latency = engine.latency();
    let input = [vec![0.5; 200_000 + latency]];
    let (_, target) = split(&mut engine, &input, Blocks::Of(4096), &changes);
    let most = most_alive.load(Ordering::Relaxed);
    assert!(most <= 12, "{most} voices at once");
    let last = &target[0][latency + 170_000..][..20_000];
    assert!(
        last.iter().all(|sample| (sample - 0.125).abs() < 1e-3),
        "{}",
        last[0]
    );
}
