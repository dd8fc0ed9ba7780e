//! Plays sound through the built plug-in at the pace of a sound card while the query changes, and says whether a block
//! came late, what it cost, and what it took of memory.
//!
//! Late blocks cannot be counted from outside, but they can be heard: the same sound is rendered offline first, and a
//! live run whose output has the same bits had none.

use std::hash::{DefaultHasher, Hasher};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use earmark_tests::render::wait_until_ready;
use earmark_tests::{Audio, Automation, HostError, Plugin, Scene};
use serde::Serialize;
use serde_json::json;

const RATE: f64 = 48_000.0;
const CHANNELS: usize = 2;
/// Values of a condition of AudioSep's network.
const CONDITION: usize = 512;
/// Frames of the pieces that are compared.
const PIECE: usize = 4_800;

struct Options {
    seconds: usize,
    block: usize,
    change: usize,
    model: String,
    quality: String,
    /// Nothing is rendered offline first, so that nothing of it is left in memory.
    alone: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    quality: String,
    seconds: usize,
    block: usize,
    latency_samples: usize,
    /// Tenths of a second whose bits differ from those of the offline render, where there was one.
    tenths_that_differ: Option<usize>,
    first_difference_seconds: Option<f64>,
    /// CPU time of all threads, per second of audio: in all, and in the second that took most.
    cpu_seconds_per_second: f64,
    cpu_peak: f64,
    /// The same in the first and in the last minute: the cost does not grow.
    cpu_first_minute: f64,
    cpu_last_minute: f64,
    /// What `process` took of its block's time: on average, and the longest call.
    audio_thread_share: f64,
    longest_call_ms: f64,
    /// Resident memory, MiB: with an idle instance, and the most that was needed while it played.
    idle_mib: Option<f64>,
    peak_mib: Option<f64>,
    /// What a second instance in the same process adds, playing.
    second_instance_mib: Option<f64>,
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!(
            "usage: endurance [--seconds N] [--block N] [--change SECONDS] [--model NAME] [--quality fast|balanced|best] [--alone]"
        );
        return ExitCode::from(2);
    };
    match run(&options) {
        Ok(report) => {
            println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
            ExitCode::from(u8::from(report.tenths_that_differ > Some(0)))
        }
        Err(error) => {
            eprintln!("endurance: {error}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Option<Options> {
    let mut options = Options {
        seconds: 600,
        block: 256,
        change: 15,
        model: "audiosep-random".into(),
        quality: "balanced".into(),
        alone: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        if name == "--alone" {
            options.alone = true;
            continue;
        }
        let value = arguments.next()?;
        match name.as_str() {
            "--seconds" => options.seconds = value.parse().ok()?,
            "--block" => options.block = value.parse().ok()?,
            "--change" => options.change = value.parse().ok()?,
            "--model" => options.model = value,
            "--quality" => options.quality = value,
            _ => return None,
        }
    }
    (options.block > 0 && options.change > 0).then_some(options)
}

fn run(options: &Options) -> Result<Report, HostError> {
    let sound = Scene::new(RATE, CHANNELS)?.mixture;
    let idle_mib = memory_of_an_idle_one()?;
    let expected = match options.alone {
        true => None,
        false => {
            let mut offline = instance(options, true)?;
            Some(play(&mut offline, options, &sound, false, &mut Times::default())?)
        }
    };

    let mut live = instance(options, false)?;
    let latency_samples = live.latency()?;
    let mut times = Times::default();
    let begun = ProcessTime::now();
    let given = play(&mut live, options, &sound, true, &mut times)?;
    let cpu = begun.elapsed().as_secs_f64();
    let peak_mib = memory_mib("VmRSS:").map(|now| now.max(times.most_memory));
    let before = memory_mib("VmRSS:");
    let mut second = instance(options, false)?;
    let short = Options {
        seconds: 5,
        change: 2,
        model: options.model.clone(),
        quality: options.quality.clone(),
        ..*options
    };
    let mut second_times = Times::default();
    play(&mut second, &short, &sound, true, &mut second_times)?;
    let second_instance_mib = before.map(|before| second_times.most_memory - before);
    let different: Option<Vec<usize>> = expected.map(|expected| {
        let pieces = 0..given.len();
        pieces.filter(|&piece| given[piece] != expected[piece]).collect()
    });
    Ok(Report {
        model: options.model.clone(),
        quality: options.quality.clone(),
        seconds: options.seconds,
        block: options.block,
        latency_samples,
        tenths_that_differ: different.as_ref().map(Vec::len),
        first_difference_seconds: different
            .and_then(|different| different.first().map(|&piece| (piece * PIECE) as f64 / RATE)),
        cpu_seconds_per_second: cpu / options.seconds as f64,
        cpu_peak: times.cpu.iter().copied().fold(0.0, f64::max),
        cpu_first_minute: mean(&times.cpu[..times.cpu.len().min(60)]),
        cpu_last_minute: mean(&times.cpu[times.cpu.len().saturating_sub(60)..]),
        audio_thread_share: times.calls.as_secs_f64() / options.seconds as f64,
        longest_call_ms: 1e3 * times.longest.as_secs_f64(),
        idle_mib,
        peak_mib,
        second_instance_mib,
    })
}

/// Resident memory with the library loaded and one instance that does nothing.
fn memory_of_an_idle_one() -> Result<Option<f64>, HostError> {
    let mut plugin = Plugin::new()?;
    plugin.select_channels(CHANNELS)?;
    Ok(memory_mib("VmRSS:"))
}

/// An active instance with eight queries.
fn instance(options: &Options, offline: bool) -> Result<Plugin, HostError> {
    let mut plugin = Plugin::new()?;
    plugin.select_channels(CHANNELS)?;
    plugin.edit_state(|state| {
        let slots: Vec<_> = (0..8).map(|slot| slot_of(options, slot)).collect();
        let queries = json!({
            "version": 1,
            "model": {"id": options.model, "sha256": ""},
            "quality": options.quality,
            "slots": slots,
        });
        state.set_field("queries", &queries);
        state.set_param("slot", json!({"i32": 1}));
    })?;
    plugin.set_offline(offline)?;
    plugin.activate(RATE, options.block)?;
    wait_until_ready(&mut plugin, RATE, CHANNELS, options.block)?;
    Ok(plugin)
}

/// A text, and where the model has no encoder here, a condition in its place.
fn slot_of(options: &Options, slot: usize) -> serde_json::Value {
    let texts = [
        "typing",
        "speech",
        "rain",
        "a dog",
        "music",
        "a car",
        "wind",
        "footsteps",
    ];
    if options.model == "earmark-small" {
        return json!({"text": texts[slot]});
    }
    let values: Vec<f64> = (0..CONDITION)
        .map(|index| ((index * (slot + 3) + 7 * slot) as f64).sin())
        .collect();
    let norm = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    let values: Vec<f64> = values.iter().map(|value| value / norm).collect();
    json!({
        "text": texts[slot],
        "condition": {"encoder": "clap", "model": {"id": options.model, "sha256": ""}, "values": values},
    })
}

#[derive(Default)]
struct Times {
    calls: Duration,
    longest: Duration,
    /// Of each second.
    cpu: Vec<f64>,
    most_memory: f64,
}

/// Plays the sound over and over, one slot after the other; gives a hash of each tenth of a second of the output.
fn play(
    plugin: &mut Plugin,
    options: &Options,
    sound: &Audio,
    live: bool,
    times: &mut Times,
) -> Result<Vec<u64>, HostError> {
    let slot = plugin.param("query slot")?;
    let frames = options.seconds * RATE as usize;
    let (begun, mut second) = (Instant::now(), (0, ProcessTime::now()));
    let mut hashes = vec![DefaultHasher::new(); frames.div_ceil(PIECE)];
    let mut start = 0;
    while start < frames {
        let count = options.block.min(frames - start);
        if live {
            let due = Duration::from_secs_f64(start as f64 / RATE);
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
            let now = start / RATE as usize;
            if now > second.0 {
                times.cpu.push(second.1.elapsed().as_secs_f64());
                times.most_memory = times.most_memory.max(memory_mib("VmRSS:").unwrap_or(0.0));
                second = (now, ProcessTime::now());
            }
        }
        let mut block: Vec<Vec<f32>> = sound
            .channels
            .iter()
            .map(|channel| {
                (start..start + count)
                    .map(|frame| channel[frame % channel.len()])
                    .collect()
            })
            .collect();
        let period = options.change * RATE as usize;
        let next = start.next_multiple_of(period);
        let change = (next > 0 && next < start + count).then(|| Automation {
            frame: next - start,
            param: slot.id,
            value: (1 + next / period % 8) as f64,
        });
        let call = Instant::now();
        plugin.process(&mut block, change.as_slice())?;
        let took = call.elapsed();
        times.calls += took;
        times.longest = times.longest.max(took);
        for channel in &block {
            for (offset, sample) in channel.iter().enumerate() {
                hashes[(start + offset) / PIECE].write_u32(sample.to_bits());
            }
        }
        start += count;
    }
    Ok(hashes.iter().map(DefaultHasher::finish).collect())
}

/// A line of the kernel's account of this process, in MiB, where there is one.
fn memory_mib(line: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|candidate| candidate.starts_with(line))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
