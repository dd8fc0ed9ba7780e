//! Time that passes as a test likes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use earmark_engine::{Clock, Waits};

/// How long the threads are really given between two looks at them.
const LOOK: Duration = Duration::from_micros(50);

/// A clock that stands still while threads work, and jumps from one event to the next.
///
/// A separator that "computes" for some time sleeps until the clock has got there; the audio thread, where it waits for a block,
/// moves the clock on itself. So a test of half a minute takes as long as its arithmetic, and comes out the same on every machine.
#[derive(Debug, Default)]
pub struct TestClock {
    state: Mutex<State>,
    moved: Condvar,
    waits: Waits,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    /// When each thread that sleeps wants to go on.
    sleepers: Vec<Duration>,
    /// Nobody sleeps any more.
    over: bool,
}

impl TestClock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A separator's thread is busy for so long.
    pub fn compute_for(&self, time: Duration) {
        let mut state = self.state();
        if time.is_zero() || state.over {
            return;
        }
        let until = state.now + time;
        state.sleepers.push(until);
        while state.now < until && !state.over {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next thing that happens, if that is not after `most`: who sleeps until then goes on. Else it is `most` then.
    fn step(&self, most: Duration) -> bool {
        let mut state = self.state();
        let next = state.sleepers.iter().min().copied();
        let event = next.filter(|next| *next <= most);
        state.now = state.now.max(event.unwrap_or(most));
        let now = state.now;
        state.sleepers.retain(|until| *until > now);
        self.moved.notify_all();
        event.is_some()
    }

    /// Lets everybody go: before engines are dropped, which wait for their workers.
    pub fn end(&self) {
        let mut state = self.state();
        state.over = true;
        state.sleepers.clear();
        self.moved.notify_all();
    }

    fn is_computing(&self) -> bool {
        !self.state().sleepers.is_empty()
    }

    /// Lets time pass until `to`, while a worker that owes so many blocks does what it has to in its own time.
    pub fn pass(&self, to: Duration, owed: impl Fn() -> usize) {
        loop {
            while owed() > 0 && !self.is_computing() {
                std::thread::sleep(LOOK);
            }
            if !self.step(to) {
                return;
            }
        }
    }
}

/// Lets everybody go when it is dropped, also by a test that fails. Make it after the engines.
pub struct End<'a>(pub &'a TestClock);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        self.state().now
    }

    fn sleep(&self, left: Duration) -> Duration {
        // Without anybody at work a block will not come by waiting longer: but it may be in the making at this moment.
        let left = if self.is_computing() {
            left
        } else {
            left.min(Duration::from_millis(1))
        };
        self.step(self.now() + left);
        LOOK
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }
}
