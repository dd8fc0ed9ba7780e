//! `--image` of `earmark separate` and `earmark find`: a picture as the query, with a small CLIPSep that is imported here.

mod common;
#[path = "common/weights.rs"]
mod weights;

use std::path::{Path, PathBuf};
use std::process::Output;

use common::{fixture, write_noise};
use serde_json::Value;
use weights::{clip_tokenizer, write_clipsep};

/// A user with a folder for models, sounds and pictures.
struct User(tempfile::TempDir);

impl User {
    /// One with two models of the same weights: "eyes" with its image tower, "blind" without.
    fn new() -> User {
        let user = User(tempfile::tempdir().expect("a folder for the test"));
        write_clipsep(
            &user.path("best_model.safetensors"),
            &user.path("clip.safetensors"),
        );
        std::fs::write(user.path("tokenizer.json"), clip_tokenizer()).expect("a file");
        let files = ["best_model.safetensors", "clip.safetensors", "tokenizer.json"];
        let import = |id, more: &[&str]| {
            let arguments = [&["models", "import", "--id", id], &files[..], more].concat();
            user.prints(&arguments)
        };
        let said = import("eyes", &["--image-tower"]);
        assert!(said.contains(" of it the image tower"), "{said}");
        let said = import("blind", &[]);
        assert!(
            said.contains("CLIPSep is installed as blind") && !said.contains("tower"),
            "{said}"
        );
        picture(&user.path("dog.png"), |row, column| (row * 9 + column * 2) as u8);
        picture(&user.path("bell.png"), |row, column| (row ^ column) as u8);
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
            "separate",
            "tone.flac",
            "--model",
            "eyes",
            "-o",
            "out.wav",
            "--json",
        ];
        let said = self.prints(&[&all, arguments].concat());
        let said = serde_json::from_str(&said).expect("one object");
        (said, std::fs::read(self.path("out.wav")).expect("an output"))
    }
}

/// A grey picture of 60 × 40.
fn picture(path: &Path, value: impl Fn(usize, usize) -> u8) {
    let file = std::fs::File::create(path).expect("a file");
    let mut encoder = png::Encoder::new(file, 60, 40);
    encoder.set_color(png::ColorType::Grayscale);
    let values: Vec<u8> = (0..60 * 40).map(|index| value(index / 60, index % 60)).collect();
    let mut writer = encoder.write_header().expect("a file");
    writer.write_image_data(&values).expect("a file");
}

#[test]
fn a_picture_is_listened_for_alone_with_others_and_beside_words() {
    let user = User::new();
    let list: Value = serde_json::from_str(&user.prints(&["models", "list", "--json"])).expect("a list");
    let queries = |id: &str| {
        let mut models = list.as_array().expect("a list").iter();
        let model = models.find(|model| model["name"] == id);
        model.expect("it is listed")["queries"].to_string()
    };
    assert_eq!(queries("eyes"), r#"["text","picture"]"#);
    assert_eq!(queries("blind"), r#"["text"]"#);

    let (said, dog) = user.separates(&["--image", "dog.png"]);
    assert_eq!(said["queries"][0], "seen in dog");
    assert_eq!(said["image"][0]["path"], "dog.png");
    assert_eq!(said["image"][0]["sha256"].as_str().map(str::len), Some(64));
    assert!(
        user.separates(&["--image", "dog.png"]).1 == dog,
        "the same picture gives the same"
    );
    let (_, bell) = user.separates(&["--image", "bell.png"]);
    let (said, both) = user.separates(&["--image", "dog.png", "--image", "bell.png"]);
    assert_eq!(said["queries"][0], "seen in dog and bell");
    let (said, words) = user.separates(&["-q", "a dog"]);
    assert_eq!(said["image"], Value::Null);
    let (said, beside) = user.separates(&["-q", "a dog", "--image", "dog.png"]);
    assert_eq!(said["queries"][0], "a dog, seen in dog");
    let (_, less) = user.separates(&["-q", "not rain", "--image", "dog.png"]);
    let all = [&dog, &bell, &both, &words, &beside, &less];
    for (index, one) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|other| other != one), "{index}");
    }
}

#[test]
fn outputs_say_which_picture_they_were_made_with() {
    let user = User::new();
    std::fs::create_dir(user.path("in")).expect("a folder");
    std::fs::rename(user.path("tone.flac"), user.path("in/tone.flac")).expect("a file");
    let run = [
        "separate", "in", "--image", "dog.png", "--model", "eyes", "-o", "out",
    ];
    user.prints(&run);
    assert!(user.path("out/tone - seen in dog.wav").is_file());
    assert!(user.prints(&run).contains("0 files separated, 1 finished before"));
    let find = [
        "find",
        "in/tone.flac",
        "--image",
        "dog.png",
        "--model",
        "eyes",
        "--json",
    ];
    let found: Value = serde_json::from_str(&user.prints(&find)).expect("one object");
    assert_eq!(found["queries"][0], "seen in dog");
    assert_eq!(found["made"]["like"][0].as_str().map(str::len), Some(64));
    std::fs::copy(user.path("bell.png"), user.path("dog.png")).expect("a file");
    assert!(
        user.prints(&run).contains("1 files separated"),
        "another picture of that name"
    );
}

#[test]
fn what_cannot_be_looked_at_is_refused_in_words() {
    let user = User::new();
    write_noise(&user.path("door.wav"), "door", 48_000, 2.0);
    std::fs::write(user.path("cut.png"), b"\x89PNG\r\n\x1a\n").expect("a file");
    let refused = |model: &str, more: &[&str]| {
        let base = ["separate", "tone.flac", "-o", "out.wav", "--model", model];
        user.refuses(&[&base, more].concat())
    };
    for (model, arguments, said) in [
        (
            "earmark-small",
            &["--image", "dog.png"][..],
            "earmark-small has no encoder of pictures, so a picture cannot be its query",
        ),
        (
            "blind",
            &["--image", "dog.png"],
            "blind was installed without its image tower",
        ),
        (
            "eyes",
            &["--like", "door.wav"],
            "eyes has no encoder of sounds yet",
        ),
        (
            "eyes",
            &["--image", "door.wav"],
            "\"door.wav\" cannot be a query. The picture cannot be looked at: it is neither a PNG nor a JPEG",
        ),
        ("eyes", &["--image", "cut.png"], "cannot be decoded"),
        (
            "eyes",
            &["--image", "nowhere.png"],
            "There is no file at \"nowhere.png\"",
        ),
        (
            "eyes",
            &["--image", "-"],
            "--image takes a file, not standard input",
        ),
        (
            "eyes",
            &["--image", "dog.png", "-q", "rain", "-q", "wind"],
            "but 2 are asked for",
        ),
    ] {
        let sentence = refused(model, arguments);
        assert!(sentence.contains(said), "{arguments:?}: {sentence}");
    }
}
