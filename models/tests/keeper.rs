//! Streams whose columns a device keeps, here a fake one that has the processor compute: what happens when it fails, hangs,
//! panics or is dropped, and that nobody hears it.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::resunet::{condition, micro};
use common::{Fixture, relative_error};
use earmark_models::resunet::{
    Accelerated, ColumnGraph, ColumnStream, Keeper, Quality, StreamSettings, Streaming, StreamingNet,
};
use earmark_models::{Condition, MaskStream, ModelError, Separator, procedural};
use num_complex::Complex32;

/// More than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn network(quality: Quality) -> (Arc<Streaming>, Condition) {
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    let net = Arc::new(StreamingNet::from_safetensors(micro(), &state.bytes).unwrap());
    let settings = StreamSettings::of(quality, net.config());
    let cpu = Streaming::new("micro", "", net, settings).unwrap();
    (Arc::new(cpu), condition(&io))
}

/// What it does from its `from`th block on.
enum Fault {
    None,
    Error,
    Panic,
    /// Nothing, until it is let go.
    Hang(Mutex<Receiver<()>>),
}

/// A device that has the processor compute, and fails at a block, counted over all streams.
struct Fake {
    cpu: Arc<Streaming>,
    shared: Arc<Shared>,
}

struct Shared {
    blocks: AtomicUsize,
    from: usize,
    fault: Fault,
}

impl Fake {
    fn new(cpu: &Arc<Streaming>, from: usize, fault: Fault) -> Arc<Fake> {
        Arc::new(Fake {
            cpu: cpu.clone(),
            shared: Arc::new(Shared {
                blocks: AtomicUsize::new(0),
                from,
                fault,
            }),
        })
    }

    fn hanging(cpu: &Arc<Streaming>, from: usize) -> (Arc<Fake>, Sender<()>) {
        let (release, held) = channel();
        (Fake::new(cpu, from, Fault::Hang(Mutex::new(held))), release)
    }
}

impl ColumnGraph for Fake {
    fn stream(
        &self,
        conditions: &[Condition],
        settings: StreamSettings,
    ) -> Result<Box<dyn ColumnStream>, ModelError> {
        assert_eq!(settings, self.cpu.settings());
        Ok(Box::new(FakeStream {
            stream: self.cpu.stream(conditions)?,
            begun: Vec::new(),
            shared: self.shared.clone(),
        }))
    }
}

struct FakeStream {
    stream: Box<dyn MaskStream>,
    begun: Vec<f32>,
    shared: Arc<Shared>,
}

impl ColumnStream for FakeStream {
    fn begin(&mut self, magnitudes: &[f32]) -> Result<(), ModelError> {
        self.begun = magnitudes.to_vec();
        Ok(())
    }

    fn finish(&mut self, masks: &mut [Complex32]) -> Result<(), ModelError> {
        if self.shared.blocks.fetch_add(1, Ordering::SeqCst) >= self.shared.from {
            match &self.shared.fault {
                Fault::None => {}
                Fault::Panic => panic!("on purpose"),
                Fault::Hang(held) => drop(held.lock().unwrap().recv()),
                Fault::Error => {
                    return Err(ModelError::Device {
                        name: "the test's device".into(),
                        reason: "it was lost".into(),
                    });
                }
            }
        }
        self.stream.push(&self.begun, masks)
    }

    fn skip_first(&mut self, frames: usize) {
        self.stream.skip_first(frames);
    }

    fn end_after(&mut self, frames: usize) {
        self.stream.end_after(frames);
    }

    fn reset(&mut self) {
        self.stream.reset();
    }
}

fn on(cpu: &Arc<Streaming>, fake: Arc<Fake>, patience: Duration) -> Accelerated {
    let keeper = Keeper::new("the test's device", fake).unwrap();
    Accelerated::new(cpu.clone(), Arc::new(keeper), patience).unwrap()
}

fn sound(name: &str, frames: usize) -> Vec<f32> {
    procedural::uniform(name, frames * micro().stft.bins())
        .map(|value| 4.0 * value.abs())
        .collect()
}

/// Masks of every block of a signal that ends with its last frame, real and imaginary parts.
fn masks(separator: &dyn Separator, conditions: &[Condition], sound: &[f32]) -> Vec<f32> {
    let spec = separator.spec();
    let (block, bins) = (spec.block, spec.stft.bins());
    let frames = sound.len() / bins;
    let mut stream = separator.stream(conditions).unwrap();
    let mut masks = vec![Complex32::default(); conditions.len() * block * bins];
    let mut out = Vec::new();
    for start in (0..frames + spec.lookahead + block).step_by(block) {
        if (start..start + block).contains(&frames) {
            stream.end_after(frames - start);
        }
        let mut read = vec![0.0; block * bins];
        let there = &sound[(start * bins).min(sound.len())..];
        let there = &there[..there.len().min(read.len())];
        read[..there.len()].copy_from_slice(there);
        stream.push(&read, &mut masks).unwrap();
        out.extend(masks.iter().flat_map(|mask| [mask.re, mask.im]));
    }
    out
}

#[test]
fn a_devices_masks_come_as_they_are() {
    for quality in Quality::ALL {
        let (cpu, condition) = network(quality);
        let device = on(&cpu, Fake::new(&cpu, 0, Fault::None), PATIENCE);
        assert_eq!(device.spec(), cpu.spec());
        assert_eq!(
            (device.computed_on().as_str(), device.fault()),
            ("the test's device", None)
        );
        let conditions = [condition.clone(), condition];
        for frames in [1, 100, 416] {
            let sound = sound("magnitudes", frames);
            assert_eq!(
                masks(&device, &conditions, &sound),
                masks(&*cpu, &conditions, &sound),
                "{quality:?}, {frames} frames"
            );
        }
    }
}

#[test]
fn a_device_that_fails_at_any_block_is_replaced_without_a_hole() {
    let sound = sound("magnitudes", 700);
    let (cpu, condition) = network(Quality::Best);
    let expected = masks(&*cpu, std::slice::from_ref(&condition), &sound);
    // While nothing is answered yet, with the first answers, and long after.
    for from in [0, 1, 10, 11, 12, 20] {
        for panics in [false, true] {
            let fault = if panics { Fault::Panic } else { Fault::Error };
            let device = on(&cpu, Fake::new(&cpu, from, fault), PATIENCE);
            let error = relative_error(
                &masks(&device, std::slice::from_ref(&condition), &sound),
                &expected,
            );
            assert!(error < 1e-5, "from block {from} on: {error:.1e}");
            assert_eq!(device.computed_on(), "the processor");
            let fault = device.fault().unwrap();
            let reason = if panics {
                "its code panicked"
            } else {
                "it was lost"
            };
            assert_eq!(fault, format!("The test's device failed: {reason}."));
            // Who comes later is not kept waiting by it.
            let later = masks(&device, std::slice::from_ref(&condition), &sound);
            assert_eq!(later, expected);
        }
    }
}

#[test]
fn a_device_that_hangs_is_waited_for_no_longer_than_said_and_left_behind() {
    let sound = sound("magnitudes", 64);
    let (cpu, condition) = network(Quality::Fast);
    let expected = masks(&*cpu, std::slice::from_ref(&condition), &sound);
    let (fake, release) = Fake::hanging(&cpu, 0);
    let device = on(&cpu, fake, Duration::from_millis(5));
    let error = relative_error(&masks(&device, &[condition], &sound), &expected);
    assert!(error < 1e-5, "{error:.1e}");
    let fault = device.fault().unwrap();
    assert!(fault.contains("has not answered"), "{fault}");
    let begun = Instant::now();
    drop(device);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "dropping it waited for the driver"
    );
    drop(release);
}

#[test]
fn a_render_waits_for_a_silent_device() {
    let (cpu, condition) = network(Quality::Fast);
    let sound = sound("magnitudes", cpu.spec().block);
    let (fake, release) = Fake::hanging(&cpu, 0);
    let device = on(&cpu, fake, Duration::from_millis(5));
    let size = cpu.spec().block * cpu.spec().stft.bins();
    let mut stream = device.stream(&[condition]).unwrap();
    stream.awaited(true);
    std::thread::scope(|scope| {
        let rendered = scope.spawn(|| {
            let mut masks = vec![Complex32::default(); size];
            stream.push(&sound, &mut masks).unwrap();
        });
        // Ten times as long as whoever plays would wait.
        std::thread::sleep(Duration::from_millis(50));
        assert!(!rendered.is_finished());
        drop(release);
    });
    assert_eq!(device.fault(), None);
}

#[test]
fn a_stream_that_is_dropped_while_the_device_computes_disturbs_no_other() {
    let (cpu, condition) = network(Quality::Fast);
    let device = on(&cpu, Fake::new(&cpu, 0, Fault::None), PATIENCE);
    let sound = sound("magnitudes", 320);
    let expected = masks(&*cpu, std::slice::from_ref(&condition), &sound);
    std::thread::scope(|scope| {
        for stream in 0..8 {
            let (device, condition, sound, expected) = (&device, &condition, &sound, &expected);
            scope.spawn(move || {
                let conditions = std::slice::from_ref(condition);
                if stream % 2 == 0 {
                    assert_eq!(&masks(device, conditions, sound), expected);
                    return;
                }
                let spec = device.spec();
                let size = spec.block * spec.stft.bins();
                let mut block = vec![Complex32::default(); size];
                for count in 0..5 {
                    let mut stream = device.stream(conditions).unwrap();
                    for magnitudes in sound.chunks_exact(size).take(count) {
                        stream.push(magnitudes, &mut block).unwrap();
                    }
                    stream.reset();
                }
            });
        }
    });
    assert_eq!(device.fault(), None);
}
