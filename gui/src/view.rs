//! What goes into the editor and what comes out of it.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

/// Query slots, each with a text of its own. The active one is an automatable parameter.
pub const SLOTS: usize = 8;

/// What is done with the sound that the query names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only the named sound is heard.
    Isolate,
    /// Everything but the named sound is heard.
    Remove,
    /// Both are heard, each with its own gain.
    Custom,
}

/// A continuous control with a fader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Control {
    /// Gain of the named sound, in dB; the bottom of its range is silence.
    TargetGain,
    /// Gain of everything else, in dB; the bottom of its range is silence.
    RestGain,
    /// By how much "remove" turns the named sound down, in dB; the top of its range is silence.
    AttenuationLimit,
    /// Share of the processed sound, from 0 to 1; the remainder is the delayed input.
    Wet,
}

impl Control {
    /// The values that it takes, in dB or, for [`Control::Wet`], as a share.
    pub fn range(self) -> RangeInclusive<f32> {
        match self {
            Control::TargetGain | Control::RestGain => -60.0..=12.0,
            Control::AttenuationLimit => 0.0..=60.0,
            Control::Wet => 0.0..=1.0,
        }
    }

    /// The value that a double click brings back.
    pub fn default_value(self) -> f32 {
        match self {
            Control::TargetGain | Control::RestGain => 0.0,
            Control::AttenuationLimit => 60.0,
            Control::Wet => 1.0,
        }
    }
}

/// One query slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotView {
    /// The text in force; empty for an empty slot.
    pub text: String,
}

/// What the plug-in is doing, as far as a person has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Status {
    /// The model's weights are being read; the sound passes unchanged.
    #[default]
    Loading,
    /// The text is being turned into a query; what was heard before goes on.
    Reading,
    /// The active slot has no text; the sound passes unchanged.
    Empty,
    /// No slot is active; the sound passes unchanged.
    Off,
    /// The host bypasses the plug-in; the sound passes unchanged.
    Bypassed,
    /// The query is at work.
    Hearing,
    /// Too many blocks came late; the sound passes unchanged until the next try.
    TooSlow,
    /// Something is wrong; the sentence says what and what to do.
    Failed(String),
}

/// Peak levels since the last frame, linear, at most two channels (a mono bus fills both alike).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Levels {
    /// What comes in.
    pub input: [f32; 2],
    /// The named sound alone, before its fader.
    pub target: [f32; 2],
    /// What goes out.
    pub output: [f32; 2],
}

/// The delay between input and output, which the host compensates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyView {
    /// In samples at the host's rate.
    pub samples: usize,
    /// In milliseconds.
    pub milliseconds: f64,
}

/// The model that separates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelView {
    /// Its name, for example `earmark-small`.
    pub name: String,
    /// What it is good at, in plain words.
    pub title: String,
    /// Its licence in words.
    pub licence: String,
}

/// How far ahead a model hears that has the choice: more is better, and later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// At most a second of latency in all.
    Fast,
    /// At most two seconds.
    Balanced,
    /// As far as the network reaches.
    Best,
}

impl Quality {
    /// All three, the quickest first.
    pub const ALL: [Quality; 3] = [Quality::Fast, Quality::Balanced, Quality::Best];
}

/// Where a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Part of the plug-in.
    Bundled,
    /// In the folder of models.
    Installed,
    /// In the folder of models, and cannot be used.
    Damaged,
    /// Where its makers published it.
    Downloadable,
}

/// A model that is there or can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Its name.
    pub name: String,
    /// What it is good at, or what is wrong with it.
    pub title: String,
    /// Size and licence.
    pub facts: String,
    /// Where it is.
    pub state: ModelState,
}

/// A download or an import that is being done.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkView {
    /// What is being done, and how far it is.
    pub text: String,
    /// The share that is done, from 0 to 1, where it is known.
    pub share: Option<f32>,
}

/// What the page of models shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OffersView {
    /// All of them.
    pub models: Vec<OfferView>,
    /// What is being done.
    pub work: Option<WorkView>,
    /// How the last work ended, in a sentence.
    pub message: Option<String>,
    /// Where installed models lie.
    pub folder: String,
}

/// Everything that the editor shows.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The eight slots.
    pub slots: [SlotView; SLOTS],
    /// The active slot, from 0 to 7; `None` is "off".
    pub active: Option<usize>,
    /// What is done with the named sound.
    pub mode: Mode,
    /// See [`Control::TargetGain`].
    pub target_db: f32,
    /// See [`Control::RestGain`].
    pub rest_db: f32,
    /// See [`Control::AttenuationLimit`].
    pub attenuation_limit_db: f32,
    /// See [`Control::Wet`].
    pub wet: f32,
    /// Whether the bypass is on.
    pub bypassed: bool,
    /// What it is doing.
    pub status: Status,
    /// Blocks that were not ready when they were due, since the last start.
    pub late_blocks: u64,
    /// Peak levels since the last frame.
    pub levels: Levels,
    /// Unknown until the host has started the plug-in.
    pub latency: Option<LatencyView>,
    /// The model in use.
    pub model: ModelView,
    /// Every model to choose from.
    pub models: Vec<ModelView>,
    /// The name of the model that was chosen and is not heard yet.
    pub coming: Option<String>,
    /// The quality that was chosen, where the model has the choice.
    pub quality: Option<Quality>,
    /// What each of [`Quality::ALL`] costs in latency, in seconds.
    pub quality_latency: [f32; 3],
    /// By how many dB the model hears the input louder; `None` is found automatically.
    pub trim: Option<f32>,
    /// Threads that compute the models of this machine; `None` is [`View::usual_threads`].
    pub threads: Option<NonZeroUsize>,
    /// As many as are best for most.
    pub usual_threads: usize,
    /// What the page of models shows.
    pub offers: OffersView,
    /// Something that the person should know once, such as a query that was made anew.
    pub notice: Option<String>,
    /// The plug-in's version.
    pub version: String,
}

impl View {
    /// The value of a control.
    pub fn value(&self, control: Control) -> f32 {
        match control {
            Control::TargetGain => self.target_db,
            Control::RestGain => self.rest_db,
            Control::AttenuationLimit => self.attenuation_limit_db,
            Control::Wet => self.wet,
        }
    }
}

impl Default for View {
    fn default() -> Self {
        View {
            slots: Default::default(),
            active: Some(0),
            mode: Mode::Isolate,
            target_db: Control::TargetGain.default_value(),
            rest_db: Control::RestGain.default_value(),
            attenuation_limit_db: Control::AttenuationLimit.default_value(),
            wet: Control::Wet.default_value(),
            bypassed: false,
            status: Status::default(),
            late_blocks: 0,
            levels: Levels::default(),
            latency: None,
            model: ModelView::default(),
            models: Vec::new(),
            coming: None,
            quality: None,
            quality_latency: [0.0; 3],
            trim: None,
            threads: None,
            usual_threads: 2,
            offers: OffersView::default(),
            notice: None,
            version: String::new(),
        }
    }
}

/// What the person wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Put this text into a slot; an empty text empties it.
    SetQuery {
        /// From 0 to 7.
        slot: usize,
        /// At most [`crate::QUERY_LIMIT`] characters, no spaces at its ends.
        text: String,
    },
    /// Make a slot the active one, or none.
    SelectSlot(Option<usize>),
    /// Change what is done with the named sound.
    SetMode(Mode),
    /// Switch the bypass.
    SetBypass(bool),
    /// A fader has been taken hold of; [`Command::Set`]s follow.
    Begin(Control),
    /// A fader has been moved, between [`Command::Begin`] and [`Command::End`].
    Set(Control, f32),
    /// A fader has been let go.
    End(Control),
    /// Hear with another model, named as in [`View::models`].
    ChooseModel(String),
    /// Hear in another quality.
    ChooseQuality(Quality),
    /// Have the model hear the input by so many dB louder, or as it is best.
    SetTrim(Option<f32>),
    /// Compute models with so many threads, or with as many as are best for most.
    SetThreads(Option<NonZeroUsize>),
    /// The page of models has been opened.
    LookForModels,
    /// Download a model, named as in [`OffersView::models`].
    Download(String),
    /// Remove an installed model.
    Remove(String),
    /// Make a model of these files.
    Import(Vec<String>),
    /// Stop the download or import.
    CancelWork,
    /// The notice has been read.
    DismissNotice,
}
