//! The meters: what comes in is told now, and once more as the mixture when its moment goes out.

mod common;

use common::{Blocks, Rule, TestSeparator, engine, noise, run, spec};

#[test]
fn the_mixture_is_told_one_latency_after_it_came_in() {
    let (mut engine, handle) = engine(48_000.0, 1, TestSeparator::new(spec(), Rule::Gain));
    let latency = engine.latency();
    let mut play = |samples: Vec<f32>| {
        run(&mut engine, &[samples], Blocks::Of(480), &[]);
        let meters = handle.meters();
        (meters.input[0], meters.mixture[0])
    };
    let (input, mixture) = play(noise(latency / 2, 3));
    assert!(input > 0.1 && mixture == 0.0, "{input} {mixture}");
    assert_eq!(play(vec![0.0; latency]), (0.0, input));
    let mut absurd = vec![0.0; latency];
    absurd[..3].copy_from_slice(&[f32::NAN, f32::INFINITY, f32::MAX]);
    play(absurd);
    let (_, mixture) = play(vec![0.0; latency]);
    assert!(mixture <= 1e4, "{mixture}");
}
