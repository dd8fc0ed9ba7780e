//! `earmark evaluate`: what a model is worth, on pairs of clips mixed at a known level.
//!
//! The protocol is that of AudioSep's evaluation (one channel at the model's rate, the whole clip, AudioSep's measures),
//! but through the engine that a host would run, so that the figures are those of what is heard.

pub mod mixture;
pub mod pairs;
pub mod scores;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;

use crate::args::Evaluate;
use crate::audio::mono_at;
use crate::error::CliError;
use crate::model::Model;
use crate::through::{OFFLINE_BLOCK, Through};
use crate::{cancel, output, progress};
use mixture::{Mixture, mix};
use pairs::Pair;
use scores::{Score, Scores, Summary};

/// Runs `earmark evaluate`.
///
/// # Errors
/// A [`CliError`] that names the row of the table where one is to blame.
pub fn run(options: &Evaluate) -> Result<(), CliError> {
    cancel::listen();
    let pairs = pairs::read(&options.pairs)?;
    let pairs = &pairs[..options.limit.unwrap_or(pairs.len()).min(pairs.len())];
    check_files(&options.pairs, pairs, &options.audio)?;
    let mut model = Model::load(options.model.as_deref(), options.quality.into())?;
    model.trim = options.level.trim.into();
    let summary = measure(pairs, &options.pairs, &options.audio, &model, options.gain)?;
    if options.json {
        output::json(&summary.json())
    } else {
        output::text(&summary.table())
    }
    Ok(())
}

/// Scores `pairs` of `table` with the clips of `folder`, each mixture turned up by `gain` dB.
///
/// # Errors
/// A [`CliError`] that names the row of the table where one is to blame, or row 1 where there are no pairs.
pub fn measure(
    pairs: &[Pair],
    table: &Path,
    folder: &Path,
    model: &Model,
    gain: f32,
) -> Result<Summary, CliError> {
    let bar = progress::bar(Some(pairs.len() as u64), "{pos} of {len} pairs, {eta} left");
    let scored = score_all(pairs, table, folder, (model, gain), &bar)?;
    bar.finish_and_clear();
    let reason = "no pairs are left to measure; raise --limit";
    Summary::of(&scored).ok_or_else(|| CliError::Pairs {
        path: table.to_owned(),
        row: 1,
        reason: reason.into(),
    })
}

/// A missing file is found before an hour of work, not after.
fn check_files(table: &Path, pairs: &[Pair], folder: &Path) -> Result<(), CliError> {
    if !folder.is_dir() {
        return Err(CliError::Missing {
            path: folder.to_owned(),
        });
    }
    for pair in pairs {
        for (column, name) in [("src_wav", &pair.source), ("noise_wav", &pair.noise)] {
            if !folder.join(name).is_file() {
                let reason = format!(
                    "{column} is \"{name}\", but {} has no such file",
                    folder.display()
                );
                return Err(CliError::Pairs {
                    path: table.to_owned(),
                    row: pair.row,
                    reason,
                });
            }
        }
    }
    Ok(())
}

/// Scores every pair, as many at a time as there are cores; the order of the results is that of the pairs.
fn score_all(
    pairs: &[Pair],
    table: &Path,
    folder: &Path,
    how: (&Model, f32),
    bar: &ProgressBar,
) -> Result<Vec<(String, Scores)>, CliError> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Scores)>, CliError> {
        let mut scored = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(pair) = pairs.get(i) else {
                return Ok(scored);
            };
            // One failure ends the work of all.
            let scores = score(pair, table, folder, how);
            scored.push((
                i,
                scores.inspect_err(|_| next.store(pairs.len(), Ordering::Relaxed))?,
            ));
            bar.inc(1);
        }
    };
    let workers = std::thread::available_parallelism()
        .map_or(1, |cores| cores.get())
        .min(pairs.len());
    let mut scored = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let ends: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        ends.into_iter().try_fold(Vec::new(), |mut all, end| {
            all.extend(end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            Ok::<_, CliError>(all)
        })
    })?;
    scored.sort_by_key(|(i, _)| *i);
    Ok(scored
        .into_iter()
        .map(|(i, scores)| (pairs[i].caption.clone(), scores))
        .collect())
}

fn score(pair: &Pair, table: &Path, folder: &Path, (model, gain): (&Model, f32)) -> Result<Scores, CliError> {
    let rate = model.separator.spec().sample_rate;
    let source = mono_at(&folder.join(&pair.source), rate)?;
    let noise = mono_at(&folder.join(&pair.noise), rate)?;
    let mixed = mix(source, &noise, pair.snr_db).map_err(|reason| CliError::Pairs {
        path: table.to_owned(),
        row: pair.row,
        reason: format!("{reason} ({} and {})", pair.source, pair.noise),
    })?;
    let mixed = mixed.turned_up(gain);
    let half: Vec<f32> = mixed.mixture.iter().map(|x| 0.5 * x).collect();
    let measure = |estimate: &[f32]| Score::of(&mixed.source, estimate, &mixed.mixture);
    let ask = |query: &str| -> Result<Score, CliError> { Ok(measure(&separate(model, query, &mixed)?)) };
    Ok(Scores {
        right: ask(&pair.caption)?,
        half_gain: measure(&half),
        wrong: pair.wrong_caption.as_deref().map(ask).transpose()?,
    })
}

/// The target that the engine finds for a query in a mixture at the model's rate.
fn separate(model: &Model, query: &str, mixed: &Mixture) -> Result<Vec<f32>, CliError> {
    let spec = model.separator.spec();
    let rate = f64::from(spec.sample_rate);
    let mut through = Through::new(
        model.separator.clone(),
        model.query(query)?,
        rate,
        1,
        OFFLINE_BLOCK,
        false,
    )?;
    through.set_trim(model.trim);
    let mut left = mixed.mixture.as_slice();
    let mut target = Vec::with_capacity(left.len());
    through.run(
        |block| {
            let mut count = 0;
            for channel in block {
                count = left.len().min(channel.len());
                let (now, later) = left.split_at(count);
                channel[..count].copy_from_slice(now);
                left = later;
            }
            Ok(count)
        },
        |_, heard| {
            target.extend(heard.iter().flat_map(|channel| channel.iter()));
            Ok(())
        },
    )?;
    Ok(target)
}
