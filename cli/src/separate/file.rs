//! One file through the engine.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_audio::{Format, Layout, Options, Output, Reader, carried};
use earmark_engine::EngineError;

use super::job::{Job, Planned};
use super::report::Done;
use super::setup::{Setup, Take};
use super::source::is_standard;
use super::span::Cut;
use crate::error::CliError;
use crate::through::Through;
use crate::{cancel, progress};

/// What the engine carries.
const MAX_CHANNELS: usize = 8;

/// What a person sees of one file while it is separated.
pub(crate) enum Watched<'a> {
    /// Its seconds, after these words.
    Alone(&'a str),
    /// Nothing: others are separated at the same time, and whoever counts them shows it. Nor can the processor's time be told apart
    /// then.
    AmongOthers,
}

/// Opens an input; `-` is standard input.
///
/// # Errors
/// Those of [`Reader::open`], and [`CliError::Channels`].
pub(crate) fn open(path: &Path, track: Option<NonZeroUsize>) -> Result<Reader, CliError> {
    let what = Options {
        track: track.map(usize::from),
    };
    let reader = if is_standard(path) {
        Reader::from_stream(std::io::stdin().lock(), path, what)?
    } else {
        Reader::open_with(path, what)?
    };
    if reader.channels() > MAX_CHANNELS {
        return Err(CliError::Channels {
            path: path.to_owned(),
            given: reader.channels(),
            allowed: MAX_CHANNELS,
        });
    }
    Ok(reader)
}

/// An error of the engine about the rate of a file: there is no host in which to choose another one.
pub(crate) fn in_words_for_files(error: CliError, path: &Path) -> CliError {
    match error {
        CliError::Engine(EngineError::SampleRate {
            given,
            lowest,
            highest,
        }) => CliError::Rate {
            path: path.to_owned(),
            given,
            lowest,
            highest,
        },
        error => error,
    }
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
        let (block, live) = (self.block, self.live);
        let mut through = Through::new(&self.separator, voices, f64::from(rate), channels, block, live)
            .map_err(|error| in_words_for_files(error, &job.input))?;
        through.set_trim(self.trim);

        let mut notes = Vec::new();
        let mut files = Vec::new();
        for file in &job.files {
            files.push(self.create(job, file, &reader, &cut, &mut notes)?);
        }
        let seconds = reader
            .frames()
            .map(|frames| (frames.min(cut.written.end) - cut.written.start.min(frames)) / u64::from(rate));
        let bar = match watched {
            Watched::Alone(words) => {
                progress::bar(seconds, &format!("{words}{{pos}} of {{len}} s, {{eta}} left"))
            }
            Watched::AmongOthers => indicatif::ProgressBar::hidden(),
        };
        let (mut written, mut not_numbers) = (0u64, 0u64);
        let mut without = vec![Vec::new(); channels];
        let (started, cpu) = (Instant::now(), ProcessTime::now());
        let heard_to = cut.written.end.saturating_add(through.latency() as u64);
        let mut read_at = pass_over(&mut reader, cut.heard_from)?;
        let mut written_at = read_at;
        let counts = through.run(
            |block| {
                let count = reader.read(block)?;
                let left = usize::try_from(heard_to - read_at).unwrap_or(usize::MAX);
                let place = |sample: u64| sample.saturating_sub(read_at).min(count as u64) as usize;
                let asked = place(cut.written.start)..place(cut.written.end);
                let heard = block.iter().flat_map(|channel| &channel[asked.clone()]);
                not_numbers += heard.filter(|sample| !sample.is_finite()).count() as u64;
                read_at += count as u64;
                Ok(count.min(left))
            },
            |mixture, targets| {
                let len = mixture.first().map_or(0, |channel| channel.len());
                let place = |sample: u64| sample.saturating_sub(written_at).min(len as u64) as usize;
                let kept = place(cut.written.start)..place(cut.written.end);
                written_at += len as u64;
                if kept.is_empty() {
                    return Ok(());
                }
                let mixture: Vec<&[f32]> = mixture.iter().map(|channel| &channel[kept.clone()]).collect();
                for (file, take) in files.iter_mut().zip(&takes) {
                    let (Take::Target(voice) | Take::Without(voice)) = *take;
                    let target: Vec<&[f32]> = targets[voice]
                        .iter()
                        .map(|channel| &channel[kept.clone()])
                        .collect();
                    match take {
                        Take::Target(_) => file.write(&target)?,
                        Take::Without(_) => {
                            subtract(&mixture, &target, &mut without);
                            file.write(&without.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
                        }
                    }
                }
                written += kept.len() as u64;
                bar.set_position(written / u64::from(rate));
                Ok(())
            },
        )?;
        let (elapsed, cpu) = (started.elapsed(), cpu.elapsed().as_secs_f64());
        bar.finish_and_clear();
        cancel::check()?;
        if written == 0 && cut.written.start > 0 {
            return Err(self.span.behind_the_end(&job.input, rate, read_at));
        }

        let clipped_samples = files.iter().map(Output::clipped).sum();
        files.into_iter().try_for_each(|file| file.finish().map(drop))?;
        let seconds = written as f64 / f64::from(rate);
        let cpu_seconds = matches!(watched, Watched::Alone(_)).then_some(cpu);
        Ok(Done {
            written: self.written(job),
            not: self.unwanted.clone(),
            like: self.like.clone(),
            not_understood: self.doubts.clone(),
            mode: self.mode,
            model: self.spec().id.clone(),
            sample_rate: rate,
            channels,
            seconds,
            latency_samples: through.latency(),
            latency_seconds: through.latency() as f64 / f64::from(rate),
            live_block: self.live.then_some(self.block),
            blocks: counts.blocks,
            late_blocks: counts.late_blocks,
            elapsed_seconds: elapsed.as_secs_f64(),
            cpu_seconds,
            real_time_factor: cpu_seconds.map(|cpu| if seconds > 0.0 { cpu / seconds } else { 0.0 }),
            damaged_packets: reader.damaged(),
            missing_samples: reader.missing(),
            warnings: reader.warnings().iter().map(ToString::to_string).collect(),
            clipped_samples,
            not_numbers,
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

/// Reads so many samples without hearing them, and returns how many there were.
pub(crate) fn pass_over(reader: &mut Reader, samples: u64) -> Result<u64, CliError> {
    let mut block = vec![vec![0.0; 4096]; reader.channels()];
    let mut passed = 0;
    while passed < samples {
        cancel::check()?;
        let wanted = (samples - passed).min(4096) as usize;
        block.iter_mut().for_each(|channel| channel.resize(wanted, 0.0));
        let count = reader.read(&mut block)?;
        passed += count as u64;
        if count < wanted {
            break;
        }
    }
    Ok(passed)
}

fn subtract(mixture: &[&[f32]], target: &[&[f32]], without: &mut [Vec<f32>]) {
    for (without, (x, t)) in without.iter_mut().zip(mixture.iter().zip(target)) {
        without.clear();
        without.extend(x.iter().zip(*t).map(|(x, t)| x - t));
    }
}
