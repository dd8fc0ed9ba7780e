//! `earmark find`: what it prints and writes, on files and folders.

mod common;

use std::path::{Path, PathBuf};

use common::{earmark, names, prints, refuses, scene, write_wav};
use serde_json::Value;

const RATE: u32 = 32_000;

/// A minute of quiet noise in which something loud lasts from 20 to 22.5 s and from 41 to 41.6 s.
fn minute(folder: &Path) -> PathBuf {
    let path = folder.join("minute.wav");
    let noise = scene(1, 60 * RATE as usize, RATE);
    let there = |n: usize| {
        let time = n as f64 / f64::from(RATE);
        (20.0..22.5).contains(&time) || (41.0..41.6).contains(&time)
    };
    let sample = |(n, x): (usize, &f32)| if there(n) { *x } else { 1e-3 * x };
    let sound = noise[0].iter().enumerate().map(sample).collect();
    write_wav(&path, RATE, &[sound]);
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn line(text: &str) -> Value {
    serde_json::from_str(text.lines().next().expect("a line")).expect("one JSON object a line")
}

fn times(found: &Value) -> Vec<(f64, f64)> {
    let number = |one: &Value, key: &str| one[key].as_f64().expect("a number");
    let all = found["occurrences"].as_array().expect("a list");
    all.iter()
        .map(|one| (number(one, "onset"), number(one, "offset")))
        .collect()
}

#[test]
fn what_is_told_is_in_the_files_own_time_whatever_part_is_searched() {
    let folder = folder();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/dog_in_the_rain.wav");
    let path = path.to_str().expect("UTF-8");
    let find = |more: &[&str]| {
        let arguments = [
            &[
                "find",
                path,
                "a dog barking",
                "--smooth",
                "0.1",
                "--gap",
                "0.2",
                "--json",
            ],
            more,
        ]
        .concat();
        times(&line(&prints(folder.path(), &arguments)))
    };
    let whole = find(&[]);
    let part = find(&["--start", "0:01.2", "--end", "3.2"]);
    let inside: Vec<_> = whole.iter().filter(|one| one.0 > 1.2 && one.1 < 3.2).collect();
    assert!(
        part.len() >= 2 && part.len() == inside.len(),
        "{part:?} of {whole:?}"
    );
    for (one, other) in part.iter().zip(inside) {
        let near = (one.0 - other.0).abs() < 0.05 && (one.1 - other.1).abs() < 0.05;
        assert!(near, "{one:?} is not {other:?}");
    }
    assert!(find(&["--shortest", "4.6"]).is_empty());
    write_wav(&folder.path().join("short.wav"), RATE, &scene(1, 8_000, RATE));
    let behind = refuses(folder.path(), &["find", "short.wav", "rain", "--start", "61"]);
    assert!(behind.contains("0.25 s long"), "{behind}");
}

#[test]
fn the_files_for_other_programs_hold_what_is_printed() {
    let folder = folder();
    minute(folder.path());
    let exports = [
        "-o",
        "found.json",
        "--labels",
        "found.txt",
        "--regions",
        "found.csv",
        "--srt",
        "found.srt",
    ];
    let printed = line(&prints(
        folder.path(),
        &[
            &["find", "minute.wav", "not a church bell", "--json"],
            &exports[..],
        ]
        .concat(),
    ));
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    let count = times(&printed).len();
    assert!(count > 0, "{printed}");
    assert_eq!(text("found.txt").lines().count(), count);
    assert_eq!(text("found.csv").lines().count(), count + 1);
    assert_eq!(text("found.srt").lines().count(), 4 * count);
    let kept: Value = serde_json::from_str(&text("found.json")).expect("JSON");
    assert_eq!(kept["occurrences"], printed["occurrences"]);
    for (label, (onset, offset)) in text("found.txt").lines().zip(times(&printed)) {
        let parts: Vec<&str> = label.split('\t').collect();
        assert_eq!(parts[0], format!("{onset:.6}"));
        assert_eq!(parts[1], format!("{offset:.6}"));
        assert!(parts[2].starts_with("not a church bell ("), "{label}");
    }
    // Both ends of what is allowed.
    prints(
        folder.path(),
        &["find", "minute.wav", "rain", "--threshold", "0.01"],
    );
    let words = prints(folder.path(), &["find", "minute.wav", "rain", "--threshold", "1"]);
    assert!(words.contains("60.00 s of sound"), "{words}");
}

#[test]
fn a_folder_goes_on_where_it_was_and_keeps_what_was_worked_on() {
    let folder = folder();
    let library = folder.path().join("library/sub");
    std::fs::create_dir_all(&library).expect("a folder for the test");
    for name in ["a.wav", "sub/a.wav", "sub/b.wav"] {
        let path = folder.path().join("library").join(name);
        write_wav(&path, RATE, &scene(2, RATE as usize, RATE));
    }
    let find = |more: &[&str]| -> (Vec<Value>, Option<i32>) {
        let usual = [
            "find", "library", "rain", "-o", "out", "--labels", "labels", "--json",
        ];
        let output = earmark(folder.path(), &[&usual, more].concat());
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (text.lines().map(line).collect(), output.status.code())
    };
    let of = |lines: &[Value], status: &str| lines.iter().filter(|line| line["status"] == status).count();
    let (lines, code) = find(&["--shard", "1/2"]);
    assert_eq!((of(&lines, "done"), code), (2, Some(0)));
    assert_eq!(names(&folder.path().join("out/sub")), ["b.json"]);
    std::fs::write(folder.path().join("labels/a.txt"), "mine").expect("it can be changed");
    std::fs::remove_file(folder.path().join("labels/sub/b.txt")).expect("it was written");
    let first = lines[0]["occurrences"].clone();

    let (lines, code) = find(&[]);
    assert_eq!((of(&lines, "done"), of(&lines, "skipped"), code), (1, 2, Some(0)));
    assert_eq!(lines[0]["occurrences"], first, "as it was found then");
    let labels = |name: &str| std::fs::read_to_string(folder.path().join("labels").join(name)).ok();
    assert_eq!(labels("a.txt").as_deref(), Some("mine"));
    assert!(labels("sub/b.txt").is_some(), "what is missing is written again");

    // Other settings, and a file that has changed: searched again.
    assert_eq!(of(&find(&["--gap", "0.4"]).0, "done"), 3);
    write_wav(
        &folder.path().join("library/sub/b.wav"),
        RATE,
        &scene(1, 40_000, RATE),
    );
    assert_eq!(of(&find(&["--gap", "0.4"]).0, "done"), 1);
    assert_eq!(of(&find(&["--gap", "0.4", "--overwrite"]).0, "done"), 3);

    // A file of somebody else's stands in the way of one, and of no other.
    std::fs::write(folder.path().join("out/sub/a.json"), "{\"keys\": 3}").expect("a file for the test");
    let (lines, code) = find(&["--gap", "0.4"]);
    assert_eq!(
        (of(&lines, "failed"), of(&lines, "skipped"), code),
        (1, 2, Some(1))
    );
    let kept = std::fs::read_to_string(folder.path().join("out/sub/a.json"));
    assert_eq!(kept.ok().as_deref(), Some("{\"keys\": 3}"));
}

#[test]
fn what_is_there_is_found_and_what_is_not_there_is_not() {
    let folder = folder();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let example = |name: &str| examples.join(name).to_str().expect("UTF-8").to_owned();
    let find = |path: &str, query: &str| {
        let found = line(&prints(folder.path(), &["find", path, query, "--json"]));
        let all = found["occurrences"].as_array().expect("a list").clone();
        let confidence = |one: &Value| one["confidence"].as_f64().expect("a number");
        all.iter().map(confidence).collect::<Vec<f64>>()
    };
    let barks = find(&example("dog_in_the_rain.wav"), "a dog barking");
    assert!(
        barks.len() == 3 && barks.iter().all(|&one| one > 0.5),
        "{barks:?}"
    );
    // A separator alone is 0.9 sure of each of these: the barks are what resembles them most.
    for absent in ["a siren", "a cat", "a church bell", "an engine"] {
        assert!(
            find(&example("dog_in_the_rain.wav"), absent).is_empty(),
            "{absent}"
        );
    }
    let typing = find(&example("typing_over_speech.wav"), "typing on a keyboard");
    assert!(!typing.is_empty());
    // By a sound as well.
    let dog = example("dog.wav");
    let like = |path: &str| {
        let arguments = ["find", path, "--like", &dog, "--json"];
        times(&line(&prints(folder.path(), &arguments))).len()
    };
    assert_eq!(like(&example("typing_over_speech.wav")), 0);
    assert!(like(&example("dog_in_the_rain.wav")) > 0);
}

#[test]
fn a_list_of_scenes_is_scored_at_every_threshold() {
    let folder = folder();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let examples = examples.to_str().expect("UTF-8");
    let heading = "scene\tseconds\tnoise_wavs\tcaption\tsrc_wav\tat\tgain_db\tonset\toffset\n";
    let rows = "1\t12\train.wav\ta dog barking\tdog.wav\t4\t10\t4\t8.5\n\
                1\t12\train.wav\ta church bell\t\t\t\t\t\n";
    let list = folder.path().join("list.tsv");
    std::fs::write(&list, heading.to_owned() + rows).expect("a list for the test");
    let score = |more: &[&str]| {
        let usual = [
            "find",
            "--score",
            "list.tsv",
            "--audio",
            examples,
            "--threshold",
            "0.55",
        ];
        prints(folder.path(), &[&usual, more].concat())
    };
    let figures: Vec<Value> = serde_json::from_str(&score(&["--json"])).expect("a list");
    assert_eq!(figures.len(), 10, "nine, and the one that was asked for");
    let of = |figures: &Value, key: &str| figures[key].as_f64().expect("a number");
    assert!(
        figures
            .windows(2)
            .all(|two| of(&two[0], "threshold") < of(&two[1], "threshold"))
    );
    assert!(of(&figures[0], "segment_f1") > 0.5, "{figures:?}");
    let all = |key: &str| figures.iter().all(|one| (0.0..=1.0).contains(&of(one, key)));
    assert!(all("precision") && all("recall") && all("f1"));
    let alarms = |one: &Value| of(one, "false_alarms_an_hour");
    assert!(alarms(&figures[9]) <= alarms(&figures[0]));
    let table = score(&[]);
    let marked: Vec<&str> = table.lines().filter(|line| line.starts_with('*')).collect();
    assert!(marked.len() == 1 && marked[0].contains("0.55"), "{table}");

    score(&["--chart", "chart.png"]);
    let picture = std::fs::File::open(folder.path().join("chart.png")).expect("a chart");
    let reader = png::Decoder::new(std::io::BufReader::new(picture)).read_info();
    let mut reader = reader.expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    assert_eq!((info.width, info.height), (900, 640));
    let inked = |colour: [u8; 3]| pixels.chunks_exact(3).filter(|pixel| **pixel == colour).count();
    // Ten thresholds and the key: eleven dots of one curve, which lies above the others, and as many squares of two, some of them
    // below it.
    assert!(inked([24, 96, 160]) > 11 * 30, "{}", inked([24, 96, 160]));
    assert!(inked([214, 120, 40]) > 12 * 30, "{}", inked([214, 120, 40]));

    std::fs::write(&list, heading.to_owned() + &rows.replace("8.5", "13")).expect("a list for the test");
    let wrong = refuses(
        folder.path(),
        &["find", "--score", "list.tsv", "--audio", examples],
    );
    assert!(
        wrong.contains("row 2") && wrong.contains("no time within"),
        "{wrong}"
    );
}

#[test]
fn what_cannot_be_is_refused_before_any_work() {
    let folder = folder();
    write_wav(&folder.path().join("a.wav"), RATE, &scene(1, 8_000, RATE));
    write_wav(&folder.path().join("b.wav"), RATE, &scene(1, 8_000, RATE));
    let refused = |arguments: &[&str]| refuses(folder.path(), &[&["find"], arguments].concat());
    assert!(refused(&["a.wav", "rain", "--labels", "a.wav"]).contains("both the input and an output"));
    assert!(refused(&["a.wav", "rain", "--labels", "x", "--srt", "x"]).contains("an output and another one"));
    assert!(refused(&["a.wav", "rain", "--labels", "no/such/folder.txt"]).contains("no folder"));
    assert!(refused(&["a.wav", "rain", "--jobs", "2"]).contains("--jobs"));
    assert!(refused(&["a.wav", "-", "rain"]).contains("stands alone"));
    assert!(refused(&["a.wav", "b.wav", "rain", "-o", "a.wav"]).contains("name a folder"));
    assert!(refused(&["gone.wav", "rain"]).contains("gone.wav"));
    assert!(refused(&["a.wav", " "]).contains("empty"));
    let wrong = refused(&["a.wav", "rain", "--threshold", "1.5"]);
    assert!(
        wrong.contains("1.5") && wrong.contains("from 0.01 to 1"),
        "{wrong}"
    );
}
