//! A sound as the query: what was heard, or what a file holds, becomes a clip of a slot.

use std::path::PathBuf;

use earmark_audio::{mono_at, resampled};
use earmark_engine::{Excerpt, Heard, Span};
use earmark_models::Condition;
use earmark_queries::{Clip, QueryError, Service, Sound};

use super::Session;
use super::inner::Inner;
use super::line::Loaded;
use crate::state::{Named, NamedSound, StoredSlot};

/// What a clip is called of which nobody says what it resembles.
const UNNAMED: &str = "what was heard";
/// The cosine from which on a clip is called after the sound that it resembles most.
const ALIKE: f32 = 0.5;

/// What an example is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Example {
    /// From 0 to 7.
    pub(crate) slot: usize,
    /// Whether its sound is to be heard, or not to be heard with the others.
    pub(crate) wanted: bool,
}

impl Session {
    /// Makes a part of what came in an example, in place of the slot's other one. What was heard before goes on until it has been listened to;
    /// a notice says what is wrong with it.
    pub(crate) fn listen(&self, example: Example, span: Span) {
        let Some(excerpt) = self.excerpt(Heard::from(None), Some(span)) else {
            self.notify("That is no longer kept: only the last seconds can be listened to.".into());
            return;
        };
        self.hear(example, None, move |rate| {
            resampled(mono(&excerpt), excerpt.sample_rate(), rate)
        });
    }

    /// Makes a sound file an example, in the same way.
    pub(crate) fn listen_to_file(&self, example: Example, file: PathBuf) {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.hear(example, Some(name), move |rate| {
            mono_at(&file, rate).map_err(|error| error.to_string())
        });
    }

    /// Whether an example has become part of a slot since this was asked last.
    pub(crate) fn take_listened(&self) -> bool {
        std::mem::take(&mut self.inner.lock().listened)
    }

    fn hear(
        &self,
        example: Example,
        name: Option<String>,
        sound: impl FnOnce(u32) -> Result<Vec<f32>, String> + Send + 'static,
    ) {
        let mut inner = self.inner.lock();
        inner.listening += 1;
        let me = self.me.clone();
        Service::shared().listen(inner.wanted().model(), sound, move |heard| {
            if let Some(session) = me.upgrade() {
                session.heard(example, name, heard);
            }
        });
    }

    fn heard(&self, example: Example, name: Option<String>, heard: Result<Clip, QueryError>) {
        let mut inner = self.inner.lock();
        inner.listening -= 1;
        let clip = match heard {
            Ok(clip) => clip,
            Err(error) => {
                inner.notice = Some(error.to_string());
                return;
            }
        };
        let name = name.or_else(|| inner.like(&clip));
        let clip = clip.renamed(name.as_deref().unwrap_or(UNNAMED));
        inner.listened = true;
        self.change_within(&mut inner, |slots| {
            if let Some(slot) = slots.get_mut(example.slot) {
                put(slot, example.wanted, clip.clone());
            }
        });
    }
}

/// An example takes the place of the one that the slot had for the same.
fn put(slot: &mut StoredSlot, wanted: bool, clip: Clip) {
    let replaced =
        |named: &NamedSound| named.wanted == wanted && matches!(named.sound, Named::Known(Sound::Clip(_)));
    slot.sounds.retain(|named| !replaced(named));
    slot.sounds.push(NamedSound {
        wanted,
        ..NamedSound::wanted(Sound::Clip(clip))
    });
}

/// One channel of what came in.
fn mono(excerpt: &Excerpt) -> Vec<f32> {
    let channels = excerpt.mixture();
    let scale = 1.0 / channels.len().max(1) as f32;
    let len = channels.first().map_or(0, Vec::len);
    let sum = |n: usize| channels.iter().map(|channel| channel[n]).sum::<f32>();
    (0..len).map(|n| sum(n) * scale).collect()
}

impl Inner {
    /// What the model would call a clip, where it knows sounds by name.
    fn like(&self, clip: &Clip) -> Option<String> {
        let Loaded::Here(separator) = &self.line.separator else {
            return None;
        };
        let condition: Condition = clip.condition(separator.spec()).ok()?;
        let nearest = separator.nearest(&condition)?;
        let name = nearest.name.filter(|_| nearest.cosine >= ALIKE)?;
        Some(format!("like {name}"))
    }
}
