//! CLIPSep's network against Sony's published code, step by step on a narrow one, and what its streams make of a signal.

mod common;

use std::sync::Arc;

use common::{Fixture, emulated, relative_error};
use cpu_time::ProcessTime;
use earmark_kernels::Threads;
use earmark_models::clipsep::{ClipSep, ClipSepConfig, ClipSepNet};
use earmark_models::tensors::Tensors;
use earmark_models::{Condition, EncoderKind, MaskStream, ModelError, Separator, procedural};
use num_complex::Complex32;

const BINS: usize = 513;
const SIDE: usize = 256;
const HALF: usize = 128;

/// The weights that the fixture was computed with.
struct Weights;

impl Tensors for Weights {
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (offset, scale) = match shape {
            _ if name.ends_with("running_mean") => (0.0, 0.1),
            _ if name.ends_with("running_var") => (1.0, 0.4),
            _ if name.ends_with("bias") => (0.0, 0.1),
            _ if name.ends_with("scale") => (0.0, 1.0),
            [_] => (1.0, 0.3),
            [_, rest @ ..] => (0.0, (3.0 / rest.iter().product::<usize>() as f32).sqrt()),
            [] => (0.0, 1.0),
        };
        let values = procedural::uniform(&format!("clipsep.{name}"), shape.iter().product());
        Ok(values.map(|value| offset + scale * value).collect())
    }

    fn signed_bytes(&self, name: &str, _: &[usize]) -> Result<Vec<i8>, ModelError> {
        Err(ModelError::Weights {
            reason: format!("{name} is of no network here"),
        })
    }
}

fn narrow() -> ClipSepConfig {
    ClipSepConfig {
        channels: vec![4, 8, 16, 32, 32, 32, 32],
        ..ClipSepConfig::nit()
    }
}

fn net(config: ClipSepConfig, threads: usize) -> Arc<ClipSepNet> {
    Arc::new(ClipSepNet::read(config, &Weights, Arc::new(Threads::new(threads))).unwrap())
}

fn magnitudes(name: &str, frames: usize) -> Vec<f32> {
    procedural::uniform(name, frames * BINS)
        .map(|value| 0.1 + 10.0 * value * value)
        .collect()
}

fn query(name: &str) -> Condition {
    Condition {
        encoder: EncoderKind::ClipSep,
        values: procedural::uniform(name, 512).collect(),
    }
}

/// What the fixture keeps of `[frames, rows, padded channels]`: every 32nd frame, or one frame's channels that are none of the padding.
fn kept(name: &str, values: &[f32], dims: &[usize]) -> Vec<f32> {
    let &[first, second] = dims else {
        panic!("{dims:?}")
    };
    if ["warped", "logits", "mask"].contains(&name) {
        let frames = values.chunks_exact(second).skip(3).step_by(32);
        return frames.flatten().copied().collect();
    }
    let (side, channels) = (first, values.len() / (first * first));
    let frame = &values[side / 2 * side * channels..][..side * channels];
    frame
        .chunks_exact(channels)
        .flat_map(|row| row[..second].to_vec())
        .collect()
}

#[test]
fn it_computes_what_the_published_code_computes_step_by_step() {
    let (io, net) = (Fixture::read("clipsep_small_io"), net(narrow(), 2));
    let mut compared = 0;
    let mut compare = |name: &str, values: &[f32]| {
        let reference = &io.tensors[name];
        let error = relative_error(&kept(name, values, reference.dims()), &io.floats(name));
        println!("{name}: {error:.2e}");
        // The published code reads its grids at places of 32 bits, which lie a little beside the frames.
        assert!(error < 1e-4, "{name}: {error:.2e}");
        compared += 1;
    };
    let masks = net.masks_seen(
        &magnitudes("magnitudes", SIDE),
        &query("query").values,
        &mut compare,
    );
    compare("mask", &masks.unwrap());
    assert_eq!(compared, io.tensors.len());
}

#[test]
fn what_has_another_shape_is_refused() {
    let net = net(narrow(), 1);
    let whole = magnitudes("magnitudes", SIDE);
    for (magnitudes, condition) in [(&whole[1..], &[0.0; 512][..]), (&whole[..], &[0.0; 511])] {
        let refused = net.masks_seen(magnitudes, condition, &mut |_, _| ());
        assert!(matches!(refused, Err(ModelError::Shape { .. })));
    }
    let separator = ClipSep::new("small", "", net);
    let foreign = Condition {
        encoder: EncoderKind::Clip,
        ..query("query")
    };
    let refused = separator.stream(&[foreign]);
    assert!(matches!(refused, Err(ModelError::Condition { .. })));
}

/// All masks that a stream gives of whole blocks, those of its lookahead left out; `[queries][frames · bins]`.
fn run(separator: &ClipSep, queries: &[Condition], signal: &[f32]) -> Vec<Vec<Complex32>> {
    let mut stream = separator.stream(queries).unwrap();
    pushed(&mut *stream, queries.len(), signal)
}

fn pushed(stream: &mut dyn MaskStream, queries: usize, signal: &[f32]) -> Vec<Vec<Complex32>> {
    let block = HALF * BINS;
    let mut masks = vec![Complex32::new(7.0, 7.0); queries * block];
    let mut all = vec![Vec::new(); queries];
    for magnitudes in signal.chunks_exact(block) {
        stream.push(magnitudes, &mut masks).unwrap();
        for (all, masks) in all.iter_mut().zip(masks.chunks_exact(block)) {
            all.extend_from_slice(masks);
        }
    }
    for masks in &mut all {
        let unborn: Vec<_> = masks.drain(..block).collect();
        assert!(unborn.iter().all(|mask| *mask == Complex32::default()));
    }
    all
}

#[test]
fn windows_that_overlap_go_over_into_each_other() {
    let net = net(narrow(), 2);
    let separator = ClipSep::new("small", "", net.clone());
    let spec = separator.spec();
    assert_eq!((spec.block, spec.lookahead, spec.sample_rate), (128, 128, 16_000));
    let signal = magnitudes("a longer signal", 4 * HALF);
    let queries = [query("query"), query("another query")];
    let masks = run(&separator, &queries, &signal);
    for (query, masks) in queries.iter().zip(&masks) {
        let window = |start: usize| {
            let window = &signal[start * BINS..][..SIDE * BINS];
            net.masks_seen(window, &query.values, &mut |_, _| ()).unwrap()
        };
        let windows = [window(0), window(HALF), window(2 * HALF)];
        assert_eq!(masks.len(), 3 * HALF * BINS);
        let mut greatest = 0.0_f32;
        for (index, mask) in masks.iter().enumerate() {
            let (frame, bin) = (index / BINS, index % BINS);
            let of = |window: usize| windows[window][(frame - window * HALF) * BINS + bin];
            let expected = match frame / HALF {
                0 => of(0),
                half => {
                    let at = ((frame % HALF) as f32 + 0.5) / HALF as f32 * std::f32::consts::FRAC_PI_2;
                    of(half - 1) * at.cos().powi(2) + of(half) * at.sin().powi(2)
                }
            };
            assert!((0.0..=1.0).contains(&mask.re) && mask.im == 0.0);
            greatest = greatest.max((mask.re - expected).abs());
        }
        assert!(greatest < 1e-5, "{greatest:.1e}");
    }

    // A query's masks do not depend on what else is asked, nor on the number of threads, nor on what was heard before a reset.
    assert!(run(&separator, &queries[1..], &signal)[0] == masks[1]);
    let alone = ClipSep::new("small", "", self::net(narrow(), 1));
    assert!(run(&alone, &queries, &signal) == masks);
    let mut stream = separator.stream(&queries).unwrap();
    let before = magnitudes("before", 3 * HALF);
    let mut out = vec![Complex32::default(); 2 * HALF * BINS];
    for block in before.chunks_exact(HALF * BINS) {
        stream.push(block, &mut out).unwrap();
    }
    stream.reset();
    assert!(pushed(&mut *stream, 2, &signal) == masks);
}

/// A stream that begins in the middle gives, after its context, what one gives that heard all.
#[test]
fn a_stream_may_begin_at_any_block() {
    let separator = ClipSep::new("small", "", net(narrow(), 2));
    let signal = magnitudes("a longer signal", 5 * HALF);
    let queries = [query("query")];
    let whole = run(&separator, &queries, &signal);
    let context = separator.spec().context;
    for start in [HALF, 2 * HALF] {
        let later = run(&separator, &queries, &signal[start * BINS..]);
        let (given, expected) = (&later[0][context * BINS..], &whole[0][(start + context) * BINS..]);
        assert!(given == expected, "{start}");
    }
}

#[test]
fn silence_is_not_computed_and_makes_no_difference() {
    let separator = ClipSep::new("small", "", net(narrow(), 2));
    let signal = |hush: f32| {
        let mut signal = magnitudes("before", 2 * HALF);
        signal.resize(signal.len() + 9 * HALF * BINS, hush);
        signal.extend(magnitudes("after", 3 * HALF));
        signal
    };
    let queries = [query("query")];
    let processor = ProcessTime::now();
    let skipped = run(&separator, &queries, &signal(0.0));
    let quick = processor.elapsed();
    let processor = ProcessTime::now();
    let computed = run(&separator, &queries, &signal(1e-30));
    let slow = processor.elapsed();
    let last = computed[0].len() - 2 * HALF * BINS;
    assert!(skipped[0][last..] == computed[0][last..]);
    assert!(quick < slow || emulated(), "{quick:?}, {slow:?}");
}

/// Of one window of the published size, which a stream computes every two seconds of sound.
#[test]
fn in_full_size_it_is_quicker_than_sound() {
    if emulated() {
        return;
    }
    let net = net(ClipSepConfig::nit(), 1);
    let (window, query) = (magnitudes("magnitudes", SIDE), query("query"));
    let mut least = f64::INFINITY;
    for _ in 0..2 {
        let processor = ProcessTime::now();
        let masks = net.masks_seen(&window, &query.values, &mut |_, _| ()).unwrap();
        least = least.min(processor.elapsed().as_secs_f64());
        assert!(masks.iter().all(|mask| (0.0..=1.0).contains(mask)));
    }
    let block = (HALF * 256) as f64 / 16_000.0;
    println!("{least:.2} s of one processor for {block:.2} s of sound");
    assert!(least < block, "{least:.2} s of the processor");
}
