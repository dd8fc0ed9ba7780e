//! Changes on their way through the delay.

use std::collections::VecDeque;

use crate::change::Settings;
use crate::fields::Fields;

/// Changes a second that are kept apart: more than one in 12 samples at 48 kHz.
const PER_SECOND: f64 = 4_000.0;
/// Room at the shortest latency.
const LEAST: usize = 4_096;

/// Values that change together, at one sample.
#[derive(Debug, Clone, Copy)]
struct Step {
    position: u64,
    fields: Fields,
    /// Only `fields` of it count.
    values: Settings,
}

/// Changes in the order of their samples. Room is made once.
pub(crate) struct ChangeQueue {
    steps: VecDeque<Step>,
    room: usize,
    /// What is in `steps`, at most.
    fields: Fields,
}

impl ChangeQueue {
    /// Room for what a host may send within a latency of so many seconds.
    pub(crate) fn new(latency_seconds: f64) -> ChangeQueue {
        ChangeQueue::with_room(((latency_seconds * PER_SECOND) as usize).max(LEAST))
    }

    fn with_room(room: usize) -> ChangeQueue {
        ChangeQueue {
            steps: VecDeque::with_capacity(room),
            room,
            fields: Fields::NONE,
        }
    }

    /// Keeps `fields` of `values` until the sample `position` leaves the delay; positions never fall.
    ///
    /// Where no room is left, the newest step waits for this one and acts with it: the last value always arrives, and none is
    /// heard before its time.
    pub(crate) fn push(&mut self, position: u64, fields: Fields, values: &Settings) {
        if fields.is_empty() {
            return;
        }
        self.fields |= fields;
        let full = self.steps.len() >= self.room;
        match self.steps.back_mut() {
            Some(last) if full || last.position == position => {
                last.position = position;
                last.fields |= fields;
                last.values.take(fields, values);
            }
            _ => self.steps.push_back(Step {
                position,
                fields,
                values: *values,
            }),
        }
    }

    /// Forgets what is on its way to these fields: somebody has set them since.
    pub(crate) fn forget(&mut self, fields: Fields) {
        if !self.fields.and(fields).is_empty() {
            self.steps.iter_mut().for_each(|step| step.fields -= fields);
            self.fields -= fields;
        }
    }

    /// The sample of the next change.
    pub(crate) fn next_position(&self) -> Option<u64> {
        self.steps.front().map(|step| step.position)
    }

    /// Brings `held` up to date for the sample at `position`; says what was set.
    pub(crate) fn advance(&mut self, position: u64, held: &mut Settings) -> Fields {
        let mut set = Fields::NONE;
        while let Some(step) = self.steps.pop_front_if(|step| step.position <= position) {
            held.take(step.fields, &step.values);
            set |= step.fields;
        }
        if self.steps.is_empty() {
            self.fields = Fields::NONE;
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mix;

    fn mix(target_gain: f32, wet: f32) -> Settings {
        Settings {
            mix: Mix {
                target_gain,
                wet,
                ..Mix::default()
            },
            ..Settings::default()
        }
    }

    #[test]
    fn each_value_arrives_at_its_sample() {
        let mut queue = ChangeQueue::with_room(8);
        queue.push(10, Fields::WET, &mix(9.0, 0.5));
        queue.push(10, Fields::TARGET_GAIN, &mix(0.2, 9.0));
        queue.push(20, Fields::WET, &mix(9.0, 0.1));
        let mut held = mix(1.0, 1.0);
        assert!(queue.advance(9, &mut held).is_empty());
        assert_eq!(queue.advance(10, &mut held), Fields::WET | Fields::TARGET_GAIN);
        assert_eq!((held.mix.target_gain, held.mix.wet), (0.2, 0.5));
        assert_eq!(queue.next_position(), Some(20));
        queue.advance(25, &mut held);
        assert_eq!((held.mix.target_gain, held.mix.wet), (0.2, 0.1));
    }

    #[test]
    fn what_was_set_since_is_forgotten_and_nothing_else() {
        let mut queue = ChangeQueue::with_room(8);
        queue.push(10, Fields::MIX, &mix(0.2, 0.5));
        queue.forget(Fields::TARGET_GAIN);
        let mut held = mix(0.7, 1.0);
        queue.advance(10, &mut held);
        assert_eq!((held.mix.target_gain, held.mix.wet), (0.7, 0.5));
    }

    #[test]
    fn in_a_full_queue_nothing_is_early_and_the_last_value_arrives() {
        let mut queue = ChangeQueue::with_room(4);
        for k in 0..100 {
            queue.push(k * 10, Fields::WET, &mix(1.0, k as f32));
        }
        let mut held = mix(1.0, -1.0);
        for position in 0..2_000 {
            queue.advance(position, &mut held);
            assert!(held.mix.wet <= position as f32 / 10.0, "early at {position}");
        }
        assert_eq!(held.mix.wet, 99.0);
    }

    #[test]
    fn room_grows_with_the_latency() {
        assert_eq!(ChangeQueue::new(0.455).room, LEAST);
        assert!(ChangeQueue::new(4.27).room > 4.27 as usize * 4_000);
    }
}
