//! The mask streams of a batch of sounds, step by step.

use earmark_models::{Condition, MaskStream, ModelError, Separator, SeparatorSpec};
use num_complex::Complex32;

use super::analysis::Analysis;

/// Streams that read what was analysed. They lag behind the analysis until they have caught up, and are in step from then on.
pub(crate) struct Listener {
    block: usize,
    /// Masks of a sound in a step: `block · bins`.
    size: usize,
    /// The next frame to read; a multiple of `block`.
    cursor: u64,
    /// The streams know where the signal ends.
    ended: bool,
    /// `[lane]`: each of all sounds as one batch.
    streams: Vec<Box<dyn MaskStream>>,
    /// The masks of each sound in one lane, `[sound, block, bins]`.
    sounds: Vec<Complex32>,
}

impl Listener {
    /// Begins to read with frame `first`, a multiple of the step's frames; what comes of frames before `heard` is not heard.
    pub(crate) fn new(
        separator: &dyn Separator,
        spec: &SeparatorSpec,
        conditions: &[Condition],
        lanes: usize,
        (first, heard): (u64, u64),
    ) -> Result<Listener, ModelError> {
        let stream = |_| {
            let mut stream = separator.stream(conditions)?;
            stream.skip_first(heard.saturating_sub(first) as usize);
            Ok(stream)
        };
        let size = spec.block * spec.stft.bins();
        Ok(Listener {
            block: spec.block,
            size,
            cursor: first,
            ended: false,
            streams: (0..lanes).map(stream).collect::<Result<_, ModelError>>()?,
            sounds: vec![Complex32::default(); conditions.len() * size],
        })
    }

    /// The next frame to read.
    pub(crate) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Steps that it has yet to read until it has read what was analysed.
    pub(crate) fn backlog(&self, analysis: &Analysis) -> u64 {
        analysis.frames().saturating_sub(self.cursor) / self.block as u64
    }

    /// Reads so many steps whose masks nobody will hear, as quickly as can be; `following` more follow that nobody will hear either. The signal
    /// has no end yet.
    pub(crate) fn catch_up(
        &mut self,
        analysis: &Analysis,
        steps: u64,
        following: u64,
    ) -> Result<(), ModelError> {
        let block = self.block as u64;
        for (lane, stream) in self.streams.iter_mut().enumerate() {
            let cursors = (0..steps).map(|step| self.cursor + step * block);
            let blocks = || cursors.clone().map(|cursor| analysis.magnitudes(lane, cursor));
            let magnitudes = blocks().collect::<Vec<_>>().concat();
            if !stream.catch_up(&magnitudes, following as usize * self.block)? {
                for magnitudes in blocks() {
                    push(&mut **stream, magnitudes, &mut self.sounds, self.size)?;
                }
            }
        }
        self.cursor += steps * block;
        Ok(())
    }

    /// Reads one step, which is `awaited` or not (see [`MaskStream::awaited`]), and hands the masks of each lane to `each`, `[sound, block, bins]`.
    pub(crate) fn read_step(
        &mut self,
        analysis: &Analysis,
        awaited: bool,
        mut each: impl FnMut(usize, &[Complex32]),
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
        for (lane, stream) in self.streams.iter_mut().enumerate() {
            let magnitudes = analysis.magnitudes(lane, self.cursor);
            stream.awaited(awaited);
            push(&mut **stream, magnitudes, &mut self.sounds, self.size)?;
            each(lane, &self.sounds);
        }
        self.cursor += self.block as u64;
        Ok(())
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
