//! An example as the query: what was heard, or the sound or picture of a file, becomes a clip of a slot.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use earmark_audio::{mono_at, resampled};
use earmark_engine::{Excerpt, Heard, Span};
use earmark_models::Condition;
use earmark_models::encoder::Picture;
use earmark_queries::{Clip, QueryError, Senses, Service, Sound};

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
        self.perceive(example, None, move |senses| {
            senses.hear(|rate| resampled(mono(&excerpt), excerpt.sample_rate(), rate))
        });
    }

    /// Makes a file an example, in the same way: one that holds a sound, or a picture of what makes it.
    pub(crate) fn take_file(&self, example: Example, file: PathBuf) {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.perceive(example, Some(name), move |senses| match picture(&file)? {
            Some(picture) => senses.see(&picture),
            None => senses.hear(|rate| mono_at(&file, rate).map_err(|error| error.to_string())),
        });
    }

    /// Whether an example has become part of a slot since this was asked last.
    pub(crate) fn take_listened(&self) -> bool {
        std::mem::take(&mut self.inner.lock().listened)
    }

    fn perceive(
        &self,
        example: Example,
        name: Option<String>,
        perceive: impl FnOnce(&mut Senses) -> Result<Clip, QueryError> + Send + 'static,
    ) {
        let mut inner = self.inner.lock();
        inner.listening += 1;
        let me = self.me.clone();
        Service::shared().perceive(inner.wanted().model(), perceive, move |perceived| {
            if let Some(session) = me.upgrade() {
                session.perceived(example, name, perceived);
            }
        });
    }

    fn perceived(&self, example: Example, name: Option<String>, perceived: Result<Clip, QueryError>) {
        let mut inner = self.inner.lock();
        inner.listening -= 1;
        let clip = match perceived {
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

/// The picture of a file; `None` where it neither is one nor is called one. What cannot be opened is left to whoever reads sounds.
fn picture(file: &Path) -> Result<Option<Picture>, QueryError> {
    const BEGINNING: u64 = 4;
    let read = |from: File, most: u64| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let open = || File::open(file);
    let begins = || open().and_then(|file| read(file, BEGINNING));
    let named = ["png", "jpg", "jpeg"].iter().any(|ending| {
        let own = file.extension();
        own.is_some_and(|own| own.eq_ignore_ascii_case(ending))
    });
    let Ok(beginning) = begins() else {
        return Ok(None);
    };
    if !named && !Picture::begins(&beginning) {
        return Ok(None);
    }
    let bytes = open().and_then(|file| read(file, Picture::LONGEST_FILE));
    let bytes = bytes.map_err(|error| QueryError::Example {
        reason: format!("{} could not be read: {error}.", file.display()),
    })?;
    Ok(Some(Picture::decode(&bytes)?))
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
