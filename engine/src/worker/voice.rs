//! One query's mask stream and what it makes of the mixture.

use std::sync::Arc;

use earmark_models::stft::{Plan, Synthesizer};
use earmark_models::{MaskStream, ModelError, Separator, SeparatorSpec, mask};
use num_complex::Complex32;

use super::analysis::Analysis;
use super::gain::Gain;
use super::presence::Presence;
use super::shaper::Shaper;
use super::shapes::Shapes;
use crate::query::Query;

/// A query being heard, or about to be. It lags behind the analysis until it has caught up, and is in step from then on.
pub(crate) struct Voice {
    query: Query,
    /// Kept alive, and told apart by its address.
    separator: Arc<dyn Separator>,
    lookahead: i64,
    hop: usize,
    bins: usize,
    block: usize,
    /// The next frame to read; a multiple of `block`.
    cursor: u64,
    /// The first frame that was read.
    first: u64,
    /// `[lane][sound]`: those that are wanted, then those that are not.
    streams: Vec<Vec<Box<dyn MaskStream>>>,
    /// `[lane]`.
    shapers: Vec<Shaper>,
    gains: Vec<Gain>,
    presence: Presence,
    /// The presence in the frame synthesised last.
    present: f32,
    /// The masks of all sounds together, `[lane][block · bins]`.
    masks: Vec<Vec<Complex32>>,
    /// The masks of one sound, and of those that are not wanted, `[block · bins]`.
    sound: Vec<Complex32>,
    unwanted: Vec<Complex32>,
    /// `[channel]`.
    synthesizers: Vec<Synthesizer>,
    /// The masked signal of the step read last, `[channel][block · hop]`.
    wave: Vec<Vec<f32>>,
    /// The gain above the band over the same samples, `[lane][block · hop]`.
    gain: Vec<Vec<f32>>,
    masked: Vec<Complex32>,
}

impl Voice {
    /// A voice that begins to read with frame `first`, a multiple of the step's frames, and is not heard before frame
    /// `heard`.
    pub(crate) fn new(
        separator: &Arc<dyn Separator>,
        spec: &SeparatorSpec,
        query: &Query,
        plan: &Plan,
        (channels, lanes): (usize, usize),
        (first, heard): (u64, u64),
    ) -> Result<Voice, ModelError> {
        let streams = || {
            let conditions = query.wanted.iter().chain(&query.unwanted);
            conditions
                .map(|condition| {
                    let mut stream = separator.stream(condition)?;
                    stream.skip_first(heard.saturating_sub(first) as usize);
                    Ok(stream)
                })
                .collect::<Result<Vec<_>, ModelError>>()
        };
        let (hop, bins, block) = (spec.stft.hop, spec.stft.bins(), spec.block);
        Ok(Voice {
            query: query.clone(),
            separator: separator.clone(),
            lookahead: spec.lookahead as i64,
            hop,
            bins,
            block,
            cursor: first,
            first,
            streams: (0..lanes).map(|_| streams()).collect::<Result<_, ModelError>>()?,
            shapers: (0..lanes)
                .map(|_| Shaper::new(hop as f32 / spec.sample_rate as f32, bins))
                .collect(),
            presence: Presence::new(plan, spec.sample_rate as f32),
            present: 0.0,
            gains: (0..lanes).map(|_| Gain::new(separator.spec())).collect(),
            masks: vec![vec![Complex32::default(); block * bins]; lanes],
            sound: vec![Complex32::default(); block * bins],
            unwanted: vec![Complex32::default(); block * bins],
            synthesizers: (0..channels).map(|_| plan.synthesizer()).collect(),
            wave: vec![vec![0.0; block * hop]; channels],
            gain: vec![vec![0.0; block * hop]; lanes],
            masked: vec![Complex32::default(); bins],
        })
    }

    /// Whether it is this separator's voice for this query.
    pub(crate) fn is(&self, separator: &Arc<dyn Separator>, query: &Query) -> bool {
        Arc::ptr_eq(&self.separator, separator) && self.query == *query
    }

    /// Steps that it has yet to read until it has read what was analysed.
    pub(crate) fn backlog(&self, analysis: &Analysis) -> u64 {
        analysis.frames().saturating_sub(self.cursor) / self.block as u64
    }

    /// Reads one step.
    pub(crate) fn read_step(&mut self, analysis: &Analysis, shapes: &Shapes) -> Result<(), ModelError> {
        let wanted = self.query.wanted.len();
        for (lane, (streams, masks)) in self.streams.iter_mut().zip(&mut self.masks).enumerate() {
            let magnitudes = analysis.magnitudes(lane, self.cursor);
            for (i, stream) in streams.iter_mut().enumerate() {
                let first_unwanted = i == wanted;
                match i {
                    0 if wanted > 0 => push(stream, magnitudes, masks)?,
                    _ if first_unwanted => push(stream, magnitudes, &mut self.unwanted)?,
                    _ => {
                        push(stream, magnitudes, &mut self.sound)?;
                        mask::join(if i < wanted { masks } else { &mut self.unwanted }, &self.sound);
                    }
                }
            }
            if wanted == 0 {
                mask::all_but(&self.unwanted, masks);
            } else if wanted < streams.len() {
                mask::exclude(&self.unwanted, masks);
            }
        }
        for row in 0..self.block {
            let frame = self.cursor as i64 + row as i64 - self.lookahead;
            self.synthesize(analysis, shapes, row, frame);
        }
        self.cursor += self.block as u64;
        Ok(())
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
        let bins = row * self.bins..(row + 1) * self.bins;
        let shared = self.masks.len() == 1;
        let masks = &self.masks;
        let channels = (0..self.synthesizers.len()).filter_map(|channel| {
            let mask = &masks[if shared { 0 } else { channel }][bins.clone()];
            Some((analysis.spectrum(channel, frame)?, mask))
        });
        self.present = self.presence.push(channels);
        let shaping = shapes.at(frame);
        for (shaper, masks) in self.shapers.iter_mut().zip(&mut self.masks) {
            shaper.shape(&shaping, self.present, &mut masks[bins.clone()]);
        }
        for (lane, (gains, masks)) in self.gains.iter_mut().zip(&self.masks).enumerate() {
            gains.push(analysis.magnitude(lane, frame), &masks[bins.clone()]);
            for (k, gain) in self.gain[lane][samples.clone()].iter_mut().enumerate() {
                *gain = gains.at(k);
            }
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
    }

    /// The shaped mask of a frame of the step read last, `[bins]`.
    pub(crate) fn mask(&self, lane: usize, row: usize) -> &[Complex32] {
        &self.masks[lane][row * self.bins..(row + 1) * self.bins]
    }

    /// The presence in the frame synthesised last: see [`Presence`].
    pub(crate) fn presence(&self) -> f32 {
        self.present
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

/// Computes one sound's masks.
fn push(
    stream: &mut Box<dyn MaskStream>,
    magnitudes: &[f32],
    masks: &mut [Complex32],
) -> Result<(), ModelError> {
    stream.push(magnitudes, masks)?;
    // One value that is no number would stay in the overlap and in the stream's state.
    if masks.iter().any(|m| !(m.re.is_finite() && m.im.is_finite())) {
        masks.fill(Complex32::default());
        stream.reset();
    }
    Ok(())
}
