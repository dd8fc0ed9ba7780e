//! The columns of a spectrogram, on their way to an editor.

use std::sync::atomic::{AtomicBool, Ordering};

use earmark_controls::Column;
use parking_lot::Mutex;
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::geometry::Geometry;

/// Length of a column in seconds, about: a whole number of hops.
const SECONDS: f64 = 0.02;
/// Columns that may wait for their reader beyond those that wait for their time: two seconds.
const SPARE: usize = 100;

/// A column and when it is heard.
pub(crate) struct Timed {
    pub(crate) generation: u64,
    /// The output sample in its middle.
    pub(crate) heard_at: u64,
    pub(crate) column: Column,
}

/// Hops of a column.
pub(crate) fn hops(geometry: &Geometry, hop: usize) -> usize {
    let hop = hop.max(1) as f64 / geometry.model_rate as f64;
    ((SECONDS / hop).round() as usize).max(1)
}

/// Columns on their way from the worker to an editor.
pub(crate) struct ColumnQueue {
    queue: Mutex<HeapCons<Timed>>,
    watched: AtomicBool,
}

impl ColumnQueue {
    /// A queue on which all columns have room that can wait for their time, and some more; and the worker's end of it.
    pub(crate) fn new(geometry: &Geometry, hop: usize) -> (ColumnQueue, HeapProd<Timed>) {
        let column = hops(geometry, hop) * hop.max(1) * geometry.up / geometry.down;
        let (write, read) = HeapRb::new(geometry.latency() / column.max(1) + SPARE).split();
        let columns = ColumnQueue {
            queue: Mutex::new(read),
            watched: AtomicBool::new(false),
        };
        (columns, write)
    }

    /// Whether somebody reads.
    pub(crate) fn watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Hands a column over. Where nobody has read for long there is no room: then nobody is watching any more.
    pub(crate) fn publish(&self, queue: &mut HeapProd<Timed>, column: Timed) {
        if queue.try_push(column).is_err() {
            self.watched.store(false, Ordering::Relaxed);
        }
    }

    /// The columns of this life of the stream that have been heard since the last call, up to the output sample `played`, each with the
    /// output sample in its middle. Says that somebody is watching.
    pub(crate) fn read(&self, generation: u64, played: u64) -> Vec<(u64, Column)> {
        let mut queue = self.queue.lock();
        if !self.watched.swap(true, Ordering::Relaxed) {
            queue.clear();
            return vec![];
        }
        let mut columns = Vec::with_capacity(queue.occupied_len());
        while let Some(next) = queue.try_peek() {
            if next.generation == generation && next.heard_at > played {
                break;
            }
            let heard = queue.try_pop();
            columns.extend(
                heard
                    .filter(|next| next.generation == generation)
                    .map(|next| (next.heard_at, next.column)),
            );
        }
        columns
    }
}
