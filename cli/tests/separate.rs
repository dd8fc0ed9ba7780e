//! `earmark separate`: lengths, sums, formats.

mod common;

use std::path::Path;

use common::{
    difference_db, earmark, fixture, fixture_sound, names, prints, read_wav, refuses, scene, write_wav,
};
use serde_json::Value;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&prints(folder, &[arguments, &["--json"]].concat())).expect("one JSON object")
}

#[test]
fn the_output_is_as_long_as_the_input_and_the_parts_add_up_to_it() {
    let folder = folder();
    for (rate, channels, frames) in [
        (44_100, 2, 60_001),
        (48_000, 1, 33_333),
        (48_000, 2, 96_007),
        (32_000, 1, 32_000),
        (22_050, 2, 10_007),
        (96_000, 1, 50_021),
        (48_000, 1, 1),
    ] {
        let sound = scene(channels, frames, rate);
        write_wav(&folder.path().join("in.wav"), rate, &sound);
        let report = report(
            folder.path(),
            &[
                "separate",
                "in.wav",
                "a bird singing",
                "-o",
                "out.wav",
                "--rest",
                "rest.wav",
            ],
        );
        let (spec, target) = read_wav(&folder.path().join("out.wav"));
        let (_, rest) = read_wav(&folder.path().join("rest.wav"));
        assert_eq!(
            (spec.sample_rate, usize::from(spec.channels), spec.bits_per_sample),
            (rate, channels, 32)
        );
        assert!(
            target.iter().chain(&rest).all(|channel| channel.len() == frames),
            "{rate} Hz, {channels} channels"
        );
        let sum: Vec<Vec<f32>> = target
            .iter()
            .zip(&rest)
            .map(|(t, r)| t.iter().zip(r).map(|(t, r)| t + r).collect())
            .collect();
        let error = difference_db(&sum, &sound);
        assert!(
            error < -120.0,
            "{rate} Hz, {channels} channels: target + rest differs from the input by {error} dB"
        );
        assert_eq!(report["sample_rate"], rate);
        assert_eq!(report["channels"], channels);
        assert_eq!(report["late_blocks"], 0);
        let seconds = report["seconds"].as_f64().expect("a number");
        assert!((seconds - frames as f64 / f64::from(rate)).abs() < 1e-9);
    }
}

#[test]
fn remove_writes_what_isolate_leaves() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 44_100, &scene(2, 44_117, 44_100));
    let run = |arguments: &[&str]| {
        prints(
            folder.path(),
            &[&["separate", "in.wav", "a dog barking"], arguments].concat(),
        )
    };
    run(&["-o", "target.wav", "--rest", "rest.wav"]);
    let said = run(&["--mode", "remove", "-o", "removed.wav", "--rest", "gone.wav"]);
    let read = |name: &str| read_wav(&folder.path().join(name)).1;
    assert_eq!(read("removed.wav"), read("rest.wav"));
    assert_eq!(read("gone.wav"), read("target.wav"));
    assert!(said.contains("rest: ") && said.contains("removed.wav"), "{said}");
    // A model that hears nothing or everything would make this test empty.
    let share = difference_db(&read("rest.wav"), &scene(2, 44_117, 44_100));
    assert!(
        (-60.0..0.0).contains(&share),
        "the target has {share} dB of the mixture"
    );
}

#[test]
fn the_query_decides_what_is_heard() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(1, 48_000, 48_000));
    for (query, name) in [
        ("a dog barking", "a.wav"),
        ("the sound of hitting the keyboard", "b.wav"),
        ("a dog barking", "c.wav"),
    ] {
        prints(folder.path(), &["separate", "in.wav", query, "-o", name]);
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("the output");
    assert_eq!(read("a.wav"), read("c.wav"), "two runs differ");
    assert_ne!(read("a.wav"), read("b.wav"), "the query is not heard");
}

#[test]
fn every_format_is_read_in_time_with_the_original() {
    let folder = folder();
    let sound = fixture_sound();
    for (name, lossy_db) in [("tone.flac", -80.0), ("tone.mp3", -20.0), ("tone.ogg", -20.0)] {
        let input = fixture(name);
        let input = input.to_str().expect("UTF-8");
        prints(
            folder.path(),
            &["separate", input, "a flute", "-o", "t.wav", "--rest", "r.wav"],
        );
        let (spec, target) = read_wav(&folder.path().join("t.wav"));
        let (_, rest) = read_wav(&folder.path().join("r.wav"));
        let sum: Vec<Vec<f32>> = target
            .iter()
            .zip(&rest)
            .map(|(t, r)| t.iter().zip(r).map(|(t, r)| t + r).collect())
            .collect();
        assert_eq!((spec.sample_rate, spec.channels), (44_100, 2), "{name}");
        assert_eq!(sum[0].len(), 30_870, "{name}");
        let error = difference_db(&sum, &sound);
        assert!(error < lossy_db, "{name} differs from the original by {error} dB");
    }
}

#[test]
fn the_default_output_lies_beside_the_input() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("takes")).expect("a folder for the test");
    write_wav(
        &folder.path().join("takes/one.wav"),
        48_000,
        &scene(1, 9_600, 48_000),
    );
    prints(
        folder.path(),
        &["separate", "takes/one.wav", "a door: open/shut?"],
    );
    assert_eq!(
        names(&folder.path().join("takes")),
        ["one - a door_ open_shut_.wav", "one.wav"]
    );
}

#[test]
fn an_older_output_is_replaced_only_by_a_whole_one() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(1, 9_600, 48_000));
    std::fs::write(folder.path().join("out.wav"), b"older").expect("a file for the test");
    refuses(
        folder.path(),
        &[
            "separate", "in.wav", "a dog", "-o", "out.wav", "--model", "enormous",
        ],
    );
    assert_eq!(
        std::fs::read(folder.path().join("out.wav")).expect("the output"),
        b"older"
    );
    prints(folder.path(), &["separate", "in.wav", "a dog", "-o", "out.wav"]);
    assert_eq!(read_wav(&folder.path().join("out.wav")).1[0].len(), 9_600);
}

#[test]
fn integers_of_16_and_24_bits() {
    let folder = folder();
    let sound = scene(2, 9_601, 48_000);
    write_wav(&folder.path().join("in.wav"), 48_000, &sound);
    let run = |bits: &str| {
        prints(
            folder.path(),
            &[
                "separate", "in.wav", "a dog", "-o", "t.wav", "--rest", "r.wav", "--bits", bits,
            ],
        );
        let (spec, target) = read_wav(&folder.path().join("t.wav"));
        assert_eq!(spec.bits_per_sample.to_string(), bits);
        let rest = read_wav(&folder.path().join("r.wav")).1;
        let sum: Vec<Vec<f32>> = target
            .iter()
            .zip(&rest)
            .map(|(t, r)| t.iter().zip(r).map(|(t, r)| t + r).collect())
            .collect();
        difference_db(&sum, &sound)
    };
    let (coarse, fine) = (run("16"), run("24"));
    assert!((-100.0..-75.0).contains(&coarse), "{coarse} dB");
    assert!((-150.0..-120.0).contains(&fine), "{fine} dB");
}

#[test]
fn a_file_cut_short_is_read_up_to_the_cut() {
    let folder = folder();
    write_wav(
        &folder.path().join("whole.wav"),
        48_000,
        &scene(1, 48_000, 48_000),
    );
    let whole = std::fs::read(folder.path().join("whole.wav")).expect("the file");
    let flac = std::fs::read(fixture("tone.flac")).expect("the fixture");
    for (name, bytes) in [("cut.wav", &whole[..100_001]), ("cut.flac", &flac[..20_000])] {
        std::fs::write(folder.path().join(name), bytes).expect("a file for the test");
        prints(folder.path(), &["separate", name, "a dog", "-o", "out.wav"]);
        let heard = read_wav(&folder.path().join("out.wav")).1[0].len();
        assert!(heard > 10_000 && heard < 48_000, "{name}: {heard} samples");
    }
}

#[test]
fn a_file_without_a_sample_gives_one_without_a_sample() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &[vec![]]);
    prints(folder.path(), &["separate", "in.wav", "a dog", "-o", "out.wav"]);
    assert_eq!(read_wav(&folder.path().join("out.wav")).1[0].len(), 0);
}

#[test]
fn live_runs_at_the_speed_of_the_sound() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(2, 72_000, 48_000));
    let arguments = [
        "separate",
        "in.wav",
        "a dog barking",
        "-o",
        "out.wav",
        "--rest",
        "rest.wav",
        "--live",
        "--block",
        "256",
    ];
    let report = report(folder.path(), &arguments);
    let elapsed = report["elapsed_seconds"].as_f64().expect("a number");
    let latency = report["latency_seconds"].as_f64().expect("a number");
    assert!(elapsed > 1.4 + latency && elapsed < 10.0, "{elapsed} s");
    assert_eq!(report["live_block"], 256);
    assert!(report["blocks"].as_u64() > Some(0) && report["late_blocks"].is_u64());
    assert!(report["cpu_seconds"].as_f64() > Some(0.0));
    assert_eq!(read_wav(&folder.path().join("out.wav")).1[1].len(), 72_000);
}

#[test]
fn words_for_people_and_help() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(1, 4_800, 48_000));
    let output = earmark(folder.path(), &["separate", "in.wav", "a dog"]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        said.contains("target: ") && said.contains("in - a dog.wav") && said.contains("CPU time"),
        "{said}"
    );
    assert!(
        output.stderr.is_empty(),
        "no progress bar where there is no terminal"
    );
    assert!(prints(folder.path(), &["--help"]).contains("separate"));
    assert!(prints(folder.path(), &["separate", "--help"]).contains("--rest"));
    assert!(prints(folder.path(), &["--version"]).starts_with("earmark "));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_to_its_end() {
    let folder = folder();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.expect("mkfifo runs").success());
    for name in ["tone.mp3", "tone.flac", "tone.ogg"] {
        let (bytes, into) = (std::fs::read(fixture(name)).expect("the fixture"), fifo.clone());
        let writer = std::thread::spawn(move || std::fs::write(into, bytes));
        prints(folder.path(), &["separate", "fifo", "a flute", "-o", "out.wav"]);
        writer.join().expect("a thread").expect("a pipe that is read");
        assert_eq!(
            read_wav(&folder.path().join("out.wav")).1[0].len(),
            30_870,
            "{name}"
        );
    }
}

#[test]
fn more_than_a_file_declares_is_written() {
    let folder = folder();
    for name in ["tone.ogg", "tone.mp3"] {
        let once = std::fs::read(fixture(name)).expect("the fixture");
        std::fs::write(folder.path().join(name), [once.clone(), once].concat()).expect("a file for the test");
        prints(folder.path(), &["separate", name, "a flute", "-o", "out.wav"]);
        let heard = read_wav(&folder.path().join("out.wav")).1[0].len();
        assert!(heard >= 2 * 30_870, "{name}: {heard} samples");
    }
}

#[test]
fn another_track_is_read_where_it_is_asked_for() {
    let folder = folder();
    // Two tones at 8000 Hz, of 0.1 and of 0.15 s.
    let film = fixture("two_tracks.mov");
    let film = film.to_str().expect("UTF-8");
    for (track, frames) in [("1", 800), ("2", 1200)] {
        prints(
            folder.path(),
            &[
                "separate", film, "a dog", "-o", "out.wav", "--rest", "rest.wav", "--track", track,
            ],
        );
        let (_, target) = read_wav(&folder.path().join("out.wav"));
        assert_eq!((target.len(), target[0].len()), (1, frames), "track {track}");
    }
    let sentence = refuses(
        folder.path(),
        &["separate", film, "a dog", "-o", "out.wav", "--track", "3"],
    );
    assert!(sentence.contains("choose one from 1 to 2"), "{sentence}");
}
