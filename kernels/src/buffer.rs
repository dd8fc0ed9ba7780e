//! Memory for feature maps: aligned to cache lines, so that no vector load straddles two.

use std::cell::RefCell;

use memmap2::MmapMut;

/// Floats in a cache line, and in the widest vector.
pub const LINE: usize = 16;

/// `channels` rounded up to whole lines.
pub fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LINE)
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct CacheLine([f32; LINE]);

/// From this many bytes on memory comes from the system and goes back to it as a whole. Heaps keep what is freed, and weights
/// that are loaded anew, on another thread maybe, would take their room twice.
const LARGE: usize = 1 << 20;

/// A vector of floats whose first one lies at the beginning of a cache line.
#[derive(Default)]
pub struct Buffer {
    memory: Memory,
    len: usize,
}

enum Memory {
    Heap(Vec<CacheLine>),
    /// Whole pages, which begin with a cache line.
    Pages(MmapMut),
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::Heap(Vec::new())
    }
}

impl Memory {
    fn zeros(len: usize) -> Memory {
        let lines = len.div_ceil(LINE);
        let bytes = lines
            .checked_mul(size_of::<CacheLine>())
            .expect("bytes of a buffer");
        let pages = (bytes >= LARGE).then(|| MmapMut::map_anon(bytes).ok()).flatten();
        #[cfg(target_os = "linux")]
        if let Some(pages) = &pages {
            // A network reads all its weights in every step: 199 MiB are 50,000 usual pages, far more than a processor remembers where
            // they are. A system that has no huge ones goes on without.
            let _ = pages.advise(memmap2::Advice::HugePage);
        }
        // Where the system gives no pages, the heap answers for what there is.
        pages.map_or_else(
            || Memory::Heap(vec![CacheLine([0.0; LINE]); lines]),
            Memory::Pages,
        )
    }
}

impl Buffer {
    /// `len` zeros.
    ///
    /// # Panics
    /// When an address space has no room for them.
    pub fn zeros(len: usize) -> Buffer {
        Buffer {
            memory: Memory::zeros(len),
            len,
        }
    }

    /// Makes it at least `len` long; what is added is zero.
    pub fn reserve(&mut self, len: usize) {
        if len > self.len {
            let mut longer = Buffer::zeros(len);
            longer[..self.len].copy_from_slice(self);
            *self = longer;
        }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Buffer {
        Buffer::from(&self[..])
    }
}

thread_local! {
    static SCRATCH: RefCell<Buffer> = RefCell::default();
}

/// Lends `len` floats of whatever value to `work`, from memory that the thread keeps.
///
/// # Panics
/// When `work` asks for more of it.
pub fn with_scratch<T>(len: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.reserve(len);
        work(&mut scratch[..len])
    })
}

impl std::ops::Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        let start: *const f32 = match &self.memory {
            Memory::Heap(lines) => lines.as_ptr().cast(),
            Memory::Pages(pages) => pages.as_ptr().cast(),
        };
        // SAFETY: either memory holds at least `len` initialised floats without padding between them.
        unsafe { std::slice::from_raw_parts(start, self.len) }
    }
}

impl std::ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        let start: *mut f32 = match &mut self.memory {
            Memory::Heap(lines) => lines.as_mut_ptr().cast(),
            Memory::Pages(pages) => pages.as_mut_ptr().cast(),
        };
        // SAFETY: as in `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(start, self.len) }
    }
}

impl From<&[f32]> for Buffer {
    fn from(values: &[f32]) -> Buffer {
        let mut buffer = Buffer::zeros(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_ones_begin_with_a_line_are_zero_and_keep_what_they_hold() {
        for len in [1, 100, LARGE / 4 - 1, LARGE / 4, LARGE] {
            let mut buffer = Buffer::zeros(len);
            assert!(buffer.as_ptr().addr().is_multiple_of(64) && buffer.len() == len);
            assert!(buffer.iter().all(|value| *value == 0.0));
            buffer
                .iter_mut()
                .zip(1..)
                .for_each(|(value, n)| *value = n as f32);
            let copy = buffer.clone();
            buffer.reserve(len + LARGE);
            assert_eq!(buffer[..len], copy[..]);
            assert!(buffer[len..].iter().all(|value| *value == 0.0));
            buffer.reserve(len);
            assert_eq!(buffer.len(), len + LARGE);
        }
    }
}
