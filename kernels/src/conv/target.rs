//! Memory that the threads of a job share out among them.

/// Memory that several threads write to, each its own part.
#[derive(Clone, Copy)]
pub(super) struct Target(pub(super) *mut f32);

impl Target {
    /// Its float at `offset`.
    ///
    /// # Safety
    /// The offset lies within the memory.
    pub(super) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: the caller's contract.
        unsafe { self.0.add(offset) }
    }
}

// SAFETY: the tasks of a job write to different tiles, and the column is borrowed mutably for the whole job.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}
