//! A block of CLIP's towers (`clip/model.py`: `ResidualAttentionBlock`): attention among all tokens, then two dense layers, each
//! reading what is normalised and added to what it read.

use earmark_kernels::{Head, Isa, Threads};

use super::super::dense::{Dense, LayerNorm, quick_gelu};
use super::config::{HEAD, INNER};
use super::layout::{Layout, Side};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Which tokens a token reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// Itself and those before it.
    Before,
    /// All.
    All,
}

/// Where blocks are, and of what.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'s> {
    pub(super) source: &'s dyn Tensors,
    pub(super) layout: Layout,
    pub(super) side: Side,
    pub(super) width: usize,
    pub(super) reads: Reads,
}

impl Blocks<'_> {
    /// Changes `x` `[tokens, width]` as the block of this number does. Its weights are read for that, and dropped.
    pub(super) fn apply(&self, index: usize, threads: &Threads, x: &mut [f32]) -> Result<(), ModelError> {
        let Blocks {
            source,
            layout,
            width,
            ..
        } = *self;
        let names = layout.block_names();
        let block = format!("{}{index}", layout.blocks(self.side));
        let name = |part: &str| format!("{block}.{part}");

        let normal = LayerNorm::load(source, &name(names.first_norm), width)?.of(x);
        let inputs = self.inputs(&block)?.apply(threads, &normal, |_| ());
        let attended = attend(&inputs, width, self.reads);
        let output = Dense::load(source, &name(names.output), &[width, width])?;
        add(x, &output.apply(threads, &attended, |_| ()));

        let normal = LayerNorm::load(source, &name(names.second_norm), width)?.of(x);
        let wide = Dense::load(source, &name(names.wide), &[INNER * width, width])?;
        let wide = wide.apply(threads, &normal, quick_gelu);
        let narrow = Dense::load(source, &name(names.narrow), &[width, INNER * width])?;
        add(x, &narrow.apply(threads, &wide, |_| ()));
        Ok(())
    }

    /// To query, key and value, one after the other.
    fn inputs(&self, block: &str) -> Result<Dense, ModelError> {
        let width = self.width;
        let names = self.layout.inputs(block);
        let outputs = 3 * width / names.len();
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for [weight, bias] in &names {
            weights.extend(self.source.floats(weight, &[outputs, width])?);
            biases.extend(self.source.floats(bias, &[outputs])?);
        }
        let value = |input: usize, output: usize| weights[output * width + input];
        Ok(Dense::of(width, 3 * width, Some(biases), value))
    }
}

fn add(x: &mut [f32], values: &[f32]) {
    x.iter_mut().zip(values).for_each(|(x, value)| *x += value);
}

/// What tokens make of those that they read, `[tokens, width]`; `inputs` `[tokens, 3 · width]` holds query, key and value of each.
fn attend(inputs: &[f32], width: usize, reads: Reads) -> Vec<f32> {
    let tokens = inputs.len() / (3 * width);
    let row =
        |token: usize, part: usize, head: usize| &inputs[(3 * token + part) * width + head * HEAD..][..HEAD];
    let mut attended = vec![0.0; tokens * width];
    let scale = (HEAD as f32).powf(-0.5);
    let room = || vec![0.0; HEAD * tokens];
    let (mut asked, mut keys, mut values, mut gathered) = (room(), room(), room(), room());
    let mut scores = vec![0.0; tokens];
    let hidden = |token: usize, other: usize| matches!(reads, Reads::Before) && other > token;
    let pairs = (0..tokens * tokens).map(|pair| (pair / tokens, pair % tokens));
    let biases: Vec<f32> = pairs
        .map(|(token, other)| {
            if hidden(token, other) {
                f32::NEG_INFINITY
            } else {
                0.0
            }
        })
        .collect();
    for head in 0..width / HEAD {
        for token in 0..tokens {
            let to = asked[token * HEAD..][..HEAD].iter_mut();
            to.zip(row(token, 0, head))
                .for_each(|(to, value)| *to = value * scale);
            for (keys, value) in keys.chunks_exact_mut(tokens).zip(row(token, 1, head)) {
                keys[token] = *value;
            }
            values[token * HEAD..][..HEAD].copy_from_slice(row(token, 2, head));
        }
        let read = Head {
            asked: &asked,
            keys: &keys,
            values: &values,
            biases: &biases,
            tokens,
        };
        earmark_kernels::attend(Isa::best(), read, &mut scores, &mut gathered);
        for (gathered, out) in gathered.chunks_exact(HEAD).zip(attended.chunks_exact_mut(width)) {
            out[head * HEAD..][..HEAD].copy_from_slice(gathered);
        }
    }
    attended
}
