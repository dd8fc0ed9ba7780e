//! Every tensor of a band-mask network, from its config alone.

use super::config::{BandMaskConfig, BlockConfig, STEP};
use super::detector::PREFIX;
use crate::part::{Required, Values};

impl BandMaskConfig {
    /// Name, shape and type of every tensor that [`BandMask`](super::BandMask) reads, by the names of `training/model.py`.
    pub fn required_tensors(&self) -> Vec<Required> {
        let (bands, channels, query) = (self.bands(), self.channels, self.query_size);
        let ([first, second, third], [fine, middle, coarse]) = (self.maps, self.gains);
        let mut list = List(Vec::new());
        self.descend("", &self.blocks, &mut list);
        for index in 0..self.listener.dilations.len() {
            let (listen, across) = (format!("listen.{index}"), format!("across.{index}"));
            list.layer(&format!("{listen}.conv"), &[coarse, 3 * coarse]);
            list.layer(&format!("{across}.read"), &[3 * coarse, coarse]);
            list.floats(
                &format!("{across}.place"),
                &[self.listener.heads, bands / 8, bands / 8],
            );
            for name in [listen, across] {
                list.layer(&format!("{name}.out"), &[coarse, coarse]);
                list.floats(&format!("{name}.norm.gain"), &[coarse]);
                list.layer(&format!("{name}.film"), &[2 * coarse, query]);
            }
        }
        list.layer("unflat", &[bands / 8 * coarse, channels]);
        list.layer("skip1", &[fine, first]);
        list.layer("skip2", &[middle, second]);
        list.layer("skip3", &[coarse, third]);
        list.layer("up1", &[2, 1, 3, fine]);
        list.layer("up2", &[STEP * 2 * fine, 1, 3, middle]);
        list.layer("up3", &[2 * middle, 1, 3, coarse]);
        list.floats("bias", &[bands]);
        list.layer("query", &[query, self.condition_size]);
        list.floats("norm.gain", &[channels]);
        list.layer("film", &[2 * channels, query]);
        list.layer("film2", &[2 * middle, query]);
        list.layer("film3", &[2 * coarse, query]);
        if self.ears {
            list.layer("ears", &[self.condition_size, channels]);
        }
        for (name, shape) in self.vocabulary.tensors(self.condition_size) {
            list.0.push(Required {
                name: name.into(),
                shape: shape.into(),
                values: Values::SignedBytes,
            });
        }
        if let Some(detector) = &self.detector {
            self.descend(PREFIX, &detector.blocks, &mut list);
            let query = format!("{PREFIX}query");
            list.layer(&query, &[channels + 1, self.condition_size]);
        }
        list.0
    }

    /// A way down and the blocks after it, their names beginning with `prefix`.
    fn descend(&self, prefix: &str, blocks: &[BlockConfig], list: &mut List) {
        let (bands, channels) = (self.bands(), self.channels);
        let [first, second, third] = self.maps;
        let name = |name: &str| format!("{prefix}{name}");
        list.floats(&name("feature_mean"), &[bands]);
        list.floats(&name("feature_scale"), &[bands]);
        list.layer(&name("down1"), &[first, 3, 5, 1]);
        list.layer(&name("down2"), &[second, 4, 3, first]);
        list.layer(&name("down3"), &[third, 3, 3, second]);
        list.floats(&name("place"), &[bands / 2, first]);
        list.layer(&name("flat"), &[channels, bands / 8 * third]);
        for (index, block) in blocks.iter().enumerate() {
            list.layer(&name(&format!("blocks.{index}.conv")), &[channels, 3 * channels]);
            list.layer(&name(&format!("blocks.{index}.out")), &[channels, channels]);
            list.floats(&name(&format!("blocks.{index}.norm.gain")), &[channels]);
            if block.film {
                let film = [2 * channels, self.query_size];
                list.layer(&name(&format!("blocks.{index}.film")), &film);
            }
        }
    }
}

struct List(Vec<Required>);

impl List {
    fn floats(&mut self, name: &str, shape: &[usize]) {
        self.0.push(Required::floats((name.into(), shape.into())));
    }

    /// A weight and a bias of its outputs.
    fn layer(&mut self, name: &str, shape: &[usize]) {
        self.floats(&format!("{name}.weight"), shape);
        self.floats(&format!("{name}.bias"), &shape[..1]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::super::detector::Detector;
    use super::super::net::Net;
    use super::*;
    use crate::embedded;
    use crate::error::ModelError;
    use crate::tensors::Tensors;
    use crate::weights::Weights;

    /// Remembers what it is asked for.
    struct Watched<'a> {
        weights: Weights<'a>,
        asked: Mutex<BTreeSet<(String, Vec<usize>, bool)>>,
    }

    impl Watched<'_> {
        fn note(&self, name: &str, shape: &[usize], floats: bool) {
            self.asked
                .lock()
                .unwrap()
                .insert((name.into(), shape.into(), floats));
        }
    }

    impl Tensors for Watched<'_> {
        fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
            self.note(name, shape, true);
            self.weights.floats(name, shape)
        }

        fn signed_bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError> {
            self.note(name, shape, false);
            Tensors::signed_bytes(&self.weights, name, shape)
        }
    }

    #[test]
    fn the_list_is_what_a_network_reads_and_all_that_training_exports() {
        let listener: &[u8] = include_bytes!("../../tests/fixtures/band_listener_state.safetensors");
        for bytes in [embedded::SEPARATOR, listener] {
            let config = BandMaskConfig::from_safetensors(bytes).unwrap();
            let watched = Watched {
                weights: Weights::new(bytes).unwrap(),
                asked: Mutex::default(),
            };
            Net::load(&config, &watched).unwrap();
            Detector::load(&config, &watched).unwrap();
            let listed: BTreeSet<_> = config
                .required_tensors()
                .into_iter()
                .map(|Required { name, shape, values }| (name, shape, values == Values::Floats))
                .collect();
            assert_eq!(listed, watched.asked.into_inner().unwrap());
            let (_, header) = safetensors::SafeTensors::read_metadata(bytes).unwrap();
            assert_eq!(listed.len(), header.tensors().len());
        }
    }
}
