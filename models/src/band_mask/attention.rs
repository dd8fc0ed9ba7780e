//! Attention across the bands of a step, steered by the query.

use earmark_kernels::{Isa, exp_of_difference};

use super::film::Modulation;
use super::linear::Linear;

/// x + out(what each band gathers of the others), of `training/model.py`'s `Attention`.
pub(super) struct Attention {
    pub(super) gain: Vec<f32>,
    pub(super) film: Linear,
    /// From the values of a band to its query, key and value, side by side, each head after head.
    pub(super) read: Linear,
    /// `[heads, bands, bands]`: what each head prefers of a pair of bands, whatever they hold.
    pub(super) place: Vec<f32>,
    pub(super) heads: usize,
    pub(super) out: Linear,
}

/// Memory that all layers of attention share.
pub(super) struct Room {
    /// `[queries, steps, bands, channels]`: the layer's input normalised, then what the bands gathered.
    hidden: Box<[f32]>,
    /// `[queries, steps, bands, 3·channels]`.
    parts: Box<[f32]>,
    /// `[bands]`.
    scores: Box<[f32]>,
}

impl Room {
    /// For so many steps of all queries together.
    pub(super) fn new(steps: usize, bands: usize, channels: usize) -> Room {
        let zeros = |len: usize| -> Box<[f32]> { vec![0.0; len].into() };
        Room {
            hidden: zeros(steps * bands * channels),
            parts: zeros(3 * steps * bands * channels),
            scores: zeros(bands),
        }
    }
}

impl Attention {
    /// Replaces `x` `[queries, steps, bands, channels]` by the layer's output under each query's modulation.
    pub(super) fn apply(&self, modulations: &[Modulation], x: &mut [f32], room: &mut Room) {
        let (channels, bands) = (self.gain.len(), room.scores.len());
        let len = x.len() / modulations.len();
        for ((modulation, x), hidden) in modulations
            .iter()
            .zip(x.chunks_exact(len))
            .zip(room.hidden.chunks_exact_mut(len))
        {
            modulation.normalise(x, hidden);
        }
        self.read.apply(&room.hidden, &mut room.parts);
        let step = bands * channels;
        for (parts, gathered) in room
            .parts
            .chunks_exact(3 * step)
            .zip(room.hidden.chunks_exact_mut(step))
        {
            self.gather(parts, gathered, &mut room.scores);
        }
        self.out.apply(&room.hidden, &mut room.parts[..x.len()]);
        for (x, gathered) in x.iter_mut().zip(&room.parts) {
            *x += gathered;
        }
    }

    /// One step: `parts` `[bands, 3·channels]` to `gathered` `[bands, channels]`.
    fn gather(&self, parts: &[f32], gathered: &mut [f32], scores: &mut [f32]) {
        let (channels, bands) = (self.gain.len(), scores.len());
        let size = channels / self.heads;
        let scale = 1.0 / (size as f32).sqrt();
        let part = |band: usize, kind: usize, head: usize| {
            &parts[band * 3 * channels + kind * channels + head * size..][..size]
        };
        gathered.fill(0.0);
        for (head, place) in self.place.chunks_exact(bands * bands).enumerate() {
            for (band, place) in place.chunks_exact(bands).enumerate() {
                let asked = part(band, 0, head);
                for (other, (score, place)) in scores.iter_mut().zip(place).enumerate() {
                    let key = part(other, 1, head);
                    *score = scale * asked.iter().zip(key).map(|(a, b)| a * b).sum::<f32>() + place;
                }
                softmax(scores);
                let sums = &mut gathered[band * channels + head * size..][..size];
                for (other, share) in scores.iter().enumerate() {
                    for (sum, value) in sums.iter_mut().zip(part(other, 2, head)) {
                        *sum += share * value;
                    }
                }
            }
        }
    }
}

/// In place.
fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    exp_of_difference(Isa::best(), scores, most);
    let all: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= all);
}
