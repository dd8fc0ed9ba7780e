//! How long a separator takes.

use std::time::{Duration, Instant};

use num_complex::Complex32;

use crate::error::ModelError;
use crate::procedural;
use crate::separator::{Condition, Separator};

/// Blocks that a stream is given before one is timed, beyond its lookahead.
const SETTLE: usize = 3;

/// How long a steady step of a stream takes, on noise and a query that means nothing.
///
/// # Errors
/// Those of the stream.
pub fn step_time(separator: &dyn Separator) -> Result<Duration, ModelError> {
    let spec = separator.spec();
    let values: Vec<f32> = procedural::uniform("condition", spec.condition_size).collect();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let condition = Condition {
        encoder: spec.encoder,
        values: values.iter().map(|value| value / norm).collect(),
    };
    let size = spec.block * spec.stft.bins();
    let magnitudes: Vec<f32> = procedural::uniform("magnitudes", size)
        .map(|value| 4.0 * value.abs())
        .collect();
    let mut masks = vec![Complex32::default(); size];
    let mut stream = separator.stream(&[condition])?;
    // An accelerator's windows grow until they hold the context; nobody has to hear the masks until then.
    let before = spec.context.div_ceil(spec.block);
    stream.skip_first(before * spec.block);
    let pushes = before + spec.lookahead.div_ceil(spec.block) + SETTLE;
    let mut last = Duration::MAX;
    for push in 0..pushes {
        let begun = Instant::now();
        stream.push(&magnitudes, &mut masks)?;
        // The first answers pay for what is made ready once.
        if push + 2 >= pushes {
            last = last.min(begun.elapsed());
        }
    }
    Ok(last)
}
