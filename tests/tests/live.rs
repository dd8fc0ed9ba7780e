//! Live means live: at the pace of a sound card no block is late.
//!
//! Late blocks cannot be counted from outside, but they can be heard: a block that is not ready when it is due is
//! replaced. So a paced run whose output has the same bits as an offline render had no late block.

use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_tests::render::{Blocks, play, play_live};
use earmark_tests::{HostError, Scene, Setup};

const SECONDS: usize = 5;
const BLOCK: usize = 256;

fn check(burst_seconds: f64, name: &str) -> Result<(), HostError> {
    let setup = Setup {
        block: BLOCK,
        ..Setup::default()
    };
    let input = Scene::new(setup.rate, setup.channels)?
        .mixture
        .looped(SECONDS * setup.rate as usize);
    let started = Instant::now();
    let reference = play(&mut setup.ready()?, &input, Blocks::Of(BLOCK), &[])?;
    println!(
        "{name}: offline, {SECONDS} s took {:.1} s",
        started.elapsed().as_secs_f64()
    );

    let mut plugin = Setup {
        offline: false,
        ..setup
    }
    .ready()?;
    // Whole blocks, as a sound card's buffer holds.
    let burst = ((burst_seconds * setup.rate) as usize / BLOCK).max(1) * BLOCK;
    let processor_time = ProcessTime::now();
    let started = Instant::now();
    let output = play_live(&mut plugin, &input, BLOCK, burst)?;
    let (wall, cpu) = (
        started.elapsed().as_secs_f64(),
        processor_time.elapsed().as_secs_f64(),
    );
    println!(
        "{name}: live, {wall:.1} s of audio took {cpu:.1} s of CPU time ({:.0} % of one core)",
        100.0 * cpu / wall
    );

    let rate = setup.rate;
    let late: Vec<String> = (0..SECONDS * 10)
        .map(|tenth| tenth * input.frames() / (SECONDS * 10)..(tenth + 1) * input.frames() / (SECONDS * 10))
        .filter(|range| {
            let differs = |(is, should): (&Vec<f32>, &Vec<f32>)| is[range.clone()] != should[range.clone()];
            output.channels.iter().zip(&reference.channels).any(differs)
        })
        .map(|range| format!("{:.1}", range.start as f64 / rate))
        .collect();
    assert!(
        late.is_empty(),
        "{name}: the live output differs from the offline render at {} s",
        late.join(", ")
    );
    Ok(())
}

#[test]
fn no_block_is_late_at_the_pace_of_a_sound_card() -> Result<(), HostError> {
    check(BLOCK as f64 / 48_000.0, "blocks of 256")
}

#[test]
fn no_block_is_late_in_bursts_of_200_ms() -> Result<(), HostError> {
    check(0.2, "bursts of 200 ms")
}
