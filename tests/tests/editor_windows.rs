//! The editor of the CLAP in a window of the host's on Windows: opened and closed, compared with its picture, typed into.
#![cfg(windows)]

use std::path::Path;
use std::time::Duration;

use earmark_tests::desktop::{Desktop, key};
use earmark_tests::plugin::ParentWindow;
use earmark_tests::render::{Blocks, play};
use earmark_tests::{Audio, HostError, Picture, Plugin, Setup, StateDocument};

const OPENINGS: usize = 10;
/// Long enough for a few pictures.
const LOOK: Duration = Duration::from_millis(250);
/// Long enough for the first one.
const FIRST_LOOK: Duration = Duration::from_secs(3);
/// In pixels of a window of 960 x 660.
const QUERY_BOX: (i32, i32) = (250, 125);
const NOTHING_TO_CLICK: (i32, i32) = (940, 650);
/// Of the pixels of a window and of its kept picture, drawn by two programs: edges of letters and of round corners.
const EDGES: f64 = 0.001;

/// The editor as somebody meets it who has just put the plug-in on a track, drawn.
fn first_open(desktop: &Desktop) -> Result<(Plugin, ParentWindow), HostError> {
    let first = Setup {
        query: "",
        ..Setup::default()
    };
    let mut plugin = first.inactive()?;
    plugin.activate(first.rate, first.block)?;
    let window = desktop.window(960, 660)?;
    plugin.open_editor(window)?;
    desktop.wait(FIRST_LOOK);
    Ok((plugin, window))
}

#[test]
fn opened_and_closed_again_and_again_it_plays_on() -> Result<(), HostError> {
    let desktop = Desktop::start()?;
    let mut plugin = Setup::default().ready()?;
    let sound = Audio::noise(48_000.0, 2, 4_800, 0.25);
    for opening in 0..OPENINGS {
        let window = desktop.window(960, 660)?;
        plugin.open_editor(window)?;
        desktop.wait(LOOK);
        let heard = play(&mut plugin, &sound, Blocks::Of(480), &[])?;
        assert_eq!(heard.channels[0].len(), 4_800, "opening {opening}");
        plugin.close_editor()?;
        desktop.close(window)?;
    }
    Ok(())
}

#[test]
fn it_looks_in_a_window_as_it_does_in_the_docs() -> Result<(), HostError> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/empty.png");
    let kept = Picture::read(&kept)?;
    let desktop = Desktop::start()?;
    let (mut plugin, window) = first_open(&desktop)?;
    let seen = desktop.picture_inside(window)?;
    let unlike = seen.unlike(&kept);
    println!("{unlike:.4} of {:?} pixels is unlike", seen.size);
    plugin.close_editor()?;
    desktop.close(window)?;
    assert_eq!(seen.size, kept.size);
    assert!(unlike < EDGES, "{unlike}");
    Ok(())
}

#[test]
fn what_is_typed_stays_and_what_is_not_used_reaches_the_host() -> Result<(), HostError> {
    let desktop = Desktop::start()?;
    let (mut plugin, window) = first_open(&desktop)?;
    let r = u16::from(b'R');
    let down = |keys: Vec<(u16, bool)>, wanted: bool| -> Vec<u16> {
        let keys = keys.into_iter().filter(|(_, down)| *down == wanted);
        keys.map(|(key, _)| key).collect()
    };
    let given = |hands: &dyn Fn() -> Result<(), HostError>| -> Result<Vec<u16>, HostError> {
        desktop.wait(LOOK);
        desktop.keys_given();
        hands()?;
        desktop.wait(LOOK);
        let keys = desktop.keys_given();
        assert_eq!(
            down(keys.clone(), true),
            down(keys.clone(), false),
            "each is let go, too"
        );
        Ok(down(keys, true))
    };
    let press_both = || {
        desktop.press(key::SPACE)?;
        desktop.press(r)
    };

    let (x, y) = NOTHING_TO_CLICK;
    desktop.click(x, y)?;
    assert_eq!(given(&press_both)?, [key::SPACE, r], "nothing has the focus");

    let (x, y) = QUERY_BOX;
    desktop.click(x, y)?;
    let keys = given(&|| {
        for letter in "RAIN AND SNOW".bytes() {
            desktop.press(u16::from(letter))?;
        }
        desktop.press(key::ENTER)
    })?;
    assert!(keys.is_empty(), "what is typed is not the host's: {keys:x?}");
    plugin.run_main_thread();
    let text = StateDocument::parse(&plugin.save()?)?.query(0);
    assert_eq!(text.as_deref(), Some("rain and snow"));

    assert_eq!(
        given(&press_both)?,
        [key::SPACE, r],
        "after Enter the transport is at hand"
    );
    plugin.close_editor()?;
    desktop.close(window)
}
