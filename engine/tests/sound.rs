//! What comes out: when, and how true to what went in.

mod common;

use std::sync::atomic::Ordering;

use common::*;
use earmark_engine::{
    Change, ChangeKind, ChannelMode, EngineConfig, Heard, Latency, MixSettings, Mode, Trim,
};
use earmark_models::SeparatorSpec;

const RATES: [f64; 6] = [44_100.0, 48_000.0, 88_200.0, 96_000.0, 22_050.0, 192_000.0];

#[test]
fn the_target_is_exactly_as_late_as_reported() {
    for rate in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 32_000.0] {
        for spec in [spec(), hann_spec(), reflected_spec()] {
            let separator = TestSeparator::new(without_top_band(spec.clone()), Rule::Gain);
            let (mut engine, _) = engine(rate, 1, separator);
            let latency = engine.latency();
            assert_eq!(latency, Latency::of(rate, &spec).total());
            let source = band(8000, rate, (200.0, 9_000.0), 5);
            let mut input = source.clone();
            input.resize(latency + 20_000, 0.0);
            let (_, target) = split(&mut engine, &[input], Blocks::Of(512), &[]);
            assert_eq!(
                measured_lag(&target[0], &source, latency + 500),
                latency,
                "at {rate} Hz"
            );
        }
    }
}

#[test]
fn unit_mask_without_gain_above_the_band_is_transparent_up_to_13_khz() {
    for rate in RATES {
        for spec in [spec(), hann_spec(), reflected_spec()] {
            let (mut engine, _) = engine(rate, 1, TestSeparator::new(without_top_band(spec), Rule::Gain));
            let latency = engine.latency();
            let len = rate as usize;
            let mut input = band(len, rate, (50.0, 13_000f64.min(rate * 0.45)), 3);
            // Edges hold every frequency; fades keep the signal within the band.
            for k in 0..len / 10 {
                let gain = 0.5 - 0.5 * (std::f32::consts::PI * k as f32 / (len / 10) as f32).cos();
                input[k] *= gain;
                input[len - 1 - k] *= gain;
            }
            let source = input.clone();
            input.resize(len + latency, 0.0);
            let (mixture, target) = split(&mut engine, &[input], Blocks::Of(1024), &[]);
            assert_eq!(mixture[0][latency..], source[..]);
            let error = error_db(&target[0][latency..], &source);
            println!("{rate} Hz: {error:.1} dB");
            assert!(error < -70.0, "{error} dB at {rate} Hz");
        }
    }
}

#[test]
fn unit_mask_and_gain_are_the_input_and_zero_mask_leaves_it_to_the_rest() {
    for rate in RATES {
        let input = [noise(rate as usize / 2, 1), noise(rate as usize / 2, 2)];
        for spec in [spec(), reflected_spec()] {
            let (mut unit, _) = engine(rate, 2, TestSeparator::new(spec, Rule::Gain));
            let (mixture, target) = split(&mut unit, &input, Blocks::Of(700), &[]);
            for (target, mixture) in target.iter().zip(&mixture) {
                let worst = target
                    .iter()
                    .zip(mixture)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 2e-6, "{worst} at {rate} Hz");
            }
        }
        let (mut zero, handle) = engine(rate, 2, TestSeparator::new(spec(), Rule::Gain));
        handle.set_query(0, Some(condition(0.0)));
        let (_, target) = split(&mut zero, &input, Blocks::Of(700), &[]);
        assert!(
            target.iter().flatten().all(|sample| *sample == 0.0),
            "at {rate} Hz"
        );
    }
}

#[test]
fn any_block_size_gives_the_same_bits() {
    let input = [noise(60_000, 1), noise(60_000, 2)];
    let remove = MixSettings {
        mode: Mode::Remove,
        attenuation_limit_db: 20.0,
        ..Default::default()
    }
    .gains();
    let isolate = MixSettings {
        wet: 0.8,
        ..Default::default()
    }
    .gains();
    let changes = [
        Change {
            offset: 0,
            kind: ChangeKind::Mix(isolate),
        },
        Change {
            offset: 9_001,
            kind: ChangeKind::Mix(remove),
        },
        Change {
            offset: 17_777,
            kind: ChangeKind::Slot(Some(1).into()),
        },
        Change {
            offset: 18_100,
            kind: ChangeKind::Slot(Some(2).into()),
        },
        Change {
            offset: 26_000,
            kind: ChangeKind::Bypass(true),
        },
        Change {
            offset: 27_013,
            kind: ChangeKind::Bypass(false),
        },
        Change {
            offset: 31_000,
            kind: ChangeKind::Slot(Heard::OFF),
        },
        Change {
            offset: 35_000,
            kind: ChangeKind::Slot(Some(0).into()),
        },
    ];
    for (rate, spec) in [
        (48_000.0, spec()),
        (44_100.0, spec()),
        (44_100.0, reflected_spec()),
    ] {
        let output = |blocks| {
            let separator = TestSeparator::new(spec.clone(), Rule::Stateful);
            let (mut engine, handle) = engine(rate, 2, separator);
            handle.set_query(1, Some(condition(0.4)));
            handle.set_query(2, Some(condition(0.7)));
            bits(&run(&mut engine, &input, blocks, &changes))
        };
        let reference = output(Blocks::Of(512));
        assert!(reference[0].iter().filter(|bits| **bits != 0).count() > 30_000);
        for size in [1, 17, 64, 1024, 4096, 16_384] {
            assert!(
                output(Blocks::Of(size)) == reference,
                "blocks of {size} at {rate} Hz"
            );
        }
        for seed in 1..4 {
            assert!(
                output(Blocks::Random(seed)) == reference,
                "random blocks {seed} at {rate} Hz"
            );
        }
    }
}

#[test]
fn a_source_in_the_side_is_separated_like_a_mono_one() {
    let rate = 48_000.0;
    let source = band(40_000, rate, (300.0, 4_000.0), 9);
    let residual: Vec<f32> = noise(40_000, 4).iter().map(|sample| sample * 0.01).collect();
    let separated = |sides: [f32; 2]| {
        let (mut engine, _) = engine(rate, 2, TestSeparator::new(spec(), Rule::Loud));
        let input: Vec<Vec<f32>> = sides
            .iter()
            .map(|side| source.iter().zip(&residual).map(|(s, r)| side * s + r).collect())
            .collect();
        let latency = engine.latency();
        let (_, target) = split(&mut engine, &input, Blocks::Of(512), &[]);
        let error: Vec<f64> = target
            .iter()
            .zip(sides)
            .map(|(target, side)| {
                let wanted: Vec<f32> = source.iter().map(|sample| side * sample).collect();
                error_db(&target[latency..], &wanted[..40_000 - latency])
            })
            .collect();
        (error[0] + error[1]) / 2.0
    };
    let (mono, side) = (separated([1.0, 1.0]), separated([1.0, -1.0]));
    assert!(mono < -15.0, "{mono} dB");
    assert!((mono - side).abs() < 0.5, "{mono} dB and {side} dB");
}

#[test]
fn off_empty_and_even_gains_pass_every_bit() {
    let rate = 44_100.0;
    let mut input = [noise(60_000, 1), noise(60_000, 2)];
    input[0][100] = -0.0;
    input[1][200] = 1e-41;
    let even = MixSettings {
        mode: Mode::Custom,
        ..Default::default()
    }
    .gains();
    let isolate = MixSettings::default().gains();
    let cases = [
        ("both gains at 0 dB", vec![ChangeKind::Mix(even)]),
        (
            "slot off",
            vec![ChangeKind::Slot(Heard::OFF), ChangeKind::Mix(isolate)],
        ),
        (
            "empty slot",
            vec![ChangeKind::Slot(Some(5).into()), ChangeKind::Mix(isolate)],
        ),
        ("bypass", vec![ChangeKind::Bypass(true), ChangeKind::Mix(isolate)]),
        (
            "wet at 0",
            vec![ChangeKind::Mix(
                MixSettings {
                    wet: 0.0,
                    ..Default::default()
                }
                .gains(),
            )],
        ),
    ];
    for (name, kinds) in cases {
        let (mut engine, _) = engine(rate, 2, TestSeparator::new(spec(), Rule::Stateful));
        let changes: Vec<Change> = kinds.into_iter().map(|kind| Change { offset: 0, kind }).collect();
        let latency = engine.latency();
        let out = run(&mut engine, &input, Blocks::Of(333), &changes);
        for (out, input) in bits(&out).iter().zip(bits(&input)) {
            // The changes themselves take their 10 ms.
            assert!(out[latency + 500..] == input[500..60_000 - latency], "{name}");
        }
    }
}

#[test]
fn both_ends_of_a_signal_are_whole_where_a_separator_hears_their_reflection() {
    // Shorter than half a window too, where little is there to be reflected.
    for (rate, len) in [
        (32_000.0, 33_333),
        (44_100.0, 33_333),
        (48_000.0, 100),
        (32_000.0, 1),
    ] {
        let (mut engine, _) = engine(rate, 1, TestSeparator::new(reflected_spec(), Rule::Gain));
        let latency = engine.latency();
        let clip = noise(len, 7);
        let (_, before) = split(&mut engine, std::slice::from_ref(&clip), Blocks::Of(480), &[]);
        engine.end();
        let (_, after) = split(&mut engine, &[vec![0.0; latency + 20_000]], Blocks::Of(480), &[]);
        let target = [&before[0][..], &after[0]].concat();
        let error = error_db(&target[latency..latency + len], &clip);
        assert!(error < -100.0, "{len} samples at {rate} Hz: {error}");
        assert!(target[..latency].iter().all(|sample| *sample == 0.0));
        assert!(
            level_db(&target[latency + len..]) < -90.0,
            "{len} samples at {rate} Hz"
        );
    }
}

#[test]
fn a_clip_that_ends_abruptly_is_heard_to_its_last_sample() {
    let (mut engine, _) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let (latency, tail) = (engine.latency(), engine.tail());
    let clip = noise(33_333, 7);
    let mut input = clip.clone();
    input.resize(clip.len() + tail + 10_000, 0.0);
    let (_, target) = split(&mut engine, &[input], Blocks::Of(480), &[]);
    assert!(error_db(&target[0][latency..latency + clip.len()], &clip) < -100.0);
    assert!(
        level_db(&target[0][clip.len() + tail..]) < -100.0,
        "silence after the tail"
    );
}

#[test]
fn a_stream_that_begins_anew_takes_the_room_of_the_old_one() {
    let separator = TestSeparator::new(spec(), Rule::Gain);
    let most_alive = separator.most_alive.clone();
    let (mut engine, _) = engine(48_000.0, 1, separator);
    let input = [noise(20_000, 3)];
    for _ in 0..3 {
        run(&mut engine, &input, Blocks::Of(1000), &[]);
        engine.reset();
    }
    assert_eq!(most_alive.load(Ordering::Relaxed), 1);
}

#[test]
fn after_reset_exactly_the_latency_is_silent_and_nothing_old_is_heard() {
    for (rate, spec) in [
        (44_100.0, spec()),
        (48_000.0, spec()),
        (44_100.0, reflected_spec()),
    ] {
        let (mut engine, _) = engine(rate, 1, TestSeparator::new(spec, Rule::Stateful));
        let changes = [Change {
            offset: 0,
            kind: ChangeKind::Mix(MixSettings::default().gains()),
        }];
        let latency = engine.latency();
        let input = [noise(50_000, 3)];
        // Gains move for 10 ms when they change; here they have changed before.
        run(&mut engine, &[vec![0.0; 10]], Blocks::Of(10), &changes);
        engine.reset();
        let fresh = run(&mut engine, &input, Blocks::Of(1000), &changes);
        for dirty in [1, 777, 12_345, 48_000] {
            run(&mut engine, &[noise(dirty, 8)], Blocks::Of(100), &[]);
            engine.reset();
            let again = run(&mut engine, &input, Blocks::Of(1000), &changes);
            assert!(again[0][..latency].iter().all(|sample| *sample == 0.0));
            let first = again[0].iter().position(|sample| *sample != 0.0);
            assert!(
                first.is_some_and(|first| first < latency + 100),
                "{first:?} after {latency}"
            );
            assert!(bits(&again) == bits(&fresh), "after {dirty} samples at {rate} Hz");
        }
    }
}

#[test]
fn numbers_that_are_none_do_not_stay() {
    let (mut engine, _) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Stateful));
    let mut input = noise(100_000, 3);
    input[20_000] = f32::NAN;
    input[20_001] = f32::INFINITY;
    input[20_002] = f32::MAX;
    let latency = engine.latency();
    let (_, target) = split(&mut engine, &[input], Blocks::Of(480), &[]);
    assert!(target[0].iter().all(|sample| sample.is_finite()));
    assert!(level_db(&target[0][latency + 60_000..]) > 0.0);
}

#[test]
fn what_is_no_number_is_not_mixed_and_passes_where_everything_passes() {
    let broken = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
    let mut input = noise(60_000, 3);
    input[20_000..20_004].copy_from_slice(&broken);
    let settings = |mode, wet| MixSettings {
        mode,
        wet,
        ..Default::default()
    };
    let mixes = [
        settings(Mode::Isolate, 1.0),
        settings(Mode::Isolate, 0.5),
        settings(Mode::Remove, 1.0),
        settings(Mode::Custom, 0.5),
    ];
    for mix in mixes {
        let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
        handle.set_query(0, Some(condition(0.5)));
        let change = Change {
            offset: 0,
            kind: ChangeKind::Mix(mix.gains()),
        };
        let out = run(&mut engine, &[input.clone()], Blocks::Of(480), &[change]);
        assert!(out[0].iter().all(|sample| sample.is_finite()), "{mix:?}");
        let meters = handle.meters();
        assert!(
            meters.input[0] <= 1e4 && meters.output[0].is_finite(),
            "{meters:?}"
        );
    }
    for kind in [ChangeKind::Bypass(true), ChangeKind::Slot(Heard::OFF)] {
        let (mut engine, _) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
        let latency = engine.latency();
        let out = run(
            &mut engine,
            &[input.clone()],
            Blocks::Of(480),
            &[Change { offset: 0, kind }],
        );
        let passed = &bits(&out)[0][latency + 500..];
        assert!(passed == &bits(&[input.clone()])[0][500..60_000 - latency]);
    }
}

#[test]
fn one_absurd_sample_does_not_move_the_level() {
    let rate = 44_100.0;
    // Quiet, so that the level is turned up, to where Rule::Loud hears about half of the bins.
    let quiet: Vec<f32> = noise(300_000, 3).iter().map(|sample| sample * 0.01).collect();
    let target = |absurd: &[f32]| {
        let spec = SeparatorSpec {
            levels: (-20.0, -3.0),
            ..spec()
        };
        let (mut engine, _) = engine(rate, 1, TestSeparator::new(spec, Rule::Loud));
        let mut input = quiet.clone();
        input[100_000..100_000 + absurd.len()].copy_from_slice(absurd);
        let latency = engine.latency();
        let (_, mut target) = split(&mut engine, &[input], Blocks::Of(512), &[]);
        target[0].split_off(latency)
    };
    let clean = target(&[]);
    for absurd in [
        vec![100.0],
        vec![1e4],
        vec![1e30, f32::NAN, -1e30],
        vec![1e4; 22_050],
    ] {
        let disturbed = target(&absurd);
        let after = 100_000 + absurd.len() + 88_200;
        let error = error_db(&disturbed[after..], &clean[after..]);
        assert!(error < -20.0, "{} times {}: {error} dB", absurd.len(), absurd[0]);
    }
}

#[test]
fn each_channel_has_its_own_mask_if_wanted() {
    let (mut engine, _) = engine_with(each_channel(48_000.0, 2), TestSeparator::new(spec(), Rule::Loud));
    let input = [band(60_000, 48_000.0, (300.0, 4_000.0), 2), vec![1e-5; 60_000]];
    let latency = engine.latency();
    let (_, target) = split(&mut engine, &input, Blocks::Of(480), &[]);
    assert!(level_db(&target[0][latency..]) > 0.0);
    assert!(
        target[1].iter().all(|sample| *sample == 0.0),
        "the quiet channel's own mask is 0"
    );
}

#[test]
fn mid_hears_only_what_the_channels_share() {
    let source = band(60_000, 48_000.0, (300.0, 4_000.0), 2);
    let level = |side: f32| {
        let config = EngineConfig {
            channel_mode: ChannelMode::Mid,
            ..EngineConfig::new(48_000.0, 2, 4096)
        };
        let (mut engine, _) = engine_with(config, TestSeparator::new(spec(), Rule::Loud));
        let input = [
            source.clone(),
            source.iter().map(|sample| side * sample).collect(),
        ];
        let (_, target) = split(&mut engine, &input, Blocks::Of(480), &[]);
        level_db(&target[1])
    };
    assert!(level(1.0) > 0.0);
    assert!(level(-1.0) < -100.0);
}

#[test]
fn every_rate_of_a_host_works() {
    for rate in [
        1_000.0, 8_000.0, 11_025.0, 12_345.6, 16_000.0, 44_099.9, 47_952.0, 384_000.0, 768_000.0,
    ] {
        let spec = spec();
        let (mut engine, _) = engine(
            rate,
            1,
            TestSeparator::new(without_top_band(spec.clone()), Rule::Gain),
        );
        let latency = engine.latency();
        assert_eq!(latency, Latency::of(rate, &spec).total());
        let low = band(
            latency.max(4000),
            rate,
            (rate / 200.0, (rate / 12.0).min(9_000.0)),
            6,
        );
        let mut input = low.clone();
        input.resize(low.len() + latency, 0.0);
        let (_, target) = split(&mut engine, &[input], Blocks::Of(997), &[]);
        let margin = low.len() / 8;
        let error = error_db(
            &target[0][latency + margin..][..low.len() - 2 * margin],
            &low[margin..],
        );
        println!(
            "{rate} Hz: latency {:.0} ms, error {error:.1} dB",
            latency as f64 / rate * 1e3
        );
        assert!(error < -50.0, "{error} dB at {rate} Hz");
    }
}

#[test]
fn latency_suits_live_use() {
    for rate in RATES.into_iter().chain([32_000.0, 16_000.0]) {
        let latency = Latency::of(rate, &spec());
        let seconds = latency.total() as f64 / rate;
        println!("{rate} Hz: {seconds:.3} s, {latency:?}");
        assert!(seconds <= 0.5, "{latency:?} at {rate} Hz");
    }
}

#[test]
fn a_quiet_track_is_heard_as_well_as_a_loud_one_and_stays_quiet() {
    let source = band(96_000, 48_000.0, (300.0, 6000.0), 3);
    for (db, trim, heard) in [
        (0.0, Trim::Fixed(0.0), true),
        (0.0, Trim::Automatic, true),
        (-50.0, Trim::Fixed(0.0), false),
        (-50.0, Trim::Automatic, true),
        (-50.0, Trim::Fixed(40.0), true),
    ] {
        // Rule::Loud hears nothing in bins below a fixed level, as a network of linear magnitudes might.
        let spec = SeparatorSpec {
            levels: (-15.0, -3.0),
            ..spec()
        };
        let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec, Rule::Loud));
        handle.set_trim(trim);
        let input: Vec<f32> = source
            .iter()
            .map(|sample| sample * 10f32.powf(db / 20.0))
            .collect();
        let (mixture, target) = split(&mut engine, &[input], Blocks::Random(5), &[]);
        let part = 70_000..;
        let share = level_db(&target[0][part.clone()]) - level_db(&mixture[0][part]);
        assert!(share.abs() < 1.5 || !heard, "{db} dB, {trim:?}: {share}");
        assert!(share < -10.0 || heard, "{db} dB, {trim:?}: {share}");
    }
}
