//! From a catalogue to an installed model: downloads and the importer together.

mod common;
mod support;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use common::{Answer, Place, Server, hurried, sha256};
use earmark_library::{
    Done, DownloadOptions, Installed, Library, LibraryError, Progress, Stage, Verdict, Work,
};
use support::{Around, MICRO, audiosep, checkpoint, clap, prefixed, separator, tokenizer, zipped};

/// What a server has, by path.
type Files = Arc<Mutex<HashMap<&'static str, Vec<u8>>>>;

/// A server with a whole checkpoint, its halves, and a tokenizer.
fn publisher() -> (Server, Files) {
    let whole = zipped(&checkpoint(&audiosep(MICRO), Around::Lightning));
    let network = zipped(&checkpoint(
        &prefixed("ss_model.", separator(MICRO)),
        Around::Lightning,
    ));
    let tower = zipped(&checkpoint(&prefixed("module.", clap(MICRO)), Around::Clap));
    let files: Files = Arc::new(Mutex::new(HashMap::from([
        ("/whole.ckpt", whole),
        ("/network.ckpt", network),
        ("/tower.pt", tower),
        ("/tokenizer.json", tokenizer()),
    ])));
    let served = files.clone();
    let server = Server::new(move |asked, _| {
        let files = served.lock().expect("no test panicked here");
        let file = files.get(asked.path.as_str());
        file.map_or_else(
            || Answer::new("404 Not Found", ""),
            |bytes| common::file(asked, bytes, &sha256(bytes)),
        )
    });
    (server, files)
}

/// A catalogue of the model "tiny"; `sum` says which files have a checksum in it.
fn catalogue(server: &Server, files: &Files, parts: &[&str], tower: Option<&str>, sum: bool) -> String {
    let mut text = format!(
        "[[model]]\nid = \"tiny\"\nname = \"Tiny\"\ngood_at = \"tests\"\nsample_rate = 2000\nfiles = {parts:?}\nlicence = \"MIT\"\nlicence_source = \"https://example.org\"\nhome = \"https://example.org\"\n"
    );
    if let Some(tower) = tower {
        text += &format!("text_tower = \"{tower}\"\n");
    }
    for (path, bytes) in &*files.lock().expect("no test panicked here") {
        let name = &path[1..];
        let url = server.url(path);
        text += &format!("[[file]]\nid = \"{name}\"\nname = \"{name}\"\nurl = \"{url}\"\n");
        if sum {
            text += &format!("bytes = {}\nsha256 = \"{}\"\n", bytes.len(), sha256(bytes));
        }
    }
    text
}

fn download(library: &Library, options: DownloadOptions) -> Result<Installed, LibraryError> {
    library.download("tiny", options, &mut |_| ControlFlow::Continue(()))
}

/// What a model was made of.
fn sources(model: &Installed) -> Vec<&str> {
    model.header.sources.iter().map(|source| &*source.file).collect()
}

fn verify(library: &Library) -> Verdict {
    library
        .verify("tiny", &mut |_| ControlFlow::Continue(()))
        .expect("a verdict")
}

#[test]
fn a_model_is_downloaded_checked_and_installed() {
    let (server, files) = publisher();
    let place = Place::new();
    let text = catalogue(&server, &files, &["whole.ckpt", "tokenizer.json"], None, true);
    let library = place.library_of(&text, hurried());
    let mut seen: Vec<Progress> = Vec::new();
    let installed = library.download("tiny", DownloadOptions::default(), &mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    });
    let installed = installed.expect("a model");
    assert_eq!(installed.id, "tiny");
    assert_eq!(sources(&installed), ["whole.ckpt", "tokenizer.json"]);
    assert_eq!(library.installed().find("tiny").expect("it is there"), &installed);
    let bytes = std::fs::read(&installed.path).expect("the model");
    assert_eq!(installed.sha256, Some(sha256(&bytes)));
    assert_eq!(
        verify(&library),
        Verdict::Intact {
            sha256: sha256(&bytes)
        }
    );
    // What it was made of is gone, and both files were counted as one download.
    assert_eq!(
        (place.downloaded("whole.ckpt"), place.downloaded("tokenizer.json")),
        (None, None)
    );
    let total: u64 = ["/whole.ckpt", "/tokenizer.json"]
        .iter()
        .map(|path| files.lock().expect("no test panicked here")[path].len() as u64)
        .sum();
    let downloading: Vec<&Progress> = seen.iter().filter(|p| p.stage == Stage::Downloading).collect();
    assert!(downloading.iter().all(|progress| progress.total == Some(total)));
    assert!(downloading.is_sorted_by_key(|progress| progress.done));
    assert_eq!(seen.last().map(|progress| progress.stage), Some(Stage::Importing));
    // Another process sees it too.
    let again = place.library_of(&text, hurried());
    assert_eq!(again.installed().installed, [installed]);
}

#[test]
fn files_can_be_kept_and_used_again_without_a_network() {
    let (server, files) = publisher();
    let place = Place::new();
    let text = catalogue(&server, &files, &["whole.ckpt", "tokenizer.json"], None, true);
    let library = place.library_of(&text, hurried());
    let keep = DownloadOptions {
        keep_files: true,
        ..DownloadOptions::default()
    };
    let wide = download(&library, keep).expect("a model");
    assert!(place.downloaded("whole.ckpt").is_some());
    drop(server);
    let narrow = DownloadOptions {
        sixteen_bit: true,
        ..keep
    };
    let narrow = download(&library, narrow).expect("the same in 16 bits");
    assert!(narrow.bytes < wide.bytes);
    // The record followed.
    assert!(matches!(verify(&library), Verdict::Intact { .. }));
}

#[test]
fn a_text_tower_is_fetched_only_where_it_is_missing() {
    let (server, files) = publisher();
    let place = Place::new();
    let parts = ["network.ckpt", "tokenizer.json"];
    let text = catalogue(&server, &files, &parts, Some("tower.pt"), true);
    let installed = download(&place.library_of(&text, hurried()), DownloadOptions::default());
    assert_eq!(
        sources(&installed.expect("a model")),
        ["network.ckpt", "tokenizer.json", "tower.pt"]
    );
    let fetched: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(fetched, ["/network.ckpt", "/tokenizer.json", "/tower.pt"]);

    let place = Place::new();
    let text = catalogue(
        &server,
        &files,
        &["whole.ckpt", "tokenizer.json"],
        Some("tower.pt"),
        true,
    );
    download(&place.library_of(&text, hurried()), DownloadOptions::default()).expect("a model");
    assert!(server.asked()[3..].iter().all(|asked| asked.path != "/tower.pt"));

    // Without one in the catalogue, the importer's sentence says what is missing.
    let place = Place::new();
    let text = catalogue(&server, &files, &parts, None, true);
    let result = download(&place.library_of(&text, hurried()), DownloadOptions::default());
    assert!(result.is_err_and(|error| error.to_string().contains("text tower")));
    assert!(place.downloaded("network.ckpt").is_some());
}

#[test]
fn a_file_of_unknown_checksum_is_trusted_once_it_has_become_a_model() {
    let (server, files) = publisher();
    let place = Place::new();
    let text = catalogue(&server, &files, &["whole.ckpt", "tokenizer.json"], None, false);
    let library = place.library_of(&text, hurried());
    let first = download(&library, DownloadOptions::default()).expect("a model");
    // Its publisher, or somebody in between, changes a file: the installed model stays as it is.
    let changed = {
        let mut files = files.lock().expect("no test panicked here");
        let file = files.get_mut("/whole.ckpt").expect("the checkpoint");
        *file.last_mut().expect("bytes") ^= 1;
        sha256(file)
    };
    let error = download(&library, DownloadOptions::default())
        .expect_err("another file")
        .to_string();
    assert!(error.contains(&changed), "{error}");
    assert_eq!(library.refresh().expect("a readable folder").installed, [first]);
    assert_eq!(place.downloaded("whole.ckpt"), None);
}

#[test]
fn stopping_the_importer_keeps_the_downloads_and_installs_nothing() {
    let (server, files) = publisher();
    let place = Place::new();
    let text = catalogue(&server, &files, &["whole.ckpt", "tokenizer.json"], None, false);
    let library = place.library_of(&text, hurried());
    let result = library.download(
        "tiny",
        DownloadOptions::default(),
        &mut |progress| match progress.stage {
            Stage::Importing => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        },
    );
    assert!(matches!(result, Err(LibraryError::Cancelled)));
    assert!(library.installed().installed.is_empty());
    assert!(place.downloaded("whole.ckpt").is_some());
    let models = std::fs::read_dir(place.folders().models()).expect("the folder");
    assert_eq!(models.count(), 0);
}

#[test]
fn a_job_installs_a_model() {
    let (server, files) = publisher();
    let place = Place::new();
    let text = catalogue(&server, &files, &["whole.ckpt", "tokenizer.json"], None, true);
    let library = place.library_of(&text, hurried());
    let job = library.start(Work::Download {
        id: "tiny".into(),
        options: DownloadOptions::default(),
    });
    while !job.is_finished() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let Some(Ok(Done::Installed(installed))) = job.take_result() else {
        panic!("no model was installed");
    };
    assert_eq!(library.installed().installed, [*installed]);
}
