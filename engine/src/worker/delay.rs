//! A fixed delay.

/// Gives every sample back a fixed number of samples later.
pub(crate) struct Delay {
    line: Box<[f32]>,
    at: usize,
}

impl Delay {
    pub(crate) fn new(len: usize) -> Delay {
        Delay {
            line: vec![0.0; len].into(),
            at: 0,
        }
    }

    /// Replaces `samples` by those of `len` samples ago.
    pub(crate) fn process(&mut self, samples: &mut [f32]) {
        let mut left = samples;
        while !left.is_empty() && !self.line.is_empty() {
            let count = left.len().min(self.line.len() - self.at);
            let (now, later) = left.split_at_mut(count);
            now.swap_with_slice(&mut self.line[self.at..self.at + count]);
            self.at = (self.at + count) % self.line.len();
            left = later;
        }
    }

    pub(crate) fn reset(&mut self) {
        self.line.fill(0.0);
    }
}
