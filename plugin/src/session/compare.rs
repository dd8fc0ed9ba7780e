//! Presets, and two sounds side by side.
//!
//! Parameters are set through the host's gestures, which only an editor can make: what changes them gives back the values that
//! it is to set.

use std::path::{Path, PathBuf};

use super::Session;
use crate::presets::{Preset, PresetError, Values};
use crate::state::StoredSlot;

/// The sides A and B. The one that is heard is what session and parameters hold; the other one is kept here.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) side: char,
    /// `None` while nothing has been done to it: then it is the same as the one that is heard.
    other: Option<Preset>,
}

impl Default for Compared {
    fn default() -> Compared {
        Compared {
            side: 'A',
            other: None,
        }
    }
}

impl Session {
    /// Looks which presets there are. Reads a folder.
    pub fn look_for_presets(&self) {
        self.inner.lock().shelf.look();
    }

    /// Names of all presets, and whether they come with Earmark.
    pub fn presets(&self) -> Vec<(String, bool)> {
        self.inner.lock().shelf.names().collect()
    }

    /// Where the user's presets lie, if there are any.
    pub(crate) fn presets_folder(&self) -> Option<PathBuf> {
        let folder = self.inner.lock().shelf.folder().ok();
        folder.filter(|folder| folder.is_dir())
    }

    /// Puts a preset's slots in place; gives the values that the parameters are to have. What goes wrong is shown.
    pub fn choose_preset(&self, name: &str) -> Option<Values> {
        let preset = self.inner.lock().shelf.get(name);
        self.take_preset(preset)
    }

    /// As [`Session::choose_preset`], from a file that somebody passed on.
    pub fn load_preset(&self, path: &Path) -> Option<Values> {
        self.take_preset(earmark_state::preset::open(path).map_err(PresetError::from))
    }

    /// Keeps the slots and these values of the parameters under a name. What goes wrong is shown.
    pub fn save_preset(&self, name: &str, values: Values) {
        let preset = Preset {
            name: name.trim().to_owned(),
            ..self.sound(values)
        };
        let mut inner = self.inner.lock();
        match inner.shelf.save(&preset) {
            Ok(()) => {
                inner.failure = None;
                inner.preset = Some(preset.name);
            }
            Err(error) => inner.notice = Some(error.to_string()),
        }
    }

    /// Removes a preset of the user's own. What goes wrong is shown.
    pub fn remove_preset(&self, name: &str) {
        let mut inner = self.inner.lock();
        if let Err(error) = inner.shelf.remove(name) {
            inner.notice = Some(error.to_string());
        } else if inner.preset.as_deref() == Some(name) {
            inner.preset = None;
        }
    }

    /// Goes over to side `A` or `B`, where the parameters have the values `now`; gives those that they are to have. Other sides
    /// are ignored.
    pub fn compare(&self, side: char, now: Values) -> Option<Values> {
        let here = self.sound(now);
        let other = {
            let mut inner = self.inner.lock();
            let compared = &mut inner.compared;
            if !matches!(side, 'A' | 'B') || side == compared.side {
                return None;
            }
            compared.side = side;
            let other = compared.other.replace(here.clone()).unwrap_or(here);
            inner.preset = (!other.name.is_empty()).then(|| other.name.clone());
            other
        };
        self.put_slots(&other.slots);
        Some(other.values)
    }

    /// Makes the side that is not heard the same as the one that is.
    pub fn copy_to_other(&self, now: Values) {
        let here = self.sound(now);
        self.inner.lock().compared.other = Some(here);
    }

    /// Slots, and these values.
    fn sound(&self, values: Values) -> Preset {
        let slots = self.stored().without_conditions().slots;
        let name = self.inner.lock().preset.clone().unwrap_or_default();
        Preset { name, slots, values }
    }

    fn take_preset(&self, preset: Result<Preset, PresetError>) -> Option<Values> {
        match preset {
            Ok(preset) => {
                self.put_slots(&preset.slots);
                self.inner.lock().preset = Some(preset.name);
                Some(preset.values)
            }
            Err(error) => {
                self.inner.lock().notice = Some(error.to_string());
                None
            }
        }
    }

    fn put_slots(&self, slots: &[StoredSlot]) {
        self.change(|all| {
            for (i, slot) in all.iter_mut().enumerate() {
                *slot = slots.get(i).cloned().unwrap_or_default();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::presets::Shelf;
    use crate::state::StoredMode;

    fn session(place: &Path) -> Arc<Session> {
        let session = Session::new();
        session.inner.lock().shelf = Shelf::at(place);
        session
    }

    fn first(session: &Session) -> String {
        session.stored().slots[0].text.clone()
    }

    #[test]
    fn presets_bring_slots_and_values() {
        let place = tempfile::tempdir().unwrap();
        let session = session(place.path());
        session.edit(5, "something else");
        let values = session.choose_preset("Remove typing").unwrap();
        assert_eq!(values.mode, StoredMode::Remove);
        assert_eq!(first(&session), "someone types on a computer keyboard");
        assert_eq!(session.stored().slots[5], StoredSlot::default());
        session.edit(0, "a mouse squeaking");
        let louder = Values {
            target_db: -3.0,
            ..values
        };
        session.save_preset(" Mine ", louder);
        assert_eq!(session.snapshot().preset.as_deref(), Some("Mine"));
        session.choose_preset("Rain only");
        assert_eq!(session.choose_preset("Mine"), Some(louder));
        assert_eq!(first(&session), "a mouse squeaking");
        assert!(session.presets().contains(&("Mine".into(), false)));
        session.remove_preset("Mine");
        assert_eq!(session.choose_preset("Mine"), None);
        assert!(session.snapshot().notice.unwrap().contains("Mine"));
        assert_eq!(first(&session), "a mouse squeaking", "nothing has changed");
    }

    #[test]
    fn a_and_b_are_two_sounds() {
        let place = tempfile::tempdir().unwrap();
        let session = session(place.path());
        let (a, b) = (
            Values::default(),
            Values {
                gate: 0.5,
                ..Values::default()
            },
        );
        session.edit(0, "rain");
        assert_eq!(session.compare('B', a), Some(a), "at first both are the same");
        session.edit(0, "wind");
        assert_eq!(session.compare('B', b), None, "it is heard already");
        assert_eq!(session.compare('A', b), Some(a));
        assert_eq!(
            (first(&session), session.snapshot().compare),
            ("rain".into(), 'A')
        );
        assert_eq!(session.compare('B', a), Some(b));
        assert_eq!(first(&session), "wind");
        session.copy_to_other(b);
        assert_eq!(session.compare('A', b), Some(b));
        assert_eq!(first(&session), "wind");
    }
}
