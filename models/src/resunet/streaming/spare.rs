//! Memory of streams that have ended, for those that begin: a query change must not wait for fresh memory.

use parking_lot::Mutex;

use super::columns::MapColumns;
use super::graph::Map;
use super::maps::FeatureMap;

/// Queries whose maps are kept after their streams have ended.
const SPARE_QUERIES: usize = 2;

/// Of each feature map, columns that nobody uses.
pub(super) struct Spare(Mutex<Vec<Vec<MapColumns>>>);

impl Spare {
    /// None yet, of so many maps.
    pub(super) fn new(maps: usize) -> Spare {
        Spare(Mutex::new((0..maps).map(|_| Vec::new()).collect()))
    }

    /// Empty feature maps with room for so many columns each, under so many queries.
    pub(super) fn take(&self, maps: &[Map], capacities: &[usize], queries: usize) -> Vec<FeatureMap> {
        let mut spare = self.0.lock();
        let maps = maps.iter().zip(capacities).zip(&mut *spare);
        maps.enumerate()
            .map(|(index, ((&map, &capacity), spare))| {
                let columns = || match spare.iter().position(|columns| columns.capacity() == capacity) {
                    Some(place) => {
                        let mut columns = spare.swap_remove(place);
                        columns.clear();
                        columns
                    }
                    None => MapColumns::new(map, capacity),
                };
                // No query reaches the input.
                let count = if index == 0 { 1 } else { queries };
                FeatureMap::new(std::iter::repeat_with(columns).take(count).collect())
            })
            .collect()
    }

    /// Takes the maps of a stream that has ended.
    pub(super) fn keep(&self, maps: Vec<FeatureMap>) {
        for (spare, map) in self.0.lock().iter_mut().zip(maps) {
            spare.extend(map.into_columns());
            spare.drain(..spare.len().saturating_sub(SPARE_QUERIES));
        }
    }
}
