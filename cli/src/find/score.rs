//! `earmark find --score`: how good the search is, on scenes with sounds at known times.
//!
//! Every scene is searched for its sound and for sounds that are not in it, at each of several thresholds at once.

mod chart;
mod scenes;
mod tally;

use std::path::Path;

use earmark_audio::FileError;
use earmark_engine::{Query, Trim};
use earmark_find::judge::Interval;
use earmark_find::{Rules, Search};
use earmark_models::Detector;

use crate::args::Find;
use crate::chart::Chart;
use crate::error::CliError;
use crate::hearing::Hearing;
use crate::inputs::all;
use crate::model::Model;
use crate::through::Through;
use crate::{output, progress};
use scenes::Scene;
use tally::{Figures, Tally};

/// The thresholds that are shown beside the one that was asked for.
const THRESHOLDS: [f32; 9] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// Scores a list of scenes whose clips are in `folder`.
///
/// # Errors
/// A [`CliError`] that names the row of the list where one is to blame.
pub(super) fn run(options: &Find, list: &Path, folder: &Path) -> Result<(), CliError> {
    let scenes = scenes::read(list)?;
    if !folder.is_dir() {
        return Err(FileError::Missing {
            path: folder.to_owned(),
        }
        .into());
    }
    let chart = options.chart.as_deref().map(Chart::create).transpose()?;
    let model = Model::load(options.model.as_deref(), options.quality)?;
    let detector = model.detector()?;
    let own = options.occurrences.rules();
    let others = THRESHOLDS
        .into_iter()
        .filter(|&threshold| threshold != own.threshold);
    let mut rules: Vec<Rules> = others.map(|threshold| Rules { threshold, ..own }).collect();
    rules.push(own);
    rules.sort_by(|a, b| a.threshold.total_cmp(&b.threshold));
    let mut tallies: Vec<Tally> = rules.iter().map(|rules| Tally::new(rules.threshold)).collect();

    let bar = progress::bar(Some(scenes.len() as u64), "{pos} of {len} scenes, {eta} left");
    for scene in &scenes {
        let mixture = scene.mix(list, folder, model.separator.spec().sample_rate)?;
        let how = (detector.as_deref(), options.level.trim.into(), &rules[..]);
        let found = search(&model, how, (list, scene), &mixture)?;
        for (tally, found) in tallies.iter_mut().zip(&found) {
            tally.add(scene, found);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let figures: Vec<Figures> = tallies.iter().map(Tally::figures).collect();
    if let Some(chart) = chart {
        chart::draw(chart, &model.separator.spec().id, &figures, own.threshold)?;
    }
    if options.json {
        output::json(&figures);
    } else {
        output::text(&tally::table(&tallies, own.threshold));
    }
    Ok(())
}

/// What is found in a mixture at the model's rate, `[rules][question]`.
fn search(
    model: &Model,
    (detector, trim, rules): (Option<&Detector>, Trim, &[Rules]),
    (list, scene): (&Path, &Scene),
    mixture: &[f32],
) -> Result<Vec<Vec<Vec<Interval>>>, CliError> {
    let rate = model.separator.spec().sample_rate;
    let read = |question: &scenes::Question| -> Result<Query, CliError> {
        Ok(model.query(&question.caption)?.into())
    };
    let queries: Vec<Query> = scene.questions.iter().map(read).collect::<Result<_, _>>()?;
    let count = queries.len();
    let mut through = Through::whole(&model.separator, &queries, f64::from(rate), 1, all())?;
    through.set_trim(trim);
    let hearing = |detector| Hearing::new(detector, &queries, list, rate);
    let mut hearing = detector.map(hearing);
    let mut searches: Vec<Search> = rules
        .iter()
        .map(|rules| match &hearing {
            Some(hearing) => hearing.search(1, *rules),
            None => Search::new(count, rate, 1, *rules),
        })
        .collect();
    fn tell(searches: &mut [Search], query: usize, chance: f32) {
        searches
            .iter_mut()
            .for_each(|search| search.detect(query, chance));
    }
    let mut found = vec![vec![Vec::new(); count]; rules.len()];
    through.run_over(mixture, |mixture, targets| {
        for (search, found) in searches.iter_mut().zip(&mut found) {
            search.push(mixture, targets, |query, one| found[query].push(interval(&one)));
        }
        match &mut hearing {
            Some(hearing) => hearing.push(mixture, |query, chance| tell(&mut searches, query, chance)),
            None => Ok(()),
        }
    })?;
    if let Some(hearing) = hearing {
        hearing.finish(|query, chance| tell(&mut searches, query, chance))?;
    }
    for (search, found) in searches.into_iter().zip(&mut found) {
        search.finish(|query, one| found[query].push(interval(&one)));
    }
    Ok(found)
}

fn interval(one: &earmark_find::Occurrence) -> Interval {
    Interval {
        onset: one.onset,
        offset: one.offset,
    }
}
