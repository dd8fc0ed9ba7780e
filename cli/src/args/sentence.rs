//! What was typed wrong, in one sentence.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A usage error in one sentence: what `clap` says over several lines, without its advice on usage.
pub fn sentence(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        if error.to_string().contains("Usage: earmark models") {
            return "Say what to do with models: list, download, import, remove or verify; `earmark models --help` explains them.".into();
        }
        return "Say what to do: separate, find, evaluate, preset, models, bench or completions; `earmark --help` explains them.".into();
    }
    if let (Some(ContextValue::String(argument)), Some(ContextValue::String(value)), Some(source)) = (
        error.get(ContextKind::InvalidArg),
        error.get(ContextKind::InvalidValue),
        std::error::Error::source(error),
    ) {
        return format!("{argument} cannot be \"{value}\": {source}.");
    }
    let text = error.to_string();
    let first = text
        .trim_start_matches("error: ")
        .split("\n\n")
        .next()
        .unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let mut sentence = words.join(" ");
    if let Some(initial) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &initial);
    }
    format!("{sentence}; `earmark --help` shows what may be typed.")
}
