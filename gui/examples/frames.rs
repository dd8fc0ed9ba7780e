//! What the editor costs: `cargo run --release -p earmark-gui --example frames`.
//!
//! Draws the busiest page again and again while sound comes in, up to the triangles that a graphics card is handed, and prints
//! the CPU time of a frame. At 60 frames a second there are 16.7 ms for each; the audio thread has no part in it.

#[path = "../tests/bench/mod.rs"]
mod bench;

use bench::{Bench, scenes};
use cpu_time::ProcessTime;
use earmark_gui::{DEFAULT_SIZE, MAX_CHANNELS, MINIMUM_SIZE};

const FRAMES: usize = 600;
/// Frames of 50 ms bring so many columns of 20 ms.
const COLUMNS: usize = 3;

fn main() {
    let large = (2 * DEFAULT_SIZE.0, 2 * DEFAULT_SIZE.1);
    for (name, more, size, scale) in [
        ("smallest window", false, MINIMUM_SIZE, 1.0),
        ("window as it opens", false, DEFAULT_SIZE, 1.0),
        ("with More", true, DEFAULT_SIZE, 1.0),
        ("the same at 200 %", true, DEFAULT_SIZE, 2.0),
        ("twice as wide and high", true, large, 1.0),
    ] {
        let columns = scenes::working().columns;
        let view = earmark_gui::View {
            more,
            ..scenes::working()
        };
        let mut bench = Bench::new(view, size, scale);
        let mut milliseconds: Vec<f64> = (0..FRAMES)
            .map(|frame| {
                let fresh = (0..COLUMNS).map(|n| columns[(frame * COLUMNS + n) % columns.len()]);
                bench.view.columns.extend(fresh);
                bench.view.meters.input = [0.1 + 0.3 * (frame as f32 * 0.3).sin().abs(); MAX_CHANNELS];
                let begun = ProcessTime::now();
                bench.frame(vec![]);
                bench.tessellate();
                begun.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        milliseconds.sort_by(f64::total_cmp);
        let at = |share: f64| milliseconds[((FRAMES - 1) as f64 * share) as usize];
        println!(
            "{name:24} {:.2} ms in the median, {:.2} ms at most in 99 of 100 frames",
            at(0.5),
            at(0.99)
        );
    }
}
