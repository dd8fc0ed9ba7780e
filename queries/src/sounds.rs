//! What is known of the sounds that somebody asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use earmark_engine::Query;
use earmark_models::Condition;

use crate::{Phrases, Sound};

/// Every sound that is asked for, once, and what it was encoded to.
#[derive(Debug, Default)]
pub struct Sounds {
    known: BTreeMap<Sound, Known>,
}

#[derive(Debug)]
struct Known {
    /// What it was encoded to; `None` while that is going on for the first time, or where it failed.
    condition: Option<Condition>,
    /// Held while it is to be encoded, and let go when nobody asks for it any more.
    pending: Option<Arc<()>>,
}

/// A sound to be encoded, and whether it still is.
#[derive(Debug, Clone)]
pub struct EncodeJob {
    sound: Sound,
    wanted: Weak<()>,
}

impl EncodeJob {
    /// What is to be encoded.
    pub fn sound(&self) -> &Sound {
        &self.sound
    }

    /// Whether somebody waits for it: not once another sound has been asked for in its place.
    pub fn is_wanted(&self) -> bool {
        self.wanted.strong_count() > 0
    }
}

/// What the sounds of a query come to.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Nothing: none is named, or one of them could not be encoded.
    Nothing,
    /// It is not known yet.
    Pending,
    /// This.
    Query(Query),
}

impl Sounds {
    /// Keeps what is known of these sounds, and forgets all others; says what has to be encoded. `stored` is asked about each that is new:
    /// its condition, where one is at hand, and whether that is to be replaced.
    pub fn keep<'a>(
        &mut self,
        asked: impl IntoIterator<Item = &'a Sound>,
        stored: impl Fn(&Sound) -> Option<(Condition, bool)>,
    ) -> Vec<EncodeJob> {
        let mut before = std::mem::take(&mut self.known);
        let mut jobs = vec![];
        for sound in asked {
            if self.known.contains_key(sound) {
                continue;
            }
            let known = before.remove(sound).unwrap_or_else(|| {
                let (condition, done) = match stored(sound) {
                    Some((condition, stale)) => (Some(condition), !stale),
                    None => (None, false),
                };
                let known = Known {
                    condition,
                    pending: (!done).then(Arc::default),
                };
                jobs.extend(known.job(sound));
                known
            });
            self.known.insert(sound.clone(), known);
        }
        jobs
    }

    /// Forgets the sounds that could not be encoded, so that they are tried again where they are asked for again.
    pub fn forget_failures(&mut self) {
        self.known
            .retain(|_, known| known.pending.is_some() || known.condition.is_some());
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// Takes the result of a job. Says whether it was still wanted.
    pub fn finish(&mut self, job: &EncodeJob, condition: Option<Condition>) -> bool {
        let Some(known) = self.known.get_mut(&job.sound) else {
            return false;
        };
        let is_its = |pending: &Arc<()>| std::ptr::eq(Arc::as_ptr(pending), job.wanted.as_ptr());
        if !known.pending.as_ref().is_some_and(is_its) {
            return false;
        }
        *known = Known {
            condition,
            pending: None,
        };
        true
    }

    /// Every sound that is still to be encoded.
    pub fn jobs(&self) -> Vec<EncodeJob> {
        self.known
            .iter()
            .filter_map(|(sound, known)| known.job(sound))
            .collect()
    }

    /// Whether one of a query's sounds is still to be encoded.
    pub fn is_pending(&self, phrases: &Phrases) -> bool {
        let mut sounds = phrases.all().filter_map(|(sound, _)| self.known.get(sound));
        sounds.any(|known| known.pending.is_some())
    }

    /// Whether any is still to be encoded.
    pub fn any_pending(&self) -> bool {
        self.known.values().any(|known| known.pending.is_some())
    }

    /// What a sound was encoded to, unless that is to be replaced.
    pub fn condition(&self, sound: &Sound) -> Option<&Condition> {
        let known = self.known.get(sound).filter(|known| known.pending.is_none())?;
        known.condition.as_ref()
    }

    /// Every sound that is encoded, with what it was encoded to.
    pub fn encoded(&self) -> impl Iterator<Item = (&Sound, &Condition)> {
        self.known
            .iter()
            .filter_map(|(sound, known)| Some((sound, known.condition.as_ref()?)))
    }

    /// What a query asks for. A condition that is to be replaced serves until then.
    pub fn ask(&self, phrases: &Phrases) -> Asked {
        let mut query = Query::default();
        for (sound, wanted) in phrases.all() {
            let list = if wanted {
                &mut query.wanted
            } else {
                &mut query.unwanted
            };
            let known = self.known.get(sound);
            match known.map(|known| (&known.condition, &known.pending)) {
                Some((Some(condition), _)) => list.push(condition.clone()),
                Some((None, Some(_))) => return Asked::Pending,
                Some((None, None)) | None => return Asked::Nothing,
            }
        }
        if query.is_empty() {
            Asked::Nothing
        } else {
            Asked::Query(query)
        }
    }
}

impl Phrases {
    /// The query of these sounds, for who waits for each to be encoded.
    ///
    /// # Errors
    /// The first that `encode` gives.
    pub fn encode<E>(&self, mut encode: impl FnMut(&Sound) -> Result<Condition, E>) -> Result<Query, E> {
        let mut sounds = Sounds::default();
        for job in sounds.keep(self.all().map(|(sound, _)| sound), |_| None) {
            let condition = encode(&job.sound)?;
            sounds.finish(&job, Some(condition));
        }
        Ok(match sounds.ask(self) {
            Asked::Query(query) => query,
            Asked::Nothing | Asked::Pending => Query::default(),
        })
    }
}

impl Known {
    fn job(&self, sound: &Sound) -> Option<EncodeJob> {
        let pending = self.pending.as_ref()?;
        Some(EncodeJob {
            sound: sound.clone(),
            wanted: Arc::downgrade(pending),
        })
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::EncoderKind;

    use super::*;

    fn condition(value: f32) -> Condition {
        Condition {
            encoder: EncoderKind::MiniLm,
            values: [value].into(),
        }
    }

    fn ask(sounds: &mut Sounds, text: &str) -> (Phrases, Vec<EncodeJob>) {
        let phrases = Phrases::parse(text, "");
        let jobs = sounds.keep(phrases.all().map(|(sound, _)| sound), |_| None);
        (phrases, jobs)
    }

    #[test]
    fn a_job_is_wanted_as_long_as_its_sound_is() {
        let mut sounds = Sounds::default();
        let (_, first) = ask(&mut sounds, "rain + wind");
        let (phrases, second) = ask(&mut sounds, "wind + hail");
        assert!(
            !first[0].is_wanted() && first[1].is_wanted(),
            "wind is still asked for"
        );
        assert_eq!(second.len(), 1, "and asked of the encoder once");
        assert!(!sounds.finish(&first[0], Some(condition(1.0))));
        assert!(sounds.finish(&first[1], Some(condition(2.0))));
        assert!(!sounds.finish(&first[1], Some(condition(3.0))), "once");
        assert_eq!(sounds.ask(&phrases), Asked::Pending);
        assert!(sounds.finish(&second[0], None));
        assert_eq!(sounds.ask(&phrases), Asked::Nothing, "half a query is none");
        assert!(!sounds.any_pending());
        drop(sounds);
        let (_, last) = ask(&mut Sounds::default(), "rain");
        assert!(!last[0].is_wanted(), "nobody is there to be told");
    }

    #[test]
    fn a_sound_asked_for_again_after_it_was_given_up_is_another_job() {
        let mut sounds = Sounds::default();
        let (_, first) = ask(&mut sounds, "rain");
        ask(&mut sounds, "wind");
        let (_, again) = ask(&mut sounds, "rain");
        assert!(!sounds.finish(&first[0], Some(condition(1.0))));
        assert!(sounds.finish(&again[0], Some(condition(1.0))));
    }
}
