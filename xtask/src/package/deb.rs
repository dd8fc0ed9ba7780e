//! The Debian package, by `dpkg-deb`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use flate2::{Compression, GzBuilder};

use super::contents::Contents;
use super::{Release, VERSION, needs, text};
use crate::error::TaskError;
use crate::run::{create_dir, read, remove_dir, run, succeeds, write};

/// Writes `earmark_VERSION_ARCHITECTURE.deb` into `out`. On systems without `dpkg-deb` it says so and writes none.
pub(super) fn deb(release: &Release, out: &Path) -> Result<Option<PathBuf>, TaskError> {
    if !succeeds(Command::new("dpkg-deb").arg("--version")) {
        println!("    No .deb: `dpkg-deb` is not installed.");
        return Ok(None);
    }
    let data = data(release)?;
    let mut all = Contents::default();
    all.under("", &data);
    all.file("DEBIAN/control", control(release, &data)?);
    all.file("DEBIAN/md5sums", md5sums(&data));

    let root = out.join("deb");
    remove_dir(&root)?;
    lay_out(&all, &root, release.time)?;
    let path = out.join(format!("earmark_{VERSION}_{}.deb", release.system.debian));
    // One thread: with more, xz cuts the file by their number.
    run(Command::new("dpkg-deb")
        .env("SOURCE_DATE_EPOCH", release.time.to_string())
        .env("DPKG_DEB_THREADS_MAX", "1")
        .args(["--root-owner-group", "-Zxz", "--build"])
        .args([&root, &path]))?;
    Ok(Some(path))
}

/// What is installed.
fn data(release: &Release) -> Result<Contents, TaskError> {
    let mut data = Contents::default();
    data.program("usr/bin/earmark", release.built.program.clone());
    data.under("usr/lib/vst3/Earmark.vst3", &release.built.vst3);
    data.under("usr/lib/clap", &release.built.clap);
    for (page, file) in release.pages.files() {
        if page.ends_with(".1") {
            data.file(format!("usr/share/man/man1/{page}.gz"), gz(&file.bytes)?);
        }
    }
    for (from, to) in [
        ("earmark.bash", "bash-completion/completions/earmark"),
        ("_earmark", "zsh/vendor-completions/_earmark"),
        ("earmark.fish", "fish/vendor_completions.d/earmark.fish"),
    ] {
        let script = release.pages.get(from).ok_or_else(|| {
            TaskError::Package(format!(
                "`earmark pages` wrote no {from}. Build the program again"
            ))
        })?;
        data.file(format!("usr/share/{to}"), script);
    }
    let doc = "usr/share/doc/earmark";
    data.file(format!("{doc}/copyright"), text("packaging/linux/copyright")?);
    data.file(format!("{doc}/NOTICE.gz"), gz(release.notice.as_bytes())?);
    data.file(
        format!("{doc}/changelog.gz"),
        gz(&read(Path::new("CHANGELOG.md"))?)?,
    );
    data.file(
        "usr/share/lintian/overrides/earmark",
        read(Path::new("packaging/linux/lintian-overrides"))?,
    );
    Ok(data)
}

fn control(release: &Release, data: &Contents) -> Result<String, TaskError> {
    Ok(text("packaging/linux/control")?
        .replace("@ARCHITECTURE@", release.system.debian)
        .replace("@INSTALLED_SIZE@", &installed_size(data).to_string())
        .replace("@DEPENDS@", &needs::depends(release.built.libraries())?))
}

/// In KiB, counted as Debian counts: every file by whole KiB, every folder as one.
fn installed_size(data: &Contents) -> u64 {
    let files: u64 = data
        .files()
        .map(|(_, file)| (file.bytes.len() as u64).div_ceil(1024))
        .sum();
    files + data.folders().len() as u64
}

fn md5sums(data: &Contents) -> String {
    data.files()
        .map(|(path, file)| format!("{:x}  {path}\n", md5::compute(&file.bytes)))
        .collect()
}

/// Compressed as Debian wants manuals: as small as can be, without a time.
fn gz(bytes: &[u8]) -> Result<Vec<u8>, TaskError> {
    let mut packer = GzBuilder::new().write(Vec::new(), Compression::best());
    let packed = packer.write_all(bytes).and_then(|()| packer.finish());
    packed.map_err(|source| TaskError::File {
        action: "compress",
        path: "a manual page".into(),
        source,
    })
}

/// Writes files to the disk with their rights and one time.
fn lay_out(contents: &Contents, root: &Path, time: u64) -> Result<(), TaskError> {
    create_dir(root)?;
    for folder in contents.folders() {
        create_dir(&root.join(folder))?;
    }
    for (path, file) in contents.files() {
        write(&root.join(path), &file.bytes)?;
        settle(&root.join(path), file.mode(), time)?;
    }
    // Inner ones first: a file that is written gives its folder another time.
    for folder in contents.folders().into_iter().rev().chain([""]) {
        settle(&root.join(folder), 0o755, time)?;
    }
    Ok(())
}

/// Gives a file or folder its rights and its time.
fn settle(path: &Path, mode: u32, time: u64) -> Result<(), TaskError> {
    let failed = |source| TaskError::File {
        action: "set rights and time of",
        path: path.to_owned(),
        source,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    let file = std::fs::File::open(path).map_err(failed)?;
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(time))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_sums_are_debians() {
        let mut data = Contents::default();
        data.file("usr/a", vec![0; 1025]);
        data.file("usr/b", "");
        assert_eq!(installed_size(&data), 3);
        let sums = md5sums(&data);
        assert!(
            sums.ends_with("d41d8cd98f00b204e9800998ecf8427e  usr/b\n"),
            "{sums}"
        );
    }

    #[test]
    fn the_control_file_has_the_version_and_no_place_left_but_those_filled_in() {
        let control = std::fs::read_to_string("../packaging/linux/control").expect("the file");
        let mut left = control.replace("@VERSION@", VERSION);
        for place in ["@ARCHITECTURE@", "@INSTALLED_SIZE@", "@DEPENDS@"] {
            assert!(left.contains(place), "{place}");
            left = left.replace(place, "");
        }
        assert!(
            !left.contains('@') || left.matches('@').count() == 1,
            "only the address: {left}"
        );
    }
}
