//! One file through the engine and the search.

use std::path::Path;
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_audio::Reader;
use earmark_find::{Occurrence, Search};

use super::report::{Found, Named};
use super::setup::Setup;
use crate::error::CliError;
use crate::separate::file::{Watched, in_words_for_files, pass_over};
use crate::through::{OFFLINE_BLOCK, Through};
use crate::{cancel, progress};

impl Setup {
    /// Searches one file, which is open.
    ///
    /// # Errors
    /// A [`CliError`] of the input or the model.
    pub(super) fn run(&self, input: &Path, mut reader: Reader, watched: &Watched) -> Result<Found, CliError> {
        let (rate, channels) = (reader.rate(), reader.channels());
        let cut = self.span.of(input, rate, reader.frames(), self.spec())?;
        let voices = self.wanted.clone();
        let mut through = Through::new(
            &self.separator,
            voices,
            f64::from(rate),
            channels,
            OFFLINE_BLOCK,
            false,
        )
        .map_err(|error| in_words_for_files(error, input))?;
        through.set_trim(self.trim);

        let asked = cut.written.clone();
        let seconds = reader
            .frames()
            .map(|frames| (frames.min(asked.end) - asked.start.min(frames)) / u64::from(rate));
        let bar = match watched {
            Watched::Alone(words) => {
                progress::bar(seconds, &format!("{words}{{pos}} of {{len}} s, {{eta}} left"))
            }
            Watched::AmongOthers => indicatif::ProgressBar::hidden(),
        };
        let mut search = Search::new(self.wanted.len(), rate, channels, self.rules);
        let mut found: Vec<(usize, Occurrence)> = Vec::new();
        let (mut searched, mut not_numbers) = (0u64, 0u64);
        let (started, cpu) = (Instant::now(), ProcessTime::now());
        let heard_to = asked.end.saturating_add(through.latency() as u64);
        let mut read_at = pass_over(&mut reader, cut.heard_from)?;
        let mut heard_at = read_at;
        through.run(
            |block| {
                let count = reader.read(block)?;
                let left = usize::try_from(heard_to - read_at).unwrap_or(usize::MAX);
                let place = |sample: u64| sample.saturating_sub(read_at).min(count as u64) as usize;
                let part = place(asked.start)..place(asked.end);
                let heard = block.iter().flat_map(|channel| &channel[part.clone()]);
                not_numbers += heard.filter(|sample| !sample.is_finite()).count() as u64;
                read_at += count as u64;
                Ok(count.min(left))
            },
            |mixture, targets| {
                let len = mixture.first().map_or(0, |channel| channel.len());
                let place = |sample: u64| sample.saturating_sub(heard_at).min(len as u64) as usize;
                let part = place(asked.start)..place(asked.end);
                heard_at += len as u64;
                let mixture: Vec<&[f32]> = mixture.iter().map(|channel| &channel[part.clone()]).collect();
                let targets: Vec<Vec<&[f32]>> = targets
                    .iter()
                    .map(|target| target.iter().map(|channel| &channel[part.clone()]).collect())
                    .collect();
                search.push(&mixture, &targets, |query, one| found.push((query, one)));
                searched += part.len() as u64;
                bar.set_position(searched / u64::from(rate));
                Ok(())
            },
        )?;
        search.finish(|query, one| found.push((query, one)));
        let (elapsed, cpu) = (started.elapsed(), cpu.elapsed().as_secs_f64());
        bar.finish_and_clear();
        cancel::check()?;
        if searched == 0 && asked.start > 0 {
            return Err(self.span.behind_the_end(input, rate, read_at));
        }

        let start = asked.start as f64 / f64::from(rate);
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
            seconds: searched as f64 / f64::from(rate),
            elapsed_seconds: elapsed.as_secs_f64(),
            cpu_seconds: matches!(watched, Watched::Alone(_)).then_some(cpu),
            damaged_packets: reader.damaged(),
            missing_samples: reader.missing(),
            warnings: reader.warnings().iter().map(ToString::to_string).collect(),
            not_numbers,
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
