//! How the tiles of a convolution are cut into blocks, and blocks into pieces.

/// The tiles of a job.
pub(super) struct Grid {
    pub(super) frames: usize,
    pub(super) bins: usize,
}

/// A rectangle of tiles.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) frame: usize,
    pub(super) frames: usize,
    pub(super) bin: usize,
    pub(super) bins: usize,
}

impl Area {
    pub(super) fn tiles(&self) -> usize {
        self.frames * self.bins
    }

    /// Cut into pieces of one row of at most `count` tiles, each with the number of its first tile.
    pub(super) fn groups(&self, count: usize) -> Vec<(usize, Area)> {
        let cut = |frame: usize| {
            (0..self.bins).step_by(count).map(move |bin| {
                let piece = Area {
                    frame: self.frame + frame,
                    frames: 1,
                    bin: self.bin + bin,
                    bins: count.min(self.bins - bin),
                };
                (frame * self.bins + bin, piece)
            })
        };
        (0..self.frames).flat_map(cut).collect()
    }
}

impl Grid {
    /// Cut into rectangles of about `tiles` tiles.
    pub(super) fn blocks(&self, tiles: usize) -> Vec<Area> {
        let width = even(self.bins, tiles);
        self.rectangles(width, (tiles / width).max(1))
    }

    /// Cut into rectangles of so many tiles at most.
    pub(super) fn rectangles(&self, width: usize, height: usize) -> Vec<Area> {
        let width = even(self.bins, width);
        let row = |frame: usize| {
            (0..self.bins).step_by(width).map(move |bin| Area {
                frame,
                frames: height.min(self.frames - frame),
                bin,
                bins: width.min(self.bins - bin),
            })
        };
        (0..self.frames).step_by(height).flat_map(row).collect()
    }
}

/// The width of parts that are as even as possible, of at most `most` each.
fn even(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most).max(1)).max(1)
}
