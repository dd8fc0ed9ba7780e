//! 3 × 3 convolutions of feature maps, activation before and shortcut after included.
//!
//! The tiles of a job are computed block by block: a block's input is activated and transformed, multiplied point by
//! point, and transformed back, all within the nearest cache where the channels are few. Where they are many there are
//! few tiles but large weights: the threads then share the points of one block, so that each weight is read once.

use std::cell::RefCell;

use crate::bf16::Format;
use crate::buffer::Buffer;
use crate::gemm::{Init, Matrix, Product, Rows};
use crate::isa::Isa;
use crate::pointwise::Activate;
use crate::simd::{Factors, Kernel, Pairs, Simd, Singles};
use crate::threads::Threads;
use crate::winograd::{self, Tile};

/// Scale and shift per channel, then a leaky ReLU of slope 0.01: batch normalisation and FiLM in one.
#[derive(Clone)]
pub struct Activation {
    /// `[channels]`.
    pub scale: Buffer,
    /// `[channels]`.
    pub shift: Buffer,
}

/// Channels of a convolution's input that lie in one feature map.
pub struct Source<'a> {
    /// Those of the frame before the job's first one, of each of its frames, and of the one after; `None` where the
    /// signal has not begun or has ended. `[bins, channels]` each.
    pub columns: &'a [Option<&'a [f32]>],
    /// What they go through first.
    pub activation: &'a Activation,
}

/// What a convolution is computed on.
pub struct Job<'a> {
    /// Feature maps whose channels, one after the other, are the input's.
    pub sources: &'a [Source<'a>],
    /// Rows of a column.
    pub bins: usize,
    /// The columns computed, `[bins, outputs]` each.
    pub out: &'a mut [&'a mut [f32]],
    /// Added to them: nothing, what they hold, or other columns.
    pub shortcut: Shortcut<'a>,
}

/// What is added to a convolution's result.
#[derive(Clone, Copy)]
pub enum Shortcut<'a> {
    /// Nothing.
    None,
    /// What the output columns hold already.
    Held,
    /// These columns, as many as the job's and of their shape.
    Columns(&'a [&'a [f32]]),
}

/// A convolution's transformed weights.
pub struct Conv {
    isa: Isa,
    format: Format,
    tile: Tile,
    inputs: usize,
    outputs: usize,
    /// One `[inputs, outputs]` for each point.
    points: Vec<Matrix>,
}

/// Tiles of a block whose threads each take blocks of their own.
const SMALL_BLOCK: usize = 24;
const MEDIUM_BLOCK: usize = 48;
/// Tiles of a block that all threads share.
const LARGE_BLOCK: usize = 128;
/// Channels, in and out together, up to which a small and a medium block is taken.
const FEW_CHANNELS: usize = 96;
const SOME_CHANNELS: usize = 224;
/// Tiles transformed by one thread at a time.
const GROUP: usize = 8;
/// Between the points of a block, so that they do not all fall into the same lines of a cache.
const SKEW: usize = 16;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// What a thread needs for a block; grows to what is asked for once and stays.
#[derive(Default)]
struct Scratch {
    strip: Buffer,
    transformed: Buffer,
    products: Buffer,
}

impl Conv {
    /// A convolution of `inputs` to `outputs` channels, both multiples of [`LINE`](crate::LINE), by tiles of this kind whose
    /// values are rounded to `format` before they are multiplied; `weight(output, input, frame, bin)` with frame and bin
    /// in 0..3.
    pub fn new(
        isa: Isa,
        format: Format,
        tile: Tile,
        inputs: usize,
        outputs: usize,
        weight: impl Fn(usize, usize, usize, usize) -> f32,
    ) -> Conv {
        let count = tile.points();
        let mut transformed = vec![0.0; count * inputs * outputs];
        for input in 0..inputs {
            for output in 0..outputs {
                let tap = |frame, bin| f64::from(weight(output, input, frame, bin));
                let kernel = std::array::from_fn(|frame| std::array::from_fn(|bin| tap(frame, bin)));
                for (point, value) in tile.kernel(kernel).enumerate() {
                    transformed[(point * inputs + input) * outputs + output] = value;
                }
            }
        }
        let points = transformed
            .chunks_exact(inputs * outputs)
            .map(|point| {
                Matrix::pack(isa, format, inputs, outputs, |row, column| {
                    point[row * outputs + column]
                })
            })
            .collect();
        Conv {
            isa,
            format,
            tile,
            inputs,
            outputs,
            points,
        }
    }

    /// Cells of a tile's input at a point.
    fn cells(&self) -> usize {
        self.format.cells(self.inputs)
    }

    /// What the weights take of memory.
    pub fn bytes(&self) -> usize {
        self.points.iter().map(Matrix::bytes).sum()
    }

    /// Computes the job's columns. The result does not depend on the number of threads.
    ///
    /// # Panics
    /// When the job's columns do not have the convolution's shape.
    pub fn run(&self, threads: &Threads, job: Job) {
        let Job {
            sources,
            bins,
            out,
            shortcut,
        } = job;
        let frames = out.len();
        let channels: usize = sources.iter().map(|source| source.activation.scale.len()).sum();
        assert_eq!(channels, self.inputs, "channels of the input");
        for source in sources {
            let values = bins * source.activation.scale.len();
            assert_eq!(source.columns.len(), frames + 2, "columns of the input");
            assert!(
                source
                    .columns
                    .iter()
                    .flatten()
                    .all(|column| column.len() == values)
            );
        }
        assert!(out.iter().all(|column| column.len() == bins * self.outputs));
        if let Shortcut::Columns(columns) = shortcut {
            assert_eq!(columns.len(), frames, "columns of the shortcut");
            assert!(columns.iter().all(|column| column.len() == bins * self.outputs));
        }
        let grid = Grid {
            frames: frames.div_ceil(self.tile.frames()),
            bins: bins.div_ceil(self.tile.bins()),
        };
        let out: Vec<Target> = out.iter_mut().map(|column| Target(column.as_mut_ptr())).collect();
        let task = Task {
            conv: self,
            sources,
            bins,
            out: &out,
            shortcut,
        };
        let channels = self.inputs + self.outputs;
        match channels {
            ..=SOME_CHANNELS => {
                let tiles = if channels <= FEW_CHANNELS {
                    SMALL_BLOCK
                } else {
                    MEDIUM_BLOCK
                };
                let blocks = grid.blocks(tiles);
                threads.run(blocks.len(), |block| task.alone(&blocks[block]));
            }
            _ => {
                for block in grid.blocks(LARGE_BLOCK) {
                    task.together(&block, threads);
                }
            }
        }
    }
}

/// The tiles of a job.
struct Grid {
    frames: usize,
    bins: usize,
}

/// A rectangle of tiles.
#[derive(Clone, Copy)]
struct Area {
    frame: usize,
    frames: usize,
    bin: usize,
    bins: usize,
}

impl Area {
    fn tiles(&self) -> usize {
        self.frames * self.bins
    }

    /// Cut into pieces of one row of at most `count` tiles, each with the number of its first tile.
    fn groups(&self, count: usize) -> Vec<(usize, Area)> {
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
    fn blocks(&self, tiles: usize) -> Vec<Area> {
        let width = self.bins.div_ceil(self.bins.div_ceil(tiles)).max(1);
        let height = (tiles / width).max(1);
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

/// Memory that several threads write to, each its own part.
#[derive(Clone, Copy)]
struct Target(*mut f32);

impl Target {
    /// Its float at `offset`.
    ///
    /// # Safety
    /// The offset lies within the memory.
    unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: the caller's contract.
        unsafe { self.0.add(offset) }
    }
}

// SAFETY: the tasks of a job write to different tiles, and the column is borrowed mutably for the whole job.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

struct Task<'a> {
    conv: &'a Conv,
    sources: &'a [Source<'a>],
    bins: usize,
    out: &'a [Target],
    shortcut: Shortcut<'a>,
}

impl Task<'_> {
    /// A whole block on this thread.
    fn alone(&self, area: &Area) {
        let conv = self.conv;
        let tiles = area.tiles();
        SCRATCH.with_borrow_mut(|scratch| {
            let (read, written) = (tiles * conv.cells() + SKEW, tiles * conv.outputs + SKEW);
            scratch.transformed.reserve(conv.points.len() * read);
            scratch.products.reserve(conv.points.len() * written);
            let transformed = Target(scratch.transformed.as_mut_ptr());
            for (first, piece) in area.groups(GROUP) {
                self.take(&mut scratch.strip, &piece, first, transformed, read);
            }
            for (point, matrix) in conv.points.iter().enumerate() {
                conv.isa.run(Product {
                    a: Rows {
                        values: &scratch.transformed[point * read..][..read],
                        stride: conv.cells(),
                    },
                    b: matrix,
                    c: &mut scratch.products[point * written..][..written],
                    stride: conv.outputs,
                    rows: tiles,
                    init: Init::Zero,
                });
            }
            for (first, piece) in area.groups(GROUP) {
                self.give(&scratch.products, &piece, first, written);
            }
        });
    }

    /// A block on all threads: they share its pieces, then its points, then its pieces.
    fn together(&self, area: &Area, threads: &Threads) {
        let conv = self.conv;
        let tiles = area.tiles();
        let (read, written) = (tiles * conv.cells() + SKEW, tiles * conv.outputs + SKEW);
        let groups = area.groups(GROUP);
        // The buffers leave the thread's cell while other closures of this thread borrow it.
        let (mut transformed, mut products) = SCRATCH.with_borrow_mut(|scratch| {
            (
                std::mem::take(&mut scratch.transformed),
                std::mem::take(&mut scratch.products),
            )
        });
        transformed.reserve(conv.points.len() * read);
        products.reserve(conv.points.len() * written);
        let target = Target(transformed.as_mut_ptr());
        threads.run(groups.len(), |index| {
            let (first, piece) = &groups[index];
            SCRATCH.with_borrow_mut(|scratch| self.take(&mut scratch.strip, piece, *first, target, read));
        });
        let target = Target(products.as_mut_ptr());
        threads.run(conv.points.len(), |point| {
            // SAFETY: every point has its own `written` floats of the buffer, which no one else touches meanwhile.
            let c = unsafe { std::slice::from_raw_parts_mut(target.at(point * written), written) };
            conv.isa.run(Product {
                a: Rows {
                    values: &transformed[point * read..][..read],
                    stride: conv.cells(),
                },
                b: &conv.points[point],
                c,
                stride: conv.outputs,
                rows: tiles,
                init: Init::Zero,
            });
        });
        threads.run(groups.len(), |index| {
            let (first, piece) = &groups[index];
            self.give(&products, piece, *first, written);
        });
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.transformed = transformed;
            scratch.products = products;
        });
    }

    /// Activates and transforms the input of a row of tiles, the first of which is tile `first` of its block.
    fn take(&self, strip: &mut Buffer, piece: &Area, first: usize, transformed: Target, stride: usize) {
        let conv = self.conv;
        let frames = conv.tile.frames() + 2;
        let width = conv.tile.bins();
        let rows = piece.bins * width + 2;
        strip.reserve(frames * rows * conv.inputs);
        // The strip begins one bin before the first tile.
        let begin = (piece.bin * width).saturating_sub(1);
        let end = (piece.bin * width + rows - 1).min(self.bins);
        let skipped = usize::from(piece.bin == 0);
        for frame in 0..frames {
            let strip = &mut strip[frame * rows * conv.inputs..][..rows * conv.inputs];
            let mut channel = 0;
            for source in self.sources {
                let channels = source.activation.scale.len();
                let index = piece.frame * conv.tile.frames() + frame;
                let column = source.columns.get(index).copied().flatten();
                let inside = column.map_or(0, |_| end - begin);
                let clear = |rows: &mut [f32]| {
                    for row in rows.chunks_exact_mut(conv.inputs) {
                        row[channel..channel + channels].fill(0.0);
                    }
                };
                let (before, after) = strip.split_at_mut(skipped * conv.inputs);
                clear(before);
                let (inner, after) = after.split_at_mut(inside * conv.inputs);
                clear(after);
                if let Some(column) = column {
                    conv.isa.run(Activate {
                        x: &column[begin * channels..end * channels],
                        scale: &source.activation.scale,
                        shift: &source.activation.shift,
                        out: &mut inner[channel..],
                        stride: conv.inputs,
                    });
                }
                channel += channels;
            }
        }
        // SAFETY: `stride` cells of every point hold all tiles of the block; no other piece writes to these.
        let out = Target(unsafe { transformed.0.add(first * conv.cells()) });
        conv.isa.run(Transform {
            strip,
            format: conv.format,
            tile: conv.tile,
            tiles: piece.bins,
            channels: conv.inputs,
            out,
            stride,
        });
    }

    /// Transforms the products of a row of tiles back and writes them to the columns.
    fn give(&self, products: &[f32], piece: &Area, first: usize, stride: usize) {
        let conv = self.conv;
        let frame = piece.frame * conv.tile.frames();
        let frames = conv.tile.frames().min(self.out.len() - frame);
        let range = frame..frame + frames;
        conv.isa.run(Restore {
            products: &products[first * conv.outputs..],
            stride,
            tile: conv.tile,
            tiles: piece.bins,
            channels: conv.outputs,
            out: &self.out[range.clone()],
            shortcut: match self.shortcut {
                Shortcut::Columns(columns) => Shortcut::Columns(&columns[range]),
                other => other,
            },
            bin: piece.bin * conv.tile.bins(),
            bins: self.bins,
        });
    }
}

/// The input transform of a row of tiles.
struct Transform<'a> {
    /// `[frames, bins of the tile · tiles + 2, channels]`.
    strip: &'a [f32],
    format: Format,
    tile: Tile,
    tiles: usize,
    channels: usize,
    /// `[points][tiles, channels]`, in cells of the format.
    out: Target,
    /// Cells from point to point.
    stride: usize,
}

impl Kernel for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: the strip is as long as tiles, frames and channels say, and so is the output (see `Task::take`).
        unsafe {
            match self.format {
                Format::Fp32 => self.of::<S, Singles>(),
                Format::Bf16 => self.of::<S, Pairs>(),
            }
        }
    }
}

impl Transform<'_> {
    #[inline(always)]
    unsafe fn of<S: Simd, F: Factors>(&self) {
        // SAFETY: the caller's contract.
        unsafe {
            match self.tile {
                Tile::Single => self.tiles::<S, F, 3, 3>(|v| v, |v| v),
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
    unsafe fn tiles<S: Simd, F: Factors, const FRAMES: usize, const BINS: usize>(
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
                            F::store(value, to.add((frame * BINS + bin) * self.stride), channel);
                        }
                    }
                }
            }
        }
    }
}

/// The output transform of a row of tiles.
struct Restore<'a> {
    /// `[points][tiles, channels]`.
    products: &'a [f32],
    /// Floats from point to point.
    stride: usize,
    tile: Tile,
    tiles: usize,
    channels: usize,
    /// The tiles' frames that exist.
    out: &'a [Target],
    shortcut: Shortcut<'a>,
    /// The first tile's first bin.
    bin: usize,
    /// Bins of a column.
    bins: usize,
}

impl Kernel for Restore<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: the products are as long as points, tiles and channels say (see `Task`); bins and frames beyond those
        // of the columns are not written.
        unsafe {
            match self.tile {
                Tile::Single => self
                    .tiles::<S, 3, 1, 3, 1>(|v| winograd::output_of_one(v), |v| winograd::output_of_one(v)),
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
