//! How long the input has been silent, so that a host lets us finish before it stops calling.

/// Counts the silent samples since the last sound. Hosts that stop calling a plug-in once its input is silent cut the
/// end of every clip unless they are told that more is to come.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    silent: u64,
}

impl Tail {
    /// Reads the input of one call, `[channel][sample]`. Only true zeros count as silence: what a limiter or a reverb
    /// leaves at -140 dB is sound that somebody may render.
    pub(crate) fn feed(&mut self, io: &[&mut [f32]]) {
        let len = io.iter().map(|channel| channel.len()).max().unwrap_or(0);
        let loud = io
            .iter()
            .filter_map(|channel| channel.iter().rposition(|&x| x != 0.0))
            .max();
        match loud {
            Some(last) => self.silent = (len - 1 - last) as u64,
            None => self.silent = self.silent.saturating_add(len as u64),
        }
    }

    /// Whether something of the input may still be on its way out, `tail` samples after it came.
    pub(crate) fn is_sounding(&self, tail: usize) -> bool {
        self.silent < tail as u64
    }

    /// Nothing has been heard yet.
    pub(crate) fn reset(&mut self, tail: usize) {
        self.silent = tail as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_lasts_exactly_as_long_as_was_said() {
        let mut tail = Tail::default();
        tail.reset(100);
        assert!(!tail.is_sounding(100), "nothing came in yet");
        let mut left = vec![0.0; 64];
        left[10] = 0.5;
        let mut right = vec![0.0; 64];
        right[20] = -1e-9;
        tail.feed(&[&mut left, &mut right]);
        assert!(tail.is_sounding(100) && tail.is_sounding(44) && !tail.is_sounding(43));
        let mut silence = vec![0.0; 56];
        tail.feed(&[&mut silence]);
        assert!(tail.is_sounding(100));
        tail.feed(&[&mut [0.0]]);
        assert!(!tail.is_sounding(100));
    }
}
