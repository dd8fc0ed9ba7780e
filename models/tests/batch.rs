//! A batch of queries against each of them alone: the same bits, whatever else is asked for with them.

mod common;

use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use common::resunet::{config, micro, tiny};
use common::{Fixture, emulated, relative_error};
use earmark_kernels::{Isa, Threads};
use earmark_models::band_mask::BandMask;
use earmark_models::resunet::{
    Accelerated, Batcher, Halo, Precision, Quality, ResUNet, ResUNetConfig, StreamSettings, Streaming,
    StreamingNet, WindowConfig, Windowed,
};
use earmark_models::{Condition, ModelError, Separator, SeparatorSpec, bundled, procedural};
use num_complex::Complex32;

/// What a stream is told.
#[derive(Debug, Clone, Copy)]
struct Course {
    /// Frames of the signal.
    frames: usize,
    /// Frames at its beginning that nobody hears.
    skipped: usize,
    /// Whether it is told where the signal ends.
    ended: bool,
    /// Frames of silence in the middle.
    silent: usize,
}

/// Candle chooses how it multiplies by the size of a batch. On Arm the ways lie 1.8e-6 apart.
const ROUNDING: f64 = if cfg!(target_arch = "x86_64") { 1e-6 } else { 1e-5 };

const COURSES: [Course; 4] = [
    Course {
        frames: 640,
        skipped: 0,
        ended: false,
        silent: 0,
    },
    Course {
        frames: 500,
        skipped: 0,
        ended: true,
        silent: 0,
    },
    Course {
        frames: 450,
        skipped: 75,
        ended: true,
        silent: 0,
    },
    Course {
        frames: 1900,
        skipped: 0,
        ended: false,
        silent: 1400,
    },
];

/// The same where each frame takes long, in fewer streams: one that skips its beginning and is ended, and one that is neither and has
/// silence in it.
const EMULATED: [Course; 2] = [COURSES[2], COURSES[3]];

fn courses() -> &'static [Course] {
    if emulated() { &EMULATED } else { &COURSES }
}

/// Which queries are asked for together. In another order too: a place in the batch means nothing.
fn orders() -> &'static [&'static [usize]] {
    if emulated() {
        &[&[2, 0, 1, 1]]
    } else {
        &[&[0, 1], &[2, 0, 1], &[1, 1]]
    }
}

/// So many conditions of unit norm.
fn conditions(spec: &SeparatorSpec, count: usize) -> Vec<Condition> {
    let size = spec.condition_size;
    let values: Vec<f32> = procedural::uniform("batch", count * size).collect();
    let unit = |values: &[f32]| {
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        Condition {
            encoder: spec.encoder,
            values: values.iter().map(|value| value / norm).collect(),
        }
    };
    values.chunks_exact(size).map(unit).collect()
}

fn magnitudes(spec: &SeparatorSpec, course: Course) -> Vec<f32> {
    let bins = spec.stft.bins();
    let mut magnitudes: Vec<f32> = procedural::uniform("magnitudes", course.frames * bins)
        .map(|value| 4.0 * value.abs())
        .collect();
    let begin = (course.frames - course.silent) / 2 * bins;
    magnitudes[begin..begin + course.silent * bins].fill(0.0);
    magnitudes
}

/// Each query's masks of all frames, as they come, of a stream that has been used before.
fn masks(separator: &dyn Separator, conditions: &[Condition], course: Course) -> Vec<Vec<Complex32>> {
    let spec = separator.spec();
    let (bins, size) = (spec.stft.bins(), spec.block * spec.stft.bins());
    let magnitudes = magnitudes(spec, course);
    let mut stream = separator.stream(conditions).unwrap();
    let mut masks = vec![Complex32::default(); conditions.len() * size];
    for block in magnitudes.rchunks_exact(size).take(5) {
        stream.push(block, &mut masks).unwrap();
    }
    stream.reset();
    stream.skip_first(course.skipped);
    let mut out = vec![Vec::new(); conditions.len()];
    for read in (0..course.frames + spec.lookahead + spec.block).step_by(spec.block) {
        let mut block = vec![3.0; size];
        let there = course.frames.saturating_sub(read).min(spec.block);
        block[..there * bins].copy_from_slice(&magnitudes[read.min(course.frames) * bins..][..there * bins]);
        if course.ended && (read..read + spec.block).contains(&course.frames) {
            stream.end_after(there);
        }
        stream.push(&block, &mut masks).unwrap();
        for (out, masks) in out.iter_mut().zip(masks.chunks_exact(size)) {
            out.extend_from_slice(masks);
        }
    }
    out
}

fn bits(masks: &[Complex32]) -> Vec<(u32, u32)> {
    masks
        .iter()
        .map(|mask| (mask.re.to_bits(), mask.im.to_bits()))
        .collect()
}

fn assert_each_as_alone(separator: &dyn Separator, courses: &[Course], what: &str) {
    let conditions = conditions(separator.spec(), 3);
    for &course in courses {
        let alone: Vec<_> = conditions
            .iter()
            .map(|condition| masks(separator, std::slice::from_ref(condition), course).remove(0))
            .collect();
        assert_ne!(alone[0], alone[1], "{what}: the query must be heard");
        for &order in orders() {
            let batch: Vec<Condition> = order.iter().map(|&query| conditions[query].clone()).collect();
            let together = masks(separator, &batch, course);
            for (masks, &query) in together.iter().zip(order) {
                assert!(
                    bits(masks) == bits(&alone[query]),
                    "{what}, {course:?}: query {query} of {order:?}"
                );
            }
        }
    }
}

#[test]
fn the_bundled_network_answers_each_query_as_if_it_were_alone() {
    assert_each_as_alone(&*bundled::separator().unwrap(), courses(), "bundled");
    // Larger blocks, and blocks of layers that look ahead after the queries have parted.
    for name in ["band_mask", "band_listener"] {
        let state = Fixture::read(&format!("{name}_state"));
        for block in [2, 6, 20] {
            let separator = BandMask::from_safetensors("tiny", "", block, &state.bytes).unwrap();
            assert_each_as_alone(&separator, courses(), &format!("{name} in blocks of {block}"));
        }
    }
}

#[test]
fn the_resunet_answers_each_query_as_if_it_were_alone() {
    let io = Fixture::read("micro_state");
    let weights = VarBuilder::from_slice_safetensors(&io.bytes, DType::F32, &Device::Cpu).unwrap();
    for isa in Isa::available() {
        let threads = Arc::new(Threads::new(2));
        let net = StreamingNet::load(micro(), &weights, isa, Precision::Fp32, threads).unwrap();
        let net = Arc::new(net);
        let settings = [
            (32, 20, Halo::Ahead),
            (32, 352, Halo::Once),
            (16, 3, Halo::Recomputed),
        ];
        // Settings, and what streams are told, are the same to every instruction set.
        let (count, courses) = if isa == Isa::best() {
            (settings.len(), courses())
        } else {
            (1, &COURSES[1..2])
        };
        for (hop, lookahead, halo) in settings.into_iter().take(count) {
            let settings = StreamSettings {
                hop,
                lookahead,
                context: 0,
                halo,
            };
            let separator = Streaming::new("micro", "", net.clone(), settings).unwrap();
            assert_each_as_alone(&separator, courses, &format!("{isa}, steps of {hop}, {halo:?}"));
            // Each further sound takes as much memory as the one before, and less than the first.
            let [one, two, three] = [1, 2, 3].map(|count| separator.stream_bytes(count));
            assert_eq!(three - two, two - one);
            assert!(one < two && two < 2 * one);
        }
    }
}

#[test]
fn so_does_the_full_size_and_what_multiplies_in_bfloat16() {
    let course = Course {
        frames: 150,
        ..COURSES[0]
    };
    let load = |config, precision, threads| {
        procedural::streaming(config, Isa::best(), precision, Arc::new(Threads::new(threads))).unwrap()
    };
    let full = load(ResUNetConfig::audiosep(), Precision::Fp32, 2);
    for net in [full, load(tiny(), Precision::Bf16, 3)] {
        let settings = StreamSettings::of(Quality::Balanced, net.config());
        let is_full = *net.config() == ResUNetConfig::audiosep();
        let mut separator = Streaming::new("procedural", "", Arc::new(net), settings).unwrap();
        let [one, two, three] = [1, 2, 3].map(|count| separator.stream_bytes(count));
        assert!(one < 100 << 20 && three - two == two - one && two < 2 * one);
        if is_full && emulated() {
            // A quarter of its channels, a sixteenth of its work.
            let narrow = load(config([8, 16, 32, 64, 96], 2048, 320), Precision::Fp32, 2);
            separator = Streaming::new("procedural", "", Arc::new(narrow), settings).unwrap();
        }
        let conditions = conditions(separator.spec(), 3);
        let together = masks(&separator, &conditions, course);
        for (query, together) in together.iter().enumerate() {
            let alone = masks(&separator, &conditions[query..=query], course);
            assert!(bits(together) == bits(&alone[0]), "query {query}");
        }
    }
}

#[test]
fn an_accelerators_code_answers_each_query_as_if_it_were_alone() {
    let state = Fixture::read("micro_state");
    let net = Arc::new(StreamingNet::from_safetensors(micro(), &state.bytes).unwrap());
    let graph = Arc::new(ResUNet::from_safetensors(micro(), &state.bytes).unwrap());
    let settings = StreamSettings::of(Quality::Balanced, net.config());
    let cpu = Arc::new(Streaming::new("micro", "", net, settings).unwrap());
    let batcher = Batcher::new("the test's device", graph.clone()).unwrap();
    let patience = std::time::Duration::from_secs(60);
    let device = Accelerated::new(cpu, Arc::new(batcher), patience).unwrap();
    let window = WindowConfig {
        block: 32,
        lookahead: 80,
        context: 96,
    };
    let windowed = Windowed::new("micro", "", graph, window).unwrap();
    let separators: [&dyn Separator; 2] = [&device, &windowed];
    let parts =
        |masks: &[Complex32]| -> Vec<f32> { masks.iter().flat_map(|mask| [mask.re, mask.im]).collect() };
    // Longer than lookahead and context together.
    let ended = Course {
        frames: 290,
        ..COURSES[1]
    };
    let endless = Course {
        frames: 288,
        ..COURSES[0]
    };
    for (separator, course) in separators.into_iter().zip([ended, endless]) {
        let conditions = conditions(separator.spec(), 2);
        let together = masks(separator, &conditions, course);
        for (query, together) in together.iter().enumerate() {
            let alone = masks(separator, &conditions[query..=query], course);
            let error = relative_error(&parts(together), &parts(&alone[0]));
            assert!(error < ROUNDING, "{error:.1e}, {:?}", device.fault());
        }
        assert!(relative_error(&parts(&together[0]), &parts(&together[1])) > 1e-3);
    }
    assert_eq!(device.fault(), None);
}

#[test]
fn what_is_no_batch_is_refused() {
    let separator = bundled::separator().unwrap();
    let spec = separator.spec();
    let Err(error) = separator.stream(&[]) else {
        panic!("a stream for nothing")
    };
    assert!(error.to_string().contains("needs one at least"), "{error}");
    let mut batch = conditions(spec, 2);
    let mut stream = separator.stream(&batch).unwrap();
    let size = spec.block * spec.stft.bins();
    let mut masks = vec![Complex32::default(); size];
    assert!(matches!(
        stream.push(&vec![0.0; size], &mut masks),
        Err(ModelError::Shape { given, expected, .. }) if (given, expected) == (size, 2 * size)
    ));
    batch[1].values = batch[1].values[1..].into();
    assert!(matches!(
        separator.stream(&batch),
        Err(ModelError::Condition { .. })
    ));
}
