//! What a card answers with.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use parking_lot::Mutex;
use wgpu::{Buffer, BufferUsages, CommandEncoder, MapMode};

use crate::card::Card;
use crate::error::GpuError;
use crate::ring::padded;

/// How long word of a card that has done may be on its way.
const SOON: Duration = Duration::from_secs(1);

/// Values that a recording leaves on a card and that are read from there.
#[derive(Debug)]
pub struct Download {
    pub(crate) buffer: Buffer,
    staging: Buffer,
    /// Told when the values are there.
    arriving: Mutex<Option<Receiver<Result<(), wgpu::BufferAsyncError>>>>,
    len: usize,
}

impl Download {
    /// Of `len` single-precision values.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] when the card's driver does not allow that many bytes; [`GpuError::Lost`].
    pub fn new(card: &Card, len: usize) -> Result<Download, GpuError> {
        let bytes = padded(len.max(1)) * size_of::<f32>();
        Ok(Download {
            buffer: card.buffer("answers", bytes, BufferUsages::STORAGE | BufferUsages::COPY_SRC)?,
            staging: card.buffer("answers", bytes, BufferUsages::MAP_READ | BufferUsages::COPY_DST)?,
            arriving: Mutex::new(None),
            len,
        })
    }

    pub(crate) fn copy(&self, encoder: &mut CommandEncoder) {
        encoder.copy_buffer_to_buffer(&self.buffer, 0, &self.staging, 0, self.staging.size());
    }

    pub(crate) fn await_copy(&self) {
        let (arrived, arriving) = channel();
        self.staging.map_async(MapMode::Read, .., move |result| {
            let _ = arrived.send(result);
        });
        *self.arriving.lock() = Some(arriving);
    }

    /// Waits for the values of the recording that was submitted last, and writes as many as there is room for.
    ///
    /// # Errors
    /// [`GpuError::Lost`] when the card is.
    ///
    /// # Panics
    /// When there is more room than values.
    pub fn read(&self, card: &Card, values: &mut [f32]) -> Result<(), GpuError> {
        assert!(values.len() <= self.len, "{} of {}", values.len(), self.len);
        let lost = |reason: String| GpuError::Lost { reason };
        let Some(arriving) = self.arriving.lock().take() else {
            return Err(lost("nothing was asked of it".into()));
        };
        card.wait()?;
        // Another thread that waits for the card may be just about to say so.
        let arrived = arriving.recv_timeout(SOON);
        card.check()?;
        match arrived {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(lost(error.to_string())),
            Err(_) => return Err(lost("its answer did not arrive".into())),
        }
        let bytes = size_of_val(values) as u64;
        if bytes > 0 {
            let view = self
                .staging
                .get_mapped_range(..bytes)
                .map_err(|error| lost(error.to_string()))?;
            bytemuck::cast_slice_mut(values).copy_from_slice(&view);
        }
        self.staging.unmap();
        Ok(())
    }
}
