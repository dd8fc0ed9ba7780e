//! One file: what is read, what is written, and the way between.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_audio::{Bits, Reader, WavOutput};
use earmark_engine::{Query, Trim};
use earmark_models::Separator;
use earmark_queries::Doubt;

use super::report::{Done, Written};
use crate::args::Mode;
use crate::error::CliError;
use crate::through::Through;
use crate::{cancel, progress};

/// What the engine carries.
const MAX_CHANNELS: usize = 8;

/// What holds for all files of a run.
pub(super) struct Setup {
    pub(super) separator: Arc<dyn Separator>,
    /// The wanted sounds as typed, and as the separator reads them, less what is not wanted.
    pub(super) wanted: Vec<(String, Query)>,
    /// All of them as one query.
    pub(super) together: Query,
    /// What is not wanted, as typed.
    pub(super) unwanted: Vec<String>,
    /// What the model most likely does not understand.
    pub(super) doubts: Vec<Doubt>,
    pub(super) mode: Mode,
    pub(super) trim: Trim,
    pub(super) bits: Bits,
    /// Samples handed over at a time, and whether that happens at the speed of the sound.
    pub(super) block: usize,
    pub(super) live: bool,
}

/// One file and what is made of it.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) input: PathBuf,
    /// One for each wanted sound; with [`Mode::Remove`] one without all of them.
    pub(super) outputs: Vec<PathBuf>,
    /// What the outputs leave out.
    pub(super) rest: Option<PathBuf>,
}

/// What an output file holds.
#[derive(Clone, Copy)]
enum Part {
    /// The target of one of the engines.
    Target(usize),
    /// The mixture without the target of one of the engines.
    Without(usize),
}

impl Job {
    /// All files that are written.
    pub(super) fn written(&self) -> impl Iterator<Item = &Path> {
        self.outputs.iter().chain(&self.rest).map(PathBuf::as_path)
    }

    /// Refuses outputs that would overwrite the input or each other.
    pub(super) fn keep_apart(&self) -> Result<(), CliError> {
        let mut named = vec![(self.input.as_path(), "the input")];
        named.extend(self.outputs.iter().map(|path| (path.as_path(), "an output")));
        named.extend(
            self.rest
                .iter()
                .map(|path| (path.as_path(), "the file for the rest")),
        );
        for (i, &(path, second)) in named.iter().enumerate() {
            if let Some(&(_, first)) = named[..i].iter().find(|(other, _)| place(other) == place(path)) {
                return Err(CliError::SameFile {
                    path: path.to_owned(),
                    first,
                    second: if first == second { "another one" } else { second },
                });
            }
        }
        Ok(())
    }
}

impl Setup {
    /// Separates one file. Nothing is left behind when that fails.
    ///
    /// # Errors
    /// A [`CliError`] of the input, an output or the model.
    pub(super) fn run(&self, job: &Job, so_far: &str) -> Result<Done, CliError> {
        let mut reader = Reader::open(&job.input)?;
        let (rate, channels) = (reader.rate(), reader.channels());
        if channels > MAX_CHANNELS {
            return Err(CliError::Channels {
                path: job.input.clone(),
                given: channels,
                allowed: MAX_CHANNELS,
            });
        }
        let create = |path: &Path| WavOutput::create(path, rate, channels, self.bits);
        let mut files = job.written().map(create).collect::<Result<Vec<_>, _>>()?;
        let (voices, parts) = self.voices(job.rest.is_some());
        let (block, live) = (self.block, self.live);
        let mut through = Through::new(&self.separator, voices, f64::from(rate), channels, block, live)?;
        through.set_trim(self.trim);

        let seconds = reader.frames().map(|frames| frames / u64::from(rate));
        let bar = progress::bar(seconds, &format!("{so_far}{{pos}} of {{len}} s, {{eta}} left"));
        let mut written = 0u64;
        let mut without = vec![Vec::new(); channels];
        let (started, cpu) = (Instant::now(), ProcessTime::now());
        let counts = through.run(
            |block| Ok(reader.read(block)?),
            |mixture, targets| {
                for (file, part) in files.iter_mut().zip(&parts) {
                    match *part {
                        Part::Target(voice) => file.write(&targets[voice])?,
                        Part::Without(voice) => {
                            subtract(mixture, &targets[voice], &mut without);
                            file.write(&without.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
                        }
                    }
                }
                written += mixture.first().map_or(0, |channel| channel.len() as u64);
                bar.set_position(written / u64::from(rate));
                Ok(())
            },
        )?;
        let (elapsed, cpu) = (started.elapsed(), cpu.elapsed());
        bar.finish_and_clear();
        cancel::check()?;

        let clipped_samples = files.iter().map(WavOutput::clipped).sum();
        files.into_iter().try_for_each(|file| file.finish().map(drop))?;
        let seconds = written as f64 / f64::from(rate);
        Ok(Done {
            written: self.written(job),
            not: self.unwanted.clone(),
            not_understood: self.doubts.clone(),
            mode: self.mode,
            model: self.separator.spec().id.clone(),
            sample_rate: rate,
            channels,
            seconds,
            latency_samples: through.latency(),
            latency_seconds: through.latency() as f64 / f64::from(rate),
            live_block: self.live.then_some(self.block),
            blocks: counts.blocks,
            late_blocks: counts.late_blocks,
            elapsed_seconds: elapsed.as_secs_f64(),
            cpu_seconds: cpu.as_secs_f64(),
            real_time_factor: if seconds > 0.0 {
                cpu.as_secs_f64() / seconds
            } else {
                0.0
            },
            damaged_packets: reader.damaged(),
            missing_samples: reader.missing(),
            warnings: reader.warnings().iter().map(ToString::to_string).collect(),
            clipped_samples,
        })
    }

    /// What the files of a job hold, for people and scripts.
    pub(super) fn written(&self, job: &Job) -> Written {
        let path = |path: &PathBuf| path.display().to_string();
        let queries: Vec<Option<String>> = match self.mode {
            Mode::Isolate => self.wanted.iter().map(|(text, _)| Some(text.clone())).collect(),
            Mode::Remove => vec![None],
        };
        Written {
            input: path(&job.input),
            queries: self.wanted.iter().map(|(text, _)| text.clone()).collect(),
            outputs: queries
                .into_iter()
                .zip(&job.outputs)
                .map(|(query, output)| super::report::Output {
                    query,
                    path: path(output),
                })
                .collect(),
            rest: job.rest.as_ref().map(path),
        }
    }

    /// The engines that are needed, and what of theirs goes into each file: the outputs first, then the rest.
    ///
    /// What several sounds have in common is taken once, so what none of them took is no sum of their targets: it has an
    /// engine of its own, which hears all queries as one.
    fn voices(&self, with_rest: bool) -> (Vec<Query>, Vec<Part>) {
        match self.mode {
            Mode::Remove => (
                vec![self.together.clone()],
                vec![Part::Without(0), Part::Target(0)],
            ),
            Mode::Isolate => {
                let mut voices: Vec<Query> = self.wanted.iter().map(|(_, query)| query.clone()).collect();
                let mut parts: Vec<Part> = (0..voices.len()).map(Part::Target).collect();
                if with_rest && voices.len() > 1 {
                    voices.push(self.together.clone());
                }
                parts.push(Part::Without(voices.len() - 1));
                (voices, parts)
            }
        }
    }
}

fn subtract(mixture: &[&[f32]], target: &[&[f32]], without: &mut [Vec<f32>]) {
    for (without, (x, t)) in without.iter_mut().zip(mixture.iter().zip(target)) {
        without.clear();
        without.extend(x.iter().zip(*t).map(|(x, t)| x - t));
    }
}

/// Where a path leads, links followed as far as it exists.
fn place(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_must_not_meet_the_input_or_each_other() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let input = folder.path().join("in.wav");
        std::fs::write(&input, b"x").expect("a file for the test");
        let roundabout = folder.path().join(".").join("in.wav");
        let out = folder.path().join("out.wav");
        let kept_apart = |outputs: &[&PathBuf], rest: Option<&PathBuf>| {
            let job = Job {
                input: input.clone(),
                outputs: outputs.iter().map(|path| (*path).clone()).collect(),
                rest: rest.cloned(),
            };
            job.keep_apart()
        };
        for (outputs, rest) in [
            (&[&roundabout][..], None),
            (&[&out], Some(&input)),
            (&[&out], Some(&out)),
            (&[&out, &out], None),
        ] {
            assert!(
                matches!(kept_apart(outputs, rest), Err(CliError::SameFile { .. })),
                "{outputs:?}, {rest:?}"
            );
        }
        assert!(kept_apart(&[&out], None).is_ok());
    }
}
