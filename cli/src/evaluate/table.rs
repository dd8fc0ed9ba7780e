//! Tables of tab-separated columns, found by the names in their heading.

use std::path::Path;

use earmark_audio::FileError;
use earmark_state::one_line;

use crate::error::CliError;

/// The most characters that a refusal quotes.
const LONGEST_REASON: usize = 400;

/// A line that cannot be used, counted from 1 for the heading, and why.
pub(crate) type Refusal = (usize, String);

/// The text of a table, its columns by name.
pub(crate) struct Table<'text> {
    heading: Vec<&'text str>,
    /// Lines that are not empty, with their numbers in the file.
    lines: Vec<(usize, Vec<&'text str>)>,
}

/// One line of a table.
#[derive(Clone, Copy)]
pub(crate) struct Row<'table> {
    /// Its line in the file; the heading is line 1.
    pub(crate) number: usize,
    heading: &'table [&'table str],
    cells: &'table [&'table str],
}

/// Reads the table at `path` and makes something of its text.
///
/// # Errors
/// [`FileError::Missing`](earmark_audio::FileError::Missing), [`FileError::Unreadable`](earmark_audio::FileError::Unreadable); [`CliError::Pairs`] with the row where `parse` refuses one.
pub(crate) fn read<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, Refusal>) -> Result<T, CliError> {
    let unreadable = |reason: String| FileError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => FileError::Missing {
            path: path.to_owned(),
        },
        std::io::ErrorKind::InvalidData => unreadable("it is not a text in UTF-8".into()),
        _ => unreadable(error.kind().to_string()),
    })?;
    parse(&text).map_err(|(row, reason)| CliError::Pairs {
        path: path.to_owned(),
        row,
        // It quotes cells, which may hold what steers a terminal.
        reason: one_line(&reason, LONGEST_REASON),
    })
}

impl<'text> Table<'text> {
    /// Splits a text whose heading must name the columns `needed`, in any order and among any others.
    pub(crate) fn parse(text: &'text str, needed: &[&str]) -> Result<Self, Refusal> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(i, line)| (i + 1, line.split('\t').map(str::trim).collect::<Vec<_>>()));
        let heading = lines.next().map(|(_, cells)| cells).unwrap_or_default();
        let missing: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|name| !heading.contains(name))
            .collect();
        if !missing.is_empty() {
            let reason = format!(
                "the columns {} are missing (found: {}); separate columns by tabs",
                missing.join(", "),
                heading.join(", ")
            );
            return Err((1, reason));
        }
        let lines = lines.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        Ok(Self {
            lines: lines.collect(),
            heading,
        })
    }

    /// The lines below the heading.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.lines.iter().map(|(number, cells)| Row {
            number: *number,
            heading: &self.heading,
            cells,
        })
    }
}

impl<'table> Row<'table> {
    /// What stands in a column; `None` where there is no such column or nothing in it.
    pub(crate) fn cell(&self, name: &str) -> Option<&'table str> {
        let column = self.heading.iter().position(|column| *column == name)?;
        self.cells.get(column).copied().filter(|cell| !cell.is_empty())
    }

    /// What stands in a column that must not be empty.
    pub(crate) fn needed(&self, name: &str) -> Result<&'table str, Refusal> {
        self.cell(name).ok_or_else(|| {
            let reason = format!(
                "{name} is empty ({} of {} columns found)",
                self.cells.len(),
                self.heading.len()
            );
            (self.number, reason)
        })
    }
}
