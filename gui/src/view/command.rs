//! What comes out of the editor.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use earmark_controls::{Automation, ChannelMode, Control, Look, Mode, OwnMix, Span};

use super::{DeviceChoice, Quality, Side, SlotView};

/// One of the two parts that a mixture is taken apart into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The named sound.
    Target,
    /// Everything else.
    Rest,
}

/// What is drawn and saved of a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Layer {
    /// What came in.
    #[default]
    Mixture,
    /// What of it the query finds.
    Target,
    /// What is left of it then.
    Rest,
}

impl Layer {
    /// All three.
    pub const ALL: [Layer; 3] = [Layer::Mixture, Layer::Target, Layer::Rest];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Mixture => "mixture",
            Layer::Target => "target",
            Layer::Rest => "rest",
        }
    }
}

/// A time at which the queried sound was there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// From when to when.
    pub span: Span,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
}

/// What is listened to as an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listened {
    /// A part of what came in, between the moments of two columns.
    Span(Span),
    /// A file that is chosen in the system's dialog: a sound, or a picture of what makes it.
    File,
}

/// What the person wants. Slots are counted from 0 to 7.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Put this text into a slot; an empty text empties it.
    SetQuery {
        /// From 0 to 7.
        slot: usize,
        /// At most [`crate::QUERY_LIMIT`] characters, no spaces at its ends.
        text: String,
    },
    /// Say what a slot's text does not mean; empty for nothing.
    SetNegative {
        /// From 0 to 7.
        slot: usize,
        /// As for [`Command::SetQuery`].
        text: String,
    },
    /// Call a slot by a name; an empty one brings its text back.
    RenameSlot {
        /// From 0 to 7.
        slot: usize,
        /// At most [`crate::NAME_LIMIT`] characters.
        name: String,
    },
    /// Give a slot another colour.
    SetSlotColour {
        /// From 0 to 7.
        slot: usize,
        /// Below [`earmark_controls::COLOURS`].
        colour: u8,
    },
    /// Move a slot to another place; those between close up.
    MoveSlot {
        /// Where it is.
        from: usize,
        /// Where it is afterwards.
        to: usize,
    },
    /// Replace all of a slot: pasted, or brought back.
    PutSlot {
        /// From 0 to 7.
        slot: usize,
        /// What it becomes.
        content: SlotView,
    },
    /// Give a slot mode and gains of its own, or take them away.
    SetOwn {
        /// From 0 to 7.
        slot: usize,
        /// `None`: the parameters hold for it.
        own: Option<OwnMix>,
    },
    /// Make a sound, or a picture of what makes it, an example of what a slot asks for, in place of its other one.
    Listen {
        /// From 0 to 7.
        slot: usize,
        /// Whether the sound is to be heard, or not to be heard with the others.
        wanted: bool,
        /// Which one.
        to: Listened,
    },
    /// Make a slot the active one, or none.
    SelectSlot(Option<usize>),
    /// Hear a slot together with the active one, or none.
    SetAlso(Option<usize>),
    /// Change what is done with the named sound.
    SetMode(Mode),
    /// Switch the bypass.
    SetBypass(bool),
    /// Mute a part, or let it be heard.
    SetMuted(Part, bool),
    /// Hear the channels together or each by itself.
    SetChannelMode(ChannelMode),
    /// Have automation take effect in time or at the output.
    SetAutomation(Automation),
    /// A fader has been taken hold of; [`Command::Set`]s follow.
    Begin(Control),
    /// A fader has been moved, between [`Command::Begin`] and [`Command::End`].
    Set(Control, f32),
    /// A fader has been let go.
    End(Control),
    /// Hear a slot's text on the last seconds that came in.
    Audition(usize),
    /// Hear a slot's text on a part of what came in.
    AuditionSpan {
        /// From 0 to 7.
        slot: usize,
        /// Between the moments of two columns.
        span: Span,
    },
    /// Keep what has come in as it is, or go on.
    Hold(bool),
    /// Write what is kept to a file that is chosen in the system's dialog.
    Save {
        /// Whose text is heard, from 0 to 7.
        slot: usize,
        /// What of it.
        layer: Layer,
        /// Which part; `None` is all of the last seconds.
        span: Option<Span>,
        /// When the queried sound was there, to be written instead where the file's name asks for it.
        marks: Vec<Mark>,
    },
    /// Hear the track again.
    StopAudition,
    /// Take everything from a preset, named as in [`super::View::presets`].
    ChoosePreset(String),
    /// Keep the present sound under this name, in place of another preset of the person's of that name.
    SavePreset(String),
    /// Take everything from a file.
    LoadPreset(PathBuf),
    /// Have such a file chosen in the system's dialog: see [`crate::Editor::load_preset`].
    BrowsePreset,
    /// Remove one of the person's own presets.
    RemovePreset(String),
    /// Hear one of two versions.
    Compare(Side),
    /// Make the other version equal to the one that is heard.
    CopyToOther,
    /// Hear with another model, named as in [`super::View::models`].
    ChooseModel(String),
    /// Hear in another quality.
    ChooseQuality(Quality),
    /// Have the model hear the input by so many dB louder, or as it is best.
    SetTrim(Option<f32>),
    /// Compute models with so many threads, or with as many as are best for most.
    SetThreads(Option<NonZeroUsize>),
    /// Compute models there, or try again what failed there.
    ChooseDevice(DeviceChoice),
    /// Have the host wait for every block, or for none while it plays.
    WaitForEveryBlock(bool),
    /// The page of models has been opened.
    LookForModels,
    /// Download a model, named as in [`super::OffersView::models`].
    Download(String),
    /// Remove an installed model.
    Remove(String),
    /// Make a model of these files.
    Import(Vec<String>),
    /// Have such files chosen in the system's dialog.
    BrowseModels,
    /// Stop the download or import.
    CancelWork,
    /// Have the editor look so, on this machine.
    SetLook(Look),
    /// Show what is behind *More*, or no longer.
    SetMore(bool),
    /// The notice has been read.
    DismissNotice,
}
