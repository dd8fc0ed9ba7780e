//! The shape of Cnn14, and of its tensors.

use crate::encoder::mel::{BINS, MELS};
use crate::part::{Misfit, Required, Shapes, size};

/// Blocks of two convolutions each.
pub(super) const BLOCKS: usize = 6;

/// The shape of PANNs' Cnn14; the published one is [`Cnn14Config::panns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cnn14Config {
    /// Channels that each block gives.
    pub channels: [usize; BLOCKS],
    /// Values of the embedding.
    pub embedding: usize,
    /// Classes that a sound is sorted into.
    pub classes: usize,
}

impl Cnn14Config {
    /// `Cnn14_mAP=0.431.pth`, which is USS's query net too.
    pub fn panns() -> Cnn14Config {
        Cnn14Config {
            channels: [64, 128, 256, 512, 1024, 2048],
            embedding: 2048,
            classes: 527,
        }
    }

    /// Name and shape of every tensor that is read, by PANNs' own names.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut tensors = vec![("logmel_extractor.melW".to_owned(), vec![BINS, MELS])];
        let mut norm = |name: String, channels: usize| {
            for value in ["weight", "bias", "running_mean", "running_var"] {
                tensors.push((format!("{name}.{value}"), vec![channels]));
            }
        };
        norm("bn0".into(), MELS);
        for block in 0..BLOCKS {
            for index in [1, 2] {
                norm(batch_norm(block, index), self.channels[block]);
            }
        }
        for block in 0..BLOCKS {
            let (inputs, outputs) = (self.inputs(block), self.channels[block]);
            for (index, inputs) in [(1, inputs), (2, outputs)] {
                let name = format!("{}.weight", convolution(block, index));
                tensors.push((name, vec![outputs, inputs, 3, 3]));
            }
        }
        let last = self.channels[BLOCKS - 1];
        for (name, outputs, inputs) in [
            ("fc1", self.embedding, last),
            ("fc_audioset", self.classes, self.embedding),
        ] {
            tensors.push((format!("{name}.weight"), vec![outputs, inputs]));
            tensors.push((format!("{name}.bias"), vec![outputs]));
        }
        tensors
    }

    /// Channels that a block reads.
    pub(super) fn inputs(&self, block: usize) -> usize {
        block.checked_sub(1).map_or(1, |before| self.channels[before])
    }

    /// The network that tensors of these shapes are, by PANNs' own names. Which tensors it reads,
    /// [`Cnn14Config::required_tensors`] says.
    ///
    /// # Errors
    /// The [`Misfit`].
    pub fn of(shapes: &Shapes) -> Result<Cnn14Config, Misfit> {
        let mut channels = [0; BLOCKS];
        for (block, channels) in channels.iter_mut().enumerate() {
            *channels = size(shapes, &format!("{}.weight", convolution(block, 2)), 4, 0)?;
        }
        Ok(Cnn14Config {
            channels,
            embedding: size(shapes, "fc1.weight", 2, 0)?,
            classes: size(shapes, "fc_audioset.weight", 2, 0)?,
        })
    }

    /// [`Cnn14Config::required_tensors`], as parts are described.
    pub(in crate::encoder) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

/// What the name of a convolution's weight begins with; `index` is 1 or 2.
pub(super) fn convolution(block: usize, index: usize) -> String {
    format!("conv_block{}.conv{index}", block + 1)
}

/// What the names of the tensors of the normalisation after it begin with.
pub(super) fn batch_norm(block: usize, index: usize) -> String {
    format!("conv_block{}.bn{index}", block + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_network_is_that_of_panns() {
        let config = Cnn14Config::panns();
        let tensors = config.required_tensors();
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        let values: usize = tensors.iter().map(|(_, shape)| count(shape)).sum();
        // What the published class learns; what its normalisations measured; its bank of mel filters.
        let measured = 2 * (MELS + 2 * config.channels.iter().sum::<usize>());
        assert_eq!(values, 80_753_615 + measured + BINS * MELS);
        let shapes: Shapes = tensors.iter().map(|(name, shape)| (&**name, &**shape)).collect();
        assert_eq!(Cnn14Config::of(&shapes), Ok(config));
    }
}
