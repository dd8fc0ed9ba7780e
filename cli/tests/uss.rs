//! USS's models on the command line: a clip as the query, and words that are taken for AudioSet's classes, with small models of its
//! layout that are imported here.

mod common;
#[path = "common/tensors.rs"]
mod tensors;

use std::path::PathBuf;
use std::process::Output;

use common::{fixture, write_noise};
use earmark_models::encoder::Cnn14Config;
use earmark_models::procedural;
use earmark_models::resunet::{ResUNetConfig, StageConfig};
use serde_json::Value;

/// A user with a folder for models and sounds.
struct User(tempfile::TempDir);

impl User {
    /// One with "uss", "deaf", which is the same without Cnn14, and "uss-cnn14".
    fn new() -> User {
        let user = User(tempfile::tempdir().expect("a folder for the test"));
        user.import("tags.safetensors", 527, 16, &["--audio-tower"]);
        user.import("tags.safetensors", 527, 16, &["--id", "deaf"]);
        user.import("embedding.safetensors", 2048, 2048, &[]);
        write_noise(&user.path("door.wav"), "door", 48_000, 2.5);
        write_noise(&user.path("gate.wav"), "gate", 44_100, 1.5);
        write_noise(&user.path("blip.wav"), "blip", 32_000, 0.05);
        std::fs::copy(fixture("tone.flac"), user.path("tone.flac")).expect("a file");
        user
    }

    fn import(&self, file: &str, condition: usize, embedding: usize, more: &[&str]) {
        write_model(&self.path(file), condition, embedding);
        self.prints(&[&["models", "import", file], more].concat());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn runs(&self, arguments: &[&str]) -> Output {
        let mut command = common::command(self.0.path(), arguments);
        command.env("EARMARK_DATA", self.path("data"));
        command.output().expect("earmark runs")
    }

    fn prints(&self, arguments: &[&str]) -> (String, String) {
        let output = self.runs(arguments);
        let said = String::from_utf8(output.stderr).expect("output is UTF-8");
        assert!(output.status.success(), "{arguments:?}: {said}");
        (String::from_utf8(output.stdout).expect("output is UTF-8"), said)
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        let said = String::from_utf8(output.stderr).expect("output is UTF-8");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        said
    }

    /// Separates the tone, and gives what is said beside it and the target's bytes.
    fn separates(&self, model: &str, arguments: &[&str]) -> (String, Vec<u8>) {
        let all = [
            &["separate", "tone.flac", "--model", model, "-o", "out.wav"],
            arguments,
        ];
        let (_, said) = self.prints(&all.concat());
        (said, std::fs::read(self.path("out.wav")).expect("an output"))
    }
}

/// USS's module in a safetensors file: a small network, and a small Cnn14.
fn write_model(path: &std::path::Path, condition: usize, embedding: usize) {
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
        condition_size: condition,
        ..ResUNetConfig::audiosep()
    };
    let network = network.required_tensors().expect("a network");
    let tower = Cnn14Config {
        channels: [4, 8, 8, 8, 8, 16],
        embedding,
        classes: 527,
    };
    let network = network
        .into_iter()
        .map(|(name, shape)| (format!("ss_model.{name}"), shape));
    let tower = tower
        .required_tensors()
        .into_iter()
        .map(|(name, shape)| (format!("query_net.base.{name}"), shape));
    tensors::write(path, network.chain(tower), weights);
}

/// Weights that keep signals at their power; in the mel matrix each bin belongs to one band.
fn weights(name: &str, shape: &[usize]) -> Box<dyn Iterator<Item = f32>> {
    if name.ends_with("melW") {
        let (bins, bands) = (shape[0], shape[1]);
        let is_of = move |index: usize| index / bands * bands / bins == index % bands;
        return Box::new((0..bins * bands).map(move |index| if is_of(index) { 0.01 } else { 0.0 }));
    }
    let (mean, width) = match shape {
        _ if name == "query_net.base.bn0.running_mean" => (-30.0, 10.0),
        _ if name == "query_net.base.bn0.running_var" => (75.0, 25.0),
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

#[test]
fn a_clip_is_the_query_of_both_and_words_that_of_one() {
    let user = User::new();
    let (list, _) = user.prints(&["models", "list", "--json"]);
    let list: Value = serde_json::from_str(&list).expect("a list");
    let of = |id: &str| {
        let models = list.as_array().expect("a list");
        let mut models = models.iter();
        models
            .find(|model| model["name"] == id)
            .expect("it is listed")
            .clone()
    };
    for (id, queries, encoder) in [
        ("uss", r#"["text","clip"]"#, "audioset-tags"),
        ("deaf", r#"["text"]"#, "audioset-tags"),
        ("uss-cnn14", r#"["clip"]"#, "cnn14"),
    ] {
        assert_eq!(of(id)["queries"].to_string(), queries);
        assert_eq!(of(id)["encoder"], encoder);
    }

    for model in ["uss", "uss-cnn14"] {
        let (_, door) = user.separates(model, &["--like", "door.wav"]);
        let (_, gate) = user.separates(model, &["--like", "gate.wav"]);
        let (_, both) = user.separates(model, &["--like", "door.wav", "--like", "gate.wav"]);
        assert_eq!(user.separates(model, &["--like", "door.wav"]).1, door);
        let all = [&door, &gate, &both];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{model}: {index} is like another");
        }
    }
    let (said, words) = user.separates("uss", &["-q", "a dog barking"]);
    assert!(
        said.contains("\u{201c}a dog barking\u{201d} is taken for \u{201c}Bark\u{201d}."),
        "{said}"
    );
    assert_eq!(user.separates("deaf", &["-q", "a dog barking"]).1, words);
    let (_, beside) = user.separates("uss", &["-q", "a dog barking", "--like", "door.wav"]);
    assert_ne!(beside, words);
}

#[test]
fn what_cannot_be_a_query_is_refused_in_a_sentence() {
    let user = User::new();
    let separate = |model: &str, more: &[&str]| {
        let all = [&["separate", "tone.flac", "--model", model], more];
        user.refuses(&all.concat())
    };
    let said = separate("uss-cnn14", &["-q", "a dog"]);
    assert!(
        said.contains("reads no words") && said.contains("--like"),
        "{said}"
    );
    let said = separate("deaf", &["--like", "door.wav"]);
    assert!(said.contains("installed without its audio tower"), "{said}");
    let said = separate("uss", &["--like", "blip.wav"]);
    assert!(
        said.contains("blip.wav") && said.contains("at least 0.1 s"),
        "{said}"
    );
}
