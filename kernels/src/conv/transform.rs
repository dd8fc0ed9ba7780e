//! Winograd's transforms over a row of tiles: input to points, products of points to output.

use super::Shortcut;
use super::target::Target;
use crate::bf16::Format;
use crate::simd::{Kernel, Pairs, Simd, Singles, Split, Stored};
use crate::winograd::{self, Tile};

/// The input transform of a row of tiles.
pub(super) struct Transform<'a> {
    /// `[frames, bins of the tile · tiles + 2, channels]`.
    pub(super) strip: &'a [f32],
    pub(super) format: Format,
    pub(super) tile: Tile,
    pub(super) tiles: usize,
    pub(super) channels: usize,
    /// `[points][tiles, channels]`, in cells of the format.
    pub(super) out: Target,
    /// Cells from point to point.
    pub(super) stride: usize,
}

impl Kernel for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: the strip is as long as tiles, frames and channels say, and so is the output (see `task::Task::take`).
        unsafe {
            match self.format {
                Format::Fp32 => self.of::<S, Singles>(),
                Format::Bf16 => self.of::<S, Pairs>(),
                Format::Bf16x3 => self.of::<S, Split>(),
            }
        }
    }
}

impl Transform<'_> {
    #[inline(always)]
    unsafe fn of<S: Simd, F: Stored>(&self) {
        // SAFETY: the caller's contract.
        unsafe {
            match self.tile {
                Tile::Small => {
                    self.tiles::<S, F, 4, 4>(|v| winograd::input_of_two(v), |v| winograd::input_of_two(v))
                }
                Tile::Medium => {
                    self.tiles::<S, F, 4, 6>(|v| winograd::input_of_two(v), |v| winograd::input_of_four(v))
                }
                Tile::Large => {
                    self.tiles::<S, F, 6, 6>(|v| winograd::input_of_four(v), |v| winograd::input_of_four(v))
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn tiles<S: Simd, F: Stored, const FRAMES: usize, const BINS: usize>(
        &self,
        over_frames: impl Fn([S; FRAMES]) -> [S; FRAMES],
        over_bins: impl Fn([S; BINS]) -> [S; BINS],
    ) {
        let given = BINS - 2;
        let column = (self.tiles * given + 2) * self.channels;
        let cells = self.format.cells(self.channels);
        for tile in 0..self.tiles {
            for channel in (0..self.channels).step_by(S::LANES) {
                // SAFETY: the caller's contract.
                unsafe {
                    let from = self.strip.as_ptr().add(tile * given * self.channels + channel);
                    let to = self.out.0.add(tile * cells);
                    let mut half = [[S::splat(0.0); FRAMES]; BINS];
                    for frame in 0..FRAMES {
                        let from = from.add(frame * column);
                        let bins = std::array::from_fn(|bin| S::load(from.add(bin * self.channels)));
                        for (half, value) in half.iter_mut().zip(over_bins(bins)) {
                            half[frame] = value;
                        }
                    }
                    for (bin, half) in half.into_iter().enumerate() {
                        for (frame, value) in over_frames(half).into_iter().enumerate() {
                            F::store(
                                value,
                                to.add((frame * BINS + bin) * self.stride),
                                channel,
                                self.channels / 2,
                            );
                        }
                    }
                }
            }
        }
    }
}

/// The output transform of a row of tiles.
pub(super) struct Restore<'a> {
    /// `[points][tiles, channels]`.
    pub(super) products: &'a [f32],
    /// Floats from point to point.
    pub(super) stride: usize,
    pub(super) tile: Tile,
    pub(super) tiles: usize,
    pub(super) channels: usize,
    /// The tiles' frames that exist.
    pub(super) out: &'a [Target],
    pub(super) shortcut: Shortcut<'a>,
    /// The first tile's first bin.
    pub(super) bin: usize,
    /// Bins of a column.
    pub(super) bins: usize,
}

impl Kernel for Restore<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: the products are as long as points, tiles and channels say (see `Task`); bins and frames beyond those
        // of the columns are not written.
        unsafe {
            match self.tile {
                Tile::Small => self
                    .tiles::<S, 4, 2, 4, 2>(|v| winograd::output_of_two(v), |v| winograd::output_of_two(v)),
                Tile::Medium => self
                    .tiles::<S, 4, 2, 6, 4>(|v| winograd::output_of_two(v), |v| winograd::output_of_four(v)),
                Tile::Large => self
                    .tiles::<S, 6, 4, 6, 4>(|v| winograd::output_of_four(v), |v| winograd::output_of_four(v)),
            }
        }
    }
}

impl Restore<'_> {
    #[inline(always)]
    unsafe fn tiles<
        S: Simd,
        const FRAME_POINTS: usize,
        const FRAMES: usize,
        const BIN_POINTS: usize,
        const BINS: usize,
    >(
        &self,
        over_frames: impl Fn([S; FRAME_POINTS]) -> [S; FRAMES],
        over_bins: impl Fn([S; BIN_POINTS]) -> [S; BINS],
    ) {
        for tile in 0..self.tiles {
            let bin = self.bin + tile * BINS;
            let bins = BINS.min(self.bins - bin);
            for channel in (0..self.channels).step_by(S::LANES) {
                // SAFETY: the caller's contract.
                unsafe {
                    let from = self.products.as_ptr().add(tile * self.channels + channel);
                    let mut half = [[S::splat(0.0); BIN_POINTS]; FRAMES];
                    for point in 0..BIN_POINTS {
                        let column = std::array::from_fn(|frame| {
                            S::load(from.add((frame * BIN_POINTS + point) * self.stride))
                        });
                        for (half, value) in half.iter_mut().zip(over_frames(column)) {
                            half[point] = value;
                        }
                    }
                    for (frame, out) in self.out.iter().enumerate() {
                        let values = over_bins(half[frame]);
                        for (row, value) in values.into_iter().enumerate().take(bins) {
                            let at = (bin + row) * self.channels + channel;
                            let value = match self.shortcut {
                                Shortcut::None => value,
                                Shortcut::Held => value.add(S::load(out.0.add(at))),
                                Shortcut::Columns(columns) => {
                                    value.add(S::load(columns[frame].as_ptr().add(at)))
                                }
                            };
                            value.store(out.0.add(at));
                        }
                    }
                }
            }
        }
    }
}
