//! A feature map under each query of a stream.

use super::columns::MapColumns;

/// The columns of a map, of every query those of the same frames. A map that no query reaches is there once.
pub(super) struct FeatureMap(Vec<MapColumns>);

impl FeatureMap {
    /// Of these, in the order of the queries.
    pub(super) fn new(columns: Vec<MapColumns>) -> FeatureMap {
        FeatureMap(columns)
    }

    /// What it is under a query.
    pub(super) fn under(&self, query: usize) -> &MapColumns {
        &self.0[query.min(self.0.len() - 1)]
    }

    /// What it is under each query.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut MapColumns> {
        self.0.iter_mut()
    }

    /// What is written of it with a query: the map under that query, or with the first one, where none reaches it.
    pub(super) fn written_with(&mut self, query: usize) -> Option<&mut MapColumns> {
        self.0.get_mut(query)
    }

    /// The memory of it, of each query.
    pub(super) fn into_columns(self) -> Vec<MapColumns> {
        self.0
    }
}
