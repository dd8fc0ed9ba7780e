//! A batch normalisation that the query shifts (and, in the affine kind, scales), and the leaky ReLU after it.

use candle_core::{D, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

use super::config::{FilmKind, ResUNetConfig};

/// Told of every tensor that has a name in the golden fixtures.
pub(super) type Trace<'a> = dyn FnMut(&str, &Tensor) + 'a;

/// Where the weights of a network's parts are.
#[derive(Clone)]
pub(super) struct Source<'a> {
    pub(super) base: VarBuilder<'a>,
    pub(super) film: VarBuilder<'a>,
    pub(super) config: &'a ResUNetConfig,
    /// The module's path in FiLM's keys, its parts joined by `->`.
    pub(super) path: String,
}

impl Source<'_> {
    /// The part `name` of this one.
    pub(super) fn part(&self, name: &str) -> Self {
        let path = if self.path.is_empty() {
            name.into()
        } else {
            format!("{}->{name}", self.path)
        };
        Source {
            base: self.base.pp(name),
            film: self.film.clone(),
            config: self.config,
            path,
        }
    }
}

/// Scale and shift of an evaluated batch normalisation of `channels` values.
pub(super) fn batch_norm(weights: VarBuilder, channels: usize) -> Result<(Tensor, Tensor)> {
    let deviation = (weights.get(channels, "running_var")? + 1e-5)?.sqrt()?;
    let scale = (weights.get(channels, "weight")? / deviation)?;
    let shift = (weights.get(channels, "bias")? - (weights.get(channels, "running_mean")? * &scale)?)?;
    Ok((scale, shift))
}

/// lrelu(film(bn(x))).
pub(super) struct Activation {
    scale: Tensor,
    shift: Tensor,
    gamma: Option<Linear>,
    beta: Linear,
    name: String,
}

impl Activation {
    /// The `bn{index}` of the module at `source`, with its `beta{index}`.
    pub(super) fn load(source: &Source, index: usize, channels: usize) -> Result<Activation> {
        let film = |what: &str| {
            let key = format!("{}->{what}{index}", source.path);
            linear(source.config.condition_size, channels, source.film.pp(key))
        };
        let (scale, shift) = batch_norm(source.base.pp(format!("bn{index}")), channels)?;
        Ok(Activation {
            scale,
            shift,
            gamma: (source.config.film == FilmKind::Affine)
                .then(|| film("gamma"))
                .transpose()?,
            beta: film("beta")?,
            name: format!("film.{}->beta{index}", source.path),
        })
    }

    /// `x` `[batch, channels, frames, bins]`, `condition` `[batch, condition_size]`.
    pub(super) fn forward(&self, x: &Tensor, condition: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let beta = self.beta.forward(condition)?;
        trace(&self.name, &beta);
        let (scale, shift) = match &self.gamma {
            None => (self.scale.clone(), self.shift.broadcast_add(&beta)?),
            Some(gamma) => {
                let gain = (gamma.forward(condition)? + 1.0)?;
                let shift = self.shift.broadcast_mul(&gain)?;
                (self.scale.broadcast_mul(&gain)?, (shift + beta)?)
            }
        };
        let per_channel = |values: Tensor| values.unsqueeze(D::Minus1)?.unsqueeze(D::Minus1);
        let x = x
            .broadcast_mul(&per_channel(scale)?)?
            .broadcast_add(&per_channel(shift)?)?;
        x.maximum(&(&x * 0.01)?)
    }
}
