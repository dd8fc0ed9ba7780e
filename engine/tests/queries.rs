//! Which query is heard when.

mod common;

use common::*;
use earmark_engine::{Change, ChangeKind, Engine, EngineConfig, MixSettings, Phase, Waiting};
use std::sync::Arc;

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
        kind: ChangeKind::Slot(slot),
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
            // 20 ms from the one to the other, and nothing else.
            let half = (0.010 * rate) as usize + 200;
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
        gains[off + 480..on].iter().all(|gain| *gain == 0.0),
        "off is off 10 ms later"
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
    engine.set_waiting(Waiting::Offline);
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
