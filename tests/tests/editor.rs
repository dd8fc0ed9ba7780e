//! The editor of the CLAP in a window of the host's: opened and closed again and again, and typed into.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use earmark_tests::render::{Blocks, play};
use earmark_tests::screen::{Screen, keysym};
use earmark_tests::{Audio, HostError, Picture, Plugin, Setup, StateDocument};

const OPENINGS: usize = 100;
/// Until then what is made once is made: fonts, drivers, the first model.
const WARM_UP: usize = 20;
/// Long enough for the first pictures.
const LOOK: Duration = Duration::from_millis(150);
/// What baseview 0.4 keeps of each keyboard map, and what heaps and drivers may do, in KiB.
const KEPT_KIB: f64 = 128.0;

/// Resident memory in KiB, threads and open files of this process.
#[derive(Debug, Clone, Copy)]
struct Footprint {
    memory: usize,
    threads: usize,
    files: usize,
}

fn count(path: &str) -> usize {
    std::fs::read_dir(path).map_or(0, Iterator::count)
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The least of two seconds: what was closed may still be on its way out.
fn footprint() -> Footprint {
    let now = |_| {
        sleep(Duration::from_millis(100));
        (resident(), count("/proc/self/task"), count("/proc/self/fd"))
    };
    let looks: Vec<_> = (0..20).map(now).collect();
    let least = |part: fn(&(usize, usize, usize)) -> usize| looks.iter().map(part).min().unwrap_or(0);
    Footprint {
        memory: least(|look| look.0),
        threads: least(|look| look.1),
        files: least(|look| look.2),
    }
}

#[test]
fn opened_and_closed_a_hundred_times_it_leaves_nothing_behind() -> Result<(), HostError> {
    let screen = Screen::start()?;
    let mut plugin = Setup::default().ready()?;
    let sound = Audio::noise(48_000.0, 2, 4_800, 0.25);
    let mut before = None;
    for opening in 0..OPENINGS {
        if opening == WARM_UP {
            before = Some(footprint());
        }
        let window = screen.window(960, 660)?;
        plugin.open_editor(window)?;
        play(&mut plugin, &sound, Blocks::Of(480), &[])?;
        sleep(LOOK);
        plugin.close_editor()?;
        screen.close(window)?;
    }
    let (before, after) = (before.unwrap_or_else(footprint), footprint());
    println!("{before:?} after {WARM_UP} openings, {after:?} after {OPENINGS}");
    assert!(after.threads <= before.threads, "threads are left behind");
    assert!(after.files <= before.files, "open files are left behind");
    let kept = after.memory.saturating_sub(before.memory) as f64 / (OPENINGS - WARM_UP) as f64;
    assert!(kept <= KEPT_KIB, "{kept:.0} KiB are left behind by each opening");
    Ok(())
}

/// The editor as somebody meets it who has just put the plug-in on a track, with `scale` pixels to a point, drawn.
fn first_open(screen: &Screen, scale: u16) -> Result<(Plugin, u32), HostError> {
    let first = Setup {
        query: "",
        ..Setup::default()
    };
    let mut plugin = first.inactive()?;
    plugin.activate(first.rate, first.block)?;
    let window = screen.window(960 * scale, 660 * scale)?;
    plugin.open_editor(window)?;
    sleep(10 * LOOK);
    Ok((plugin, window))
}

/// Waits until something is seen in the editor: how long that took.
fn drawn(screen: &Screen, window: u32) -> Result<Duration, HostError> {
    let begun = Instant::now();
    loop {
        let picture = screen.picture_inside(window)?;
        if picture.pixels.iter().any(|pixel| *pixel != picture.pixels[0]) {
            return Ok(begun.elapsed());
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "the editor stays blank");
        sleep(Duration::from_millis(20));
    }
}

/// Opens it again and again in a host that maps it late, or at once.
fn drawn_each_time(screen: &Screen, late: bool) -> Result<(), HostError> {
    let first = Setup {
        query: "",
        ..Setup::default()
    };
    let mut plugin = first.inactive()?;
    plugin.activate(first.rate, first.block)?;
    let mut longest = Duration::ZERO;
    for opening in 0..OPENINGS {
        let window = if late {
            screen.window_that_maps(960, 660)?
        } else {
            screen.window(960, 660)?
        };
        plugin.open_editor(window)?;
        if late {
            // By now it has asked the server when to draw.
            sleep(2 * LOOK);
            assert_eq!(screen.map_what_waits()?, 1, "opening {opening}");
        }
        longest = longest.max(drawn(screen, window)?);
        plugin.close_editor()?;
        screen.close(window)?;
    }
    println!("{OPENINGS} openings: drawn after {longest:?} at most");
    Ok(())
}

#[test]
fn it_is_drawn_in_a_host_that_maps_it_late() -> Result<(), HostError> {
    drawn_each_time(&Screen::start()?, true)
}

#[test]
fn it_is_drawn_where_the_server_has_no_present() -> Result<(), HostError> {
    drawn_each_time(&Screen::start_without_present()?, false)
}

#[test]
fn it_is_drawn_without_present_in_a_host_that_maps_it_late() -> Result<(), HostError> {
    drawn_each_time(&Screen::start_without_present()?, true)
}

/// In points of a window of 960 x 660.
const QUERY_BOX: (i16, i16) = (250, 125);
const NOTHING_TO_CLICK: (i16, i16) = (940, 650);

/// Keys that went down, as the host is given them within a while after `hands` have done their work.
fn given(
    screen: &Screen,
    window: u32,
    expected: usize,
    hands: impl FnOnce() -> Result<(), HostError>,
) -> Result<Vec<u32>, HostError> {
    // What the hands before these have done is drawn.
    sleep(LOOK);
    screen.keys_given_to(window)?;
    hands()?;
    let (begun, mut keys) = (Instant::now(), Vec::new());
    // Whoever expects a key need not wait for longer than it takes; that none comes is only known after a while.
    while keys.len() < 2 * expected && begun.elapsed() < Duration::from_secs(5)
        || begun.elapsed() < Duration::from_millis(400)
    {
        keys.extend(screen.keys_given_to(window)?);
        sleep(Duration::from_millis(10));
    }
    let down = |keys: &[(u32, bool)], wanted: bool| -> Vec<u32> {
        let keys = keys.iter().filter(|(_, down)| *down == wanted);
        keys.map(|(keysym, _)| *keysym).collect()
    };
    assert_eq!(down(&keys, true), down(&keys, false), "each is let go, too");
    Ok(down(&keys, true))
}

#[test]
fn what_is_typed_stays_and_what_is_not_used_reaches_the_host() -> Result<(), HostError> {
    let screen = Screen::start()?;
    let (mut plugin, window) = first_open(&screen, 1)?;
    let (r, space) = (u32::from(b'r'), keysym::SPACE);
    let press_both = || {
        screen.press(space)?;
        screen.press(r)
    };

    let (x, y) = NOTHING_TO_CLICK;
    screen.click(x, y)?;
    let keys = given(&screen, window, 2, press_both)?;
    assert_eq!(keys, [space, r], "nothing has the focus");

    let (x, y) = QUERY_BOX;
    screen.click(x, y)?;
    let keys = given(&screen, window, 0, || {
        for key in "rain and snow".bytes() {
            screen.press(u32::from(key))?;
        }
        screen.press(keysym::ENTER)
    })?;
    assert!(keys.is_empty(), "what is typed is not the host's: {keys:x?}");
    let text = StateDocument::parse(&plugin.save()?)?.query(0);
    assert_eq!(text.as_deref(), Some("rain and snow"));

    let keys = given(&screen, window, 2, press_both)?;
    assert_eq!(keys, [space, r], "after Enter the transport is at hand");

    let keys = given(&screen, window, 1, || {
        // To the first control, and on.
        screen.press(keysym::TAB)?;
        screen.press(keysym::TAB)?;
        sleep(LOOK);
        screen.press(r)
    })?;
    assert_eq!(keys, [r], "a control keeps what it uses");

    let keys = given(&screen, window, 2, || {
        screen.press(keysym::ESCAPE)?;
        sleep(LOOK);
        press_both()
    })?;
    assert_eq!(keys, [space, r], "Esc gives the keyboard back");
    plugin.close_editor()
}

#[test]
fn what_is_typed_arrives_in_a_host_that_takes_the_keyboard_at_a_click() -> Result<(), HostError> {
    let screen = Screen::start()?;
    let (mut plugin, window) = first_open(&screen, 1)?;
    // A host answers a click so many milliseconds later; each time something is added to the text.
    for (later, added, text) in [
        (0, "rain", "rain"),
        (100, " on", "rain on"),
        (300, " tin", "rain on tin"),
    ] {
        let (x, y) = NOTHING_TO_CLICK;
        screen.click(x, y)?;
        sleep(LOOK);
        let (x, y) = QUERY_BOX;
        screen.click(x, y)?;
        sleep(Duration::from_millis(later));
        screen.take_the_keyboard_into(window)?;
        sleep(LOOK);
        for key in added.bytes() {
            screen.press(u32::from(key))?;
        }
        screen.press(keysym::ENTER)?;
        let begun = Instant::now();
        loop {
            let typed = StateDocument::parse(&plugin.save()?)?.query(0);
            if typed.as_deref() == Some(text) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "{later} ms: {typed:?}");
            sleep(Duration::from_millis(10));
        }
    }
    plugin.close_editor()
}

/// Of the pixels of a window and of its kept picture, drawn by two programs: edges of letters and of round corners. None was
/// measured.
const EDGES: f64 = 0.001;
/// The same of a window with four pixels for each of the picture's: letters stand between pixels there. 0.012 was measured.
const FINER_EDGES: f64 = 0.02;

#[test]
fn it_looks_in_a_window_as_it_does_in_the_docs() -> Result<(), HostError> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/empty.png");
    let kept = Picture::read(&kept)?;
    let screen = Screen::start()?;
    let (mut plugin, window) = first_open(&screen, 1)?;
    let unlike = screen.picture_inside(window)?.unlike(&kept);
    plugin.close_editor()?;
    screen.close(window)?;

    screen.set_scale(2.0)?;
    let (mut plugin, window) = first_open(&screen, 2)?;
    let fine = screen.picture_inside(window)?;
    plugin.close_editor()?;
    assert_eq!(fine.size, [1920, 1320]);
    let coarse = fine.halved();
    let (unlike_too, finer) = (coarse.unlike(&kept), fine.unlike(&coarse.doubled()));
    println!("{unlike:.4} is unlike, at twice the scale {unlike_too:.4}; {finer:.4} is finer there");
    assert!(unlike < EDGES && unlike_too < FINER_EDGES);
    assert!(finer > FINER_EDGES / 2.0, "it is only drawn larger");
    Ok(())
}

/// The button of the menu of presets, and the one in it that has a file looked for.
const PRESETS: (i16, i16) = (225, 30);
const BROWSE: (i16, i16) = (355, 446);

/// A desktop's dialog that chooses `file` at once.
fn zenity(folder: &Path, file: &Path) -> std::io::Result<()> {
    let program = folder.join("zenity");
    std::fs::write(&program, format!("#!/bin/sh\necho '{}'\n", file.display()))?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
}

#[test]
fn a_preset_that_is_chosen_in_the_desktops_dialog_is_heard() -> Result<(), HostError> {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let preset = folder.path().join("from a friend.json");
    let text = r#"{"earmark_preset": 1, "name": "Friend", "slots": [{"text": "a dog barking"}]}"#;
    std::fs::write(&preset, text).expect("a preset can be written");
    zenity(folder.path(), &preset).expect("a program can be written");
    let screen = Screen::start()?;
    screen.at_home_in(folder.path());
    let (mut plugin, window) = first_open(&screen, 1)?;
    for (x, y) in [PRESETS, BROWSE] {
        screen.click(x, y)?;
        sleep(3 * LOOK);
    }
    let text = StateDocument::parse(&plugin.save()?)?.query(0);
    assert_eq!(text.as_deref(), Some("a dog barking"));
    plugin.close_editor()?;
    screen.close(window)
}
