//! How loud each hundredth of a second is.

use crate::weighting::Weighting;

/// Cells a second.
pub(crate) const CELLS: u64 = 100;

/// A power, K-weighted and summed over the channels, in LUFS (ITU-R BS.1770); no less than -200.
pub(crate) fn lufs(power: f64) -> f64 {
    10.0 * power.max(1e-20).log10() - 0.691
}

/// Cuts a sound into cells and measures their power, whatever the size of the blocks that it comes in. Cell n holds the samples from
/// n / 100 s on, rounded down, so cells do not drift against the sound at rates that 100 does not divide.
#[derive(Debug, Clone)]
pub(crate) struct Loudness {
    rate: u64,
    /// One for each channel.
    weightings: Vec<Weighting>,
    /// Samples of the sound so far, and where the cell being filled begins and ends.
    heard: u64,
    begin: u64,
    end: u64,
    index: u64,
    sum: f64,
}

impl Loudness {
    /// For a rate in Hz, of at least [`CELLS`], and so many channels.
    pub(crate) fn new(rate: u32, channels: usize) -> Loudness {
        let mut loudness = Loudness {
            rate: u64::from(rate),
            weightings: vec![Weighting::new(f64::from(rate)); channels],
            heard: 0,
            begin: 0,
            end: 0,
            index: 0,
            sum: 0.0,
        };
        loudness.end = loudness.beginning(1);
        loudness
    }

    fn beginning(&self, index: u64) -> u64 {
        index * self.rate / CELLS
    }

    /// Reads `[channel][sample]` and hands each cell that is full to `each`: its mean K-weighted power, summed over the channels.
    pub(crate) fn push(&mut self, sound: &[&[f32]], mut each: impl FnMut(f64)) {
        let len = sound.first().map_or(0, |channel| channel.len());
        let mut from = 0;
        while from < len {
            let to = len.min(from + (self.end - self.heard) as usize);
            for (channel, weighting) in sound.iter().zip(&mut self.weightings) {
                for &sample in &channel[from..to] {
                    self.sum += weighting.push(sample).powi(2);
                }
            }
            self.heard += (to - from) as u64;
            from = to;
            if self.heard == self.end {
                each(self.take());
            }
        }
    }

    /// The last cell, where the sound ends within it.
    pub(crate) fn finish(&mut self) -> Option<f64> {
        (self.heard > self.begin).then(|| self.take())
    }

    /// Seconds of sound so far.
    pub(crate) fn seconds(&self) -> f64 {
        self.heard as f64 / self.rate as f64
    }

    fn take(&mut self) -> f64 {
        let samples = (self.heard - self.begin) as f64;
        self.begin = self.heard;
        self.index += 1;
        self.end = self.beginning(self.index + 1);
        std::mem::take(&mut self.sum) / samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(blocks: &[usize], sound: &[f32]) -> Vec<f64> {
        let mut loudness = Loudness::new(22_050, 1);
        let mut all = Vec::new();
        let (mut at, mut sizes) = (0, blocks.iter().cycle());
        while let (true, Some(size)) = (at < sound.len(), sizes.next()) {
            let to = sound.len().min(at + size);
            loudness.push(&[&sound[at..to]], |cell| all.push(cell));
            at = to;
        }
        all.extend(loudness.finish());
        all
    }

    #[test]
    fn blocks_do_not_matter_and_cells_do_not_drift() {
        let mut random = fastrand::Rng::with_seed(1);
        let sound: Vec<f32> = (0..22_050 * 2 + 7).map(|_| random.f32() - 0.5).collect();
        let whole = cells(&[sound.len()], &sound);
        assert_eq!(whole.len(), 201, "two seconds and a bit");
        assert_eq!(whole, cells(&[1, 1000, 3, 512], &sound));
    }

    #[test]
    fn a_cell_is_as_loud_as_the_standard_says() {
        // BS.1770: a sine of 997 Hz at 0 dBFS on one channel reads -3.01 LUFS.
        let sound: Vec<f32> = (0..44_100)
            .map(|n| (std::f32::consts::TAU * 997.0 * n as f32 / 22_050.0).sin())
            .collect();
        let all = cells(&[4096], &sound);
        let mean = all[100..].iter().sum::<f64>() / (all.len() - 100) as f64;
        assert!((10.0 * mean.log10() - 0.691 + 3.01).abs() < 0.05, "{mean}");
    }
}
