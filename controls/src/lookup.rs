//! Rows of the table by control and by identifier, and the table as documents show it.

use std::fmt::Write;

use crate::number::Number;
use crate::table::{Control, Kind, PARAMETERS, Parameter};

impl Control {
    /// Its row in the table.
    pub const fn parameter(self) -> &'static Parameter {
        let (parameter, _) = self.row();
        parameter
    }

    /// Its range, default, unit and words.
    pub const fn number(self) -> &'static Number {
        let (_, number) = self.row();
        number
    }

    /// What it does, in half a sentence, for a tooltip.
    pub const fn help(self) -> &'static str {
        self.parameter().help
    }

    const fn row(self) -> (&'static Parameter, &'static Number) {
        let mut i = 0;
        while i < PARAMETERS.len() {
            if let Kind::Number(control, number) = &PARAMETERS[i].kind
                && *control as usize == self as usize
            {
                return (&PARAMETERS[i], number);
            }
            i += 1;
        }
        panic!("a control without a row in the table")
    }
}

// Each has its row.
const _: () = {
    let mut i = 0;
    while i < Control::COUNT {
        Control::ALL[i].row();
        i += 1;
    }
};

/// The row with this identifier.
///
/// # Panics
/// Where there is none.
pub const fn parameter(id: &str) -> &'static Parameter {
    let mut i = 0;
    while i < PARAMETERS.len() {
        if same(PARAMETERS[i].id.as_bytes(), id.as_bytes()) {
            return &PARAMETERS[i];
        }
        i += 1;
    }
    panic!("no parameter has this identifier")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The table as Markdown, for `docs/parameters.md`.
pub fn markdown() -> String {
    let mut table =
        String::from("| identifier | in hosts | values | at first | in presets | what it does |\n");
    table += "|---|---|---|---|---|---|\n";
    for parameter in &PARAMETERS {
        let preset = parameter
            .in_presets
            .map_or(String::new(), |name| format!("`{name}`"));
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {preset} | {} |",
            parameter.id,
            parameter.name,
            parameter.values(),
            parameter.default_in_words(),
            parameter.help,
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What anybody reads of a parameter is what it is.
    #[test]
    fn the_documents_say_what_the_table_says() {
        let docs = include_str!("../../docs/parameters.md");
        assert!(
            docs.contains(&markdown()),
            "docs/parameters.md should have\n{}",
            markdown()
        );
        let readme = include_str!("../../README.md");
        for parameter in &PARAMETERS {
            let title = parameter.title.to_lowercase();
            assert!(
                readme.to_lowercase().contains(&title),
                "README.md does not name {title}"
            );
        }
    }

    #[test]
    fn every_default_is_within_its_range_and_every_name_is_its_own() {
        for (i, parameter) in PARAMETERS.iter().enumerate() {
            if let Kind::Number(_, number) = &parameter.kind {
                assert!(number.range().contains(&number.default), "{}", parameter.id);
            }
            for other in &PARAMETERS[i + 1..] {
                assert_ne!((parameter.id, parameter.name), (other.id, other.name));
                assert!(parameter.id != other.id && parameter.name != other.name);
                assert!(parameter.in_presets.is_none() || parameter.in_presets != other.in_presets);
            }
        }
    }
}
