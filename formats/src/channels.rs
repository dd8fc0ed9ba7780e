//! Buffers that lie in each other's place.
//!
//! nice-plug processes in place: it copies each input to the output of the same number first. A host may give an output the place of
//! an input, but if it is that of another channel, the copy of the one overwrites the other before it is read.

use std::mem::size_of;

/// Room for inputs that would be overwritten, made when an instance is activated.
#[derive(Debug, Default)]
pub(crate) struct InputRoom {
    samples: Vec<Vec<f32>>,
    channels: Vec<*mut f32>,
}

// SAFETY: the pointers are written before they are read, within one call.
unsafe impl Send for InputRoom {}

impl InputRoom {
    /// For so many channels of at most so many samples.
    pub(crate) fn new(channels: usize, most: usize) -> InputRoom {
        InputRoom {
            samples: vec![vec![0.0; most]; channels],
            channels: vec![std::ptr::null_mut(); channels],
        }
    }

    /// The inputs of a call with so many samples, from where no output overwrites them: nothing if they are well where they are, or
    /// if they have no room here. Neither locks nor allocates.
    ///
    /// # Safety
    /// Every channel that is not null has so many samples.
    pub(crate) unsafe fn rescue(
        &mut self,
        inputs: &[*mut f32],
        outputs: impl Iterator<Item = *mut f32> + Clone,
        samples: usize,
    ) -> Option<*mut *mut f32> {
        let in_the_way = inputs.iter().enumerate().any(|(number, input)| {
            outputs.clone().enumerate().any(|(other, output)| {
                let own_place = other == number && output == *input;
                !own_place && overlap(*input, output, samples)
            })
        });
        let fits =
            inputs.len() <= self.channels.len() && self.samples.iter().all(|room| room.len() >= samples);
        if !in_the_way || !fits || inputs.iter().any(|input| input.is_null()) {
            return None;
        }
        for ((room, channel), input) in self.samples.iter_mut().zip(&mut self.channels).zip(inputs) {
            // SAFETY: the caller's promise, and the room is ours.
            unsafe { room.as_mut_ptr().copy_from_nonoverlapping(*input, samples) };
            *channel = room.as_mut_ptr();
        }
        Some(self.channels.as_mut_ptr())
    }
}

fn overlap(one: *mut f32, other: *mut f32, samples: usize) -> bool {
    one.addr().abs_diff(other.addr()) < samples * size_of::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is rescued of inputs at these places of one piece of memory, with outputs at those.
    fn rescued(inputs: [usize; 2], outputs: [usize; 2], room: usize) -> Option<[Vec<f32>; 2]> {
        let mut memory: Vec<f32> = (0..40).map(|i| i as f32).collect();
        let base = memory.as_mut_ptr();
        let at = |place: usize| base.wrapping_add(place);
        let mut space = InputRoom::new(2, room);
        // SAFETY: ten samples are at each place.
        let channels = unsafe { space.rescue(&inputs.map(at), outputs.map(at).into_iter(), 10) }?;
        // SAFETY: the rescued ones, with as many.
        Some([0, 1].map(|channel| unsafe { std::slice::from_raw_parts(*channels.add(channel), 10).to_vec() }))
    }

    #[test]
    fn what_is_in_place_or_apart_stays() {
        assert_eq!(rescued([0, 10], [0, 10], 10), None);
        assert_eq!(rescued([0, 10], [20, 30], 10), None);
        assert_eq!(rescued([0, 0], [20, 30], 10), None, "one sound on both channels");
    }

    #[test]
    fn what_would_be_overwritten_is_rescued() {
        let count = |from: usize| (from..from + 10).map(|i| i as f32).collect::<Vec<_>>();
        assert_eq!(
            rescued([0, 10], [10, 0], 10),
            Some([count(0), count(10)]),
            "swapped"
        );
        assert_eq!(rescued([0, 10], [20, 0], 10), Some([count(0), count(10)]), "one");
        assert_eq!(rescued([0, 12], [5, 30], 10), Some([count(0), count(12)]), "half");
    }

    #[test]
    fn more_than_there_is_room_for_stays() {
        assert_eq!(rescued([0, 10], [10, 0], 9), None);
    }
}
