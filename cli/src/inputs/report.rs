//! What a command says of each file that it was given.

use std::path::Path;

use serde::Serialize;

use crate::error::CliError;
use crate::output;

/// One file, as `--json` prints it on a line.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub(crate) enum Report<D, S> {
    /// It was done.
    Done(Box<D>),
    /// It was done before.
    Skipped(S),
    /// It may hold sound, but of a format that is not read.
    PassedOver {
        /// The file.
        input: String,
        /// The sentence.
        reason: String,
    },
    /// It could not be done; nothing was written.
    Failed {
        /// The file.
        input: String,
        /// The sentence.
        error: String,
    },
}

/// What a person is told of a file that was done, now or before.
pub(crate) trait Said: Serialize {
    /// For standard output; brings its line ends.
    fn words(&self) -> String;

    /// Says on standard error what is not as good as it could be.
    fn warn(&self) {}

    /// Whether the sound goes to standard output: then nothing else does.
    fn takes_standard_output(&self) -> bool {
        false
    }
}

impl<D: Said, S: Said> Report<D, S> {
    /// That a file could not be done.
    pub(crate) fn failed(input: &Path, error: &CliError) -> Self {
        Self::Failed {
            input: input.display().to_string(),
            error: error.to_string(),
        }
    }

    /// Says as JSON, where that is asked for, that the only file failed: the sentence alone is said by whoever is told of the error.
    pub(crate) fn print_alone(input: &Path, error: &CliError, as_json: bool) {
        if as_json && !matches!(error, CliError::Stopped) {
            Self::failed(input, error).print_line();
        }
    }

    /// Says on standard error what went wrong or is not as good as it could be, and on standard output the rest.
    pub(crate) fn print(&self, as_json: bool) {
        match self {
            Self::Done(done) => done.warn(),
            Self::Failed { error, .. } => eprintln!("earmark: {error}"),
            Self::PassedOver { reason, .. } => eprintln!("earmark: Passed over: {reason}"),
            Self::Skipped(_) => {}
        }
        if let Self::Done(done) = self
            && done.takes_standard_output()
        {
            match as_json {
                true => eprintln!("{}", output::line(self)),
                false => eprint!("{}", done.words()),
            }
            return;
        }
        if as_json {
            return self.print_line();
        }
        match self {
            Self::Done(done) => output::text(&done.words()),
            Self::Skipped(skipped) => output::text(&skipped.words()),
            Self::PassedOver { .. } | Self::Failed { .. } => {}
        }
    }

    fn print_line(&self) {
        output::text(&(output::line(self) + "\n"));
    }
}
