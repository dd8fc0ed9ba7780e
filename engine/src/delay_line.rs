//! The mixture on its way to the output.

use crate::memory::zeros;

/// A delay of one constant length for every channel, written and read in pieces.
pub(crate) struct DelayLine {
    delay: usize,
    /// `[channel][delay + most]`; the sample at position p lies at p % len.
    lines: Vec<Vec<f32>>,
}

impl DelayLine {
    /// For pieces of at most `most` samples.
    pub(crate) fn new(channels: usize, delay: usize, most: usize) -> DelayLine {
        DelayLine {
            delay,
            lines: (0..channels).map(|_| zeros(delay + most)).collect(),
        }
    }

    /// Writes `input` (silence, where there is none) at `position`, and reads as much into `out` from `delay` earlier.
    pub(crate) fn pass(&mut self, channel: usize, position: u64, input: Option<&[f32]>, out: &mut [f32]) {
        let line = &mut self.lines[channel];
        let (len, n) = (line.len(), out.len());
        let write = (position % len as u64) as usize;
        let head = n.min(len - write);
        match input {
            Some(input) => {
                line[write..write + head].copy_from_slice(&input[..head]);
                line[..n - head].copy_from_slice(&input[head..]);
            }
            None => {
                line[write..write + head].fill(0.0);
                line[..n - head].fill(0.0);
            }
        }
        let read = (write + len - self.delay) % len;
        let head = n.min(len - read);
        out[..head].copy_from_slice(&line[read..read + head]);
        out[head..].copy_from_slice(&line[..n - head]);
    }

    pub(crate) fn reset(&mut self) {
        self.lines.iter_mut().for_each(|line| line.fill(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_comes_back_after_the_delay() {
        let input: Vec<f32> = (1..=40).map(|k| k as f32).collect();
        let mut line = DelayLine::new(1, 7, 5);
        let mut out = [0.0; 40];
        let mut at = 0;
        for n in [1, 5, 2, 5, 4, 3, 5, 5, 1, 5, 4] {
            line.pass(0, at as u64, Some(&input[at..at + n]), &mut out[at..at + n]);
            at += n;
        }
        assert_eq!(at, 40);
        assert!(out[..7].iter().all(|sample| *sample == 0.0));
        assert_eq!(out[7..], input[..33]);
    }
}
