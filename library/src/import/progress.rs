//! How far an import has come.

use std::ops::ControlFlow;

use super::error::ImportError;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Bytes that all steps up to now have gone through.
    pub done: u64,
    /// Bytes that all steps together will go through.
    pub total: u64,
}

/// The steps of an import, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The sources' SHA-256 is computed.
    Identify,
    /// Their checksums and values are checked.
    Check,
    /// The model is written.
    Write,
    /// It is read back.
    Verify,
}

/// Counts bytes and passes them on.
pub(super) struct Meter<'a> {
    told: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    progress: Progress,
}

impl<'a> Meter<'a> {
    pub(super) fn new(total: u64, told: &'a mut dyn FnMut(Progress) -> ControlFlow<()>) -> Meter<'a> {
        let (step, done) = (Step::Identify, 0);
        Meter {
            told,
            progress: Progress { step, done, total },
        }
    }

    /// `bytes` more are done, as part of `step`.
    ///
    /// # Errors
    /// [`ImportError::Cancelled`] when whoever is told asks for it.
    pub(super) fn advance(&mut self, step: Step, bytes: u64) -> Result<(), ImportError> {
        self.progress.step = step;
        self.progress.done = (self.progress.done + bytes).min(self.progress.total);
        match (self.told)(self.progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ImportError::Cancelled),
        }
    }
}
