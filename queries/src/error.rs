//! Why a sound cannot be asked for.

use earmark_models::ModelError;

/// One sentence each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The model or its encoder.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A clip that no separator of this encoder can listen for.
    #[error(
        "The clip \u{201c}{name}\u{201d} was embedded by {given}, but {model} listens for what {needed} embeds; choose a model for which the clip was made, or describe the sound in words."
    )]
    Clip {
        /// What the clip is called.
        name: String,
        /// What embedded it.
        given: String,
        /// The model that is asked.
        model: String,
        /// The encoder that this model reads.
        needed: String,
    },
    /// An example that could not be had.
    #[error("There is nothing to listen to: {reason}")]
    Example {
        /// Why.
        reason: String,
    },
    /// Something that is no clip.
    #[error("A clip's {what} is {given}; it must be {allowed}.")]
    NoClip {
        /// Which part of it.
        what: &'static str,
        /// What it is.
        given: String,
        /// What it may be.
        allowed: String,
    },
}
