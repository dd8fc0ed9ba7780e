//! The archive for one's own hands: everything in one folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, GzBuilder};
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::contents::Contents;
use super::system::Family;
use super::{Release, VERSION, papers, sums};
use crate::error::TaskError;
use crate::run::write;

/// Writes `earmark-VERSION-SYSTEM.tar.gz`, or `.zip` for Windows, into `out`.
pub(super) fn archive(release: &Release, out: &Path) -> Result<PathBuf, TaskError> {
    let (readme, ending) = match release.system.family {
        Family::Linux => ("packaging/linux/README.md", "tar.gz"),
        Family::Windows => ("packaging/windows/README.md", "zip"),
        Family::MacOs => ("packaging/macos/README.md", "tar.gz"),
    };
    let name = format!("earmark-{VERSION}-{}", release.system.name);
    let mut inner = papers(release, readme)?;
    inner.under("Earmark.vst3", &release.built.vst3);
    inner.under("", &release.built.clap);
    inner.program(release.system.program(), release.built.program.clone());
    for (page, file) in release.pages.files() {
        let folder = if page.ends_with(".1") {
            "man"
        } else {
            "completions"
        };
        inner.file(format!("{folder}/{page}"), file.bytes.clone());
    }
    inner.file("SHA256SUMS", sums::of(&inner));
    let mut contents = Contents::default();
    contents.under(&name, &inner);

    let path = out.join(format!("{name}.{ending}"));
    let packed = if release.system.family == Family::Windows {
        zip(&contents, release.time)
    } else {
        tar_gz(&contents, release.time)
    };
    let packed = packed.map_err(|source| TaskError::File {
        action: "write",
        path: path.clone(),
        source,
    })?;
    write(&path, packed)?;
    Ok(path)
}

/// A tar archive that is the same wherever it is made, compressed.
fn tar_gz(contents: &Contents, time: u64) -> std::io::Result<Vec<u8>> {
    // Without a name or a time of its own in the head of the gzip file.
    let packer: GzEncoder<Vec<u8>> = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(packer);
    for folder in contents.folders() {
        let mut header = header(tar::EntryType::Directory, 0o755, time);
        tar.append_data(&mut header, format!("{folder}/"), std::io::empty())?;
    }
    for (path, file) in contents.files() {
        let mut header = header(tar::EntryType::Regular, file.mode(), time);
        header.set_size(file.bytes.len() as u64);
        tar.append_data(&mut header, path, file.bytes.as_slice())?;
    }
    tar.into_inner()?.finish()
}

fn header(kind: tar::EntryType, mode: u32, time: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

/// A zip archive that is the same wherever it is made.
fn zip(contents: &Contents, time: u64) -> std::io::Result<Vec<u8>> {
    let failed = std::io::Error::other;
    let time = UtcDateTime::from_unix(i64::try_from(time).unwrap_or(i64::MAX));
    let mut zip = ZipArchiveWriter::new(Vec::new());
    for (path, file) in contents.files() {
        let entry = zip.new_file(path).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = entry.last_modified(time).start().map_err(failed)?;
        let packer = DeflateEncoder::new(&mut entry, Compression::best());
        let mut data = config.wrap(packer);
        data.write_all(&file.bytes)?;
        let (packer, output) = data.finish().map_err(failed)?;
        packer.finish()?;
        entry.finish(output).map_err(failed)?;
    }
    zip.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn contents() -> Contents {
        let mut contents = Contents::default();
        contents.program("earmark-1/earmark", "program");
        contents.file("earmark-1/README.md", "text");
        contents
    }

    #[test]
    fn a_tar_has_its_files_sorted_with_rights_a_time_and_no_owner() {
        let packed = tar_gz(&contents(), 1_700_000_000).expect("a tar");
        assert_eq!(
            packed,
            tar_gz(&contents(), 1_700_000_000).expect("a tar"),
            "the same again"
        );
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let mut listed = Vec::new();
        for entry in tar.entries().expect("entries") {
            let entry = entry.expect("an entry");
            let header = entry.header();
            assert_eq!(header.mtime().expect("a time"), 1_700_000_000);
            assert_eq!((header.uid().ok(), header.gid().ok()), (Some(0), Some(0)));
            listed.push((
                entry.path().expect("a path").display().to_string(),
                header.mode().expect("a mode"),
            ));
        }
        let listed: Vec<_> = listed.iter().map(|(path, mode)| (path.as_str(), *mode)).collect();
        assert_eq!(
            listed,
            [
                ("earmark-1/", 0o755),
                ("earmark-1/README.md", 0o644),
                ("earmark-1/earmark", 0o755)
            ]
        );
    }

    #[test]
    fn a_zip_holds_what_was_put_in() {
        let packed = zip(&contents(), 1_700_000_000).expect("a zip");
        assert_eq!(
            packed,
            zip(&contents(), 1_700_000_000).expect("a zip"),
            "the same again"
        );
        let read = rawzip::ZipArchive::from_slice(&packed).expect("a zip");
        let mut found = Vec::new();
        for entry in read.entries() {
            let entry = entry.expect("an entry");
            let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
            let entry = read.get_entry(entry.wayfinder()).expect("the data");
            let mut text = String::new();
            flate2::read::DeflateDecoder::new(entry.data())
                .read_to_string(&mut text)
                .expect("text");
            found.push((name, text));
        }
        let found: Vec<_> = found
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        assert_eq!(
            found,
            [("earmark-1/README.md", "text"), ("earmark-1/earmark", "program")]
        );
    }
}
