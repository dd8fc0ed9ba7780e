//! Paths that some system treats otherwise than others: long ones, of many scripts, and of a file that somebody has open.

mod common;

use std::path::PathBuf;

use common::{names, prints, read_wav, scene, write_wav};

/// Longer than the 260 characters that programs for Windows had once.
const LONG: usize = 400;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

#[test]
fn a_path_is_as_long_and_of_as_many_scripts_as_the_system_lets_it() {
    let folder = folder();
    let mut below = PathBuf::from("aufnahmen");
    while folder.path().join(&below).as_os_str().len() < LONG {
        below.push("Größe – 音の録音 – звук 🎙");
    }
    let library = folder.path().join(&below);
    std::fs::create_dir_all(&library).expect("a folder for the test");
    write_wav(&library.join("büro 1.wav"), 48_000, &scene(1, 4_800, 48_000));
    let input = below.join("büro 1.wav").into_os_string();
    let output = below.join("hund.wav").into_os_string();
    let rest = below.join("rest.flac").into_os_string();
    let words = [
        "separate".into(),
        input,
        "a dog".into(),
        "-o".into(),
        output,
        "--rest".into(),
        rest,
    ];
    prints(folder.path(), &words);
    assert_eq!(read_wav(&library.join("hund.wav")).1[0].len(), 4_800);
    let words = ["separate", "aufnahmen", "a dog", "-o", "out"];
    prints(folder.path(), &words);
    let made = folder
        .path()
        .join("out")
        .join(below.strip_prefix("aufnahmen").expect("below it"));
    assert!(
        names(&made).iter().any(|name| name == "büro 1 - a dog.wav"),
        "{:?}",
        names(&made)
    );
}

/// Windows keeps a file from being replaced while a program has it open that does not share it.
#[cfg(windows)]
#[test]
fn an_output_that_somebody_has_open_stays_and_is_named() {
    use std::os::windows::fs::OpenOptionsExt;

    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(1, 4_800, 48_000));
    let words = ["separate", "in.wav", "a dog", "-o", "out.wav"];
    prints(folder.path(), &words);
    let before = std::fs::read(folder.path().join("out.wav")).expect("an output");
    let open = std::fs::File::options()
        .read(true)
        .share_mode(0)
        .open(folder.path().join("out.wav"))
        .expect("it opens");
    let output = common::earmark(folder.path(), &words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    drop(open);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("out.wav"), "{said}");
    assert_eq!(
        std::fs::read(folder.path().join("out.wav")).expect("it is there"),
        before
    );
    assert_eq!(
        names(folder.path()),
        ["in.wav", "out.wav"],
        "nothing is left behind"
    );
    prints(folder.path(), &words);
}
