//! Products of weights, as they lie in files, with what is heard.
//!
//! Weights are used once for each sound and then dropped. So they are the rows, which need no packing, and the few columns that
//! they multiply are packed.

use earmark_kernels::{Format, Init, Isa, Matrix, Rows, Threads, multiply, padded};
use parking_lot::Mutex;

/// Rows that a thread computes at a time: few, so that what must be ready in time soon gets its turn on the same threads.
const ROWS: usize = 64;

/// Columns that weights multiply.
pub(super) struct Columns {
    matrix: Matrix,
    count: usize,
}

impl Columns {
    /// `count` columns of `depth` values each: `value(row, column)`.
    pub(super) fn pack(depth: usize, count: usize, value: impl Fn(usize, usize) -> f32) -> Columns {
        // What fills the last line up is computed and not read.
        let value = |row: usize, column: usize| if column < count { value(row, column) } else { 0.0 };
        Columns {
            matrix: Matrix::pack(Isa::best(), Format::Fp32, depth, padded(count), value),
            count,
        }
    }

    /// `weights` `[outputs, depth]` times the columns, `[outputs, count]`; `then` changes what an output became.
    pub(super) fn times(
        &self,
        threads: &Threads,
        weights: &[f32],
        then: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Vec<f32> {
        let (depth, wide) = (self.matrix.depth(), self.matrix.columns());
        let outputs = weights.len() / depth;
        let mut out = vec![0.0; outputs * self.count];
        let parts = weights
            .chunks(ROWS * depth)
            .zip(out.chunks_mut(ROWS * self.count));
        let parts: Vec<_> = parts.map(|(rows, out)| (rows, Mutex::new(out))).collect();
        threads.run(parts.len(), |part| {
            let (values, out) = &parts[part];
            let rows = values.len() / depth;
            let mut products = vec![0.0; rows * wide];
            let stride = depth;
            multiply(
                Rows { values, stride },
                &self.matrix,
                &mut products,
                wide,
                rows,
                Init::Zero,
            );
            let mut out = out.lock();
            let lines = products.chunks_exact(wide).zip(out.chunks_exact_mut(self.count));
            for (row, (line, out)) in lines.enumerate() {
                out.copy_from_slice(&line[..self.count]);
                then(part * ROWS + row, out);
            }
        });
        out
    }
}
