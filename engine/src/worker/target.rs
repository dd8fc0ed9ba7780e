//! What masks make of the mixture.

use earmark_models::SeparatorSpec;
use earmark_models::stft::{Plan, Synthesizer};
use num_complex::Complex32;

use super::analysis::Analysis;
use super::choice::Choice;
use super::gain::Gain;
use super::presence::Presence;
use super::shaper::Shaper;
use super::shapes::Shapes;

/// The masked signal of one query, step by step.
pub(crate) struct Target {
    lookahead: i64,
    hop: usize,
    bins: usize,
    block: usize,
    /// The first frame that was read.
    first: u64,
    choice: Choice,
    /// Where somebody may shape the masks, and sees how present the target is.
    shaping: Option<Shaped>,
    /// `[lane]`.
    gains: Vec<Gain>,
    /// The masks of all sounds together, `[lane][block · bins]`.
    masks: Vec<Vec<Complex32>>,
    spare: Vec<Complex32>,
    /// `[channel]`.
    synthesizers: Vec<Synthesizer>,
    /// The masked signal of the step read last, `[channel][block · hop]`.
    wave: Vec<Vec<f32>>,
    /// The gain above the band over the same samples, `[lane][block · hop]`.
    gain: Vec<Vec<f32>>,
    masked: Vec<Complex32>,
}

/// What shaping keeps from frame to frame.
struct Shaped {
    /// `[lane]`.
    shapers: Vec<Shaper>,
    presence: Presence,
    /// The presence in the frame synthesised last.
    frame_presence: f32,
}

impl Target {
    /// Of a query of this `choice`, whose streams begin to read with frame `first`.
    pub(crate) fn new(
        spec: &SeparatorSpec,
        plan: &Plan,
        choice: Choice,
        (channels, lanes): (usize, usize),
        first: u64,
    ) -> Target {
        let (hop, bins, block) = (spec.stft.hop, spec.stft.bins(), spec.block);
        Target {
            lookahead: spec.lookahead as i64,
            hop,
            bins,
            block,
            first,
            choice,
            shaping: None,
            gains: (0..lanes).map(|_| Gain::new(spec)).collect(),
            masks: vec![vec![Complex32::default(); block * bins]; lanes],
            spare: Vec::new(),
            synthesizers: (0..channels).map(|_| plan.synthesizer()).collect(),
            wave: vec![vec![0.0; block * hop]; channels],
            gain: vec![vec![0.0; block * hop]; lanes],
            masked: vec![Complex32::default(); bins],
        }
    }

    /// The same with its masks shaped, and its presence measured.
    pub(crate) fn shaped(mut self, spec: &SeparatorSpec, plan: &Plan) -> Target {
        let rate = spec.sample_rate as f32;
        let shaper = |_| Shaper::new(self.hop as f32 / rate, self.bins);
        self.shaping = Some(Shaped {
            shapers: (0..self.gains.len()).map(shaper).collect(),
            presence: Presence::new(plan, rate),
            frame_presence: 0.0,
        });
        self
    }

    /// Says that the first frame to be read is the signal's first.
    pub(crate) fn begin(&mut self) {
        self.synthesizers.iter_mut().for_each(Synthesizer::begin);
    }

    /// Takes the masks of all sounds of the batch in a lane, `[sound, block, bins]`.
    pub(crate) fn take(&mut self, lane: usize, sounds: &[Complex32]) {
        self.choice.join(sounds, &mut self.masks[lane], &mut self.spare);
    }

    /// Computes the step whose masks were taken: that of the frames from `cursor` on, `lookahead` earlier.
    pub(crate) fn synthesize_step(&mut self, analysis: &Analysis, shapes: &Shapes, cursor: u64) {
        for row in 0..self.block {
            let frame = cursor as i64 + row as i64 - self.lookahead;
            self.synthesize(analysis, shapes, row, frame);
        }
    }

    fn synthesize(&mut self, analysis: &Analysis, shapes: &Shapes, row: usize, frame: i64) {
        let samples = row * self.hop..(row + 1) * self.hop;
        let before = self.first as i64;
        if frame < before || analysis.spectrum(0, frame).is_none() {
            self.wave
                .iter_mut()
                .for_each(|wave| wave[samples.clone()].fill(0.0));
            self.gain
                .iter_mut()
                .for_each(|gain| gain[samples.clone()].fill(0.0));
            return;
        }
        if analysis.end_frame().is_some_and(|end| frame as u64 >= end) {
            return self.finish(analysis, row, frame);
        }
        let bins = row * self.bins..(row + 1) * self.bins;
        let shared = self.masks.len() == 1;
        if let Some(shaped) = &mut self.shaping {
            let masks = &self.masks;
            let channels = (0..self.synthesizers.len()).filter_map(|channel| {
                let mask = &masks[if shared { 0 } else { channel }][bins.clone()];
                Some((analysis.spectrum(channel, frame)?, mask))
            });
            shaped.frame_presence = shaped.presence.push(channels);
            let shaping = shapes.at(frame);
            for (shaper, masks) in shaped.shapers.iter_mut().zip(&mut self.masks) {
                shaper.shape(&shaping, shaped.frame_presence, &mut masks[bins.clone()]);
            }
        }
        for (lane, (gains, masks)) in self.gains.iter_mut().zip(&self.masks).enumerate() {
            gains.push(analysis.magnitude(lane, frame), &masks[bins.clone()]);
            gains.write(&mut self.gain[lane][samples.clone()]);
        }
        for (channel, (synthesizer, wave)) in self.synthesizers.iter_mut().zip(&mut self.wave).enumerate() {
            let mask = &self.masks[if shared { 0 } else { channel }][bins.clone()];
            let Some(spectrum) = analysis.spectrum(channel, frame) else {
                continue;
            };
            for ((out, x), m) in self.masked.iter_mut().zip(spectrum).zip(mask) {
                *out = x * m;
            }
            synthesizer.push(&self.masked, &mut wave[samples.clone()]);
        }
        self.trim(analysis, row, frame);
    }

    /// What a frame after the signal's last one leaves of it.
    fn finish(&mut self, analysis: &Analysis, row: usize, frame: i64) {
        let samples = row * self.hop..(row + 1) * self.hop;
        for (gains, out) in self.gains.iter_mut().zip(&mut self.gain) {
            gains.hold();
            gains.write(&mut out[samples.clone()]);
        }
        for (synthesizer, wave) in self.synthesizers.iter_mut().zip(&mut self.wave) {
            synthesizer.finish(&mut wave[samples.clone()]);
        }
        self.trim(analysis, row, frame);
    }

    /// Takes away what lies around the signal: its reflection.
    fn trim(&mut self, analysis: &Analysis, row: usize, frame: i64) {
        let delay = self.synthesizers.first().map_or(0, Synthesizer::delay);
        let position = frame * self.hop as i64 - delay as i64;
        for wave in &mut self.wave {
            analysis
                .edges()
                .trim(position, &mut wave[row * self.hop..(row + 1) * self.hop]);
        }
    }

    /// The mask of a frame of the step read last, as it was applied, `[bins]`.
    pub(crate) fn mask(&self, lane: usize, row: usize) -> &[Complex32] {
        &self.masks[lane][row * self.bins..(row + 1) * self.bins]
    }

    /// The presence in the frame synthesised last, where it is measured: see [`Presence`].
    pub(crate) fn presence(&self) -> f32 {
        self.shaping.as_ref().map_or(0.0, |shaped| shaped.frame_presence)
    }

    /// The masked signal of the step read last, `[block · hop]`.
    pub(crate) fn wave(&self, channel: usize) -> &[f32] {
        &self.wave[channel]
    }

    /// The gain above the band over the same samples, `[block · hop]`.
    pub(crate) fn gain(&self, lane: usize) -> &[f32] {
        &self.gain[lane]
    }
}
