//! A linear layer on a few frames, laid out so that the compiler vectorises it without intrinsics.

/// Output channels computed together: their sums stay in registers while the inputs go by.
const TILE: usize = 16;

/// y = W·x + b.
pub(super) struct Linear {
    inputs: usize,
    outputs: usize,
    /// `[outputs / TILE rounded up, inputs, TILE]`: one tile's weights lie in the order in which they are read.
    packed: Box<[f32]>,
    bias: Box<[f32]>,
}

impl Linear {
    /// From PyTorch's layout: `weight` `[outputs, inputs]`, `bias` `[outputs]`.
    pub(super) fn new(weight: &[f32], bias: Vec<f32>) -> Linear {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        let mut packed = vec![0.0; outputs.div_ceil(TILE) * inputs * TILE];
        for (output, row) in weight.chunks_exact(inputs).enumerate() {
            let tile = &mut packed[output / TILE * inputs * TILE..][..inputs * TILE];
            for (lanes, value) in tile.chunks_exact_mut(TILE).zip(row) {
                lanes[output % TILE] = *value;
            }
        }
        Linear {
            inputs,
            outputs,
            packed: packed.into(),
            bias: bias.into(),
        }
    }

    /// Values of a row of `x`.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// `x` `[frames, inputs]` to `y` `[frames, outputs]`.
    pub(super) fn apply(&self, x: &[f32], y: &mut [f32]) {
        debug_assert_eq!(x.len() / self.inputs, y.len() / self.outputs);
        let mut rows = x.chunks_exact(2 * self.inputs);
        let mut outs = y.chunks_exact_mut(2 * self.outputs);
        for (x, y) in rows.by_ref().zip(outs.by_ref()) {
            self.pair(x, y);
        }
        for (x, y) in rows
            .remainder()
            .chunks_exact(self.inputs)
            .zip(outs.into_remainder().chunks_exact_mut(self.outputs))
        {
            self.single(x, y);
        }
    }

    /// Two frames at once: each weight that is loaded is used twice.
    fn pair(&self, x: &[f32], y: &mut [f32]) {
        let (xa, xb) = x.split_at(self.inputs);
        let (ya, yb) = y.split_at_mut(self.outputs);
        for (tile, weights) in self.packed.chunks_exact(self.inputs * TILE).enumerate() {
            let (mut a, mut b) = ([0.0f32; TILE], [0.0f32; TILE]);
            for ((lanes, &xa), &xb) in weights.as_chunks::<TILE>().0.iter().zip(xa).zip(xb) {
                for lane in 0..TILE {
                    a[lane] += lanes[lane] * xa;
                    b[lane] += lanes[lane] * xb;
                }
            }
            self.store(tile, &a, ya);
            self.store(tile, &b, yb);
        }
    }

    fn single(&self, x: &[f32], y: &mut [f32]) {
        for (tile, weights) in self.packed.chunks_exact(self.inputs * TILE).enumerate() {
            let mut sums = [0.0f32; TILE];
            for (lanes, &x) in weights.as_chunks::<TILE>().0.iter().zip(x) {
                for lane in 0..TILE {
                    sums[lane] += lanes[lane] * x;
                }
            }
            self.store(tile, &sums, y);
        }
    }

    fn store(&self, tile: usize, sums: &[f32; TILE], y: &mut [f32]) {
        let start = tile * TILE;
        for ((y, sum), bias) in y[start..].iter_mut().zip(sums).zip(&self.bias[start..]) {
            *y = sum + bias;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_and_pairs_of_frames_compute_the_plain_product() {
        let (inputs, outputs, frames) = (7, 21, 5);
        let value = |n: usize| ((n * 7919) % 101) as f32 / 50.0 - 1.0;
        let weight: Vec<f32> = (0..inputs * outputs).map(value).collect();
        let bias: Vec<f32> = (0..outputs).map(|n| value(n + 3)).collect();
        let x: Vec<f32> = (0..frames * inputs).map(|n| value(n + 11)).collect();
        let mut y = vec![0.0; frames * outputs];
        Linear::new(&weight, bias.clone()).apply(&x, &mut y);
        for frame in 0..frames {
            for output in 0..outputs {
                let plain: f32 = (0..inputs)
                    .map(|i| weight[output * inputs + i] * x[frame * inputs + i])
                    .sum();
                assert!((y[frame * outputs + output] - plain - bias[output]).abs() < 1e-5);
            }
        }
    }
}
