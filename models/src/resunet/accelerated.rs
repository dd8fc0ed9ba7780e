//! A ResUNet on an accelerator, with the processor behind it.

use std::sync::Arc;
use std::time::Duration;

use num_complex::Complex32;

use super::remote::{Remote, RemoteStream};
use super::streaming::{REACH, Streaming};
use super::window::Window;
use crate::device::sentence;
use crate::error::ModelError;
use crate::resunet::streaming::FLOOR;
use crate::separator::{Condition, DeviceWork, MaskStream, Separator, SeparatorSpec};
use crate::silence::SilenceSkipper;

/// A network whose windows a [`Batcher`](super::Batcher) computes, or whose columns a [`Keeper`](super::Keeper) keeps, in the
/// time and with the delays of the same network on the processor.
///
/// When the device fails, each stream goes on at the processor from the block that it was at, with the context that a new
/// query gets.
pub struct Accelerated {
    cpu: Arc<Streaming>,
    device: Arc<dyn Remote>,
    patience: Duration,
}

impl Accelerated {
    /// Runs on a device what `cpu` runs on the processor. A device that is silent for `patience` has failed; in
    /// a render it may be silent for ten seconds.
    ///
    /// # Errors
    /// [`ModelError::Block`] when the network is not run in whole cells of its time pooling.
    pub fn new(
        cpu: Arc<Streaming>,
        device: Arc<dyn Remote>,
        patience: Duration,
    ) -> Result<Accelerated, ModelError> {
        let (given, pooling) = (cpu.spec().block, cpu.config().time_pooling());
        if !given.is_multiple_of(pooling) {
            return Err(ModelError::Block { given, pooling });
        }
        Ok(Accelerated {
            cpu,
            device,
            patience,
        })
    }
}

impl Separator for Accelerated {
    fn spec(&self) -> &SeparatorSpec {
        self.cpu.spec()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        if self.device.fault().is_some() {
            return self.cpu.stream(conditions);
        }
        let spec = self.spec();
        spec.check(conditions)?;
        let pooling = self.cpu.config().time_pooling();
        let conditions: Arc<[Condition]> = conditions.into();
        let queries = conditions.len();
        let stream = Stream {
            spec: spec.clone(),
            // On the grid of blocks, of which the processor would read whole ones.
            window: Window::new(spec, self.device.reach(&self.cpu), spec.block),
            remote: Some(self.device.clone().stream(&self.cpu, &conditions, self.patience)),
            device: self.device.clone(),
            conditions,
            skipped: 0,
            cpu: self.cpu.clone(),
            fallback: None,
        };
        let settled = 2 * REACH * pooling + spec.lookahead + spec.block;
        Ok(Box::new(SilenceSkipper::new(
            stream, spec, queries, FLOOR, settled, pooling,
        )))
    }

    fn memory(&self) -> usize {
        self.cpu.memory()
    }

    fn device_work(&self) -> Option<DeviceWork> {
        self.device.work(&self.cpu)
    }

    fn computed_on(&self) -> String {
        match self.device.fault() {
            None => self.device.name().to_owned(),
            Some(_) => self.cpu.computed_on(),
        }
    }

    fn fault(&self) -> Option<String> {
        let fault = self.device.fault()?;
        Some(sentence(&format!("{} failed: {fault}", self.device.name())))
    }
}

struct Stream {
    spec: SeparatorSpec,
    window: Window,
    conditions: Arc<[Condition]>,
    /// Frames at the beginning whose masks nobody hears.
    skipped: usize,
    cpu: Arc<Streaming>,
    device: Arc<dyn Remote>,
    /// Until the device fails.
    remote: Option<Box<dyn RemoteStream>>,
    fallback: Option<Box<dyn MaskStream>>,
}

impl Stream {
    /// Begins on the processor with the block that the device failed at, whose masks it writes for every query.
    fn fall_back(&mut self, masks: &mut [Complex32]) -> Result<(), ModelError> {
        // What it kept there is of no use to anybody.
        self.remote = None;
        let bins = self.spec.stft.bins();
        let block = self.spec.block;
        let first_heard = self.window.owed().start.max(self.skipped);
        let (first, magnitudes) = self.window.since(first_heard, self.spec.context);
        let mut stream = self.cpu.stream(&self.conditions)?;
        stream.skip_first(first_heard - first);
        let mut read = vec![0.0; block * bins];
        for start in (first..self.window.frames()).step_by(block) {
            let magnitudes = &magnitudes[((start - first) * bins).min(magnitudes.len())..];
            let there = magnitudes.len().min(block * bins);
            read[..there].copy_from_slice(&magnitudes[..there]);
            let end = self
                .window
                .end()
                .filter(|end| (start..start + block).contains(end));
            if let Some(end) = end {
                stream.end_after(end - start);
            }
            stream.push(&read, masks)?;
        }
        self.fallback = Some(stream);
        Ok(())
    }
}

impl MaskStream for Stream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        if let Some(stream) = &mut self.fallback {
            return stream.push(magnitudes, masks);
        }
        self.spec.check_block(self.conditions.len(), magnitudes, masks)?;
        masks.fill(Complex32::default());
        let due = self
            .window
            .read(magnitudes)
            .filter(|due| due.frames.end > self.skipped);
        let answer = match &mut self.remote {
            Some(remote) => remote.push(magnitudes, &self.window, due.as_ref(), masks),
            None => Err("it failed before".into()),
        };
        if let Err(reason) = answer {
            tracing::error!("{} failed ({reason}); the processor goes on", self.device.name());
            self.fall_back(masks)?;
        }
        Ok(())
    }

    fn skip_first(&mut self, frames: usize) {
        self.skipped = frames;
        if let Some(remote) = &mut self.remote {
            remote.skip_first(frames);
        }
    }

    fn end_after(&mut self, frames: usize) {
        match &mut self.fallback {
            Some(stream) => stream.end_after(frames),
            None => {
                self.window.end_after(frames);
                if let Some(remote) = &mut self.remote {
                    remote.end_after(frames);
                }
            }
        }
    }

    fn awaited(&mut self, awaited: bool) {
        // The processor is waited for as long as it takes.
        if let Some(remote) = &mut self.remote {
            remote.awaited(awaited);
        }
    }

    fn reset(&mut self) {
        // What was left for the processor stays there.
        match &mut self.fallback {
            Some(stream) => stream.reset(),
            None => {
                self.window.reset();
                if let Some(remote) = &mut self.remote {
                    remote.reset();
                }
            }
        }
    }
}
