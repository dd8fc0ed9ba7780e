//! Separates the kept input in the background.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::replay::Clip;
use crate::block::Block;
use crate::error::EngineError;
use crate::heard::Heard;
use crate::shared::Shared;
use crate::worker::duty;
use crate::worker::stream::Stream;

/// Fade at both ends of what is played over and over, in seconds.
const EDGE_SECONDS: f64 = 0.01;

/// Separates what is kept with what the slots of `heard` ask for, and has it played.
///
/// # Errors
/// [`EngineError::Thread`] when the system gives no thread.
pub(crate) fn begin(shared: &Arc<Shared>, heard: Heard) -> Result<(), EngineError> {
    let number = shared.auditions.begin();
    let for_thread = shared.clone();
    let spawned = std::thread::Builder::new()
        .name("earmark-audition".into())
        .spawn(move || {
            let shared = for_thread;
            duty::lower_priority();
            // The model's code may panic; the audition is over then, and nothing else is.
            let clip = catch_unwind(AssertUnwindSafe(|| separate(&shared, heard, number)))
                .unwrap_or_else(|_| Err("the model's code panicked".into()));
            let handed = match clip {
                Ok(clip) => clip.is_some_and(|clip| shared.auditions.hand_over(clip)),
                Err(words) => {
                    tracing::error!("the audition failed: {words}");
                    *shared.auditions.failure.lock() =
                        Some(format!("The last seconds could not be separated ({words})."));
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

/// `None` where something newer is asked for, or nothing can be separated: no query, no model, nothing kept.
fn separate(shared: &Shared, heard: Heard, number: u32) -> Result<Option<Clip>, String> {
    let (auditions, geometry) = (&shared.auditions, &shared.geometry);
    let (mixture, shaping) = auditions.unrolled();
    let len = mixture.first().map_or(0, Vec::len);
    let wishes = shared.wishes.lock().clone();
    if len == 0 || wishes.separator.is_none() || wishes.query(heard).is_none() {
        return Ok(None);
    }
    let mut stream =
        Stream::new(geometry, &shared.spec, &auditions.config).map_err(|error| error.to_string())?;
    stream.restart(heard, shaping, wishes, true);
    let total = geometry.leading_silence + len + geometry.delay();
    let mut target = vec![Vec::with_capacity(total); mixture.len()];
    let mut block = Block::new(mixture.len(), geometry.block);
    for start in (0..total).step_by(geometry.block) {
        if !auditions.ticket.report(number, start as f32 / total as f32) {
            return Ok(None);
        }
        duty::let_live_blocks_pass();
        for (to, from) in block.samples.iter_mut().zip(&mixture) {
            for (k, to) in to.iter_mut().enumerate() {
                let sample = (start + k).checked_sub(geometry.leading_silence);
                *to = sample.and_then(|k| from.get(k)).copied().unwrap_or_default();
            }
        }
        block.index = (start / geometry.block) as u64;
        stream.process(&mut block, true, false, |_, _| {})?;
        for (target, samples) in target.iter_mut().zip(&block.samples) {
            target.extend_from_slice(samples);
        }
    }
    for target in &mut target {
        target.drain(..geometry.leading_silence + geometry.delay());
        target.truncate(len);
    }
    let mut clip = Clip {
        number,
        mixture,
        target,
    };
    let edge = geometry.samples(EDGE_SECONDS).min(len / 2);
    for channel in clip.mixture.iter_mut().chain(&mut clip.target) {
        for k in 0..edge {
            let gain = (k + 1) as f32 / (edge + 1) as f32;
            channel[k] *= gain;
            channel[len - 1 - k] *= gain;
        }
    }
    Ok(Some(clip))
}
