//! Where an instance takes the time from: the one place of this crate that asks for it on the way of the sound.

use std::time::{Duration, Instant};

/// The time since an instance was made. It never falls.
#[derive(Debug)]
pub(crate) struct Clock(Source);

#[derive(Debug)]
enum Source {
    System(Instant),
    /// Moves only when somebody sleeps.
    #[cfg(test)]
    Still(std::sync::atomic::AtomicU64),
}

impl Default for Clock {
    fn default() -> Clock {
        Clock(Source::System(Instant::now()))
    }
}

impl Clock {
    /// One that moves only when somebody sleeps, and then at once.
    #[cfg(test)]
    pub(crate) fn still() -> Clock {
        Clock(Source::Still(Default::default()))
    }

    pub(crate) fn now(&self) -> Duration {
        match &self.0 {
            Source::System(begin) => begin.elapsed(),
            #[cfg(test)]
            Source::Still(now) => Duration::from_micros(now.load(std::sync::atomic::Ordering::Relaxed)),
        }
    }

    /// Lets so much time pass.
    pub(crate) fn sleep(&self, time: Duration) {
        match &self.0 {
            Source::System(_) => std::thread::sleep(time),
            #[cfg(test)]
            Source::Still(now) => {
                now.fetch_add(time.as_micros() as u64, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }
}
