//! Other wordings of the sounds of a list.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::pairs::Pair;
use super::table::{self, Refusal, Table};
use crate::error::CliError;

/// The wordings of each group.
#[derive(Debug, Clone, PartialEq)]
pub struct Paraphrases {
    path: PathBuf,
    groups: BTreeMap<String, Vec<String>>,
}

impl Paraphrases {
    /// Reads a table with the columns group and paraphrase, one wording a line.
    ///
    /// # Errors
    /// [`FileError::Missing`](earmark_audio::FileError::Missing), [`FileError::Unreadable`](earmark_audio::FileError::Unreadable); [`CliError::Pairs`] with the row for a missing column or value.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        Ok(Self {
            path: path.to_owned(),
            groups: table::read(path, parse)?,
        })
    }

    /// The wordings of a pair's source.
    pub fn of(&self, pair: &Pair) -> &[String] {
        self.groups.get(&pair.class).map_or(&[], Vec::as_slice)
    }

    /// Finds a pair without a wording before the work begins.
    ///
    /// # Errors
    /// [`CliError::Pairs`] with the row of `list`.
    pub fn check(&self, pairs: &[Pair], list: &Path) -> Result<(), CliError> {
        let Some(pair) = pairs.iter().find(|pair| self.of(pair).is_empty()) else {
            return Ok(());
        };
        let reason = if pair.has_group {
            format!(
                "{} has no paraphrase for the group \"{}\"",
                self.path.display(),
                pair.class
            )
        } else {
            "paraphrases are found by group, but the column group is missing or empty".into()
        };
        Err(CliError::Pairs {
            path: list.to_owned(),
            row: pair.row,
            reason,
        })
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    let table = Table::parse(text, &["group", "paraphrase"])?;
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in table.rows() {
        let group = groups.entry(row.needed("group")?.to_owned()).or_default();
        group.push(row.needed("paraphrase")?.to_owned());
    }
    Ok(groups)
}
