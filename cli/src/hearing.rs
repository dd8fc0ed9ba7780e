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
    /// What is told of each query whatever is heard: that everything but some sounds is there is certain.
    certain: Vec<f32>,
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
            certain: queries
                .iter()
                .map(|query| f32::from(u8::from(query.wanted.is_empty())))
                .collect(),
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
        Search::detected(self.certain.len(), self.rate as u32, channels, rules, step)
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
        let (rate, step) = (self.detector.sample_rate(), self.detector.step());
        let (sound, from) = (self.sound[..end].to_vec(), self.rate as u32);
        let sound = resampled(sound, from, rate).map_err(|reason| FileError::Resample {
            path: self.path.to_owned(),
            from,
            to: rate,
            reason,
        })?;
        let conditions: Vec<Condition> = self.wanted.iter().map(|(_, wanted)| wanted.clone()).collect();
        let chances = self.detector.detect(&sound, &conditions)?;
        let steps = |seconds: u64| (seconds * u64::from(rate)) as usize / step;
        let last = sound.len().div_ceil(step);
        let first = steps(self.before);
        let last = seconds.map_or(last, |seconds| last.min(first + steps(seconds)));
        for step in first..last {
            let mut greatest = self.certain.clone();
            // Of several sounds that are wanted as one, the surest counts.
            let heard = &chances[step * conditions.len()..];
            for ((query, _), chance) in self.wanted.iter().zip(heard) {
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

#[cfg(test)]
mod tests {
    use earmark_models::Model;

    use super::*;

    const RATE: u32 = 8_000;

    /// Noise, and for a second from `at` on a rising and falling tone in it.
    fn sound(seconds: u32, at: u32) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(5);
        let mut phase = 0.0f32;
        let sample = |n: u32| {
            let time = n as f32 / RATE as f32 - at as f32;
            phase += (900.0 + 400.0 * (9.0 * time).sin()) / RATE as f32;
            let tone = if (0.0..1.0).contains(&time) { 0.3 } else { 0.0 };
            0.01 * (random.f32() - 0.5) + tone * (std::f32::consts::TAU * phase).sin()
        };
        (0..seconds * RATE).map(sample).collect()
    }

    /// Chances of each of two queries, the second of which wants everything but a sound.
    fn chances(detector: &Detector, query: &Query, sound: &[f32], block: usize) -> [Vec<f32>; 2] {
        let all_but = Query {
            wanted: Vec::new(),
            unwanted: query.wanted.clone(),
        };
        let queries = [query.clone(), all_but];
        let mut hearing = Hearing::new(detector, &queries, Path::new("sound.wav"), RATE);
        let mut told = [Vec::new(), Vec::new()];
        for samples in sound.chunks(block) {
            let mixture = [samples, samples];
            let pushed = hearing.push(&mixture, |query, chance| told[query].push(chance));
            pushed.expect("it can be heard");
        }
        let finished = hearing.finish(|query, chance| told[query].push(chance));
        finished.expect("it can be heard");
        told
    }

    #[test]
    fn every_step_is_told_of_once_and_in_its_place_whatever_the_blocks() {
        let model = Model::bundled();
        let detector = model.detector().expect("it is whole").expect("it has one");
        let encoder = model.encoder().expect("it has one");
        let query: Query = encoder.encode("whistling").expect("these are words").into();
        // The tone is in the second stretch.
        let sound = sound(91, 70);
        let [heard, all_but] = chances(&detector, &query, &sound, sound.len());
        assert_eq!(heard.len(), 1_138, "91 s of 0.08 s each, the last not whole");
        assert!(all_but.iter().all(|&chance| chance == 1.0) && all_but.len() == heard.len());
        for block in [777, 4_096] {
            assert!(chances(&detector, &query, &sound, block) == [heard.clone(), all_but.clone()]);
        }
        // As the detector hears what is around the stretch, from 34 to 82 s.
        let around = sound[34 * RATE as usize..82 * RATE as usize].to_vec();
        let around = resampled(around, RATE, detector.sample_rate()).expect("it can be resampled");
        let alone = detector.detect(&around, &query.wanted).expect("it can be heard");
        assert!(heard[500..1_000] == alone[75..575]);
        let surest = (0..heard.len()).max_by(|&a, &b| heard[a].total_cmp(&heard[b]));
        let surest = surest.expect("there are steps") as f64 * 0.08;
        assert!((69.5..71.5).contains(&surest), "{surest} s");
    }
}
