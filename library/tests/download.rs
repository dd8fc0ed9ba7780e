//! Downloads from servers that behave well and badly.

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use common::{Answer, Place, Server, Stated, catalogue, fetch, file, hurried, noise, sentence, sha256};
use earmark_library::{DownloadOptions, LibraryError, Network, Progress, Stage};

const NAME: &str = "tiny.ckpt";
const PART: &str = "tiny.ckpt.part";

#[test]
fn a_file_arrives_whole_and_tells_how_far_it_is() {
    let bytes = noise(900_000, 1);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let place = Place::new();
    let library = place.library(&server.url("/f"), &Stated::of(&bytes));
    let mut seen: Vec<Progress> = Vec::new();
    let paths = library.fetch("tiny", &mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    });
    assert_eq!(
        paths.expect("a download"),
        [place.folders().downloads().join(NAME)]
    );
    assert_eq!(place.downloaded(NAME), Some(bytes));
    assert_eq!(place.downloaded(PART), None);
    let downloading: Vec<&Progress> = seen.iter().filter(|p| p.stage == Stage::Downloading).collect();
    assert!(downloading.is_sorted_by_key(|progress| progress.done));
    assert!(downloading.iter().all(|progress| progress.total == Some(900_000)));
    assert_eq!(
        seen.last().map(|p| (p.stage, p.done)),
        Some((Stage::Checking, 900_000))
    );
    let asked = &server.asked()[0];
    assert_eq!(asked.header("range"), None);
    assert!(
        asked
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("earmark/"))
    );
}

#[test]
fn a_download_that_breaks_off_goes_on_from_there() {
    let bytes = noise(500_000, 2);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match count {
        0 => file(asked, &served, "v1").breaking_after(200_000),
        1 => file(asked, &served, "v1").breaking_after(1),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
    assert_eq!(place.downloaded(NAME), Some(bytes));
    let asked = server.asked();
    assert_eq!(asked[1].from(), Some(200_000));
    assert_eq!(asked[1].header("if-range"), Some("\"v1\""));
    assert_eq!(asked[2].from(), Some(200_001));
}

#[test]
fn a_later_process_goes_on_where_an_earlier_one_broke_off() {
    let bytes = noise(300_000, 3);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match count {
        0 => file(asked, &served, "v1").breaking_after(100_000),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    // Nothing is known beforehand: what joins the halves is the server's own version.
    let once = Network {
        tries: 1,
        ..hurried()
    };
    let library = place.library_with(&server.url("/f"), &Stated::default(), once);
    let sentence = sentence(fetch(&library));
    assert!(sentence.contains("100 kB of it are kept"), "{sentence}");
    assert_eq!(place.downloaded(PART).map(|part| part.len()), Some(100_000));
    fetch(&place.library(&server.url("/f"), &Stated::default())).expect("the rest");
    assert_eq!(server.asked()[1].from(), Some(100_000));
    assert_eq!(place.downloaded(NAME), Some(bytes));
}

#[test]
fn a_server_without_ranges_starts_again() {
    let bytes = noise(300_000, 4);
    let served = bytes.clone();
    let server = Server::new(move |_, count| match count {
        0 => Answer::ok(&served).breaking_after(150_000),
        _ => Answer::ok(&served),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
    assert_eq!(place.downloaded(NAME), Some(bytes));
}

#[test]
fn a_server_that_always_breaks_off_at_the_same_place_is_given_up() {
    let served = noise(300_000, 5);
    let stated = Stated::of(&served);
    let server = Server::new(move |_, _| Answer::ok(&served).breaking_after(150_000));
    let place = Place::new();
    let sentence = sentence(fetch(&place.library(&server.url("/f"), &stated)));
    assert!(sentence.contains("kept breaking off"), "{sentence}");
    // The first gained something, the others nothing.
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let (old, new) = (noise(300_000, 6), noise(280_000, 7));
    let expected = new.clone();
    let server = Server::new(move |asked, count| match count {
        0 => file(asked, &old, "old").breaking_after(100_000),
        _ => file(asked, &new, "new"),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/f"), &Stated::default())).expect("a download");
    assert_eq!(server.asked()[1].header("if-range"), Some("\"old\""));
    assert_eq!(place.downloaded(NAME), Some(expected));
}

#[test]
fn halves_that_do_not_fit_are_noticed_and_fetched_anew() {
    // A server that ignores If-Range, and joins the old half to the new one.
    let (old, new) = (noise(300_000, 8), noise(300_000, 9));
    let expected = new.clone();
    let server = Server::new(move |asked, count| {
        let bytes = if count == 0 { &old } else { &new };
        let answer = match asked.from() {
            Some(from) => Answer::new("206 Partial Content", &bytes[from..])
                .with("Content-Range", format!("bytes {from}-299999/300000")),
            None => Answer::ok(bytes),
        };
        let breaks = if count == 0 { 100_000 } else { 300_000 };
        answer.with("ETag", "\"same\"").breaking_after(breaks)
    });
    let place = Place::new();
    let once = Network {
        tries: 1,
        ..hurried()
    };
    let stated = Stated::of(&expected);
    let first = fetch(&place.library_with(&server.url("/f"), &stated, once));
    assert!(matches!(first, Err(LibraryError::Broken { kept: 100_000, .. })));
    fetch(&place.library(&server.url("/f"), &stated)).expect("a download");
    assert_eq!(server.asked().len(), 3);
    assert_eq!(place.downloaded(NAME), Some(expected));
}

#[test]
fn a_part_in_the_wrong_place_is_not_appended() {
    let bytes = noise(200_000, 10);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match (count, asked.from()) {
        (0, _) => file(asked, &served, "v1").breaking_after(50_000),
        (_, Some(_)) => {
            Answer::new("206 Partial Content", &served[10..]).with("Content-Range", "bytes 10-199999/200000")
        }
        (_, None) => file(asked, &served, "v1"),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
    assert_eq!(place.downloaded(NAME), Some(bytes));
}

#[test]
fn wrong_bytes_are_refused_and_not_kept() {
    let (right, wrong) = (noise(100_000, 11), noise(100_000, 12));
    let sum = sha256(&wrong);
    let server = Server::new(move |asked, _| file(asked, &wrong, "v1"));
    let place = Place::new();
    let sentence = sentence(fetch(&place.library(&server.url("/f"), &Stated::of(&right))));
    assert!(
        sentence.contains("not the right file") && sentence.contains(&sum),
        "{sentence}"
    );
    assert_eq!((place.downloaded(NAME), place.downloaded(PART)), (None, None));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_file_of_another_size_is_refused_before_it_is_received() {
    let stated = Stated {
        bytes: Some(100_000),
        sha256: None,
    };
    let server = Server::new(|asked, _| file(asked, &noise(99_999, 13), "v1"));
    let place = Place::new();
    let sentence = sentence(fetch(&place.library(&server.url("/f"), &stated)));
    assert!(sentence.contains("99999 bytes instead of 100000"), "{sentence}");
    assert_eq!(place.downloaded(PART), None);
}

#[test]
fn a_file_without_an_announced_size_is_held_to_the_catalogue() {
    let bytes = noise(150_000, 14);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| match asked.path.as_str() {
        "/right" => Answer::ok(&served).in_chunks(),
        "/long" => Answer::ok(&[served.as_slice(), b"more"].concat()).in_chunks(),
        _ => Answer::ok(&served[..149_000]).in_chunks(),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/right"), &Stated::of(&bytes))).expect("a download");
    assert_eq!(place.downloaded(NAME), Some(bytes.clone()));
    for (path, reason) in [("/long", "more came"), ("/short", "closed too early")] {
        let place = Place::new();
        let sentence = sentence(fetch(&place.library(&server.url(path), &Stated::of(&bytes))));
        assert!(sentence.contains(reason), "{sentence}");
        assert_eq!(place.downloaded(NAME), None);
    }
}

#[test]
fn redirects_are_followed_and_loops_are_not() {
    let bytes = noise(50_000, 15);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| match asked.path.as_str() {
        "/start" => Answer::redirect("/next?signed=1"),
        "/next?signed=1" => Answer::new("307 Temporary Redirect", "").with("Location", "end"),
        "/end" => file(asked, &served, "v1"),
        _ => Answer::redirect("/loop"),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/start"), &Stated::of(&bytes))).expect("a download");
    assert_eq!(place.downloaded(NAME), Some(bytes.clone()));
    let place = Place::new();
    let sentence = sentence(fetch(&place.library(&server.url("/loop"), &Stated::of(&bytes))));
    assert!(sentence.contains("leads in circles"), "{sentence}");
    // One try: a loop does not end by itself.
    assert!(server.asked().len() <= 3 + 11, "{}", server.asked().len());
}

#[test]
fn ranges_are_asked_for_behind_redirects_too() {
    let bytes = noise(200_000, 16);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match asked.path.as_str() {
        "/start" => Answer::redirect("/end"),
        _ if count == 1 => file(asked, &served, "v1").breaking_after(70_000),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/start"), &Stated::of(&bytes))).expect("a download");
    assert_eq!(place.downloaded(NAME), Some(bytes));
    assert_eq!(server.asked()[3].from(), Some(70_000));
}

#[test]
fn a_server_that_stalls_is_left_and_asked_again() {
    let bytes = noise(200_000, 17);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match count {
        0 => file(asked, &served, "v1").stalling_after(80_000),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    let started = Instant::now();
    fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(server.asked()[1].from(), Some(80_000));
    assert_eq!(place.downloaded(NAME), Some(bytes));
}

#[test]
fn a_slow_server_is_waited_for_as_long_as_something_comes() {
    let bytes = noise(60_000, 18);
    let served = bytes.clone();
    // 1.2 s in all, more than may pass without a byte.
    let server =
        Server::new(move |asked, _| file(asked, &served, "v1").pausing(1_000, Duration::from_millis(20)));
    let place = Place::new();
    let started = Instant::now();
    fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
    assert!(started.elapsed() > Duration::from_secs(1));
    assert_eq!(server.asked().len(), 1);
    assert_eq!(place.downloaded(NAME), Some(bytes));
}

#[test]
fn refusals_say_what_to_do() {
    for (status, advice) in [
        ("404 Not Found", "look for it on the model's page"),
        ("403 Forbidden", "not open to everybody"),
        ("418 I'm a teapot", "try again later"),
    ] {
        let server =
            Server::new(move |_, _| Answer::new(status, "<html>no").with("Content-Type", "text/html"));
        let place = Place::new();
        let sentence = sentence(fetch(&place.library(&server.url("/f"), &Stated::default())));
        assert!(
            sentence.contains(&status[..3]) && sentence.contains(advice),
            "{sentence}"
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn a_busy_server_is_asked_again() {
    let bytes = noise(10_000, 19);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match count {
        0 => Answer::new("503 Service Unavailable", "").with("Retry-After", "0"),
        1 => Answer::new("429 Too Many Requests", ""),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
    let always = Server::new(|_, _| Answer::new("502 Bad Gateway", ""));
    let place = Place::new();
    let sentence = sentence(fetch(&place.library(&always.url("/f"), &Stated::of(&bytes))));
    assert!(sentence.contains("502"), "{sentence}");
    assert_eq!(always.asked().len(), 3);
}

#[test]
fn a_page_of_a_log_in_is_no_file_and_is_not_trusted() {
    let server =
        Server::new(|_, _| Answer::ok(b"<html>Pay here").with("Content-Type", "text/html; charset=utf-8"));
    let place = Place::new();
    let sentence = sentence(fetch(&place.library(&server.url("/f"), &Stated::default())));
    assert!(
        sentence.contains("web page") && sentence.contains("log-in"),
        "{sentence}"
    );
    assert!(!place.folders().root().join("known.json").exists());
}

#[test]
fn a_full_disk_is_noticed_before_anything_is_received() {
    let bytes = noise(100_000, 20);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let full = || Network {
        free_space: |_| Ok(50_000),
        ..hurried()
    };
    let place = Place::new();
    let known = sentence(fetch(&place.library_with(
        &server.url("/f"),
        &Stated::of(&bytes),
        full(),
    )));
    assert!(known.contains("50.0 kB of free space"), "{known}");
    assert_eq!(server.asked().len(), 0);
    // A size that only the server tells.
    let told = sentence(fetch(&place.library_with(
        &server.url("/f"),
        &Stated::default(),
        full(),
    )));
    assert!(told.contains("50.0 kB of free space"), "{told}");
    assert_eq!(place.downloaded(PART), None);
}

#[test]
fn room_for_the_model_is_asked_for_before_its_files_are_fetched() {
    let bytes = noise(1000, 27);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let text = catalogue(&server.url("/f"), &Stated::of(&bytes));
    let text = text.replacen("files =", "installed_bytes = 1_000_000_000\nfiles =", 1);
    let network = Network {
        free_space: |_| Ok(600_000_000),
        ..hurried()
    };
    let library = Place::new().library_of(&text, network);
    let download = |sixteen_bit| {
        let options = DownloadOptions {
            sixteen_bit,
            ..DownloadOptions::default()
        };
        let result = library.download("tiny", options, &mut |_| ControlFlow::Continue(()));
        sentence(result.map(drop))
    };
    let wide = download(false);
    assert!(
        wide.contains("1.07 GB are needed") && server.asked().is_empty(),
        "{wide}"
    );
    // In 16 bits there is room; what came is no model.
    let narrow = download(true);
    assert!(
        !narrow.contains("free space") && server.asked().len() == 1,
        "{narrow}"
    );
}

#[test]
fn a_server_cannot_fill_the_disk_with_a_file_of_unknown_size() {
    for announced in [true, false] {
        let server = Server::new(move |asked, _| {
            let answer = file(asked, &noise(300_000, 28), "v1");
            if announced { answer } else { answer.in_chunks() }
        });
        let place = Place::new();
        let text = catalogue(&server.url("/f"), &Stated::default()) + "at_most = 100_000\n";
        let sentence = sentence(fetch(&place.library_of(&text, hurried())));
        assert!(sentence.contains("more than 100 kB"), "{sentence}");
        assert_eq!((place.downloaded(PART), place.downloaded(NAME)), (None, None));
    }
}

#[test]
fn the_first_download_of_an_unknown_file_is_what_later_ones_are_held_to() {
    let (first, second) = (noise(40_000, 21), noise(40_000, 22));
    let (served, changed) = (first.clone(), second.clone());
    let server = Server::new(move |asked, count| match count {
        1 => file(asked, &changed, "v2"),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    let again = || {
        let _ = std::fs::remove_file(place.folders().downloads().join(NAME));
        fetch(&place.library(&server.url("/f"), &Stated::default()))
    };
    again().expect("anything is right at first");
    let sentence = sentence(again());
    assert!(
        sentence.contains(&sha256(&second)) && sentence.contains(&sha256(&first)),
        "{sentence}"
    );
    assert_eq!(place.downloaded(NAME), None);
    again().expect("the first is still right");
    assert_eq!(place.downloaded(NAME), Some(first));
}

#[test]
fn checksums_that_cannot_be_read_are_not_passed_over() {
    let server = Server::new(|asked, _| file(asked, b"bytes", "v1"));
    let place = Place::new();
    let library = place.library(&server.url("/f"), &Stated::default());
    std::fs::create_dir_all(place.folders().root()).expect("a folder");
    std::fs::write(place.folders().root().join("known.json"), "{\"http").expect("a file for the test");
    let sentence = sentence(fetch(&library));
    assert!(sentence.contains("known.json"), "{sentence}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn one_file_is_downloaded_once_at_a_time() {
    let bytes = noise(100_000, 23);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1").stalling_after(50_000));
    let place = Place::new();
    let first = place.library(&server.url("/f"), &Stated::of(&bytes));
    let second = place.library(&server.url("/f"), &Stated::of(&bytes));
    let mut other = None;
    let result = first.fetch("tiny", &mut |progress| {
        if progress.done < 50_000 {
            return ControlFlow::Continue(());
        }
        other = Some(sentence(fetch(&second)));
        ControlFlow::Break(())
    });
    assert!(matches!(result, Err(LibraryError::Cancelled)));
    assert!(other.is_some_and(|sentence| sentence.contains("being downloaded already")));
}

#[test]
fn a_file_that_another_model_needs_too_is_waited_for() {
    let bytes = noise(50_000, 31);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let place = Place::new();
    let first = place.library(&server.url("/f"), &Stated::of(&bytes));
    let patient = Network {
        stall: Duration::from_secs(20),
        ..hurried()
    };
    let second = place.library_with(&server.url("/f"), &Stated::of(&bytes), patient);
    let mut other = None;
    let result = first.fetch("tiny", &mut |progress| {
        if progress.stage == Stage::Checking && other.is_none() {
            let (second, (told, waits)) = (second.clone(), std::sync::mpsc::channel());
            other = Some(std::thread::spawn(move || {
                second.fetch("tiny", &mut |progress| {
                    let _ = told.send(progress.stage);
                    ControlFlow::Continue(())
                })
            }));
            assert_eq!(waits.recv(), Ok(Stage::Waiting));
        }
        ControlFlow::Continue(())
    });
    result.expect("a download");
    let other = other.expect("it began").join().expect("no panic");
    other.expect("the same file");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn stopping_is_quick_and_keeps_what_was_received() {
    let bytes = noise(400_000, 24);
    let served = bytes.clone();
    let server = Server::new(move |asked, count| match count {
        0 => file(asked, &served, "v1").stalling_after(250_000),
        _ => file(asked, &served, "v1"),
    });
    let place = Place::new();
    let patient = Network {
        stall: Duration::from_secs(60),
        ..hurried()
    };
    let library = place.library_with(&server.url("/f"), &Stated::of(&bytes), patient);
    let mut stopped = None;
    let result = library.fetch("tiny", &mut |progress| {
        if progress.done < 250_000 {
            return ControlFlow::Continue(());
        }
        stopped.get_or_insert_with(Instant::now);
        ControlFlow::Break(())
    });
    assert!(matches!(result, Err(LibraryError::Cancelled)));
    assert!(stopped.is_some_and(|stopped| stopped.elapsed() < Duration::from_secs(1)));
    assert_eq!(place.downloaded(PART).map(|part| part.len()), Some(250_000));
    fetch(&library).expect("the rest");
    assert_eq!(server.asked()[1].from(), Some(250_000));
    assert_eq!(place.downloaded(NAME), Some(bytes));
}

#[test]
fn a_file_that_somebody_copied_here_needs_no_network_but_must_be_right() {
    let bytes = noise(30_000, 25);
    let nowhere = "http://127.0.0.1:1/f";
    let place = Place::new();
    place.put(NAME, &bytes);
    fetch(&place.library(nowhere, &Stated::of(&bytes))).expect("it is there");
    place.put(NAME, &bytes[1..]);
    let short = sentence(fetch(&place.library(nowhere, &Stated::of(&bytes))));
    assert!(
        short.contains("29999 bytes instead of 30000") && short.contains(NAME),
        "{short}"
    );
    place.put(NAME, &noise(30_000, 26));
    let other = sentence(fetch(&place.library(nowhere, &Stated::of(&bytes))));
    assert!(other.contains("SHA-256"), "{other}");
    // It is somebody's file: it stays.
    assert!(place.downloaded(NAME).is_some());
}

#[test]
fn without_a_network_it_says_which_file_to_copy_where() {
    let place = Place::new();
    for (url, host) in [
        ("http://127.0.0.1:1/f", "127.0.0.1 cannot be reached"),
        (
            "https://no-such-host.invalid/f",
            "no-such-host.invalid cannot be reached",
        ),
    ] {
        let sentence = sentence(fetch(&place.library(url, &Stated::default())));
        let path = place.folders().downloads().join(NAME).display().to_string();
        assert!(sentence.contains(host) && sentence.contains(url), "{sentence}");
        assert!(
            sentence.contains(&path) && sentence.contains("earmark models import"),
            "{sentence}"
        );
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_not_secure() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the test");
    let address = listener.local_addr().expect("a bound socket");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("an answer");
        // Open until the client is gone.
        let _ = stream.read(&mut [0; 1024]);
    });
    let place = Place::new();
    let url = format!("https://{address}/f");
    let sentence = sentence(fetch(&place.library(&url, &Stated::default())));
    server.join().expect("the server");
    assert!(sentence.contains("not secure"), "{sentence}");
}

#[test]
fn what_is_left_of_another_download_is_not_built_upon() {
    let bytes = noise(100_000, 27);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let notes =
        |url: &str| format!("{{\"url\": \"{url}\", \"validator\": \"\\\"v1\\\"\", \"total\": 100000}}");
    for (part, notes) in [
        // Of another address.
        (&bytes[..50_000], notes("http://example.org/other")),
        // Without notes that can be read.
        (&bytes[..50_000], "{".to_owned()),
        // More than there can be.
        (&noise(100_001, 28)[..], notes(&server.url("/f"))),
        // Complete, but wrong.
        (&noise(100_000, 29)[..], notes(&server.url("/f"))),
    ] {
        let place = Place::new();
        place.put(PART, part);
        place.put("tiny.ckpt.part.json", notes.as_bytes());
        fetch(&place.library(&server.url("/f"), &Stated::of(&bytes))).expect("a download");
        assert_eq!(place.downloaded(NAME).as_deref(), Some(&bytes[..]));
        assert_eq!(server.asked().last().and_then(|asked| asked.from()), None);
    }
}

#[test]
fn a_mirror_of_the_hub_is_asked_instead_of_the_hub() {
    let bytes = noise(20_000, 30);
    let served = bytes.clone();
    let server = Server::new(move |asked, _| file(asked, &served, "v1"));
    let mirrored = Network {
        hub: Some(server.url("/mirror")),
        ..hurried()
    };
    let place = Place::new();
    let url = "https://huggingface.co/someone/something/resolve/main/f";
    fetch(&place.library_with(url, &Stated::of(&bytes), mirrored)).expect("a download");
    assert_eq!(server.asked()[0].path, "/mirror/someone/something/resolve/main/f");
}
