//! A network on an accelerator's code (candle's, here on the processor), and what happens when the device fails.

mod common;

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::resunet::{condition, micro};
use common::{Fixture, relative_error};
use earmark_kernels::{Isa, Threads};
use earmark_models::Selection;
use earmark_models::device::{
    self, Accelerator, Candidate, Chosen, DeviceChoice, Memory, Network, OnDevice, Opened, StepTimes,
    quickest,
};
use earmark_models::model::RANDOM;
use earmark_models::resunet::{
    ARCHITECTURE, Accelerated, Batcher, Precision, Quality, ResUNet, ResUNetConfig, StreamSettings,
    Streaming, StreamingNet, WindowGraph, accelerated as on_device,
};
use earmark_models::tensors::Tensors;
use earmark_models::{Condition, MaskStream, ModelError, Place, Separator, SeparatorSpec, procedural};
use num_complex::Complex32;

/// More than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The micro network on our own kernels and as candle's graph, and a condition.
fn micro_networks(quality: Quality) -> (Arc<Streaming>, ResUNet, Condition) {
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    let net = Arc::new(StreamingNet::from_safetensors(micro(), &state.bytes).unwrap());
    let settings = StreamSettings::of(quality, net.config());
    let cpu = Arc::new(Streaming::new("micro", "", net, settings).unwrap());
    let graph = ResUNet::from_safetensors(micro(), &state.bytes).unwrap();
    (cpu, graph, condition(&io))
}

fn magnitudes(frames: usize) -> Vec<f32> {
    procedural::uniform("magnitudes", frames * micro().stft.bins())
        .map(|value| 4.0 * value.abs())
        .collect()
}

/// Masks of a whole signal, each frame's as it comes.
fn masks(separator: &dyn Separator, magnitudes: &[f32], condition: &Condition) -> Vec<f32> {
    let spec = separator.spec();
    let bins = spec.stft.bins();
    let frames = magnitudes.len() / bins;
    let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
    let mut out = Vec::new();
    let mut masks = vec![Complex32::default(); spec.block * bins];
    for read in (0..frames + spec.lookahead + spec.block).step_by(spec.block) {
        let mut block = vec![0.0; spec.block * bins];
        let there = frames.saturating_sub(read).min(spec.block);
        block[..there * bins].copy_from_slice(&magnitudes[read.min(frames) * bins..][..there * bins]);
        if (read..read + spec.block).contains(&frames) {
            stream.end_after(there);
        }
        stream.push(&block, &mut masks).unwrap();
        out.extend(masks.iter().flat_map(|mask| [mask.re, mask.im]));
    }
    out.split_off(2 * spec.lookahead * bins)
}

/// A graph that fails, or hangs, from its `from`th batch on.
struct Failing {
    graph: ResUNet,
    batches: AtomicUsize,
    from: usize,
    /// What it waits for, instead of saying an error.
    hangs: Option<Mutex<Receiver<()>>>,
    panics: bool,
}

impl Failing {
    fn new(graph: ResUNet, from: usize) -> Failing {
        Failing {
            graph,
            batches: AtomicUsize::new(0),
            from,
            hangs: None,
            panics: false,
        }
    }

    fn hanging(graph: ResUNet, from: usize) -> (Failing, Sender<()>) {
        let (release, hangs) = channel();
        let failing = Failing {
            hangs: Some(Mutex::new(hangs)),
            ..Failing::new(graph, from)
        };
        (failing, release)
    }
}

impl WindowGraph for Failing {
    fn logits_of_windows(
        &self,
        windows: &[(&[f32], &Condition)],
        rows: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        if self.batches.fetch_add(1, Ordering::SeqCst) >= self.from {
            assert!(!self.panics, "on purpose");
            if let Some(hangs) = &self.hangs {
                let _ = hangs.lock().unwrap().recv();
            }
            return Err(ModelError::Compute(candle_core::Error::Msg(
                "out of memory".into(),
            )));
        }
        self.graph.logits_of_windows(windows, rows)
    }
}

fn accelerated(cpu: &Arc<Streaming>, graph: impl WindowGraph + 'static, patience: Duration) -> Accelerated {
    let batcher = Batcher::new("the test's device", Arc::new(graph)).unwrap();
    Accelerated::new(cpu.clone(), Arc::new(batcher), patience).unwrap()
}

#[test]
fn several_windows_at_once_are_computed_as_each_alone() {
    let (_, graph, condition) = micro_networks(Quality::Best);
    let other = Condition {
        values: condition.values.iter().rev().copied().collect(),
        ..condition.clone()
    };
    let sound = magnitudes(80);
    let bins = graph.config().stft.bins();
    let windows = [
        (&sound[..64 * bins], &condition),
        (&sound[16 * bins..], &condition),
        (&sound[..64 * bins], &other),
    ];
    let together = graph.logits_of_windows(&windows, 20..50).unwrap();
    for (window, together) in windows.into_iter().zip(&together) {
        let alone = graph.logits_of_windows(&[window], 20..50).unwrap();
        assert_eq!(alone[0].len(), 3 * 30 * (bins - 1));
        assert!(relative_error(together, &alone[0]) < 1e-6);
    }
    assert!(relative_error(&together[2], &together[0]) > 1e-3);
    let unequal = [windows[0], (&sound[..32 * bins], &condition)];
    assert!(matches!(
        graph.logits_of_windows(&unequal, 0..1),
        Err(ModelError::Shape { .. })
    ));
}

#[test]
fn the_accelerators_code_answers_what_our_kernels_answer() {
    let (cpu, graph, condition) = micro_networks(Quality::Best);
    let device = accelerated(&cpu, graph, PATIENCE);
    assert_eq!(device.spec(), cpu.spec());
    assert_eq!(
        (device.computed_on().as_str(), device.fault()),
        ("the test's device", None)
    );
    for frames in [1, 500, 700] {
        let sound = magnitudes(frames);
        let expected = masks(&*cpu, &sound, &condition);
        let error = relative_error(&masks(&device, &sound, &condition), &expected);
        assert!(error < 1e-5, "{frames} frames: {error:.1e}");
    }
}

#[test]
fn a_device_that_fails_at_any_time_is_replaced_without_a_hole() {
    let sound = magnitudes(700);
    for from in [0, 1, 9, 20] {
        let (cpu, graph, condition) = micro_networks(Quality::Best);
        let expected = masks(&*cpu, &sound, &condition);
        let device = accelerated(&cpu, Failing::new(graph, from), PATIENCE);
        let error = relative_error(&masks(&device, &sound, &condition), &expected);
        assert!(error < 1e-5, "from batch {from} on: {error:.1e}");
        assert_eq!(device.computed_on(), "the processor");
        let fault = device.fault().unwrap();
        assert!(
            fault.contains("The test's device failed") && fault.contains("out of memory"),
            "{fault}"
        );
        // Who comes later is not kept waiting by it.
        let error = relative_error(&masks(&device, &sound, &condition), &expected);
        assert!(error < 1e-6, "{error:.1e}");
    }
}

#[test]
fn a_device_that_panics_or_is_silent_is_one_that_fails() {
    let sound = magnitudes(100);
    let (cpu, graph, condition) = micro_networks(Quality::Best);
    let expected = masks(&*cpu, &sound, &condition);
    let panicking = Failing {
        panics: true,
        ..Failing::new(graph, 1)
    };
    let device = accelerated(&cpu, panicking, PATIENCE);
    assert!(relative_error(&masks(&device, &sound, &condition), &expected) < 1e-5);

    let (cpu, graph, condition) = micro_networks(Quality::Best);
    let (hanging, release) = Failing::hanging(graph, 0);
    let device = accelerated(&cpu, hanging, Duration::from_millis(5));
    assert!(relative_error(&masks(&device, &sound, &condition), &expected) < 1e-5);
    let fault = device.fault().unwrap();
    assert!(fault.contains("has not answered"), "{fault}");
    // The thread must end before the library may be unloaded.
    drop(release);
}

/// Answers one batch each time it is let.
struct Held(ResUNet, Mutex<Receiver<()>>);

impl WindowGraph for Held {
    fn logits_of_windows(
        &self,
        windows: &[(&[f32], &Condition)],
        rows: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let _ = self.1.lock().unwrap().recv();
        self.0.logits_of_windows(windows, rows)
    }
}

#[test]
fn a_render_waits_for_a_silent_device_and_whoever_plays_does_not() {
    let (cpu, graph, condition) = micro_networks(Quality::Fast);
    let (go, held) = channel();
    let device = accelerated(&cpu, Held(graph, Mutex::new(held)), Duration::from_millis(5));
    let size = cpu.spec().block * cpu.spec().stft.bins();
    let sound = magnitudes(cpu.spec().block);
    let mut stream = device.stream(&[condition]).unwrap();
    let mut masks = vec![Complex32::default(); size];
    stream.awaited(true);
    // Until the masks of the first frames are due the device is asked for none, and the last push is answered.
    let pushes = cpu.spec().lookahead / cpu.spec().block + 2;
    std::thread::scope(|scope| {
        let rendered = scope.spawn(|| {
            for _ in 0..pushes {
                stream.push(&sound, &mut masks).unwrap();
            }
        });
        // Ten times as long as whoever plays would wait.
        std::thread::sleep(Duration::from_millis(50));
        assert!(!rendered.is_finished());
        for _ in 0..pushes {
            go.send(()).unwrap();
        }
    });
    assert_eq!(device.fault(), None);
    // What it was let beyond the windows that were due is used up, too.
    stream.awaited(false);
    for _ in 0..=pushes {
        stream.push(&sound, &mut masks).unwrap();
    }
    assert!(device.fault().unwrap().contains("has not answered"));
}

#[test]
fn streams_that_skip_their_beginning_skip_it_on_a_device_too() {
    let (cpu, graph, condition) = micro_networks(Quality::Best);
    let device = accelerated(&cpu, graph, PATIENCE);
    let (spec, sound) = (cpu.spec().clone(), magnitudes(640));
    let after = |separator: &dyn Separator| {
        let mut stream = separator.stream(std::slice::from_ref(&condition)).unwrap();
        stream.skip_first(64);
        let size = spec.block * spec.stft.bins();
        let mut masks = vec![Complex32::default(); size];
        let mut out = Vec::new();
        for block in sound.chunks_exact(size) {
            stream.push(block, &mut masks).unwrap();
            out.extend(masks.iter().flat_map(|mask| [mask.re, mask.im]));
        }
        out.split_off(2 * (spec.lookahead + 64) * spec.stft.bins())
    };
    assert!(relative_error(&after(&device), &after(&*cpu)) < 1e-5);
}

/// A separator whose steps take their time.
struct Slow(SeparatorSpec, Duration, &'static str);

struct SlowStream(Duration);

impl Separator for Slow {
    fn spec(&self) -> &SeparatorSpec {
        &self.0
    }

    fn stream(&self, _: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        Ok(Box::new(SlowStream(self.1)))
    }

    fn computed_on(&self) -> String {
        self.2.into()
    }
}

impl MaskStream for SlowStream {
    fn push(&mut self, _: &[f32], _: &mut [Complex32]) -> Result<(), ModelError> {
        std::thread::sleep(self.0);
        Ok(())
    }

    fn reset(&mut self) {}
}

/// What is kept in a test, and how often.
#[derive(Default)]
struct Kept(Mutex<(StepTimes, usize)>);

impl Memory for Kept {
    fn recall(&self, _: &Network) -> StepTimes {
        self.0.lock().unwrap().0.clone()
    }

    fn keep(&self, _: &Network, times: &StepTimes) {
        let mut kept = self.0.lock().unwrap();
        *kept = (times.clone(), kept.1 + 1);
    }
}

fn slow(milliseconds: u64, name: &'static str) -> Arc<dyn Separator> {
    let spec = micro().spec("slow", "", 32, 0, 0);
    Arc::new(Slow(spec, Duration::from_millis(milliseconds), name))
}

/// A card whose steps take so long, and which counts how often the network is put there.
fn candidate<'a>(milliseconds: u64, driver: &str, loaded: &'a AtomicUsize) -> Candidate<'a> {
    Candidate {
        name: "a card".into(),
        driver: driver.into(),
        load: Box::new(move || {
            loaded.fetch_add(1, Ordering::Relaxed);
            Ok(slow(milliseconds, "a card"))
        }),
    }
}

#[test]
fn what_is_quicker_on_this_machine_is_taken_and_measured_once() {
    let network = Network::new("", Quality::Fast);
    let processor = slow(40, "the processor");
    let (kept, loaded) = (Kept::default(), AtomicUsize::new(0));
    let run = |milliseconds, driver| {
        let cards = vec![candidate(milliseconds, driver, &loaded)];
        let before = loaded.load(Ordering::Relaxed);
        let taken = quickest(&network, processor.clone(), cards, &kept).computed_on();
        (
            taken,
            loaded.load(Ordering::Relaxed) - before,
            kept.0.lock().unwrap().1,
        )
    };
    // Without a card nothing is measured.
    let alone = quickest(&network, processor.clone(), Vec::new(), &kept);
    assert_eq!(
        (alone.computed_on().as_str(), kept.0.lock().unwrap().1),
        ("the processor", 0)
    );

    assert_eq!(run(4, "driver 1"), ("a card".into(), 1, 1));
    assert_eq!(kept.0.lock().unwrap().0.len(), 2);
    // What is known is not measured again, whatever it would take now; the card that is taken is loaded.
    assert_eq!(run(400, "driver 1"), ("a card".into(), 1, 1));
    // Another driver is measured, and the processor is not again.
    assert_eq!(run(80, "driver 2"), ("the processor".into(), 1, 2));
    assert_eq!(
        kept.0.lock().unwrap().0.len(),
        2,
        "the driver of before is forgotten"
    );
    // A card that is not taken is not loaded.
    assert_eq!(run(4, "driver 2"), ("the processor".into(), 0, 2));
}

#[test]
fn a_card_that_is_hardly_quicker_or_fails_is_not_taken() {
    let network = Network::new("", Quality::Fast);
    let (kept, loaded) = (Kept::default(), AtomicUsize::new(0));
    let taken = quickest(
        &network,
        slow(40, "the processor"),
        vec![candidate(38, "", &loaded)],
        &kept,
    );
    assert_eq!(taken.computed_on(), "the processor");
    let failing = Candidate {
        name: "another card".into(),
        driver: String::new(),
        load: Box::new(|| {
            Err(ModelError::Device {
                name: "another card".into(),
                reason: "it is broken".into(),
            })
        }),
    };
    let taken = quickest(&network, slow(40, "the processor"), vec![failing], &kept);
    assert_eq!(taken.computed_on(), "the processor");
}

#[test]
fn what_this_build_cannot_use_is_said_in_words() {
    if cfg!(not(feature = "gpu")) {
        assert_eq!(device::accelerators(), []);
    }
    let model = Selection::bundled().find(RANDOM).unwrap();
    let Err(error) = model.load_on(Quality::Fast, DeviceChoice::named("abacus")) else {
        panic!("there is no such device");
    };
    let sentence = error.to_string();
    let reason = if cfg!(feature = "gpu") {
        "there is no graphics card \"abacus\""
    } else {
        "feature gpu"
    };
    assert!(
        sentence.contains("the graphics card") && sentence.contains(reason),
        "{sentence}"
    );
    let bundled = Selection::bundled().models().remove(0);
    // The bundled model has no use for a device, and asks none.
    let loaded = bundled.load(Quality::Fast, DeviceChoice::Gpu).unwrap();
    assert_eq!(loaded.fault(), None);
}

/// All that a new device takes: this, a line in the table of accelerators, and a variant of [`DeviceChoice`] with its words.
static TOY: Accelerator = Accelerator {
    name: "a toy",
    feature: "",
    automatic: false,
    is_built_in: || true,
    cards: Vec::new,
    open: |_| Ok(Box::new(Toy)),
};

static WINDOWS: AtomicUsize = AtomicUsize::new(0);

struct Toy;

impl Opened for Toy {
    fn graph(&self, config: &ResUNetConfig, tensors: Box<dyn Tensors>) -> Result<OnDevice, ModelError> {
        let graph = ResUNet::read(config.clone(), tensors, &candle_core::Device::Cpu)?;
        Ok(OnDevice::Windows(Arc::new(Counted(graph))))
    }
}

struct Counted(ResUNet);

impl WindowGraph for Counted {
    fn logits_of_windows(
        &self,
        windows: &[(&[f32], &Condition)],
        rows: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        WINDOWS.fetch_add(windows.len(), Ordering::Relaxed);
        self.0.logits_of_windows(windows, rows)
    }
}

#[test]
fn a_new_device_computes_the_same_masks() {
    let io = Fixture::read("micro_io");
    let tensors = Place::Procedural.tensors(&ARCHITECTURE.part).unwrap();
    let threads = Arc::new(Threads::new(1));
    let net = StreamingNet::read(micro(), tensors, Isa::best(), Precision::Fp32, threads).unwrap();
    let settings = StreamSettings::of(Quality::Best, net.config());
    let cpu = Arc::new(Streaming::new("micro", "", Arc::new(net), settings).unwrap());
    let chosen = Chosen {
        accelerator: &TOY,
        card: None,
    };
    let toy = on_device(&cpu, &Place::Procedural, chosen).unwrap();
    assert_eq!(toy.computed_on(), "a toy");
    let (magnitudes, condition) = (magnitudes(96), condition(&io));
    let before = WINDOWS.load(Ordering::Relaxed);
    let error = relative_error(
        &masks(&*toy, &magnitudes, &condition),
        &masks(&*cpu, &magnitudes, &condition),
    );
    assert!(error < 1e-4, "{error:.2e}");
    assert!(WINDOWS.load(Ordering::Relaxed) > before);
}
