//! `earmark separate`: the sound that a text names, or everything but it, out of a file.

mod report;

use std::path::{Path, PathBuf};
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_models::ModelError;

use crate::args::{DEFAULT_BLOCK, Mode, Quality, Separate};
use crate::audio::{AudioReader, WavOutput};
use crate::error::CliError;
use crate::model::Model;
use crate::separate::report::Report;
use crate::through::{OFFLINE_BLOCK, Through};
use crate::{cancel, progress};

/// What the engine carries.
const MAX_CHANNELS: usize = 8;
/// Longest default file name in bytes: file systems allow 255.
const MAX_NAME: usize = 200;

/// Runs `earmark separate`.
///
/// # Errors
/// A [`CliError`]; neither output exists then, unless it did before.
pub fn run(options: &Separate) -> Result<(), CliError> {
    cancel::listen();
    if options.query.trim().is_empty() {
        return Err(ModelError::EmptyQuery.into());
    }
    let mut reader = AudioReader::open(&options.input)?;
    let (rate, channels) = (reader.rate(), reader.channels());
    if channels > MAX_CHANNELS {
        return Err(CliError::Channels {
            path: options.input.clone(),
            given: channels,
            allowed: MAX_CHANNELS,
        });
    }
    let output = options
        .output
        .clone()
        .unwrap_or_else(|| default_output(&options.input, &options.query));
    keep_apart(&options.input, &output, options.rest.as_deref())?;
    let create = |path: &Path| WavOutput::create(path, rate, channels, options.bits);
    let mut output = create(&output)?;
    let mut rest = options.rest.as_deref().map(create).transpose()?;

    let quality = options.quality.unwrap_or(if options.live {
        Quality::Balanced
    } else {
        Quality::Best
    });
    let model = Model::load(options.model.as_deref(), quality.into())?;
    let condition = model.query(&options.query)?;
    let id = model.separator.spec().id.clone();
    let block = if options.live {
        options.block.unwrap_or(DEFAULT_BLOCK)
    } else {
        OFFLINE_BLOCK
    };
    let mut through = Through::new(
        model.separator,
        condition,
        f64::from(rate),
        channels,
        block,
        options.live,
    )?;

    through.set_trim(options.level.trim.into());

    let frames = reader.frames();
    let bar = progress::bar(
        frames.map(|frames| frames / u64::from(rate)),
        "{pos} of {len} s, {eta} left",
    );
    let mut written = 0u64;
    let mut remainder = vec![Vec::new(); channels];
    let (started, cpu) = (Instant::now(), ProcessTime::now());
    let counts = through.run(
        |block| reader.read(block),
        |mixture, target| {
            for (rest, (x, t)) in remainder.iter_mut().zip(mixture.iter().zip(target)) {
                rest.clear();
                rest.extend(x.iter().zip(*t).map(|(x, t)| x - t));
            }
            let remainder: Vec<&[f32]> = remainder.iter().map(Vec::as_slice).collect();
            let (asked, left_out) = match options.mode {
                Mode::Isolate => (target, remainder.as_slice()),
                Mode::Remove => (remainder.as_slice(), target),
            };
            output.write(asked)?;
            if let Some(rest) = &mut rest {
                rest.write(left_out)?;
            }
            written += mixture.first().map_or(0, |channel| channel.len() as u64);
            bar.set_position(written / u64::from(rate));
            Ok(())
        },
    )?;
    let (elapsed, cpu) = (started.elapsed(), cpu.elapsed());
    bar.finish_and_clear();
    cancel::check()?;

    let clipped_samples = output.clipped() + rest.as_ref().map_or(0, WavOutput::clipped);
    let rest = rest.map(WavOutput::finish).transpose()?;
    let output = output.finish()?;
    let seconds = written as f64 / f64::from(rate);
    let report = Report {
        input: options.input.display().to_string(),
        query: options.query.clone(),
        mode: options.mode,
        model: id,
        output: output.display().to_string(),
        rest: rest.map(|path| path.display().to_string()),
        sample_rate: rate,
        channels,
        seconds,
        latency_samples: through.latency(),
        latency_seconds: through.latency() as f64 / f64::from(rate),
        live_block: options.live.then_some(block),
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
        clipped_samples,
    };
    report.warn();
    report.print(options.json);
    Ok(())
}

/// "IN - QUERY.wav" beside IN, with the query's signs that file systems refuse replaced.
fn default_output(input: &Path, query: &str) -> PathBuf {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let refused = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let query: String = query.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut name = format!("{stem} - {}", query.trim_end_matches('.'));
    while name.len() > MAX_NAME {
        name.pop();
    }
    input.with_file_name(format!("{}.wav", name.trim_end()))
}

/// Refuses an output that would overwrite the input or the other output.
fn keep_apart(input: &Path, output: &Path, rest: Option<&Path>) -> Result<(), CliError> {
    let mut named = vec![(input, "the input"), (output, "the output")];
    named.extend(rest.map(|rest| (rest, "the file for the rest")));
    for (i, &(path, second)) in named.iter().enumerate() {
        if let Some(&(_, first)) = named[..i].iter().find(|(other, _)| place(other) == place(path)) {
            return Err(CliError::SameFile {
                path: path.to_owned(),
                first,
                second,
            });
        }
    }
    Ok(())
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
    fn the_default_name_says_what_was_asked_for() {
        let name = |input: &str, query: &str| default_output(Path::new(input), query);
        assert_eq!(
            name("a/take 1.flac", "a dog barking"),
            Path::new("a/take 1 - a dog barking.wav")
        );
        assert_eq!(
            name("x.wav", " AC/DC:\n what? "),
            Path::new("x - AC_DC__ what_.wav")
        );
        assert_eq!(
            name("x.wav", "../../etc/passwd"),
            Path::new("x - .._.._etc_passwd.wav")
        );
        assert_eq!(name("x.wav", "wind..."), Path::new("x - wind.wav"));
        let long = name("x.wav", &"雨".repeat(400));
        assert!(long.file_name().is_some_and(|name| name.len() <= 255));
    }

    #[test]
    fn outputs_must_not_meet_the_input_or_each_other() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let input = folder.path().join("in.wav");
        std::fs::write(&input, b"x").expect("a file for the test");
        let roundabout = folder.path().join(".").join("in.wav");
        let out = folder.path().join("out.wav");
        assert!(matches!(
            keep_apart(&input, &roundabout, None),
            Err(CliError::SameFile { .. })
        ));
        assert!(matches!(
            keep_apart(&input, &out, Some(&input)),
            Err(CliError::SameFile { .. })
        ));
        assert!(matches!(
            keep_apart(&input, &out, Some(&out)),
            Err(CliError::SameFile { .. })
        ));
        assert!(keep_apart(&input, &out, None).is_ok());
    }
}
