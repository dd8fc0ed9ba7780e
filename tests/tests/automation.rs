//! Automation lands at its place in the compensated output, the same in every block size, and clicks nowhere.
//!
//! Each change is heard between two renders: one with the old value throughout, one with the new. What comes out around
//! the change is a crossfade from the first to the second, and where its middle lies is found by least squares.

use earmark_tests::render::{Blocks, play, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::{Audio, Automation, HostError, Scene, Setup};
use serde_json::json;

const RATE: f64 = 48_000.0;
const FRAMES: usize = 120_000;
/// Where the changes are drawn: inside of blocks of every size, and while somebody speaks and types.
const PLACES: [usize; 2] = [50_021, 78_337];
/// How far from its place a crossfade's middle may lie, in samples: one millisecond.
const TOLERANCE: f64 = 48.0;
/// A crossfade is over this far from its place, in samples: 25 ms.
const SURROUNDINGS: usize = 1_200;

/// A parameter by its name in the host, and the texts of its old and its new value.
struct Drawn {
    param: &'static str,
    from: &'static str,
    to: &'static str,
    /// The mode that the render is in.
    mode: &'static str,
}

const DRAWN: [Drawn; 9] = [
    drawn("Mode", "Isolate", "Remove", "Isolate"),
    drawn("Target gain", "0", "-12", "Isolate"),
    drawn("Rest gain", "-60", "3", "Custom"),
    drawn("Wet", "100", "30", "Remove"),
    drawn("Query slot", "1", "2", "Isolate"),
    drawn("Query slot", "1", "off", "Isolate"),
    drawn("Query slot", "off", "2", "Remove"),
    drawn("Also slot", "none", "2", "Isolate"),
    drawn("Also slot", "2", "none", "Remove"),
];

const fn drawn(param: &'static str, from: &'static str, to: &'static str, mode: &'static str) -> Drawn {
    Drawn {
        param,
        from,
        to,
        mode,
    }
}

/// The example, compensated, with a parameter at one value from the start and at another from `place` on.
fn render(drawn: &Drawn, values: (&str, &str), place: usize, blocks: Blocks) -> Result<Audio, HostError> {
    let setup = Setup {
        rate: RATE,
        block: blocks.largest(),
        ..Setup::default()
    };
    let mixture = Scene::new(RATE, setup.channels)?.mixture;
    let mut plugin = setup.inactive()?;
    plugin.edit_state(|state| {
        state.set_query(0, QUERY);
        state.set_query(1, "a person speaking");
        state.set_param("slot", json!({"i32": 1}));
    })?;
    let latency = plugin.activate(RATE, setup.block)?;
    wait_until_ready(&mut plugin, RATE, setup.channels, setup.block)?;
    let mut change = |frame, name, text| {
        let param = plugin.param(name)?;
        let value = plugin.value_of_text(&param, text)?;
        let param = param.id;
        Ok::<_, HostError>(Automation { frame, param, value })
    };
    let changes = [
        change(0, "Mode", drawn.mode)?,
        change(0, drawn.param, values.0)?,
        change(place, drawn.param, values.1)?,
    ];
    let input = mixture.slice(0..FRAMES + latency);
    Ok(play(&mut plugin, &input, blocks, &changes)?.slice(latency..latency + FRAMES))
}

/// The middle of the crossfade from `old` to `new` in `heard`, in samples relative to `place`: of all straight crossfades
/// of 10 ms the one that leaves the least difference. The second value is that difference relative to the one
/// between `old` and `new`.
fn middle(old: &[f32], new: &[f32], heard: &[f32], place: usize) -> (f64, f64) {
    let range = place - SURROUNDINGS..place + SURROUNDINGS;
    let between: f64 = range.clone().map(|n| f64::from(new[n] - old[n]).powi(2)).sum();
    let mut best = (0.0, f64::INFINITY);
    for quarter in -2_000..=2_000 {
        let centre = f64::from(quarter) / 4.0;
        let left: f64 = range
            .clone()
            .map(|n| {
                let share = ((n as f64 - place as f64 - centre) / 480.0 + 0.5).clamp(0.0, 1.0);
                let expected = f64::from(old[n]) + share * f64::from(new[n] - old[n]);
                (f64::from(heard[n]) - expected).powi(2)
            })
            .sum();
        if left < best.1 {
            best = (centre, left);
        }
    }
    (best.0, best.1 / between)
}

/// The largest step from one sample to the next around `place`.
fn step(signal: &[f32], place: usize) -> f32 {
    signal[place - SURROUNDINGS..place + SURROUNDINGS]
        .windows(2)
        .fold(0.0, |step, pair| step.max((pair[1] - pair[0]).abs()))
}

/// The largest difference of two signals around `place`.
fn gap(a: &[f32], b: &[f32], place: usize) -> f32 {
    let range = place - SURROUNDINGS..place + SURROUNDINGS;
    range.fold(0.0, |gap, n| gap.max((a[n] - b[n]).abs()))
}

#[test]
fn a_change_is_heard_at_its_place_and_without_a_click() -> Result<(), HostError> {
    for drawn in &DRAWN {
        let old = render(drawn, (drawn.from, drawn.from), FRAMES / 2, Blocks::Of(512))?;
        let new = render(drawn, (drawn.to, drawn.to), FRAMES / 2, Blocks::Of(512))?;
        for place in PLACES {
            let heard = render(drawn, (drawn.from, drawn.to), place, Blocks::Of(512))?;
            let what = format!("{} from {} to {} at {place}", drawn.param, drawn.from, drawn.to);
            let (old, new, heard) = (&old.channels[0], &new.channels[0], &heard.channels[0]);
            let (centre, left) = middle(old, new, heard, place);
            // What a straight crossfade of 10 ms adds to the steps of the two.
            let own = step(old, place).max(step(new, place)) + gap(old, new, place) / 480.0;
            let largest = step(heard, place);
            println!(
                "{what}: the middle is {:+.2} ms off, {left:.1e} left, step {largest:.4} of {own:.4}",
                centre / RATE * 1e3
            );
            assert!(
                centre.abs() <= TOLERANCE,
                "{what}: {centre} samples off its place"
            );
            assert!(
                left < 0.02,
                "{what}: no crossfade from the old to the new: {left:.3} is left"
            );
            assert!(
                largest <= 1.001 * own,
                "{what}: a step of {largest}, the programme's own are {own}"
            );
        }
    }
    Ok(())
}

#[test]
fn every_block_size_hears_it_at_the_same_sample() -> Result<(), HostError> {
    let sizes = [
        Blocks::Of(16),
        Blocks::Of(441),
        Blocks::Of(2_048),
        Blocks::Random {
            largest: 1_500,
            seed: 3,
        },
    ];
    for drawn in &DRAWN {
        let values = (drawn.from, drawn.to);
        let reference = render(drawn, values, PLACES[0], Blocks::Of(512))?;
        for blocks in sizes {
            assert!(
                render(drawn, values, PLACES[0], blocks)? == reference,
                "{} from {} to {}: {blocks:?} differ from blocks of 512",
                drawn.param,
                drawn.from,
                drawn.to
            );
        }
    }
    Ok(())
}
