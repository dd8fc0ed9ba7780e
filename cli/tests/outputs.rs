//! What `earmark separate` writes: names, formats, bits, speakers and notes, and what it takes for done.

mod common;

use std::path::{Path, PathBuf};

use common::{difference_db, earmark, names, prints, read_wav, refuses, scene, write_wav};
use serde_json::Value;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// The lines that a run with `--json` prints, what it says, and its exit code.
fn run(folder: &Path, arguments: &[&str]) -> (Vec<Value>, String, Option<i32>) {
    let output = earmark(folder, &[&["separate"], arguments, &["--json"]].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let line = |line: &str| serde_json::from_str(line).expect("one JSON object a line");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (text.lines().map(line).collect(), said, output.status.code())
}

fn statuses(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["status"].as_str().expect("a status"))
        .collect()
}

fn short(path: &Path) {
    write_wav(path, 48_000, &scene(1, 4_800, 48_000));
}

/// A WAV of 16 bits, its format and further chunks given as bytes.
fn riff(path: &Path, format: &[u8], chunks: &[(&[u8; 4], Vec<u8>)], data: &[u8]) {
    let mut body = b"WAVE".to_vec();
    let data = (b"data", data.to_vec());
    for (id, bytes) in [(b"fmt ", format.to_vec())].iter().chain(chunks).chain([&data]) {
        body.extend(*id);
        body.extend((bytes.len() as u32).to_le_bytes());
        body.extend(bytes);
        body.extend(&[0][..bytes.len() % 2]);
    }
    let length = (body.len() as u32).to_le_bytes();
    std::fs::write(path, [b"RIFF", &length[..], &body].concat()).expect("a file for the test");
}

/// The format of plain integers at 48 kHz.
fn pcm(channels: u16, bits: u16) -> Vec<u8> {
    let align = channels * bits / 8;
    let mut format = Vec::new();
    format.extend(1u16.to_le_bytes());
    format.extend(channels.to_le_bytes());
    format.extend(48_000u32.to_le_bytes());
    format.extend((48_000 * u32::from(align)).to_le_bytes());
    format.extend(align.to_le_bytes());
    format.extend(bits.to_le_bytes());
    format
}

/// The same with a mask of speakers.
fn extensible(channels: u16, bits: u16, speakers: u32) -> Vec<u8> {
    let mut format = pcm(channels, bits);
    format[..2].copy_from_slice(&0xfffeu16.to_le_bytes());
    format.extend(22u16.to_le_bytes());
    format.extend(bits.to_le_bytes());
    format.extend(speakers.to_le_bytes());
    format.extend([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    format
}

/// Samples of 16 bits of a scene.
fn samples(channels: usize, frames: usize) -> Vec<u8> {
    let sound = scene(channels, frames, 48_000);
    (0..frames)
        .flat_map(|n| sound.iter().map(move |channel| (channel[n] * 32_768.0) as i16))
        .flat_map(i16::to_le_bytes)
        .collect()
}

/// The chunks of a WAV, in order.
fn chunks(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).expect("the output");
    let mut chunks = Vec::new();
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().expect("four bytes")) as usize;
        let id = String::from_utf8_lossy(&bytes[at..at + 4]).into_owned();
        chunks.push((id, bytes[at + 8..at + 8 + length].to_vec()));
        at += 8 + length.next_multiple_of(2);
    }
    chunks
}

fn chunk(path: &Path, id: &str) -> Vec<u8> {
    let found = chunks(path).into_iter().find(|(name, _)| name == id);
    found
        .unwrap_or_else(|| panic!("{} has no chunk {id}", path.display()))
        .1
}

#[test]
fn two_inputs_whose_long_names_begin_alike_have_outputs_of_their_own() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("in")).expect("a folder for the test");
    let title = "第二十三回市民講座「町の音の記録」全編収録版・会場録音およびパネルディスカッション・質疑応答を含む・二〇二四年五月一日土曜日";
    for number in ["その１", "その２"] {
        short(&folder.path().join(format!("in/{title} {number}.wav")));
    }
    for (query, expected) in [("applause", 2), ("laughter", 4)] {
        let (lines, _, code) = run(folder.path(), &["in", query, "-o", "out"]);
        assert_eq!(
            (statuses(&lines), code),
            (vec!["done", "done"], Some(0)),
            "{query}"
        );
        assert_eq!(names(&folder.path().join("out")).len(), expected, "{query}");
        let (again, _, _) = run(folder.path(), &["in", query, "-o", "out"]);
        assert_eq!(statuses(&again), ["skipped", "skipped"], "{query}");
    }
}

#[test]
fn queries_that_make_one_name_have_outputs_of_their_own() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("in")).expect("a folder for the test");
    short(&folder.path().join("in/x.wav"));
    let queries = ["AC/DC", "AC:DC", "wind...", "wind", "a dog and rain"];
    for (count, query) in (1..).zip(queries) {
        let (lines, said, _) = run(folder.path(), &["in", query, "-o", "out"]);
        assert_eq!(statuses(&lines), ["done"], "{query}: {said}");
        assert_eq!(names(&folder.path().join("out")).len(), count, "{query}");
    }
    // Two sounds together are not one sound that is called so.
    let together = [
        "in", "-q", "a dog", "-q", "rain", "--mode", "remove", "--rest", "-o", "out",
    ];
    assert_eq!(statuses(&run(folder.path(), &together).0), ["done"]);
    for query in queries {
        assert_eq!(
            statuses(&run(folder.path(), &["in", query, "-o", "out"]).0),
            ["skipped"],
            "{query}"
        );
    }
    // In one run, and of one file, too.
    let (lines, _, _) = run(folder.path(), &["in/x.wav", "-q", "a?", "-q", "a*", "-o", "two"]);
    assert_eq!(statuses(&lines), ["done"]);
    assert_eq!(names(&folder.path().join("two")).len(), 2);
    for query in ["a?", "a*"] {
        prints(folder.path(), &["separate", "in/x.wav", query]);
    }
    assert_eq!(names(&folder.path().join("in")).len(), 3);
}

#[test]
fn two_folders_of_like_names_do_not_share_outputs() {
    let folder = folder();
    for (library, frames) in [("one", 4_800), ("two", 9_600)] {
        std::fs::create_dir(folder.path().join(library)).expect("a folder for the test");
        write_wav(
            &folder.path().join(library).join("x.wav"),
            48_000,
            &scene(1, frames, 48_000),
        );
        let (lines, _, _) = run(folder.path(), &[library, "rain", "-o", "out"]);
        assert_eq!(statuses(&lines), ["done"], "{library}");
    }
    let (lines, _, code) = run(folder.path(), &["one/x.wav", "two/x.wav", "wind", "-o", "out"]);
    assert_eq!((statuses(&lines), code), (vec!["done", "done"], Some(0)));
    assert_eq!(names(&folder.path().join("out")).len(), 4);
}

#[test]
fn what_was_made_otherwise_is_made_again_and_said() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("in")).expect("a folder for the test");
    let input = folder.path().join("in/x.wav");
    short(&input);
    let output = folder.path().join("out/x - rain.wav");
    let rain = |more: &[&str]| {
        let (lines, said, code) = run(folder.path(), &[&["in", "rain", "-o", "out"], more].concat());
        assert_eq!(code, Some(0), "{said}");
        (lines[0]["status"].as_str().expect("a status").to_owned(), said)
    };
    assert_eq!(rain(&[]), ("done".into(), String::new()));
    assert_eq!(rain(&[]), ("skipped".into(), String::new()));
    for (options, word) in [
        (&["--bits", "16"][..], "--bits"),
        (&["--bits", "16", "--trim", "3"], "--trim"),
        (&["--bits", "16", "--trim", "3", "--end", "0.05"], "span"),
        (&[], "--trim"),
    ] {
        let (status, said) = rain(options);
        assert!(
            status == "done" && said.contains(word) && said.lines().count() == 1,
            "{options:?}: {said}"
        );
        assert_eq!(rain(options), ("skipped".into(), String::new()), "{options:?}");
    }
    // An input that has changed, and a file that Earmark did not write.
    write_wav(&input, 48_000, &scene(1, 5_000, 48_000));
    let (status, said) = rain(&[]);
    assert!(status == "done" && said.contains("inputs have changed"), "{said}");
    for bytes in [&b""[..], b"RIFF", b"something else"] {
        std::fs::write(&output, bytes).expect("a file for the test");
        let (status, said) = rain(&[]);
        assert!(status == "done" && said.contains("how they were made"), "{said}");
        assert_eq!(read_wav(&output).1[0].len(), 5_000);
    }
    // An input that was moved with its time is the same.
    let moved = folder.path().join("moved");
    std::fs::rename(folder.path().join("in"), &moved).expect("it can be moved");
    assert_eq!(
        statuses(&run(folder.path(), &["moved", "rain", "-o", "out"]).0),
        ["skipped"]
    );
}

#[test]
fn a_sound_of_another_program_is_not_replaced_unasked() {
    let folder = folder();
    std::fs::create_dir_all(folder.path().join("in")).expect("a folder for the test");
    std::fs::create_dir_all(folder.path().join("out")).expect("a folder for the test");
    short(&folder.path().join("in/x.wav"));
    // What an editor made of an output, and saved under its name.
    let edited = folder.path().join("out/x - rain.wav");
    write_wav(&edited, 48_000, &scene(1, 777, 48_000));
    let rain = |more: &[&str]| {
        let (lines, said, code) = run(folder.path(), &[&["in", "rain", "-o", "out"], more].concat());
        assert_eq!(code, Some(0), "{said}");
        lines[0]["status"].as_str().expect("a status").to_owned()
    };
    let count = || {
        std::fs::read_dir(folder.path().join("out"))
            .expect("it is there")
            .count()
    };
    assert_eq!(rain(&[]), "done");
    assert_eq!((read_wav(&edited).1[0].len(), count()), (777, 2));
    assert_eq!(
        (rain(&[]), count()),
        ("skipped".to_owned(), 2),
        "found again under its own name"
    );
    assert_eq!(rain(&["--overwrite"]), "done");
    assert_ne!(read_wav(&edited).1[0].len(), 777);
}

#[test]
fn the_ending_of_an_output_is_its_format() {
    let folder = folder();
    short(&folder.path().join("in.wav"));
    let separate = |more: &[&str]| prints(folder.path(), &[&["separate", "in.wav", "rain"], more].concat());
    separate(&["-o", "a.wav", "--bits", "24", "--rest", "r.flac"]);
    separate(&["-o", "a.flac", "--rest", "r.wav", "--bits", "24"]);
    separate(&["-o", "b.FLAC"]);
    for (flac, wav) in [("a.flac", "a.wav"), ("b.FLAC", "a.wav"), ("r.flac", "r.wav")] {
        let bytes = std::fs::read(folder.path().join(flac)).expect("the output");
        assert!(bytes.starts_with(b"fLaC"), "{flac}");
        // What a lossless file gives is what the other one holds.
        let decoded = earmark_audio::mono(&folder.path().join(flac))
            .expect("it can be read")
            .0;
        assert_eq!(vec![decoded], read_wav(&folder.path().join(wav)).1, "{flac}");
    }
    for output in ["a.mp3", "a.ogg", "a.aiff", "a", "a.wav.bak"] {
        // Before the work: of a model that does not exist nothing is said.
        let arguments = ["separate", "in.wav", "rain", "--model", "enormous"];
        for option in ["-o", "--rest"] {
            let refused = refuses(folder.path(), &[&arguments[..], &[option, output]].concat());
            assert!(refused.contains(output) && refused.contains(".flac"), "{refused}");
        }
    }
    let refused = refuses(
        folder.path(),
        &["separate", "in.wav", "rain", "-o", "c.flac", "--bits", "32"],
    );
    assert!(refused.contains("16 or 24"), "{refused}");
    // Names that we give follow --format.
    separate(&["--format", "flac", "--rest"]);
    assert!(names(folder.path()).contains(&"in - rain.flac".into()));
    assert!(names(folder.path()).contains(&"in - without rain.flac".into()));
}

#[test]
fn the_bits_of_the_input_where_they_are_asked_for() {
    let folder = folder();
    let input = folder.path().join("in.wav");
    let sound = scene(1, 4_800, 48_000).remove(0);
    let whole = |full: f64, bytes: usize| -> Vec<u8> {
        let integer = |x: &f32| ((f64::from(*x) * full) as i32).to_le_bytes()[..bytes].to_vec();
        sound.iter().flat_map(integer).collect()
    };
    let float = |tag: u16, bits: u16| {
        let mut format = pcm(1, bits);
        format[..2].copy_from_slice(&tag.to_le_bytes());
        format
    };
    let doubles: Vec<u8> = sound.iter().flat_map(|&x| f64::from(x).to_le_bytes()).collect();
    let singles: Vec<u8> = sound.iter().flat_map(|x| x.to_le_bytes()).collect();
    let eight: Vec<u8> = sound.iter().map(|x| (128.0 + x * 127.0) as u8).collect();
    for (format, data, bits, note) in [
        (pcm(1, 16), whole(32_768.0, 2), 16, None),
        (pcm(1, 24), whole(8_388_608.0, 3), 24, None),
        (float(3, 32), singles, 32, None),
        (pcm(1, 8), eight, 16, Some("16 bits")),
        (float(3, 64), doubles, 32, Some("32 bits")),
    ] {
        riff(&input, &format, &[], &data);
        let (lines, said, code) = run(
            folder.path(),
            &["in.wav", "rain", "-o", "out.wav", "--bits", "input"],
        );
        assert_eq!(code, Some(0), "{said}");
        let spec = read_wav(&folder.path().join("out.wav")).0;
        assert_eq!(spec.bits_per_sample, bits);
        assert_eq!(spec.sample_format == hound::SampleFormat::Float, bits == 32);
        let notes = lines[0]["notes"].as_array().expect("a list");
        match note {
            Some(word) => assert!(said.contains(word) && notes.len() == 1, "{said}"),
            None => assert!(said.is_empty() && notes.is_empty(), "{said}"),
        }
    }
}

#[test]
fn speakers_are_those_of_the_input() {
    let folder = folder();
    let input = folder.path().join("in.wav");
    let mask = |name: &str| {
        let format = chunk(&folder.path().join(name), "fmt ");
        let number = |at: usize| u32::from_le_bytes(format[at..at + 4].try_into().expect("four bytes"));
        (format[..2] == [0xfe, 0xff]).then(|| number(20))
    };
    for (channels, speakers) in [
        (1, 0x4),
        (1, 0x1),
        (2, 0x3),
        (2, 0x30),
        (4, 0x33),
        (4, 0),
        (5, 0x37),
        (8, 0x63f),
    ] {
        riff(
            &input,
            &extensible(channels, 16, speakers),
            &[],
            &samples(channels.into(), 2_400),
        );
        for bits in ["16", "32"] {
            prints(
                folder.path(),
                &[
                    "separate", "in.wav", "rain", "-o", "out.wav", "--rest", "rest.wav", "--bits", bits,
                ],
            );
            for name in ["out.wav", "rest.wav"] {
                let usual = (channels == 1 && speakers == 0x4) || (channels == 2 && speakers == 0x3);
                let expected = if usual && bits == "16" {
                    None
                } else {
                    Some(speakers)
                };
                assert_eq!(
                    mask(name),
                    expected,
                    "{channels} channels, {speakers:#x}, {bits} bits, {name}"
                );
            }
        }
    }
    // Mono that says nothing is in the middle.
    riff(&input, &pcm(1, 16), &[], &samples(1, 2_400));
    prints(folder.path(), &["separate", "in.wav", "rain", "-o", "out.wav"]);
    assert_eq!(mask("out.wav"), Some(0x4));
}

#[test]
fn time_code_and_notes_are_carried_over() {
    let folder = folder();
    let mut bext = vec![0; 602];
    bext[..5].copy_from_slice(b"A101\0");
    bext[338..346].copy_from_slice(&1_728_000_000u64.to_le_bytes());
    let cue = |name: u32, at: u32| {
        [
            &name.to_le_bytes()[..],
            &at.to_le_bytes(),
            b"data",
            &[0; 8],
            &at.to_le_bytes(),
        ]
        .concat()
    };
    let cues = [&2u32.to_le_bytes()[..], &cue(1, 1_000), &cue(2, 9_000)].concat();
    let ixml = b"<BWFXML><PROJECT>A Film</PROJECT></BWFXML>".to_vec();
    let list = b"INFOISFT\x04\0\0\0abc\0".to_vec();
    let all = [
        (b"bext", bext.clone()),
        (b"iXML", ixml.clone()),
        (b"cue ", cues.clone()),
        (b"LIST", list.clone()),
    ];
    riff(
        &folder.path().join("in.wav"),
        &pcm(2, 16),
        &all,
        &samples(2, 24_000),
    );
    let at = |name: &str| folder.path().join(name);
    prints(
        folder.path(),
        &[
            "separate", "in.wav", "rain", "-o", "out.wav", "--rest", "rest.wav",
        ],
    );
    for name in ["out.wav", "rest.wav"] {
        for (id, bytes) in [("bext", &bext), ("iXML", &ixml), ("cue ", &cues), ("LIST", &list)] {
            assert_eq!(&chunk(&at(name), id), bytes, "{name}, {id}");
        }
        let ids: Vec<String> = chunks(&at(name)).into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["fmt ", "bext", "iXML", "cue ", "LIST", "data"], "{name}");
    }
    prints(
        folder.path(),
        &["separate", "in.wav", "rain", "-o", "part.wav", "--start", "0.1"],
    );
    assert_eq!(
        chunk(&at("part.wav"), "bext")[338..346],
        1_728_004_800u64.to_le_bytes()
    );
    assert_eq!(
        chunk(&at("part.wav"), "cue "),
        [&1u32.to_le_bytes()[..], &cue(2, 4_200)].concat()
    );
    let (_, said, _) = run(folder.path(), &["in.wav", "rain", "-o", "out.flac"]);
    assert!(said.contains("WAV only"), "{said}");
}

#[test]
fn a_single_file_that_fails_has_its_object_too() {
    let folder = folder();
    short(&folder.path().join("in.wav"));
    for (arguments, word) in [
        (&["nowhere.wav", "rain"][..], "nowhere.wav"),
        (&["in.wav", "rain", "-o", "out.mp3"], "out.mp3"),
        (&["in.wav", "rain", "--model", "enormous"], "enormous"),
    ] {
        let (lines, said, code) = run(folder.path(), arguments);
        assert_eq!((statuses(&lines), code), (vec!["failed"], Some(2)), "{said}");
        assert_eq!(lines[0]["input"], arguments[0]);
        let error = lines[0]["error"].as_str().expect("a sentence");
        assert!(error.contains(word), "{error}");
        assert_eq!(said, format!("earmark: {error}\n"));
    }
}

#[test]
fn a_folder_names_what_it_passes_over() {
    let folder = folder();
    let library = folder.path().join("in");
    std::fs::create_dir(&library).expect("a folder for the test");
    short(&library.join("a.wav"));
    short(&library.join("b.mov"));
    for name in ["c.wv", "d.webm", "notes.txt", "cover.jpg"] {
        std::fs::write(library.join(name), b"nothing that anybody could read").expect("a file for the test");
    }
    let (lines, said, code) = run(folder.path(), &["in", "rain", "-o", "out"]);
    assert_eq!(code, Some(0), "{said}");
    let told: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["status"].as_str().expect("a status"),
                line["input"].as_str().expect("a path"),
            )
        })
        .collect();
    let expected = [
        ("passed-over", "in/c.wv"),
        ("passed-over", "in/d.webm"),
        ("done", "in/a.wav"),
        ("done", "in/b.mov"),
    ];
    assert_eq!(told, expected);
    assert!(
        said.contains("in/c.wv") && said.contains("in/d.webm") && !said.contains("notes"),
        "{said}"
    );
}

#[test]
fn samples_that_are_no_numbers_are_told() {
    let folder = folder();
    let mut sound = scene(1, 9_600, 48_000);
    (sound[0][4_000], sound[0][4_001]) = (f32::NAN, f32::INFINITY);
    write_wav(&folder.path().join("in.wav"), 48_000, &sound);
    let (lines, said, _) = run(
        folder.path(),
        &[
            "in.wav", "rain", "-o", "out.wav", "--rest", "rest.wav", "--bits", "24",
        ],
    );
    assert_eq!(lines[0]["not_numbers"], 2);
    assert!(said.contains("2 samples of in.wav are no numbers"), "{said}");
    let at = |name: &str| read_wav(&folder.path().join(name)).1[0][4_000];
    assert!((at("out.wav") + at("rest.wav")).abs() < 1e-6);
}

#[test]
fn files_side_by_side_are_the_same_and_in_order() {
    let folder = folder();
    let library = folder.path().join("in");
    std::fs::create_dir(&library).expect("a folder for the test");
    // The longest first: without order it would be the last.
    for (name, frames) in [
        ("a.wav", 96_000),
        ("b.wav", 4_800),
        ("c.wav", 20_000),
        ("d.wav", 1),
    ] {
        write_wav(&library.join(name), 48_000, &scene(1, frames, 48_000));
    }
    std::fs::write(library.join("bad.wav"), b"no sound").expect("a file for the test");
    let outputs = |jobs: &str| {
        let (lines, _, code) = run(
            folder.path(),
            &["in", "rain", "-o", jobs, "--jobs", jobs, "--rest"],
        );
        assert_eq!(
            (statuses(&lines), code),
            (vec!["done", "done", "failed", "done", "done"], Some(1)),
            "{jobs} jobs"
        );
        assert_eq!(lines[0]["cpu_seconds"].is_null(), jobs != "1");
        let inputs: Vec<&str> = lines.iter().filter_map(|line| line["input"].as_str()).collect();
        assert!(inputs.is_sorted(), "{inputs:?}");
        let outputs = folder.path().join(jobs);
        names(&outputs)
            .into_iter()
            .map(|name| (read_wav(&outputs.join(&name)).1, name))
            .collect::<Vec<_>>()
    };
    let one = outputs("1");
    assert_eq!(one.len(), 8);
    assert_eq!(outputs("4"), one);
}

#[test]
fn a_part_is_what_the_whole_has_there() {
    let folder = folder();
    write_wav(
        &folder.path().join("in.wav"),
        44_100,
        &scene(2, 80 * 44_100, 44_100),
    );
    prints(folder.path(), &["separate", "in.wav", "rain", "-o", "whole.wav"]);
    let whole = read_wav(&folder.path().join("whole.wav")).1;
    for (start, end, from, to) in [
        (Some("1:10.5"), Some("1:12"), 3_109_050, 3_175_200),
        (None, Some("0.75"), 0, 33_075),
        (Some("79"), Some("2:00"), 3_483_900, 3_528_000),
    ] {
        let mut arguments = vec![
            "separate", "in.wav", "rain", "-o", "part.wav", "--rest", "rest.wav",
        ];
        arguments.extend(start.into_iter().flat_map(|start| ["--start", start]));
        arguments.extend(end.into_iter().flat_map(|end| ["--end", end]));
        prints(folder.path(), &arguments);
        let part = read_wav(&folder.path().join("part.wav")).1;
        let expected: Vec<Vec<f32>> = whole.iter().map(|channel| channel[from..to].to_vec()).collect();
        assert_eq!(part[0].len(), to - from, "{start:?} to {end:?}");
        let error = difference_db(&part, &expected);
        assert!(
            error < -90.0,
            "{start:?} to {end:?} differs from the whole by {error} dB"
        );
    }
    let refused = refuses(
        folder.path(),
        &["separate", "in.wav", "rain", "-o", "part.wav", "--start", "1:20"],
    );
    assert!(
        refused.contains("--start 80 s") && refused.contains("80.00 s long"),
        "{refused}"
    );
}

#[test]
fn several_files_on_one_line() {
    let folder = folder();
    for name in ["a.wav", "b.wav"] {
        short(&folder.path().join(name));
    }
    let (lines, _, code) = run(folder.path(), &["a.wav", "gone.wav", "b.wav", "rain"]);
    assert_eq!(
        (statuses(&lines), code),
        (vec!["done", "failed", "done"], Some(1))
    );
    assert_eq!(
        names(folder.path()),
        ["a - rain.wav", "a.wav", "b - rain.wav", "b.wav"]
    );
    let (lines, _, code) = run(folder.path(), &["a.wav", "b.wav", "-q", "rain"]);
    assert_eq!((statuses(&lines), code), (vec!["skipped", "skipped"], Some(0)));
    let refused = |arguments: &[&str]| refuses(folder.path(), &[&["separate"], arguments].concat());
    assert!(refused(&["a.wav", "-", "rain"]).contains("stands alone"));
    assert!(refused(&["a.wav", "b.wav", "rain", "-o", "out.wav"]).contains("name a folder"));
    assert!(refused(&["a.wav", "b.wav"]).contains("QUERY"));
    assert!(refused(&["a.wav", "rain", "--jobs", "2"]).contains("--jobs is for folders"));
}

fn piped(folder: &Path, arguments: &[&str], input: &Path) -> std::process::Output {
    let file = std::fs::read(input).expect("the input");
    let mut child = common::command(folder, arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("earmark runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let feed = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &file));
    let output = child.wait_with_output().expect("earmark ends");
    feed.join().expect("it was fed").expect("it was read");
    output
}

#[test]
fn pipes_in_and_out() {
    let folder = folder();
    let input: PathBuf = folder.path().join("in.wav");
    write_wav(&input, 44_100, &scene(2, 20_000, 44_100));
    prints(
        folder.path(),
        &[
            "separate", "in.wav", "rain", "-o", "out.wav", "--rest", "rest.wav",
        ],
    );
    let expected = std::fs::read(folder.path().join("out.wav")).expect("the output");
    let output = piped(
        folder.path(),
        &["separate", "-", "rain", "-o", "-", "--rest", "r.wav"],
        &input,
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stdout == expected, "standard output is another file");
    assert_eq!(
        std::fs::read(folder.path().join("r.wav")).expect("the rest"),
        std::fs::read(folder.path().join("rest.wav")).expect("the rest")
    );
    // Results are said beside the sound, not in it.
    let output = piped(
        folder.path(),
        &["separate", "-", "rain", "-o", "-", "--json"],
        &input,
    );
    assert!(output.stdout == expected);
    let said: Value = serde_json::from_slice(&output.stderr).expect("one JSON object");
    assert_eq!(said["status"], "done");

    for arguments in [
        &["-", "rain"][..],
        &["-", "rain", "-o", "o.wav", "--rest"],
        &["-", "-q", "a", "-q", "b", "-o", "out"],
    ] {
        let refused = refuses(folder.path(), &[&["separate"], arguments].concat());
        assert!(refused.contains("-o"), "{refused}");
    }
    let refused = refuses(
        folder.path(),
        &["separate", "in.wav", "rain", "-o", "-", "--rest", "-"],
    );
    assert!(refused.contains("different names"), "{refused}");
    let output = piped(
        folder.path(),
        &["separate", "-", "rain", "-o", "-"],
        Path::new("/dev/null"),
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn the_second_ctrl_c_ends_at_once_and_leaves_nothing() {
    use std::time::{Duration, Instant};

    let folder = folder();
    // A pipe that nobody writes to: the first Ctrl-C is heard by nobody who waits for it.
    let mut child = common::command(
        folder.path(),
        &["separate", "in.wav", "rain", "--live", "-o", "out.wav"],
    );
    write_wav(
        &folder.path().join("in.wav"),
        48_000,
        &scene(1, 60 * 48_000, 48_000),
    );
    let mut child = child
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("earmark runs");
    let started = Instant::now();
    while names(folder.path()).len() < 2 {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "no temporary file appears"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupt = || {
        let id = child.id().to_string();
        let killed = std::process::Command::new("kill").args(["-INT", &id]).status();
        assert!(killed.is_ok_and(|status| status.success()));
    };
    interrupt();
    interrupt();
    let status = child.wait().expect("earmark ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(names(folder.path()), ["in.wav"]);
}

#[test]
fn two_sounds_and_their_rest_are_one_batch() {
    let folder = folder();
    write_wav(
        &folder.path().join("in.wav"),
        48_000,
        &scene(1, 20 * 48_000, 48_000),
    );
    let cost = |arguments: &[&str]| {
        let seconds = |_| run(folder.path(), &[&["in.wav"], arguments].concat()).0[0]["cpu_seconds"].as_f64();
        (0..3).filter_map(seconds).fold(f64::INFINITY, f64::min)
    };
    let one = cost(&["rain", "-o", "one.wav"]);
    let all = cost(&["-q", "rain", "-q", "wind", "--rest", "-o", "all"]);
    // Three networks of their own took 3.1 times one.
    assert!(all < 2.5 * one, "{all} s of {one} s");
}
