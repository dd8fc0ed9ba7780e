//! Which models there are, and which is heard.

/// The model that separates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelView {
    /// Its name, for example `earmark-small`.
    pub name: String,
    /// What it is good at, in plain words.
    pub title: String,
    /// Its licence in words.
    pub licence: String,
}

/// Where a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Part of the plug-in.
    Bundled,
    /// In the folder of models.
    Installed,
    /// In the folder of models, and cannot be used.
    Damaged,
    /// Where its makers published it.
    Downloadable,
}

/// A model that is there or can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Its name.
    pub name: String,
    /// What it is good at, or what is wrong with it.
    pub title: String,
    /// Size and licence.
    pub facts: String,
    /// Where it is.
    pub state: ModelState,
}

/// A download or an import that is being done.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkView {
    /// The name of the model that it is done to, where that is known.
    pub model: Option<String>,
    /// What is being done, and how far it is.
    pub text: String,
    /// The share that is done, from 0 to 1, where it is known.
    pub share: Option<f32>,
}

/// How a work ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndView {
    /// The name of the model that it was done to, where that is known.
    pub model: Option<String>,
    /// A sentence.
    pub text: String,
    /// Whether it went wrong.
    pub failed: bool,
}

/// What the page of models shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OffersView {
    /// All of them.
    pub models: Vec<OfferView>,
    /// What is being done.
    pub work: Option<WorkView>,
    /// How the last work ended.
    pub message: Option<EndView>,
    /// Where installed models lie.
    pub folder: String,
}
