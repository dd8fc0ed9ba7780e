//! The parts that models are made of: which tensors are whose, in files of publishers and in Earmark's own.

use std::collections::BTreeMap;

/// A part of a model: a network, a text tower, a tokenizer. It is described here once for whoever imports, loads or
/// verifies a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called in a sentence: "a text tower".
    pub title: &'static str,
    /// What its tensors begin with in a file of Earmark's; the whole name of the tensor where the part is one.
    pub stored: &'static str,
    /// What publishers put before its own names where nothing but the part has it: `ss_model.`. Every tensor behind it must
    /// be one that the part has.
    pub modules: &'static [&'static str],
    /// What publishers put before its own names where others have it too: `module.`, or nothing.
    pub wrappers: &'static [&'static str],
    /// What its own names begin with: `base.`; without a full stop at its end, a whole name. Behind a wrapper only these are the
    /// part's.
    pub roots: &'static [&'static str],
    /// Beginnings of its own names that importing leaves out.
    pub unused_roots: &'static [&'static str],
    /// Ends of its own names that importing leaves out.
    pub unused_ends: &'static [&'static str],
    /// The name of one of its tensors in the best known file.
    pub example: &'static str,
    /// The file to give where it is missing.
    pub remedy: &'static str,
}

impl Part {
    /// The part's own name of a tensor of a publisher's file, where the tensor is the part's.
    pub fn own_name<'n>(&self, name: &'n str) -> Option<&'n str> {
        let of_module = || self.modules.iter().find_map(|module| name.strip_prefix(module));
        let mut wrapped = self
            .wrappers
            .iter()
            .filter_map(|wrapper| name.strip_prefix(wrapper));
        of_module().or_else(|| wrapped.find(|rest| self.roots.iter().any(|root| is_below(rest, root))))
    }

    /// Whether importing leaves out the tensor of this name of the part's own, though it belongs to the part: what can be
    /// computed, and what only training needs.
    pub fn leaves_out(&self, own_name: &str) -> bool {
        self.unused_roots.iter().any(|root| own_name.starts_with(root))
            || self.unused_ends.iter().any(|end| own_name.ends_with(end))
    }
}

/// Whether a name is a root, or begins with one that more follows.
fn is_below(name: &str, root: &str) -> bool {
    name.strip_prefix(root)
        .is_some_and(|rest| root.ends_with('.') || rest.is_empty())
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.title)
    }
}

/// What a tensor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Floats of 16 or 32 bits.
    Floats,
    /// Signed bytes.
    SignedBytes,
}

/// A tensor that a part must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// Its name in the part.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it holds.
    pub values: Values,
}

impl Required {
    /// A tensor of floats.
    pub fn floats((name, shape): (String, Vec<usize>)) -> Required {
        let values = Values::Floats;
        Required { name, shape, values }
    }
}

/// Shapes of a part's tensors by its own names.
pub type Shapes<'a> = BTreeMap<&'a str, &'a [usize]>;

/// Why tensors are not those of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// There is no tensor of this name.
    Missing(String),
    /// A tensor of an impossible shape, and the shapes that are possible.
    Shape(String, String),
    /// A config that cannot be read, and why.
    Config(String),
}

/// Widest layer that is believed.
const WIDEST: usize = 1 << 16;

/// Size of the tensor `name` along `axis`, of `rank` axes.
///
/// # Errors
/// A [`Misfit`] where it is missing, has another rank, or has an axis of 0 or of more than 65,536.
pub(crate) fn size(shapes: &Shapes, name: &str, rank: usize, axis: usize) -> Result<usize, Misfit> {
    let shape = shapes.get(name).ok_or_else(|| Misfit::Missing(name.into()))?;
    if shape.len() == rank && shape.iter().all(|size| (1..=WIDEST).contains(size)) {
        return Ok(shape[axis]);
    }
    let expected = format!("one of {rank} dimensions of 1 to {WIDEST}");
    Err(Misfit::Shape(name.into(), expected))
}
