//! What a convolution is computed on, and that it has the convolution's shape.

use crate::buffer::{Buffer, LINE};

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
pub struct ConvJob<'a> {
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

impl ConvJob<'_> {
    /// Sees to it that the job has the shape of a convolution of `inputs` to `outputs` channels: the kernels that follow do
    /// not look.
    ///
    /// # Panics
    /// When it has not.
    pub(super) fn check(&self, inputs: usize, outputs: usize) {
        let frames = self.out.len();
        // Checked: a product that wraps around would let empty columns pass.
        let values = |channels: usize| self.bins.checked_mul(channels).expect("values of a column");
        let mut given = 0;
        for source in self.sources {
            let channels = source.activation.scale.len();
            assert_eq!(
                source.activation.shift.len(),
                channels,
                "scale and shift of an activation"
            );
            // Vectors are loaded and stored whole, whichever map they belong to.
            assert!(channels.is_multiple_of(LINE), "channels are whole lines");
            assert_eq!(source.columns.len(), frames + 2, "columns of the input");
            for column in source.columns.iter().flatten() {
                assert_eq!(column.len(), values(channels), "values of an input's column");
            }
            given += channels;
        }
        assert_eq!(given, inputs, "channels of the input");
        for column in &*self.out {
            assert_eq!(column.len(), values(outputs), "values of an output's column");
        }
        if let Shortcut::Columns(columns) = self.shortcut {
            assert_eq!(columns.len(), frames, "columns of the shortcut");
            for column in columns {
                assert_eq!(column.len(), values(outputs), "values of a shortcut's column");
            }
        }
    }
}
