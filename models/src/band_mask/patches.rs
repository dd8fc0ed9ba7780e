//! Small convolutions shared along frequency, and the columns of maps that they read.

use super::linear::Linear;

/// A convolution over some frames back to the newest and some bands around each, of `training/model.py`'s `Patches`.
pub(super) struct Patches {
    linear: Linear,
    shape: Shape,
    /// Where the frames of a patch begin in the columns, from its first one on.
    taps: Box<[usize]>,
}

/// What a convolution reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Bands of the map that it reads.
    pub(super) bands: usize,
    /// Values of each band of that map.
    pub(super) channels: usize,
    /// Frames of a patch.
    pub(super) taps: usize,
    /// Bands of a patch, an odd number.
    pub(super) width: usize,
    /// Frames from patch to patch; a patch ends with the newest of them.
    pub(super) frames: usize,
    /// Bands from patch to patch.
    pub(super) stride: usize,
}

impl Shape {
    /// Bands beyond each edge, which count as zeros.
    fn side(&self) -> usize {
        self.width / 2
    }

    /// Frames of the past that a patch reads.
    pub(super) fn past(&self) -> usize {
        self.taps - self.frames
    }

    /// Values of a column with its edges.
    fn column(&self) -> usize {
        (self.bands + 2 * self.side()) * self.channels
    }
}

impl Patches {
    /// `linear` reads a patch in pieces: `[taps][width, channels]`, the bands of each side by side in memory.
    pub(super) fn new(linear: Linear, shape: Shape) -> Patches {
        let taps = (0..shape.taps).map(|tap| tap * shape.column()).collect();
        Patches { linear, shape, taps }
    }

    /// Room for what `frames` new frames of its input need.
    pub(super) fn columns(&self, frames: usize) -> PastColumns {
        let shape = self.shape;
        PastColumns {
            values: vec![0.0; (shape.past() + frames) * shape.column()].into(),
        }
    }

    /// Takes new frames `[frames, bands, channels]` in and writes what the convolution makes of them, `[frames /
    /// shape.frames, bands / shape.stride, outputs]`.
    pub(super) fn push(&self, columns: &mut PastColumns, x: &[f32], y: &mut [f32]) {
        let shape = self.shape;
        let (column, row) = (shape.column(), shape.bands * shape.channels);
        let fresh = x.len() / row * column;
        columns.values.copy_within(fresh.., 0);
        let newest = columns.values.len() - fresh;
        let edge = shape.side() * shape.channels;
        for (to, from) in columns.values[newest..]
            .chunks_exact_mut(column)
            .zip(x.chunks_exact(row))
        {
            to[edge..][..row].copy_from_slice(from);
        }
        let steps = x.len() / row / shape.frames;
        let made = y.len() / steps;
        for (step, y) in y.chunks_exact_mut(made).enumerate() {
            let from = &columns.values[step * shape.frames * column..];
            self.linear
                .apply_pieces(from, shape.stride * shape.channels, &self.taps, y);
        }
    }
}

/// The past of a convolution's input. Before the first frame there are zeros.
pub(super) struct PastColumns {
    /// `[past + frames, side + bands + side, channels]`, oldest first.
    values: Box<[f32]>,
}

impl PastColumns {
    pub(super) fn reset(&mut self) {
        self.values.fill(0.0);
    }

    /// Takes over what one for pieces of another length keeps.
    pub(super) fn take_over(&mut self, other: &PastColumns) {
        take_newest(&mut self.values, &other.values);
    }
}

/// A delay line of whole frames.
pub(super) struct DelayLine(Box<[f32]>);

impl DelayLine {
    /// For pushes of `len` values that come back `delay` values later.
    pub(super) fn new(delay: usize, len: usize) -> DelayLine {
        DelayLine(vec![0.0; delay + len].into())
    }

    /// Makes room for `len` new values and hands it out.
    pub(super) fn newest(&mut self, len: usize) -> &mut [f32] {
        self.0.copy_within(len.., 0);
        let newest = self.0.len() - len;
        &mut self.0[newest..]
    }

    /// Adds the oldest values to `x`.
    pub(super) fn add_to(&self, x: &mut [f32]) {
        for (x, delayed) in x.iter_mut().zip(&self.0) {
            *x += delayed;
        }
    }

    pub(super) fn reset(&mut self) {
        self.0.fill(0.0);
    }

    /// As [`PastColumns::take_over`].
    pub(super) fn take_over(&mut self, other: &DelayLine) {
        take_newest(&mut self.0, &other.0);
    }
}

/// Copies the newest values, which both keep last. What only the longer one has is older than anything that is read of them.
pub(super) fn take_newest(to: &mut [f32], from: &[f32]) {
    let count = to.len().min(from.len());
    let (to_first, from_first) = (to.len() - count, from.len() - count);
    to[to_first..].copy_from_slice(&from[from_first..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_pieces_it_is_the_plain_convolution() {
        let shape = Shape {
            bands: 6,
            channels: 2,
            taps: 4,
            width: 3,
            frames: 2,
            stride: 2,
        };
        let (outputs, frames) = (5, 8);
        let value = |n: usize| ((n * 7919) % 101) as f32 / 50.0 - 1.0;
        let weight: Vec<f32> = (0..outputs * shape.taps * shape.width * shape.channels)
            .map(value)
            .collect();
        let bias: Vec<f32> = (0..outputs).map(|n| value(n + 3)).collect();
        let x: Vec<f32> = (0..frames * 12).map(|n| value(n + 11)).collect();
        let at = |frame: isize, band: isize, channel: usize| {
            let inside = frame >= 0 && (0..6).contains(&band);
            if inside {
                x[frame as usize * 12 + band as usize * 2 + channel]
            } else {
                0.0
            }
        };
        let patches = Patches::new(Linear::in_pieces(shape.taps, &weight, bias.clone()), shape);
        for piece in [2, 4, 8] {
            let mut columns = patches.columns(piece);
            let mut y = vec![0.0; piece / 2 * 3 * outputs];
            let mut all = Vec::new();
            for x in x.chunks_exact(piece * 12) {
                patches.push(&mut columns, x, &mut y);
                all.extend_from_slice(&y);
            }
            assert_eq!(all.len(), 4 * 3 * outputs);
            for (index, made) in all.iter().enumerate() {
                let (output, band, step) = (index % outputs, index / outputs % 3, index / outputs / 3);
                let mut plain = bias[output];
                for (n, weight) in weight[output * 24..][..24].iter().enumerate() {
                    let (tap, wide, channel) = (n / 6, n / 2 % 3, n % 2);
                    let frame = (2 * step + tap) as isize - 2;
                    plain += weight * at(frame, (2 * band + wide) as isize - 1, channel);
                }
                assert!(
                    (made - plain).abs() < 1e-5,
                    "pieces of {piece}: {made} for {plain}"
                );
            }
        }
    }

    #[test]
    fn what_is_late_comes_back_after_the_delay() {
        let mut line = DelayLine::new(3, 2);
        for (push, expected) in
            [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
                .into_iter()
                .zip([[0.0, 0.0], [0.0, 1.0], [2.0, 3.0]])
        {
            line.newest(2).copy_from_slice(&push);
            let mut out = [0.0; 2];
            line.add_to(&mut out);
            assert_eq!(out, expected);
        }
    }
}
