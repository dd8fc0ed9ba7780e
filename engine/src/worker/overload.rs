//! When to rest.

use std::collections::VecDeque;

/// Seconds over which late blocks are counted.
const WINDOW_SECONDS: f64 = 5.0;
/// Share of late blocks above which the worker rests.
const SHARE: f64 = 0.2;
/// Seconds of rest before the next try.
const REST_SECONDS: f64 = 10.0;

/// Rests when more than a fifth of the blocks of five seconds were late, and tries again after ten seconds.
///
/// ```text
///            > 20 % late for 5 s
/// Working ───────────────────────► Resting
///    ▲                                │
///    └────────────── after 10 s ──────┘
/// ```
pub(crate) struct Overload {
    window: u64,
    rest: u64,
    /// Blocks due and blocks late, at times of the recent past.
    seen: VecDeque<(u64, u64)>,
    /// Blocks of rest that are left.
    resting: u64,
}

impl Overload {
    pub(crate) fn new(block_seconds: f64) -> Overload {
        let blocks = |seconds: f64| (seconds / block_seconds).ceil().max(1.0) as u64;
        Overload {
            window: blocks(WINDOW_SECONDS),
            rest: blocks(REST_SECONDS),
            seen: VecDeque::new(),
            resting: 0,
        }
    }

    /// Forgets what was late.
    pub(crate) fn clear(&mut self) {
        self.seen.clear();
        self.resting = 0;
    }

    /// Reads how many blocks were due and late in all, but for those that only a new beginning made late; says whether the worker
    /// should rest.
    pub(crate) fn observe(&mut self, due: u64, late: u64) -> bool {
        // A host that resets again and again never lets one become due: there is nothing new then, and nothing to remember.
        if self.seen.back().is_some_and(|(seen, _)| *seen == due) {
            return false;
        }
        self.seen.push_back((due, late));
        // The oldest that is at least a window ago stays, so that the window is always full once it was.
        while self
            .seen
            .get(1)
            .is_some_and(|(past, _)| due - past >= self.window)
        {
            self.seen.pop_front();
        }
        let Some((first_due, first_late)) = self.seen.front() else {
            return false;
        };
        let (due, late) = (due - first_due, late - first_late);
        if due >= self.window && late as f64 > SHARE * due as f64 {
            self.seen.clear();
            self.resting = self.rest;
            return true;
        }
        false
    }

    /// Whether it rests.
    pub(crate) fn resting(&self) -> bool {
        self.resting > 0
    }

    /// Whether the next block passes without work; counts it off.
    pub(crate) fn rest(&mut self) -> bool {
        let resting = self.resting();
        self.resting = self.resting.saturating_sub(1);
        resting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks until rest, where one in `every` is late, of 20 ms each.
    fn blocks_until_rest(every: u64) -> Option<u64> {
        let mut overload = Overload::new(0.02);
        (0..5000).find(|&block| overload.observe(block, block / every))
    }

    #[test]
    fn more_than_a_fifth_late_for_five_seconds_means_rest() {
        assert_eq!(blocks_until_rest(4), Some(250));
        assert_eq!(blocks_until_rest(6), None);
    }

    #[test]
    fn one_bad_second_is_forgiven() {
        let mut overload = Overload::new(0.02);
        for block in 0..5000u64 {
            let late = block.clamp(1000, 1049) - 1000;
            assert!(!overload.observe(block, late), "at block {block}");
        }
    }

    #[test]
    fn a_host_that_lets_no_block_become_due_is_no_burden() {
        let mut overload = Overload::new(0.02);
        assert!((0..10_000).all(|_| !overload.observe(7, 3)));
        assert_eq!(overload.seen.len(), 1);
    }

    #[test]
    fn rest_ends_after_ten_seconds() {
        let mut overload = Overload::new(0.02);
        let begun = (0..).find(|&block| overload.observe(block, block));
        assert_eq!(begun, Some(250));
        assert_eq!((0..1000).take_while(|_| overload.rest()).count(), 500);
        assert!(
            (0..240).all(|block| !overload.observe(block, block)),
            "a new window begins"
        );
    }
}
