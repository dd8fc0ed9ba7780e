//! What a device is to the streams that it computes, with the processor behind it.

use std::sync::Arc;
use std::time::Duration;

use num_complex::Complex32;

use super::streaming::Streaming;
use super::window::{Due, Window};
use crate::separator::{Condition, DeviceWork};

/// A network on a device that a thread of its own owns.
pub trait Remote: Send + Sync {
    /// What people call the device.
    fn name(&self) -> &str;

    /// Why it is not used any more, if it is not.
    fn fault(&self) -> Option<&str>;

    /// What a stream costs it, where it is counted.
    fn work(&self, _cpu: &Streaming) -> Option<DeviceWork> {
        None
    }

    /// Frames before those that are answered that it has to be given again, at least.
    fn reach(&self, cpu: &Streaming) -> usize;

    /// A stream of what `cpu` runs on the processor. A device that is silent for `patience` has failed; for longer where the stream
    /// is [`awaited`](RemoteStream::awaited).
    fn stream(
        self: Arc<Self>,
        cpu: &Streaming,
        conditions: &Arc<[Condition]>,
        patience: Duration,
    ) -> Box<dyn RemoteStream>;
}

/// A stream on a device.
pub trait RemoteStream: Send {
    /// Computes a block that `window` has just read and, where some are `due`, writes its masks, `[queries, block, bins]`,
    /// which are 0 before.
    ///
    /// # Errors
    /// Why the device does not answer, in words.
    fn push(
        &mut self,
        magnitudes: &[f32],
        window: &Window,
        due: Option<&Due>,
        masks: &mut [Complex32],
    ) -> Result<(), String>;

    /// See [`MaskStream::skip_first`](crate::MaskStream::skip_first).
    fn skip_first(&mut self, _frames: usize) {}

    /// See [`MaskStream::end_after`](crate::MaskStream::end_after).
    fn end_after(&mut self, _frames: usize) {}

    /// See [`MaskStream::awaited`](crate::MaskStream::awaited).
    fn awaited(&mut self, _awaited: bool) {}

    /// See [`MaskStream::reset`](crate::MaskStream::reset).
    fn reset(&mut self) {}
}
