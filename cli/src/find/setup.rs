//! What holds for all files of a run.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use earmark_engine::{Query, Trim};
use earmark_find::Rules;
use earmark_models::{Detector, Separator, SeparatorSpec};
use earmark_queries::Doubt;

use super::made::Made;
use crate::args::Find;
use crate::error::CliError;
use crate::examples::Told;
use crate::inputs::{Crew, Identity, Span};
use crate::model::Model;
use crate::queries::{Queries, Read};
use crate::search::in_words;

/// The model, what it is asked for, and how.
pub(super) struct Setup {
    pub(super) separator: Arc<dyn Separator>,
    /// What says whether sounds are there, where the model has it.
    pub(super) detector: Option<Arc<Detector>>,
    /// The sounds as typed.
    pub(super) queries: Queries,
    /// The wanted ones as the separator reads them, less what does not count.
    pub(super) wanted: Vec<Query>,
    /// The examples that were listened to.
    pub(super) examples: Told,
    /// What the model most likely does not understand.
    pub(super) doubts: Vec<Doubt>,
    pub(super) rules: Rules,
    pub(super) trim: Trim,
    pub(super) span: Span,
    track: Option<NonZeroUsize>,
    /// Threads of each file.
    pub(super) threads: NonZeroUsize,
}

impl Setup {
    /// Loads the model and encodes the queries.
    ///
    /// # Errors
    /// A [`CliError`] of the model or a query.
    pub(super) fn new(options: &Find, queries: &Queries) -> Result<Setup, CliError> {
        Crew::fill_pool(options.threads);
        let model = Model::load(options.model.as_deref(), options.quality)?;
        let Read {
            wanted,
            examples,
            doubts,
        } = queries.read(&model)?;
        let detector = model.detector()?;
        Ok(Setup {
            rules: options.occurrences.rules(),
            detector,
            separator: model.separator,
            queries: queries.clone(),
            wanted,
            examples,
            doubts,
            trim: options.level.trim.into(),
            span: Span {
                start: options.start,
                end: options.end,
            },
            track: options.track,
            threads: Crew::of(options.threads, options.jobs, 1).threads,
        })
    }

    pub(super) fn spec(&self) -> &SeparatorSpec {
        self.separator.spec()
    }

    /// How a file is searched.
    pub(super) fn made(&self, input: &Path) -> Made {
        let spec = self.spec();
        let [like, not_like] = self.examples.checksums();
        Made {
            earmark: env!("CARGO_PKG_VERSION").into(),
            source: Identity::of(input),
            wanted: self.queries.wanted.clone(),
            not: self.queries.unwanted.clone(),
            like,
            not_like,
            model: spec.id.clone(),
            weights: spec.sha256.clone(),
            quality: [spec.block, spec.lookahead, spec.context],
            level: match self.trim {
                Trim::Automatic => "auto".into(),
                Trim::Fixed(db) => db.to_string(),
            },
            rules: in_words(self.rules),
            span: self.span.words(),
            track: self.track.map(usize::from),
        }
    }
}
