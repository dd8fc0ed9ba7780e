//! A graphics card that is open.

use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;
use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, ComputePassDescriptor, Device,
    DeviceDescriptor, DeviceLostReason, Features, Limits, PollType, Queue,
};

use crate::download::Download;
use crate::error::GpuError;
use crate::found::{CardInfo, find};
use crate::kernel::CALL_BYTES;
use crate::kernels::Kernels;
use crate::recording::Recording;

/// A device, its queue and the compiled kernels: one for a process, whoever asks for it.
pub struct Card {
    pub(crate) device: Device,
    pub(crate) queue: Queue,
    pub(crate) kernels: Kernels,
    info: CardInfo,
    limits: Limits,
    /// Why it is not used any more.
    fault: Arc<OnceLock<String>>,
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Card").field(&self.info).finish()
    }
}

/// Products after which what is recorded goes to the card, so that it may do something else in between: Windows resets a
/// driver that is busy for two seconds, and the screen stands still meanwhile. A card of 0.1 TFLOPS takes 40 ms for them.
const SUBMISSION: u64 = 2_000_000_000;

impl Card {
    /// The card of this name, or, without one, the likely quickest that is no software. It takes about a second when it is
    /// not open yet.
    ///
    /// # Errors
    /// [`GpuError`] when there is none, or its driver refuses.
    pub fn open(name: Option<&str>) -> Result<Arc<Card>, GpuError> {
        static OPEN: Mutex<Vec<Weak<Card>>> = Mutex::new(Vec::new());
        let mut open = OPEN.lock();
        open.retain(|card| card.strong_count() > 0);
        let there = open.iter().filter_map(Weak::upgrade).find(|card| match name {
            Some(name) => card.info.name == name,
            None => !card.info.is_software,
        });
        // One that was lost may work when it is opened anew.
        if let Some(card) = there.filter(|card| card.check().is_ok()) {
            return Ok(card);
        }
        let card = Arc::new(Card::open_alone(name)?);
        open.push(Arc::downgrade(&card));
        Ok(card)
    }

    /// The same, shared with nobody.
    ///
    /// # Errors
    /// As [`Card::open`].
    pub fn open_alone(name: Option<&str>) -> Result<Card, GpuError> {
        let found = find(name)?;
        let there = found.adapter.limits();
        let limits = Limits {
            max_buffer_size: there.max_buffer_size,
            max_storage_buffer_binding_size: there.max_storage_buffer_binding_size,
            max_immediate_size: CALL_BYTES,
            ..Limits::default()
        };
        let (device, queue) = pollster::block_on(found.adapter.request_device(&DeviceDescriptor {
            label: Some("Earmark"),
            required_features: Features::IMMEDIATES,
            required_limits: limits.clone(),
            ..DeviceDescriptor::default()
        }))
        .map_err(|error| GpuError::Refused {
            reason: error.to_string(),
        })?;
        let fault = Arc::new(OnceLock::new());
        let its = fault.clone();
        device.set_device_lost_callback(move |reason, words| {
            // That is what happens when it is let go.
            if reason != DeviceLostReason::Destroyed {
                let _ = its.set(format!("it was lost: {words}"));
            }
        });
        let its = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let _ = its.set(error.to_string());
        }));
        let kernels = Kernels::new(&device);
        let card = Card {
            device,
            queue,
            kernels,
            info: found.info,
            limits,
            fault,
        };
        card.check()?;
        Ok(card)
    }

    /// What it is.
    pub fn info(&self) -> &CardInfo {
        &self.info
    }

    /// Whether it can still be used.
    ///
    /// # Errors
    /// [`GpuError::Lost`] when it was lost, ran out of memory or was asked for something impossible.
    pub fn check(&self) -> Result<(), GpuError> {
        match self.fault.get() {
            Some(reason) => Err(GpuError::Lost {
                reason: reason.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Gives the device back to its driver at once, whoever still uses it: to them it is lost. For tests of that.
    pub fn lose(&self) {
        self.device.destroy();
    }

    /// Sends a recording to the card, and asks for the answers that it leaves. It does not wait for them.
    ///
    /// # Errors
    /// [`GpuError::Lost`] when the card was lost before.
    pub fn submit(&self, recording: &Recording, answers: &Download) -> Result<(), GpuError> {
        #[cfg(feature = "faults")]
        crate::faults::strike(self);
        let mut calls = recording.calls.iter().peekable();
        loop {
            let mut encoder = self
                .device
                .create_command_encoder(&CommandEncoderDescriptor::default());
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            let mut products = 0;
            while let Some(call) =
                calls.next_if(|call| products == 0 || products + call.products <= SUBMISSION)
            {
                pass.set_pipeline(&call.pipeline);
                pass.set_bind_group(0, &call.buffers, &[]);
                pass.set_immediates(0, bytemuck::cast_slice(&call.numbers));
                let [x, y, z] = call.grid;
                pass.dispatch_workgroups(x, y, z);
                products += call.products;
            }
            drop(pass);
            let last = calls.peek().is_none();
            if last {
                answers.copy(&mut encoder);
            }
            self.queue.submit([encoder.finish()]);
            if last {
                break;
            }
        }
        answers.await_copy();
        self.check()
    }

    /// Waits until all that was submitted is done.
    pub(crate) fn wait(&self) -> Result<(), GpuError> {
        self.device
            .poll(PollType::wait_indefinitely())
            .map(|_| ())
            .map_err(|error| GpuError::Lost {
                reason: error.to_string(),
            })
    }

    /// A buffer of zeros.
    pub(crate) fn buffer(&self, label: &str, bytes: usize, usage: BufferUsages) -> Result<Buffer, GpuError> {
        let (given, allowed) = (
            bytes as u64,
            self.limits
                .max_storage_buffer_binding_size
                .min(self.limits.max_buffer_size),
        );
        if given > allowed {
            return Err(GpuError::TooLarge { given, allowed });
        }
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: Some(label),
            size: given,
            usage,
            mapped_at_creation: false,
        });
        self.check()?;
        Ok(buffer)
    }
}
