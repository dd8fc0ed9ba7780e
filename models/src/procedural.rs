//! Weights computed from their names: networks of full size to test and to time without any file.
//!
//! The values are those of the golden fixtures, so that the published code, given the same weights, can be compared.

mod networks;

pub use networks::{resunet, streaming};

use crate::error::ModelError;
use crate::tensors::Tensors;

/// `count` values in −1..1 that depend on `name` alone: FNV-1a of the name, then splitmix64.
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f32> + use<> {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    (1..=count as u64).map(move |index| {
        let mut z = seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        ((z >> 40) as f64 / f64::from(1u32 << 23) - 1.0) as f32
    })
}

/// Makes each tensor when it is asked for.
pub(crate) struct Procedural;

impl Tensors for Procedural {
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (offset, scale) = spread(name, shape);
        let values = uniform(name, shape.iter().product());
        Ok(values.map(|value| offset + scale * value).collect())
    }

    fn signed_bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError> {
        let values = uniform(name, shape.iter().product());
        Ok(values.map(|value| (127.0 * value) as i8).collect())
    }
}

/// Mean and half width of a tensor's values: such that signals keep their power from layer to layer.
fn spread(name: &str, dims: &[usize]) -> (f32, f32) {
    let transposed =
        name.contains("decoder_block") && name.ends_with(".conv1.weight") && !name.contains("conv_block");
    let inputs = |count: usize| (0.0, (3.0 / count as f32).sqrt());
    match dims {
        _ if name.ends_with("running_mean") => (0.0, 0.1),
        _ if name.ends_with("running_var") => (1.0, 0.4),
        _ if name.ends_with("bias") => (0.0, 0.1),
        [_] => (1.0, 0.3),
        [first, ..] if transposed => inputs(*first),
        [_, rest @ ..] => inputs(rest.iter().product()),
        [] => (0.0, 1.0),
    }
}
