//! A whole signal at once: what an engine would make of it, whatever the threads and whatever else is asked for.

mod common;

use std::sync::Arc;

use common::*;
use earmark_engine::{ChannelMode, Engine, EngineConfig, EngineError, Offline, Query, Trim, WaitPolicy};
use earmark_kernels::{Isa, Threads};
use earmark_models::resunet::{Precision, Quality, ResUNetConfig, StageConfig, StreamSettings, Streaming};
use earmark_models::{
    Condition, EncoderKind, MaskStream, ModelError, Separator, SeparatorSpec, bundled, procedural,
};
use num_complex::Complex32;

type Channels = Vec<Vec<f32>>;

/// Mixture and targets of a signal whose length is told in advance where `known`.
fn whole(offline: &Offline, input: &Channels, threads: usize, known: bool) -> (Channels, Vec<Channels>) {
    let mut at = 0;
    let mut mixture = vec![Vec::new(); input.len()];
    let mut targets = Vec::new();
    offline
        .run(
            threads,
            known.then_some(input[0].len() as u64),
            |block| {
                let count = block[0].len().min(input[0].len() - at);
                for (to, from) in block.iter_mut().zip(input) {
                    to[..count].copy_from_slice(&from[at..at + count]);
                }
                at += count;
                Ok::<_, EngineError>(count)
            },
            |part, heard| {
                targets.resize_with(heard.len(), || vec![Vec::new(); input.len()]);
                let all = std::iter::once((&mut mixture, part))
                    .chain(targets.iter_mut().zip(heard.iter().map(Vec::as_slice)));
                for (all, part) in all {
                    for (all, part) in all.iter_mut().zip(part) {
                        all.extend_from_slice(part);
                    }
                }
                Ok(())
            },
        )
        .unwrap();
    (mixture, targets)
}

/// The target that an engine that waits for every block gives, with its latency taken out.
fn through_engine(
    config: &EngineConfig,
    separator: &Arc<dyn Separator>,
    query: &Query,
    input: &Channels,
) -> Channels {
    let (mut engine, handle) = Engine::new(config.clone(), separator.spec()).unwrap();
    engine.set_wait_policy(WaitPolicy::Offline);
    handle.set_sounds(0, Some(query.clone()));
    handle.set_separator(separator.clone()).unwrap();
    let latency = engine.latency();
    let (_, before) = split(&mut engine, input, Blocks::Of(4096), &[]);
    engine.end();
    let silence = vec![vec![0.0; latency]; input.len()];
    let (_, after) = split(&mut engine, &silence, Blocks::Of(4096), &[]);
    let of = |(before, after): (&Vec<f32>, &Vec<f32>)| [&before[..], after].concat()[latency..].to_vec();
    before.iter().zip(&after).map(of).collect()
}

/// Everything that an engine remembers for longer than a separator does: a level that changes, pauses that keep it, digital silence,
/// an offset that comes and stays, a sample that no sound has, and one that is no number.
fn eventful(channels: usize, rate: f64, seconds: usize) -> Channels {
    with_offset(0.02, channels, rate, seconds)
}

/// The same with an offset of this size.
fn with_offset(offset: f32, channels: usize, rate: f64, seconds: usize) -> Channels {
    let second = rate as usize;
    let channel = |channel: usize| {
        let mut signal = noise(seconds * second + 77, channel as u64 + 1);
        for (k, sample) in signal.iter_mut().enumerate() {
            let at = k / second;
            let level = match at % 20 {
                0..5 => 0.3,
                5..9 => 0.003,
                9..13 => 0.0,
                13..17 => 0.0005,
                _ => 0.05,
            };
            *sample *= level;
            if at >= seconds / 3 && level > 0.0 {
                *sample += offset;
            }
        }
        signal[3 * second + 5] = 1e5;
        signal[2 * second + 6] = f32::NAN;
        signal
    };
    (0..channels).map(channel).collect()
}

fn worst(a: &Channels, b: &Channels) -> f32 {
    assert_eq!(a[0].len(), b[0].len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// AudioSep's topology, small.
fn resunet(quality: Quality) -> Arc<dyn Separator> {
    resunet_on(1, quality)
}

/// The same, its layers shared by so many threads.
fn resunet_on(threads: usize, quality: Quality) -> Arc<dyn Separator> {
    let published = ResUNetConfig::audiosep();
    let stages = [(4, 2), (8, 2), (16, 2), (24, 2), (24, 2), (24, 1)];
    let config = ResUNetConfig {
        stem: 4,
        stages: stages
            .map(|(channels, time)| StageConfig {
                channels,
                time,
                frequency: 2,
            })
            .into(),
        middle: 24,
        ..published
    };
    let threads = Arc::new(Threads::new(threads));
    let net = procedural::streaming(config, Isa::best(), Precision::Fp32, threads).unwrap();
    let settings = StreamSettings::of(quality, net.config());
    Arc::new(Streaming::new("small", "", Arc::new(net), settings).unwrap())
}

fn clap(name: &str) -> Condition {
    let values: Vec<f32> = procedural::uniform(name, 512).collect();
    Condition {
        encoder: EncoderKind::Clap,
        values: values.iter().map(|value| value * 0.0767).collect(),
    }
}

fn bundled_query(text: &str) -> Query {
    bundled::encoder().unwrap().encode(text).unwrap().into()
}

#[test]
fn it_is_what_an_engine_makes_of_it_bit_by_bit() {
    for rate in [32_000.0, 44_100.0, 48_000.0, 8_000.0] {
        for spec in [spec(), hann_spec(), reflected_spec()] {
            for mode in [ChannelMode::Linked, ChannelMode::Each] {
                let config = EngineConfig {
                    channel_mode: mode,
                    ..EngineConfig::new(rate, 2, 4096)
                };
                let separator: Arc<dyn Separator> =
                    Arc::new(TestSeparator::new(spec.clone(), Rule::Stateful));
                let query = condition(0.8).into();
                let offline = Offline::new(config.clone(), &separator, std::slice::from_ref(&query)).unwrap();
                for frames in [1, 20_011] {
                    let input: Channels = (0..2).map(|seed| noise(frames, seed)).collect();
                    let (mixture, targets) = whole(&offline, &input, 1, true);
                    assert_eq!(bits(&mixture), bits(&input));
                    let expected = through_engine(&config, &separator, &query, &input);
                    assert!(
                        bits(&targets[0]) == bits(&expected),
                        "{frames} samples at {rate} Hz, {mode:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn all_of_a_whole_signal_is_awaited() {
    let separator = TestSeparator::new(spec(), Rule::Gain);
    let [steps, awaited] = [separator.steps.clone(), separator.awaited.clone()];
    let separator: Arc<dyn Separator> = Arc::new(separator);
    let query = condition(1.0).into();
    let offline = Offline::new(EngineConfig::new(48_000.0, 1, 4096), &separator, &[query]).unwrap();
    whole(&offline, &vec![noise(30_000, 1)], 1, true);
    let [steps, awaited] = [steps, awaited].map(|count| count.load(std::sync::atomic::Ordering::Relaxed));
    assert!(steps > 0);
    assert_eq!(awaited, steps);
}

#[test]
fn what_remembers_the_whole_past_is_that_of_the_engine_too() {
    let separator: Arc<dyn Separator> = Arc::new(TestSeparator::new(spec(), Rule::Stateful));
    let query = condition(1.0).into();
    let config = EngineConfig::new(44_100.0, 2, 4096);
    let input = eventful(2, 44_100.0, 45);
    let offline = Offline::new(config.clone(), &separator, std::slice::from_ref(&query)).unwrap();
    let (_, targets) = whole(&offline, &input, 1, true);
    let expected = through_engine(&config, &separator, &query, &input);
    assert!(bits(&targets[0]) == bits(&expected));
}

#[test]
fn longer_steps_are_the_engines_to_the_rounding_error() {
    // Longer steps begin with more silence before a signal whose edges are reflected, and an offset is measured over other samples.
    let mut input = with_offset(0.0, 1, 48_000.0, 30);
    // Errors are told from the loudest sample, which is to be a sound's.
    input[0]
        .iter_mut()
        .for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
    let config = EngineConfig::new(48_000.0, 1, 4096);
    let cases = [
        (bundled::separator().unwrap(), bundled_query("a dog barking")),
        (resunet(Quality::Best), clap("a").into()),
    ];
    for (separator, query) in cases {
        assert!(separator.for_signals().is_some());
        let offline = Offline::new(config.clone(), &separator, std::slice::from_ref(&query)).unwrap();
        let (_, targets) = whole(&offline, &input, 1, true);
        let expected = through_engine(&config, &separator, &query, &input);
        let worst = worst(&targets[0], &expected);
        println!("{}: {worst:.1e}", separator.spec().id);
        assert!(worst < 1e-5, "{}: {worst:.1e}", separator.spec().id);
    }
}

#[test]
fn parts_side_by_side_are_one_run() {
    let cases: [(Arc<dyn Separator>, Query); 4] = [
        (bundled::separator().unwrap(), bundled_query("a dog barking")),
        (resunet(Quality::Best), clap("a").into()),
        (resunet(Quality::Balanced), clap("a").into()),
        (resunet(Quality::Fast), clap("a").into()),
    ];
    for (rate, trim) in [(44_100.0, Trim::Automatic), (32_000.0, Trim::Fixed(6.0))] {
        let input = eventful(1, rate, 70);
        for (separator, query) in &cases {
            let config = EngineConfig::new(rate, 1, 4096);
            let mut offline = Offline::new(config, separator, std::slice::from_ref(query)).unwrap();
            offline.set_trim(trim);
            let (_, one) = whole(&offline, &input, 1, true);
            for (threads, known) in [(2, false), (3, true)] {
                let (mixture, parts) = whole(&offline, &input, threads, known);
                let is_the_input = |(mixture, input): (&f32, &f32)| {
                    mixture.to_bits() == if input.is_nan() { 0 } else { input.to_bits() }
                };
                assert!(mixture[0].iter().zip(&input[0]).all(is_the_input));
                let worst = worst(&parts[0], &one[0]);
                let name = format!("{} {}", separator.spec().id, separator.spec().lookahead);
                println!("{name}: {threads} threads at {rate} Hz: {worst:.1e}");
                assert!(worst < 1e-5, "{name}: {worst:.1e}");
            }
        }
    }
}

#[test]
fn each_of_several_queries_has_what_it_has_alone() {
    let rate = 44_100.0;
    let input = eventful(2, rate, 12);
    let sound = |text: &str| bundled_query(text).wanted.remove(0);
    let of = |wanted: &[&str], unwanted: &[&str]| Query {
        wanted: wanted.iter().map(|text| sound(text)).collect(),
        unwanted: unwanted.iter().map(|text| sound(text)).collect(),
    };
    let queries = [
        of(&["rain"], &[]),
        of(&["a dog barking", "rain"], &["speech"]),
        of(&[], &["speech", "rain"]),
        of(&["rain"], &[]),
    ];
    let separator = bundled::separator().unwrap();
    let config = EngineConfig::new(rate, 2, 4096);
    let together = Offline::new(config.clone(), &separator, &queries).unwrap();
    let (_, together) = whole(&together, &input, 1, true);
    for (query, target) in queries.iter().zip(&together) {
        let alone = Offline::new(config.clone(), &separator, std::slice::from_ref(query)).unwrap();
        let (_, alone) = whole(&alone, &input, 1, true);
        assert!(bits(&alone[0]) == bits(target));
    }
}

#[test]
fn several_queries_are_computed_as_one_batch() {
    let test = TestSeparator::new(spec(), Rule::Gain);
    let steps = test.steps.clone();
    let separator: Arc<dyn Separator> = Arc::new(test);
    let queries = [
        condition(1.0).into(),
        condition(0.5).into(),
        condition(1.0).into(),
    ];
    let config = EngineConfig::new(32_000.0, 1, 4096);
    let offline = Offline::new(config, &separator, &queries).unwrap();
    let (_, targets) = whole(&offline, &vec![noise(64_000, 1)], 1, true);
    assert_eq!(targets.len(), 3);
    // Two of the queries are one, and each step was asked for once.
    let blocks = offline.blocks(64_000);
    assert_eq!(steps.load(std::sync::atomic::Ordering::Relaxed), 2 * blocks);
}

#[test]
fn what_is_heard_is_given_out_before_more_is_read() {
    let separator: Arc<dyn Separator> = Arc::new(TestSeparator::new(spec(), Rule::Gain));
    let config = EngineConfig::new(32_000.0, 1, 4096);
    let offline = Offline::new(config, &separator, &[condition(1.0).into()]).unwrap();
    let [read, given, given_at_the_end] = [0, 0, 0].map(std::cell::Cell::new);
    let seconds = 6;
    let signal = noise(seconds * 32_000, 1);
    offline
        .run(
            2,
            None,
            |block| {
                // As a pipe that somebody speaks into.
                std::thread::sleep(std::time::Duration::from_millis(5));
                let count = block[0].len().min(signal.len() - read.get());
                block[0][..count].copy_from_slice(&signal[read.get()..read.get() + count]);
                read.set(read.get() + count);
                given_at_the_end.set(given.get());
                Ok::<_, EngineError>(count)
            },
            |mixture, _| {
                given.set(given.get() + mixture[0].len());
                Ok(())
            },
        )
        .unwrap();
    assert_eq!(given.get(), signal.len());
    assert!(given_at_the_end.get() > 0, "all of it was held back");
}

#[test]
fn parts_are_computed_at_the_same_time() {
    let test = TestSeparator::new(spec(), Rule::Gain);
    let most = test.most_alive.clone();
    // So slow that the first part is not done before the others begin.
    test.sleep.store(500_000, std::sync::atomic::Ordering::Relaxed);
    let separator: Arc<dyn Separator> = Arc::new(test);
    let config = EngineConfig::new(32_000.0, 1, 4096);
    let offline = Offline::new(config, &separator, &[condition(1.0).into()]).unwrap();
    for (threads, expected) in [(1, 1), (3, 3)] {
        whole(&offline, &vec![noise(60 * 32_000, 1)], threads, true);
        assert_eq!(most.load(std::sync::atomic::Ordering::Relaxed), expected);
    }
}

#[test]
fn a_stream_that_all_threads_share_is_not_cut() {
    let mut test = TestSeparator::new(spec(), Rule::Gain);
    test.threads = 2;
    test.sleep.store(500_000, std::sync::atomic::Ordering::Relaxed);
    let most = test.most_alive.clone();
    let separator: Arc<dyn Separator> = Arc::new(test);
    let config = EngineConfig::new(32_000.0, 1, 4096);
    let offline = Offline::new(config, &separator, &[condition(1.0).into()]).unwrap();
    for (threads, expected) in [(2, 1), (3, 3)] {
        whole(&offline, &vec![noise(60 * 32_000, 1)], threads, true);
        assert_eq!(most.load(std::sync::atomic::Ordering::Relaxed), expected);
    }
}

#[test]
fn threads_that_share_a_stream_change_no_bit() {
    let config = EngineConfig::new(32_000.0, 1, 4096);
    let input = eventful(1, 32_000.0, 12);
    let separator = resunet_on(2, Quality::Best);
    let offline = Offline::new(config, &separator, &[clap("a").into()]).unwrap();
    let (_, one) = whole(&offline, &input, 1, true);
    let (_, two) = whole(&offline, &input, 2, true);
    assert!(bits(&one[0]) == bits(&two[0]));
}

/// A separator that fails, or panics, after so many steps.
struct Failing {
    spec: SeparatorSpec,
    after: usize,
    panics: bool,
}

struct FailingStream {
    left: usize,
    panics: bool,
}

impl Separator for Failing {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream(&self, _: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        Ok(Box::new(FailingStream {
            left: self.after,
            panics: self.panics,
        }))
    }
}

impl MaskStream for FailingStream {
    fn push(&mut self, _: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.left = self.left.saturating_sub(1);
        assert!(self.left > 0 || !self.panics, "this panic is part of the test");
        if self.left == 0 {
            return Err(ModelError::EmptyQuery);
        }
        masks.fill(Complex32::default());
        Ok(())
    }

    fn reset(&mut self) {}
}

#[test]
fn a_model_that_fails_or_panics_ends_the_run_with_a_sentence() {
    for panics in [false, true] {
        for threads in [1, 3] {
            let separator: Arc<dyn Separator> = Arc::new(Failing {
                spec: spec(),
                after: 40,
                panics,
            });
            let config = EngineConfig::new(32_000.0, 1, 4096);
            let offline = Offline::new(config, &separator, &[condition(1.0).into()]).unwrap();
            let read = |block: &mut [Vec<f32>]| Ok::<_, EngineError>(block[0].len());
            let error = offline
                .run(threads, None, read, |_, _| Ok(()))
                .unwrap_err()
                .to_string();
            assert!(error.ends_with('.') && !error.contains('\n'), "{error}");
            assert_eq!(error.contains("panicked"), panics, "{error}");
        }
    }
}

#[test]
fn what_cannot_be_run_is_refused_at_once() {
    let separator: Arc<dyn Separator> = Arc::new(TestSeparator::new(spec(), Rule::Gain));
    let new = |rate, queries: &[Query]| Offline::new(EngineConfig::new(rate, 1, 4096), &separator, queries);
    assert!(matches!(
        new(10.0, &[condition(1.0).into()]),
        Err(EngineError::SampleRate { .. })
    ));
    assert!(matches!(new(48_000.0, &[]), Err(EngineError::Model(_))));
    assert!(matches!(
        new(48_000.0, &[clap("a").into()]),
        Err(EngineError::Model(_))
    ));
}
