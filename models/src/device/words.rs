//! What people are told of devices.

use crate::error::ModelError;

/// Why a device cannot be used, in a sentence of its own, without the advice of an error that ends something.
pub(crate) fn refusal(error: &ModelError) -> String {
    match error {
        ModelError::Device { name, reason } => sentence(&format!("{name} cannot be used: {reason}")),
        other => sentence(&other.to_string()),
    }
}

/// With a capital letter and a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}
