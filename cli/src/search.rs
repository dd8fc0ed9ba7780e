//! When sounds are there in one file: through the engine and the search.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use earmark_audio::Reader;
use earmark_engine::{Query, Trim};
use earmark_find::{Occurrence, Rules, Search};
use earmark_models::{Detector, Separator};

use crate::error::CliError;
use crate::hearing::Hearing;
use crate::inputs::{Cut, Heard, Span, Watched, hear, in_words_for_files};
use crate::through::Through;

/// What is looked for, and how.
pub(crate) struct Sought<'a> {
    pub(crate) separator: &'a Arc<dyn Separator>,
    /// What says whether the sounds are there, where the model has it.
    pub(crate) detector: Option<&'a Detector>,
    pub(crate) queries: &'a [Query],
    pub(crate) rules: Rules,
    pub(crate) trim: Trim,
    pub(crate) span: Span,
    pub(crate) threads: NonZeroUsize,
}

/// What was found. Times are in seconds from the beginning of the span.
pub(crate) struct Searched {
    /// Each with the number of its query, in the order of their onsets.
    pub(crate) occurrences: Vec<(usize, Occurrence)>,
    pub(crate) cut: Cut,
    pub(crate) heard: Heard,
}

impl Sought<'_> {
    /// Searches one file, which is open.
    ///
    /// # Errors
    /// A [`CliError`] of the input or the model.
    pub(crate) fn search(
        &self,
        input: &Path,
        reader: &mut Reader,
        watched: &Watched,
    ) -> Result<Searched, CliError> {
        let (rate, channels) = (reader.rate(), reader.channels());
        let cut = self
            .span
            .of(input, rate, reader.frames(), self.separator.spec())?;
        let mut through = Through::whole(
            self.separator,
            self.queries,
            f64::from(rate),
            channels,
            self.threads,
        )
        .map_err(|error| in_words_for_files(error, input))?;
        through.set_trim(self.trim);

        let hearing = |detector| Hearing::new(detector, self.queries, input, rate);
        let mut hearing = self.detector.map(hearing);
        let mut search = match &hearing {
            Some(hearing) => hearing.search(channels, self.rules),
            None => Search::new(self.queries.len(), rate, channels, self.rules),
        };
        let mut occurrences: Vec<(usize, Occurrence)> = Vec::new();
        let heard = hear(
            input,
            reader,
            (self.span, &cut),
            &mut through,
            watched,
            |mixture, targets| {
                search.push(mixture, targets, |query, one| occurrences.push((query, one)));
                match &mut hearing {
                    Some(hearing) => hearing.push(mixture, |query, chance| search.detect(query, chance)),
                    None => Ok(()),
                }
            },
        )?;
        if let Some(hearing) = hearing {
            hearing.finish(|query, chance| search.detect(query, chance))?;
        }
        search.finish(|query, one| occurrences.push((query, one)));
        occurrences.sort_by(|(_, a), (_, b)| a.onset.total_cmp(&b.onset));
        Ok(Searched {
            occurrences,
            cut,
            heard,
        })
    }
}

/// Threshold, smoothing, longest pause and shortest length, as they were typed.
pub(crate) fn in_words(rules: Rules) -> [String; 4] {
    [
        rules.threshold.to_string(),
        rules.smooth.to_string(),
        rules.gap.to_string(),
        rules.shortest.to_string(),
    ]
}
