//! What holds for all files of a run.

use std::num::NonZeroUsize;
use std::sync::Arc;

use earmark_audio::{Bits, Format};
use earmark_controls::Quality;
use earmark_engine::{Query, Trim};
use earmark_find::Rules;
use earmark_models::{Detector, Separator, SeparatorSpec};
use earmark_queries::{Doubt, Which};

use super::job::{Job, Planned};
use super::part::Part;
use super::report::{Output, Written};
use super::stamp::{Settings, Stamp};
use crate::args::{BitsChoice, DEFAULT_BLOCK, Mode, Separate};
use crate::error::CliError;
use crate::examples::Told;
use crate::inputs::{Crew, Span};
use crate::model::Model;
use crate::queries::{Queries, Read};
use crate::search::in_words;

/// The model, what it is asked for, and how.
pub(super) struct Setup {
    pub(super) separator: Arc<dyn Separator>,
    /// The wanted sounds as typed, and as the separator reads them, less what is not wanted.
    wanted: Vec<(String, Query)>,
    /// What says whether sounds are there, where one of several times is meant and the model has it.
    pub(super) detector: Option<Arc<Detector>>,
    /// Which one of the times that it is heard, for each of them.
    pub(super) which: Vec<Option<Which>>,
    /// All of them as one query.
    together: Query,
    /// What is not wanted, as typed.
    pub(super) unwanted: Vec<String>,
    /// The examples that were listened to.
    pub(super) examples: Told,
    /// What the model most likely does not understand.
    pub(super) doubts: Vec<Doubt>,
    pub(super) mode: Mode,
    pub(super) trim: Trim,
    pub(super) span: Span,
    /// What counts as one of several times.
    pub(super) rules: Rules,
    pub(super) track: Option<NonZeroUsize>,
    bits: Option<BitsChoice>,
    /// Samples handed over at a time, where that happens at the speed of the sound.
    pub(super) live: Option<usize>,
    /// Threads of each file.
    pub(super) threads: NonZeroUsize,
}

/// What goes into a file.
#[derive(Clone, Copy)]
pub(super) enum Take {
    /// The target of one of the queries.
    Target(usize),
    /// The mixture without the target of one of the queries.
    Without(usize),
}

impl Setup {
    /// Loads the model and encodes the queries.
    ///
    /// # Errors
    /// A [`CliError`] of the model or a query.
    pub(super) fn new(options: &Separate, queries: &Queries) -> Result<Self, CliError> {
        let quality = options.quality.unwrap_or(if options.live {
            Quality::Balanced
        } else {
            Quality::Best
        });
        Crew::fill_pool(options.threads);
        let model = Model::load(options.model.as_deref(), quality)?;
        if options.rest.is_some() || options.mode == Mode::Remove {
            queries.check_together()?;
        }
        let Read {
            wanted: read,
            examples,
            doubts,
        } = queries.read(&model)?;
        let wanted: Vec<(String, Query)> = queries.wanted.iter().cloned().zip(read).collect();
        let together = Query {
            wanted: wanted
                .iter()
                .flat_map(|(_, query)| query.wanted.clone())
                .collect(),
            // The same for all: those of one sound were refused where that matters.
            unwanted: wanted[0].1.unwanted.clone(),
        };
        // Which one is meant is a question for files; without it nothing is detected.
        let says_which = queries.which.iter().any(Option::is_some);
        let detector = if says_which { model.detector()? } else { None };
        Ok(Self {
            wanted,
            rules: options.occurrences.rules(),
            detector,
            which: queries.which.clone(),
            together,
            unwanted: queries.unwanted.clone(),
            examples,
            doubts,
            separator: model.separator,
            mode: options.mode,
            trim: options.level.trim.into(),
            track: options.track,
            span: Span {
                start: options.start,
                end: options.end,
            },
            bits: options.bits,
            live: options.live.then(|| options.block.unwrap_or(DEFAULT_BLOCK)),
            threads: Crew::of(options.threads, options.jobs, 1).threads,
        })
    }

    /// Whether one of several times is meant.
    fn says_which(&self) -> bool {
        self.which.iter().any(Option::is_some)
    }

    /// What a wanted sound is called.
    pub(super) fn name(&self, sound: usize) -> &str {
        &self.wanted[sound].0
    }

    pub(super) fn spec(&self) -> &SeparatorSpec {
        self.separator.spec()
    }

    /// The queries that are heard, and what of their targets goes into each file: the outputs first, then the rest.
    ///
    /// What several sounds have in common is taken once, so what none of them took is no sum of their targets: it is a query of
    /// its own, of all sounds as one.
    pub(super) fn voices(&self, with_rest: bool) -> (Vec<Query>, Vec<Take>) {
        match self.mode {
            Mode::Remove => (
                vec![self.together.clone()],
                vec![Take::Without(0), Take::Target(0)],
            ),
            Mode::Isolate => {
                let mut voices: Vec<Query> = self.wanted.iter().map(|(_, query)| query.clone()).collect();
                let mut parts: Vec<Take> = (0..voices.len()).map(Take::Target).collect();
                if with_rest && voices.len() > 1 {
                    voices.push(self.together.clone());
                }
                parts.push(Take::Without(voices.len() - 1));
                (voices, parts)
            }
        }
    }

    /// The bits of a file of this format, and whether they are those that were asked for.
    pub(super) fn bits(&self, format: Format, encoding: Option<earmark_audio::Encoding>) -> (Bits, bool) {
        match self.bits {
            None => (format.default_bits(), true),
            Some(BitsChoice::These(bits)) => (bits, true),
            Some(BitsChoice::Input) => format.nearest(encoding),
        }
    }

    /// How a file is made.
    pub(super) fn stamp(&self, job: &Job, part: &Part) -> Stamp {
        let spec = self.spec();
        let [like, not_like] = self.examples.checksums();
        Stamp {
            earmark: env!("CARGO_PKG_VERSION").into(),
            source: job.source.clone(),
            part: part.clone(),
            settings: Settings {
                model: spec.id.clone(),
                weights: spec.sha256.clone(),
                quality: [spec.block, spec.lookahead, spec.context],
                level: match self.trim {
                    Trim::Automatic => "auto".into(),
                    Trim::Fixed(db) => db.to_string(),
                },
                bits: match self.bits {
                    None => "usual".into(),
                    Some(BitsChoice::These(bits)) => bits.count().to_string(),
                    Some(BitsChoice::Input) => "input".into(),
                },
                span: self.span.words(),
                track: self.track.map(usize::from),
                live: self.live.is_some(),
                rules: self.says_which().then(|| in_words(self.rules)),
                like,
                not_like,
            },
        }
    }

    /// What the files of a job hold, for people and scripts.
    pub(super) fn written(&self, job: &Job) -> Written {
        let path = |file: &Planned| file.path.display().to_string();
        let queries: Vec<Option<String>> = match self.mode {
            Mode::Isolate => self.wanted.iter().map(|(text, _)| Some(text.clone())).collect(),
            Mode::Remove => vec![None],
        };
        Written {
            input: job.input.display().to_string(),
            queries: self.wanted.iter().map(|(text, _)| text.clone()).collect(),
            outputs: queries
                .into_iter()
                .zip(job.outputs())
                .map(|(query, output)| Output {
                    query,
                    path: path(output),
                })
                .collect(),
            rest: job.rest().map(path),
        }
    }
}
