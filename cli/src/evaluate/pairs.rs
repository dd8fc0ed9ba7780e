//! The table of pairs.

use std::path::Path;

use crate::error::CliError;

const NEEDED: [&str; 4] = ["caption", "src_wav", "noise_wav", "snr_db"];
const NOISE_CAPTION: &str = "noise_caption";

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Its line in the file; the heading is line 1.
    pub row: usize,
    /// The query that names the source.
    pub caption: String,
    /// File name of the source.
    pub source: String,
    /// File name of the noise.
    pub noise: String,
    /// Power of the source over that of the noise, in dB.
    pub snr_db: f64,
    /// A query that names something else: the noise where the table says how, else the source of another row. `None`
    /// where every row has the same caption.
    pub wrong_caption: Option<String>,
}

/// Reads a table of tab-separated columns in any order; columns that are not known are passed over.
///
/// # Errors
/// [`CliError::Missing`], [`CliError::Unreadable`]; [`CliError::Pairs`] with the row for a missing column or value.
pub fn read(path: &Path) -> Result<Vec<Pair>, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CliError::Missing {
            path: path.to_owned(),
        },
        std::io::ErrorKind::InvalidData => CliError::Unreadable {
            path: path.to_owned(),
            reason: "it is not a text in UTF-8".into(),
        },
        _ => CliError::Unreadable {
            path: path.to_owned(),
            reason: error.kind().to_string(),
        },
    })?;
    parse(&text).map_err(|(row, reason)| CliError::Pairs {
        path: path.to_owned(),
        row,
        reason,
    })
}

/// The table of a text, or the row that cannot be read and why.
fn parse(text: &str) -> Result<Vec<Pair>, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    let heading: Vec<&str> = lines
        .next()
        .map(|(_, line)| line.split('\t').map(str::trim).collect())
        .unwrap_or_default();
    let column = |name: &str| heading.iter().position(|column| *column == name);
    let missing: Vec<&str> = NEEDED.into_iter().filter(|name| column(name).is_none()).collect();
    if !missing.is_empty() {
        let found = heading.join(", ");
        return Err((
            1,
            format!(
                "the columns {} are missing (found: {found}); separate columns by tabs",
                missing.join(", ")
            ),
        ));
    }

    let mut pairs = Vec::new();
    for (row, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let cell = |name: &str| {
            column(name)
                .and_then(|i| cells.get(i))
                .copied()
                .filter(|cell| !cell.is_empty())
        };
        let needed = |name: &str| {
            cell(name).map(str::to_owned).ok_or_else(|| {
                (
                    row,
                    format!(
                        "{name} is empty ({} of {} columns found)",
                        cells.len(),
                        heading.len()
                    ),
                )
            })
        };
        let snr = needed("snr_db")?;
        let snr_db = snr.parse().ok().filter(|snr: &f64| snr.is_finite());
        pairs.push(Pair {
            row,
            caption: needed("caption")?,
            source: needed("src_wav")?,
            noise: needed("noise_wav")?,
            snr_db: snr_db.ok_or_else(|| {
                (
                    row,
                    format!("snr_db is \"{snr}\"; it must be a number of decibels"),
                )
            })?,
            wrong_caption: cell(NOISE_CAPTION).map(str::to_owned),
        });
    }
    if pairs.is_empty() {
        return Err((1, "no pairs follow the heading".into()));
    }
    borrow_captions(&mut pairs);
    Ok(pairs)
}

/// Where the noise has no caption, the next row's that differs stands in.
fn borrow_captions(pairs: &mut [Pair]) {
    let captions: Vec<String> = pairs.iter().map(|pair| pair.caption.clone()).collect();
    for (i, pair) in pairs
        .iter_mut()
        .enumerate()
        .filter(|(_, pair)| pair.wrong_caption.is_none())
    {
        let others = captions[i..].iter().chain(&captions[..i]);
        pair.wrong_caption = others.into_iter().find(|other| **other != pair.caption).cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name() {
        let text = "snr_db\tnoise_wav\textra\tcaption\tsrc_wav\r\n-3.5\tn.wav\t?\ta dog\ts.wav\r\n\r\n";
        let pairs = parse(text).expect("the table is fine");
        assert_eq!(pairs.len(), 1);
        let expected = Pair {
            row: 2,
            caption: "a dog".into(),
            source: "s.wav".into(),
            noise: "n.wav".into(),
            snr_db: -3.5,
            wrong_caption: None,
        };
        assert_eq!(pairs[0], expected);
    }

    #[test]
    fn the_wrong_query_is_the_noise_or_else_another_row() {
        let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\n";
        let rows = "dog\ta\tb\t0\train\ndog\ta\tb\t0\t\ncat\ta\tb\t0\t\n";
        let pairs = parse(&format!("{heading}{rows}")).expect("the table is fine");
        let wrong: Vec<_> = pairs.iter().map(|pair| pair.wrong_caption.as_deref()).collect();
        assert_eq!(wrong, [Some("rain"), Some("cat"), Some("dog")]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_row() {
        let refused = |text: &str| parse(text).expect_err("the table is wrong");
        let (row, reason) = refused("caption\tsrc_wav\n");
        assert!(
            row == 1 && reason.contains("noise_wav, snr_db") && reason.contains("found: caption, src_wav")
        );
        assert_eq!(refused("").0, 1);
        let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\n";
        assert!(refused(heading).1.contains("no pairs"));
        let (row, reason) = refused(&format!("{heading}a\tb\tc\t0\na\tb\tc\tloud\n"));
        assert!(row == 3 && reason.contains("\"loud\""));
        let (row, reason) = refused(&format!("{heading}a\tb\n"));
        assert!(row == 2 && reason.contains("snr_db") && reason.contains("2 of 4"));
        assert!(
            refused(&format!("{heading}a\tb\tc\tinf\n"))
                .1
                .contains("decibels")
        );
    }
}
