//! The mask streams of a query's sounds and what they make of the mixture.

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
    /// The streams know where the signal ends.
    ended: bool,
    /// `[lane]`: each of all sounds as one batch, those that are wanted, then those that are not.
    streams: Vec<Box<dyn MaskStream>>,
    /// `[lane]`.
    shapers: Vec<Shaper>,
    gains: Vec<Gain>,
    presence: Presence,
    /// The presence in the frame synthesised last.
    frame_presence: f32,
    /// The masks of all sounds together, `[lane][block · bins]`.
    masks: Vec<Vec<Complex32>>,
    /// The masks of each sound in one lane, `[sound, block, bins]`.
    sounds: Vec<Complex32>,
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
        let conditions = [&query.wanted[..], &query.unwanted].concat();
        let stream = |_| {
            let mut stream = separator.stream(&conditions)?;
            stream.skip_first(heard.saturating_sub(first) as usize);
            Ok(stream)
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
            ended: false,
            streams: (0..lanes).map(stream).collect::<Result<_, ModelError>>()?,
            shapers: (0..lanes)
                .map(|_| Shaper::new(hop as f32 / spec.sample_rate as f32, bins))
                .collect(),
            presence: Presence::new(plan, spec.sample_rate as f32),
            frame_presence: 0.0,
            gains: (0..lanes).map(|_| Gain::new(separator.spec())).collect(),
            masks: vec![vec![Complex32::default(); block * bins]; lanes],
            sounds: vec![Complex32::default(); query.len() * block * bins],
            synthesizers: (0..channels).map(|_| plan.synthesizer()).collect(),
            wave: vec![vec![0.0; block * hop]; channels],
            gain: vec![vec![0.0; block * hop]; lanes],
            masked: vec![Complex32::default(); bins],
        })
    }

    /// Says that the first frame to be read is the signal's first.
    pub(crate) fn begin(&mut self) {
        self.synthesizers.iter_mut().for_each(Synthesizer::begin);
    }

    /// Whether it is this separator's voice for this query.
    pub(crate) fn is(&self, separator: &Arc<dyn Separator>, query: &Query) -> bool {
        Arc::ptr_eq(&self.separator, separator) && self.query == *query
    }

    /// Steps that it has yet to read until it has read what was analysed.
    pub(crate) fn backlog(&self, analysis: &Analysis) -> u64 {
        analysis.frames().saturating_sub(self.cursor) / self.block as u64
    }

    /// Reads one step, which is `awaited` or not.
    pub(crate) fn read_step(
        &mut self,
        analysis: &Analysis,
        shapes: &Shapes,
        awaited: bool,
    ) -> Result<(), ModelError> {
        if let Some(end) = analysis.end_frame()
            && end < self.cursor + self.block as u64
            && !self.ended
        {
            let frames = end.saturating_sub(self.cursor) as usize;
            self.streams
                .iter_mut()
                .for_each(|stream| stream.end_after(frames));
            self.ended = true;
        }
        let size = self.block * self.bins;
        for (lane, (stream, masks)) in self.streams.iter_mut().zip(&mut self.masks).enumerate() {
            stream.awaited(awaited);
            push(
                &mut **stream,
                analysis.magnitudes(lane, self.cursor),
                &mut self.sounds,
                size,
            )?;
            let (wanted, unwanted) = self.sounds.split_at_mut(self.query.wanted.len() * size);
            match (joined(wanted, size), joined(unwanted, size)) {
                (Some(wanted), None) => masks.copy_from_slice(wanted),
                (Some(wanted), Some(unwanted)) => {
                    masks.copy_from_slice(wanted);
                    mask::exclude(unwanted, masks);
                }
                (None, Some(unwanted)) => mask::all_but(unwanted, masks),
                // No separator makes a stream for no sound.
                (None, None) => masks.fill(Complex32::default()),
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
        if analysis.end_frame().is_some_and(|end| frame as u64 >= end) {
            return self.finish(analysis, row, frame);
        }
        let bins = row * self.bins..(row + 1) * self.bins;
        let shared = self.masks.len() == 1;
        let masks = &self.masks;
        let channels = (0..self.synthesizers.len()).filter_map(|channel| {
            let mask = &masks[if shared { 0 } else { channel }][bins.clone()];
            Some((analysis.spectrum(channel, frame)?, mask))
        });
        self.frame_presence = self.presence.push(channels);
        let shaping = shapes.at(frame);
        for (shaper, masks) in self.shapers.iter_mut().zip(&mut self.masks) {
            shaper.shape(&shaping, self.frame_presence, &mut masks[bins.clone()]);
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
        self.trim(analysis, row, frame);
    }

    /// What a frame after the signal's last one leaves of it.
    fn finish(&mut self, analysis: &Analysis, row: usize, frame: i64) {
        let samples = row * self.hop..(row + 1) * self.hop;
        for (gains, out) in self.gains.iter_mut().zip(&mut self.gain) {
            gains.hold();
            for (k, gain) in out[samples.clone()].iter_mut().enumerate() {
                *gain = gains.at(k);
            }
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
            analysis.trim(position, &mut wave[row * self.hop..(row + 1) * self.hop]);
        }
    }

    /// The shaped mask of a frame of the step read last, `[bins]`.
    pub(crate) fn mask(&self, lane: usize, row: usize) -> &[Complex32] {
        &self.masks[lane][row * self.bins..(row + 1) * self.bins]
    }

    /// The presence in the frame synthesised last: see [`Presence`].
    pub(crate) fn presence(&self) -> f32 {
        self.frame_presence
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

/// Computes the masks of all sounds, each `size` of them.
fn push(
    stream: &mut dyn MaskStream,
    magnitudes: &[f32],
    sounds: &mut [Complex32],
    size: usize,
) -> Result<(), ModelError> {
    stream.push(magnitudes, sounds)?;
    // One value that is no number would stay in the overlap and in the stream's state. The sounds share that state: all of
    // them begin anew.
    let mut broken = false;
    for masks in sounds.chunks_exact_mut(size) {
        if masks.iter().any(|m| !(m.re.is_finite() && m.im.is_finite())) {
            masks.fill(Complex32::default());
            broken = true;
        }
    }
    if broken {
        stream.reset();
    }
    Ok(())
}

/// The masks of all these sounds together, in the place of the first one's; `None` where there are none.
fn joined(sounds: &mut [Complex32], size: usize) -> Option<&[Complex32]> {
    let (first, others) = sounds.split_at_mut_checked(size)?;
    for other in others.chunks_exact(size) {
        mask::join(first, other);
    }
    Some(first)
}
