//! The eight slots: what they say, what their sounds were encoded to, and what is still being encoded.

use std::cell::Cell;
use std::collections::BTreeMap;

use earmark_engine::{Gains, Heard, MixSettings};
use earmark_models::resunet::Quality;
use earmark_models::{Condition, Separator, SeparatorSpec};
use earmark_queries::{Asked, Doubt, EncodeJob, Phrases, Sound, Sounds, Which};

use crate::state::{ModelRef, SLOTS, StoredCondition, StoredQueries, StoredSlot, StoredSound, VERSION};

/// One slot.
#[derive(Debug, Clone, Default)]
struct Slot {
    /// Without conditions.
    kept: StoredSlot,
    phrases: Phrases,
}

/// What the separator says of a sound.
#[derive(Debug)]
struct Judged {
    doubt: Option<Doubt>,
    /// The sounds that it knows and that this one resembles most, by name.
    near: Vec<String>,
}

impl Judged {
    fn of(sound: &Sound, condition: &Condition, separator: &dyn Separator) -> Judged {
        let nearest = sound.text().and_then(|_| separator.nearest(condition));
        let doubt = nearest.as_ref().and_then(|nearest| Doubt::by(sound, nearest));
        let names = nearest.map(|nearest| nearest.name.into_iter().chain(nearest.others));
        Judged {
            doubt,
            near: names.into_iter().flatten().collect(),
        }
    }
}

/// The eight slots.
#[derive(Debug, Default)]
pub(super) struct Queries {
    slots: [Slot; SLOTS],
    /// Every sound of every slot: what two slots name is encoded once, and what is only moved or blended is not encoded anew.
    sounds: Sounds,
    /// The sounds that the separator has been asked about, and whether there is doubt that it understands them.
    judged: BTreeMap<Sound, Judged>,
}

impl Queries {
    pub(super) fn slots(&self) -> impl Iterator<Item = &StoredSlot> {
        self.slots.iter().map(|slot| &slot.kept)
    }

    /// Whether a sound of the slot is still being encoded.
    pub(super) fn pending(&self) -> impl Iterator<Item = bool> {
        self.slots
            .iter()
            .map(|slot| self.sounds.is_pending(&slot.phrases))
    }

    pub(super) fn any_pending(&self) -> bool {
        self.sounds.any_pending()
    }

    /// How many sounds each slot names.
    pub(super) fn counts(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().map(|slot| slot.phrases.all().count())
    }

    /// The slot whose query names more sounds than are read.
    pub(super) fn too_long(&self) -> Option<usize> {
        self.slots.iter().position(|slot| slot.phrases.cut)
    }

    /// The slot whose query says which one of several times is meant, and which.
    pub(super) fn which(&self) -> Option<(usize, Which)> {
        let mut slots = self.slots.iter().enumerate();
        slots.find_map(|(i, slot)| Some((i, slot.phrases.which?)))
    }

    /// Two slots whose queries together name more sounds than are read.
    pub(super) fn too_long_together(&self, heard: Heard) -> Option<(usize, usize)> {
        let mut slots = heard.slots().map(usize::from);
        let (first, second) = (slots.next()?, slots.next()?);
        let phrases = |slot: usize| Some(&self.slots.get(slot)?.phrases);
        let both = phrases(first)?.joined(phrases(second)?);
        both.cut.then_some((first, second))
    }

    /// What each slot asks the engine for.
    pub(super) fn asked(&self) -> impl Iterator<Item = Asked> {
        self.slots.iter().map(|slot| match slot.kept.unknown() {
            // Half a query is none.
            Some(_) => Asked::Nothing,
            None => self.sounds.ask(&slot.phrases),
        })
    }

    /// A slot with a sound that this version does not know, and what that is called.
    pub(super) fn unknown(&self) -> Option<(usize, String)> {
        let mut slots = self.slots.iter().enumerate();
        slots.find_map(|(i, slot)| Some((i, slot.kept.unknown()?)))
    }

    /// Asks the separator about sounds that it has not been asked about yet.
    pub(super) fn judge(&mut self, separator: &dyn Separator) {
        let mut before = std::mem::take(&mut self.judged);
        for (sound, condition) in self.sounds.encoded() {
            let judged = before.remove(sound);
            let judged = judged.unwrap_or_else(|| Judged::of(sound, condition, separator));
            self.judged.insert(sound.clone(), judged);
        }
    }

    /// The first sound of each slot of which there is doubt that it is understood.
    pub(super) fn doubts(&self) -> impl Iterator<Item = Option<&Doubt>> {
        self.slots.iter().map(|slot| {
            let mut sounds = slot.phrases.all();
            sounds.find_map(|(sound, _)| self.judged.get(sound)?.doubt.as_ref())
        })
    }

    /// The known sounds that each slot's first sound resembles most, the nearest first.
    pub(super) fn near(&self) -> impl Iterator<Item = &[String]> {
        self.slots.iter().map(|slot| {
            let first = slot.phrases.all().next();
            let judged = first.and_then(|(sound, _)| self.judged.get(sound));
            judged.map_or(&[][..], |judged| judged.near.as_slice())
        })
    }

    /// Gains of the slots' own.
    pub(super) fn own_gains(&self) -> impl Iterator<Item = Option<Gains>> {
        let own = self.slots.iter().map(|slot| slot.kept.own);
        own.map(|own| own.map(|mix| MixSettings::from(mix).gains().into()))
    }

    /// Changes the slots; what comes back has to be encoded. A sound that could not be encoded is tried again.
    pub(super) fn change(
        &mut self,
        spec: &SeparatorSpec,
        change: impl Fn(&mut [StoredSlot]),
    ) -> Vec<EncodeJob> {
        let mut slots: Vec<StoredSlot> = self.slots().cloned().collect();
        change(&mut slots);
        self.sounds.forget_failures();
        self.take(&slots, |sound| at_hand(sound, spec))
    }

    /// Takes the result of a job. Says whether it was still wanted.
    pub(super) fn finish(&mut self, job: &EncodeJob, condition: Option<Condition>) -> bool {
        self.sounds.finish(job, condition)
    }

    /// Every sound that is still to be encoded.
    pub(super) fn jobs(&self) -> Vec<EncodeJob> {
        self.sounds.jobs()
    }

    /// Takes over what a project stored; what comes back may have to be told.
    ///
    /// A condition of another version of the model serves until the text has been encoded anew.
    pub(super) fn restore(&mut self, stored: &StoredQueries, spec: &SeparatorSpec) -> Option<String> {
        let current = ModelRef::from(spec);
        let foreign = Cell::new(false);
        let conditions = || stored.slots.iter().flat_map(|slot| &slot.conditions);
        self.sounds.clear();
        self.judged.clear();
        self.take(&stored.slots, |sound| {
            if let Some(known) = at_hand(sound, spec) {
                return Some(known);
            }
            let stored = conditions().find(|stored| sound.text() == Some(&stored.text))?;
            let stale = stored.condition.model != current;
            let condition = stored.condition.usable(spec);
            foreign.set(foreign.get() || stale || condition.is_none());
            Some((condition?, stale))
        });
        if stored.version > VERSION {
            Some(
                "This project was saved by a newer Earmark; what this version does not know is not heard."
                    .into(),
            )
        } else if foreign.get() {
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

    /// Takes slots over, and for sounds that are not known yet the condition that `stored` has. Says what has to be encoded.
    fn take(
        &mut self,
        slots: &[StoredSlot],
        stored: impl Fn(&Sound) -> Option<(Condition, bool)>,
    ) -> Vec<EncodeJob> {
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let mut kept = slots.get(i).cloned().unwrap_or_default().clamped();
            kept.conditions.clear();
            let phrases = kept.phrases();
            *slot = Slot { kept, phrases };
        }
        let all = self.slots.iter().flat_map(|slot| slot.phrases.all());
        self.sounds.keep(all.map(|(sound, _)| sound), stored)
    }

    /// What a project stores.
    pub(super) fn stored(&self, spec: &SeparatorSpec, quality: Quality) -> StoredQueries {
        let model = ModelRef::from(spec);
        let slots = self.slots.iter().map(|slot| StoredSlot {
            conditions: slot
                .phrases
                .all()
                .filter_map(|(sound, _)| {
                    // A condition that is still to be replaced is not this model's: without it the text is read anew.
                    let condition = self.sounds.condition(sound)?;
                    Some(StoredSound {
                        text: sound.text()?.to_owned(),
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
            model: model.clone(),
            quality,
            slots: slots.collect(),
            ..StoredQueries::default()
        }
        .stamped()
    }
}

/// The condition of a sound that brings it along, which was stored by nobody.
fn at_hand(sound: &Sound, spec: &SeparatorSpec) -> Option<(Condition, bool)> {
    earmark_queries::at_hand(sound, spec).map(|condition| (condition, false))
}

#[cfg(test)]
mod tests {
    use earmark_engine::Query;
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

    fn write(queries: &mut Queries, slot: usize, text: &str) -> Vec<EncodeJob> {
        queries.change(bundled::spec(), |slots| {
            if let Some(slot) = slots.get_mut(slot) {
                slot.text = text.into();
            }
        })
    }

    fn texts(jobs: &[EncodeJob]) -> Vec<&str> {
        jobs.iter().filter_map(|job| job.sound().text()).collect()
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
        let jobs = queries.change(bundled::spec(), |slots| {
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
        let jobs = queries.change(spec, |slots| {
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
        assert!(opened.jobs().is_empty());
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
