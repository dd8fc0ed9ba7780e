//! Which tensors of a file are which part's, whatever prefix the file's publisher gave them.

use std::collections::BTreeMap;

use super::error::{ImportError, Part, legible};
use super::source::{Source, Tensor};

/// Prefixes of the separator: AudioSep's module, wrapped for several devices or in another module, or by itself.
const SEPARATOR: [&str; 5] = ["ss_model.", "module.ss_model.", "model.ss_model.", "module.", ""];

/// Prefixes of CLAP: in AudioSep's module, wrapped likewise, in LAION's checkpoints, or by itself.
const CLAP: [&str; 6] = [
    "query_encoder.model.",
    "module.query_encoder.model.",
    "model.query_encoder.model.",
    "module.",
    "model.",
    "",
];

/// Tensors that importing leaves out though they belong to a part: the matrices of the Fourier transform, counters of
/// training, and indices that are their own positions.
fn is_left_out(name: &str) -> bool {
    name.starts_with("base.stft.")
        || name.starts_with("base.istft.")
        || name.ends_with(".num_batches_tracked")
        || name.ends_with(".position_ids")
        || name.ends_with(".token_type_ids")
}

/// The part that a tensor belongs to, and its name there: `base.…`, `film.…`, `text_branch.…` or `text_projection.…`.
pub(super) fn locate(name: &str) -> Option<(Part, &str)> {
    let find = |part, prefixes: &[&str], roots: [&str; 2]| {
        let mut rests = prefixes.iter().filter_map(|prefix| name.strip_prefix(prefix));
        let rest = rests.find(|rest| roots.iter().any(|root| rest.starts_with(root)));
        rest.map(|rest| (part, rest))
    };
    find(Part::Separator, &SEPARATOR, ["base.", "film."])
        .or_else(|| find(Part::Text, &CLAP, ["text_branch.", "text_projection."]))
        .filter(|(_, rest)| !is_left_out(rest))
}

/// A part in a file.
pub(super) struct Found<'s> {
    pub(super) part: Part,
    pub(super) source: &'s Source,
    /// The names in the file and the tensors, by the names in the part.
    pub(super) tensors: BTreeMap<&'s str, (&'s str, &'s Tensor)>,
}

/// The parts that a file has.
pub(super) fn of(source: &Source) -> Result<Vec<Found<'_>>, ImportError> {
    let mut parts: BTreeMap<Part, Found> = BTreeMap::new();
    for (full, tensor) in &source.contents.tensors {
        let Some((part, name)) = locate(full) else {
            continue;
        };
        let found = parts.entry(part).or_insert_with(|| Found {
            part,
            source,
            tensors: BTreeMap::new(),
        });
        if let Some((other, _)) = found.tensors.insert(name, (full, tensor)) {
            let (other, full) = (legible(other), legible(full));
            return Err(source.foreign(format!("it has the same tensor as \"{other}\" and as \"{full}\"")));
        }
    }
    if parts.is_empty() {
        let others = &source.contents.others;
        let unreadable = source.contents.unreadable.len();
        let found = match &*others.examples {
            [] if unreadable > 0 => format!("{unreadable} such names, but of no plain tensors"),
            [] => "no tensors at all".into(),
            examples => {
                let more = others.count - examples.len();
                format!("\"{}\" and {more} more", examples.join("\", \""))
            }
        };
        return Err(ImportError::Names {
            file: source.name.clone(),
            found,
        });
    }
    Ok(parts.into_values().collect())
}

impl Found<'_> {
    /// That there is no tensor `name`.
    pub(super) fn missing(&self, name: &str) -> ImportError {
        let contents = &self.source.contents;
        let other = || {
            // The likeliest misspelling: the name that begins alike for the longest.
            let shared = |other: &str| {
                name.bytes()
                    .zip(other.bytes())
                    .take_while(|(a, b)| a == b)
                    .count()
            };
            self.tensors.iter().max_by_key(|(other, _)| shared(other))
        };
        let found = if contents
            .unreadable
            .iter()
            .any(|full| locate(full).is_some_and(|(_, rest)| rest == name))
        {
            "one that is no plain tensor".into()
        } else {
            match other() {
                Some((_, (full, _))) => {
                    format!("{} others, such as \"{}\"", self.tensors.len(), legible(full))
                }
                None => "none".into(),
            }
        };
        ImportError::MissingTensor {
            file: self.source.name.clone(),
            part: self.part,
            tensor: legible(name),
            found,
        }
    }
}
