//! The parts that a file has.

use std::collections::BTreeMap;

use earmark_models::part::Part;

use super::error::{ImportError, legible};
use super::names::Kind;
use super::source::{Source, Tensor};

/// A part in a file.
pub(super) struct Found<'s> {
    pub(super) kind: Kind,
    pub(super) source: &'s Source,
    /// The names in the file and the tensors, by the names in the part.
    pub(super) tensors: BTreeMap<&'s str, (&'s str, &'s Tensor)>,
}

/// The parts that a file has.
pub(super) fn of(source: &Source) -> Result<Vec<Found<'_>>, ImportError> {
    let known = &source.contents.known;
    let mut parts: BTreeMap<&str, Found> = BTreeMap::new();
    for (full, tensor) in &source.contents.tensors {
        let Some((kind, name)) = known.locate(full) else {
            continue;
        };
        let found = parts.entry(kind.part().stored).or_insert_with(|| Found {
            kind,
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
    pub(super) fn part(&self) -> &'static Part {
        self.kind.part()
    }

    /// That there is no tensor `name`.
    pub(super) fn missing(&self, name: &str) -> ImportError {
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
        let found = if self.unreadable().any(|own| own == name) {
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
            part: self.part(),
            tensor: legible(name),
            found,
        }
    }

    /// That there are tensors which the part does not have, such as the one of this name in the part.
    pub(super) fn unknown(&self, name: &str) -> ImportError {
        let full = self.tensors.get(name).map_or(name, |(full, _)| full);
        ImportError::UnknownTensor {
            file: self.source.name.clone(),
            part: self.part(),
            tensor: legible(full),
        }
    }

    /// Own names of what belongs to the part and is no plain tensor.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &str> {
        let contents = &self.source.contents;
        contents.unreadable.iter().filter_map(|full| {
            let (kind, own) = contents.known.locate(full)?;
            (kind.part().stored == self.part().stored).then_some(own)
        })
    }
}
