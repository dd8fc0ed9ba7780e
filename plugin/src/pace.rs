//! Whether a host renders faster than real time without having said so.

use std::time::{Duration, Instant};

/// Audio that a verdict needs.
const WINDOW: Duration = Duration::from_secs(1);

/// Compares the audio that the host asks for with the time that it lets pass between its calls.
///
/// Hosts bounce without announcing it. Time spent inside our own calls does not count, so a render that waits for us still reads as
/// one: only a host that plays lets about as much time pass as the audio lasts.
#[derive(Debug, Default)]
pub(crate) struct HostPace {
    left: Option<Instant>,
    outside: Duration,
    audio: Duration,
    racing: bool,
}

impl HostPace {
    /// A call with audio of this length begins.
    pub(crate) fn enter(&mut self, now: Instant, audio: Duration) {
        if let Some(left) = self.left {
            self.outside += now.saturating_duration_since(left);
            self.audio += audio;
        }
        if self.audio >= WINDOW {
            self.racing = self.outside < self.audio / 2;
            self.audio = Duration::ZERO;
            self.outside = Duration::ZERO;
        }
    }

    /// The call ends.
    pub(crate) fn leave(&mut self, now: Instant) {
        self.left = Some(now);
    }

    /// Whether the host ran at more than twice real time over the last second of audio.
    pub(crate) fn is_racing(&self) -> bool {
        self.racing
    }

    /// The stream begins anew.
    pub(crate) fn reset(&mut self) {
        *self = HostPace::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict after `calls` calls of 10 ms of audio that take `inside`, with `outside` between them.
    fn racing(calls: u32, inside: Duration, outside: Duration) -> bool {
        let mut pace = HostPace::default();
        let mut now = Instant::now();
        for _ in 0..calls {
            pace.enter(now, Duration::from_millis(10));
            now += inside;
            pace.leave(now);
            now += outside;
        }
        pace.is_racing()
    }

    #[test]
    fn a_host_that_plays_is_not_racing() {
        let ms = Duration::from_millis;
        assert!(!racing(500, ms(1), ms(9)));
        assert!(!racing(500, ms(4), ms(6)));
    }

    #[test]
    fn a_render_is_racing_even_while_it_waits_for_us() {
        let ms = Duration::from_millis;
        assert!(racing(500, ms(0), ms(1)));
        assert!(racing(500, ms(40), ms(1)));
        assert!(!racing(50, ms(0), ms(1)), "half a second may be a burst");
    }
}
