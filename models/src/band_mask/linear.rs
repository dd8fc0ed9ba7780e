//! A linear layer on a few frames.

use earmark_kernels::{Format, Init, Isa, Matrix, Rows, multiply_pieces, padded, with_scratch};

/// y = W·x + b.
pub(super) struct Linear {
    outputs: usize,
    /// `[inputs, outputs]`, with columns of zeros to whole lines.
    matrix: Matrix,
    bias: Box<[f32]>,
}

impl Linear {
    /// From PyTorch's layout: `weight` `[outputs, inputs]`, `bias` `[outputs]`. For this machine's best instruction set, and for
    /// frames whose inputs lie in so many pieces of one length: see [`Linear::apply_pieces`].
    pub(super) fn in_pieces(pieces: usize, weight: &[f32], bias: Vec<f32>) -> Linear {
        Linear::on(Isa::best(), pieces, weight, bias)
    }

    fn on(isa: Isa, pieces: usize, weight: &[f32], mut bias: Vec<f32>) -> Linear {
        let outputs = bias.len();
        let (inputs, columns) = (weight.len() / outputs, padded(outputs));
        bias.resize(columns, 0.0);
        Linear {
            outputs,
            matrix: Matrix::pack_pieces(
                isa,
                Format::Fp32,
                pieces,
                inputs / pieces,
                columns,
                |input, output| {
                    if output < outputs {
                        weight[output * inputs + input]
                    } else {
                        0.0
                    }
                },
            ),
            bias: bias.into(),
        }
    }

    /// Values of a row of `x`.
    pub(super) fn inputs(&self) -> usize {
        self.matrix.depth()
    }

    /// `x` `[frames, inputs]` to `y` `[frames, outputs]`. A frame's values do not depend on the others.
    pub(super) fn apply(&self, x: &[f32], y: &mut [f32]) {
        debug_assert_eq!(x.len() / self.inputs(), y.len() / self.outputs);
        self.apply_pieces(x, self.inputs(), &[0], y);
    }

    /// The same where piece p of frame n begins at `n · stride + pieces[p]` in `x`.
    pub(super) fn apply_pieces(&self, x: &[f32], stride: usize, pieces: &[usize], y: &mut [f32]) {
        let (frames, columns) = (y.len() / self.outputs, self.bias.len());
        let rows = Rows { values: x, stride };
        let init = Init::Bias(&self.bias);
        if columns == self.outputs {
            return multiply_pieces(rows, pieces, &self.matrix, y, columns, frames, init);
        }
        with_scratch(frames * columns, |wide| {
            multiply_pieces(rows, pieces, &self.matrix, wide, columns, frames, init);
            for (y, wide) in y.chunks_exact_mut(self.outputs).zip(wide.chunks_exact(columns)) {
                y.copy_from_slice(&wide[..self.outputs]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_computes_the_plain_product_of_each_frame_alone() {
        for (inputs, outputs) in [(7, 21), (5, 32), (24, 2)] {
            let value = |n: usize| ((n * 7919) % 101) as f32 / 50.0 - 1.0;
            let weight: Vec<f32> = (0..inputs * outputs).map(value).collect();
            let bias: Vec<f32> = (0..outputs).map(|n| value(n + 3)).collect();
            let frames = 19;
            let x: Vec<f32> = (0..frames * inputs).map(|n| value(n + 11)).collect();
            for isa in Isa::available() {
                let linear = Linear::on(isa, 1, &weight, bias.clone());
                let mut y = vec![0.0; frames * outputs];
                linear.apply(&x, &mut y);
                for (frame, y) in y.chunks_exact(outputs).enumerate() {
                    let x = &x[frame * inputs..][..inputs];
                    for (output, y) in y.iter().enumerate() {
                        let row = &weight[output * inputs..][..inputs];
                        let plain: f32 = row.iter().zip(x).map(|(w, x)| w * x).sum();
                        assert!((y - plain - bias[output]).abs() < 1e-5, "{isa}: {output}");
                    }
                    let mut alone = vec![0.0; outputs];
                    linear.apply(x, &mut alone);
                    assert_eq!(alone, y, "{isa}");
                }
            }
        }
    }
}
