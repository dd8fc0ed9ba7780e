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
        if self.line.is_empty() {
            return;
        }
        for sample in samples {
            std::mem::swap(sample, &mut self.line[self.at]);
            self.at = (self.at + 1) % self.line.len();
        }
    }

    pub(crate) fn reset(&mut self) {
        self.line.fill(0.0);
    }
}
