//! What the editor offers is understood by the model that comes with it.

use earmark_gui::{FIRST_SOUNDS, RARE_SOUNDS, SOUNDS};
use earmark_models::bundled;

#[test]
fn the_bundled_model_knows_every_sound_that_is_offered_with_it() {
    let (separator, encoder) = (bundled::separator().unwrap(), bundled::encoder().unwrap());
    let is_known = |text: &&&str| {
        let condition = encoder.encode(text).unwrap();
        separator.nearest(&condition).unwrap().is_understood()
    };
    let unknown: Vec<&&str> = FIRST_SOUNDS
        .iter()
        .chain(SOUNDS)
        .filter(|text| !is_known(text))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?} belong among the rare sounds");
    let known: Vec<&&str> = RARE_SOUNDS.iter().filter(is_known).collect();
    assert!(
        known.is_empty(),
        "{known:?} are known by now, and belong among the others"
    );
}
