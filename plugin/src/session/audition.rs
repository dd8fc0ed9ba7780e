//! The last seconds of input, heard again.

use earmark_engine::{EngineHandle, Excerpt, Heard, Span};

use super::Session;

impl Session {
    /// Plays the last seconds of input with a slot's query, or that of two together, in place of the output, until
    /// [`Session::stop_audition`].
    pub fn audition(&self, heard: Heard) {
        let mut inner = self.inner.lock();
        let Some(handle) = inner.line.handle.clone() else {
            return;
        };
        if let Err(error) = handle.audition(heard) {
            inner.failure = Some(error.to_string());
        }
    }

    /// The same for a span of it.
    pub fn audition_span(&self, heard: Heard, span: Span) {
        let mut inner = self.inner.lock();
        let Some(handle) = inner.line.handle.clone() else {
            return;
        };
        if let Err(error) = handle.audition_span(heard, span) {
            inner.failure = Some(error.to_string());
        }
    }

    /// Keeps what has come in as it is, or goes on.
    pub fn hold(&self, held: bool) {
        if let Some(handle) = &self.inner.lock().line.handle {
            handle.hold(held);
        }
    }

    /// Takes what is kept out, all of it or a span: see [`EngineHandle::excerpt`].
    pub(crate) fn excerpt(&self, heard: Heard, span: Option<Span>) -> Option<Excerpt> {
        let handle: EngineHandle = self.inner.lock().line.handle.clone()?;
        handle.excerpt(heard, span)
    }

    /// Goes back to the output.
    pub fn stop_audition(&self) {
        if let Some(handle) = &self.inner.lock().line.handle {
            handle.stop_audition();
        }
    }
}
