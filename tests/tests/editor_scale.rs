//! The scale that is chosen in the editor: what the host is asked for, what is drawn then, and a host that gives nothing.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use earmark_tests::screen::{Screen, keysym};
use earmark_tests::{HostError, Picture, Plugin, Setup, StateDocument};
use serde_json::json;

/// A window of this size has the page of the docs at 100 %.
const SIZE: (u32, u32) = (960, 660);
/// Edges of letters and of round corners, in the shares of a picture's pixels.
const EDGES: f64 = 0.02;
/// In points: *More*, the menu of scales behind it, and the last entry of that menu.
const MORE: (f32, f32) = (904.0, 30.0);
const SCALES: (f32, f32) = (884.0, 612.0);
const LARGEST: (f32, f32) = (867.0, 577.0);
const QUERY_BOX: (f32, f32) = (250.0, 125.0);

/// An editor as somebody meets it who has chosen this scale before, and the window it is in.
fn open(screen: &Screen, home: &Path, scale: u16) -> Result<(Plugin, u32), HostError> {
    let settings = home.join("earmark");
    std::fs::create_dir_all(&settings).expect("there is room for a folder");
    let text = json!({ "look": { "scale": scale } }).to_string();
    std::fs::write(settings.join("settings.json"), text).expect("settings can be written");
    screen.at_home_in(home);
    let first = Setup {
        query: "",
        ..Setup::default()
    };
    let mut plugin = first.inactive()?;
    plugin.activate(first.rate, first.block)?;
    let size = |side: u32| (side * u32::from(scale) / 100) as u16;
    let window = screen.window(size(SIZE.0), size(SIZE.1))?;
    plugin.open_editor(window)?;
    wait(&mut plugin, 1.5);
    Ok((plugin, window))
}

/// A host's event loop.
fn wait(plugin: &mut Plugin, seconds: f32) {
    let begun = Instant::now();
    while begun.elapsed().as_secs_f32() < seconds {
        plugin.run_main_thread();
        sleep(Duration::from_millis(5));
    }
}

fn click(screen: &Screen, (x, y): (f32, f32), scale: f32) -> Result<(), HostError> {
    screen.click((x * scale) as i16, (y * scale) as i16)
}

/// The page in points, as the project keeps it.
fn page(plugin: &mut Plugin) -> Result<[u64; 2], HostError> {
    let window = StateDocument::parse(&plugin.save()?)?.field("window");
    let side = |i: usize| window.as_ref().and_then(|window| window[i].as_u64());
    Ok([0, 1].map(|i| side(i).unwrap_or(0)))
}

/// Chooses 200 % with the mouse in an editor at 100 %.
fn choose_the_largest(screen: &Screen, plugin: &mut Plugin) -> Result<(), HostError> {
    for at in [MORE, SCALES, LARGEST] {
        click(screen, at, 1.0)?;
        wait(plugin, 0.4);
    }
    Ok(())
}

#[test]
fn it_opens_at_the_scale_that_was_chosen_and_draws_as_finely() -> Result<(), HostError> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/empty.png");
    let kept = Picture::read(&kept)?;
    let home = tempfile::tempdir().expect("there is room for a folder");
    let screen = Screen::start()?;
    let (mut plugin, window) = open(&screen, home.path(), 150)?;
    assert_eq!(
        plugin.editor_size()?,
        Some((1440, 990)),
        "what a host makes room for"
    );
    let fine = screen.picture_inside(window)?;
    assert_eq!(fine.size, [1440, 990]);
    // Two thirds of it are the page of the docs, so a letter of 10 pixels has 15; and it is no picture that was made larger.
    let coarse = fine.doubled().mean_of(3);
    let (unlike, finer) = (coarse.unlike(&kept), fine.doubled().unlike(&coarse.enlarged(3)));
    println!("{unlike:.4} is unlike, {finer:.4} is finer");
    assert!(unlike < EDGES && finer > EDGES / 2.0, "{unlike} {finer}");
    // Hands reach what they see.
    click(&screen, QUERY_BOX, 1.5)?;
    wait(&mut plugin, 0.2);
    for key in "rain".bytes() {
        screen.press(u32::from(key))?;
    }
    screen.press(keysym::ENTER)?;
    wait(&mut plugin, 0.5);
    let text = StateDocument::parse(&plugin.save()?)?.query(0);
    assert_eq!(text.as_deref(), Some("rain"));
    assert_eq!(
        page(&mut plugin)?,
        [960, 660],
        "the project keeps the page, not the pixels"
    );
    assert_eq!(plugin.sizes_asked(), [], "nothing had to be asked for");
    plugin.close_editor()?;
    screen.close(window)
}

#[test]
fn a_host_is_asked_for_the_room_and_the_page_grows_into_it() -> Result<(), HostError> {
    let home = tempfile::tempdir().expect("there is room for a folder");
    let screen = Screen::start()?;
    let (mut plugin, window) = open(&screen, home.path(), 100)?;
    choose_the_largest(&screen, &mut plugin)?;
    // No more than the screen of 1920 x 1320 has beside the frame of a host's window.
    let asked = plugin.sizes_asked();
    assert_eq!(asked, [(1888, 1224)]);
    screen.resize(window, asked[0])?;
    plugin.resize_editor(asked[0])?;
    wait(&mut plugin, 1.0);
    assert_eq!(screen.picture_inside(window)?.size, [1888, 1224]);
    assert_eq!(page(&mut plugin)?, [944, 612]);
    let settings = std::fs::read_to_string(home.path().join("earmark/settings.json")).unwrap_or_default();
    assert!(
        settings.contains("200"),
        "it is this machine\u{2019}s: {settings}"
    );
    plugin.close_editor()?;
    assert_eq!(plugin.editor_size()?, Some((1888, 1224)), "as it opens again");
    screen.close(window)
}

#[test]
fn where_a_host_refuses_the_page_is_whole() -> Result<(), HostError> {
    let home = tempfile::tempdir().expect("there is room for a folder");
    let screen = Screen::start()?;
    let (mut plugin, window) = open(&screen, home.path(), 100)?;
    plugin.refuse_sizes();
    choose_the_largest(&screen, &mut plugin)?;
    wait(&mut plugin, 1.5);
    assert_eq!(plugin.sizes_asked()[0], (1888, 1224));
    assert_eq!(
        screen.picture_inside(window)?.size,
        [960, 660],
        "the window is as it was"
    );
    // 115 %: the largest step at which the smallest page, 800 x 560, fits.
    assert_eq!(page(&mut plugin)?, [835, 574]);
    plugin.close_editor()?;
    screen.close(window)
}

#[test]
fn where_a_host_shows_less_than_it_grants_the_page_is_whole() -> Result<(), HostError> {
    let home = tempfile::tempdir().expect("there is room for a folder");
    let screen = Screen::start()?;
    let (mut plugin, window) = open(&screen, home.path(), 100)?;
    choose_the_largest(&screen, &mut plugin)?;
    wait(&mut plugin, 1.5);
    // It has said yes, and its window has stayed.
    assert_eq!(screen.picture_inside(window)?.size, [960, 660]);
    assert_eq!(page(&mut plugin)?, [835, 574]);
    plugin.close_editor()?;
    screen.close(window)
}
