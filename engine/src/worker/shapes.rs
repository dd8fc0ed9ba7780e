//! Which shaping holds where.

use std::collections::VecDeque;

use crate::fields::Fields;
use crate::geometry::Geometry;
use crate::shaping::Shaping;

/// Shapings in the order of the input samples from which on they hold.
pub(crate) struct Shapes {
    geometry: Geometry,
    hop: i64,
    window: i64,
    /// What holds before the first of `coming`.
    now: Shaping,
    coming: VecDeque<(i64, Shaping)>,
}

impl Shapes {
    pub(crate) fn new(geometry: &Geometry, (hop, window): (usize, usize)) -> Shapes {
        Shapes {
            geometry: *geometry,
            hop: hop as i64,
            window: window as i64,
            now: Shaping::default(),
            coming: VecDeque::new(),
        }
    }

    /// Begins anew with `shaping`.
    pub(crate) fn restart(&mut self, shaping: Shaping) {
        self.coming.clear();
        self.now = shaping;
    }

    /// Holds from the input sample `stamp` on.
    pub(crate) fn set(&mut self, stamp: i64, shaping: Shaping) {
        self.coming.push_back((stamp, shaping));
    }

    /// These fields of `shaping` hold for every frame that is still to come, whatever older input asked for.
    pub(crate) fn set_at_once(&mut self, fields: Fields, shaping: &Shaping) {
        let coming = self.coming.iter_mut().map(|(_, coming)| coming);
        for held in coming.chain([&mut self.now]) {
            held.take(fields, shaping);
        }
    }

    /// What holds for a frame: see [`Shaping`].
    pub(crate) fn at(&self, frame: i64) -> Shaping {
        let centre = self.centre(frame);
        let mut reached = self.coming.iter().rev().filter(|(stamp, _)| *stamp <= centre);
        reached.next().map_or(self.now, |(_, shaping)| *shaping)
    }

    /// Forgets what no frame from `frame` on asks for.
    pub(crate) fn forget_before(&mut self, frame: i64) {
        let centre = self.centre(frame);
        while let Some((_, shaping)) = self.coming.pop_front_if(|(stamp, _)| *stamp <= centre) {
            self.now = shaping;
        }
    }

    /// The input sample in the middle of a frame's window.
    pub(crate) fn centre(&self, frame: i64) -> i64 {
        let centre = (frame + 1) * self.hop - self.window / 2;
        let (up, down) = (self.geometry.up as i64, self.geometry.down as i64);
        (centre * up).div_euclid(down) - self.geometry.chunk as i64 / 2
    }
}
