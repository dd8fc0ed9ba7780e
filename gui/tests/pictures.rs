//! The editor in each state, beside the pictures that the README shows. `EARMARK_UPDATE_PICTURES=1` rewrites them.

mod bench;

use std::path::PathBuf;

use bench::raster::Picture;
use bench::{Bench, scenes};
use earmark_gui::{MINIMUM_SIZE, Mode, View};

/// What two machines may differ by, rounding in the drawing of letters: see [`Picture::distance`].
const TOLERANCE: f32 = 12.0;

fn compare(name: &str, picture: &Picture) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    let path = folder.join(format!("{name}.png"));
    if std::env::var_os("EARMARK_UPDATE_PICTURES").is_some() {
        picture.write(&path);
        return;
    }
    let kept = Picture::read(&path).unwrap_or_else(|| panic!("{} cannot be read", path.display()));
    let distance = kept.distance(picture);
    if distance > TOLERANCE {
        let new = std::env::temp_dir().join(format!("earmark-{name}.png"));
        picture.write(&new);
        panic!(
            "the editor no longer looks like {}: they are {distance:.0} apart, {TOLERANCE} are allowed. It looks like {} now; \
             if that is meant, EARMARK_UPDATE_PICTURES=1 keeps it",
            path.display(),
            new.display()
        );
    }
}

fn look(name: &str, view: View) {
    let mut bench = Bench::new(view, earmark_gui::DEFAULT_SIZE, 1.0);
    bench.frame(vec![]);
    compare(name, &bench.picture());
}

#[test]
fn empty() {
    look("empty", scenes::empty());
}

#[test]
fn working() {
    look("working", scenes::working());
}

#[test]
fn with_more() {
    look("more", scenes::with_more(scenes::working()));
}

#[test]
fn a_balance() {
    let view = View {
        mode: Mode::Custom,
        ..scenes::working()
    };
    look("custom", view);
}

#[test]
fn working_in_the_smallest_window() {
    let bench = Bench::new(scenes::working(), MINIMUM_SIZE, 1.0);
    compare("smallest", &bench.picture());
}

#[test]
fn more_in_the_smallest_window() {
    let bench = Bench::new(scenes::with_more(scenes::working()), MINIMUM_SIZE, 1.0);
    compare("smallest-more", &bench.picture());
}

#[test]
fn two_slots_together() {
    look("together", scenes::together());
}

#[test]
fn a_span_in_the_spectrogram() {
    let mut bench = Bench::new(scenes::working(), earmark_gui::DEFAULT_SIZE, 1.0);
    let picture = bench.find("spectrogram of").expect("the picture is there");
    let at = |across: f32, down: f32| picture.min + picture.size() * egui::vec2(across, down);
    bench.drag(at(0.3, 0.5), at(0.55, 0.6));
    bench.frame(vec![egui::Event::PointerMoved(at(0.42, 0.3))]);
    bench.frame(vec![]);
    compare("span", &bench.picture());
}

#[test]
fn too_slow() {
    look("too-slow", scenes::too_slow());
}

#[test]
fn downloading() {
    let mut bench = Bench::new(
        scenes::with_more(scenes::downloading()),
        earmark_gui::DEFAULT_SIZE,
        1.0,
    );
    bench.press("models");
    bench.frame(vec![egui::Event::PointerGone]);
    compare("downloading", &bench.picture());
}

#[test]
fn a_card_that_failed() {
    let mut bench = Bench::new(
        scenes::with_more(scenes::fell_back()),
        earmark_gui::DEFAULT_SIZE,
        1.0,
    );
    bench.press("models");
    bench.frame(vec![egui::Event::PointerGone]);
    compare("device", &bench.picture());
}

#[test]
fn failed() {
    look("failed", scenes::failed());
}

#[test]
fn suggested() {
    let mut bench = Bench::new(scenes::empty(), earmark_gui::DEFAULT_SIZE, 1.0);
    bench.press("sound to look for");
    bench.write("dog");
    bench.key(egui::Key::ArrowDown);
    bench.frame(vec![egui::Event::PointerGone]);
    // The caret blinks; what is typed is where it stands.
    compare("suggested", &bench.picture());
}

#[test]
fn a_widget_that_has_moved_is_seen() {
    let mut bench = Bench::new(scenes::working(), earmark_gui::DEFAULT_SIZE, 1.0);
    let before = bench.picture();
    bench.frame(vec![]);
    assert!(before.distance(&bench.picture()) < TOLERANCE, "nothing has moved");
    bench.view.slots[1].text = "snow".into();
    bench.frame(vec![]);
    assert!(
        before.distance(&bench.picture()) > TOLERANCE,
        "one word is another"
    );
    assert_eq!(before.distance(&before), 0.0);
}
