//! Work in the background.

mod common;

use std::time::{Duration, Instant};

use common::{Place, Server, Stated, file, hurried, noise};
use earmark_library::{Done, DownloadOptions, LibraryError, LibraryJob, Network, Stage, Work};

fn download() -> Work {
    Work::Download {
        id: "tiny".into(),
        options: DownloadOptions::default(),
    }
}

/// Waits as a test may, for what an editor would look at sixty times a second.
fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{what} does not happen"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn result(job: &LibraryJob) -> Result<Done, LibraryError> {
    until("the end", || job.is_finished());
    job.take_result().expect("a result")
}

#[test]
fn a_job_tells_how_far_it_is_and_can_be_stopped() {
    let bytes = noise(200_000, 1);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1").stalling_after(120_000));
    let place = Place::new();
    let patient = Network {
        stall: Duration::from_secs(60),
        ..hurried()
    };
    let library = place.library_with(&server.url("/f"), &Stated::of(&bytes), patient);
    let job = library.start(download());
    until("progress", || job.progress().done == 120_000);
    let progress = job.progress();
    assert_eq!(
        (progress.stage, progress.total),
        (Stage::Downloading, Some(200_000))
    );
    assert!(!job.is_finished() && job.take_result().is_none());
    job.cancel();
    assert!(matches!(result(&job), Err(LibraryError::Cancelled)));
    assert!(job.take_result().is_none(), "a result is given once");
}

#[test]
fn dropping_a_job_stops_it() {
    let bytes = noise(200_000, 2);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1").stalling_after(50_000));
    let place = Place::new();
    let patient = Network {
        stall: Duration::from_secs(60),
        ..hurried()
    };
    let library = place.library_with(&server.url("/f"), &Stated::of(&bytes), patient);
    let job = library.start(download());
    until("progress", || job.progress().done == 50_000);
    let started = Instant::now();
    drop(job);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(
        place.downloaded("tiny.ckpt.part").map(|part| part.len()),
        Some(50_000)
    );
}

#[test]
fn a_job_that_fails_gives_its_sentence() {
    let place = Place::new();
    let library = place.library("http://127.0.0.1:1/f", &Stated::default());
    let job = library.start(Work::Verify { id: "tiny".into() });
    assert!(matches!(result(&job), Err(LibraryError::NotInstalled { .. })));
    let job = library.start(Work::Refresh);
    assert!(matches!(result(&job), Ok(Done::Refreshed)));
    let job = library.start(Work::Download {
        id: "unheard-of".into(),
        options: DownloadOptions::default(),
    });
    assert!(matches!(result(&job), Err(LibraryError::UnknownModel { .. })));
}

#[test]
fn what_cannot_be_imported_stays_downloaded_and_is_not_trusted() {
    let bytes = noise(10_000, 3);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let place = Place::new();
    let library = place.library(&server.url("/f"), &Stated::default());
    let job = library.start(download());
    assert!(matches!(result(&job), Err(LibraryError::Import(_))));
    assert_eq!(place.downloaded("tiny.ckpt"), Some(bytes));
    assert!(!place.folders().root().join("known.json").exists());
    assert!(library.installed().installed.is_empty());
}
