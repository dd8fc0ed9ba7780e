//! Where networks are computed: on the processor, or on an accelerator through candle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::Device;
use num_complex::Complex32;

use crate::error::ModelError;
use crate::procedural;
use crate::separator::{Condition, MaskStream, Nearest, Separator, SeparatorSpec};

/// What a user can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// What is measured to be quicker on this machine.
    #[default]
    Auto,
    /// The processor, on our own kernels.
    Cpu,
    /// An NVIDIA graphics card.
    Cuda,
    /// Apple's graphics processor.
    Metal,
    /// The processor, on candle's: the accelerators' code where there is none. Slow.
    CandleCpu,
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            DeviceChoice::Auto => "whatever is quicker",
            DeviceChoice::Cpu => "the processor",
            DeviceChoice::Cuda => "the NVIDIA graphics card",
            DeviceChoice::Metal => "the Apple graphics processor",
            DeviceChoice::CandleCpu => "the processor, in the graphics cards' way",
        })
    }
}

impl DeviceChoice {
    /// The accelerators that this build has code for, and why one of them cannot be used here, in a sentence. Opens each of
    /// them, which may take seconds.
    pub fn accelerators() -> Vec<(DeviceChoice, Option<String>)> {
        DeviceChoice::ACCELERATORS
            .into_iter()
            .filter(|choice| choice.is_built_in())
            .map(|choice| (choice, choice.open().err().map(|error| refusal(&error))))
            .collect()
    }

    /// Those that [`DeviceChoice::Auto`] compares with the processor.
    pub(crate) const ACCELERATORS: [DeviceChoice; 2] = [DeviceChoice::Cuda, DeviceChoice::Metal];

    /// Whether this build has code for it.
    fn is_built_in(self) -> bool {
        match self {
            DeviceChoice::Cuda => candle_core::utils::cuda_is_available(),
            DeviceChoice::Metal => candle_core::utils::metal_is_available(),
            DeviceChoice::Auto | DeviceChoice::Cpu | DeviceChoice::CandleCpu => true,
        }
    }

    /// Candle's device.
    ///
    /// # Errors
    /// [`ModelError::Device`] when this build has no code for it, or this machine none.
    pub(crate) fn open(self) -> Result<Device, ModelError> {
        let feature = match self {
            DeviceChoice::Cuda => "cuda",
            DeviceChoice::Metal => "metal",
            DeviceChoice::Auto | DeviceChoice::Cpu | DeviceChoice::CandleCpu => return Ok(Device::Cpu),
        };
        let refused = |reason: String| ModelError::Device {
            name: self.to_string(),
            reason,
        };
        if !self.is_built_in() {
            return Err(refused(format!(
                "this build of Earmark has no code for it (the feature {feature})"
            )));
        }
        let open = || match self {
            DeviceChoice::Cuda => Device::new_cuda(0),
            _ => Device::new_metal(0),
        };
        // Without a driver the bindings panic.
        std::panic::catch_unwind(open)
            .map_err(|_| refused("its driver is not there".into()))?
            .map_err(|error| refused(error.to_string()))
    }
}

/// Why a device cannot be used, in a sentence of its own, without the advice of an error that ends something.
pub(crate) fn refusal(error: &ModelError) -> String {
    match error {
        ModelError::Device { name, reason } => sentence(&format!("{name} cannot be used: {reason}")),
        other => sentence(&other.to_string()),
    }
}

/// With a capital letter and a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// A separator on the processor that was to be elsewhere.
pub(crate) struct Instead {
    separator: Arc<dyn Separator>,
    reason: String,
}

impl Instead {
    /// `reason` is a sentence; see [`refusal`].
    pub(crate) fn new(separator: Arc<dyn Separator>, reason: String) -> Instead {
        Instead { separator, reason }
    }
}

impl Separator for Instead {
    fn spec(&self) -> &SeparatorSpec {
        self.separator.spec()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.separator.stream(conditions)
    }

    fn nearest(&self, query: &Condition) -> Option<Nearest> {
        self.separator.nearest(query)
    }

    fn computed_on(&self) -> String {
        self.separator.computed_on()
    }

    fn fault(&self) -> Option<String> {
        Some(self.reason.clone())
    }
}

/// Blocks that a stream is given before one is timed, beyond its lookahead.
const SETTLE: usize = 3;

/// How long a steady step of a stream takes, on noise and a query that means nothing.
///
/// # Errors
/// Those of the stream.
pub fn step_time(separator: &dyn Separator) -> Result<Duration, ModelError> {
    let spec = separator.spec();
    let values: Vec<f32> = procedural::uniform("condition", spec.condition_size).collect();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let condition = Condition {
        encoder: spec.encoder,
        values: values.iter().map(|value| value / norm).collect(),
    };
    let size = spec.block * spec.stft.bins();
    let magnitudes: Vec<f32> = procedural::uniform("magnitudes", size)
        .map(|value| 4.0 * value.abs())
        .collect();
    let mut masks = vec![Complex32::default(); size];
    let mut stream = separator.stream(&[condition])?;
    // An accelerator's windows grow until they hold the context; nobody has to hear the masks until then.
    let before = spec.context.div_ceil(spec.block);
    stream.skip_first(before * spec.block);
    let pushes = before + spec.lookahead.div_ceil(spec.block) + SETTLE;
    let mut last = Duration::MAX;
    for push in 0..pushes {
        let begun = Instant::now();
        stream.push(&magnitudes, &mut masks)?;
        // The first answers pay for what is made ready once.
        if push + 2 >= pushes {
            last = last.min(begun.elapsed());
        }
    }
    Ok(last)
}

/// Of the same network on several devices, the one whose steps take the least time here. One that cannot be timed is out.
pub fn fastest(separators: Vec<Arc<dyn Separator>>) -> Option<Arc<dyn Separator>> {
    let timed = separators
        .into_iter()
        .filter_map(|separator| match step_time(&*separator) {
            Ok(time) => {
                tracing::info!("{}: {time:?} a step", separator.computed_on());
                Some((time, separator))
            }
            Err(error) => {
                tracing::warn!("{}: {error}", separator.computed_on());
                None
            }
        });
    timed
        .min_by_key(|(time, _)| *time)
        .map(|(_, separator)| separator)
}
