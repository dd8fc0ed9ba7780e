//! The span of a file that was asked for, through the engines.

use std::path::Path;
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_audio::Reader;
use indicatif::ProgressBar;

use super::{Cut, Span};
use crate::error::CliError;
use crate::through::{Counts, Through};
use crate::{cancel, progress};

/// What a person sees of one file while it is read.
pub(crate) enum Watched<'a> {
    /// Its seconds, after these words.
    Alone(&'a str),
    /// Nothing: others are read at the same time, and whoever counts them shows it. Nor can the processor's time be told apart
    /// then.
    AmongOthers,
}

/// What was heard of a file.
pub(crate) struct Heard {
    /// Samples of a channel in the span that was asked for.
    pub(crate) samples: u64,
    /// Samples of all channels in it that are NaN or infinite.
    pub(crate) not_numbers: u64,
    pub(crate) counts: Counts,
    pub(crate) elapsed_seconds: f64,
    /// Of all threads; `None` where other files were read at the same time.
    pub(crate) cpu_seconds: Option<f64>,
}

/// Reads what has to be heard for a span, which is `cut` in this file, and hands what was asked for to `each`: the mixture,
/// `[channel][sample]`, and the targets, `[query][channel][sample]`.
///
/// # Errors
/// Those of the reader, of [`Through::run`] and of `each`, and [`CliError::BehindTheEnd`].
pub(crate) fn hear(
    input: &Path,
    reader: &mut Reader,
    (span, cut): (Span, &Cut),
    through: &mut Through,
    watched: &Watched,
    mut each: impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), CliError>,
) -> Result<Heard, CliError> {
    let rate = reader.rate();
    let asked = &cut.written;
    let bar = bar(reader, cut, watched);
    let (mut samples, mut not_numbers) = (0u64, 0u64);
    let (started, cpu) = (Instant::now(), ProcessTime::now());
    let heard_to = asked.end.saturating_add(through.latency() as u64);
    let mut read_at = pass_over(reader, cut.heard_from)?;
    let length = reader
        .frames()
        .map(|frames| frames.min(heard_to).saturating_sub(read_at));
    let mut heard_at = read_at;
    let counts = through.run(
        length,
        |block| {
            let count = reader.read(block)?;
            let left = usize::try_from(heard_to - read_at).unwrap_or(usize::MAX);
            let part = cut.part(read_at, count);
            let heard = block.iter().flat_map(|channel| &channel[part.clone()]);
            not_numbers += heard.filter(|sample| !sample.is_finite()).count() as u64;
            read_at += count as u64;
            Ok(count.min(left))
        },
        |mixture, targets| {
            let len = mixture.first().map_or(0, |channel| channel.len());
            let part = cut.part(heard_at, len);
            heard_at += len as u64;
            if part.is_empty() {
                return Ok(());
            }
            samples += part.len() as u64;
            let mixture: Vec<&[f32]> = mixture.iter().map(|channel| &channel[part.clone()]).collect();
            let targets: Vec<Vec<&[f32]>> = targets
                .iter()
                .map(|target| target.iter().map(|channel| &channel[part.clone()]).collect())
                .collect();
            each(&mixture, &targets)?;
            bar.set_position(samples / u64::from(rate));
            Ok(())
        },
    )?;
    let (elapsed, cpu) = (started.elapsed(), cpu.elapsed().as_secs_f64());
    bar.finish_and_clear();
    cancel::check()?;
    if samples == 0 && asked.start > 0 {
        return Err(span.behind_the_end(input, rate, read_at));
    }
    Ok(Heard {
        samples,
        not_numbers,
        counts,
        elapsed_seconds: elapsed.as_secs_f64(),
        cpu_seconds: matches!(watched, Watched::Alone(_)).then_some(cpu),
    })
}

/// A bar over the seconds of the span.
fn bar(reader: &Reader, cut: &Cut, watched: &Watched) -> ProgressBar {
    let Watched::Alone(words) = watched else {
        return ProgressBar::hidden();
    };
    let seconds = reader.frames().map(|frames| {
        (frames.min(cut.written.end) - cut.written.start.min(frames)) / u64::from(reader.rate())
    });
    progress::bar(seconds, &format!("{words}{{pos}} of {{len}} s, {{eta}} left"))
}

/// Reads so many samples without hearing them, and returns how many there were.
fn pass_over(reader: &mut Reader, samples: u64) -> Result<u64, CliError> {
    let mut block = vec![vec![0.0; 4096]; reader.channels()];
    let mut passed = 0;
    while passed < samples {
        cancel::check()?;
        let wanted = (samples - passed).min(4096) as usize;
        block.iter_mut().for_each(|channel| channel.resize(wanted, 0.0));
        let count = reader.read(&mut block)?;
        passed += count as u64;
        if count < wanted {
            break;
        }
    }
    Ok(passed)
}
