//! The fallback: what runs on the processor because the device that was chosen cannot be used.

use std::sync::Arc;

use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, Nearest, Separator, SeparatorSpec};

/// A separator on the processor that was to be elsewhere.
pub(crate) struct Fallback {
    separator: Arc<dyn Separator>,
    reason: String,
}

impl Fallback {
    /// `reason` is a sentence; see [`refusal`](super::refusal).
    pub(crate) fn new(separator: Arc<dyn Separator>, reason: String) -> Fallback {
        Fallback { separator, reason }
    }
}

impl Separator for Fallback {
    fn spec(&self) -> &SeparatorSpec {
        self.separator.spec()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.separator.stream(conditions)
    }

    fn stream_bytes(&self, queries: usize) -> usize {
        self.separator.stream_bytes(queries)
    }

    fn memory(&self) -> usize {
        self.separator.memory()
    }

    fn for_signals(&self) -> Option<Arc<dyn Separator>> {
        self.separator.for_signals()
    }

    fn threads(&self) -> usize {
        self.separator.threads()
    }

    fn nearest(&self, query: &Condition) -> Option<Nearest> {
        self.separator.nearest(query)
    }

    fn computed_on(&self) -> String {
        self.separator.computed_on()
    }

    fn fault(&self) -> Option<String> {
        Some(self.reason.clone())
    }
}
