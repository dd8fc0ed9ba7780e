//! The architectures that this version of Earmark computes.

use crate::architecture::Architecture;
use crate::listed::listed;
use crate::{band_mask, clipsep, lass, resunet};

/// Every architecture. The first is that of files whose header names none: those of Earmark 0.1.
pub static ARCHITECTURES: &[&Architecture] = &[
    &resunet::ARCHITECTURE,
    &band_mask::ARCHITECTURE,
    &clipsep::ARCHITECTURE,
    &lass::ARCHITECTURE,
];

/// The one of this name in a table, or a reason that names those there are; it goes on after "has".
pub(crate) fn find(name: &str, among: &[&'static Architecture]) -> Result<&'static Architecture, String> {
    let found = among.iter().find(|architecture| architecture.name == name);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = among.iter().map(|architecture| architecture.name).collect();
        let known = listed(&known, "and");
        format!("a network of the architecture \"{name}\", where this version of Earmark knows {known}")
    })
}
