//! Presets, and two sounds side by side.
//!
//! Parameters are set through the host's gestures, which only an editor can make: what changes them gives back the values that
//! it is to set.

use std::path::{Path, PathBuf};

use earmark_controls::Side;
use earmark_state::preset;

use super::Session;
use super::inner::Inner;
use crate::presets::{Preset, PresetError, Shelf, Values};
use crate::state::StoredSlot;

impl Session {
    /// Looks which presets there are. Reads a folder.
    pub fn look_for_presets(&self) {
        self.with_shelf(Shelf::look);
    }

    /// Names of all presets, and whether they come with Earmark.
    pub fn presets(&self) -> Vec<(String, bool)> {
        self.inner.lock().shelf.names().collect()
    }

    /// Where the user's presets lie, if there are any.
    pub(crate) fn presets_folder(&self) -> Option<PathBuf> {
        let shelf = self.inner.lock().shelf.clone();
        shelf.folder().ok().filter(|folder| folder.is_dir())
    }

    /// Puts a preset's slots in place; gives the values that the parameters are to have. What goes wrong is shown.
    pub fn choose_preset(&self, name: &str) -> Option<Values> {
        self.take_preset(self.with_shelf(|shelf| shelf.get(name)))
    }

    /// As [`Session::choose_preset`], from a file that somebody passed on.
    pub fn load_preset(&self, path: &Path) -> Option<Values> {
        self.take_preset(preset::open(path).map_err(PresetError::from))
    }

    /// Keeps the slots and these values of the parameters under a name. What goes wrong is shown.
    pub fn save_preset(&self, name: &str, values: Values) {
        let preset = Preset {
            name: name.trim().to_owned(),
            ..self.sound(&mut self.inner.lock(), values)
        };
        let saved = self.with_shelf(|shelf| shelf.save(&preset));
        let mut inner = self.inner.lock();
        match saved {
            Ok(()) => {
                inner.failure = None;
                inner.preset = Some(preset.name);
            }
            Err(error) => inner.notice = Some(error.to_string()),
        }
    }

    /// Removes a preset of the user's own. What goes wrong is shown.
    pub fn remove_preset(&self, name: &str) {
        let removed = self.with_shelf(|shelf| shelf.remove(name));
        let mut inner = self.inner.lock();
        if let Err(error) = removed {
            inner.notice = Some(error.to_string());
        } else if inner.preset.as_deref() == Some(name) {
            inner.preset = None;
        }
    }

    /// Goes over to side `A` or `B`, where the parameters have the values `now`; gives those that they are to have.
    ///
    /// All of it is one step: a project that the host loads meanwhile comes before it or after it, and is never lost between the sides.
    pub fn compare(&self, side: Side, now: Values) -> Option<Values> {
        let mut inner = self.inner.lock();
        if side == inner.compared.side {
            return None;
        }
        let here = self.sound(&mut inner, now);
        inner.compared.side = side;
        let other = inner.compared.other.replace(here.clone()).unwrap_or(here);
        inner.preset = (!other.name.is_empty()).then(|| other.name.clone());
        self.put_slots(&mut inner, &other.slots);
        Some(other.values)
    }

    /// Makes the side that is not heard the same as the one that is.
    pub fn copy_to_other(&self, now: Values) {
        let mut inner = self.inner.lock();
        let here = self.sound(&mut inner, now);
        inner.compared.other = Some(here);
    }

    /// Slots, and these values.
    fn sound(&self, inner: &mut Inner, values: Values) -> Preset {
        self.settle(inner);
        Preset {
            name: inner.preset.clone().unwrap_or_default(),
            slots: inner.stored().without_conditions().slots,
            values,
        }
    }

    /// Does something with the shelf that may read or write files. The session is not locked meanwhile: neither the window nor a
    /// host that saves waits for a disk.
    fn with_shelf<T>(&self, work: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelf = self.inner.lock().shelf.clone();
        let done = work(&mut shelf);
        self.inner.lock().shelf = shelf;
        done
    }

    fn take_preset(&self, preset: Result<Preset, PresetError>) -> Option<Values> {
        let mut inner = self.inner.lock();
        match preset {
            Ok(preset) => {
                self.put_slots(&mut inner, &preset.slots);
                inner.preset = Some(preset.name);
                Some(preset.values)
            }
            Err(error) => {
                inner.notice = Some(error.to_string());
                None
            }
        }
    }

    fn put_slots(&self, inner: &mut Inner, slots: &[StoredSlot]) {
        self.change_within(inner, |all| {
            for (i, slot) in all.iter_mut().enumerate() {
                *slot = slots.get(i).cloned().unwrap_or_default();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use earmark_controls::Control;

    use super::*;
    use crate::state::Mode;

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
        assert_eq!(values.mode, Mode::Remove);
        assert_eq!(first(&session), "someone types on a computer keyboard");
        assert_eq!(session.stored().slots[5], StoredSlot::default());
        session.edit(0, "a mouse squeaking");
        let louder = values.with(Control::TargetGain, -3.0);
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
    fn loads_edits_and_looks_at_once_leave_the_last_word_to_whoever_came_last() {
        let place = tempfile::tempdir().unwrap();
        let session = session(place.path());
        let project = |letter: &str| {
            let mut project = crate::state::StoredQueries::default();
            (0..8).for_each(|slot| project.put(slot, &format!("{letter} {slot}")));
            project
        };
        let projects = [project("rain"), project("wind")];
        std::thread::scope(|threads| {
            // The host loads and saves.
            threads.spawn(|| {
                for _ in 0..40 {
                    for project in &projects {
                        session.restore(project);
                        let stored = session.stored();
                        let letter = |slot: &StoredSlot| slot.text.split(' ').next().map(str::to_owned);
                        let first = letter(&stored.slots[0]);
                        assert!(
                            stored.slots.iter().all(|slot| letter(slot) == first),
                            "never half of each"
                        );
                    }
                }
            });
            // The window goes back and forth, and draws.
            threads.spawn(|| {
                for n in 0..80 {
                    session.compare(if n % 2 == 0 { Side::B } else { Side::A }, Values::default());
                    session.snapshot();
                }
            });
            // A host that renders asks whether all is there.
            threads.spawn(|| {
                for _ in 0..80 {
                    session.wait_until_ready(std::time::Duration::from_micros(100));
                    session.automation();
                }
            });
        });
        session.restore(&projects[1]);
        session.edit(0, "hail");
        let texts: Vec<String> = session.stored().slots.into_iter().map(|slot| slot.text).collect();
        assert_eq!((texts[0].as_str(), texts[1].as_str()), ("hail", "wind 1"));
        let last = crate::session::tests::all_encoded(&session);
        assert!(last, "nothing that was given up is waited for");
    }

    #[test]
    fn a_and_b_are_two_sounds() {
        let place = tempfile::tempdir().unwrap();
        let session = session(place.path());
        let (a, b) = (Values::default(), Values::default().with(Control::Gate, 0.5));
        session.edit(0, "rain");
        assert_eq!(session.compare(Side::B, a), Some(a), "at first both are the same");
        session.edit(0, "wind");
        assert_eq!(session.compare(Side::B, b), None, "it is heard already");
        assert_eq!(session.compare(Side::A, b), Some(a));
        assert_eq!(
            (first(&session), session.snapshot().compare),
            ("rain".into(), Side::A)
        );
        assert_eq!(session.compare(Side::B, a), Some(b));
        assert_eq!(first(&session), "wind");
        session.copy_to_other(b);
        assert_eq!(session.compare(Side::A, b), Some(b));
        assert_eq!(first(&session), "wind");
    }
}
