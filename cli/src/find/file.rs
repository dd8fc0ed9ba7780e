//! One file through the engine and the search.

use std::path::Path;

use earmark_audio::Reader;
use earmark_find::Occurrence;

use super::report::{Found, Named};
use super::setup::Setup;
use crate::error::CliError;
use crate::inputs::Watched;
use crate::search::{Searched, Sought};
use crate::which::meant;

impl Setup {
    /// Searches one file, which is open.
    ///
    /// # Errors
    /// A [`CliError`] of the input or the model.
    pub(super) fn run(&self, input: &Path, mut reader: Reader, watched: &Watched) -> Result<Found, CliError> {
        let (rate, channels) = (reader.rate(), reader.channels());
        let sought = Sought {
            separator: &self.separator,
            detector: self.detector.as_deref(),
            queries: &self.wanted,
            rules: self.rules,
            trim: self.trim,
            span: self.span,
            threads: self.threads,
        };
        let Searched {
            occurrences,
            cut,
            heard,
        } = sought.search(input, &mut reader, watched)?;
        let start = cut.written.start as f64 / f64::from(rate);
        Ok(Found {
            input: input.display().to_string(),
            queries: self.queries.wanted.clone(),
            occurrences: self
                .meant(occurrences)
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

    /// Of each query all of its occurrences, or the one that is meant where the query says which.
    fn meant(&self, mut all: Vec<(usize, Occurrence)>) -> Vec<(usize, Occurrence)> {
        for (query, which) in self.queries.which.iter().enumerate() {
            let Some(which) = *which else { continue };
            let (of_it, place) = meant(which, query, &all);
            let meant = place.map(|place| of_it[place]);
            all.retain(|(of, one)| *of != query || meant == Some(*one));
        }
        all
    }

    /// An occurrence with its query, counted from the beginning of the file, where the search began at `start` seconds.
    fn named(&self, query: usize, one: Occurrence, start: f64) -> Named {
        Named {
            query: self.queries.wanted[query].clone(),
            time: one.from(start),
        }
    }
}
