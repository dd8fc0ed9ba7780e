//! Every tensor of a LASS-Net, and the shape that tensors are of.

use super::config::{LassConfig, STAGES};
use super::graph::Graph;
use crate::part::{Misfit, Required, Shapes, size};

impl LassConfig {
    /// Name and shape of every tensor that is read, by the names of LASS-Net's `UNet`.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let graph = Graph::new(self);
        let mut list = List {
            tensors: Vec::new(),
            condition: self.condition_size,
        };
        for block in &graph.blocks {
            list.block(&block.name, block.inputs.iter().sum(), block.outputs);
        }
        for up in &graph.ups {
            list.norm(&format!("{}.bn1", up.name), up.inputs);
            list.add(
                format!("{}.conv1.weight", up.name),
                &[up.inputs, up.outputs, 3, 3],
            );
        }
        list.layer("after_conv2", &[1, self.widths[0], 1, 1]);
        list.tensors
    }

    /// The network that tensors of these shapes are.
    pub(super) fn of(shapes: &Shapes) -> Result<LassConfig, Misfit> {
        let channels = |block: &str| size(shapes, &format!("{block}.conv1.weight"), 4, 0);
        let mut widths = [0; STAGES];
        for (index, width) in widths.iter_mut().enumerate() {
            *width = channels(&format!("encoder_block{}.conv_block1", index + 1))?;
        }
        let film = "encoder_block1.conv_block1.film1.linear.0.weight";
        Ok(LassConfig {
            widths,
            middle: channels("conv_block7")?,
            condition_size: size(shapes, film, 2, 1)?,
        })
    }

    /// [`LassConfig::required_tensors`], as parts are described.
    pub(super) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

struct List {
    tensors: Vec<(String, Vec<usize>)>,
    condition: usize,
}

impl List {
    fn add(&mut self, name: String, shape: &[usize]) {
        self.tensors.push((name, shape.to_vec()));
    }

    fn norm(&mut self, name: &str, channels: usize) {
        for value in ["weight", "bias", "running_mean", "running_var"] {
            self.add(format!("{name}.{value}"), &[channels]);
        }
    }

    /// A weight and a bias of its outputs.
    fn layer(&mut self, name: &str, shape: &[usize]) {
        self.add(format!("{name}.weight"), shape);
        self.add(format!("{name}.bias"), &shape[..1]);
    }

    fn film(&mut self, name: &str, channels: usize) {
        self.layer(&format!("{name}.linear.0"), &[2 * channels, self.condition]);
        self.layer(&format!("{name}.linear.2"), &[channels, 2 * channels]);
    }

    fn block(&mut self, name: &str, inputs: usize, outputs: usize) {
        for (index, inputs) in [(1, inputs), (2, outputs)] {
            self.norm(&format!("{name}.bn{index}"), inputs);
            self.add(format!("{name}.conv{index}.weight"), &[outputs, inputs, 3, 3]);
            self.film(&format!("{name}.film{index}"), outputs);
        }
        if inputs != outputs {
            self.layer(&format!("{name}.shortcut"), &[outputs, inputs, 1, 1]);
            self.film(&format!("{name}.film_res"), outputs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_network_has_the_size_of_the_published_one() {
        let config = LassConfig::published();
        let tensors = config.required_tensors();
        let count = |wanted: &dyn Fn(&str) -> bool| -> usize {
            let tensors = tensors.iter().filter(|(name, _)| wanted(name));
            tensors.map(|(_, shape)| shape.iter().product::<usize>()).sum()
        };
        // What the published class learns.
        assert_eq!(count(&|name| !name.contains("running_")), 52_228_323);
        assert_eq!(count(&|name| name.contains(".film")), 14_595_968);
        let shapes: Shapes = tensors.iter().map(|(name, shape)| (&**name, &**shape)).collect();
        assert_eq!(LassConfig::of(&shapes), Ok(config));
    }
}
