//! A long session with the built plug-in, as fast as it goes: the transport starts and stops anywhere, queries, slots and modes
//! change, the host changes its rate and its blocks. At the end the plug-in sounds as at the beginning, reports the same latency, and
//! has taken no more memory.

use std::collections::HashMap;
use std::process::ExitCode;

use earmark_tests::audio::SplitMix;
use earmark_tests::render::{Blocks, play};
use earmark_tests::{Audio, Automation, HostError, Plugin, Scene, Setup};

const HOURS: f64 = 8.0;
const RATES: [f64; 3] = [44_100.0, 48_000.0, 96_000.0];
const QUERIES: [&str; 6] = [
    "the sound of hitting the keyboard",
    "a person speaking",
    "a dog barking",
    "rain + wind",
    "music, not speech",
    "",
];
/// What a step lasts at most, in seconds.
const STEP: f64 = 20.0;
/// What heaps may still do after the first tenth of the session, in KiB.
const ALLOWED_KIB: usize = 16 * 1024;

fn main() -> ExitCode {
    let hours = match std::env::args().nth(1).map(|hours| hours.parse::<f64>()) {
        None => HOURS,
        Some(Ok(hours)) if hours > 0.0 => hours,
        Some(_) => {
            eprintln!("Give the hours of the session, more than 0, or nothing for {HOURS}.");
            return ExitCode::from(2);
        }
    };
    match session(hours * 3600.0) {
        Ok(faults) if faults.is_empty() => {
            println!("{hours} h: the same sound, the same latency, the same memory");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            eprintln!("{}", faults.join("\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// What was wrong in a session of so many seconds.
fn session(seconds: f64) -> Result<Vec<String>, HostError> {
    let mut random = SplitMix(1);
    let mut below = |most: usize| (random.bits() % most as u64) as usize;
    let mut faults = Vec::new();
    let mut latencies: HashMap<u64, usize> = HashMap::new();
    let scenes = RATES
        .iter()
        .map(|&rate| Ok(Scene::new(rate, 2)?.mixture))
        .collect::<Result<Vec<Audio>, HostError>>()?;
    let mut plugin = Setup::default().ready()?;
    let first = render(&mut plugin, &scenes[1])?;
    let params = [plugin.param("Query slot")?.id, plugin.param("Mode")?.id];
    let (mut played, mut at, mut memory) = (0.0, 1, None);
    while played < seconds {
        match below(8) {
            0 => {
                plugin.deactivate();
                at = below(RATES.len());
                let latency = plugin.activate(RATES[at], 4_096)?;
                if *latencies.entry(RATES[at].to_bits()).or_insert(latency) != latency {
                    faults.push(format!(
                        "after {played:.0} s the latency is {latency} at {} Hz",
                        RATES[at]
                    ));
                }
            }
            1 => plugin.edit_state(|state| state.set_query(below(8), QUERIES[below(QUERIES.len())]))?,
            2 => plugin.reset()?,
            _ => {}
        }
        let frames = (RATES[at] * STEP / 20.0) as usize * (1 + below(20));
        let input = match below(3) {
            0 => Audio::silence(RATES[at], 2, frames),
            _ => {
                let start = below(scenes[at].frames());
                let rest = scenes[at].slice(start..scenes[at].frames());
                rest.looped(frames)
            }
        };
        let changes = (0..below(6)).map(|_| (below(frames), params[below(2)], below(3)));
        let mut changes: Vec<Automation> = changes
            .map(|(frame, param, value)| Automation {
                frame,
                param,
                value: value as f64,
            })
            .collect();
        changes.sort_by_key(|change| change.frame);
        let blocks = Blocks::Random {
            largest: [64, 512, 4_096][below(3)],
            seed: played as u64,
        };
        let heard = play(&mut plugin, &input, blocks, &changes)?;
        if !heard.channels.iter().flatten().all(|x| x.is_finite()) {
            faults.push(format!(
                "after {played:.0} s something is heard that is no number"
            ));
        }
        played += frames as f64 / RATES[at];
        if played > seconds / 10.0 {
            memory.get_or_insert_with(resident);
        }
    }
    let grown = resident().saturating_sub(memory.unwrap_or_default());
    println!("{played:.0} s played, {grown} KiB more than after a tenth of it");
    if grown > ALLOWED_KIB {
        faults.push(format!(
            "{grown} KiB more are taken than after a tenth of the session"
        ));
    }
    let mut setup = Setup::default().inactive()?;
    plugin.deactivate();
    plugin.load(&setup.save()?)?;
    plugin.activate(48_000.0, 512)?;
    if render(&mut plugin, &scenes[1])? != first {
        faults.push("it does not sound as at the beginning".to_owned());
    }
    Ok(faults)
}

/// The first seconds of the example, from a reset on.
fn render(plugin: &mut Plugin, scene: &Audio) -> Result<Audio, HostError> {
    plugin.reset()?;
    play(plugin, &scene.slice(0..144_000), Blocks::Of(512), &[])
}

/// Resident memory in KiB; 0 where that cannot be read.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
