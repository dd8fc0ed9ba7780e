//! `earmark separate` on folders and with several queries.

mod common;

use std::path::Path;
use std::time::SystemTime;

use common::{difference_db, earmark, fixture, names, prints, read_wav, refuses, scene, write_wav};
use serde_json::Value;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// A library of four short sounds in two folders, and a text between them.
fn library() -> tempfile::TempDir {
    let folder = folder();
    let library = folder.path().join("library");
    std::fs::create_dir_all(library.join("sub")).expect("a folder for the test");
    for (name, rate) in [("a.wav", 48_000), ("c.wav", 44_100), ("sub/b.wav", 32_000)] {
        write_wav(&library.join(name), rate, &scene(1, 4_800, rate));
    }
    std::fs::copy(fixture("tone.flac"), library.join("sub/tone.flac")).expect("a file for the test");
    std::fs::write(library.join("notes.txt"), b"no sound").expect("a file for the test");
    folder
}

/// The lines that a run with `--json` prints, and its exit code.
fn lines(folder: &Path, arguments: &[&str]) -> (Vec<Value>, Option<i32>) {
    let output = earmark(folder, &[&["separate"], arguments, &["--json"]].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // Paths are written as the system writes them; the tests compare with `/`.
    let text = if cfg!(windows) {
        text.replace(r"\\", "/")
    } else {
        text
    };
    let line = |line: &str| serde_json::from_str(line).expect("one JSON object a line");
    (text.lines().map(line).collect(), output.status.code())
}

fn inputs<'a>(lines: &'a [Value], status: &str) -> Vec<&'a str> {
    let of_status = lines.iter().filter(|line| line["status"] == status);
    of_status
        .map(|line| line["input"].as_str().expect("a path"))
        .collect()
}

#[test]
fn every_sound_of_a_folder_is_separated_into_the_same_folders() {
    let folder = library();
    let (found, code) = lines(folder.path(), &["library", "a dog", "-o", "out/dogs", "--rest"]);
    assert_eq!(code, Some(0));
    let expected = [
        "library/a.wav",
        "library/c.wav",
        "library/sub/b.wav",
        "library/sub/tone.flac",
    ];
    assert_eq!(inputs(&found, "done"), expected);
    assert_eq!(found[2]["outputs"][0]["query"], "a dog");
    assert_eq!(found[2]["outputs"][0]["path"], "out/dogs/sub/b - a dog.wav");
    assert_eq!(found[2]["rest"], "out/dogs/sub/b - without a dog.wav");
    assert_eq!(found[2]["sample_rate"], 32_000);
    let out = folder.path().join("out/dogs");
    assert_eq!(
        names(&out),
        [
            "a - a dog.wav",
            "a - without a dog.wav",
            "c - a dog.wav",
            "c - without a dog.wav",
            "sub"
        ]
    );
    let whole = [
        "b - a dog.wav",
        "b - without a dog.wav",
        "tone - a dog.wav",
        "tone - without a dog.wav",
    ];
    assert_eq!(names(&out.join("sub")), whole);
    assert_eq!(read_wav(&out.join("sub/b - a dog.wav")).1[0].len(), 4_800);
}

#[test]
fn what_is_finished_is_passed_over_and_what_lacks_a_part_is_not() {
    let folder = library();
    let run = |more: &[&str]| {
        lines(
            folder.path(),
            &[&["library", "a dog", "-o", "out", "--rest"], more].concat(),
        )
    };
    assert_eq!(run(&[]).1, Some(0));
    std::fs::remove_file(folder.path().join("out/c - without a dog.wav")).expect("it was written");
    let written = |name: &str| -> SystemTime {
        let metadata = std::fs::metadata(folder.path().join("out").join(name)).expect("it is there");
        metadata.modified().expect("the system knows")
    };
    let before = (written("a - a dog.wav"), written("c - a dog.wav"));
    let (again, code) = run(&[]);
    assert_eq!((inputs(&again, "done"), code), (vec!["library/c.wav"], Some(0)));
    assert_eq!(inputs(&again, "skipped").len(), 3);
    assert_eq!(again[0]["rest"], "out/a - without a dog.wav");
    assert_eq!(written("a - a dog.wav"), before.0);
    assert!(written("c - a dog.wav") > before.1);
    assert_eq!(inputs(&run(&["--overwrite"]).0, "done").len(), 4);
}

#[test]
fn shards_do_all_files_and_none_twice() {
    let folder = library();
    let shard = |part: &str| {
        let (found, code) = lines(folder.path(), &["library", "a dog", "-o", "out", "--shard", part]);
        assert_eq!(code, Some(0));
        inputs(&found, "done")
            .iter()
            .map(|input| (*input).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(shard("1/3"), ["library/a.wav", "library/sub/tone.flac"]);
    assert_eq!(shard("2/3"), ["library/c.wav"]);
    assert_eq!(shard("3/3"), ["library/sub/b.wav"]);
    // More jobs than files: the last ones have nothing to do, which is no error.
    assert!(shard("9/9").is_empty());
}

#[test]
fn a_bad_file_does_not_stop_the_others_and_the_exit_code_says_so() {
    let folder = library();
    std::fs::write(folder.path().join("library/b.wav"), b"no sound either").expect("a file for the test");
    std::fs::copy(fixture("matrix.opus"), folder.path().join("library/z.opus")).expect("a file for the test");
    let (found, code) = lines(folder.path(), &["library", "a dog", "-o", "out"]);
    assert_eq!((inputs(&found, "done").len(), code), (4, Some(1)));
    assert_eq!(inputs(&found, "failed"), ["library/b.wav", "library/z.opus"]);
    let error = |i: usize| found[i]["error"].as_str().expect("a sentence").to_owned();
    assert!(
        error(1).contains("not a sound file") && error(5).contains("Opus"),
        "{found:?}"
    );

    let output = earmark(folder.path(), &["separate", "library", "a dog", "-o", "out"]);
    let said = String::from_utf8(output.stderr)
        .expect("UTF-8")
        .replace('\\', "/");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(
        said.contains("library/b.wav")
            && said.ends_with("2 of 6 files failed, as said above; the others are done.\n"),
        "{said}"
    );
    let words = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .replace('\\', "/");
    assert!(words.contains("library/a.wav: finished before"), "{words}");
}

#[test]
fn an_output_folder_inside_the_input_is_not_read_again() {
    let folder = library();
    for expected in [4, 0] {
        let (found, code) = lines(folder.path(), &["library", "a dog", "-o", "library/out"]);
        assert_eq!(
            (inputs(&found, "done").len(), found.len(), code),
            (expected, 4, Some(0))
        );
    }
}

#[test]
fn folders_that_cannot_be_used() {
    let folder = library();
    let refused = |arguments: &[&str]| refuses(folder.path(), &[&["separate"], arguments].concat());
    assert!(refused(&["library", "a dog"]).contains("-o"));
    assert!(refused(&["library", "a dog", "-o", "library"]).contains("both the input and the output"));
    assert!(refused(&["library", "a dog", "-o", "out.wav"]).contains("name a folder"));
    assert!(refused(&["library", "a dog", "-o", "library/a.wav"]).contains("name a folder"));
    assert!(refused(&["library", "a dog", "-o", "out", "--rest", "rest.wav"]).contains("leave the name out"));
    assert!(refused(&["library", "a dog", "-o", "out", "--shard", "4/3"]).contains("1/4 to 4/4"));
    assert!(refused(&["library", "-q", "a", "-q", "a", "-o", "out"]).contains("different names"));
    assert!(refused(&["library/a.wav", "a dog", "--shard", "1/2"]).contains("--shard is for folders"));
    assert!(refused(&["library/a.wav", "a dog", "--overwrite"]).contains("--overwrite is for folders"));
    std::fs::create_dir(folder.path().join("empty")).expect("a folder for the test");
    assert!(refused(&["empty", "a dog", "-o", "out"]).contains("no sound file"));
}

fn read(folder: &Path, name: &str) -> Vec<Vec<f32>> {
    read_wav(&folder.join(name)).1
}

#[test]
fn each_query_has_its_file_as_if_it_had_been_asked_alone() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(2, 24_000, 48_000));
    let two = ["in.wav", "-q", "a dog", "-q", "rain", "-o", "two", "--rest"];
    let (found, code) = lines(folder.path(), &two);
    assert_eq!(code, Some(0));
    assert_eq!(
        names(&folder.path().join("two")),
        [
            "in - a dog.wav",
            "in - rain.wav",
            "in - without a dog and rain.wav"
        ]
    );
    let queries: Vec<&str> = found[0]["queries"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(queries, ["a dog", "rain"]);
    for query in ["a dog", "rain"] {
        prints(folder.path(), &["separate", "in.wav", query]);
        let name = format!("in - {query}.wav");
        assert_eq!(
            read(folder.path(), &name),
            read(&folder.path().join("two"), &name),
            "{query}"
        );
    }

    // What none of them took is what removing all of them leaves, and holds less than what either alone leaves.
    let rest = read(&folder.path().join("two"), "in - without a dog and rain.wav");
    prints(
        folder.path(),
        &[
            "separate", "in.wav", "-q", "a dog", "-q", "rain", "--mode", "remove", "--rest",
        ],
    );
    assert_eq!(read(folder.path(), "in - without a dog and rain.wav"), rest);
    let together = read(folder.path(), "in - a dog and rain.wav");
    let sum: Vec<Vec<f32>> = together
        .iter()
        .zip(&rest)
        .map(|(t, r)| t.iter().zip(r).map(|(t, r)| t + r).collect())
        .collect();
    assert!(difference_db(&sum, &scene(2, 24_000, 48_000)) < -120.0);
    let power = |sound: &[Vec<f32>]| sound.iter().flatten().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    for query in ["a dog", "rain"] {
        prints(
            folder.path(),
            &["separate", "in.wav", query, "--rest", "alone.wav"],
        );
        let alone = power(&read(folder.path(), "alone.wav"));
        assert!(power(&rest) < alone, "{query} alone leaves {alone}");
    }
}

#[test]
fn what_is_not_wanted_is_taken_out_of_the_target() {
    let folder = folder();
    let mixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/dog_in_the_rain.wav");
    std::fs::copy(mixture, folder.path().join("in.wav")).unwrap();
    prints(folder.path(), &["separate", "in.wav", "a dog", "-o", "with.wav"]);
    let without = [
        "in.wav",
        "a dog",
        "-q",
        "not a dog barking",
        "-o",
        "without.wav",
        "--rest",
        "rest.wav",
    ];
    let (found, _) = lines(folder.path(), &without);
    assert_eq!(
        (&found[0]["queries"][0], &found[0]["not"][0]),
        (&"a dog".into(), &"a dog barking".into())
    );
    let power = |sound: Vec<Vec<f32>>| sound[0].iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let share = power(read(folder.path(), "without.wav")) / power(read(folder.path(), "with.wav"));
    // Whoever wants a dog and no dog gets little.
    assert!(share < 0.5, "{share} of the target is left");
    // Its name says so, where none is given.
    prints(
        folder.path(),
        &["separate", "in.wav", "a dog", "-q", "not a dog barking"],
    );
    assert_eq!(
        read(folder.path(), "in - a dog, not a dog barking.wav"),
        read(folder.path(), "without.wav")
    );
    // As the plug-in's box reads it.
    prints(
        folder.path(),
        &[
            "separate",
            "in.wav",
            "a dog, not a dog barking",
            "-o",
            "typed.wav",
        ],
    );
    assert_eq!(
        read(folder.path(), "typed.wav"),
        read(folder.path(), "without.wav")
    );
    // What is taken out of the target stays in the rest.
    let (target, rest) = (
        read(folder.path(), "without.wav"),
        read(folder.path(), "rest.wav"),
    );
    let sum: Vec<f32> = target[0].iter().zip(&rest[0]).map(|(t, r)| t + r).collect();
    assert!(difference_db(&[sum], &read(folder.path(), "in.wav")) < -120.0);
}

#[test]
fn queries_that_make_no_sense_together() {
    let folder = folder();
    write_wav(&folder.path().join("in.wav"), 48_000, &scene(1, 2_400, 48_000));
    let refused = |arguments: &[&str]| refuses(folder.path(), &[&["separate", "in.wav"], arguments].concat());
    assert!(refused(&["-q", "a dog", "-q", "not"]).contains("query is empty"));
    assert!(refused(&["-q", "a dog", "-q", "A dog", "-q", "a dog"]).contains("different names"));
    assert!(refused(&["-q", "a dog", "-q", "rain", "-o", "out.wav"]).contains("name a folder"));
    assert!(refused(&["-q", "a dog, not rain", "-q", "wind", "--rest"]).contains("a -q of its own"));
    assert!(refused(&["1 + 2 + 3 + 4 + 5 + 6 + 7 + 8", "-q", "not 9"]).contains("more than 8 sounds"));
    assert!(refused(&["--rest"]).contains("QUERY"));
}

#[test]
fn shells_learn_what_may_be_typed() {
    let folder = folder();
    for (shell, word) in [
        ("bash", "_earmark"),
        ("zsh", "#compdef earmark"),
        ("fish", "complete -c earmark"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = prints(folder.path(), &["completions", shell]);
        assert!(
            script.contains(word) && script.contains("separate") && script.contains("shard"),
            "{shell}"
        );
    }
    assert!(refuses(folder.path(), &["completions", "tcl"]).contains("bash"));
    assert!(refuses(folder.path(), &["completions"]).contains("<SHELL>"));
}

#[test]
fn packages_get_a_manual_page_for_each_command_and_completions() {
    let folder = folder();
    let pages = folder.path().join("pages");
    std::fs::create_dir(&pages).expect("a folder");
    prints(folder.path(), &["pages", "pages"]);
    for (name, word) in [
        ("earmark.1", ".TH earmark 1"),
        ("earmark-separate.1", "rest"),
        ("earmark-models-download.1", "download"),
        ("earmark.bash", "_earmark"),
        ("_earmark", "#compdef earmark"),
        ("earmark.fish", "complete -c earmark"),
    ] {
        let text = std::fs::read_to_string(pages.join(name)).expect(name);
        assert!(text.contains(word), "{name}");
    }
    let refused = refuses(folder.path(), &["pages", "nowhere"]);
    assert!(
        refused.contains("nowhere") && refused.contains("cannot be written"),
        "{refused}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_whole_files_and_says_how_many() {
    use std::time::{Duration, Instant};

    let folder = folder();
    let library = folder.path().join("library");
    std::fs::create_dir(&library).expect("a folder for the test");
    write_wav(&library.join("a.wav"), 48_000, &scene(1, 480, 48_000));
    write_wav(&library.join("b.wav"), 48_000, &scene(1, 60 * 48_000, 48_000));
    let arguments = ["separate", "library", "a dog", "-o", "out", "--live"];
    let child = common::command(folder.path(), &arguments)
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("earmark runs");
    let (started, out) = (Instant::now(), folder.path().join("out"));
    let begun =
        || out.is_dir() && names(&out).iter().any(|name| name == "a - a dog.wav") && names(&out).len() == 2;
    while !begun() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "the second file is not begun"
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
    let output = child.wait_with_output().expect("earmark ends");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("Stopped after 1 of 2 files"), "{said}");
    assert_eq!(names(&out), ["a - a dog.wav"]);
}
