//! Whether the host runs ahead of the wall clock, and so by how long the audio thread may wait.

use std::time::{Duration, Instant};

/// A host's clock and ours differ by some parts per million; what they drift apart is no lead. Nor is a lead worth
/// anything that a host would take minutes to build up.
const FORGET: f64 = 1.002;

/// Compares the samples that the host has handed over with the time that has passed.
///
/// A host that calls in time has no lead, whatever its block size: each call comes when the samples of the one before have
/// been played. One that renders faster (an unannounced bounce, anticipative rendering) gains a lead with every call,
/// and nobody hears a gap when it is made to wait for at most that long.
pub(crate) struct Pace {
    rate: f64,
    /// Samples of one call that the budget covers even if they come at once.
    covered: usize,
    last: Option<(Instant, usize)>,
    /// Seconds by which the host had run ahead when the current call began.
    lead: f64,
    /// Until when the current call may wait.
    deadline: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(rate: f64, covered: usize) -> Pace {
        Pace {
            rate,
            covered,
            last: None,
            lead: 0.0,
            deadline: None,
        }
    }

    /// A call of `samples` begins at `now`.
    pub(crate) fn begin(&mut self, now: Instant, samples: usize) {
        if let Some((before, previous)) = self.last {
            let passed = now.saturating_duration_since(before).as_secs_f64();
            self.lead = (self.lead + previous as f64 / self.rate - passed * FORGET).max(0.0);
        }
        self.last = Some((now, samples));
        // A call that holds more than the budget asks for blocks whose input came with it; the host plays it for longer
        // than the budget, so the excess is a lead too.
        let excess = samples.saturating_sub(self.covered) as f64 / self.rate;
        // An hour is as good as forever, and a Duration of more might not fit an Instant.
        self.deadline = now.checked_add(Duration::from_secs_f64((self.lead + excess).clamp(0.0, 3600.0)));
    }

    /// How long the current call may still wait.
    pub(crate) fn patience(&self, now: Instant) -> Duration {
        self.deadline
            .map_or(Duration::ZERO, |deadline| deadline.saturating_duration_since(now))
    }

    pub(crate) fn reset(&mut self) {
        self.last = None;
        self.lead = 0.0;
        self.deadline = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patience of each of `calls` calls of `samples` at 48 kHz, `every` apart.
    fn patience(samples: usize, every: Duration, calls: u32) -> Vec<f64> {
        let mut pace = Pace::new(48_000.0, 10_000);
        let start = Instant::now();
        (0..calls)
            .map(|call| {
                let now = start + every * call;
                pace.begin(now, samples);
                pace.patience(now).as_secs_f64()
            })
            .collect()
    }

    #[test]
    fn a_host_in_time_is_never_waited_for() {
        assert!(
            patience(480, Duration::from_millis(10), 1000)
                .iter()
                .all(|&p| p < 1e-6)
        );
        assert!(
            patience(480, Duration::from_micros(9_990), 1000)
                .iter()
                .all(|&p| p < 1e-6),
            "clocks drift"
        );
    }

    #[test]
    fn a_host_that_runs_ahead_waits_for_at_most_its_lead() {
        let patience = patience(480, Duration::from_millis(1), 101);
        assert!((patience[100] - 0.9).abs() < 0.01, "{}", patience[100]);
    }

    #[test]
    fn a_call_longer_than_the_budget_may_wait_for_the_excess() {
        let patience = patience(14_800, Duration::from_millis(300), 3);
        assert!((patience[0] - 0.1).abs() < 1e-3, "{}", patience[0]);
    }
}
