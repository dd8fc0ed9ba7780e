//! Separates an excerpt in the background, and has it played.

use std::sync::Arc;

use super::excerpt::Excerpt;
use super::replay::Clip;
use crate::error::EngineError;
use crate::shared::Shared;
use crate::worker::duty;

/// Separates an excerpt and has it played; without one, or where nothing can be separated, whatever is auditioned ends.
///
/// # Errors
/// [`EngineError::Thread`] when the system gives no thread.
pub(crate) fn begin(shared: &Arc<Shared>, excerpt: Option<Excerpt>) -> Result<(), EngineError> {
    let number = shared.auditions.begin();
    let Some(excerpt) = excerpt.filter(Excerpt::can_be_separated) else {
        shared.auditions.ticket.fail(number);
        return Ok(());
    };
    let for_thread = shared.clone();
    let spawned = std::thread::Builder::new()
        .name("earmark-audition".into())
        .spawn(move || {
            let shared = for_thread;
            duty::lower_priority();
            let parts = excerpt.separate(|done| shared.auditions.ticket.report(number, done));
            let handed = match parts {
                Ok(parts) => parts.is_some_and(|parts| shared.auditions.hand_over(Clip { number, parts })),
                Err(error) => {
                    tracing::error!("the audition failed: {error}");
                    *shared.auditions.failure.lock() = Some(error.to_string());
                    false
                }
            };
            if !handed {
                shared.auditions.ticket.fail(number);
            }
        });
    if let Err(error) = spawned {
        shared.auditions.ticket.fail(number);
        return Err(error.into());
    }
    Ok(())
}
