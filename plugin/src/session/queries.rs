//! The eight slots: what they say, what their sounds were encoded to, and what is still being encoded.

use std::collections::BTreeMap;

use earmark_engine::{Gains, Heard, MixSettings, Phrases, Query};
use earmark_models::resunet::Quality;
use earmark_models::{Condition, SeparatorSpec};

use crate::state::{ModelRef, SLOTS, StoredCondition, StoredQueries, StoredSlot, StoredSound, VERSION};

/// One slot.
#[derive(Debug, Clone, Default)]
struct Slot {
    /// Without conditions.
    kept: StoredSlot,
    phrases: Phrases,
}

/// A sound that some slot names.
#[derive(Debug, Clone)]
struct Sound {
    /// What it was encoded to; `None` while that is going on, or where it failed.
    condition: Option<Condition>,
    pending: bool,
}

/// A sound to be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) text: String,
}

/// What a slot asks the engine for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// Nothing: it is empty, or one of its sounds could not be encoded.
    Nothing,
    /// It is not known yet.
    Pending,
    Query(Query),
}

/// The eight slots.
#[derive(Debug, Default)]
pub(super) struct Queries {
    slots: [Slot; SLOTS],
    /// Every sound of every slot: what two slots name is encoded once, and what is only moved or blended is not encoded anew.
    sounds: BTreeMap<String, Sound>,
}

impl Queries {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| slot.kept.text.as_str())
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = &StoredSlot> {
        self.slots.iter().map(|slot| &slot.kept)
    }

    /// Whether a sound of the slot is still being encoded.
    pub(super) fn pending(&self) -> impl Iterator<Item = bool> {
        self.slots.iter().map(|slot| {
            let mut sounds = slot.phrases.all().filter_map(|(text, _)| self.sounds.get(text));
            sounds.any(|sound| sound.pending)
        })
    }

    pub(super) fn any_pending(&self) -> bool {
        self.sounds.values().any(|sound| sound.pending)
    }

    /// The slot whose query names more sounds than are read.
    pub(super) fn too_long(&self) -> Option<usize> {
        self.slots.iter().position(|slot| slot.phrases.cut)
    }

    /// Two slots whose queries together name more sounds than are read.
    pub(super) fn too_long_together(&self, heard: Heard) -> Option<(usize, usize)> {
        let mut slots = heard.slots().map(usize::from);
        let (first, second) = (slots.next()?, slots.next()?);
        let phrases = |slot: usize| Some(&self.slots.get(slot)?.phrases);
        let both = phrases(first)?.joined(phrases(second)?);
        both.cut.then_some((first, second))
    }

    pub(super) fn asked(&self) -> impl Iterator<Item = Asked> {
        self.slots.iter().map(|slot| {
            let mut query = Query::default();
            for (text, wanted) in slot.phrases.all() {
                let list = if wanted {
                    &mut query.wanted
                } else {
                    &mut query.unwanted
                };
                match self.sounds.get(text) {
                    Some(Sound {
                        condition: Some(condition),
                        ..
                    }) => list.push(condition.clone()),
                    Some(Sound { pending: true, .. }) => return Asked::Pending,
                    _ => return Asked::Nothing,
                }
            }
            if query.is_empty() {
                Asked::Nothing
            } else {
                Asked::Query(query)
            }
        })
    }

    /// Gains of the slots' own.
    pub(super) fn own_gains(&self) -> impl Iterator<Item = Option<Gains>> {
        let own = self.slots.iter().map(|slot| slot.kept.own);
        own.map(|own| own.map(|mix| MixSettings::from(mix).gains().into()))
    }

    /// Changes the slots; what comes back has to be encoded.
    pub(super) fn change(&mut self, change: impl Fn(&mut [StoredSlot])) -> Vec<Job> {
        let mut slots: Vec<StoredSlot> = self.slots().cloned().collect();
        change(&mut slots);
        // A sound that could not be encoded is tried again.
        self.sounds
            .retain(|_, sound| sound.pending || sound.condition.is_some());
        self.take(&slots, |_| None).0
    }

    /// Takes the result of a job. Says whether it was still wanted.
    pub(super) fn finish(&mut self, job: &Job, condition: Option<Condition>) -> bool {
        match self.sounds.get_mut(&job.text) {
            Some(sound) => {
                *sound = Sound {
                    condition,
                    pending: false,
                };
                true
            }
            None => false,
        }
    }

    /// Every sound that is still to be encoded.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let pending = self.sounds.iter().filter(|(_, sound)| sound.pending);
        pending.map(|(text, _)| Job { text: text.clone() }).collect()
    }

    /// Takes over what a project stored; what comes back may have to be told.
    ///
    /// A condition of another version of the model serves until the text has been encoded anew.
    pub(super) fn restore(&mut self, stored: &StoredQueries, spec: &SeparatorSpec) -> Option<String> {
        let current = ModelRef::from(spec);
        self.sounds.clear();
        let (_, foreign) = self.take(&stored.slots, |sound| {
            let condition = sound.condition.usable(spec);
            let pending = condition.is_none() || sound.condition.model != current;
            Some(Sound { condition, pending })
        });
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

    /// Takes slots over, and for sounds that are not known yet what `read` makes of the conditions beside them. Says what has
    /// to be encoded, and whether conditions had to be replaced.
    fn take(
        &mut self,
        slots: &[StoredSlot],
        read: impl Fn(&StoredSound) -> Option<Sound>,
    ) -> (Vec<Job>, bool) {
        let mut before = std::mem::take(&mut self.sounds);
        let (mut jobs, mut foreign) = (vec![], false);
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let mut kept = slots.get(i).cloned().unwrap_or_default().tidied();
            let conditions = std::mem::take(&mut kept.conditions);
            let phrases = kept.phrases();
            for (text, _) in phrases.all() {
                if self.sounds.contains_key(text) {
                    continue;
                }
                let known = before.remove(text);
                let sound = known.unwrap_or_else(|| {
                    let stored = conditions.iter().find(|sound| sound.text == text);
                    let sound = stored.and_then(&read);
                    foreign |= sound.as_ref().is_some_and(|sound| sound.pending);
                    let sound = sound.unwrap_or(Sound {
                        condition: None,
                        pending: true,
                    });
                    if sound.pending {
                        jobs.push(Job {
                            text: text.to_owned(),
                        });
                    }
                    sound
                });
                self.sounds.insert(text.to_owned(), sound);
            }
            *slot = Slot { kept, phrases };
        }
        (jobs, foreign)
    }

    /// What a project stores.
    pub(super) fn stored(&self, spec: &SeparatorSpec, quality: Quality) -> StoredQueries {
        let model = ModelRef::from(spec);
        let slots = self.slots.iter().map(|slot| StoredSlot {
            conditions: slot
                .phrases
                .all()
                .filter_map(|(text, _)| {
                    // A condition that is still to be replaced is not this model's: without it the text is read anew.
                    let sound = self.sounds.get(text).filter(|sound| !sound.pending)?;
                    let condition = sound.condition.as_ref()?;
                    Some(StoredSound {
                        text: text.to_owned(),
                        condition: StoredCondition {
                            encoder: condition.encoder,
                            model: model.clone(),
                            values: condition.values.to_vec(),
                        },
                    })
                })
                .collect(),
            ..slot.kept.clone()
        });
        StoredQueries {
            version: VERSION,
            model: model.clone(),
            quality,
            slots: slots.collect(),
            ..StoredQueries::default()
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

    fn write(queries: &mut Queries, slot: usize, text: &str) -> Vec<Job> {
        queries.change(|slots| {
            if let Some(slot) = slots.get_mut(slot) {
                slot.text = text.into();
            }
        })
    }

    fn texts(jobs: &[Job]) -> Vec<&str> {
        jobs.iter().map(|job| job.text.as_str()).collect()
    }

    fn asks_nothing(queries: &Queries) -> bool {
        queries.asked().all(|asked| asked == Asked::Nothing)
    }

    #[test]
    fn only_the_last_text_of_a_slot_counts() {
        let mut queries = Queries::default();
        let first = write(&mut queries, 2, " rain ");
        let second = write(&mut queries, 2, "wind");
        assert_eq!((texts(&first), texts(&second)), (vec!["rain"], vec!["wind"]));
        assert!(!queries.finish(&first[0], Some(condition(1.0))));
        assert!(queries.any_pending());
        assert_eq!(queries.asked().nth(2), Some(Asked::Pending));
        assert!(queries.finish(&second[0], Some(condition(1.0))));
        assert!(!queries.any_pending());
        assert_eq!(queries.asked().nth(2), Some(Asked::Query(condition(1.0).into())));
        assert!(write(&mut queries, 2, "  ").is_empty());
        assert!(!queries.any_pending() && asks_nothing(&queries));
        assert!(
            write(&mut queries, SLOTS, "x").is_empty(),
            "there is no ninth slot"
        );
    }

    #[test]
    fn every_sound_is_encoded_once_and_only_what_is_new() {
        let mut queries = Queries::default();
        let jobs = write(&mut queries, 0, "typing + steps, not speech");
        assert_eq!(texts(&jobs), ["typing", "steps", "speech"]);
        for (job, value) in jobs.iter().zip([1.0, -1.0, 0.9]) {
            assert!(matches!(queries.asked().next(), Some(Asked::Pending)));
            queries.finish(job, Some(condition(value)));
        }
        let query = Query {
            wanted: vec![condition(1.0), condition(-1.0)],
            unwanted: vec![condition(0.9)],
        };
        assert_eq!(queries.asked().next(), Some(Asked::Query(query)));
        let jobs = queries.change(|slots| {
            slots.swap(0, 5);
            slots[1].text = "steps".into();
            slots[1].negative = "a dog".into();
        });
        assert_eq!(texts(&jobs), ["a dog"], "the rest is known");
        assert_eq!(queries.asked().next(), Some(Asked::Nothing));
        assert!(matches!(queries.asked().nth(5), Some(Asked::Query(_))));
        queries.finish(&jobs[0], None);
        assert_eq!(
            queries.asked().nth(1),
            Some(Asked::Nothing),
            "half a query is none"
        );
    }

    #[test]
    fn a_project_opens_without_an_encoder() {
        let spec = bundled::spec();
        let mut queries = Queries::default();
        let jobs = queries.change(|slots| {
            slots[7] = StoredSlot {
                negative: "rain".into(),
                name: "Rex".into(),
                colour: 5,
                own: Some(Default::default()),
                ..StoredSlot::of("a dog barking")
            };
        });
        assert!(
            queries.stored(spec, Quality::default()).slots[7]
                .conditions
                .is_empty(),
            "nothing half-done is stored"
        );
        for job in &jobs {
            queries.finish(job, Some(condition(-1.0)));
        }
        let stored = queries.stored(spec, Quality::default());
        let mut opened = Queries::default();
        assert_eq!(opened.restore(&stored, spec), None);
        assert_eq!(opened.jobs(), vec![]);
        assert_eq!(opened.stored(spec, Quality::default()), stored);
        assert_eq!(opened.asked().nth(7), queries.asked().nth(7));
        assert_eq!(opened.own_gains().filter(Option::is_some).count(), 1);
    }

    #[test]
    fn what_another_version_made_serves_until_it_is_made_anew() {
        let spec = bundled::spec();
        let mut queries = Queries::default();
        let jobs = write(&mut queries, 0, "rain");
        queries.finish(&jobs[0], Some(condition(1.0)));
        let mut stored = queries.stored(spec, Quality::default());
        stored.slots[0].conditions[0].condition.model.sha256 = "of another version".into();
        let notice = queries.restore(&stored, spec);
        assert_eq!(queries.jobs().len(), 1);
        assert!(notice.is_some_and(|notice| notice.contains("another version")));
        assert_eq!(queries.asked().next(), Some(Asked::Query(condition(1.0).into())));
        assert!(
            queries.stored(spec, Quality::default()).slots[0]
                .conditions
                .is_empty()
        );
    }

    #[test]
    fn a_text_alone_is_enough() {
        let stored = StoredQueries {
            version: VERSION,
            slots: vec![StoredSlot::of("rain")],
            ..StoredQueries::default()
        };
        let mut queries = Queries::default();
        let notice = queries.restore(&stored, bundled::spec());
        assert_eq!(texts(&queries.jobs()), ["rain"]);
        assert_eq!(notice, None);
    }
}
