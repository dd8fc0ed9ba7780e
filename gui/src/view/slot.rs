//! Query slots.

use std::borrow::Cow;

use earmark_controls::{COLOURS, OwnMix};

/// A sound that is given by something else than words: an example of it, perhaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundView {
    /// What it is called.
    pub title: String,
    /// Whether it is to be heard, or not to be heard with the others.
    pub wanted: bool,
    /// How loud it is from its beginning to its end, each part 0 to 15; empty where that is not known.
    pub outline: Vec<u8>,
    /// Whether it is a picture of what makes it.
    pub picture: bool,
    /// All of it, in whatever form whoever draws this view keeps it; nothing of it is read here.
    pub content: String,
}

/// One query slot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SlotView {
    /// The text in force; empty for an empty slot.
    pub text: String,
    /// What the text does not mean ("… but not this"); empty for nothing.
    pub negative: String,
    /// The sounds that it names without words.
    pub sounds: Vec<SoundView>,
    /// What the person calls it; empty is shown as its text.
    pub name: String,
    /// Index into [`crate::theme::Palette::slots`], below [`COLOURS`].
    pub colour: u8,
    /// Mode and gains of its own, in force while it is active.
    pub own: Option<OwnMix>,
}

impl SlotView {
    /// An empty slot with the colour that it has from the start.
    pub fn empty(slot: usize) -> SlotView {
        SlotView {
            colour: slot as u8 % COLOURS,
            ..SlotView::default()
        }
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.sounds.is_empty()
    }

    /// Its name, or what it asks for where it has none.
    pub fn title(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            self.wanted()
        } else {
            Cow::Borrowed(&self.name)
        }
    }

    /// What is to be heard: its text, and the titles of its other sounds.
    pub fn wanted(&self) -> Cow<'_, str> {
        joined(&self.text, self.sounds.iter().filter(|sound| sound.wanted))
    }

    /// What is not to be heard with it.
    pub fn unwanted(&self) -> Cow<'_, str> {
        joined(&self.negative, self.sounds.iter().filter(|sound| !sound.wanted))
    }
}

fn joined<'a>(text: &'a str, sounds: impl Iterator<Item = &'a SoundView>) -> Cow<'a, str> {
    let mut all = Cow::Borrowed(text);
    for sound in sounds {
        if !all.is_empty() {
            all.to_mut().push_str(" + ");
        }
        all.to_mut().push_str(&sound.title);
    }
    all
}
