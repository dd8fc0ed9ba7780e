//! What can be wrong with a configuration or a separator.

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A host sample rate that cannot be resampled.
    #[error(
        "The sample rate is {given} Hz; rates from {lowest} to {highest} Hz can be used. Choose another rate in the host."
    )]
    SampleRate {
        /// The rate asked for.
        given: f64,
        /// Lowest usable rate.
        lowest: u32,
        /// Highest usable rate.
        highest: u32,
    },
    /// A number of channels that is not handled.
    #[error("{given} channels were asked for; 1 to {allowed} can be used.")]
    Channels {
        /// The number asked for.
        given: usize,
        /// The largest number.
        allowed: usize,
    },
    /// A specification that makes no sense.
    #[error("The model \"{id}\" cannot be run: {reason}.")]
    Spec {
        /// The model's name.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A separator whose timing differs from what the engine was built and its latency reported for.
    #[error(
        "The model \"{given}\" needs a latency of {given_samples} samples, but {current_samples} samples are in force for \"{current}\"; restart the audio engine to change the model."
    )]
    Latency {
        /// The new model's name.
        given: String,
        /// The latency it would need, in host samples.
        given_samples: usize,
        /// The model the engine was built for.
        current: String,
        /// The latency in force, in host samples.
        current_samples: usize,
    },
    /// A successor was offered while another one was on its way.
    #[error("Another model is just being taken over; choose again in a moment.")]
    Busy,
    /// The resampler refused a ratio.
    #[error("The rate {from} Hz could not be resampled to {to} Hz: {reason}.")]
    Resampler {
        /// Source rate in Hz.
        from: usize,
        /// Target rate in Hz.
        to: usize,
        /// The resampler's words.
        reason: String,
    },
    /// The transform refused its configuration.
    #[error(transparent)]
    Model(#[from] earmark_models::ModelError),
    /// A part of what was heard could not be separated.
    #[error("The last seconds could not be separated ({words}). Choose the model again.")]
    Excerpt {
        /// The model's words.
        words: String,
    },
    /// The model failed in the middle of a signal.
    #[error("The model failed ({reason}).")]
    Separation {
        /// Its words, without a full stop.
        reason: String,
    },
    /// The operating system gave no thread.
    #[error("The worker thread could not be started: {0}. Close other programs and try again.")]
    Thread(#[from] std::io::Error),
}
