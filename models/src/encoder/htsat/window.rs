//! Attention among the tokens of a window (`htsat.py`: `WindowAttention`, and the windows of `SwinTransformerBlock`).

use earmark_kernels::{Head, Isa, Threads, attend};
use parking_lot::Mutex;

use super::super::dense::Dense;
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Rows and columns of a window.
pub(super) const SIDE: usize = 8;
/// Tokens of a window.
const TOKENS: usize = SIDE * SIDE;
/// Values on one axis of the distance between two tokens of a window.
const DISTANCES: usize = 2 * SIDE - 1;
/// Distances between two tokens of a window.
pub(super) const POSITIONS: usize = DISTANCES * DISTANCES;
/// What is added to the scores of tokens that lie together only because the grid was turned.
const APART: f32 = -100.0;

/// How a grid is cut into windows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Rows and columns of the grid.
    pub(super) grid: usize,
    /// Rows and columns by which the windows lie further down and to the right; what they reach over the edge comes from the
    /// opposite one.
    pub(super) shift: usize,
}

impl Cut {
    /// That of the block `index` of a stage: every other one's windows lie across those before, where there are several.
    pub(super) fn of(grid: usize, index: usize) -> Cut {
        let shift = if index % 2 == 1 && grid > SIDE {
            SIDE / 2
        } else {
            0
        };
        Cut { grid, shift }
    }

    fn windows(self) -> usize {
        (self.grid / SIDE) * (self.grid / SIDE)
    }

    /// For each token of a window its index in the grid, and the number of the region that it belongs to.
    fn tokens(self, window: usize) -> [(usize, usize); TOKENS] {
        let Cut { grid, shift } = self;
        let (down, across) = (window / (grid / SIDE) * SIDE, window % (grid / SIDE) * SIDE);
        // What came over the edge is another region than what was there.
        let region = |at: usize| usize::from(shift > 0 && at >= grid - shift);
        std::array::from_fn(|token| {
            let (row, column) = (down + token / SIDE, across + token % SIDE);
            let index = (row + shift) % grid * grid + (column + shift) % grid;
            (index, 2 * region(row) + region(column))
        })
    }
}

pub(super) struct Attention {
    heads: usize,
    /// To query, key and value, each `[heads, width / heads]`.
    inputs: Dense,
    /// By the distance of two tokens, `[POSITIONS, heads]`.
    biases: Vec<f32>,
    output: Dense,
}

impl Attention {
    pub(super) fn load(
        source: &dyn Tensors,
        name: &str,
        width: usize,
        heads: usize,
    ) -> Result<Attention, ModelError> {
        let biases = format!("{name}.relative_position_bias_table");
        Ok(Attention {
            heads,
            inputs: Dense::load(source, &format!("{name}.qkv"), &[3 * width, width])?,
            biases: source.floats(&biases, &[POSITIONS, heads])?,
            output: Dense::load(source, &format!("{name}.proj"), &[width, width])?,
        })
    }

    /// Adds to `x` what its tokens, normalised as `normal`, make of those around them; both `[grid · grid, width]`.
    pub(super) fn add(&self, threads: &Threads, normal: &[f32], x: &mut [f32], cut: Cut) {
        let width = x.len() / (cut.grid * cut.grid);
        let inputs = self.inputs.apply(threads, normal, |_| ());
        let mut attended = vec![0.0; x.len()];
        let parts: Vec<_> = attended.chunks_mut(TOKENS * width).map(Mutex::new).collect();
        threads.run(cut.windows(), |window| {
            let (tokens, mut room) = (cut.tokens(window), Room::new());
            for head in 0..self.heads {
                self.attend(head, &tokens, &inputs, &mut room, &mut parts[window].lock());
            }
        });
        let attended = self.output.apply(threads, &attended, |_| ());
        for (window, rows) in attended.chunks_exact(TOKENS * width).enumerate() {
            for ((token, _), row) in cut.tokens(window).into_iter().zip(rows.chunks_exact(width)) {
                let out = &mut x[token * width..][..width];
                out.iter_mut().zip(row).for_each(|(out, value)| *out += value);
            }
        }
    }

    /// Writes one head's part of `out` `[TOKENS, width]`; `inputs` is `[grid · grid, 3 · width]`.
    fn attend(
        &self,
        head: usize,
        tokens: &[(usize, usize); TOKENS],
        inputs: &[f32],
        room: &mut Room,
        out: &mut [f32],
    ) {
        let width = out.len() / TOKENS;
        let size = width / self.heads;
        let row =
            |token: usize, part: usize| &inputs[token * 3 * width + part * width + head * size..][..size];
        let scale = (size as f32).powf(-0.5);
        let parts = [
            &mut room.asked,
            &mut room.keys,
            &mut room.values,
            &mut room.gathered,
        ];
        for part in parts {
            part.resize(TOKENS * size, 0.0);
        }
        for (index, &(token, region)) in tokens.iter().enumerate() {
            let asked = room.asked[index * size..][..size].iter_mut();
            asked
                .zip(row(token, 0))
                .for_each(|(to, value)| *to = value * scale);
            for (keys, value) in room.keys.chunks_exact_mut(TOKENS).zip(row(token, 1)) {
                keys[index] = *value;
            }
            room.values[index * size..][..size].copy_from_slice(row(token, 2));
            let biases = room.biases[index * TOKENS..][..TOKENS].iter_mut();
            for (read, (bias, &(_, other))) in biases.zip(tokens).enumerate() {
                let apart = if other == region { 0.0 } else { APART };
                *bias = self.biases[distance(index, read) * self.heads + head] + apart;
            }
        }
        let read = Head {
            asked: &room.asked,
            keys: &room.keys,
            values: &room.values,
            biases: &room.biases,
            tokens: TOKENS,
        };
        attend(Isa::best(), read, &mut room.scores, &mut room.gathered);
        for (gathered, out) in room.gathered.chunks_exact(size).zip(out.chunks_exact_mut(width)) {
            out[head * size..][..size].copy_from_slice(gathered);
        }
    }
}

/// What a window's heads are computed in, one after the other.
struct Room {
    asked: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    gathered: Vec<f32>,
    biases: Vec<f32>,
    scores: Vec<f32>,
}

impl Room {
    fn new() -> Room {
        Room {
            asked: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
            gathered: Vec::new(),
            biases: vec![0.0; TOKENS * TOKENS],
            scores: vec![0.0; TOKENS],
        }
    }
}

/// The number of the distance from a token of a window to another.
fn distance(from: usize, to: usize) -> usize {
    let axis = |from: usize, to: usize| from + SIDE - 1 - to;
    axis(from / SIDE, to / SIDE) * DISTANCES + axis(from % SIDE, to % SIDE)
}
