//! The shape of CLIPSep's network, and of its tensors.

use crate::part::{Misfit, Required, Shapes, size};
use crate::separator::{Edges, EncoderKind, SeparatorSpec};
use crate::stft::{StftConfig, WindowKind};

/// In Hz.
pub(super) const RATE: u32 = 16_000;
/// Frames of a window, and rows of the logarithmic scale.
pub(super) const SIDE: usize = 256;
/// Frames from one window to the next.
pub(super) const HALF: usize = SIDE / 2;
/// Window and hop of the transform.
pub(super) const STFT: StftConfig = StftConfig {
    window: 1024,
    hop: 256,
    kind: WindowKind::Hann,
};
/// Steps down that are believed: after eight, a window is one value.
const STEPS: std::ops::RangeInclusive<usize> = 2..=8;
/// Rows and columns of a convolution on the way down, and of one on the way up.
const DOWN: usize = 4;
const UP: usize = 3;
/// Values of a normalisation.
const NORM: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// The shape of a CLIPSep; the published one is [`ClipSepConfig::nit`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClipSepConfig {
    /// Maps that a query weighs.
    pub maps: usize,
    /// Channels after each step down.
    pub channels: Vec<usize>,
    /// Values of a condition.
    pub condition_size: usize,
}

impl ClipSepConfig {
    /// CLIPSep-NIT as it is published.
    pub fn nit() -> ClipSepConfig {
        ClipSepConfig {
            maps: 32,
            channels: vec![64, 128, 256, 512, 512, 512, 512],
            condition_size: 512,
        }
    }

    /// What an engine must know of the network.
    pub(super) fn spec(&self, id: &str, sha256: &str) -> SeparatorSpec {
        SeparatorSpec {
            id: id.into(),
            sha256: sha256.into(),
            sample_rate: RATE,
            stft: STFT,
            condition_size: self.condition_size,
            encoder: EncoderKind::ClipSep,
            block: HALF,
            lookahead: HALF,
            // Of the first half of a fresh stream only one of the two windows is there.
            context: HALF,
            top_band: (5_000.0, 7_500.0),
            // Films' own levels, turned up or down by at most 6 dB (`clipsep/dataset.py`); none is published.
            levels: (-30.0, -10.0),
            // librosa's `stft` with its zeros around the signal.
            edges: Edges::Silent,
        }
    }

    /// Reads a config, or says why there is no such network.
    pub(super) fn from_json(text: &str) -> Result<ClipSepConfig, String> {
        let config: ClipSepConfig = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let sizes = [config.maps, config.condition_size];
        let mut sizes = sizes.iter().chain(&config.channels);
        if let Some(size) = sizes.find(|size| !(1..=1 << 16).contains(*size)) {
            return Err(format!("one of its sizes is {size}, not 1 to 65536"));
        }
        if !STEPS.contains(&config.channels.len()) {
            return Err(format!("it has {} steps down, not 2 to 8", config.channels.len()));
        }
        Ok(config)
    }

    /// The network that tensors of these shapes are.
    pub(super) fn of(shapes: &Shapes) -> Result<ClipSepConfig, Misfit> {
        let step = |index| size(shapes, &Step::new(index, false).down(), 4, 0);
        let mut channels = vec![step(0)?, step(1)?];
        while channels.len() < *STEPS.end() && shapes.contains_key(&*Step::new(channels.len(), false).down())
        {
            channels.push(step(channels.len())?);
        }
        Ok(ClipSepConfig {
            maps: size(shapes, "synth_net.scale", 1, 0)?,
            channels,
            condition_size: size(shapes, "frame_net.weight", 2, 1)?,
        })
    }

    /// Each step down, with the step up that leads back from there.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Step, Widths)> + '_ {
        let last = self.channels.len() - 1;
        (0..=last).map(move |index| {
            let inner = self.channels[index];
            let widths = Widths {
                given: if index == 0 { 1 } else { self.channels[index - 1] },
                inner,
                back: if index == last { 0 } else { inner },
                outer: if index == 0 {
                    self.maps
                } else {
                    self.channels[index - 1]
                },
            };
            (Step::new(index, index == last), widths)
        })
    }

    /// Name and shape of every tensor that is read, by the published names.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Vec::new();
        let norm = |tensors: &mut Vec<_>, name: &str, channels: usize| {
            tensors.extend(NORM.map(|value| (format!("{name}.{value}"), vec![channels])));
        };
        norm(&mut tensors, "sound_net.bn0", 1);
        for (step, widths) in self.steps() {
            tensors.push((step.down(), vec![widths.inner, widths.given, DOWN, DOWN]));
            if let Some(name) = step.down_norm() {
                norm(&mut tensors, &name, widths.inner);
            }
            tensors.push((step.up(), vec![widths.outer, widths.inner + widths.back, UP, UP]));
            match step.up_norm() {
                Some(name) => norm(&mut tensors, &name, widths.outer),
                None => tensors.push((step.up_bias(), vec![widths.outer])),
            }
        }
        tensors.push(("frame_net.weight".into(), vec![self.maps, self.condition_size]));
        tensors.push(("frame_net.bias".into(), vec![self.maps]));
        tensors.push(("synth_net.scale".into(), vec![self.maps]));
        tensors.push(("synth_net.bias".into(), vec![1]));
        tensors
    }

    /// [`ClipSepConfig::required_tensors`], as parts are described.
    pub(super) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

/// Channels around one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    /// What the way down reads.
    pub(super) given: usize,
    /// What it gives, which the way up reads, too.
    pub(super) inner: usize,
    /// What comes back from the steps inside; 0 from the innermost.
    pub(super) back: usize,
    /// What the way up gives.
    pub(super) outer: usize,
}

/// A step of the U-Net: its blocks lie in each other, as their names do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    index: usize,
    innermost: bool,
}

impl Step {
    fn new(index: usize, innermost: bool) -> Step {
        Step { index, innermost }
    }

    /// Whether it is the first, which has no activation before it.
    pub(super) fn is_first(self) -> bool {
        self.index == 0
    }

    fn layer(self, number: usize) -> String {
        let inside = match self.index {
            0 => String::new(),
            index => format!(".1.model{}", ".3.model".repeat(index - 1)),
        };
        format!("sound_net.unet_block.model{inside}.{number}")
    }

    pub(super) fn down(self) -> String {
        format!("{}.weight", self.layer(usize::from(!self.is_first())))
    }

    /// The normalisation after the way down, where there is one.
    pub(super) fn down_norm(self) -> Option<String> {
        (!self.is_first() && !self.innermost).then(|| self.layer(2))
    }

    /// Activation, upsampling and the convolution follow the block inside.
    fn up_layer(self) -> usize {
        match (self.is_first(), self.innermost) {
            (true, _) | (_, true) => 4,
            _ => 6,
        }
    }

    pub(super) fn up(self) -> String {
        format!("{}.weight", self.layer(self.up_layer()))
    }

    /// What the way up adds, where no normalisation follows.
    pub(super) fn up_bias(self) -> String {
        format!("{}.bias", self.layer(self.up_layer()))
    }

    pub(super) fn up_norm(self) -> Option<String> {
        (!self.is_first()).then(|| self.layer(self.up_layer() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_network_is_what_the_published_class_learns() {
        let config = ClipSepConfig::nit();
        let tensors = config.required_tensors();
        let learnt = tensors.iter().filter(|(name, _)| !name.contains("running_"));
        let values: usize = learnt.map(|(_, shape)| shape.iter().product::<usize>()).sum();
        // Beside the two heads for noise, of 32 to 32 values each, which only training reads.
        assert_eq!(values, 30_292_771 - 2 * 33 * 32);
        let shapes: Shapes = tensors.iter().map(|(name, shape)| (&**name, &**shape)).collect();
        assert_eq!(shapes.len(), tensors.len());
        assert_eq!(ClipSepConfig::of(&shapes), Ok(config.clone()));
        let json = serde_json::json!(config).to_string();
        assert_eq!(ClipSepConfig::from_json(&json), Ok(config));
        for broken in [
            r#"{"maps": 0, "channels": [1, 1], "condition_size": 1}"#,
            r#"{"maps": 1, "channels": [1], "condition_size": 1}"#,
            r#"{"maps": 1, "channels": [1,1,1,1,1,1,1,1,1], "condition_size": 1}"#,
            r#"{"maps": 1, "channels": [1, 70000], "condition_size": 1}"#,
            "[]",
        ] {
            assert!(ClipSepConfig::from_json(broken).is_err(), "{broken}");
        }
    }
}
