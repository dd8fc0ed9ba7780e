//! What is done with masks after the network, and where it holds.

mod common;

use common::*;
use earmark_engine::{Automation, Change, ChangeKind, EngineHandle, Shaping};

fn shaping(offset: usize, shaping: Shaping) -> Change {
    Change {
        offset,
        kind: ChangeKind::Shaping(shaping),
    }
}

fn sensitivity(sensitivity: f32) -> Shaping {
    Shaping {
        sensitivity,
        ..Shaping::default()
    }
}

/// The target's gain over noise of a separator that answers `mask`, once it has settled, in dB; and the engine's handle.
fn settled(mask: f32, with: Shaping) -> (f64, EngineHandle) {
    let (mut engine, handle) = engine(48_000.0, 2, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(0, Some(condition(mask)));
    let input = [noise(70_000, 1), noise(70_000, 2)];
    let (mixture, target) = split(&mut engine, &input, Blocks::Of(512), &[shaping(0, with)]);
    let from = engine.latency() + 20_000;
    let gain = level_db(&target[0][from..]) - level_db(&mixture[0][from..]);
    (gain, handle)
}

#[test]
fn neutral_is_the_plain_mask_bit_by_bit() {
    let input = [noise(40_000, 1), noise(40_000, 2)];
    let target = |changes: &[Change]| {
        let (mut engine, _) = engine(44_100.0, 2, TestSeparator::new(spec(), Rule::Stateful));
        bits(&split(&mut engine, &input, Blocks::Of(512), changes).1)
    };
    let plain = target(&[]);
    assert!(target(&[shaping(0, Shaping::default()), shaping(9_000, Shaping::default())]) == plain);
    assert!(target(&[shaping(0, sensitivity(1.1))]) != plain);
}

#[test]
fn any_block_size_gives_the_same_bits() {
    let input = [noise(50_000, 1), noise(50_000, 2)];
    let smooth = Shaping {
        smoothing_ms: 80.0,
        ..sensitivity(1.5)
    };
    let gated = Shaping {
        gate: 0.35,
        floor_db: -30.0,
        ..smooth
    };
    let changes = [
        shaping(0, sensitivity(2.0)),
        shaping(7_001, smooth),
        Change {
            offset: 11_111,
            kind: ChangeKind::Slot(Some(1).into()),
        },
        shaping(12_345, gated),
        shaping(12_346, smooth),
        shaping(20_000, gated),
        shaping(33_333, Shaping::default()),
    ];
    for rate in [48_000.0, 44_100.0] {
        let target = |blocks| {
            let (mut engine, handle) = engine(rate, 2, TestSeparator::new(spec(), Rule::Stateful));
            handle.set_query(1, Some(condition(0.6)));
            bits(&split(&mut engine, &input, blocks, &changes).1)
        };
        let reference = target(Blocks::Of(512));
        for blocks in [Blocks::Of(1), Blocks::Of(17), Blocks::Of(4096), Blocks::Random(3)] {
            assert!(target(blocks) == reference, "at {rate} Hz");
        }
    }
}

#[test]
fn a_value_holds_from_its_sample_on() {
    for rate in [48_000.0, 44_100.0] {
        for at in [25_000, 30_123, 31_999] {
            let (mut engine, handle) = engine(rate, 1, TestSeparator::new(spec(), Rule::Gain));
            handle.set_query(0, Some(condition(0.5)));
            let latency = engine.latency();
            let input = [vec![0.5; 70_000]];
            let (_, target) = split(
                &mut engine,
                &input,
                Blocks::Of(512),
                &[shaping(at, sensitivity(2.0))],
            );
            let gains: Vec<f32> = target[0][latency..].iter().map(|sample| sample / 0.5).collect();
            let middle = gains.iter().rposition(|gain| *gain > 0.375).unwrap();
            // Frames are 20 ms apart, and one holds what was set before its centre.
            let late = (middle as f64 - at as f64) / rate;
            assert!((-0.011..0.021).contains(&late), "{late} s at {rate} Hz");
            assert!(
                gains[2_000..at - 2_000]
                    .iter()
                    .all(|gain| (gain - 0.5).abs() < 2e-3)
            );
            assert!(
                gains[at + 3_000..50_000]
                    .iter()
                    .all(|gain| (gain - 0.25).abs() < 2e-3)
            );
        }
    }
}

#[test]
fn a_value_set_by_hand_is_heard_as_soon_as_can_be() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(0, Some(condition(0.5)));
    let input = [vec![0.5; 40_000]];
    split(&mut engine, &input, Blocks::Of(512), &[]);
    engine.set_automation(Automation::AtOutput);
    let (_, target) = split(
        &mut engine,
        &input,
        Blocks::Of(512),
        &[shaping(0, sensitivity(2.0))],
    );
    let changed = target[0].iter().position(|sample| *sample < 0.19).unwrap();
    // Two blocks, the budget and a window; the lookahead and the rest of the latency are saved.
    assert!(
        changed < 11_760 + 960 * 3,
        "heard after {changed} of {} samples",
        engine.latency()
    );
}

#[test]
fn the_gate_closes_down_to_the_floor_while_little_is_present() {
    let gate = Shaping {
        gate: 0.5,
        ..Shaping::default()
    };
    let (gain, handle) = settled(0.3, gate);
    assert!(gain < -100.0, "{gain} dB");
    let presence = handle.meters().presence;
    assert!(
        (presence - 0.3).abs() < 0.02,
        "presence is of the plain mask: {presence}"
    );
    let (gain, handle) = settled(0.7, gate);
    assert!((gain + 3.1).abs() < 0.2, "{gain} dB");
    assert!((handle.meters().presence - 0.7).abs() < 0.02);
    let floor = Shaping {
        floor_db: -20.0,
        ..gate
    };
    let (gain, _) = settled(0.3, floor);
    assert!((gain + 20.0).abs() < 0.2, "{gain} dB");
}

#[test]
fn nothing_is_present_without_a_query() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    split(&mut engine, &[noise(40_000, 1)], Blocks::Of(512), &[]);
    assert!(handle.meters().presence > 0.95);
    handle.set_query(0, None);
    split(&mut engine, &[noise(40_000, 1)], Blocks::Of(512), &[]);
    assert_eq!(handle.meters().presence, 0.0);
}

#[test]
fn target_and_rest_are_the_input_whatever_the_shaping() {
    let with = Shaping {
        sensitivity: 0.5,
        floor_db: -12.0,
        smoothing_ms: 200.0,
        gate: 0.9,
    };
    let input = [noise(40_000, 1)];
    let both = |target_gain: f32, rest_gain: f32| {
        let (mut engine, _) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Stateful));
        let mix = earmark_engine::Mix {
            target_gain,
            rest_gain,
            ..Default::default()
        };
        let changes = [
            shaping(0, with),
            Change {
                offset: 0,
                kind: ChangeKind::Mix(mix),
            },
        ];
        let out = run(&mut engine, &input, Blocks::Of(512), &changes).remove(0);
        out[engine.latency() + 1_000..].to_vec()
    };
    let sum: Vec<f32> = both(1.0, 0.0)
        .iter()
        .zip(&both(0.0, 1.0))
        .map(|(t, r)| t + r)
        .collect();
    assert!(error_db(&sum, &both(1.0, 1.0)) < -120.0);
}

#[test]
fn columns_come_when_their_sound_is_heard_and_only_while_somebody_reads() {
    let (mut engine, handle) = engine(48_000.0, 2, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(0, Some(condition(0.1)));
    let latency = engine.latency();
    assert!(handle.columns().is_empty());
    // Silence, and from one second on noise.
    let mut input = [noise(96_000, 1), noise(96_000, 2)];
    input.iter_mut().for_each(|channel| channel[..48_000].fill(0.0));
    let mut columns = vec![];
    for start in (0..96_000).step_by(480) {
        let part: Vec<Vec<f32>> = input
            .iter()
            .map(|channel| channel[start..start + 480].to_vec())
            .collect();
        run(&mut engine, &part, Blocks::Of(480), &[]);
        columns.extend(handle.columns());
    }
    // One in 20 ms, up to the sample that is played.
    let played = (96_000 - latency) / 960;
    assert!(columns.len().abs_diff(played) <= 2, "{} columns", columns.len());
    let loud = columns.iter().position(|column| column.mixture[30] > 0).unwrap();
    assert!(loud.abs_diff(50) <= 1, "the first loud column is number {loud}");
    let last = columns.last().unwrap();
    let db = |byte: u8| f32::from(byte) / 255.0 * 90.0 - 90.0;
    assert!((db(last.mixture[60]) - db(last.target[60]) - 20.0).abs() < 0.8);
    assert!((f32::from(last.presence) / 255.0 - 0.1).abs() < 0.02);
    let loudness = handle.loudness();
    assert!(
        loudness.input.is_some_and(|lufs| (-10.0..5.0).contains(&lufs)),
        "{loudness:?}"
    );
    assert!(loudness.output.is_some());
    // Who comes back after a long time is not shown what was.
    run(
        &mut engine,
        &[noise(480_000, 1), noise(480_000, 2)],
        Blocks::Of(4096),
        &[],
    );
    assert!(handle.columns().is_empty());
    run(
        &mut engine,
        &[noise(96_000, 1), noise(96_000, 2)],
        Blocks::Of(4096),
        &[],
    );
    assert!(!handle.columns().is_empty());
}
