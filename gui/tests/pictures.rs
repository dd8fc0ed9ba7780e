//! The editor in each state and in both looks, beside the pictures that the README shows. `EARMARK_UPDATE_PICTURES=1` rewrites them.

mod bench;

use std::path::PathBuf;

use bench::raster::Picture;
use bench::{Bench, scenes, states};

/// What two machines may differ by, rounding in the drawing of letters: see [`Picture::distance`].
const TOLERANCE: f32 = 12.0;

/// Says what differs from the kept picture, where something does.
fn compare(name: &str, picture: &Picture) -> Result<(), String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    let path = folder.join(format!("{name}.png"));
    if std::env::var_os("EARMARK_UPDATE_PICTURES").is_some() {
        picture.write(&path);
        return Ok(());
    }
    let kept = Picture::read(&path).ok_or_else(|| format!("{} cannot be read", path.display()))?;
    let distance = kept.distance(picture);
    if distance <= TOLERANCE {
        return Ok(());
    }
    let new = std::env::temp_dir().join(format!("earmark-{}.png", name.replace('/', "-")));
    picture.write(&new);
    Err(format!(
        "the editor no longer looks like {}: they are {distance:.0} apart, {TOLERANCE} are allowed. It looks like {} now; \
         if that is meant, EARMARK_UPDATE_PICTURES=1 keeps it",
        path.display(),
        new.display()
    ))
}

/// All states in one look.
fn look(folder: &str, light: bool) {
    let states = states::all().into_iter();
    let compared =
        states.map(|state| compare(&format!("{folder}{}", state.name), &state.bench(light).picture()));
    let differences: Vec<String> = compared.filter_map(Result::err).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_state_in_the_dark_look() {
    look("", false);
}

#[test]
fn every_state_in_the_light_look() {
    look("light/", true);
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
