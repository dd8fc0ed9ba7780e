//! The newest columns of a feature map, on a card.

use std::ops::Range;

use wgpu::{Buffer, BufferUsages};

use crate::card::Card;
use crate::error::GpuError;

/// Channels that are stored and computed together: the lanes of a vector in a shader.
pub const GROUP: usize = 4;

/// `channels` rounded up to whole groups.
pub fn padded(channels: usize) -> usize {
    channels.next_multiple_of(GROUP)
}

/// A ring of columns, numbered from the beginning of a stream: column n lies at place n modulo their number. Cheap to
/// clone: all clones are the same memory.
#[derive(Debug, Clone)]
pub struct Ring {
    pub(crate) buffer: Buffer,
    pub(crate) bins: usize,
    /// Groups of channels.
    pub(crate) groups: usize,
    pub(crate) places: usize,
}

impl Ring {
    /// Room for `places` columns of `bins` bins and so many channels.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] when the card's driver does not allow that many bytes; [`GpuError::Lost`].
    pub fn new(card: &Card, places: usize, bins: usize, channels: usize) -> Result<Ring, GpuError> {
        let bytes = Ring::bytes(places, bins, channels);
        Ok(Ring {
            buffer: card.buffer("columns", bytes, BufferUsages::STORAGE | BufferUsages::COPY_DST)?,
            bins,
            groups: padded(channels) / GROUP,
            places,
        })
    }

    /// Sees that so many columns fit into it: more would overwrite each other.
    pub(crate) fn must_hold(&self, columns: &Range<usize>) {
        assert!(columns.len() <= self.places, "{columns:?} in {}", self.places);
    }

    /// What such a ring takes of the card's memory.
    pub fn bytes(places: usize, bins: usize, channels: usize) -> usize {
        places * bins * padded(channels) * size_of::<f32>()
    }
}
