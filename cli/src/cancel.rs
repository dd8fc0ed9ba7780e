//! Ctrl-C stops the work where it is, so that unfinished files are removed on the way out.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{CliError, STOPPED_CODE};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C (and a request to terminate) end the work in order instead of killing the process. The second one ends the
/// process at once: all that is left to do then is to remove unfinished files.
pub fn listen() {
    // Fails where a handler is already set (a second command in one process) or the system has no signals: then
    // the first handler, or the system's own, stays in charge.
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            earmark_audio::remove_unfinished();
            std::process::exit(STOPPED_CODE.into());
        }
    });
}

/// To be asked once a block.
///
/// # Errors
/// [`CliError::Stopped`] after Ctrl-C.
pub fn check() -> Result<(), CliError> {
    if STOPPED.load(Ordering::Relaxed) {
        Err(CliError::Stopped)
    } else {
        Ok(())
    }
}
