//! What can go wrong between a file of weights and a mask.

/// Errors of this crate. Each message says what was given, what is allowed and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A condition that the separator cannot read.
    #[error(
        "The query is a {given_encoder:?} embedding of {given} values, but this model needs {expected_encoder:?} with {expected}; encode the text again with the model's own encoder."
    )]
    Condition {
        /// Encoder of the condition.
        given_encoder: crate::EncoderKind,
        /// Its length.
        given: usize,
        /// Encoder that the model needs.
        expected_encoder: crate::EncoderKind,
        /// Length that the model needs.
        expected: usize,
    },
    /// A buffer of the wrong length.
    #[error("{what} has {given} values, but {expected} are needed.")]
    Shape {
        /// The buffer's name.
        what: &'static str,
        /// Its length.
        given: usize,
        /// The length needed.
        expected: usize,
    },
    /// A transform whose synthesis cannot restore the signal.
    #[error(
        "A window of {window} samples with a hop of {hop} cannot be undone; the window must be even, and the hop at most half of it."
    )]
    Stft {
        /// Window in samples.
        window: usize,
        /// Hop in samples.
        hop: usize,
    },
    /// A signal too short to be transformed.
    #[error(
        "The sound has {given} samples at the model's rate, but at least {needed} are needed; give a longer one."
    )]
    TooShort {
        /// Its length.
        given: usize,
        /// The least length.
        needed: usize,
    },
    /// A block that does not fit a network's pooling.
    #[error("A block of {given} frames does not fit this model; it must be a multiple of {pooling} frames.")]
    Block {
        /// Frames of the block.
        given: usize,
        /// Frames that the network averages into one.
        pooling: usize,
    },
    /// A stream for no query at all.
    #[error("No query is given, but a stream of masks needs one at least; give the condition of each sound.")]
    NoQuery,
    /// A query without words.
    #[error("The query is empty; type what you want to hear, for example \"a dog barking\".")]
    EmptyQuery,
    /// An example of a sound in which there is none.
    #[error(
        "The example is silent; give one in which the sound can be heard, at −80 dB of full scale at least."
    )]
    SilentClip,
    /// An example all of which the model's encoder takes for silence.
    #[error(
        "The loudest sample of the example is at {given:.0} dB of full scale, and this model takes what is below {least:.0} dB for silence; make the example louder."
    )]
    QuietClip {
        /// Its loudest sample, in dB of full scale.
        given: f64,
        /// What is silence, in dB of full scale.
        least: f64,
    },
    /// An example that is too short.
    #[error("The example lasts {given:.3} s without the silence around it; at least {least} s are needed.")]
    ShortClip {
        /// Its length in seconds.
        given: f64,
        /// The least length in seconds.
        least: f64,
    },
    /// An example that is too long.
    #[error(
        "The example lasts {given:.1} s, and at most {most} s are read; give the part in which the sound stands alone."
    )]
    LongClip {
        /// Its length in seconds.
        given: f64,
        /// The greatest length in seconds.
        most: f64,
    },
    /// A model that is not among those to choose from.
    #[error("There is no model called \"{given}\"; the models are: {known}.")]
    UnknownModel {
        /// The name asked for.
        given: String,
        /// The known names, joined by commas.
        known: String,
    },
    /// Weights that do not fit the architecture.
    #[error("The model file cannot be used: {reason}. Get the file again from where it came from.")]
    Weights {
        /// What is wrong with it.
        reason: String,
    },
    /// A model that cannot be played live.
    #[error(
        "{id} computes {block:.1} s of sound at a time and needs {lookahead:.1} s of what comes after it. Live, sound may come {:.0} s late for both together; use this model on files, with \"earmark separate\".",
        crate::SeparatorSpec::LONGEST_LIVE
    )]
    FilesOnly {
        /// The model's name.
        id: String,
        /// What it computes at a time, in seconds.
        block: f64,
        /// Its lookahead in seconds.
        lookahead: f64,
    },
    /// A model that reads no queries.
    #[error("{id} has no text encoder: its weights are there to be timed. Choose another model.")]
    NoEncoder {
        /// The model's name.
        id: String,
    },
    /// A text for a model whose encoder knows sounds alone.
    #[error(
        "This model listens for what is like an example and reads no words; give it a clip of the sound with --like."
    )]
    SoundsAlone,
    /// A model whose encoder knows texts alone.
    #[error(
        "{id} has no encoder of sounds yet, so a sound cannot be its query; say in words what you want to hear, or choose {}: {} that was installed with --audio-tower hears examples, too.",
        crate::bundled::ID,
        crate::encoders::models(|encoder| encoder.audio.is_some())
    )]
    TextsAlone {
        /// The model's name.
        id: String,
    },
    /// A model that was installed without what encodes sounds.
    #[error(
        "{id} was installed without its audio tower, which a sound as the query needs; install it again with --audio-tower, or say in words what you want to hear."
    )]
    NoAudioTower {
        /// The model's name.
        id: String,
    },
    /// A file that is no picture, or none that can be a query.
    #[error("The picture cannot be looked at: {reason}. Give a PNG or a JPEG.")]
    Picture {
        /// What is wrong with it.
        reason: String,
    },
    /// A model whose encoder knows no pictures.
    #[error(
        "{id} has no encoder of pictures, so a picture cannot be its query; say in words what you want to hear, or choose a model that was imported with --image-tower ({}).",
        crate::encoders::models(|encoder| encoder.image.is_some())
    )]
    NoPictures {
        /// The model's name.
        id: String,
    },
    /// A model that was installed without what encodes pictures.
    #[error(
        "{id} was installed without its image tower, which a picture as the query needs; import it again with \"earmark models import --image-tower\", or say in words what you want to hear."
    )]
    NoImageTower {
        /// The model's name.
        id: String,
    },
    /// A tensor computation failed.
    #[error("The model could not be computed: {0}.")]
    Compute(#[from] candle_core::Error),
    /// An accelerator that cannot be used.
    #[error("{name} cannot be used: {reason}. Choose the processor instead.")]
    Device {
        /// What people call it.
        name: String,
        /// Why.
        reason: String,
    },
    /// The query could not be split into tokens.
    #[error("The query \"{text}\" could not be tokenized: {reason}.")]
    Tokenize {
        /// The query.
        text: String,
        /// The tokenizer's words.
        reason: String,
    },
}

impl ModelError {
    /// The reason alone, where weights do not fit: to go on in another sentence.
    pub(crate) fn reason(self) -> String {
        match self {
            ModelError::Weights { reason } => reason,
            other => other.to_string(),
        }
    }
}
