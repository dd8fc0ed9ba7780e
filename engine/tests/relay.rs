//! One engine takes over from another: nothing is missing, nothing is heard twice, and not a sample moves.

mod common;

use common::*;
use earmark_engine::{
    Change, ChangeKind, Engine, EngineConfig, EngineError, EngineHandle, Latency, MixSettings, Relay,
    RelayHandle, WaitPolicy,
};

const RATE: f64 = 48_000.0;

/// A separator that passes everything, of the larger latency, in force.
fn begin() -> (Relay, RelayHandle, EngineConfig) {
    let config = EngineConfig::new(RATE, 1, 512);
    let (engine, _) = engine_with(config.clone(), TestSeparator::new(hann_spec(), Rule::Gain));
    let (mut relay, handle) = Relay::new(engine, &config);
    relay.set_wait_policy(WaitPolicy::Offline);
    (relay, handle, config)
}

/// One of a shorter latency, which lets a quarter through.
fn successor(config: &EngineConfig, least_latency: usize) -> (Engine, EngineHandle) {
    let config = EngineConfig {
        least_latency,
        ..config.clone()
    };
    let (engine, handle) = engine_with(config, TestSeparator::new(spec(), Rule::Gain));
    handle.set_query(0, Some(condition(0.25)));
    (engine, handle)
}

fn isolate() -> [Change; 1] {
    [Change {
        offset: 0,
        kind: ChangeKind::Mix(MixSettings::default().gains()),
    }]
}

fn run(relay: &mut Relay, input: &[f32], blocks: Blocks) -> Vec<f32> {
    let mut out = input.to_vec();
    let (mut start, mut changes) = (0, &isolate()[..]);
    for n in blocks.lengths() {
        let end = (start + n).min(input.len());
        relay.process(&mut [&mut out[start..end]], changes);
        (start, changes) = (end, &[]);
        if start == input.len() {
            break;
        }
    }
    out
}

#[test]
fn a_separator_that_needs_less_is_as_late_as_was_reported() {
    let own = Latency::of(RATE, &spec()).total();
    let config = EngineConfig {
        least_latency: 30_000,
        ..EngineConfig::new(RATE, 1, 512)
    };
    let (mut engine, _) = engine_with(config, TestSeparator::new(spec(), Rule::Gain));
    assert!(own < 30_000 && engine.latency() == 30_000);
    let input = noise(60_000, 7);
    let (mixture, target) = split(&mut engine, std::slice::from_ref(&input), Blocks::Of(512), &[]);
    assert_eq!(mixture[0][30_000..], input[..30_000]);
    assert!(error_db(&target[0][30_000..], &input[..30_000]) < -100.0);
}

#[test]
fn the_output_goes_over_without_a_gap_at_the_same_sample_in_any_block_size() {
    let input = band(240_000, RATE, (300.0, 3000.0), 5);
    let steepest = |signal: &[f32]| {
        signal
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0f32, f32::max)
    };
    let mut first = None;
    for blocks in [
        Blocks::Of(512),
        Blocks::Of(64),
        Blocks::Of(7000),
        Blocks::Random(3),
    ] {
        let (mut relay, handle, config) = begin();
        let latency = relay.latency();
        let (engine, _queries) = successor(&config, latency);
        handle.offer(engine).unwrap();
        let out = run(&mut relay, &input, blocks);
        assert_eq!(handle.taken_over(), 1);
        let delayed = &input[..input.len() - latency];
        let heard = &out[latency..];
        // Nothing has changed before the successor has heard a latency and what it listens to.
        assert!(error_db(&heard[..10_000], &delayed[..10_000]) < -90.0);
        let quarter: Vec<f32> = delayed.iter().map(|sample| sample * 0.25).collect();
        let end = heard.len() - 20_000;
        assert!(error_db(&heard[end..], &quarter[end..]) < -70.0);
        assert!(steepest(heard) <= 1.02 * steepest(delayed));
        let bits: Vec<u32> = out.iter().map(|sample| sample.to_bits()).collect();
        assert!(*first.get_or_insert_with(|| bits.clone()) == bits);
    }
}

#[test]
fn one_of_another_latency_is_refused_and_so_is_a_second_one() {
    let (mut relay, handle, config) = begin();
    let (engine, _queries) = successor(&config, 0);
    assert!(matches!(handle.offer(engine), Err(EngineError::Latency { .. })));
    let latency = relay.latency();
    assert_eq!(handle.offer(successor(&config, latency).0).unwrap(), 1);
    assert!(matches!(
        handle.offer(successor(&config, latency).0),
        Err(EngineError::Busy)
    ));
    relay.process(&mut [&mut [0.0; 64]], &[]);
    // The first one listens now, and its place is free.
    handle.offer(successor(&config, latency).0).unwrap();
}

#[test]
fn a_reset_lets_the_successor_begin_at_once() {
    let (mut relay, handle, config) = begin();
    let latency = relay.latency();
    let input = noise(latency + 20_000, 9);
    relay.process(&mut [&mut [0.0; 64]], &isolate());
    let (engine, _queries) = successor(&config, latency);
    handle.offer(engine).unwrap();
    relay.process(&mut [&mut [0.0; 64]], &[]);
    assert_eq!(handle.taken_over(), 0);
    relay.reset();
    assert_eq!(handle.taken_over(), 1);
    let out = run(&mut relay, &input, Blocks::Of(512));
    assert!(out[..latency].iter().all(|sample| *sample == 0.0));
    let quarter: Vec<f32> = input[..20_000].iter().map(|sample| sample * 0.25).collect();
    assert!(error_db(&out[latency..], &quarter) < -60.0);
}

#[test]
fn target_and_mixture_apart_go_over_in_the_same_way() {
    let input = band(240_000, RATE, (300.0, 3000.0), 5);
    let mut first = None;
    for block in [512, 64, 7000] {
        let (mut relay, handle, config) = begin();
        let latency = relay.latency();
        let (engine, _queries) = successor(&config, latency);
        handle.offer(engine).unwrap();
        let (mut mixture, mut target) = (input.clone(), input.clone());
        for start in (0..input.len()).step_by(block) {
            let range = start..(start + block).min(input.len());
            relay.process_split(
                &[&input[range.clone()]],
                &mut [&mut mixture[range.clone()]],
                &mut [&mut target[range]],
                &[],
            );
        }
        assert_eq!(handle.taken_over(), 1);
        let delayed = &input[..input.len() - latency];
        assert_eq!(&mixture[latency..], delayed);
        let end = delayed.len() - 20_000;
        let quarter: Vec<f32> = delayed.iter().map(|sample| sample * 0.25).collect();
        assert!(error_db(&target[latency + 2_000..][..8_000], &delayed[2_000..][..8_000]) < -60.0);
        assert!(error_db(&target[latency + end..], &quarter[end..]) < -60.0);
        assert!(
            *first.get_or_insert_with(|| target.clone()) == target,
            "in blocks of {block}"
        );
    }
}
