//! Which names of a file are of which part's tensors, whatever prefix the file's publisher gave them.

use earmark_models::ARCHITECTURES;
use earmark_models::architecture::Architecture;
use earmark_models::encoder::EncoderWeights;
use earmark_models::encoders::ENCODERS;
use earmark_models::listed::listed;
use earmark_models::part::Part;

/// The parts that a file may have tensors of.
pub(super) struct Known {
    /// Where the file names its architecture, that one: everything in it is the network's.
    named: Option<&'static Architecture>,
    architectures: &'static [&'static Architecture],
}

/// A part that holds tensors.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Network(&'static Architecture),
    Tower(&'static Part),
    Audio(&'static Part),
    Image(&'static Part),
}

impl Kind {
    pub(super) fn part(self) -> &'static Part {
        match self {
            Kind::Network(architecture) => &architecture.part,
            Kind::Tower(part) | Kind::Audio(part) | Kind::Image(part) => part,
        }
    }
}

/// Names by which the parts of models are known, and what they are the parts of: networks and text towers.
pub(super) fn examples() -> String {
    let networks = ARCHITECTURES.iter().map(|architecture| &architecture.part);
    let towers = ENCODERS.iter().filter_map(|encoder| encoder.tower());
    let mut names: Vec<String> = Vec::new();
    // Names that could be anybody's tell nothing.
    for part in networks.filter(|part| !part.roots.is_empty()).chain(towers) {
        let name = format!("\"{}\" ({part})", part.example);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    listed(&names, "or")
}

impl Known {
    /// Of a file that does not say what it is.
    pub(super) fn by_names(architectures: &'static [&'static Architecture]) -> Known {
        let named = None;
        Known { named, architectures }
    }

    /// Of a file whose header names this architecture.
    pub(super) fn by_architecture(architecture: &'static Architecture) -> Known {
        Known {
            named: Some(architecture),
            architectures: &[],
        }
    }

    /// The part that a tensor belongs to, and its name there; `None` for what importing leaves out.
    pub(super) fn locate<'n>(&self, name: &'n str) -> Option<(Kind, &'n str)> {
        let architectures = self
            .named
            .iter()
            .chain(self.architectures.iter().filter(|architecture| {
                // One whose names could be anybody's must be named.
                self.named.is_none() && !architecture.part.roots.is_empty()
            }));
        let networks = architectures.map(|architecture| Kind::Network(architecture));
        let towers = ENCODERS.iter().filter_map(|encoder| match encoder.weights {
            EncoderWeights::File { tower, .. } | EncoderWeights::FileWithoutTokenizer { tower, .. } => {
                Some(Kind::Tower(tower))
            }
            EncoderWeights::Bundled(_) | EncoderWeights::None(_) => None,
        });
        let ears = ENCODERS
            .iter()
            .filter_map(|encoder| Some(Kind::Audio(encoder.audio?.part)));
        let eyes = ENCODERS
            .iter()
            .filter_map(|encoder| Some(Kind::Image(encoder.image?.part)));
        let mut kinds = networks.chain(towers).chain(ears).chain(eyes);
        kinds
            .find_map(|kind| Some((kind, kind.part().own_name(name)?)))
            .filter(|(kind, own)| !kind.part().leaves_out(own))
    }
}
