//! `earmark evaluate`: what a model is worth, on pairs of clips mixed at known levels.
//!
//! The protocol is that of AudioSep's evaluation (one channel at the model's rate, the whole clip, AudioSep's measures),
//! but through the engine that a host would run, so that the figures are those of what is heard.

mod chart;
pub mod mixture;
pub mod offline;
pub mod pairs;
pub mod paraphrases;
pub mod scores;
pub mod statistics;
pub mod summary;
pub(crate) mod table;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use earmark_audio::{FileError, mono_at};
use earmark_engine::Query;
use earmark_models::resunet::Quality;
use earmark_models::{Condition, Separator, metrics};
use indicatif::ProgressBar;

use crate::args::Evaluate;
use crate::chart::Chart;
use crate::error::CliError;
use crate::examples::Example;
use crate::model::Model;
use crate::through::Through;
use crate::{cancel, output, progress};
use mixture::mix;
use pairs::Pair;
use paraphrases::Paraphrases;
use scores::{Measured, Offline, Score, Scores};
use summary::Summary;

/// Queries of one mixture that are computed together, where there are paraphrases to ask for: each has its memory.
const BATCH: usize = 8;

/// Runs `earmark evaluate`.
///
/// # Errors
/// A [`CliError`] that names the row of the list where one is to blame.
pub fn run(options: &Evaluate) -> Result<(), CliError> {
    cancel::listen();
    let pairs = pairs::read(&options.pairs)?;
    let pairs = &pairs[..options.limit.unwrap_or(pairs.len()).min(pairs.len())];
    check_files(&options.pairs, pairs, &options.audio)?;
    let paraphrases = options
        .paraphrases
        .as_deref()
        .map(Paraphrases::read)
        .transpose()?;
    if let Some(paraphrases) = &paraphrases {
        paraphrases.check(pairs, &options.pairs)?;
    }
    let chart = options.chart.as_deref().map(Chart::create).transpose()?;

    let quality = options.quality;
    let mut model = Model::load(options.model.as_deref(), quality)?;
    model.trim = options.level.trim.into();
    // What streaming is held against hears as far ahead as the network reaches.
    let whole = match (options.offline, quality) {
        (false, _) => None,
        (true, Quality::Best) => Some(model.separator.clone()),
        (true, _) => Some(Model::load(options.model.as_deref(), Quality::Best)?.separator),
    };
    let evaluation = Evaluation {
        list: options.pairs.clone(),
        folder: options.audio.clone(),
        model,
        whole,
        gain: options.gain,
        levels: options.snr.clone(),
        paraphrases,
    };
    let summary = evaluation.measure(pairs)?;
    if let Some(chart) = chart {
        chart::draw(chart, &summary)?;
    }
    if options.json {
        output::json(&summary)
    } else {
        output::text(&summary.table())
    }
    Ok(())
}

/// What is measured, and how.
pub struct Evaluation {
    /// The list that the pairs come from: errors name it.
    pub list: PathBuf,
    /// Where its clips are.
    pub folder: PathBuf,
    /// The model.
    pub model: Model,
    /// The separator that hears whole signals at once, where streaming is held against it.
    pub whole: Option<Arc<dyn Separator>>,
    /// Turns every mixture up before it is separated, in dB.
    pub gain: f32,
    /// SNRs at which each pair is mixed, in dB; that of the list where there are none.
    pub levels: Vec<f64>,
    /// Other wordings to ask.
    pub paraphrases: Option<Paraphrases>,
}

/// A missing file is found before an hour of work, not after.
fn check_files(list: &Path, pairs: &[Pair], folder: &Path) -> Result<(), CliError> {
    if !folder.is_dir() {
        return Err(FileError::Missing {
            path: folder.to_owned(),
        }
        .into());
    }
    for pair in pairs {
        let always = [("src_wav", &pair.source), ("noise_wav", &pair.noise)];
        let clip = pair.query_clip.iter().map(|name| ("query_wav", name));
        let wrong = pair.wrong_clip.iter().map(|name| ("noise_query_wav", name));
        for (column, name) in always.into_iter().chain(clip).chain(wrong) {
            if !folder.join(name).is_file() {
                let reason = format!(
                    "{column} is \"{name}\", but {} has no such file",
                    folder.display()
                );
                return Err(CliError::Pairs {
                    path: list.to_owned(),
                    row: pair.row,
                    reason,
                });
            }
        }
    }
    Ok(())
}

impl Evaluation {
    /// Scores `pairs`.
    ///
    /// # Errors
    /// A [`CliError`] that names the row of the list where one is to blame, or row 1 where there are no pairs.
    pub fn measure(&self, pairs: &[Pair]) -> Result<Summary, CliError> {
        let mixtures = pairs.len() * self.levels.len().max(1);
        let bar = progress::bar(Some(mixtures as u64), "{pos} of {len} mixtures, {eta} left");
        let measured = self.measure_all(pairs, &bar)?;
        bar.finish_and_clear();
        let reason = "no pairs are left to measure; raise --limit";
        Summary::of(&self.model.separator.spec().id, &measured).ok_or_else(|| CliError::Pairs {
            path: self.list.clone(),
            row: 1,
            reason: reason.into(),
        })
    }

    /// Scores every pair, as many at a time as there are cores; the order of the results is that of the pairs.
    fn measure_all(&self, pairs: &[Pair], bar: &ProgressBar) -> Result<Vec<Measured>, CliError> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<(usize, Vec<Measured>)>, CliError> {
            let mut measured = Vec::new();
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(pair) = pairs.get(i) else {
                    return Ok(measured);
                };
                // One failure ends the work of all.
                let of_pair = self.measure_pair(pair, bar);
                measured.push((
                    i,
                    of_pair.inspect_err(|_| next.store(pairs.len(), Ordering::Relaxed))?,
                ));
            }
        };
        let workers = std::thread::available_parallelism()
            .map_or(1, |cores| cores.get())
            .min(pairs.len());
        let mut measured = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let ends: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
            ends.into_iter().try_fold(Vec::new(), |mut all, end| {
                all.extend(end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
                Ok::<_, CliError>(all)
            })
        })?;
        measured.sort_by_key(|(i, _)| *i);
        Ok(measured.into_iter().flat_map(|(_, of_pair)| of_pair).collect())
    }

    /// Scores one pair at each level.
    fn measure_pair(&self, pair: &Pair, bar: &ProgressBar) -> Result<Vec<Measured>, CliError> {
        let rate = self.model.separator.spec().sample_rate;
        let source = mono_at(&self.folder.join(&pair.source), rate)?;
        let noise = mono_at(&self.folder.join(&pair.noise), rate)?;
        let query = self.query(pair)?;
        let wrong_clip = pair.wrong_clip.as_ref().map(|clip| self.clip(clip)).transpose()?;
        let own = [pair.snr_db];
        let levels = if self.levels.is_empty() {
            &own[..]
        } else {
            &self.levels[..]
        };
        let mut measured = Vec::with_capacity(levels.len());
        for &snr_db in levels {
            let mixed = mix(source.clone(), &noise, snr_db).map_err(|reason| CliError::Pairs {
                path: self.list.clone(),
                row: pair.row,
                reason: format!("{reason} ({} and {})", pair.source, pair.noise),
            })?;
            let mixed = mixed.turned_up(self.gain);
            measured.push(Measured {
                row: pair.row,
                class: pair.class.clone(),
                snr_db,
                scores: self.score(pair, (&query, wrong_clip.as_ref()), &mixed.source, &mixed.mixture)?,
            });
            bar.inc(1);
        }
        Ok(measured)
    }

    /// What a pair's source is asked for by: its clip where it has one, else its caption.
    fn query(&self, pair: &Pair) -> Result<Condition, CliError> {
        match &pair.query_clip {
            Some(clip) => self.clip(clip),
            None => Ok(self.model.query(&pair.caption)?),
        }
    }

    /// A sound of the list's folder as a query.
    fn clip(&self, clip: &str) -> Result<Condition, CliError> {
        let example = Example::whole(self.folder.join(clip));
        Ok(example.hear(&*self.model.audio_encoder()?)?.condition)
    }

    fn score(
        &self,
        pair: &Pair,
        (query, wrong_clip): (&Condition, Option<&Condition>),
        source: &[f32],
        mixture: &[f32],
    ) -> Result<Scores, CliError> {
        let measure = |estimate: &Vec<f32>| Score::of(source, estimate, mixture);
        let wordings = self.paraphrases.as_ref().map_or(&[][..], |all| all.of(pair));
        // The pair's own, the wrong clip, the wrong caption, the one of what is absent, and the paraphrases.
        let texts = pair
            .wrong_caption
            .iter()
            .chain(&pair.absent_caption)
            .chain(wordings);
        let mut queries = vec![query.clone()];
        queries.extend(wrong_clip.cloned());
        for text in texts {
            queries.push(self.model.query(text)?);
        }
        let mut targets = Vec::with_capacity(queries.len());
        for batch in queries.chunks(BATCH) {
            targets.extend(self.stream(batch, mixture)?);
        }
        // There is a target for each query.
        let (streamed, mut others) = (&targets[0], targets[1..].iter());

        let half: Vec<f32> = mixture.iter().map(|x| 0.5 * x).collect();
        let offline = self.whole.as_deref().map(|whole| -> Result<Offline, CliError> {
            let estimate = offline::separate(whole, query, self.model.trim, mixture)?;
            Ok(Offline {
                score: measure(&estimate),
                agreement: metrics::sdr(&estimate, streamed),
            })
        });
        let wrong_clip = wrong_clip.and_then(|_| others.next());
        let wrong = pair.wrong_caption.as_ref().and_then(|_| others.next());
        let absent = pair.absent_caption.as_ref().and_then(|_| others.next());
        Ok(Scores {
            right: measure(streamed),
            half_gain: measure(&half),
            wrong: wrong.map(measure),
            wrong_clip: wrong_clip.map(measure),
            absent: absent.map(|target| metrics::suppression(mixture, target)),
            paraphrases: Score::mean(&others.map(measure).collect::<Vec<_>>()),
            offline: offline.transpose()?,
        })
    }

    /// The targets that the engine finds for queries in a mixture at the model's rate.
    fn stream(&self, queries: &[Condition], mixture: &[f32]) -> Result<Vec<Vec<f32>>, CliError> {
        let rate = f64::from(self.model.separator.spec().sample_rate);
        let read: Vec<Query> = queries.iter().cloned().map(Query::from).collect();
        // As many mixtures at a time as there are processors have one each.
        let mut through = Through::whole(&self.model.separator, &read, rate, 1, NonZeroUsize::MIN)?;
        through.set_trim(self.model.trim);
        let mut targets = vec![Vec::with_capacity(mixture.len()); queries.len()];
        through.run_over(mixture, |_, heard| {
            for (target, heard) in targets.iter_mut().zip(heard) {
                heard.iter().for_each(|channel| target.extend_from_slice(channel));
            }
            Ok(())
        })?;
        Ok(targets)
    }
}
