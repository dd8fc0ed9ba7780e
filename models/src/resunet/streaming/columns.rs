//! The newest columns of a feature map.

use std::ops::Range;

use earmark_kernels::{Buffer, padded};

use super::graph::Map;

/// A ring of columns, numbered from the beginning of the stream.
pub(super) struct MapColumns {
    values: Buffer,
    /// Floats of a column, `bins · channels padded`.
    size: usize,
    /// Which column each place holds.
    held: Vec<usize>,
}

impl MapColumns {
    /// What so many columns of a map take, in bytes.
    pub(super) fn bytes(map: Map, capacity: usize) -> usize {
        size_of::<f32>() * capacity * MapColumns::size(map)
    }

    fn size(map: Map) -> usize {
        map.bins * padded(map.channels)
    }

    pub(super) fn new(map: Map, capacity: usize) -> MapColumns {
        let size = MapColumns::size(map);
        MapColumns {
            values: Buffer::zeros(size * capacity),
            size,
            held: vec![usize::MAX; capacity],
        }
    }

    /// Columns that fit in it.
    pub(super) fn capacity(&self) -> usize {
        self.held.len()
    }

    /// Forgets all columns.
    pub(super) fn clear(&mut self) {
        self.held.fill(usize::MAX);
    }

    /// Column `index`.
    ///
    /// # Panics
    /// When it was never written or has been overwritten: the schedule would be wrong.
    pub(super) fn get(&self, index: usize) -> &[f32] {
        let place = index % self.held.len();
        assert_eq!(self.held[place], index, "a column that is not kept");
        &self.values[place * self.size..][..self.size]
    }

    /// Those of a range, in order.
    pub(super) fn range(&self, range: Range<usize>) -> Vec<&[f32]> {
        range.map(|index| self.get(index)).collect()
    }

    /// Those of a range, in order, to be overwritten.
    ///
    /// # Panics
    /// When the range is longer than the ring.
    pub(super) fn range_mut(&mut self, range: Range<usize>) -> Vec<&mut [f32]> {
        let count = self.held.len();
        assert!(range.len() <= count, "{range:?} in {count} places");
        let mut places: Vec<Option<&mut [f32]>> = self.values.chunks_exact_mut(self.size).map(Some).collect();
        range
            .filter_map(|index| {
                self.held[index % count] = index;
                places[index % count].take()
            })
            .collect()
    }
}
