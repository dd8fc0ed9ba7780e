//! Plays an audition over and over in place of the output: the audio thread's part.

use ringbuf::traits::{Consumer, Observer, Producer};
use ringbuf::{HeapCons, HeapProd};

use super::excerpt::Parts;
use super::ticket::Ticket;
use crate::ramp::Ramp;

/// What is played.
pub(crate) struct Clip {
    /// The audition that it belongs to.
    pub(crate) number: u32,
    pub(crate) parts: Parts,
}

/// Owns a clip while it plays it, and gives it back to be dropped elsewhere.
pub(crate) struct Replay {
    incoming: HeapCons<Box<Clip>>,
    leaving: HeapProd<Box<Clip>>,
    clip: Option<Box<Clip>>,
    at: usize,
    share: Ramp,
}

impl Replay {
    /// `ramp` is the length of the fade between the output and the clip, in samples.
    pub(crate) fn new(incoming: HeapCons<Box<Clip>>, leaving: HeapProd<Box<Clip>>, ramp: usize) -> Replay {
        Replay {
            incoming,
            leaving,
            clip: None,
            at: 0,
            share: Ramp::new(0.0, ramp),
        }
    }

    /// Looks what is to be played from here on; says whether anything is. A clip makes way for another one in silence only.
    pub(crate) fn look(&mut self, ticket: &Ticket) -> bool {
        let wanted = ticket.playing();
        let silent = self.share.is_at(0.0);
        if silent && !self.leaving.is_full() {
            if let Some(done) = self.clip.take_if(|clip| Some(clip.number) != wanted) {
                let _ = self.leaving.try_push(done);
            }
            if self.clip.is_none() {
                self.clip = self.incoming.try_pop();
                self.at = 0;
            }
        }
        let plays = self.clip.as_ref().is_some_and(|clip| Some(clip.number) == wanted);
        self.share.aim(if plays { 1.0 } else { 0.0 });
        plays || !silent
    }

    /// Is silent from the next sample on, without a fade.
    pub(crate) fn fall_silent(&mut self) {
        self.share.jump(0.0);
    }

    /// The share of the clip in the next sample, 0 to 1.
    pub(crate) fn advance(&mut self) -> f32 {
        if let Some(clip) = &self.clip {
            self.at = (self.at + 1) % clip.parts.mixture.first().map_or(1, Vec::len).max(1);
        }
        self.share.advance()
    }

    /// Input and target of the clip at this sample; silence, where there is none.
    pub(crate) fn sample(&self, channel: usize) -> (f32, f32) {
        self.clip.as_ref().map_or((0.0, 0.0), |clip| {
            let at = |of: &[Vec<f32>]| of.get(channel).map_or(0.0, |samples| samples[self.at]);
            (at(&clip.parts.mixture), at(&clip.parts.target))
        })
    }
}
