//! The ResUNet on our own kernels: against the published code, against itself on whole signals, live against offline.

mod common;

use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use common::resunet::{condition, config, micro, tiny};
use common::{Fixture, emulated, relative_error};
use earmark_kernels::{Isa, Threads};
use earmark_models::resunet::{
    Halo, Precision, Quality, ResUNet, ResUNetConfig, StreamSettings, Streaming, StreamingNet, WindowConfig,
    Windowed,
};
use earmark_models::{Condition, ModelError, Separator, mask, procedural};
use num_complex::Complex32;

/// Frames to each side that a mask depends on at most.
const RECEPTIVE_FIELD: usize = 347;

fn load(config: ResUNetConfig, state: &Fixture, isa: Isa, threads: usize) -> Arc<StreamingNet> {
    let weights = VarBuilder::from_slice_safetensors(&state.bytes, DType::F32, &Device::Cpu).unwrap();
    Arc::new(
        StreamingNet::load(
            config,
            &weights,
            isa,
            Precision::Fp32,
            Arc::new(Threads::new(threads)),
        )
        .unwrap(),
    )
}

fn micro_net() -> (Arc<StreamingNet>, Condition) {
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    (load(micro(), &state, Isa::best(), 1), condition(&io))
}

fn magnitudes(net: &StreamingNet, frames: usize) -> Vec<f32> {
    procedural::uniform("magnitudes", frames * net.config().stft.bins())
        .map(|value| 4.0 * value.abs())
        .collect()
}

#[test]
fn small_networks_agree_with_the_published_code_on_every_instruction_set() {
    for (config, name) in [(micro(), "micro"), (tiny(), "tiny")] {
        let (state, io) = (
            Fixture::read(&format!("{name}_state")),
            Fixture::read(&format!("{name}_io")),
        );
        for isa in Isa::available() {
            let net = load(config.clone(), &state, isa, 2);
            let out = net.separate(&io.floats("wave_in"), &condition(&io)).unwrap();
            let error = relative_error(&out, &io.floats("wave_out"));
            println!("{name} on {isa}: {error:.2e}");
            assert!(error < 1e-5, "{name} on {isa}: {error:.2e}");
        }
    }
}

#[test]
fn full_size_on_procedural_weights_agrees_on_every_instruction_set() {
    let io = Fixture::read("full_io");
    // Emulated, it takes minutes on each; the small networks are computed on all of them.
    for isa in Isa::available().filter(|isa| !isa.has_tiles() && (!emulated() || *isa == Isa::best())) {
        let net = procedural::streaming(ResUNetConfig::audiosep(), isa, Precision::Fp32, Threads::shared())
            .unwrap();
        let out = Arc::new(net)
            .separate(&io.floats("wave_in"), &condition(&io))
            .unwrap();
        let error = relative_error(&out, &io.floats("wave_out"));
        println!("full size on {isa}: {error:.2e}");
        assert!(error < 1e-5, "wave_out on {isa}: {error:.2e}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (state, io) = (Fixture::read("tiny_state"), Fixture::read("tiny_io"));
    let run = |threads| {
        let net = load(tiny(), &state, Isa::best(), threads);
        net.separate(&io.floats("wave_in"), &condition(&io)).unwrap()
    };
    let alone = run(1);
    assert_eq!(alone, run(2));
    assert_eq!(alone, run(5));
}

/// Masks of the frames that a stream answers, in order from frame 0.
fn streamed(
    net: &Arc<StreamingNet>,
    settings: StreamSettings,
    magnitudes: &[f32],
    condition: &Condition,
) -> Vec<Complex32> {
    let separator = Streaming::new("micro", "", net.clone(), settings).unwrap();
    let bins = net.config().stft.bins();
    let len = settings.hop * bins;
    let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
    let mut masks = vec![Complex32::default(); len];
    // A reset must leave nothing behind.
    for block in magnitudes.rchunks_exact(len).take(3) {
        stream.push(block, &mut masks).unwrap();
    }
    stream.reset();
    let mut out = Vec::new();
    for block in magnitudes.chunks_exact(len) {
        stream.push(block, &mut masks).unwrap();
        out.extend_from_slice(&masks);
    }
    let unborn = out.drain(..settings.lookahead.min(out.len() / bins) * bins);
    assert!(unborn.into_iter().all(|mask| mask == Complex32::default()));
    out
}

/// Masks of a whole signal.
fn whole(net: &Arc<StreamingNet>, magnitudes: &[f32], condition: &Condition) -> Vec<Complex32> {
    let bins = net.config().stft.bins();
    let logits = net.logits(magnitudes, condition).unwrap();
    let mut masks = vec![Complex32::default(); magnitudes.len()];
    mask::from_logit_planes(&logits, magnitudes.len() / bins, 0, &mut masks, bins);
    masks
}

fn parts(masks: &[Complex32]) -> Vec<f32> {
    masks.iter().flat_map(|mask| [mask.re, mask.im]).collect()
}

#[test]
fn signals_of_any_length_agree_with_the_graph() {
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    let graph = ResUNet::from_safetensors(micro(), &state.bytes).unwrap();
    let (net, condition) = (load(micro(), &state, Isa::best(), 1), condition(&io));
    let bins = net.config().stft.bins();
    for frames in (1..70).chain([95, 96, 97, 128, 383, 384, 385, 500, 903]) {
        let magnitudes = magnitudes(&net, frames);
        let given = net.logits(&magnitudes, &condition).unwrap();
        // The graph answers whole cells of the pooling.
        let expected = graph.logits(&magnitudes, &condition).unwrap();
        let expected = expected.narrow(1, 0, frames).unwrap().flatten_all().unwrap();
        let error = relative_error(&given, &expected.to_vec1().unwrap());
        assert!(error < 1e-5, "{frames} frames of {bins} bins: {error:.2e}");
    }
}

#[test]
fn with_a_recomputed_halo_every_block_is_that_of_the_signal_so_far() {
    let (net, condition) = micro_net();
    let bins = net.config().stft.bins();
    for (hop, lookahead) in [
        (32, 0),
        (32, 24),
        (32, 129),
        (8, 3),
        (16, 40),
        (48, 70),
        (5, 1),
        (96, 200),
    ] {
        let settings = StreamSettings {
            hop,
            lookahead,
            context: RECEPTIVE_FIELD,
            halo: Halo::Recomputed,
        };
        // Every signal so far is computed as a whole: twice the frames take four times as long.
        let frames: usize = if emulated() { 400 } else { 840 };
        let magnitudes = magnitudes(&net, frames.next_multiple_of(hop));
        let given = streamed(&net, settings, &magnitudes, &condition);
        let mut answered = 0;
        for read in (hop..=magnitudes.len() / bins).step_by(hop) {
            let block = answered..read.saturating_sub(lookahead);
            if block.is_empty() {
                continue;
            }
            let expected = whole(&net, &magnitudes[..read * bins], &condition);
            let values = block.start * bins..block.end * bins;
            let error = relative_error(&parts(&given[values.clone()]), &parts(&expected[values]));
            assert!(
                error < 1e-5,
                "hop {hop}, lookahead {lookahead}, {block:?}: {error:.2e}"
            );
            answered = block.end;
        }
        assert_eq!(answered * bins, given.len());
    }
}

#[test]
fn where_the_lookahead_covers_the_receptive_field_a_stream_equals_the_whole() {
    let (net, condition) = micro_net();
    let bins = net.config().stft.bins();
    let magnitudes = magnitudes(&net, 1152);
    let expected = whole(&net, &magnitudes, &condition);
    let error = |hop, lookahead, halo| {
        let settings = StreamSettings {
            hop,
            lookahead,
            context: RECEPTIVE_FIELD,
            halo,
        };
        let given = streamed(&net, settings, &magnitudes, &condition);
        relative_error(&parts(&given), &parts(&expected[..given.len()]))
    };
    for halo in [Halo::Once, Halo::Ahead, Halo::Recomputed] {
        for hop in [8, 32, 96] {
            let error = error(hop, RECEPTIVE_FIELD + 2, halo);
            assert!(error < 1e-5, "hop {hop}, {halo:?}: {error:.2e}");
        }
        let short = error(32, 24, halo);
        assert!(
            short > 1e-4,
            "{halo:?}: a short lookahead must be seen, {short:.2e}"
        );
        assert!(short < 1.0, "{halo:?}: {short:.2e}");
    }
    assert!(error(32, 24, Halo::Recomputed) < error(32, 24, Halo::Ahead));
    assert!(error(32, 24, Halo::Ahead) < error(32, 24, Halo::Once));
    assert_eq!(bins, 65);
}

#[test]
fn every_setting_finds_the_columns_it_needs() {
    let (net, condition) = micro_net();
    let all = magnitudes(&net, 800);
    let bins = net.config().stft.bins();
    let (hops, lookaheads): (&[usize], &[usize]) = if emulated() {
        (&[7, 32], &[0, 33])
    } else {
        (
            &[1, 7, 8, 16, 24, 32, 64],
            &[0, 1, 8, 16, 31, 32, 33, 80, 120, 352],
        )
    };
    for &hop in hops {
        for &lookahead in lookaheads {
            // Until blocks have stood at every place in the cells of the pooling, and two cells to begin with.
            let period = (1..).map(|n| n * hop).find(|period| period % 32 == 0).unwrap();
            let magnitudes = &all[..(lookahead + 64 + period).next_multiple_of(hop) * bins];
            for halo in [Halo::Once, Halo::Ahead, Halo::Recomputed] {
                let settings = StreamSettings {
                    hop,
                    lookahead,
                    context: 0,
                    halo,
                };
                // A column that is not there panics.
                let masks = streamed(&net, settings, magnitudes, &condition);
                assert!(
                    masks
                        .iter()
                        .all(|mask| mask.re.is_finite() && mask.im.is_finite())
                );
            }
        }
    }
}

/// Masks of every frame of a signal whose end the stream is told.
fn ended(separator: &dyn Separator, magnitudes: &[f32], condition: &Condition) -> Vec<Complex32> {
    let (spec, bins) = (separator.spec(), separator.spec().stft.bins());
    let frames = magnitudes.len() / bins;
    let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
    let mut masks = vec![Complex32::default(); spec.block * bins];
    let mut out = Vec::new();
    for read in (0..frames + spec.lookahead + spec.block).step_by(spec.block) {
        // What follows is no silence, so that a stream which reads it is found out.
        let mut block = vec![3.0; spec.block * bins];
        let there = frames.saturating_sub(read).min(spec.block);
        block[..there * bins].copy_from_slice(&magnitudes[read.min(frames) * bins..][..there * bins]);
        if (read..read + spec.block).contains(&frames) {
            stream.end_after(there);
        }
        stream.push(&block, &mut masks).unwrap();
        out.extend_from_slice(&masks);
    }
    out.drain(..spec.lookahead * bins);
    assert!(
        out[frames * bins..]
            .iter()
            .all(|mask| *mask == Complex32::default())
    );
    out.truncate(frames * bins);
    out
}

#[test]
fn a_signal_that_ends_is_answered_as_a_whole_one() {
    let (net, condition) = micro_net();
    let bins = net.config().stft.bins();
    let state = Fixture::read("micro_state");
    let graph = Arc::new(ResUNet::from_safetensors(micro(), &state.bytes).unwrap());
    let window = WindowConfig {
        block: 32,
        lookahead: RECEPTIVE_FIELD,
        context: RECEPTIVE_FIELD,
    };
    let windowed = Windowed::new("micro", "", graph, window).unwrap();
    for frames in [1, 31, 32, 33, 320, 352, 371, 703, 730] {
        let magnitudes = magnitudes(&net, frames);
        let expected = parts(&whole(&net, &magnitudes, &condition));
        for (hop, lookahead, halo) in [
            (32, 352, Halo::Once),
            (8, 352, Halo::Ahead),
            (48, 349, Halo::Recomputed),
        ] {
            let settings = StreamSettings {
                hop,
                lookahead,
                context: 0,
                halo,
            };
            let separator = Streaming::new("micro", "", net.clone(), settings).unwrap();
            let error = relative_error(&parts(&ended(&separator, &magnitudes, &condition)), &expected);
            assert!(error < 1e-5, "{frames} frames, hop {hop}, {halo:?}: {error:.2e}");
        }
        if frames % 5 == 1 {
            let error = relative_error(&parts(&ended(&windowed, &magnitudes, &condition)), &expected);
            assert!(error < 1e-5, "{frames} frames in windows: {error:.2e}");
        }
    }
    assert_eq!(bins, 65);
}

#[test]
fn silence_before_an_end_may_be_skipped() {
    let (net, condition) = micro_net();
    let bins = net.config().stft.bins();
    let separator = Streaming::new(
        "micro",
        "",
        net.clone(),
        StreamSettings::of(Quality::Best, net.config()),
    )
    .unwrap();
    let mut magnitudes = magnitudes(&net, 64);
    magnitudes.resize(1500 * bins, 0.0);
    let given = ended(&separator, &magnitudes, &condition);
    let expected = whole(&net, &magnitudes, &condition);
    let heard = ..64 * bins;
    assert!(relative_error(&parts(&given[heard]), &parts(&expected[heard])) < 1e-5);
}

#[test]
fn a_signal_may_end_anywhere_in_every_setting() {
    let (net, condition) = micro_net();
    for (hop, lookahead, halo) in [
        (32, 20, Halo::Ahead),
        (32, 80, Halo::Ahead),
        (7, 33, Halo::Once),
        (16, 48, Halo::Recomputed),
    ] {
        let settings = StreamSettings {
            hop,
            lookahead,
            context: 0,
            halo,
        };
        let separator = Streaming::new("micro", "", net.clone(), settings).unwrap();
        for frames in (1..70).step_by(3).chain([127, 200, 321]) {
            // A column that is not there panics.
            let masks = ended(&separator, &magnitudes(&net, frames), &condition);
            assert!(masks.iter().all(|mask| mask.re.is_finite()));
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let (net, condition) = micro_net();
    let settings = StreamSettings {
        hop: 0,
        lookahead: 0,
        context: 0,
        halo: Halo::Once,
    };
    assert!(matches!(
        Streaming::new("", "", net.clone(), settings),
        Err(ModelError::Block { .. })
    ));
    assert!(matches!(
        net.logits(&[0.0; 64], &condition),
        Err(ModelError::Shape { .. })
    ));
    let short = Condition {
        values: condition.values[1..].into(),
        ..condition
    };
    assert!(matches!(
        net.logits(&[0.0; 65], &short),
        Err(ModelError::Condition { .. })
    ));
}

#[test]
fn what_is_skipped_at_the_beginning_changes_nothing_after_it() {
    let (net, condition) = micro_net();
    let bins = net.config().stft.bins();
    let magnitudes = magnitudes(&net, 640);
    for (hop, lookahead, skipped) in [
        (32, 80, 45),
        (32, 24, 200),
        (16, 48, 7),
        (32, 352, 64),
        (32, 0, 33),
    ] {
        for halo in [Halo::Once, Halo::Ahead, Halo::Recomputed] {
            let settings = StreamSettings {
                hop,
                lookahead,
                context: 0,
                halo,
            };
            let separator = Streaming::new("micro", "", net.clone(), settings).unwrap();
            let mut stream = separator.stream(std::slice::from_ref(&condition)).unwrap();
            stream.skip_first(skipped);
            let mut masks = vec![Complex32::default(); hop * bins];
            let mut given = Vec::new();
            for block in magnitudes.chunks_exact(hop * bins) {
                stream.push(block, &mut masks).unwrap();
                given.extend_from_slice(&masks);
            }
            let given = given.split_off(lookahead * bins);
            assert!(
                given[..skipped * bins]
                    .iter()
                    .all(|mask| *mask == Complex32::default())
            );
            let expected = streamed(&net, settings, &magnitudes, &condition);
            let error = relative_error(
                &parts(&given[skipped * bins..]),
                &parts(&expected[skipped * bins..]),
            );
            // Elsewhere a column may have been computed later, and knows more.
            let exact = halo == Halo::Recomputed || lookahead > RECEPTIVE_FIELD;
            let allowed = if exact { 1e-5 } else { 0.3 };
            assert!(
                error < allowed,
                "hop {hop}, lookahead {lookahead}, {halo:?}: {error:.2e}"
            );
        }
    }
}

#[test]
fn the_16_khz_variant_agrees_with_its_graph_in_full_size_and_live() {
    let published = ResUNetConfig::dcase2024();
    let fixture = Fixture::read("full_io");
    let full = Arc::new(
        procedural::streaming(published.clone(), Isa::best(), Precision::Fp32, Threads::shared()).unwrap(),
    );
    let condition = condition(&fixture);
    let short = magnitudes(&full, 64);
    let graph = procedural::resunet(published.clone()).unwrap();
    let expected = graph.logits(&short, &condition).unwrap();
    let expected = expected.flatten_all().unwrap().to_vec1().unwrap();
    let error = relative_error(&full.logits(&short, &condition).unwrap(), &expected);
    assert!(error < 1e-5, "full size: {error:.2e}");

    let few_channels = ResUNetConfig {
        stages: config([4, 8, 16, 32, 48], 1024, 160).stages,
        stem: 4,
        middle: 48,
        ..published
    };
    let net = procedural::streaming(
        few_channels.clone(),
        Isa::best(),
        Precision::Fp32,
        Threads::shared(),
    )
    .unwrap();
    let net = Arc::new(net);
    let graph = procedural::resunet(few_channels).unwrap();
    let settings = StreamSettings::of(Quality::Best, net.config());
    let spec = Streaming::spec_of("", "", net.config(), settings);
    assert_eq!((spec.sample_rate, spec.stft.bins()), (16_000, 513));
    assert_eq!(spec.top_band, (5_000.0, 7_500.0));
    let long = magnitudes(&net, 480);
    let given = streamed(&net, settings, &long, &condition);
    let expected = graph.masks(&long, &condition).unwrap();
    let error = relative_error(&parts(&given), &parts(&expected[..given.len()]));
    assert_eq!(given.len() / spec.stft.bins(), 480 - settings.lookahead);
    assert!(error < 1e-5, "live: {error:.2e}");
}
