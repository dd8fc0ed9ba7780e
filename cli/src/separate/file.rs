//! One file through the engine.

use earmark_audio::{Format, Layout, Output, Reader, carried};
use earmark_engine::Query;
use earmark_queries::Which;

use super::gate::{Gate, Gated};
use super::job::{Job, Planned};
use super::report::{Done, Meant};
use super::setup::{Setup, Take};
use crate::error::CliError;
use crate::inputs::{Cut, Watched, hear, in_words_for_files, is_standard, open};
use crate::output::times;
use crate::search::{Searched, Sought};
use crate::through::Through;
use crate::which::meant;

/// Which occurrences are meant.
#[derive(Default)]
struct Choice {
    /// For each voice.
    gates: Vec<Option<Gate>>,
    meant: Vec<Meant>,
    /// What finding them took.
    elapsed_seconds: f64,
    cpu_seconds: Option<f64>,
}

impl Setup {
    /// Separates one file, which is open. Nothing is left behind when that fails.
    ///
    /// # Errors
    /// A [`CliError`] of the input, an output or the model.
    pub(super) fn run(&self, job: &Job, mut reader: Reader, watched: &Watched) -> Result<Done, CliError> {
        let (rate, channels) = (reader.rate(), reader.channels());
        let cut = self.span.of(&job.input, rate, reader.frames(), self.spec())?;
        let (voices, takes) = self.voices(job.has_rest);
        let Choice {
            gates,
            meant,
            elapsed_seconds,
            cpu_seconds,
        } = self.choose(job, &voices, watched)?;
        let mut gated = Gated::new(gates, rate);
        let (separator, rate_of_it) = (&self.separator, f64::from(rate));
        let mut through = match self.live {
            Some(block) => Through::live(separator, voices, rate_of_it, channels, block),
            None => Through::whole(separator, &voices, rate_of_it, channels, self.threads),
        }
        .map_err(|error| in_words_for_files(error, &job.input))?;
        through.set_trim(self.trim);

        let mut notes = Vec::new();
        let mut files = Vec::new();
        for file in &job.files {
            files.push(self.create(job, file, &reader, &cut, &mut notes)?);
        }
        let mut without = vec![Vec::new(); channels];
        let heard = hear(
            &job.input,
            &mut reader,
            (self.span, &cut),
            &mut through,
            watched,
            |mixture, targets| {
                gated.next(targets);
                for (file, take) in files.iter_mut().zip(&takes) {
                    match *take {
                        Take::Target(voice) => file.write(&gated.target(targets, voice))?,
                        Take::Without(voice) => {
                            subtract(mixture, &gated.target(targets, voice), &mut without);
                            file.write(&without.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
                        }
                    }
                }
                Ok(())
            },
        )?;

        let clipped_samples = files.iter().map(Output::clipped).sum();
        files.into_iter().try_for_each(|file| file.finish().map(drop))?;
        let seconds = heard.samples as f64 / f64::from(rate);
        let cpu_seconds = heard.cpu_seconds.map(|cpu| cpu + cpu_seconds.unwrap_or(0.0));
        Ok(Done {
            written: self.written(job),
            not: self.unwanted.clone(),
            examples: self.examples.clone(),
            occurrences: meant,
            not_understood: self.doubts.clone(),
            mode: self.mode,
            model: self.spec().id.clone(),
            sample_rate: rate,
            channels,
            seconds,
            latency_samples: through.latency(),
            latency_seconds: through.latency() as f64 / f64::from(rate),
            live_block: self.live,
            blocks: heard.counts.blocks,
            late_blocks: heard.counts.late_blocks,
            elapsed_seconds: elapsed_seconds + heard.elapsed_seconds,
            cpu_seconds,
            real_time_factor: cpu_seconds.map(|cpu| if seconds > 0.0 { cpu / seconds } else { 0.0 }),
            damaged_packets: reader.damaged(),
            missing_samples: reader.missing(),
            warnings: reader.warnings().iter().map(ToString::to_string).collect(),
            clipped_samples,
            not_numbers: heard.not_numbers,
            notes,
        })
    }

    /// Finds the occurrences that are meant, where a query says which: the file is read once more for that, before.
    fn choose(&self, job: &Job, voices: &[Query], watched: &Watched) -> Result<Choice, CliError> {
        let mut choice = Choice::default();
        // Who says which asks for one sound where several would be heard as one: voice and sound have one number.
        let sought: Vec<(usize, Which)> = self
            .which
            .iter()
            .enumerate()
            .filter_map(|(voice, which)| Some((voice, (*which)?)))
            .collect();
        if sought.is_empty() {
            return Ok(choice);
        }
        let queries: Vec<Query> = sought.iter().map(|(voice, _)| voices[*voice].clone()).collect();
        let mut reader = open(&job.input, self.track)?;
        let looking = match watched {
            Watched::Alone(_) => Watched::Alone("looking for it: "),
            Watched::AmongOthers => Watched::AmongOthers,
        };
        let Searched {
            occurrences,
            cut,
            heard,
        } = Sought {
            separator: &self.separator,
            detector: self.detector.as_deref(),
            queries: &queries,
            rules: self.rules,
            trim: self.trim,
            span: self.span,
            threads: self.threads,
        }
        .search(&job.input, &mut reader, &looking)?;
        let start = cut.written.start as f64 / f64::from(reader.rate());
        choice.gates = vec![None; voices.len()];
        (choice.elapsed_seconds, choice.cpu_seconds) = (heard.elapsed_seconds, heard.cpu_seconds);
        for (number, (voice, which)) in sought.into_iter().enumerate() {
            let (of_it, place) = meant(which, number, &occurrences);
            let query = self.name(voice).to_owned();
            let Some(place) = place else {
                return Err(CliError::NoSuchOne {
                    query,
                    found: times(of_it.len()),
                    path: job.input.clone(),
                });
            };
            choice.gates[voice] = Some(Gate::around(&of_it, place));
            choice.meant.push(Meant {
                query,
                of: of_it.len(),
                time: of_it[place].from(start),
            });
        }
        Ok(choice)
    }

    /// Begins an output, and says what of the input does not come over.
    fn create(
        &self,
        job: &Job,
        file: &Planned,
        reader: &Reader,
        cut: &Cut,
        notes: &mut Vec<String>,
    ) -> Result<Output, CliError> {
        let description = reader.description();
        let (bits, same) = self.bits(file.format, description.encoding);
        let mut note = |note: String| {
            if !notes.contains(&note) {
                notes.push(note);
            }
        };
        let input = job.input.display();
        if !same {
            note(format!(
                "{input} has no samples of {} bits; these are the nearest that are written",
                bits.count()
            ));
        }
        let mut chunks = carried(&description.chunks, cut.written.clone(), description.frames, bits);
        if file.format == Format::Flac && !chunks.is_empty() {
            chunks.clear();
            note(format!(
                "the time code and the notes of {input} are kept in WAV only, not in FLAC"
            ));
        }
        let layout = Layout {
            rate: description.rate,
            channels: description.channels,
            speakers: description.speakers,
            bits,
            frames: description
                .frames
                .map(|frames| frames.min(cut.written.end).saturating_sub(cut.written.start)),
            chunks,
            stamp: file.is_stamped.then(|| self.stamp(job, &file.part).to_text()),
        };
        let output = if is_standard(&file.path) {
            Output::to_standard_output(file.format, &layout)
        } else {
            Output::create(&file.path, file.format, &layout)
        };
        Ok(output?)
    }
}

fn subtract(mixture: &[&[f32]], target: &[&[f32]], without: &mut [Vec<f32>]) {
    for (without, (x, t)) in without.iter_mut().zip(mixture.iter().zip(target)) {
        without.clear();
        without.extend(x.iter().zip(*t).map(|(x, t)| x - t));
    }
}
