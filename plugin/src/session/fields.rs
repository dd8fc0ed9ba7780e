//! Fields of the state that are no parameters, as the wrapper reads and writes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nice_plug::params::persist::PersistentField;
use serde_json::{Value, json};

use super::Session;
use crate::state::StoredQueries;

/// The field `queries`: reading it restores the session.
pub struct StoredQueriesField(
    /// Whose queries they are. Nobody gets at the session through a parameter: `process` has the parameters.
    Arc<Session>,
);

impl StoredQueriesField {
    /// The queries of this session.
    pub fn of(session: &Arc<Session>) -> StoredQueriesField {
        StoredQueriesField(session.clone())
    }
}

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

/// As any JSON, since a value of another kind is a fault to the wrapper: here it changes nothing.
impl PersistentField<'_, Value> for WindowSize {
    fn set(&self, new_value: Value) {
        if let Ok(size) = serde_json::from_value(new_value) {
            self.store(size);
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Value) -> R,
    {
        f(&json!(self.load()))
    }
}

/// The field `more`: whether what is behind *More* is in view, shared by all clones. A project of before shows the first view alone.
#[derive(Debug, Clone, Default)]
pub struct More(Arc<AtomicBool>);

impl More {
    /// Whether it is in view.
    pub fn load(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Shows it, or no longer.
    pub fn store(&self, more: bool) {
        self.0.store(more, Ordering::Relaxed);
    }
}

/// As any JSON, for the reason given at [`WindowSize`].
impl PersistentField<'_, Value> for More {
    fn set(&self, new_value: Value) {
        if let Some(more) = new_value.as_bool() {
            self.store(more);
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Value) -> R,
    {
        f(&json!(self.load()))
    }
}

#[cfg(test)]
mod tests {
    use nice_plug::params::Params;
    use nice_plug::plugin::PluginState;

    use super::*;
    use crate::params::EarmarkParams;
    use crate::state::{Automation, ChannelMode, Mode, TEXTS};

    #[test]
    fn the_window_keeps_its_size_and_a_sane_one() {
        let size = WindowSize::default();
        assert_eq!(size.load(), earmark_gui::DEFAULT_SIZE);
        size.set(json!([1000, 600]));
        assert_eq!(size.map(Value::clone), json!([1000, 600]));
        size.set(json!([0, u32::MAX]));
        assert_eq!(size.load(), (earmark_gui::MINIMUM_SIZE.0, LARGEST));
    }

    #[test]
    fn unknown_missing_and_damaged_fields_change_nothing() {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        session.edit(1, "rain");
        let before = params.serialize_fields();
        assert_eq!(before.keys().collect::<Vec<_>>(), ["more", "queries", "window"]);
        params.deserialize_fields(&[("colour".to_owned(), "\"green\"".to_owned())].into());
        params.deserialize_fields(&Default::default());
        assert_eq!(params.serialize_fields(), before);
        params.deserialize_fields(&[("window".to_owned(), "[900, 600]".to_owned())].into());
        assert_eq!(params.window.load(), (900, 600));
        for damaged in ["\"wide\"", "[900]", "[-1, 600]", "null"] {
            params.deserialize_fields(&[("window".to_owned(), damaged.to_owned())].into());
            assert_eq!(params.window.load(), (900, 600), "{damaged}");
        }
        params.deserialize_fields(&[("more".to_owned(), "3".to_owned())].into());
        assert!(!params.more.load());
        params.deserialize_fields(&[("more".to_owned(), "true".to_owned())].into());
        assert!(params.more.load());
        assert!(session.has_query(1));
    }

    /// A whole state, as [`crate::state`] describes it.
    fn open(state: &str) -> (Arc<Session>, EarmarkParams) {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        let state: PluginState = serde_json::from_str(state).unwrap();
        let known: Vec<String> = params.param_map().into_iter().map(|(id, ..)| id).collect();
        assert!(state.params.keys().all(|id| known.contains(id)));
        params.deserialize_fields(&state.fields);
        (session, params)
    }

    /// The bundled model when the fixtures were written.
    const FORMER: &str = "f915be7fa9cc28c3441546ecb30da61ea631f2adac29c5108f05706d77b0b5df";

    /// As if the fixture had been written with the model of today.
    fn of_today(state: &str) -> String {
        assert!(state.contains(FORMER));
        state.replace(FORMER, &earmark_models::bundled::spec().sha256)
    }

    #[test]
    fn a_state_of_another_model_keeps_its_texts_and_has_them_encoded_anew() {
        let (session, _) = open(include_str!("../../fixtures/state-1.json"));
        let stored = session.stored();
        assert_eq!(
            (stored.slots[0].text.as_str(), stored.slots[2].text.as_str()),
            ("a dog barking", "rain")
        );
        assert!(session.snapshot().pending[0] && session.snapshot().pending[2]);
    }

    #[test]
    fn a_state_of_version_1_is_read_with_its_conditions() {
        let (session, _) = open(&of_today(include_str!("../../fixtures/state-1.json")));
        let stored = session.stored();
        assert_eq!((stored.trim, stored.version), (Some(6.0), TEXTS));
        let found: Vec<_> = stored
            .slots
            .iter()
            .map(|slot| (slot.text.as_str(), slot.conditions.len()))
            .collect();
        assert_eq!(found[..4], [("a dog barking", 1), ("", 0), ("rain", 1), ("", 0)]);
        assert!(
            !session.snapshot().pending.contains(&true),
            "no encoder is needed"
        );
        assert_eq!((stored.stereo, stored.timing), Default::default());
    }

    #[test]
    fn earlier_states_hear_one_slot_alone() {
        for state in [
            include_str!("../../fixtures/state-1.json"),
            include_str!("../../fixtures/state-2.json"),
        ] {
            let state_of_params: PluginState = serde_json::from_str(state).unwrap();
            assert!(!state_of_params.params.contains_key("also"));
            assert_eq!(open(state).1.also_slot(), None);
        }
    }

    #[test]
    fn a_state_of_version_2_is_read_with_all_that_a_slot_has() {
        let (session, _) = open(&of_today(include_str!("../../fixtures/state-2.json")));
        let stored = session.stored();
        assert_eq!(
            (stored.stereo, stored.timing),
            (ChannelMode::Each, Some(Automation::AtOutput))
        );
        let slot = &stored.slots[1];
        let told = (
            slot.text.as_str(),
            slot.negative.as_str(),
            slot.name.as_str(),
            slot.colour,
        );
        assert_eq!(told, ("typing + steps", "speech", "Desk", 3));
        let own = slot.own.unwrap();
        assert_eq!(
            (own.mode, own.rest_db, own.attenuation_limit_db),
            (Mode::Remove, -3.0, 24.0)
        );
        let sounds: Vec<&str> = slot.conditions.iter().map(|sound| sound.text.as_str()).collect();
        assert_eq!(sounds, ["typing", "steps", "speech"]);
        assert!(
            !session.snapshot().pending.contains(&true),
            "no encoder is needed"
        );
        assert_eq!(stored.slots[0].text, "a dog barking");
    }

    #[test]
    fn a_state_of_version_3_keeps_every_kind_of_sound() {
        let (session, params) = open(include_str!("../../fixtures/state-3.json"));
        let stored = session.stored();
        let titles = |slot: usize| {
            let sounds = stored.slots[slot].sounds.iter();
            sounds
                .map(|sound| (sound.title(), sound.wanted))
                .collect::<Vec<_>>()
        };
        assert_eq!(titles(0), [("my door".to_owned(), true)]);
        let second = [
            ("the dog next door".to_owned(), false),
            ("a picture".to_owned(), true),
        ];
        assert_eq!(titles(1), second);
        assert!(session.has_query(0) && !session.snapshot().pending[0]);
        let again: serde_json::Value = serde_json::from_str(&params.serialize_fields()["queries"]).unwrap();
        assert_eq!(again["version"], 3);
        assert_eq!(
            again["slots"][1]["sounds"][1]["later"][2], 3,
            "what is not known is written again"
        );
    }

    #[test]
    fn fields_go_round() {
        let session = Session::new();
        let params = EarmarkParams::new(&session);
        session.edit(0, "a dog barking");
        session.edit(7, "rain");
        let fields = params.serialize_fields();
        assert!(fields["queries"].contains("\"version\":2"));
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
