//! By how long the audio thread may wait, and whether the host renders without having said so.

use std::time::Duration;

use crate::config::WaitPolicy;

/// A host's clock and ours differ by some parts per million; what they drift apart is no lead. Nor is a lead worth anything that a
/// host takes long to build up, and one that it does not use is soon none.
const FORGET: f64 = 1.01;
/// A call may come so much late, in seconds, and the next one in time again: that is no lead, and nobody who plays is made to wait
/// for it.
const JITTER: f64 = 0.05;
/// Seconds of sound that a verdict on the host needs.
const VERDICT: f64 = 1.0;

/// Compares the sound that the host hands over with the time that passes.
///
/// **Lead.** A host that calls in time has none, whatever its block size: each call comes when the samples of the one before have
/// been played. One that runs ahead (anticipative rendering) gains with every call, and nobody hears a gap when it is made to wait
/// for at most that long.
///
/// **Racing.** A host that plays lets about as much time pass between its calls as the sound in them lasts. One that lets pass less
/// than half of that over a second of sound is rendering, whatever it has said. Time spent waiting by any instance does not
/// count (see [`Waits`]): a render that waits for us is still one.
///
/// [`Waits`]: crate::clock::Waits
pub(crate) struct Pace {
    rate: f64,
    /// Samples of one call that the budget covers even if they come at once.
    covered: usize,
    /// What the host, or the person in its place, has said.
    announced: WaitPolicy,
    /// When the call before began, and its samples.
    last: Option<(Duration, usize)>,
    /// Seconds by which the host had run ahead when the current call began.
    lead: f64,
    /// Until when the current call may wait.
    deadline: Duration,
    /// When the call before ended, and how long anybody had waited by then.
    left: Option<(Duration, Duration)>,
    /// Seconds that passed outside of our calls and everybody's waits since the last verdict, and those of sound.
    outside: f64,
    sound: f64,
    racing: bool,
}

impl Pace {
    pub(crate) fn new(rate: f64, covered: usize) -> Pace {
        Pace {
            rate,
            covered,
            announced: WaitPolicy::Live,
            last: None,
            lead: 0.0,
            deadline: Duration::ZERO,
            left: None,
            outside: 0.0,
            sound: 0.0,
            racing: false,
        }
    }

    /// What the host says, or a person who knows it.
    pub(crate) fn announce(&mut self, waiting: WaitPolicy) {
        self.announced = waiting;
    }

    /// What was said last.
    pub(crate) fn announced(&self) -> WaitPolicy {
        self.announced
    }

    /// What is in force: what was announced, and an offline render where the host races.
    pub(crate) fn wait_policy(&self) -> WaitPolicy {
        if self.racing {
            WaitPolicy::Offline
        } else {
            self.announced
        }
    }

    /// A call of `samples` begins at `now`; anybody has `waited` so long so far.
    pub(crate) fn enter(&mut self, now: Duration, waited: Duration, samples: usize) {
        let sound = samples as f64 / self.rate;
        if let Some((before, previous)) = self.last {
            let passed = now.saturating_sub(before).as_secs_f64();
            self.lead = (self.lead + previous as f64 / self.rate - passed * FORGET).max(0.0);
        }
        self.last = Some((now, samples));
        // A call that holds more than the budget asks for blocks whose input came with it; the host plays it for longer
        // than the budget, so the excess is a lead too.
        let excess = samples.saturating_sub(self.covered) as f64 / self.rate;
        let patience = (self.lead - JITTER).max(0.0) + excess;
        // An hour is as good as forever.
        self.deadline = now + Duration::from_secs_f64(patience.clamp(0.0, 3600.0));

        if let Some((then, had_waited)) = self.left {
            let passed = now
                .saturating_sub(then)
                .saturating_sub(waited.saturating_sub(had_waited));
            self.outside += passed.as_secs_f64();
            self.sound += sound;
        }
        if self.sound >= VERDICT {
            self.racing = self.outside < self.sound / 2.0;
            (self.outside, self.sound) = (0.0, 0.0);
        }
    }

    /// The call ends.
    pub(crate) fn leave(&mut self, now: Duration, waited: Duration) {
        self.left = Some((now, waited));
    }

    /// How long the current call may still wait for a host that is live.
    pub(crate) fn patience(&self, now: Duration) -> Duration {
        self.deadline.saturating_sub(now)
    }

    /// The stream begins anew.
    pub(crate) fn reset(&mut self) {
        *self = Pace {
            announced: self.announced,
            ..Pace::new(self.rate, self.covered)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn pace() -> Pace {
        Pace::new(RATE, 10_000)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Patience of each call of `samples` that come at these times.
    fn patience(samples: usize, times: impl Iterator<Item = Duration>) -> Vec<f64> {
        let mut pace = pace();
        times
            .map(|now| {
                pace.enter(now, Duration::ZERO, samples);
                pace.patience(now).as_secs_f64()
            })
            .collect()
    }

    fn every(every: Duration, calls: u32) -> impl Iterator<Item = Duration> {
        (0..calls).map(move |call| every * call)
    }

    #[test]
    fn a_host_in_time_is_never_waited_for() {
        let none = |patience: Vec<f64>| patience.iter().all(|&p| p < 1e-6);
        assert!(none(patience(480, every(ms(10), 1000))));
        assert!(
            none(patience(480, every(Duration::from_micros(9_990), 1000))),
            "clocks drift"
        );
        // Now and then a call comes 40 ms late, and the next ones in time again.
        let late = (0..1000).map(|call| ms(10 * call + if call % 50 == 49 { 40 } else { 0 }));
        assert!(none(patience(480, late)));
    }

    #[test]
    fn a_host_that_runs_ahead_waits_for_at_most_its_lead() {
        let patience = patience(480, every(ms(1), 101));
        assert!((patience[100] - 0.85).abs() < 0.01, "{}", patience[100]);
    }

    #[test]
    fn a_call_longer_than_the_budget_may_wait_for_the_excess() {
        let patience = patience(14_800, every(ms(300), 3));
        assert!((patience[0] - 0.1).abs() < 1e-3, "{}", patience[0]);
    }

    /// The verdict after `calls` calls of 10 ms of sound that take `inside`, with `outside` between them.
    fn verdict(calls: u32, inside: Duration, outside: Duration) -> WaitPolicy {
        let mut pace = pace();
        let mut now = Duration::ZERO;
        for _ in 0..calls {
            pace.enter(now, Duration::ZERO, 480);
            now += inside;
            pace.leave(now, Duration::ZERO);
            now += outside;
        }
        pace.wait_policy()
    }

    #[test]
    fn a_host_that_plays_is_not_racing() {
        assert_eq!(verdict(500, ms(1), ms(9)), WaitPolicy::Live);
        assert_eq!(verdict(500, ms(4), ms(6)), WaitPolicy::Live);
    }

    #[test]
    fn a_render_is_racing_even_while_it_waits_for_us() {
        assert_eq!(verdict(500, ms(0), ms(1)), WaitPolicy::Offline);
        assert_eq!(verdict(500, ms(40), ms(1)), WaitPolicy::Offline);
        assert_eq!(
            verdict(50, ms(0), ms(1)),
            WaitPolicy::Live,
            "half a second may be a burst"
        );
    }

    #[test]
    fn instances_that_wait_one_after_the_other_all_see_the_render() {
        // One thread renders four instances, each of which waits 8 ms for every 10 ms of sound.
        let mut paces: Vec<Pace> = (0..4).map(|_| pace()).collect();
        let (mut now, mut waited) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..300 {
            for pace in &mut paces {
                pace.enter(now, waited, 480);
                now += ms(8);
                waited += ms(8);
                pace.leave(now, waited);
            }
            now += ms(1);
        }
        assert!(paces.iter().all(|pace| pace.wait_policy() == WaitPolicy::Offline));
    }

    #[test]
    fn what_was_announced_holds_where_the_host_does_not_race() {
        let mut pace = pace();
        for announced in [WaitPolicy::Always, WaitPolicy::Offline, WaitPolicy::Live] {
            pace.announce(announced);
            pace.reset();
            assert_eq!(pace.wait_policy(), announced);
        }
    }
}
