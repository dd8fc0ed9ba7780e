//! Times of a piece of work, over several repeats.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde::Serialize;

/// Medians over the repeats, per second of audio.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Cost {
    /// Seconds of all threads together.
    pub(super) cpu_seconds_per_second: f64,
    /// Seconds that pass.
    pub(super) wall_seconds_per_second: f64,
    /// Smallest and largest of the repeats' CPU seconds.
    pub(super) cpu_spread: [f64; 2],
}

/// Measures pieces of work, each of which handles `seconds` of audio, `repeats` times, after one time unmeasured; in turns, so
/// that whatever else the machine does meanwhile slows all of them.
pub(super) fn measure<E, const WORKS: usize>(
    seconds: f64,
    repeats: u16,
    mut works: [&mut dyn FnMut() -> Result<(), E>; WORKS],
) -> Result<[Cost; WORKS], E> {
    for work in &mut works {
        work()?;
    }
    let mut times: [(Vec<f64>, Vec<f64>); WORKS] = std::array::from_fn(|_| Default::default());
    for _ in 0..repeats {
        for (work, (cpu, wall)) in works.iter_mut().zip(&mut times) {
            let (began, begun) = (Instant::now(), ProcessTime::now());
            work()?;
            cpu.push(begun.elapsed().as_secs_f64() / seconds);
            wall.push(began.elapsed().as_secs_f64() / seconds);
        }
    }
    Ok(times.map(|(mut cpu, wall)| {
        cpu.sort_by(f64::total_cmp);
        Cost {
            cpu_seconds_per_second: cpu[cpu.len() / 2],
            wall_seconds_per_second: median(wall),
            cpu_spread: [cpu[0], cpu[cpu.len() - 1]],
        }
    }))
}

/// The middle one of some values, of which there is one at least.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What a long stream costs at its beginning and at its end.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Endurance {
    minutes: u16,
    /// CPU seconds per second of audio of the first and of the last minute.
    pub(super) first_minute: f64,
    pub(super) last_minute: f64,
    /// Smallest and largest of all minutes.
    pub(super) spread: [f64; 2],
}

/// Measures every one of so many minutes; `step` handles `seconds` of audio.
pub(super) fn endure<E>(
    minutes: u16,
    seconds: f64,
    mut step: impl FnMut() -> Result<(), E>,
) -> Result<Endurance, E> {
    let steps = (60.0 / seconds).round().max(1.0) as usize;
    let mut costs = Vec::new();
    for _ in 0..minutes {
        let begun = ProcessTime::now();
        for _ in 0..steps {
            step()?;
        }
        costs.push(begun.elapsed().as_secs_f64() / (steps as f64 * seconds));
    }
    Ok(Endurance {
        minutes,
        first_minute: costs.first().copied().unwrap_or(0.0),
        last_minute: costs.last().copied().unwrap_or(0.0),
        spread: [
            costs.iter().copied().fold(f64::INFINITY, f64::min),
            costs.iter().copied().fold(0.0, f64::max),
        ],
    })
}

/// 10⁹ floating point operations per second of one thread that does nothing else.
pub(super) fn peak_gflops(isa: earmark_kernels::Isa, format: earmark_kernels::Format) -> f64 {
    let started = cpu_time::ThreadTime::now();
    let work = || {
        let (operations, result) = earmark_kernels::peak(isa, format, 2_000_000);
        std::hint::black_box(result);
        operations
    };
    best_rate(|| started.elapsed(), work) / 1e9
}

/// The most that `work` does in a second of `clock`, of a few rounds.
///
/// The clock may stand still for long: Windows counts a thread's time in steps of 15.6 ms. So a round begins when the clock
/// moves and lasts for many steps.
fn best_rate(clock: impl Fn() -> Duration, work: impl Fn() -> f64) -> f64 {
    const ROUNDS: usize = 3;
    const ROUND: Duration = Duration::from_millis(100);
    let round = || {
        let before = clock();
        while clock() == before {
            work();
        }
        let begun = clock();
        let mut done = 0.0;
        loop {
            done += work();
            let took = clock().saturating_sub(begun);
            if took >= ROUND {
                return done / took.as_secs_f64();
            }
        }
    };
    (0..ROUNDS).map(|_| round()).fold(0.0, f64::max)
}

/// The most memory that this process has held so far, in MiB, where the system tells.
pub(super) fn peak_memory_mib() -> Option<f64> {
    Some(memory_kib("VmHWM")? / 1024.0)
}

/// The process's memory at a moment, and what has become of it since.
pub(super) struct Memory {
    kib: f64,
}

impl Memory {
    /// From here on, where the system tells and lets its record of the peak be begun anew.
    pub(super) fn now() -> Option<Memory> {
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        let kib = memory_kib("VmRSS")?;
        Some(Memory { kib })
    }

    /// The most by which it was more, in megabytes (10⁶ bytes).
    pub(super) fn grown_mb(&self) -> Option<f64> {
        Some(megabytes(memory_kib("VmHWM")? - self.kib))
    }

    /// By how much it is more now, in megabytes.
    pub(super) fn kept_mb(&self) -> Option<f64> {
        Some(megabytes(memory_kib("VmRSS")? - self.kib))
    }
}

fn megabytes(kib: f64) -> f64 {
    kib * 1024.0 / 1e6
}

/// An entry of what Linux tells of a process.
fn memory_kib(entry: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(entry))?;
    line.strip_prefix(':')?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_clock_of_coarse_steps_gives_a_true_rate() {
        for step in [1, 10_000, 15_625] {
            let micros = Cell::new(7_000_u64);
            let clock = || Duration::from_micros(micros.get() / step * step);
            // 1000 operations in 2 ms.
            let work = || {
                micros.set(micros.get() + 2_000);
                1000.0
            };
            let rate = best_rate(clock, work);
            assert!(
                (rate / 500_000.0 - 1.0).abs() < 0.03,
                "{rate} with steps of {step} µs"
            );
        }
    }
}
