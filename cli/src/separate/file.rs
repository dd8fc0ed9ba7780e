//! One file through the engine.

use earmark_audio::{Format, Layout, Output, Reader, carried};

use super::job::{Job, Planned};
use super::report::Done;
use super::setup::{Setup, Take};
use crate::error::CliError;
use crate::inputs::{Cut, Watched, hear, in_words_for_files, is_standard};
use crate::through::Through;

impl Setup {
    /// Separates one file, which is open. Nothing is left behind when that fails.
    ///
    /// # Errors
    /// A [`CliError`] of the input, an output or the model.
    pub(super) fn run(&self, job: &Job, mut reader: Reader, watched: &Watched) -> Result<Done, CliError> {
        let (rate, channels) = (reader.rate(), reader.channels());
        let cut = self.span.of(&job.input, rate, reader.frames(), self.spec())?;
        let (voices, takes) = self.voices(job.has_rest);
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
                for (file, take) in files.iter_mut().zip(&takes) {
                    match *take {
                        Take::Target(voice) => file.write(&targets[voice])?,
                        Take::Without(voice) => {
                            subtract(mixture, &targets[voice], &mut without);
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
        Ok(Done {
            written: self.written(job),
            not: self.unwanted.clone(),
            examples: self.examples.clone(),
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
            elapsed_seconds: heard.elapsed_seconds,
            cpu_seconds: heard.cpu_seconds,
            real_time_factor: heard
                .cpu_seconds
                .map(|cpu| if seconds > 0.0 { cpu / seconds } else { 0.0 }),
            damaged_packets: reader.damaged(),
            missing_samples: reader.missing(),
            warnings: reader.warnings().iter().map(ToString::to_string).collect(),
            clipped_samples,
            not_numbers: heard.not_numbers,
            notes,
        })
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
