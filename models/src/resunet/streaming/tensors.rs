//! What a network reads from a file: names and shapes, so that a file can be judged before anything is decoded.

use super::graph::{Graph, Kind, Op};
use crate::error::ModelError;
use crate::resunet::config::{FilmKind, ResUNetConfig};

impl ResUNetConfig {
    /// Name and shape of every tensor that a network of this shape reads, by the official names without prefix. The
    /// official files have more: the matrices of the transform, and normalisations that nothing uses.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the config is impossible; see [`ResUNetConfig::check`].
    pub fn required_tensors(&self) -> Result<Vec<(String, Vec<usize>)>, ModelError> {
        self.check()?;
        Ok(self.possible_tensors())
    }

    /// Name and shape of the tensors that the published code makes and never reads: the second activation of each block on
    /// the way up.
    pub(in crate::resunet) fn unused_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let graph = Graph::new(self);
        let mut list = List {
            config: self,
            tensors: Vec::new(),
        };
        for op in graph.ops.iter().filter(|op| matches!(op.kind, Kind::Up { .. })) {
            let inputs = op.from.iter().map(|&map| graph.maps[map].channels).sum();
            list.activation(&op.module, op.index + 1, inputs);
        }
        list.tensors
    }

    /// The same of a config that is possible.
    pub(in crate::resunet) fn possible_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let graph = Graph::new(self);
        let mut list = List {
            config: self,
            tensors: Vec::new(),
        };
        list.batch_norm("bn0", self.stft.bins());
        list.pointwise("pre_conv", 1, self.stem);
        for op in &graph.ops {
            list.operation(&graph, op);
        }
        list.pointwise("after_conv", graph.maps[graph.last].channels, 3);
        list.tensors
    }
}

struct List<'a> {
    config: &'a ResUNetConfig,
    tensors: Vec<(String, Vec<usize>)>,
}

impl List<'_> {
    fn operation(&mut self, graph: &Graph, op: &Op) {
        let channels = |maps: &[usize]| maps.iter().map(|&map| graph.maps[map].channels).sum::<usize>();
        let (inputs, outputs) = (channels(&op.from), graph.maps[op.to].channels);
        let Op { module, index, .. } = op;
        match &op.kind {
            Kind::Pool { .. } => {}
            Kind::Conv { shortcut } => {
                self.activation(module, *index, inputs);
                self.base(format!("{module}.conv{index}.weight"), &[outputs, inputs, 3, 3]);
                let around = shortcut.as_deref().map_or(outputs, channels);
                if around != outputs {
                    self.pointwise(&format!("{module}.shortcut"), around, outputs);
                }
            }
            Kind::Up { time, frequency } => {
                self.activation(module, *index, inputs);
                let shape = [inputs, outputs, *time, *frequency];
                self.base(format!("{module}.conv1.weight"), &shape);
            }
        }
    }

    fn activation(&mut self, module: &str, index: usize, channels: usize) {
        self.batch_norm(&format!("{module}.bn{index}"), channels);
        let kinds: &[&str] = match self.config.film {
            FilmKind::Additive => &["beta"],
            FilmKind::Affine => &["beta", "gamma"],
        };
        for kind in kinds {
            let name = format!("film.{}->{kind}{index}", module.replace('.', "->"));
            let weight = vec![channels, self.config.condition_size];
            self.tensors.push((format!("{name}.weight"), weight));
            self.tensors.push((format!("{name}.bias"), vec![channels]));
        }
    }

    fn batch_norm(&mut self, name: &str, channels: usize) {
        for value in ["weight", "bias", "running_mean", "running_var"] {
            self.base(format!("{name}.{value}"), &[channels]);
        }
    }

    fn pointwise(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.base(format!("{name}.weight"), &[outputs, inputs, 1, 1]);
        self.base(format!("{name}.bias"), &[outputs]);
    }

    fn base(&mut self, name: String, shape: &[usize]) {
        self.tensors.push((format!("base.{name}"), shape.to_vec()));
    }
}
