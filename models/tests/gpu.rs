//! The ResUNet on graphics cards, here on Mesa's software Vulkan: against our own kernels on the processor.
#![cfg(feature = "gpu")]

mod common;

use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use common::resunet::{condition, micro, tiny};
use common::{Fixture, relative_error};
use earmark_gpu::{Card, cards};
use earmark_kernels::{Isa, Threads};
use earmark_models::resunet::{
    ARCHITECTURE, Accelerated, CardGraph, CardNet, ColumnGraph, Keeper, OnCard, Precision, Quality,
    ResUNetConfig, StreamSettings, Streaming, StreamingNet,
};
use earmark_models::stft::offline::OfflineStft;
use earmark_models::{Condition, MaskStream, Place, Separator, procedural};
use num_complex::Complex32;

/// What masks on a card may differ by from those on the processor, relative to their norm.
const TOLERANCE: f64 = 1e-4;

/// The card that tests run on: software, wherever there is some, so that they say the same on every machine.
fn card() -> Arc<Card> {
    let there = cards();
    let Some(software) = there.iter().find(|card| card.is_software) else {
        panic!("No software Vulkan was found, only {there:?}; install the package mesa-vulkan-drivers.");
    };
    println!("on {} ({})", software.name, software.driver);
    Card::open(Some(&software.name)).unwrap()
}

/// A network on our own kernels and on the card, run in the same way.
struct Both {
    cpu: Streaming,
    card: OnCard,
}

impl Both {
    fn of_fixture(config: &ResUNetConfig, name: &str, quality: Quality) -> Both {
        let state = Fixture::read(&format!("{name}_state"));
        let weights = VarBuilder::from_slice_safetensors(&state.bytes, DType::F32, &Device::Cpu).unwrap();
        let threads = Arc::new(Threads::new(1));
        let net =
            StreamingNet::load(config.clone(), &weights, Isa::best(), Precision::Fp32, threads).unwrap();
        let on_card = CardNet::load(card(), config.clone(), &weights).unwrap();
        let settings = StreamSettings::of(quality, config);
        Both {
            cpu: Streaming::new(name, "", Arc::new(net), settings).unwrap(),
            card: OnCard::new(name, "", Arc::new(on_card), settings).unwrap(),
        }
    }

    fn micro(quality: Quality) -> (Both, Condition) {
        (
            Both::of_fixture(&micro(), "micro", quality),
            condition(&Fixture::read("micro_io")),
        )
    }
}

fn magnitudes(name: &str, frames: usize, bins: usize) -> Vec<f32> {
    procedural::uniform(name, frames * bins)
        .map(|value| 4.0 * value.abs())
        .collect()
}

/// What is done to a stream before it hears anything.
type Before<'a> = dyn Fn(&mut dyn MaskStream, &[f32], &mut [Complex32]) + 'a;

/// Real and imaginary parts of the masks of every block, under each condition, of a signal of whole blocks or one that ends
/// after `end` frames.
fn masks(
    separator: &dyn Separator,
    conditions: &[Condition],
    magnitudes: &[f32],
    end: Option<usize>,
    before: &Before,
) -> Vec<f32> {
    let spec = separator.spec();
    let (block, bins) = (spec.block, spec.stft.bins());
    let mut stream = separator.stream(conditions).unwrap();
    let mut masks = vec![Complex32::default(); conditions.len() * block * bins];
    before(&mut *stream, magnitudes, &mut masks);
    let mut out = Vec::new();
    let blocks = magnitudes.len() / bins / block;
    let beyond = end.map_or(0, |_| spec.lookahead.div_ceil(block) + 1);
    let nothing = vec![0.0; block * bins];
    for index in 0..blocks + beyond {
        if let Some(end) = end.filter(|end| end / block == index) {
            stream.end_after(end % block);
        }
        let read = magnitudes
            .chunks_exact(block * bins)
            .nth(index)
            .unwrap_or(&nothing);
        stream.push(read, &mut masks).unwrap();
        out.extend(masks.iter().flat_map(|mask| [mask.re, mask.im]));
    }
    out
}

fn fresh(_: &mut dyn MaskStream, _: &[f32], _: &mut [Complex32]) {}

/// That both answer the same, and how far they are apart.
fn assert_same(
    both: &Both,
    conditions: &[Condition],
    sound: &[f32],
    end: Option<usize>,
    before: &Before,
) -> f64 {
    assert_eq!(both.card.spec(), both.cpu.spec());
    let expected = masks(&both.cpu, conditions, sound, end, before);
    let given = masks(&both.card, conditions, sound, end, before);
    let error = relative_error(&given, &expected);
    assert!(expected.iter().any(|&value| value != 0.0), "nothing was answered");
    assert!(error < TOLERANCE, "{error:.1e}");
    error
}

/// The same condition, its values in another order.
fn other(condition: &Condition) -> Condition {
    Condition {
        values: condition.values.iter().rev().copied().collect(),
        ..condition.clone()
    }
}

#[test]
fn a_small_network_answers_on_a_card_what_it_answers_on_the_processor() {
    for quality in Quality::ALL {
        let (both, condition) = Both::micro(quality);
        let frames = (both.cpu.spec().lookahead + 320).next_multiple_of(32);
        let sound = magnitudes("magnitudes", frames, both.cpu.spec().stft.bins());
        let error = assert_same(&both, &[condition], &sound, None, &fresh);
        println!("{quality:?}: {error:.1e}");
    }
}

#[test]
fn every_end_of_a_signal_is_that_of_the_processor() {
    for quality in [Quality::Fast, Quality::Best] {
        let (both, condition) = Both::micro(quality);
        let sound = magnitudes("magnitudes", 96, both.cpu.spec().stft.bins());
        for end in [1, 32, 47, 64, 95] {
            assert_same(&both, std::slice::from_ref(&condition), &sound, Some(end), &fresh);
        }
    }
}

#[test]
fn a_stream_that_was_reset_or_skips_its_beginning_is_that_of_the_processor() {
    let (both, condition) = Both::micro(Quality::Fast);
    let spec = both.cpu.spec().clone();
    let sound = magnitudes("magnitudes", 320, spec.stft.bins());
    let reset = |stream: &mut dyn MaskStream, sound: &[f32], masks: &mut [Complex32]| {
        let size = spec.block * spec.stft.bins();
        for block in sound.rchunks_exact(size).take(3) {
            stream.push(block, masks).unwrap();
        }
        stream.reset();
    };
    assert_same(&both, std::slice::from_ref(&condition), &sound, None, &reset);
    let skip = |stream: &mut dyn MaskStream, _: &[f32], _: &mut [Complex32]| stream.skip_first(77);
    assert_same(&both, &[condition], &sound, None, &skip);
}

#[test]
fn several_queries_are_those_of_the_processor() {
    for quality in [Quality::Balanced, Quality::Best] {
        let (both, condition) = Both::micro(quality);
        let frames = (both.cpu.spec().lookahead + 96).next_multiple_of(32);
        let sound = magnitudes("magnitudes", frames, both.cpu.spec().stft.bins());
        let conditions = [condition.clone(), other(&condition), condition];
        assert_same(&both, &conditions, &sound, None, &fresh);
    }
}

#[test]
fn eight_streams_at_once_are_each_that_of_the_processor() {
    let (both, condition) = Both::micro(Quality::Fast);
    let bins = both.cpu.spec().stft.bins();
    std::thread::scope(|scope| {
        for stream in 0..8 {
            let (both, condition) = (&both, &condition);
            scope.spawn(move || {
                let condition = if stream % 2 == 0 {
                    condition.clone()
                } else {
                    other(condition)
                };
                let sound = magnitudes(&format!("stream {stream}"), 160, bins);
                assert_same(both, &[condition], &sound, None, &fresh)
            });
        }
    });
}

#[test]
fn a_network_of_many_bins_answers_the_same() {
    for quality in Quality::ALL {
        let both = Both::of_fixture(&tiny(), "tiny", quality);
        let condition = condition(&Fixture::read("tiny_io"));
        let spec = both.cpu.spec();
        let frames = (spec.lookahead + spec.block).next_multiple_of(spec.block);
        let sound = magnitudes("magnitudes", frames, spec.stft.bins());
        let error = assert_same(&both, &[condition], &sound, None, &fresh);
        println!("{quality:?}: {error:.1e}");
    }
}

#[test]
fn small_networks_agree_with_the_published_code() {
    for (config, name) in [(micro(), "micro"), (tiny(), "tiny")] {
        let both = Both::of_fixture(&config, name, Quality::Best);
        let io = Fixture::read(&format!("{name}_io"));
        let wave = io.floats("wave_in");
        let stft = OfflineStft::new(config.stft).unwrap();
        let mut spectrogram = stft.analyze(&wave).unwrap();
        let (frames, bins, block) = (spectrogram.frames, spectrogram.bins, both.card.spec().block);
        let mut sound: Vec<f32> = spectrogram.values.iter().map(|value| value.norm()).collect();
        sound.resize(frames.next_multiple_of(block) * bins, 0.0);
        // At its best the network hears all that it would hear of a whole signal.
        let answered = masks(&both.card, &[condition(&io)], &sound, Some(frames), &fresh);
        let born = answered[2 * both.card.spec().lookahead * bins..].chunks_exact(2);
        for (value, mask) in spectrogram.values.iter_mut().zip(born) {
            *value *= Complex32::new(mask[0], mask[1]);
        }
        let out = stft.synthesize(&spectrogram, wave.len()).unwrap();
        let error = relative_error(&out, &io.floats("wave_out"));
        println!("{name}: {error:.1e}");
        assert!(error < TOLERANCE, "{name}: {error:.1e}");
    }
}

/// The full network on procedural weights.
fn full() -> Arc<CardNet> {
    let tensors = Place::Procedural.tensors(&ARCHITECTURE.part).unwrap();
    Arc::new(CardNet::read(card(), ResUNetConfig::audiosep(), tensors).unwrap())
}

#[test]
fn a_card_computes_little_more_than_the_columns_themselves() {
    let net = full();
    for (quality, most) in [(Quality::Balanced, 1.6), (Quality::Best, 1.3)] {
        let settings = StreamSettings::of(quality, net.config());
        let on_card = OnCard::new("audiosep", "", net.clone(), settings).unwrap();
        let work = on_card.device_work().unwrap();
        println!("{quality:?}: {work:?}, {} MiB", on_card.stream_bytes(1) >> 20);
        assert!((1.0..=most).contains(&work.factor), "{quality:?}: {work:?}");
        // One for each operation and for the shortcuts that are convolutions, the entry and the masks.
        assert!(work.dispatches <= 50, "{quality:?}: {work:?}");
    }
}

#[test]
fn the_full_network_answers_the_same() {
    let (config, net) = (ResUNetConfig::audiosep(), full());
    let cpu = procedural::streaming(config.clone(), Isa::best(), Precision::Fp32, Threads::shared()).unwrap();
    let cpu = Arc::new(cpu);
    for quality in Quality::ALL {
        let begun = std::time::Instant::now();
        let settings = StreamSettings::of(quality, &config);
        let both = Both {
            cpu: Streaming::new("audiosep", "", cpu.clone(), settings).unwrap(),
            card: OnCard::new("audiosep", "", net.clone(), settings).unwrap(),
        };
        let spec = both.cpu.spec();
        let condition = Condition {
            encoder: spec.encoder,
            values: procedural::uniform("condition", spec.condition_size).collect(),
        };
        // Up to the first block with masks.
        let frames = (spec.lookahead / spec.block + 1) * spec.block;
        let sound = magnitudes("magnitudes", frames, spec.stft.bins());
        let error = assert_same(&both, &[condition], &sound, None, &fresh);
        println!("{quality:?}: {error:.1e}, {:?}", begun.elapsed());
    }
}

#[test]
fn one_thread_serves_the_streams_of_all_instances() {
    let (_, device, cpu, condition) = behind_a_thread(Quality::Fast);
    let bins = cpu.spec().stft.bins();
    std::thread::scope(|scope| {
        for stream in 0..8 {
            let (device, cpu, condition) = (&device, &cpu, &condition);
            scope.spawn(move || {
                let condition = if stream % 2 == 0 {
                    condition.clone()
                } else {
                    other(condition)
                };
                let conditions = [condition.clone(), condition];
                let conditions = &conditions[..1 + stream % 2];
                let sound = magnitudes(&format!("stream {stream}"), 128, bins);
                let given = masks(device, conditions, &sound, Some(100), &fresh);
                let expected = masks(&**cpu, conditions, &sound, Some(100), &fresh);
                let error = relative_error(&given, &expected);
                assert!(error < TOLERANCE, "stream {stream}: {error:.1e}");
            });
        }
    });
    assert_eq!(device.fault(), None);
    assert!(device.device_work().is_some_and(|work| work.dispatches > 40));
}

/// The micro network behind a thread on a card that nobody shares, and the same on the processor.
fn behind_a_thread(quality: Quality) -> (Arc<CardNet>, Accelerated, Arc<Streaming>, Condition) {
    let config = micro();
    let state = Fixture::read("micro_state");
    let weights = VarBuilder::from_slice_safetensors(&state.bytes, DType::F32, &Device::Cpu).unwrap();
    let own = Arc::new(Card::open_alone(Some(&card().info().name)).unwrap());
    let on_card = Arc::new(CardNet::load(own, config.clone(), &weights).unwrap());
    let net = Arc::new(StreamingNet::from_safetensors(config.clone(), &state.bytes).unwrap());
    let settings = StreamSettings::of(quality, &config);
    let cpu = Arc::new(Streaming::new("micro", "", net, settings).unwrap());
    let keeper = Keeper::new("the card", Arc::new(CardGraph(on_card.clone()))).unwrap();
    let patience = std::time::Duration::from_secs(60);
    let device = Accelerated::new(cpu.clone(), Arc::new(keeper), patience).unwrap();
    (on_card, device, cpu, condition(&Fixture::read("micro_io")))
}

#[test]
fn a_card_that_is_lost_at_any_block_is_replaced_without_a_hole() {
    for lost_at in [0, 5, 12, 15] {
        let (net, device, cpu, condition) = behind_a_thread(Quality::Best);
        let (block, bins) = (cpu.spec().block, cpu.spec().stft.bins());
        let sound = magnitudes("magnitudes", 18 * block, bins);
        let expected = masks(&*cpu, std::slice::from_ref(&condition), &sound, None, &fresh);
        let mut stream = device.stream(&[condition]).unwrap();
        let mut given = Vec::new();
        let mut masks = vec![Complex32::default(); block * bins];
        for (index, read) in sound.chunks_exact(block * bins).enumerate() {
            if index == lost_at {
                net.card().lose();
            }
            stream.push(read, &mut masks).unwrap();
            given.extend(masks.iter().flat_map(|mask| [mask.re, mask.im]));
        }
        let error = relative_error(&given, &expected);
        assert!(error < TOLERANCE, "lost at block {lost_at}: {error:.1e}");
        let fault = device.fault().unwrap();
        assert!(fault.starts_with("The card failed: "), "{fault}");
        assert_eq!(device.computed_on(), "the processor");
    }
}

#[test]
fn a_stream_that_ends_while_the_card_computes_disturbs_no_other() {
    let (net, device, cpu, condition) = behind_a_thread(Quality::Fast);
    let settings = cpu.settings();
    let bins = cpu.spec().stft.bins();
    let sound = magnitudes("magnitudes", 4 * settings.hop, bins);
    let graph = CardGraph(net);
    for begun in 1..4 {
        let mut stream = graph.stream(std::slice::from_ref(&condition), settings).unwrap();
        // Its last answer is asked for by nobody.
        for block in sound.chunks_exact(settings.hop * bins).take(begun) {
            stream.begin(block).unwrap();
        }
        drop(stream);
        let conditions = std::slice::from_ref(&condition);
        let given = masks(&device, conditions, &sound, None, &fresh);
        let error = relative_error(&given, &masks(&*cpu, conditions, &sound, None, &fresh));
        assert!(error < TOLERANCE, "{error:.1e}");
    }
    assert_eq!(device.fault(), None);
}
