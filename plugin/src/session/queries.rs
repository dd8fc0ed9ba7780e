//! The eight slots: their texts, what they were encoded to, and what is still being encoded.

use earmark_models::resunet::Quality;
use earmark_models::{Condition, SeparatorSpec};

use crate::state::{ModelRef, SLOTS, StoredCondition, StoredQueries, StoredSlot, VERSION, tidy};

/// One slot.
#[derive(Debug, Clone, Default)]
struct Slot {
    text: String,
    /// What `text` was encoded to; `None` while that is going on.
    condition: Option<Condition>,
    pending: bool,
    /// Counts the texts, so that a late result is told from the one that is waited for.
    edit: u64,
}

/// A text to be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) slot: usize,
    pub(super) text: String,
    edit: u64,
}

/// The eight slots.
#[derive(Debug, Default)]
pub(super) struct Queries {
    slots: [Slot; SLOTS],
}

impl Queries {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| slot.text.as_str())
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = bool> {
        self.slots.iter().map(|slot| slot.pending)
    }

    pub(super) fn any_pending(&self) -> bool {
        self.pending().any(|pending| pending)
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = Option<&Condition>> {
        self.slots.iter().map(|slot| slot.condition.as_ref())
    }

    /// Puts a text into a slot; what comes back has to be encoded.
    pub(super) fn edit(&mut self, slot: usize, text: &str) -> Option<Job> {
        let text = tidy(text);
        let entry = self.slots.get_mut(slot)?;
        let pending = !text.is_empty();
        *entry = Slot {
            text: text.clone(),
            condition: None,
            pending,
            edit: entry.edit + 1,
        };
        pending.then_some(Job {
            slot,
            text,
            edit: entry.edit,
        })
    }

    /// Takes the result of a job. Says whether it was still wanted.
    pub(super) fn finish(&mut self, job: &Job, condition: Option<Condition>) -> bool {
        match self.slots.get_mut(job.slot) {
            Some(slot) if slot.edit == job.edit => {
                slot.pending = false;
                slot.condition = condition;
                true
            }
            _ => false,
        }
    }

    /// Every text that is still to be encoded.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let pending = self.slots.iter().enumerate().filter(|(_, entry)| entry.pending);
        pending
            .map(|(slot, entry)| Job {
                slot,
                text: entry.text.clone(),
                edit: entry.edit,
            })
            .collect()
    }

    /// Takes over what a project stored; what comes back may have to be told.
    ///
    /// A condition of another version of the model serves until the text has been encoded anew.
    pub(super) fn restore(&mut self, stored: &StoredQueries, spec: &SeparatorSpec) -> Option<String> {
        let current = ModelRef::from(spec);
        let mut foreign = false;
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let given = stored.slots.get(i).cloned().unwrap_or_default();
            let text = tidy(&given.text);
            let condition = given.condition.as_ref().filter(|_| !text.is_empty());
            let fresh = condition.is_some_and(|condition| condition.model == current);
            let usable = condition.and_then(|condition| condition.usable(spec));
            let settled = fresh && usable.is_some();
            let pending = !text.is_empty() && !settled;
            foreign |= pending && condition.is_some();
            *slot = Slot {
                text,
                condition: usable,
                pending,
                edit: slot.edit + 1,
            };
        }
        if stored.version > VERSION {
            Some(
                "This project was saved by a newer Earmark; what this version does not know was left out."
                    .into(),
            )
        } else if foreign {
            let made_with = if stored.model.id.is_empty() {
                "another model"
            } else {
                &stored.model.id
            };
            Some(format!(
                "This project was made with {made_with} in another version; its queries were read anew."
            ))
        } else {
            None
        }
    }

    /// What a project stores.
    pub(super) fn stored(&self, spec: &SeparatorSpec, quality: Quality) -> StoredQueries {
        let model = ModelRef::from(spec);
        let slots = self.slots.iter().map(|slot| StoredSlot {
            text: slot.text.clone(),
            // A condition that is still to be replaced is not this model's: without it the text is read anew.
            condition: slot
                .condition
                .as_ref()
                .filter(|_| !slot.pending)
                .map(|condition| StoredCondition {
                    encoder: condition.encoder,
                    model: model.clone(),
                    values: condition.values.to_vec(),
                }),
        });
        StoredQueries {
            version: VERSION,
            model: model.clone(),
            quality,
            trim: None,
            slots: slots.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::bundled;

    use super::*;

    fn condition(first: f32) -> Condition {
        let spec = bundled::spec();
        let mut values = vec![0.0; spec.condition_size];
        values[0] = first;
        Condition {
            encoder: spec.encoder,
            values: values.into(),
        }
    }

    #[test]
    fn only_the_last_text_of_a_slot_counts() {
        let mut queries = Queries::default();
        let first = queries.edit(2, " rain ").expect("a text has to be encoded");
        let second = queries.edit(2, "wind").expect("a text has to be encoded");
        assert_eq!(first.text, "rain");
        assert!(!queries.finish(&first, Some(condition(1.0))));
        assert!(queries.any_pending() && queries.conditions().all(|c| c.is_none()));
        assert!(queries.finish(&second, Some(condition(1.0))));
        assert!(!queries.any_pending());
        assert!(queries.edit(2, "  ").is_none());
        assert!(!queries.any_pending() && queries.conditions().all(|c| c.is_none()));
        assert!(queries.edit(SLOTS, "x").is_none(), "there is no ninth slot");
    }

    #[test]
    fn a_project_opens_without_an_encoder() {
        let spec = bundled::spec();
        let mut queries = Queries::default();
        let job = queries
            .edit(7, "a dog barking")
            .expect("a text has to be encoded");
        assert!(
            queries.stored(spec, Quality::default()).slots[7]
                .condition
                .is_none(),
            "nothing half-done is stored"
        );
        queries.finish(&job, Some(condition(-1.0)));
        let stored = queries.stored(spec, Quality::default());
        let mut opened = Queries::default();
        assert_eq!(opened.restore(&stored, spec), None);
        assert_eq!(opened.jobs(), vec![]);
        assert_eq!(opened.stored(spec, Quality::default()), stored);
        assert_eq!(opened.conditions().nth(7).flatten(), Some(&condition(-1.0)));
    }

    #[test]
    fn what_another_version_made_serves_until_it_is_made_anew() {
        let spec = bundled::spec();
        let mut queries = Queries::default();
        let job = queries.edit(0, "rain").expect("a text has to be encoded");
        queries.finish(&job, Some(condition(1.0)));
        let mut stored = queries.stored(spec, Quality::default());
        if let Some(condition) = &mut stored.slots[0].condition {
            condition.model.sha256 = "of another version".into();
        }
        let notice = queries.restore(&stored, spec);
        assert_eq!(queries.jobs().len(), 1);
        assert!(notice.is_some_and(|notice| notice.contains("another version")));
        assert_eq!(queries.conditions().next().flatten(), Some(&condition(1.0)));
        assert!(
            queries.stored(spec, Quality::default()).slots[0]
                .condition
                .is_none()
        );
    }

    #[test]
    fn a_text_alone_is_enough() {
        let slots = vec![StoredSlot {
            text: "rain".into(),
            condition: None,
        }];
        let stored = StoredQueries {
            version: VERSION,
            slots,
            ..StoredQueries::default()
        };
        let mut queries = Queries::default();
        let notice = queries.restore(&stored, bundled::spec());
        assert_eq!(
            queries
                .jobs()
                .iter()
                .map(|job| (job.slot, job.text.as_str()))
                .collect::<Vec<_>>(),
            [(0, "rain")]
        );
        assert_eq!(notice, None);
    }
}
