//! Everything that can be mistyped, missing or broken: one sentence, exit code 2, nothing left behind.

mod common;

use std::path::Path;

use common::{fixture, refuses, scene, write_wav};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn folder_with_sound() -> tempfile::TempDir {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(1, 24_000, 48_000));
    folder
}

#[test]
fn a_missing_file() {
    let folder = folder();
    let sentence = refuses(folder.path(), &["separate", "nowhere.wav", "a dog"]);
    assert!(sentence.contains("nowhere.wav"), "{sentence}");
}

#[test]
fn a_folder_instead_of_a_file() {
    let folder = folder();
    let sentence = refuses(folder.path(), &["separate", ".", "a dog"]);
    assert!(sentence.contains("folder"), "{sentence}");
}

#[test]
fn what_is_not_audio() {
    let folder = folder();
    let noise: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8)
        .collect();
    let contents: [(&str, &[u8]); 5] = [
        (
            "letter.wav",
            b"Dear sound, please be alone. This is a text, not a sound, whatever its name says.",
        ),
        ("empty.flac", b""),
        ("noise.mp3", &noise),
        ("header.wav", b"RIFF\x24\x00\x00\x00WAVE"),
        (
            "picture.png",
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01",
        ),
    ];
    for (name, bytes) in contents {
        std::fs::write(folder.path().join(name), bytes).expect("a file for the test");
        let sentence = refuses(folder.path(), &["separate", name, "a dog"]);
        assert!(
            sentence.contains(name) && sentence.contains("WAV, AIFF, FLAC, MP3, M4A, Ogg Vorbis or Opus"),
            "{sentence}"
        );
    }
}

#[test]
fn opus_with_a_matrix_is_named() {
    let folder = folder();
    // The first page of `tone.opus` with mapping family 3.
    let path = fixture("matrix.opus");
    let sentence = refuses(
        folder.path(),
        &[
            "separate",
            path.to_str().expect("UTF-8"),
            "a dog",
            "-o",
            "out.wav",
        ],
    );
    assert!(sentence.contains("Opus"), "{sentence}");
}

#[test]
fn an_empty_query() {
    let folder = folder_with_sound();
    for query in ["", "   ", "\t\n"] {
        let sentence = refuses(folder.path(), &["separate", "in.wav", query]);
        assert!(sentence.contains("query is empty"), "{sentence}");
    }
}

#[test]
fn an_unknown_model() {
    let folder = folder_with_sound();
    let sentence = refuses(
        folder.path(),
        &["separate", "in.wav", "a dog", "--model", "enormous"],
    );
    assert!(
        sentence.contains("enormous") && sentence.contains("earmark-small"),
        "{sentence}"
    );
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = folder_with_sound();
    std::fs::create_dir(folder.path().join("shelf")).expect("a folder for the test");
    let nowhere = Path::new("no").join("such").join("folder").join("out.wav");
    for output in [nowhere.to_str().expect("UTF-8"), "shelf", "in.wav/out.wav", ""] {
        refuses(folder.path(), &["separate", "in.wav", "a dog", "-o", output]);
        refuses(folder.path(), &["separate", "in.wav", "a dog", "--rest", output]);
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_not_replaced() {
    let folder = folder_with_sound();
    refuses(folder.path(), &["separate", "in.wav", "a dog", "-o", "/dev/null"]);
    assert!(
        !std::fs::metadata("/dev/null")
            .expect("the device is still there")
            .is_file()
    );
}

#[test]
fn an_output_that_is_the_input_or_the_other_output() {
    let folder = folder_with_sound();
    let before = std::fs::read(folder.path().join("in.wav")).expect("the input");
    refuses(folder.path(), &["separate", "in.wav", "a dog", "-o", "./in.wav"]);
    refuses(
        folder.path(),
        &["separate", "in.wav", "a dog", "--rest", "in.wav"],
    );
    refuses(
        folder.path(),
        &[
            "separate",
            "in.wav",
            "a dog",
            "-o",
            "out.wav",
            "--rest",
            "./out.wav",
        ],
    );
    assert_eq!(
        std::fs::read(folder.path().join("in.wav")).expect("the input"),
        before
    );
}

#[test]
fn a_wrong_block() {
    let folder = folder_with_sound();
    for block in ["0", "-1", "16385", "1.5", "big", ""] {
        let sentence = refuses(
            folder.path(),
            &["separate", "in.wav", "a dog", "--live", "--block", block],
        );
        assert!(sentence.contains("from 1 to 16384"), "{sentence}");
    }
}

#[test]
fn arguments_that_do_not_exist() {
    let folder = folder_with_sound();
    refuses::<&str>(folder.path(), &[]);
    refuses(folder.path(), &["separate"]);
    refuses(folder.path(), &["separate", "in.wav"]);
    refuses(
        folder.path(),
        &["separate", "in.wav", "a dog", "--mode", "louder"],
    );
    refuses(folder.path(), &["separate", "in.wav", "a dog", "--bits", "8"]);
    refuses(folder.path(), &["sing"]);
    refuses(folder.path(), &["models"]);
}

#[test]
fn more_channels_than_the_engine_has() {
    let folder = folder();
    write_wav(&folder.path().join("many.wav"), 48_000, &scene(9, 100, 48_000));
    let sentence = refuses(folder.path(), &["separate", "many.wav", "a dog"]);
    assert!(
        sentence.contains("9 channels") && sentence.contains("at most 8"),
        "{sentence}"
    );
}

#[test]
fn a_rate_that_no_engine_has() {
    let folder = folder();
    for rate in [900, 2_900_000] {
        write_wav(&folder.path().join("odd.wav"), rate, &scene(1, 900, 48_000));
        let sentence = refuses(folder.path(), &["separate", "odd.wav", "a dog"]);
        assert!(
            sentence.contains(&format!("{rate} Hz")) && !sentence.contains("host"),
            "{sentence}"
        );
    }
}

#[test]
fn tables_of_pairs_that_cannot_be_used() {
    let folder = folder_with_sound();
    let refused = |table: &str| {
        std::fs::write(folder.path().join("pairs.tsv"), table).expect("a table for the test");
        refuses(folder.path(), &["evaluate", "pairs.tsv", "--audio", "."])
    };
    let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\n";
    assert!(refused("").contains("row 1"));
    assert!(refused("caption\tsrc_wav\n").contains("noise_wav, snr_db"));
    assert!(refused(heading).contains("no pairs"));
    let sentence = refused(&format!(
        "{heading}dog\tin.wav\tin.wav\t0\ndog\tin.wav\tgone.wav\t0\n"
    ));
    assert!(
        sentence.contains("row 3") && sentence.contains("gone.wav"),
        "{sentence}"
    );
    let sentence = refused(&format!("{heading}dog\tin.wav\tin.wav\tloud\n"));
    assert!(
        sentence.contains("row 2") && sentence.contains("loud"),
        "{sentence}"
    );

    std::fs::write(
        folder.path().join("pairs.tsv"),
        format!("{heading}dog\tin.wav\tin.wav\t0\n"),
    )
    .expect("a table");
    refuses(folder.path(), &["evaluate", "missing.tsv", "--audio", "."]);
    refuses(folder.path(), &["evaluate", "in.wav", "--audio", "."]);
    refuses(folder.path(), &["evaluate", "pairs.tsv", "--audio", "nowhere"]);
    refuses(
        folder.path(),
        &["evaluate", "pairs.tsv", "--audio", ".", "--model", "enormous"],
    );
    refuses(
        folder.path(),
        &["evaluate", "pairs.tsv", "--audio", ".", "--limit", "0"],
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    use std::time::{Duration, Instant};

    let folder = folder();
    let long = [common::names(folder.path()), vec!["in.wav".into()]].concat();
    write_wav(
        &folder.path().join("in.wav"),
        48_000,
        &scene(1, 60 * 48_000, 48_000),
    );
    let arguments = [
        "separate", "in.wav", "a dog", "--live", "-o", "out.wav", "--rest", "rest.wav",
    ];
    let mut child = common::command(folder.path(), &arguments)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("earmark runs");
    let started = Instant::now();
    while common::names(folder.path()).len() < 3 {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "no temporary files appear"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .is_ok_and(|status| status.success())
    );
    let status = child.wait().expect("earmark ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(common::names(folder.path()), long);
}
