//! From samples at the separator's rate to spectra and magnitudes, with as much of their past as a new query needs.

use earmark_controls::ChannelMode;
use earmark_models::SeparatorSpec;
use earmark_models::stft::{Analyzer, Plan};
use num_complex::Complex32;

use super::edges::Edges;
use super::intake::Taken;
use crate::geometry::Geometry;

/// Analysis of every channel. Frames are counted from the stream's start.
pub(crate) struct Analysis {
    mode: ChannelMode,
    hop: usize,
    bins: usize,
    /// Frames per step.
    block: usize,
    /// Frames kept, a multiple of `block`.
    kept: usize,
    half_window: usize,
    edges: Edges,
    analyzers: Vec<Analyzer>,
    /// `[channel][kept · bins]`, frame t at t % kept.
    spectra: Vec<Vec<Complex32>>,
    /// A hop as it is analysed, `[hop]`.
    hop_in: Vec<f32>,
    /// What the separator hears, `[lane][kept · bins]`, frame t at t % kept.
    magnitudes: Vec<Vec<f32>>,
    /// The first frame that was analysed, and how far it has got.
    first: u64,
    frames: u64,
}

impl Analysis {
    /// `context` is the number of frames that a query which begins later reads of the past.
    pub(crate) fn new(
        geometry: &Geometry,
        spec: &SeparatorSpec,
        plan: &Plan,
        (channels, mode): (usize, ChannelMode),
        context: usize,
    ) -> Analysis {
        let (hop, bins, block) = (spec.stft.hop, spec.stft.bins(), spec.block);
        // A new query begins `context` frames before the sample it belongs to, and that sample came in at most the
        // lookahead, one crossfade, the window and the block in work before the newest frame.
        let around = (geometry.alignment
            + geometry.algorithmic_delay
            + geometry.rounding
            + geometry.model_chunk
            + geometry.model_rate / 20)
            / hop;
        // Or as many blocks earlier as lie ready and one, where they are revised.
        let steps = (geometry.ready() + 2) * geometry.steps + 4;
        let kept = context + around + spec.stft.window.div_ceil(hop) + steps * block;
        let kept = kept.next_multiple_of(block);
        let lanes = if mode == ChannelMode::Each { channels } else { 1 };
        Analysis {
            mode,
            hop,
            bins,
            block,
            kept,
            half_window: geometry.half_window,
            edges: Edges::default(),
            hop_in: vec![0.0; hop],
            analyzers: (0..channels).map(|_| plan.analyzer()).collect(),
            spectra: vec![vec![Complex32::default(); kept * bins]; channels],
            magnitudes: vec![vec![0.0; kept * bins]; lanes],
            first: 0,
            frames: 0,
        }
    }

    /// Forgets everything; the next frame is frame `first`, of a signal with these edges.
    pub(crate) fn reset(&mut self, edges: Edges, first: u64) {
        self.edges = edges;
        self.analyzers.iter_mut().for_each(Analyzer::reset);
        (self.first, self.frames) = (first, first);
    }

    /// The signal's edges, as far as they are known.
    pub(crate) fn edges(&self) -> &Edges {
        &self.edges
    }

    /// Takes over what has become known of them.
    pub(crate) fn set_edges(&mut self, edges: Edges) {
        self.edges = edges;
    }

    /// One past the signal's last frame, where that is known.
    pub(crate) fn end_frame(&self) -> Option<u64> {
        self.edges.end_frame(self.hop)
    }

    /// How many masks a frame needs: one for all channels, or one each.
    pub(crate) fn lanes(&self) -> usize {
        self.magnitudes.len()
    }

    /// One past the newest frame.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// The oldest frame that is still kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.frames.saturating_sub(self.kept as u64).max(self.first)
    }

    /// The next sample to be analysed.
    fn position(&self) -> i64 {
        self.frames as i64 * self.hop as i64
    }

    /// Reads the hop at `from` of a block into `hop_in`, with the signal's reflection after its end, and sets the analyser's past
    /// where it begins.
    fn read_hop(&mut self, taken: &Taken, channel: usize, from: usize) {
        self.hop_in
            .copy_from_slice(taken.samples(channel, from, self.hop));
        let Some(origin) = self.edges.origin() else { return };
        let position = self.position() as usize;
        let analyzer = &mut self.analyzers[channel];
        if self.frames == origin.frame as u64 {
            analyzer.reflect_past(position - origin.sample, &self.hop_in);
        }
        let Some(end) = self.edges.end() else { return };
        for k in 0..self.hop {
            // Sample end − 1 + n is sample end − 1 − n, as far as a frame can ask for it.
            let n = (position + k + 1).saturating_sub(end);
            if n == 0 || n > self.half_window || end < origin.sample + 1 + n {
                continue;
            }
            let mirrored = end - 1 - n;
            self.hop_in[k] = match mirrored.checked_sub(position) {
                Some(earlier) => self.hop_in[earlier],
                None => analyzer.past(position - mirrored),
            };
        }
    }

    /// Analyses step `step` of an engine block.
    pub(crate) fn step(&mut self, taken: &Taken, step: usize) {
        for frame in 0..self.block {
            let frame = step * self.block + frame;
            let at = (self.frames % self.kept as u64) as usize * self.bins;
            let row = at..at + self.bins;
            for channel in 0..self.analyzers.len() {
                self.read_hop(taken, channel, frame * self.hop);
                self.analyzers[channel].push(&self.hop_in, &mut self.spectra[channel][row.clone()]);
            }
            let kept = row.clone();
            match self.mode {
                ChannelMode::Each => {
                    for (magnitudes, spectra) in self.magnitudes.iter_mut().zip(&self.spectra) {
                        for (magnitude, x) in magnitudes[row.clone()].iter_mut().zip(&spectra[row.clone()]) {
                            *magnitude = x.norm();
                        }
                    }
                }
                ChannelMode::Linked => self.combine(row, |spectra, bin| {
                    let power: f32 = spectra.iter().map(|channel| channel[bin].norm_sqr()).sum();
                    (power / spectra.len() as f32).sqrt()
                }),
                ChannelMode::Mid => self.combine(row, |spectra, bin| {
                    let sum: Complex32 = spectra.iter().map(|channel| channel[bin]).sum();
                    sum.norm() / spectra.len() as f32
                }),
            }
            let factor = taken.factor(frame);
            if factor != 1.0 {
                for magnitudes in &mut self.magnitudes {
                    magnitudes[kept.clone()]
                        .iter_mut()
                        .for_each(|magnitude| *magnitude *= factor);
                }
            }
            self.frames += 1;
        }
    }

    fn combine(&mut self, row: std::ops::Range<usize>, magnitude: impl Fn(&[Vec<Complex32>], usize) -> f32) {
        for bin in row {
            self.magnitudes[0][bin] = magnitude(&self.spectra, bin);
        }
    }

    /// Magnitudes of the frames of one step, which begin with a multiple of the step's frames, `[block, bins]`.
    pub(crate) fn magnitudes(&self, lane: usize, first: u64) -> &[f32] {
        let at = (first % self.kept as u64) as usize * self.bins;
        &self.magnitudes[lane][at..at + self.block * self.bins]
    }

    /// Magnitudes of one frame that is kept, `[bins]`.
    pub(crate) fn magnitude(&self, lane: usize, frame: i64) -> &[f32] {
        let at = frame.rem_euclid(self.kept as i64) as usize * self.bins;
        &self.magnitudes[lane][at..at + self.bins]
    }

    /// One channel's frame, `[bins]`, if it has been analysed and is still kept.
    pub(crate) fn spectrum(&self, channel: usize, frame: i64) -> Option<&[Complex32]> {
        let frame = u64::try_from(frame)
            .ok()
            .filter(|frame| (self.oldest()..self.frames).contains(frame))?;
        let at = (frame % self.kept as u64) as usize * self.bins;
        Some(&self.spectra[channel][at..at + self.bins])
    }
}
