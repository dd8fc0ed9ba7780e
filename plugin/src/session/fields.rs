//! Fields of the state that are no parameters, as the wrapper reads and writes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nice_plug::params::persist::PersistentField;

use super::Session;
use crate::state::StoredQueries;

/// The field `queries`: reading it restores the session.
pub struct StoredQueriesField(
    /// Whose queries they are.
    pub Arc<Session>,
);

impl<'a> PersistentField<'a, StoredQueries> for StoredQueriesField {
    fn set(&self, new_value: StoredQueries) {
        self.0.restore(&new_value);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&StoredQueries) -> R,
    {
        f(&self.0.stored())
    }
}

/// The field `window`: the editor's width and height in points, shared by all clones.
#[derive(Debug, Clone)]
pub struct WindowSize(Arc<AtomicU64>);

/// Nobody has a larger screen, and a project must not make us ask for one.
const LARGEST: u32 = 8192;

impl Default for WindowSize {
    fn default() -> Self {
        let size = WindowSize(Arc::default());
        size.store(earmark_gui::DEFAULT_SIZE);
        size
    }
}

impl WindowSize {
    /// Width and height in points.
    pub fn load(&self) -> (u32, u32) {
        let both = self.0.load(Ordering::Relaxed);
        ((both >> 32) as u32, both as u32)
    }

    /// Keeps a size, within what the page needs and what a screen has.
    pub fn store(&self, (width, height): (u32, u32)) {
        let (least_width, least_height) = earmark_gui::MINIMUM_SIZE;
        let (width, height) = (
            width.clamp(least_width, LARGEST),
            height.clamp(least_height, LARGEST),
        );
        self.0
            .store(u64::from(width) << 32 | u64::from(height), Ordering::Relaxed);
    }
}

impl PersistentField<'_, (u32, u32)> for WindowSize {
    fn set(&self, new_value: (u32, u32)) {
        self.store(new_value);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&(u32, u32)) -> R,
    {
        f(&self.load())
    }
}

#[cfg(test)]
mod tests {
    use nice_plug::params::Params;

    use super::*;
    use crate::params::EarmarkParams;

    #[test]
    fn the_window_keeps_its_size_and_a_sane_one() {
        let size = WindowSize::default();
        assert_eq!(size.load(), earmark_gui::DEFAULT_SIZE);
        size.set((1000, 600));
        assert_eq!(size.map(|size| *size), (1000, 600));
        size.set((0, u32::MAX));
        assert_eq!(size.load(), (earmark_gui::MINIMUM_SIZE.0, LARGEST));
    }

    #[test]
    fn unknown_missing_and_damaged_fields_change_nothing() {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        session.edit(1, "rain");
        let before = params.serialize_fields();
        assert_eq!(before.keys().collect::<Vec<_>>(), ["queries", "window"]);
        params.deserialize_fields(&[("colour".to_owned(), "\"green\"".to_owned())].into());
        params.deserialize_fields(&Default::default());
        assert_eq!(params.serialize_fields(), before);
        params.deserialize_fields(&[("window".to_owned(), "[900, 600]".to_owned())].into());
        assert_eq!(params.window.load(), (900, 600));
        assert!(session.has_query(1));
    }

    #[test]
    fn fields_go_round() {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        session.edit(0, "a dog barking");
        session.edit(7, "rain");
        let fields = params.serialize_fields();
        assert!(fields["queries"].contains("\"version\":1"));
        let other = Session::new();
        let restored = EarmarkParams::new(&other);
        restored.deserialize_fields(&fields);
        let texts = |session: &Session| {
            session
                .stored()
                .slots
                .into_iter()
                .map(|slot| slot.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts(&other), texts(&session));
        assert!(other.has_query(7) && !other.has_query(3));
    }
}
