//! The list of pairs.

use std::path::Path;

use super::table::{self, Refusal, Table};
use crate::error::CliError;

const NEEDED: [&str; 4] = ["caption", "src_wav", "noise_wav", "snr_db"];

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Its line in the file; the heading is line 1.
    pub row: usize,
    /// The query that names the source.
    pub caption: String,
    /// File name of a sound that is the query in place of the caption: another one of the source's class.
    pub query_clip: Option<String>,
    /// The class of the source: the group of sounds that share captions, or its caption where the list has no groups.
    pub class: String,
    /// Whether the list says so.
    pub has_group: bool,
    /// File name of the source.
    pub source: String,
    /// File name of the noise.
    pub noise: String,
    /// Power of the source over that of the noise, in dB.
    pub snr_db: f64,
    /// A query that names something else: the noise where the list says how, else the source of another row. `None`
    /// where every row has the same caption.
    pub wrong_caption: Option<String>,
    /// File name of a sound that is the wrong query, where the right one is a clip, too: one like the noise where the list says which, else
    /// the clip of another row with a source of another class.
    pub wrong_clip: Option<String>,
    /// A query that names something that is not in the mixture. `None` where the list has none.
    pub absent_caption: Option<String>,
}

/// Reads a table of tab-separated columns in any order; columns that are not known are passed over.
///
/// # Errors
/// [`FileError::Missing`](earmark_audio::FileError::Missing), [`FileError::Unreadable`](earmark_audio::FileError::Unreadable); [`CliError::Pairs`] with the row for a missing column or value.
pub fn read(path: &Path) -> Result<Vec<Pair>, CliError> {
    table::read(path, parse)
}

/// The pairs of a text, or the row that cannot be read and why.
fn parse(text: &str) -> Result<Vec<Pair>, Refusal> {
    let table = Table::parse(text, &NEEDED)?;
    let mut pairs = Vec::new();
    for row in table.rows() {
        let caption = row.needed("caption")?.to_owned();
        let group = row.cell("group").map(str::to_owned);
        let snr = row.needed("snr_db")?;
        let snr_db = snr.parse().ok().filter(|snr: &f64| snr.is_finite());
        pairs.push(Pair {
            row: row.number,
            has_group: group.is_some(),
            class: group.unwrap_or_else(|| caption.clone()),
            caption,
            query_clip: row.cell("query_wav").map(str::to_owned),
            source: row.needed("src_wav")?.to_owned(),
            noise: row.needed("noise_wav")?.to_owned(),
            snr_db: snr_db.ok_or_else(|| {
                let reason = format!("snr_db is \"{snr}\"; it must be a number of decibels");
                (row.number, reason)
            })?,
            wrong_caption: row.cell("noise_caption").map(str::to_owned),
            wrong_clip: row.cell("noise_query_wav").map(str::to_owned),
            absent_caption: row.cell("absent_caption").map(str::to_owned),
        });
    }
    if pairs.is_empty() {
        return Err((1, "no pairs follow the heading".into()));
    }
    borrow_captions(&mut pairs);
    borrow_clips(&mut pairs);
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

/// Where a row has a clip for its query and none that is wrong, that of the next row with another class stands in.
fn borrow_clips(pairs: &mut [Pair]) {
    let clips: Vec<_> = pairs
        .iter()
        .filter_map(|pair| Some((pair.row, pair.class.clone(), pair.query_clip.clone()?)))
        .collect();
    for pair in pairs
        .iter_mut()
        .filter(|pair| pair.query_clip.is_some() && pair.wrong_clip.is_none())
    {
        let (before, after): (Vec<_>, Vec<_>) = clips.iter().partition(|(row, ..)| *row < pair.row);
        let mut others = after.into_iter().chain(before);
        pair.wrong_clip = others
            .find(|(_, class, _)| *class != pair.class)
            .map(|(.., clip)| clip.clone());
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
            query_clip: None,
            class: "a dog".into(),
            has_group: false,
            source: "s.wav".into(),
            noise: "n.wav".into(),
            snr_db: -3.5,
            wrong_caption: None,
            wrong_clip: None,
            absent_caption: None,
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
    fn groups_and_absent_captions_are_read_where_there_are_any() {
        let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\tgroup\tabsent_caption\n";
        let pairs = parse(&format!(
            "{heading}a hound\ta\tb\t0\tdog\train\na cat\ta\tb\t0\t\t\n"
        ));
        let pairs = pairs.expect("the table is fine");
        let read = |pair: &Pair| (pair.class.clone(), pair.has_group, pair.absent_caption.clone());
        assert_eq!(read(&pairs[0]), ("dog".into(), true, Some("rain".into())));
        assert_eq!(read(&pairs[1]), ("a cat".into(), false, None));
    }

    #[test]
    fn a_clip_is_the_query_where_the_row_has_one() {
        let rows = "a dog\ta\tb\t0\tother.wav\na cat\ta\tb\t0\t\n";
        let pairs = parse(&format!("caption\tsrc_wav\tnoise_wav\tsnr_db\tquery_wav\n{rows}"));
        let clips: Vec<_> = pairs
            .expect("the table is fine")
            .into_iter()
            .map(|pair| pair.query_clip)
            .collect();
        assert_eq!(clips, [Some("other.wav".into()), None]);
    }

    #[test]
    fn the_wrong_clip_is_like_the_noise_or_else_of_another_class() {
        let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\tgroup\tquery_wav\tnoise_query_wav\n";
        let rows = "a hound\ta\tb\t0\tdog\tx.wav\t\na puppy\ta\tb\t0\tdog\ty.wav\tn.wav\na cat\ta\tb\t0\tcat\tz.wav\t\nrain\ta\tb\t0\train\t\t\n";
        let pairs = parse(&format!("{heading}{rows}")).expect("the table is fine");
        let wrong: Vec<_> = pairs.iter().map(|pair| pair.wrong_clip.as_deref()).collect();
        assert_eq!(wrong, [Some("z.wav"), Some("n.wav"), Some("x.wav"), None]);
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
