//! A convolution on its way, and what its input goes through before it is multiplied.

use std::cell::RefCell;

use super::target::Target;
use super::{Conv, Shortcut, Source};
use crate::buffer::Buffer;
use crate::pointwise::Activate;

thread_local! {
    pub(super) static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// What a thread needs for a block; grows to what is asked for once and stays.
#[derive(Default)]
pub(super) struct Scratch {
    /// Activated floats.
    pub(super) strip: Buffer,
    /// What is multiplied, in cells.
    pub(super) factors: Buffer,
    /// What that gives, where it is not the output yet.
    pub(super) products: Buffer,
}

/// A convolution on its way through the blocks of a job.
pub(super) struct Task<'a> {
    pub(super) conv: &'a Conv,
    pub(super) sources: &'a [Source<'a>],
    pub(super) bins: usize,
    pub(super) out: &'a [Target],
    pub(super) shortcut: Shortcut<'a>,
}

impl Task<'_> {
    /// Activates some bins of one of the columns that are read, all sources side by side: `[bins, inputs]`, from one bin before
    /// `bin` on. What lies outside of the map is 0.
    pub(super) fn activate(&self, strip: &mut [f32], column: usize, bin: usize) {
        let conv = self.conv;
        let rows = strip.len() / conv.inputs;
        let begin = bin.saturating_sub(1);
        let end = (bin + rows - 1).min(self.bins);
        let skipped = usize::from(bin == 0);
        let mut channel = 0;
        for source in self.sources {
            let channels = source.activation.scale.len();
            let column = source.columns.get(column).copied().flatten();
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
}
