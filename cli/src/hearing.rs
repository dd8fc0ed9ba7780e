//! A detector along a sound of any length and rate: it hears it in stretches that overlap by what it depends on.

use std::path::Path;

use earmark_audio::{FileError, resampled};
use earmark_engine::Query;
use earmark_find::{Rules, Search};
use earmark_models::{Condition, Detector};

use crate::error::CliError;

/// Stretches and what is heard around them begin and end at multiples of so many seconds, which are whole numbers of samples at any rate, and of
/// steps.
const UNIT: u64 = 2;
/// Seconds of a stretch.
const STRETCH: u64 = 20 * UNIT;

/// What a detector hears of a sound.
pub(crate) struct Hearing<'a> {
    detector: &'a Detector,
    /// The sound's file, for the sentence of an error.
    path: &'a Path,
    /// What each query wants to hear, and the number of the query.
    wanted: Vec<(usize, Condition)>,
    queries: usize,
    rate: u64,
    /// Seconds that are heard before a stretch and after it.
    around: [u64; 2],
    /// The mean of the channels, from what is heard before the next stretch on.
    sound: Vec<f32>,
    /// Seconds of it before that stretch.
    before: u64,
}

impl<'a> Hearing<'a> {
    /// Of a file's sound, at a rate in Hz.
    pub(crate) fn new(detector: &'a Detector, queries: &[Query], path: &'a Path, rate: u32) -> Hearing<'a> {
        let each = |(number, query): (usize, &Query)| {
            let wanted = query.wanted.clone();
            wanted.into_iter().map(move |condition| (number, condition))
        };
        let unit = UNIT as usize * detector.sample_rate() as usize;
        Hearing {
            detector,
            path,
            wanted: queries.iter().enumerate().flat_map(each).collect(),
            queries: queries.len(),
            rate: u64::from(rate),
            around: detector
                .reach()
                .map(|samples| UNIT * samples.div_ceil(unit) as u64),
            sound: Vec::new(),
            before: 0,
        }
    }

    /// A search for the queries that is to be told what this hears.
    pub(crate) fn search(&self, channels: usize, rules: Rules) -> Search {
        let step = self.detector.step() as f64 / f64::from(self.detector.sample_rate());
        Search::detected(self.queries, self.rate as u32, channels, rules, step)
    }

    /// Reads the next samples, `[channel][sample]`; `told` is given a query and the chance that it is heard in the next step.
    ///
    /// # Errors
    /// [`FileError::Resample`]; those of the model.
    pub(crate) fn push(
        &mut self,
        mixture: &[&[f32]],
        mut told: impl FnMut(usize, f32),
    ) -> Result<(), CliError> {
        let len = mixture.first().map_or(0, |channel| channel.len());
        let share = 1.0 / mixture.len().max(1) as f32;
        let finite = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
        self.sound.extend((0..len).map(|n| {
            let sum: f32 = mixture.iter().map(|channel| finite(channel[n])).sum();
            share * sum
        }));
        let [past, ahead] = self.around;
        while self.sound.len() as u64 >= (self.before + STRETCH + ahead) * self.rate {
            let end = (self.before + STRETCH + ahead) * self.rate;
            self.tell(end as usize, Some(STRETCH), &mut told)?;
            let passed = (self.before + STRETCH).saturating_sub(past);
            self.sound.drain(..(passed * self.rate) as usize);
            self.before = self.before + STRETCH - passed;
        }
        Ok(())
    }

    /// Ends the sound; as [`Hearing::push`].
    pub(crate) fn finish(mut self, mut told: impl FnMut(usize, f32)) -> Result<(), CliError> {
        self.tell(self.sound.len(), None, &mut told)
    }

    /// Hears what is there up to sample `end`, and tells of a stretch of it: of so many seconds, or up to the end.
    fn tell(
        &mut self,
        end: usize,
        seconds: Option<u64>,
        told: &mut impl FnMut(usize, f32),
    ) -> Result<(), CliError> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let rate = self.detector.sample_rate();
        let (sound, from) = (self.sound[..end].to_vec(), self.rate as u32);
        let sound = resampled(sound, from, rate).map_err(|reason| FileError::Resample {
            path: self.path.to_owned(),
            from,
            to: rate,
            reason,
        })?;
        let conditions: Vec<Condition> = self.wanted.iter().map(|(_, wanted)| wanted.clone()).collect();
        let chances = self.detector.detect(&sound, &conditions)?;
        let steps = |seconds: u64| (seconds * u64::from(rate)) as usize / self.detector.step();
        let (first, count) = (steps(self.before), seconds.map_or(usize::MAX, steps));
        for step in chances.chunks_exact(conditions.len()).skip(first).take(count) {
            // Of several sounds that are wanted as one, the surest counts.
            let mut greatest = vec![0.0f32; self.queries];
            for ((query, _), chance) in self.wanted.iter().zip(step) {
                greatest[*query] = greatest[*query].max(*chance);
            }
            greatest
                .into_iter()
                .enumerate()
                .for_each(|(query, chance)| told(query, chance));
        }
        Ok(())
    }
}
