//! The last seconds of input, heard again.

use earmark_engine::Heard;

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

    /// Goes back to the output.
    pub fn stop_audition(&self) {
        if let Some(handle) = &self.inner.lock().line.handle {
            handle.stop_audition();
        }
    }
}
