//! One file through the engine and the search.

use std::path::Path;

use earmark_audio::Reader;
use earmark_find::{Occurrence, Search};

use super::report::{Found, Named};
use super::setup::Setup;
use crate::error::CliError;
use crate::inputs::{Watched, hear, in_words_for_files};
use crate::through::Through;

impl Setup {
    /// Searches one file, which is open.
    ///
    /// # Errors
    /// A [`CliError`] of the input or the model.
    pub(super) fn run(&self, input: &Path, mut reader: Reader, watched: &Watched) -> Result<Found, CliError> {
        let (rate, channels) = (reader.rate(), reader.channels());
        let cut = self.span.of(input, rate, reader.frames(), self.spec())?;
        let mut through = Through::whole(
            &self.separator,
            &self.wanted,
            f64::from(rate),
            channels,
            self.threads,
        )
        .map_err(|error| in_words_for_files(error, input))?;
        through.set_trim(self.trim);

        let mut search = Search::new(self.wanted.len(), rate, channels, self.rules);
        let mut found: Vec<(usize, Occurrence)> = Vec::new();
        let heard = hear(
            input,
            &mut reader,
            (self.span, &cut),
            &mut through,
            watched,
            |mixture, targets| {
                search.push(mixture, targets, |query, one| found.push((query, one)));
                Ok(())
            },
        )?;
        search.finish(|query, one| found.push((query, one)));

        let start = cut.written.start as f64 / f64::from(rate);
        found.sort_by(|(_, a), (_, b)| a.onset.total_cmp(&b.onset));
        Ok(Found {
            input: input.display().to_string(),
            queries: self.queries.wanted.clone(),
            occurrences: found
                .into_iter()
                .map(|(query, one)| self.named(query, one, start))
                .collect(),
            not_understood: self.doubts.clone(),
            made: self.made(input),
            sample_rate: rate,
            channels,
            seconds: heard.samples as f64 / f64::from(rate),
            elapsed_seconds: heard.elapsed_seconds,
            cpu_seconds: heard.cpu_seconds,
            damaged_packets: reader.damaged(),
            missing_samples: reader.missing(),
            warnings: reader.warnings().iter().map(ToString::to_string).collect(),
            not_numbers: heard.not_numbers,
        })
    }

    /// An occurrence with its query, counted from the beginning of the file, where the search began at `start` seconds.
    fn named(&self, query: usize, one: Occurrence, start: f64) -> Named {
        // To the microsecond: the rest is rounding.
        let at = |seconds: f64| (1e6 * (start + seconds)).round() / 1e6;
        Named {
            query: self.queries.wanted[query].clone(),
            time: Occurrence {
                onset: at(one.onset),
                offset: at(one.offset),
                peak: at(one.peak),
                ..one
            },
        }
    }
}
