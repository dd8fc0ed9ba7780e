//! The editor of the CLAP, opened and closed again and again.
#![cfg(target_os = "linux")]

use std::thread::sleep;
use std::time::Duration;

use earmark_tests::render::{Blocks, play};
use earmark_tests::screen::Screen;
use earmark_tests::{Audio, HostError, Setup};

const OPENINGS: usize = 100;
/// Until then what is made once is made: fonts, drivers, the first model.
const WARM_UP: usize = 20;
/// Long enough for the first pictures.
const LOOK: Duration = Duration::from_millis(150);
/// What baseview 0.4 keeps of each keyboard map, and what heaps and drivers may do, in KiB.
const KEPT_KIB: f64 = 128.0;

/// Resident memory in KiB, threads and open files of this process.
#[derive(Debug, Clone, Copy)]
struct Footprint {
    memory: usize,
    threads: usize,
    files: usize,
}

fn count(path: &str) -> usize {
    std::fs::read_dir(path).map_or(0, Iterator::count)
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The least of two seconds: what was closed may still be on its way out.
fn footprint() -> Footprint {
    let now = |_| {
        sleep(Duration::from_millis(100));
        (resident(), count("/proc/self/task"), count("/proc/self/fd"))
    };
    let looks: Vec<_> = (0..20).map(now).collect();
    let least = |part: fn(&(usize, usize, usize)) -> usize| looks.iter().map(part).min().unwrap_or(0);
    Footprint {
        memory: least(|look| look.0),
        threads: least(|look| look.1),
        files: least(|look| look.2),
    }
}

#[test]
fn opened_and_closed_a_hundred_times_it_leaves_nothing_behind() -> Result<(), HostError> {
    let screen = Screen::start()?;
    let mut plugin = Setup::default().ready()?;
    let sound = Audio::noise(48_000.0, 2, 4_800, 0.25);
    let mut before = None;
    for opening in 0..OPENINGS {
        if opening == WARM_UP {
            before = Some(footprint());
        }
        let window = screen.window(960, 660)?;
        plugin.open_editor(window)?;
        play(&mut plugin, &sound, Blocks::Of(480), &[])?;
        sleep(LOOK);
        plugin.close_editor()?;
        screen.close(window)?;
    }
    let (before, after) = (before.unwrap_or_else(footprint), footprint());
    println!("{before:?} after {WARM_UP} openings, {after:?} after {OPENINGS}");
    assert!(after.threads <= before.threads, "threads are left behind");
    assert!(after.files <= before.files, "open files are left behind");
    let kept = after.memory.saturating_sub(before.memory) as f64 / (OPENINGS - WARM_UP) as f64;
    assert!(kept <= KEPT_KIB, "{kept:.0} KiB are left behind by each opening");
    Ok(())
}
