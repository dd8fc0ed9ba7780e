//! `earmark models …`.

mod common;
#[path = "../../library/tests/common/mod.rs"]
mod web;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::prints;
use earmark_models::resunet::ResUNetConfig;
use serde_json::Value;
use web::{Answer, Server, Stated, file, noise, sha256};

/// A user with a folder for models, and a catalogue of one model, "tiny".
struct User {
    folder: tempfile::TempDir,
}

impl User {
    fn new(url: &str, stated: &Stated) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("catalogue.toml"), web::catalogue(url, stated)).expect("a file");
        Self { folder }
    }

    /// One that no server is needed for.
    fn offline() -> Self {
        Self::new("http://127.0.0.1:1/f", &Stated::default())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn downloads(&self) -> PathBuf {
        self.data().join("downloads")
    }

    /// `earmark models …`, not yet started.
    fn models<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = common::command(self.folder.path(), &["models"]);
        command.args(arguments);
        command.env("EARMARK_DATA", self.data());
        command.env("EARMARK_CATALOGUE", self.folder.path().join("catalogue.toml"));
        command
    }

    fn prints<S: AsRef<OsStr>>(&self, arguments: &[S]) -> String {
        succeeds(self.models(arguments).output().expect("earmark runs"))
    }

    fn refuses<S: AsRef<OsStr>>(&self, arguments: &[S]) -> String {
        fails(self.models(arguments).output().expect("earmark runs")).1
    }

    /// Writes what the importer would: a model with its record.
    fn install(&self, id: &str, config: &str) -> PathBuf {
        let metadata: HashMap<String, String> = [
            ("earmark.format", "1"),
            ("earmark.id", id),
            ("earmark.name", "Tiny"),
            ("earmark.config", config),
            ("earmark.sha256", "c0de"),
            (
                "earmark.source",
                r#"[{"file": "tiny.ckpt", "bytes": 1, "sha256": "00"}]"#,
            ),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        let none: [(&str, safetensors::tensor::TensorView); 0] = [];
        self.put(id, &safetensors::serialize(none, Some(metadata)).expect("a file"))
    }

    /// Puts a model's file where models lie, with its record.
    fn put(&self, id: &str, bytes: &[u8]) -> PathBuf {
        let record = format!(
            "{{\"sha256\": \"{}\", \"bytes\": {}}}",
            sha256(bytes),
            bytes.len()
        );
        let models = self.data().join("models");
        std::fs::create_dir_all(&models).expect("a folder");
        std::fs::write(models.join(format!("{id}.json")), record).expect("a file");
        let path = models.join(format!("{id}.safetensors"));
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

fn succeeds(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// What a command that must fail prints, and its one sentence.
fn fails(output: Output) -> (String, String) {
    let sentence = String::from_utf8(output.stderr).expect("output is UTF-8");
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert!(
        sentence.starts_with("earmark: ") && sentence.ends_with(".\n"),
        "{sentence:?}"
    );
    assert_eq!(sentence.lines().count(), 1, "{sentence:?}");
    (
        String::from_utf8(output.stdout).expect("output is UTF-8"),
        sentence,
    )
}

fn audiosep() -> String {
    serde_json::to_string(&ResUNetConfig::audiosep()).expect("JSON")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_bundled_model_is_listed_and_can_be_asked_for_by_its_name() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = json(&prints(here, &["models", "list", "--json"]));
    let first = &listed[0];
    let name = first["name"].as_str().expect("a name");
    assert_eq!(first["available"], true);
    assert_eq!(first["state"], "bundled");
    assert_eq!(first["encoder"], "minilm");
    assert!(
        first["latency_seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.0 && seconds <= 0.5)
    );
    assert!(prints(here, &["models", "list"]).contains(name));

    let folder = tempfile::tempdir().expect("a folder for the test");
    common::write_wav(
        &folder.path().join("in.wav"),
        48_000,
        &common::scene(1, 9_600, 48_000),
    );
    prints(
        folder.path(),
        &["separate", "in.wav", "a dog", "-o", "named.wav", "--model", name],
    );
    prints(
        folder.path(),
        &["separate", "in.wav", "a dog", "-o", "default.wav"],
    );
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("the output");
    assert_eq!(read("named.wav"), read("default.wav"));
}

#[test]
fn what_can_be_downloaded_is_listed_with_its_size_and_licence() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = json(&prints(here, &["models", "list", "--json"]));
    let entries = listed.as_array().expect("an array");
    let audiosep = entries
        .iter()
        .find(|entry| entry["name"] == "audiosep")
        .expect("AudioSep");
    assert_eq!(audiosep["state"], "downloadable");
    assert_eq!(audiosep["available"], false);
    assert_eq!(audiosep["licence"], "MIT");
    assert_eq!(audiosep["download_bytes"], 1_266_199_939);
    let table = prints(here, &["models", "list"]);
    assert!(
        table.contains("1.27 GB") && table.contains("to download: AudioSep:"),
        "{table}"
    );
    assert!(
        table.contains("[licence: see https://zenodo.org/records/10887460]"),
        "{table}"
    );
}

#[test]
fn no_model_to_download_or_import_has_the_name_of_one_that_is_part_of_earmark() {
    for model in earmark_library::Catalogue::built_in().models() {
        assert!(
            earmark_models::Selection::bundled().find(&model.id).is_err(),
            "{}",
            model.id
        );
    }
    let user = User::offline();
    let sentence = user.refuses(&["import", "x.ckpt", "--id", "earmark-small"]);
    assert!(sentence.contains("part of Earmark itself"), "{sentence}");
}

#[test]
fn installed_and_damaged_models_are_listed() {
    let user = User::offline();
    let path = user.install("tiny", &audiosep());
    user.install("odd", "{}");
    std::fs::write(user.data().join("models/cut.safetensors"), "x").expect("a file");
    let listed = json(&user.prints(&["list", "--json"]));
    let entries = listed.as_array().expect("an array");
    let entry = |name: &str| {
        entries
            .iter()
            .find(|entry| entry["name"] == name)
            .expect("an entry")
    };
    let tiny = entry("tiny");
    assert_eq!(
        (&tiny["state"], &tiny["available"]),
        (&"installed".into(), &true.into())
    );
    assert_eq!(
        (&tiny["sample_rate"], &tiny["encoder"]),
        (&32_000.into(), &"clap".into())
    );
    assert_eq!(tiny["path"], path.display().to_string());
    // The weights', as the plug-in and projects know it, and the file's.
    assert_eq!(tiny["sha256"], "c0de");
    assert_eq!(
        tiny["file_sha256"],
        sha256(&std::fs::read(&path).expect("the model"))
    );
    assert!(
        tiny["latency_seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.5 && seconds <= 2.0)
    );
    // It is installed: nothing is left to download.
    assert_eq!(entries.iter().filter(|entry| entry["name"] == "tiny").count(), 1);
    for name in ["odd", "cut"] {
        assert_eq!(
            (&entry(name)["state"], &entry(name)["available"]),
            (&"damaged".into(), &false.into())
        );
    }
    assert!(user.prints(&["list"]).contains("DAMAGED"));
}

#[test]
fn files_are_downloaded_checked_and_found_again() {
    let bytes = noise(100_000, 1);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let user = User::new(&server.url("/f"), &Stated::of(&bytes));
    let path = user.downloads().join("tiny.ckpt");
    for _ in 0..2 {
        let printed = user.prints(&["download", "tiny", "--only-files"]);
        assert_eq!(printed, format!("{}\n", path.display()));
    }
    assert_eq!(std::fs::read(&path).expect("the file"), bytes);
    assert_eq!(server.asked().len(), 1);
    // What arrived is no model: the importer says so, and it stays for whoever wants to look.
    let sentence = user.refuses(&["download", "tiny"]);
    assert!(
        sentence.contains("tiny.ckpt") && sentence.contains("not a model file"),
        "{sentence}"
    );
    assert!(path.exists());
    assert!(
        json(&user.prints(&["verify", "--json"]))
            .as_array()
            .is_some_and(Vec::is_empty)
    );
}

#[test]
fn downloads_that_fail_say_why_in_one_sentence() {
    let server = Server::new(|asked, _| match asked.path.as_str() {
        "/wrong" => Answer::ok(&noise(1_000, 2)),
        _ => Answer::new("404 Not Found", ""),
    });
    let stated = Stated::of(&noise(1_000, 3));
    let wrong = User::new(&server.url("/wrong"), &stated).refuses(&["download", "tiny"]);
    assert!(wrong.contains("not the right file"), "{wrong}");
    let gone = User::new(&server.url("/gone"), &stated).refuses(&["download", "tiny"]);
    assert!(gone.contains("404"), "{gone}");
    let user = User::new("http://no-such-host.invalid/f", &stated);
    let offline = user.refuses(&["download", "tiny"]);
    let place = user.downloads().join("tiny.ckpt").display().to_string();
    assert!(
        offline.contains(&place) && offline.contains("earmark models import"),
        "{offline}"
    );
    let unknown = user.refuses(&["download", "enormous"]);
    assert!(
        unknown.contains("enormous") && unknown.contains("tiny"),
        "{unknown}"
    );
    std::fs::write(user.folder.path().join("catalogue.toml"), "[[model]]\n").expect("a file");
    let broken = user.refuses(&["list"]);
    assert!(
        broken.contains("catalogue.toml") && broken.contains("line 1"),
        "{broken}"
    );
}

#[test]
fn an_installed_model_is_not_downloaded_again() {
    let user = User::offline();
    user.install("tiny", &audiosep());
    let printed = user.prints(&["download", "tiny"]);
    assert!(printed.contains("installed already"), "{printed}");
}

#[test]
fn what_is_no_model_is_not_imported() {
    let user = User::offline();
    std::fs::write(
        user.folder.path().join("letter.ckpt"),
        "Dear sound, please be alone.",
    )
    .expect("a file");
    let sentence = user.refuses(&["import", "letter.ckpt"]);
    assert!(
        sentence.contains("letter.ckpt") && sentence.contains("not a model file"),
        "{sentence}"
    );
    user.refuses(&["import", "letter.ckpt", "--id", "../up"]);
    user.refuses::<&str>(&["import"]);
    let installed = json(&user.prints(&["verify", "--json"]));
    assert!(installed.as_array().is_some_and(Vec::is_empty), "{installed}");
}

#[test]
fn models_are_verified_and_removed() {
    let user = User::offline();
    assert_eq!(user.prints(&["verify"]), "No model is installed.\n");
    let named = |id: &str| {
        web::model(id, |entries| {
            entries.insert("earmark.name".into(), "Tiny".into());
        })
    };
    let path = user.put("tiny", &named("tiny"));
    user.put("other", &named("other"));
    assert!(user.prints(&["verify"]).contains("tiny   is what was installed"));
    let intact = json(&user.prints(&["verify", "tiny", "--json"]));
    assert_eq!(
        (&intact[0]["name"], &intact[0]["verdict"]),
        (&"tiny".into(), &"intact".into())
    );

    // One letter of its header, the size unchanged.
    let text = std::fs::read(&path).expect("the model");
    let place = text
        .windows(4)
        .position(|four| four == b"Tiny")
        .expect("its name");
    let mut changed = text.clone();
    changed[place] = b'P';
    std::fs::write(&path, &changed).expect("a file");
    let (printed, sentence) = fails(user.models(&["verify", "--json"]).output().expect("earmark runs"));
    let verdicts = json(&printed);
    assert_eq!(
        (&verdicts[0]["verdict"], &verdicts[1]["verdict"]),
        (&"intact".into(), &"damaged".into())
    );
    assert!(sentence.contains("Damaged: tiny;"), "{sentence}");

    assert!(user.prints(&["remove", "tiny"]).contains("tiny is removed"));
    assert!(!path.exists() && !path.with_extension("json").exists());
    for command in ["remove", "verify"] {
        let gone = user.refuses(&[command, "tiny"]);
        assert!(gone.contains("tiny") && gone.contains("other"), "{gone}");
        let bundled = user.refuses(&[command, "earmark-small"]);
        assert!(bundled.contains("part of Earmark itself"), "{bundled}");
    }
}

/// A network that `training/` made, of which nothing is built into Earmark: here the bundled one's weights, as they were
/// exported.
#[test]
fn a_network_of_ones_own_is_imported_and_separates() {
    let user = User::offline();
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/weights/earmark-small.safetensors");
    std::fs::copy(weights, user.folder.path().join("mine.safetensors")).expect("a file");
    let printed = user.prints(&["import", "mine.safetensors"]);
    assert!(printed.contains("mine is installed as mine"), "{printed}");
    let listed = json(&user.prints(&["list", "--json"]));
    let mine = listed
        .as_array()
        .and_then(|entries| entries.iter().find(|entry| entry["name"] == "mine"))
        .expect("it is listed");
    let bundled = &listed[0];
    for key in ["sample_rate", "latency_seconds", "encoder"] {
        assert_eq!(mine[key], bundled[key], "{key}");
    }
    let verified = json(&user.prints(&["verify", "mine", "--json"]));
    assert_eq!(verified[0]["verdict"], "intact");

    let sound: Vec<f32> = earmark_models::procedural::uniform("sound", 24_000)
        .map(|value| 0.1 * value)
        .collect();
    common::write_wav(&user.folder.path().join("in.wav"), 48_000, &[sound]);
    let separated = |model: &str| {
        let out = user.folder.path().join(format!("{model}.wav"));
        let arguments = ["separate", "in.wav", "rain", "--model", model, "-o"];
        let mut command = common::command(user.folder.path(), &arguments);
        command.arg(&out).env("EARMARK_DATA", user.data());
        succeeds(command.output().expect("earmark runs"));
        std::fs::read(out).expect("the target")
    };
    assert!(separated("mine") == separated("earmark-small"), "other bits");
}

#[test]
fn proxies_and_their_exceptions_are_honoured() {
    let bytes = noise(10_000, 4);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let stated = Stated::of(&bytes);
    let download = ["download", "tiny", "--only-files"];

    let behind = User::new("http://models.invalid/f", &stated);
    let mut command = behind.models(&download);
    command.env("HTTP_PROXY", server.url(""));
    succeeds(command.output().expect("earmark runs"));
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(asked, ["models.invalid:80", "/f"]);

    let beside = User::new(&server.url("/f"), &stated);
    let mut command = beside.models(&download);
    command
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .env("NO_PROXY", "127.0.0.1");
    succeeds(command.output().expect("earmark runs"));
    assert_eq!(server.asked().len(), 3);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_received_for_next_time() {
    use std::time::{Duration, Instant};

    let bytes = noise(300_000, 5);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match count {
        0 => file(asked, &served, "v1").stalling_after(200_000),
        _ => file(asked, &served, "v1"),
    });
    // Nothing is known of the file beforehand.
    let user = User::new(&server.url("/f"), &Stated::default());
    let part = user.downloads().join("tiny.ckpt.part");
    let mut child = user
        .models(&["download", "tiny", "--only-files"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("earmark runs");
    let started = Instant::now();
    let size = || std::fs::metadata(&part).map_or(0, |part| part.len());
    while size() < 200_000 {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing is received");
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("earmark ends").code(), Some(130));
    assert_eq!(size(), 200_000);

    user.prints(&["download", "tiny", "--only-files"]);
    assert_eq!(server.asked()[1].from(), Some(200_000));
    assert_eq!(
        std::fs::read(user.downloads().join("tiny.ckpt")).expect("the file"),
        bytes
    );
}
