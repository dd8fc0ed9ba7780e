//! What a person asks for, as gains of target and rest.

use earmark_controls::{Control, Mode, OwnMix};

use crate::ramp::Ramp;
use crate::sample::{bounded, finite};

/// The bottom of every fader, in dB: silence.
pub const FADER_BOTTOM_DB: f32 = Control::TargetGain.number().min;

/// Linear gains after the mode's mapping: out = wet·(target_gain·target + rest_gain·rest) + (1 − wet)·x with
/// rest = x − target. Both gains 1 give x, bit by bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mix {
    /// Gain of what was asked for, linear.
    pub target_gain: f32,
    /// Gain of everything else, linear.
    pub rest_gain: f32,
    /// Share of the mix against the delayed input, 0 to 1.
    pub wet: f32,
    /// Whether the target is silent whatever its gain, also where a slot has gains of its own.
    pub target_muted: bool,
    /// Whether the rest is silent whatever its gain, also where a slot has gains of its own.
    pub rest_muted: bool,
}

impl Default for Mix {
    fn default() -> Self {
        Mix {
            target_gain: 1.0,
            rest_gain: 1.0,
            wet: 1.0,
            target_muted: false,
            rest_muted: false,
        }
    }
}

impl Mix {
    /// Coefficients a and b of out = a·x + b·target, written so that equal gains of 1 give exactly 1 and 0.
    fn coefficients(self) -> (f32, f32) {
        let finite = |value: f32, other: f32| if value.is_finite() { value } else { other };
        let wet = finite(self.wet, 1.0).clamp(0.0, 1.0);
        let gain = |gain: f32, muted: bool| if muted { 0.0 } else { finite(gain, 0.0) };
        let target = gain(self.target_gain, self.target_muted);
        let rest = gain(self.rest_gain, self.rest_muted);
        (1.0 + wet * (rest - 1.0), wet * (target - rest))
    }

    /// The same with the gains of `own`, where a slot has any: wet and mutes stay.
    pub(crate) fn with_gains(self, own: Option<Gains>) -> Mix {
        match own {
            Some(Gains { target, rest }) => Mix {
                target_gain: target,
                rest_gain: rest,
                ..self
            },
            None => self,
        }
    }
}

/// A slot's own linear gains, which hold instead of the mix' while the slot is active.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gains {
    /// Gain of what was asked for, linear.
    pub target: f32,
    /// Gain of everything else, linear.
    pub rest: f32,
}

impl From<Mix> for Gains {
    fn from(mix: Mix) -> Gains {
        Gains {
            target: mix.target_gain,
            rest: mix.rest_gain,
        }
    }
}

impl Gains {
    /// No gains, in 64 bits: no gain is this not-a-number.
    pub(crate) const NONE: u64 = u64::MAX;

    /// In 64 bits, so that they can be handed over at once.
    pub(crate) fn to_bits(gains: Option<Gains>) -> u64 {
        gains.map_or(Gains::NONE, |gains| {
            u64::from(gains.target.to_bits()) << 32 | u64::from(gains.rest.to_bits())
        })
    }

    pub(crate) fn from_bits(bits: u64) -> Option<Gains> {
        (bits != Gains::NONE).then(|| Gains {
            target: f32::from_bits((bits >> 32) as u32),
            rest: f32::from_bits(bits as u32),
        })
    }
}

/// Faders and mode as a person sets them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixSettings {
    /// What the faders mean.
    pub mode: Mode,
    /// The target's fader in dB; [`FADER_BOTTOM_DB`] and below is silence.
    pub target_db: f32,
    /// The rest's fader in dB; [`FADER_BOTTOM_DB`] and below is silence.
    pub rest_db: f32,
    /// By how many dB "remove" lowers the target at most, ≥ 0; 60 and above removes it wholly.
    pub attenuation_limit_db: f32,
    /// Share of the mix against the delayed input, 0 to 1.
    pub wet: f32,
}

impl Default for MixSettings {
    fn default() -> Self {
        MixSettings {
            wet: Control::Wet.number().default,
            ..MixSettings::from(OwnMix::default())
        }
    }
}

/// A slot's own, wholly wet.
impl From<OwnMix> for MixSettings {
    fn from(own: OwnMix) -> MixSettings {
        MixSettings {
            mode: own.mode,
            target_db: own.target_db,
            rest_db: own.rest_db,
            attenuation_limit_db: own.attenuation_limit_db,
            wet: 1.0,
        }
    }
}

impl MixSettings {
    /// The linear gains that these settings mean.
    pub fn gains(&self) -> Mix {
        let (target_gain, rest_gain) = match self.mode {
            Mode::Isolate => (linear(self.target_db), 0.0),
            Mode::Remove => (linear(-self.attenuation_limit_db.abs()), linear(self.rest_db)),
            Mode::Custom => (linear(self.target_db), linear(self.rest_db)),
        };
        Mix {
            target_gain,
            rest_gain,
            wet: self.wet.clamp(0.0, 1.0),
            ..Mix::default()
        }
    }
}

/// 10^(db/20), with 0 at the bottom of the fader and exactly 1 at 0 dB.
fn linear(db: f32) -> f32 {
    if db <= FADER_BOTTOM_DB || db.is_nan() {
        0.0
    } else {
        10f32.powf(db / 20.0)
    }
}

/// The mix at the output, sample by sample, each change of it over the same few milliseconds.
pub(crate) struct Mixer {
    of_mixture: Ramp,
    of_target: Ramp,
}

impl Mixer {
    pub(crate) fn new(ramp: usize) -> Mixer {
        let (a, b) = Mix::default().coefficients();
        Mixer {
            of_mixture: Ramp::new(a, ramp),
            of_target: Ramp::new(b, ramp),
        }
    }

    pub(crate) fn aim(&mut self, mix: Mix) {
        let (a, b) = mix.coefficients();
        self.of_mixture.aim(a);
        self.of_target.aim(b);
    }

    pub(crate) fn jump(&mut self, mix: Mix) {
        let (a, b) = mix.coefficients();
        self.of_mixture.jump(a);
        self.of_target.jump(b);
    }

    /// The gains of the mixture and of the target, if neither moves.
    pub(crate) fn at_rest(&self) -> Option<(f32, f32)> {
        Some((self.of_mixture.at_rest()?, self.of_target.at_rest()?))
    }

    /// The gains of the mixture and of the target for the next sample.
    pub(crate) fn advance(&mut self) -> (f32, f32) {
        (self.of_mixture.advance(), self.of_target.advance())
    }
}

/// What leaves the rest alone: see [`combine`].
pub(crate) const REST: (f32, f32) = (1.0, -1.0);

/// a·x + b·target, and x itself, bit by bit, where that is asked for. What is no number counts as silence, as it does for the
/// separator: 0 times it would be no number either.
pub(crate) fn combine(x: f32, target: f32, (a, b): (f32, f32)) -> f32 {
    if a == 1.0 && b == 0.0 {
        finite(x)
    } else {
        a * bounded(x) + b * target
    }
}

/// From x at share 0 to what was mixed at share 1, both bit by bit: nothing is cleaned where the input passes.
pub(crate) fn crossfade(x: f32, mixed: f32, share: f32) -> f32 {
    if share == 0.0 {
        x
    } else if share == 1.0 {
        mixed
    } else {
        let x = bounded(x);
        x + share * (mixed - x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_mean_what_they_say() {
        let settings = MixSettings {
            target_db: -6.0,
            rest_db: 6.0,
            attenuation_limit_db: 20.0,
            ..Default::default()
        };
        let gains = |mode| MixSettings { mode, ..settings }.gains();
        let near = |a: f32, b: f32| (a - b).abs() < 1e-3;
        let isolate = gains(Mode::Isolate);
        assert!(near(isolate.target_gain, 0.501) && isolate.rest_gain == 0.0);
        let remove = gains(Mode::Remove);
        assert!(near(remove.target_gain, 0.1) && near(remove.rest_gain, 1.995));
        let custom = gains(Mode::Custom);
        assert!(near(custom.target_gain, 0.501) && near(custom.rest_gain, 1.995));
        let whole = MixSettings {
            mode: Mode::Remove,
            ..Default::default()
        }
        .gains();
        assert_eq!(
            whole,
            Mix {
                target_gain: 0.0,
                ..Mix::default()
            }
        );
    }

    #[test]
    fn what_is_muted_is_silent_whatever_its_gain() {
        let mix = Mix {
            target_gain: 2.0,
            rest_muted: true,
            ..Mix::default()
        };
        assert_eq!(combine(0.5, 0.25, mix.coefficients()), 0.5);
        let own = Gains {
            target: 0.5,
            rest: 3.0,
        };
        assert_eq!(Gains::from_bits(Gains::to_bits(Some(own))), Some(own));
        assert_eq!(Gains::from_bits(Gains::to_bits(None)), None);
        assert_eq!(
            combine(0.5, 0.25, mix.with_gains(Some(own)).coefficients()),
            0.125
        );
    }

    #[test]
    fn what_is_no_number_is_heard_nowhere_but_where_the_input_passes() {
        for broken in [f32::NAN, f32::INFINITY] {
            for gains in [(0.0, 1.0), (1.0, 0.0), (1.0, -1.0), (0.5, 0.5)] {
                assert!(combine(broken, 0.25, gains).is_finite());
            }
            assert!(crossfade(broken, 0.25, 0.5).is_finite());
            assert_eq!(crossfade(broken, 0.25, 0.0).to_bits(), broken.to_bits());
        }
        assert!(combine(f32::MAX, 0.25, (1.0, -1.0)) < 2e4);
    }

    #[test]
    fn both_faders_at_zero_db_pass_every_bit() {
        let mix = MixSettings {
            mode: Mode::Custom,
            wet: 0.37,
            ..Default::default()
        }
        .gains();
        for x in [-0.0f32, 1e-40, 0.3, -7.25] {
            assert_eq!(combine(x, 0.77, mix.coefficients()).to_bits(), x.to_bits());
        }
    }
}
