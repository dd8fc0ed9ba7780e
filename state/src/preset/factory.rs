//! What comes with Earmark.

use std::sync::LazyLock;

use earmark_controls::{Control, Mode};

use super::{Preset, Values};
use crate::slot::StoredSlot;

/// One slot for a factory preset.
fn slot(name: &str, colour: u8, text: &str, negative: &str) -> StoredSlot {
    StoredSlot {
        name: name.into(),
        colour,
        negative: negative.into(),
        ..StoredSlot::of(text)
    }
}

fn preset(name: &str, slots: Vec<StoredSlot>, values: Values) -> Preset {
    Preset {
        name: name.into(),
        slots,
        values,
    }
}

/// All of them, in the order in which they are shown.
pub fn presets() -> &'static [Preset] {
    static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(all);
    &PRESETS
}

fn all() -> Vec<Preset> {
    let isolate = Values::default();
    let (remove, custom) = (
        Values {
            mode: Mode::Remove,
            ..isolate
        },
        Values {
            mode: Mode::Custom,
            ..isolate
        },
    );
    let remove = remove
        .with(Control::AttenuationLimit, 36.0)
        .with(Control::Smoothing, 20.0);
    let keep = |rest_db: f32| {
        custom
            .with(Control::RestGain, rest_db)
            .with(Control::Smoothing, 40.0)
    };
    vec![
        preset(
            "Dialogue clean-up",
            vec![
                slot("Voice", 0, "someone speaking", ""),
                slot("Voices", 1, "people talking", "music playing"),
            ],
            keep(-18.0),
        ),
        preset(
            "Remove typing",
            vec![
                slot(
                    "Typing",
                    1,
                    "someone types on a computer keyboard",
                    "someone speaking",
                ),
                slot("Mouse", 2, "a short click", "someone speaking"),
            ],
            remove,
        ),
        preset(
            "Remove traffic",
            vec![
                slot("Cars", 2, "a car engine + wheels rolling", "someone speaking"),
                slot(
                    "Aircraft",
                    3,
                    "an airplane + helicopter rotor",
                    "someone speaking",
                ),
                slot("Horns", 4, "klaxon + tires screeching", "someone speaking"),
            ],
            remove,
        ),
        preset(
            "Remove wind",
            vec![slot("Wind", 3, "strong wind", "someone speaking")],
            remove,
        ),
        preset(
            "Remove crowd",
            vec![slot(
                "Crowd",
                4,
                "people talking in a restaurant + cheering crowd",
                "",
            )],
            remove.with(Control::AttenuationLimit, 18.0),
        ),
        preset(
            "Rain only",
            vec![
                slot("Rain", 3, "pouring rain", ""),
                slot("Thunder", 5, "thunder rumbling", ""),
                slot("Both", 6, "pouring rain + thunder rumbling", ""),
            ],
            isolate,
        ),
        preset(
            "Birds only",
            vec![
                slot("Birds", 5, "many birds tweeting", "strong wind"),
                slot("Gulls", 6, "gulls squawking", "ocean waves"),
            ],
            isolate,
        ),
        preset(
            "Footsteps only",
            vec![slot("Steps", 6, "someone walking + footsteps on stone", "")],
            isolate.with(Control::Gate, 0.1),
        ),
        preset(
            "Solo guitar",
            vec![
                slot("Guitar", 7, "the sound of a guitar", ""),
                slot("Electric", 0, "someone plays the electric guitar", ""),
            ],
            isolate,
        ),
        preset(
            "Solo drums",
            vec![
                slot("Drums", 0, "drumming + hi-hat rhythm + the crash of a cymbal", ""),
                slot(
                    "Snare",
                    1,
                    "someone plays the snare drum",
                    "the crash of a cymbal",
                ),
            ],
            isolate,
        ),
        preset(
            "Duck the music",
            vec![slot("Music", 2, "music playing", "someone speaking")],
            custom
                .with(Control::TargetGain, -15.0)
                .with(Control::Smoothing, 60.0),
        ),
        preset(
            "Ambience only",
            vec![slot("Ambience", 4, "not someone speaking", "")],
            isolate.with(Control::Floor, -40.0),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_factory_preset_could_be_a_file() {
        let presets = presets();
        let names: BTreeSet<_> = presets.iter().map(|preset| preset.name.clone()).collect();
        assert_eq!(names.len(), presets.len(), "no name twice");
        for preset in presets {
            assert_eq!(&Preset::from_json(&preset.to_json(), "x.json").unwrap(), preset);
            assert!(!preset.slots[0].text.is_empty());
            assert!(preset.slots.iter().all(|slot| !slot.phrases().cut));
        }
    }
}
