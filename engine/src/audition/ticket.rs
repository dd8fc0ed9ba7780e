//! Which audition counts, and how far it has got.

use std::sync::atomic::{AtomicU64, Ordering};

use earmark_controls::Audition;

/// The number of the newest audition and its progress, in one atomic word: who reports on an older one is not heard, and
/// everybody may end it at any time, the audio thread too.
pub(crate) struct Ticket(AtomicU64);

/// Below 0 nothing is asked for; 0 to 1 is the share that is done; above 1 it plays.
const OFF: f32 = -1.0;
const PLAYS: f32 = 2.0;

fn pack(number: u32, share: f32) -> u64 {
    u64::from(number) << 32 | u64::from(share.to_bits())
}

fn unpack(word: u64) -> (u32, f32) {
    ((word >> 32) as u32, f32::from_bits(word as u32))
}

impl Ticket {
    pub(crate) fn new() -> Ticket {
        Ticket(AtomicU64::new(pack(0, OFF)))
    }

    /// A new audition takes the place of any other. Returns its number.
    pub(crate) fn begin(&self) -> u32 {
        let begun = |word| Some(pack(unpack(word).0.wrapping_add(1), 0.0));
        let before = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, begun);
        unpack(before.unwrap_or_else(|word| word)).0.wrapping_add(1)
    }

    /// Ends whatever is on; nothing, where nothing is.
    pub(crate) fn end(&self) {
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
            let (number, share) = unpack(word);
            (share >= 0.0).then(|| pack(number.wrapping_add(1), OFF))
        });
    }

    /// So much of audition `number` is done. False where it does not count any more.
    pub(crate) fn report(&self, number: u32, done: f32) -> bool {
        self.set(number, done.clamp(0.0, 1.0))
    }

    /// Audition `number` plays from now on, unless it does not count any more.
    pub(crate) fn play(&self, number: u32) -> bool {
        self.set(number, PLAYS)
    }

    /// Audition `number` has come to nothing.
    pub(crate) fn fail(&self, number: u32) -> bool {
        self.set(number, OFF)
    }

    fn set(&self, number: u32, share: f32) -> bool {
        let set = |word| (unpack(word).0 == number).then(|| pack(number, share));
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, set)
            .is_ok()
    }

    /// The audition that is to be heard.
    pub(crate) fn playing(&self) -> Option<u32> {
        let (number, share) = unpack(self.0.load(Ordering::Acquire));
        (share > 1.0).then_some(number)
    }

    pub(crate) fn state(&self) -> Audition {
        match unpack(self.0.load(Ordering::Acquire)).1 {
            share if share < 0.0 => Audition::Off,
            share if share > 1.0 => Audition::Playing,
            share => Audition::Working(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_audition_counts() {
        let ticket = Ticket::new();
        assert_eq!(ticket.state(), Audition::Off);
        let first = ticket.begin();
        assert!(ticket.report(first, 0.5));
        assert_eq!(ticket.state(), Audition::Working(0.5));
        let second = ticket.begin();
        assert!(!ticket.report(first, 0.9) && !ticket.play(first) && !ticket.fail(first));
        assert_eq!((ticket.state(), ticket.playing()), (Audition::Working(0.0), None));
        assert!(ticket.play(second));
        assert_eq!(
            (ticket.state(), ticket.playing()),
            (Audition::Playing, Some(second))
        );
    }

    #[test]
    fn what_was_ended_does_not_begin_to_play_when_it_is_ready() {
        let ticket = Ticket::new();
        let number = ticket.begin();
        ticket.end();
        assert!(!ticket.play(number));
        assert_eq!(ticket.state(), Audition::Off);
    }
}
