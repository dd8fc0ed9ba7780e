//! The columns of a feature map that are still to be read.

use std::collections::VecDeque;
use std::ops::Range;

use earmark_kernels::{Buffer, padded};

#[derive(Default)]
pub(super) struct Map {
    columns: VecDeque<Buffer>,
    /// The number of the first of them.
    first: usize,
}

impl Map {
    /// The number of the column that comes next.
    pub(super) fn end(&self) -> usize {
        self.first + self.columns.len()
    }

    /// Adds columns after the last one.
    pub(super) fn extend(&mut self, columns: impl IntoIterator<Item = Buffer>) {
        self.columns.extend(columns);
    }

    /// A column that is there.
    pub(super) fn column(&self, index: usize) -> &[f32] {
        &self.columns[index - self.first]
    }

    /// Some columns, the one before them and the one after them; `None` for those that the signal does not have.
    pub(super) fn around(&self, range: Range<usize>) -> Vec<Option<&[f32]>> {
        let before = range.start.checked_sub(1).map(|index| self.column(index));
        let after = (range.end < self.end()).then(|| self.column(range.end));
        let inner = range.map(|index| Some(self.column(index)));
        std::iter::once(before).chain(inner).chain([after]).collect()
    }

    /// Drops the columns before this one.
    pub(super) fn forget(&mut self, before: usize) {
        let count = before.saturating_sub(self.first).min(self.columns.len());
        self.columns.drain(..count);
        self.first += count;
    }

    /// Back to the beginning of a signal.
    pub(super) fn clear(&mut self) {
        self.columns.clear();
        self.first = 0;
    }

    /// All values that are there, without padding: `[columns, bins, channels]`.
    pub(super) fn values(&self, channels: usize) -> Vec<f32> {
        let pixels = self
            .columns
            .iter()
            .flat_map(|column| column.chunks_exact(padded(channels)));
        pixels.flat_map(|pixel| &pixel[..channels]).copied().collect()
    }
}
