//! A part of a sound, heard as in the whole of it.

use std::ops::Range;
use std::path::Path;

use earmark_models::SeparatorSpec;

use crate::args::Time;
use crate::error::CliError;

/// Seconds before a span that are heard with it: what the automatic level remembers. The model's own memory is added.
const MEMORY_SECONDS: f64 = 60.0;
/// No grid of frames is coarser, in seconds.
const COARSEST: u64 = 120;

/// What is asked for of a sound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: Option<Time>,
    pub(crate) end: Option<Time>,
}

/// The same of one file, in its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Where hearing begins: a whole number of model steps after the start, so that frames fall where they fall in the whole.
    pub(crate) heard_from: u64,
    /// What is written.
    pub(crate) written: Range<u64>,
}

impl Cut {
    /// What is asked for of `len` samples that begin with sample `at` of the file, as a part of them.
    pub(crate) fn part(&self, at: u64, len: usize) -> Range<usize> {
        let place = |sample: u64| sample.saturating_sub(at).min(len as u64) as usize;
        place(self.written.start)..place(self.written.end)
    }
}

impl Span {
    /// It in words, the same for the same span.
    pub(crate) fn words(self) -> String {
        let time = |time: Option<Time>| time.map_or(String::new(), |time| time.0.to_string());
        format!("{}-{}", time(self.start), time(self.end))
    }

    /// It in a file of this rate, which declares so many samples.
    ///
    /// # Errors
    /// [`CliError::BehindTheEnd`].
    pub(crate) fn of(
        self,
        path: &Path,
        rate: u32,
        frames: Option<u64>,
        spec: &SeparatorSpec,
    ) -> Result<Cut, CliError> {
        let start = self.start.map_or(0, |start| start.sample(rate));
        let end = self.end.map_or(u64::MAX, |end| end.sample(rate));
        if let Some(frames) = frames.filter(|&frames| start > 0 && start >= frames) {
            return Err(self.behind_the_end(path, rate, frames));
        }
        let context = spec.context as f64 * spec.stft.hop as f64 / f64::from(spec.sample_rate);
        let before = ((MEMORY_SECONDS + context) * f64::from(rate)).ceil() as u64;
        let grid = grid_seconds(spec) * u64::from(rate);
        Ok(Cut {
            heard_from: start.saturating_sub(before) / grid * grid,
            // Not cut where the file declares its end: it may hold more.
            written: start..end.max(start),
        })
    }

    /// That there is nothing of it in a file of so many samples.
    pub(crate) fn behind_the_end(self, path: &Path, rate: u32, frames: u64) -> CliError {
        CliError::BehindTheEnd {
            path: path.to_owned(),
            start: self.start.map_or(0.0, |start| start.0),
            seconds: frames as f64 / f64::from(rate),
        }
    }
}

/// The shortest whole number of seconds that is a whole number of the model's steps.
fn grid_seconds(spec: &SeparatorSpec) -> u64 {
    let (step, rate) = ((spec.block * spec.stft.hop) as u64, u64::from(spec.sample_rate));
    let (mut a, mut b) = (step.max(1), rate.max(1));
    while b > 0 {
        (a, b) = (b, a % b);
    }
    (step / a).clamp(1, COARSEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hearing_begins_on_the_grid_and_long_before() {
        let spec = earmark_models::bundled::spec();
        let span = |start, end| Span {
            start: Some(Time(start)),
            end: Some(Time(end)),
        };
        let of = |span: Span| span.of(Path::new("x"), 44_100, Some(44_100 * 600), spec);
        let cut = of(span(500.0, 510.5)).expect("it is in the file");
        assert_eq!(cut.written, 22_050_000..22_513_050);
        let grid = grid_seconds(spec) * 44_100;
        assert_eq!(cut.heard_from % grid, 0);
        assert!(cut.heard_from <= 440 * 44_100 && cut.heard_from + grid > 430 * 44_100);
        assert_eq!(of(span(3.0, 4.0)).expect("it is in the file").heard_from, 0);
        assert_eq!(
            of(span(599.0, 700.0)).expect("a part is in the file").written.end,
            44_100 * 700
        );
        let behind = of(span(600.0, 700.0)).expect_err("there is nothing").to_string();
        assert!(
            behind.contains("600") && behind.contains("600.00 s long"),
            "{behind}"
        );
        assert!(Span::default().of(Path::new("x"), 44_100, Some(0), spec).is_ok());
    }
}
