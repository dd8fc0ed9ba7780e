//! What a text costs on its way to the separator.

use std::sync::mpsc;
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_models::Model;
use earmark_models::{ModelError, Place};
use earmark_queries::{QueryError, Service, Sounds};
use serde::Serialize;

use super::measure::{Memory, median};

/// A query as people type them.
const TEXT: &str = "the sound of hitting the keyboard";

/// From handing a text over to having its condition, the way the plug-in goes: through the service's thread.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Query {
    /// The first one, for which the encoder is opened. Where a text is typed, that is done at its first letter.
    pub(super) first: Cost,
    /// The median of those after it.
    pub(super) next: Cost,
    /// The most that the process grew by meanwhile, in megabytes (10⁶ bytes), where the system tells.
    pub(super) memory_mb: Option<f64>,
    /// What of that it kept.
    pub(super) kept_mb: Option<f64>,
}

/// Of one query.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Cost {
    /// Milliseconds that pass.
    pub(super) wall_ms: f64,
    /// Milliseconds of all threads together.
    pub(super) cpu_ms: f64,
}

impl Query {
    /// Measures the model's encoder, and `repeats` more queries than the first. A model that is there to be timed has none.
    pub(super) fn measure(model: &Model, repeats: u16) -> Result<Option<Query>, QueryError> {
        if model.place == Place::Procedural {
            return Ok(None);
        }
        let memory = Memory::now();
        let first = encode(model, TEXT)?;
        // Each as long as the first, and none the same: the service knows what it has just read.
        let next = (0..repeats.max(1))
            .map(|n| encode(model, &format!("the sound of hitting keyboard {n}")))
            .collect::<Result<Vec<Cost>, _>>()?;
        Ok(Some(Query {
            first,
            next: Cost {
                wall_ms: median(next.iter().map(|cost| cost.wall_ms)),
                cpu_ms: median(next.iter().map(|cost| cost.cpu_ms)),
            },
            memory_mb: memory.as_ref().and_then(Memory::grown_mb),
            kept_mb: memory.as_ref().and_then(Memory::kept_mb),
        }))
    }
}

fn encode(model: &Model, text: &str) -> Result<Cost, QueryError> {
    let (tell, told) = mpsc::channel();
    let (began, begun) = (Instant::now(), ProcessTime::now());
    let mut sounds = Sounds::default();
    for job in sounds.keep([&text.into()], |_| None) {
        let tell = tell.clone();
        Service::shared().encode(model, job, move |_, encoded| {
            // Who asked waits for it.
            let _ = tell.send(encoded.map(drop));
        });
    }
    drop(tell);
    // The service answers always; if not, its thread could not be had.
    told.recv().map_err(|_| ModelError::Weights {
        reason: "the system gives no thread to encode a query".into(),
    })??;
    Ok(Cost {
        wall_ms: 1e3 * began.elapsed().as_secs_f64(),
        cpu_ms: 1e3 * begun.elapsed().as_secs_f64(),
    })
}
