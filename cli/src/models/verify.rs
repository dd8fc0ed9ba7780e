//! `earmark models verify`: whether installed models are what was installed.

use earmark_library::{Library, Verdict};
use serde::Serialize;

use crate::error::CliError;
use crate::models::{nothing_kept, only_installed, with_bar};
use crate::output;

/// One model, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    verdict: &'static str,
    /// Of the file as it is now; `null` where it is damaged.
    sha256: Option<String>,
    /// What differs, in words.
    reason: Option<String>,
}

/// Runs `earmark models verify`.
///
/// # Errors
/// [`CliError::DamagedModels`] after printing, where one is not what was installed.
pub(super) fn run(library: &Library, ids: &[String], as_json: bool) -> Result<(), CliError> {
    let shelf = library.installed();
    let all = || {
        let installed = shelf.installed.iter().map(|model| model.id.clone());
        installed.chain(shelf.damaged.iter().map(|damaged| damaged.id.clone()))
    };
    let ids: Vec<String> = if ids.is_empty() {
        all().collect()
    } else {
        ids.to_vec()
    };
    let mut entries = Vec::new();
    for id in &ids {
        only_installed(library, id)?;
        let verdict = with_bar(|report| library.verify(id, report)).map_err(nothing_kept)?;
        let (word, sha256, reason) = match verdict {
            Verdict::Intact { sha256 } => ("intact", Some(sha256), None),
            Verdict::Unrecorded { sha256 } => ("unrecorded", Some(sha256), None),
            Verdict::Damaged { reason } => ("damaged", None, Some(reason)),
        };
        entries.push(Entry {
            name: id.clone(),
            verdict: word,
            sha256,
            reason,
        });
    }
    if as_json {
        output::json(&entries);
    } else {
        output::text(&table(&entries));
    }
    let damaged = entries.iter().filter(|entry| entry.verdict == "damaged");
    let damaged: Vec<&str> = damaged.map(|entry| entry.name.as_str()).collect();
    if damaged.is_empty() {
        return Ok(());
    }
    Err(CliError::DamagedModels {
        ids: damaged.join(", "),
    })
}

fn table(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "No model is installed.\n".into();
    }
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let line = |entry: &Entry| {
        let words = match (entry.verdict, &entry.sha256, &entry.reason) {
            ("intact", Some(sum), _) => format!("is what was installed (SHA-256 {sum})"),
            (_, Some(sum), _) => {
                format!("was copied here, so there is nothing to compare it with (SHA-256 {sum})")
            }
            (_, None, reason) => format!("is damaged: {}", reason.as_deref().unwrap_or_default()),
        };
        format!("{:width$}  {words}\n", entry.name)
    };
    entries.iter().map(line).collect()
}
