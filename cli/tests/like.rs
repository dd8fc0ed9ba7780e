//! `--like` and `--not-like` of `earmark separate` and `earmark find`: a sound as the query, with a small model of AudioSep's layout
//! that is imported here.

mod common;
#[path = "common/tensors.rs"]
mod tensors;

use std::path::{Path, PathBuf};
use std::process::Output;

use common::{fixture, write_noise};
use earmark_models::encoder::{HtsatConfig, RobertaConfig};
use earmark_models::procedural;
use earmark_models::resunet::{ResUNetConfig, StageConfig};
use safetensors::SafeTensors;
use serde_json::Value;

/// A user with a folder for models and sounds.
struct User(tempfile::TempDir);

impl User {
    /// One with two models of the same weights: "ears" with its audio tower, "deaf" without.
    fn new() -> User {
        let user = User(tempfile::tempdir().expect("a folder for the test"));
        let (checkpoint, tokenizer) = (user.path("model.safetensors"), user.path("tokenizer.json"));
        write_model(&checkpoint);
        std::fs::write(&tokenizer, tokens()).expect("a file");
        let files = ["model.safetensors", "tokenizer.json"];
        let import = |id, more: &[&str]| {
            let arguments = [&["models", "import", "--id", id], &files[..], more].concat();
            user.prints(&arguments)
        };
        let said = import("ears", &["--audio-tower"]);
        assert!(said.contains(" of it the audio tower"), "{said}");
        let said = import("deaf", &[]);
        assert!(!said.contains("audio tower"), "{said}");
        write_noise(&user.path("door.wav"), "door", 48_000, 2.0);
        write_noise(&user.path("gate.wav"), "gate", 44_100, 1.5);
        std::fs::copy(fixture("tone.flac"), user.path("tone.flac")).expect("a file");
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn runs(&self, arguments: &[&str]) -> Output {
        let mut command = common::command(self.0.path(), arguments);
        command.env("EARMARK_DATA", self.path("data"));
        command.output().expect("earmark runs")
    }

    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("output is UTF-8")
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        let before = common::names(self.0.path());
        let output = self.runs(arguments);
        let said = String::from_utf8(output.stderr).expect("output is UTF-8");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert_eq!(common::names(self.0.path()), before, "{arguments:?}");
        said
    }

    /// Separates the tone, and gives what is said of it and the target's bytes.
    fn separates(&self, arguments: &[&str]) -> (Value, Vec<u8>) {
        let all = [
            &[
                "separate",
                "tone.flac",
                "--model",
                "ears",
                "-o",
                "out.wav",
                "--json",
            ],
            arguments,
        ];
        let said = self.prints(&all.concat());
        let said = serde_json::from_str(&said).expect("one object");
        (said, std::fs::read(self.path("out.wav")).expect("an output"))
    }
}

/// AudioSep's module as the Hub has it: a small network, and both of CLAP's towers.
fn write_model(path: &Path) {
    let mut shapes: Vec<(String, Vec<usize>)> = Vec::new();
    let channels = [(4, 2), (6, 2), (8, 2), (8, 2), (8, 2), (8, 1)];
    let network = ResUNetConfig {
        stem: 4,
        stages: channels
            .map(|(channels, time)| StageConfig {
                channels,
                time,
                frequency: 2,
            })
            .into(),
        middle: 8,
        ..ResUNetConfig::audiosep()
    };
    let network = network.required_tensors().expect("a network");
    shapes.extend(
        network
            .into_iter()
            .map(|(name, shape)| (format!("ss_model.{name}"), shape)),
    );
    let texts = RobertaConfig {
        words: 306,
        layers: 1,
        hidden: 64,
        inner: 64,
        ..RobertaConfig::clap()
    };
    let sounds = HtsatConfig {
        width: 16,
        depths: [2, 1, 1, 1],
        heads: [1, 2, 2, 4],
        condition_size: 512,
    };
    let towers = texts
        .required_tensors()
        .into_iter()
        .chain(sounds.required_tensors());
    shapes.extend(towers.map(|(name, shape)| (format!("query_encoder.model.{name}"), shape)));
    tensors::write(path, shapes, weights);
}

/// Weights that keep signals at their power; in the mel matrix each bin belongs to one band.
fn weights(name: &str, shape: &[usize]) -> Box<dyn Iterator<Item = f32>> {
    if name.ends_with("melW") {
        let (bins, bands) = (shape[0], shape[1]);
        let is_of = move |index: usize| index / bands * bands / bins == index % bands;
        return Box::new((0..bins * bands).map(move |index| if is_of(index) { 0.01 } else { 0.0 }));
    }
    let (mean, width) = match shape {
        _ if name.ends_with("bn0.running_mean") && name.contains("audio_") => (-30.0, 10.0),
        _ if name.ends_with("bn0.running_var") && name.contains("audio_") => (75.0, 25.0),
        _ if name.ends_with("running_mean") => (0.0, 0.1),
        _ if name.ends_with("running_var") => (1.0, 0.4),
        _ if name.ends_with("bias") => (0.0, 0.1),
        [_] => (1.0, 0.3),
        [_, rest @ ..] => (0.0, (3.0 / rest.iter().product::<usize>() as f32).sqrt()),
        [] => (0.0, 1.0),
    };
    let values = procedural::uniform(name, shape.iter().product());
    Box::new(values.map(move |value| mean + width * value))
}

/// The tokenizer of CLAP's small fixture.
fn tokens() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures/clap_small_io.safetensors");
    let bytes = std::fs::read(path).expect("a fixture");
    let file = SafeTensors::deserialize(&bytes).expect("a fixture");
    file.tensor("tokenizer").expect("it is there").data().to_vec()
}

#[test]
fn a_clip_is_listened_for_alone_with_others_and_beside_words() {
    let user = User::new();
    let list: Value = serde_json::from_str(&user.prints(&["models", "list", "--json"])).expect("a list");
    let queries = |id: &str| {
        let models = list.as_array().expect("a list");
        let model = models
            .iter()
            .find(|model| model["name"] == id)
            .expect("it is listed");
        model["queries"].to_string()
    };
    assert_eq!(queries("ears"), r#"["text","clip"]"#);
    assert_eq!(
        (queries("deaf"), queries("earmark-small")),
        (r#"["text"]"#.into(), r#"["text","clip"]"#.into())
    );

    let (said, door) = user.separates(&["--like", "door.wav"]);
    assert_eq!(said["queries"][0], "like door");
    assert_eq!(said["like"][0]["path"], "door.wav");
    assert_eq!(said["like"][0]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(
        user.separates(&["--like", "door.wav"]).1,
        door,
        "the same clip gives the same"
    );

    let (said, part) = user.separates(&["--like", "door.wav", "--from", "0.5", "--to", "0:01.25"]);
    assert_eq!(
        (&said["like"][0]["from"], &said["like"][0]["to"]),
        (&0.5.into(), &1.25.into())
    );
    let (_, gate) = user.separates(&["--like", "gate.wav"]);
    let (said, both) = user.separates(&["--like", "door.wav", "--like", "gate.wav"]);
    assert_eq!(said["queries"][0], "like door and gate");
    let (_, words) = user.separates(&["-q", "a dog"]);
    let (said, beside) = user.separates(&["-q", "a dog", "--like", "door.wav"]);
    assert_eq!(said["queries"][0], "a dog, like door");
    let (_, less) = user.separates(&["-q", "not rain", "--like", "door.wav"]);

    let (said, without) = user.separates(&["--like", "door.wav", "--not-like", "gate.wav"]);
    assert_eq!(
        (&said["not"][0], &said["not_like"][0]["path"]),
        (&"like gate".into(), &"gate.wav".into())
    );
    let (_, words_without) = user.separates(&["-q", "a dog", "--not-like", "gate.wav"]);
    let (said, all_but) = user.separates(&["--not-like", "gate.wav"]);
    assert_eq!(said["queries"][0], "not like gate");
    let (said, all_but_both) = user.separates(&["--not-like", "gate.wav", "-q", "not rain"]);
    assert_eq!(said["queries"][0], "not rain + like gate");

    let all = [
        &door,
        &part,
        &gate,
        &both,
        &words,
        &beside,
        &less,
        &without,
        &words_without,
        &all_but,
        &all_but_both,
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|other| other != one), "{index}");
    }
}

#[test]
fn outputs_say_which_clip_they_were_made_with() {
    let user = User::new();
    std::fs::create_dir(user.path("in")).expect("a folder");
    std::fs::rename(user.path("tone.flac"), user.path("in/tone.flac")).expect("a file");
    let run = [
        "separate", "in", "--like", "door.wav", "--model", "ears", "-o", "out",
    ];
    user.prints(&run);
    assert!(user.path("out/tone - like door.wav").is_file());
    assert!(user.prints(&run).contains("0 files separated, 1 finished before"));
    std::fs::copy(user.path("gate.wav"), user.path("door.wav")).expect("a file");
    assert!(
        user.prints(&run).contains("1 files separated"),
        "another sound of that name"
    );
}

/// When a clip is to be heard: the same search as with words, done again where the clip has changed.
#[test]
fn a_clip_is_searched_for_and_one_that_does_not_count_is_left_out() {
    let user = User::new();
    let find = |arguments: &[&str]| -> Value {
        let base = ["find", "tone.flac", "--model", "ears", "--json"];
        let said = user.prints(&[&base, arguments].concat());
        serde_json::from_str(&said).expect("one object")
    };
    let alone = find(&["--like", "door.wav", "--threshold", "0.01"]);
    assert_eq!(alone["queries"][0], "like door");
    assert_eq!(
        alone["made"]["like"][0].as_str().map(str::len),
        Some(64),
        "its checksum: {alone}"
    );
    let less = find(&["--like", "door.wav", "--not-like", "gate.wav"]);
    assert_eq!(less["made"]["not"][0], "like gate");
    assert_eq!(less["made"]["not_like"][0].as_str().map(str::len), Some(64));

    let run = ["find", "in", "--like", "door.wav", "--model", "ears", "-o", "out"];
    std::fs::create_dir(user.path("in")).expect("a folder");
    std::fs::copy(user.path("tone.flac"), user.path("in/tone.flac")).expect("a file");
    user.prints(&run);
    let said = user.prints(&run);
    assert!(said.contains("0 files searched, 1 searched before"), "{said}");
    std::fs::copy(user.path("gate.wav"), user.path("door.wav")).expect("a file");
    let said = user.prints(&run);
    assert!(
        said.contains("1 files searched, 0 searched before"),
        "another sound of that name: {said}"
    );
    user.prints(&["find", "tone.flac", "--like", "door.wav"]);
}

#[test]
fn what_cannot_be_listened_for_is_refused_in_words() {
    let user = User::new();
    write_noise(&user.path("long.wav"), "long", 8000, 61.0);
    hush(&user.path("hush.wav"));
    let like = |model: &str, more: &[&str]| {
        let base = ["separate", "tone.flac", "-o", "out.wav", "--model", model];
        user.refuses(&[&base, more].concat())
    };
    for (model, arguments, said) in [
        (
            "deaf",
            &["--like", "door.wav"][..],
            "deaf was installed without its audio tower",
        ),
        (
            "ears",
            &["--like", "hush.wav"],
            "\"hush.wav\" cannot be listened to as an example. The example is silent",
        ),
        (
            "ears",
            &["--like", "door.wav", "--from", "5"],
            "The example is silent",
        ),
        (
            "ears",
            &["--like", "door.wav", "--to", "0.05"],
            "at least 0.1 s are needed",
        ),
        ("ears", &["--like", "long.wav"], "at most 60 s are read"),
        ("ears", &["--like", "nowhere.wav"], "nowhere.wav"),
        (
            "ears",
            &["--like", "door.wav", "-q", "rain", "-q", "wind"],
            "but 2 are asked for",
        ),
        (
            "ears",
            &["--like", "door.wav", "-q", "rain + wind"],
            "but 2 are asked for",
        ),
        (
            "ears",
            &["--like", "door.wav", "--from", "2", "--to", "1"],
            "--to 1 s is not after --from 2 s",
        ),
        (
            "ears",
            &["--like", "door.wav", "--like", "gate.wav", "--to", "1"],
            "of one example, but 2",
        ),
        (
            "ears",
            &["--like", "-"],
            "--like takes a file, not standard input",
        ),
        (
            "ears",
            &["--not-like", "-"],
            "--not-like takes a file, not standard input",
        ),
        (
            "deaf",
            &["-q", "rain", "--not-like", "door.wav"],
            "deaf was installed without its audio tower",
        ),
        (
            "ears",
            &["-q", "rain", "--not-like", "hush.wav"],
            "\"hush.wav\" cannot be listened to as an example. The example is silent",
        ),
        (
            "ears",
            &["-q", "rain", "--not-like", "nowhere.wav"],
            "nowhere.wav",
        ),
        ("ears", &["-q", "rain", "--to", "1"], "--like"),
    ] {
        let sentence = like(model, arguments);
        assert!(sentence.contains(said), "{arguments:?}: {sentence}");
    }
}

/// The query of a row is its clip where it has one: what is gained by it is what that clip gains, and not what the caption does.
#[test]
fn evaluation_asks_by_a_clip_where_the_list_has_one() {
    let user = User::new();
    let score = |rows: &str| {
        let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\tquery_wav";
        std::fs::write(user.path("pairs.tsv"), format!("{heading}\n{rows}\n")).expect("a table");
        let arguments = ["evaluate", "pairs.tsv", "--audio", ".", "--json", "--model"];
        let said = user.prints(&[&arguments[..], &["ears"]].concat());
        let said: Value = serde_json::from_str(&said).expect("one object");
        said["all"]["sdri_db"]["mean"].as_f64().expect("a figure")
    };
    let text = score("a dog\tdoor.wav\ttone.flac\t0\train\t");
    let clip = score("a dog\tdoor.wav\ttone.flac\t0\train\tgate.wav");
    assert!(
        (text - clip).abs() > 1e-6,
        "{text} dB by the caption, {clip} dB by the clip"
    );
    assert_eq!(score("a cat\tdoor.wav\ttone.flac\t0\train\tgate.wav"), clip);
    let refused = user.refuses(&["evaluate", "pairs.tsv", "--audio", ".", "--model", "deaf"]);
    assert!(
        refused.contains("deaf was installed without its audio tower"),
        "{refused}"
    );
    score_refused(&user);
}

/// The wrong clip is scored beside the wrong text, and it is the one that the list names or that of another class.
#[test]
fn evaluation_asks_by_a_wrong_clip_too() {
    let user = User::new();
    let measured = |rows: &[&str]| {
        let heading = "caption\tsrc_wav\tnoise_wav\tsnr_db\tquery_wav\tnoise_query_wav";
        std::fs::write(
            user.path("pairs.tsv"),
            format!("{heading}\n{}\n", rows.join("\n")),
        )
        .expect("a table");
        let said = user.prints(&[
            "evaluate",
            "pairs.tsv",
            "--audio",
            ".",
            "--json",
            "--model",
            "ears",
        ]);
        let said: Value = serde_json::from_str(&said).expect("one object");
        let figure = |key: &str| said["all"][key]["mean"].as_f64();
        ["si_sdri_db", "wrong_clip_si_sdri_db", "above_wrong_clip_db"].map(figure)
    };
    // What one clip gains as the wrong query, it gains as the right one.
    let right = measured(&["a dog\tdoor.wav\ttone.flac\t0\tdoor.wav\t"]);
    assert!(
        right[0].is_some() && right[1..] == [None, None],
        "there is no other clip: {right:?}"
    );
    let both = measured(&["a dog\tdoor.wav\ttone.flac\t0\tgate.wav\tdoor.wav"]);
    let [Some(gate), Some(door), Some(above)] = both else {
        panic!("all are measured: {both:?}");
    };
    assert_eq!(Some(door), right[0]);
    assert!(
        (above - (gate - door)).abs() < 1e-9 && (gate - door).abs() > 1e-6,
        "{both:?}"
    );
    let borrowed = measured(&[
        "a dog\tdoor.wav\ttone.flac\t0\tgate.wav\t",
        "a cat\tdoor.wav\ttone.flac\t0\tdoor.wav\t",
    ]);
    assert!(
        borrowed[1].is_some_and(|wrong| (wrong - 0.5 * (door + gate)).abs() < 1e-9),
        "{borrowed:?}"
    );
}

/// A clip that is not there is named before anything is measured.
fn score_refused(user: &User) {
    let rows = "caption\tsrc_wav\tnoise_wav\tsnr_db\tquery_wav\na dog\tdoor.wav\tgate.wav\t0\tnowhere.wav\n";
    std::fs::write(user.path("pairs.tsv"), rows).expect("a table");
    let refused = user.refuses(&["evaluate", "pairs.tsv", "--audio", ".", "--model", "ears"]);
    assert!(refused.contains("query_wav is \"nowhere.wav\""), "{refused}");
}

/// A second of silence.
fn hush(path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("a file");
    (0..48_000).for_each(|_| file.write_sample(0i16).expect("it is written"));
    file.finalize().expect("it is written");
}
