//! What goes into the editor and what comes out of it.

mod command;
mod computing;
mod latency;
mod models;
mod slot;

use std::num::NonZeroUsize;

pub use earmark_controls::{
    Audition, Automation, BANDS, COLOURS, ChannelMode, Column, Control, DeviceChoice, Look, Loudness,
    MAX_CHANNELS, Meters, Mode, Moment, Numbers, OwnMix, Quality, SLOTS, Scale, Side, Span,
};

pub use command::{Command, Layer, Listened, Mark, Part};
pub use computing::{CardView, ComputingView};
pub use latency::LatencyView;
pub use models::{EndView, ModelState, ModelView, OfferView, OffersView, WorkView};
pub use slot::{SlotView, SoundView};

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

/// A kept sound: slots, mode, gains and shaping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetView {
    /// Its name.
    pub name: String,
    /// Whether it is part of Earmark, and so cannot be removed.
    pub factory: bool,
}

/// Everything that the editor shows.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The eight slots.
    pub slots: [SlotView; SLOTS],
    /// The active slot, from 0 to 7; `None` is "off".
    pub active: Option<usize>,
    /// The slot that is heard together with the active one, from 0 to 7 and another than that.
    pub also: Option<usize>,
    /// What is done with the named sound: the parameter. A slot with a mix of its own overrules it.
    pub mode: Mode,
    /// What has a fader: the parameters. A slot with a mix of its own overrules its gains.
    pub numbers: Numbers,
    /// Whether the named sound is muted.
    pub target_muted: bool,
    /// Whether everything else is muted.
    pub rest_muted: bool,
    /// How the channels are heard.
    pub stereo: ChannelMode,
    /// When automation takes effect.
    pub timing: Automation,
    /// Whether target and rest leave on outputs of their own: then mode, gains, wet and mutes are without effect, because the
    /// host mixes.
    pub parts_apart: bool,
    /// Whether the bypass is on.
    pub bypassed: bool,
    /// What it is doing.
    pub status: Status,
    /// Blocks that were not ready when they were due, since the last start.
    pub late_blocks: u64,
    /// Peak levels since the last frame, and how much of the queried sound is there.
    pub meters: Meters,
    /// Whether there is one channel, which is shown twice as wide.
    pub mono: bool,
    /// Loudness at the moment.
    pub loudness: Loudness,
    /// What was heard since the last frame, the oldest first.
    pub columns: Vec<Column>,
    /// The length of each of them in seconds.
    pub column_seconds: f32,
    /// The highest frequency of the columns' bands, in Hz.
    pub top_hz: f32,
    /// Unknown until the host has started the plug-in.
    pub latency: Option<LatencyView>,
    /// Whether the last seconds are heard instead of the track.
    pub audition: Audition,
    /// How many seconds of input are kept and can be auditioned at the moment; 0 for none.
    pub history_seconds: f32,
    /// Whether those are held, whatever comes in.
    pub held: bool,
    /// Whether an example of a sound is being listened to.
    pub listening: bool,
    /// Every preset, Earmark's own first.
    pub presets: Vec<PresetView>,
    /// The preset that was chosen or saved last.
    pub preset: Option<String>,
    /// Which of two versions is heard.
    pub compare: Side,
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
    /// Where models are computed.
    pub computing: ComputingView,
    /// Threads that compute the models of this machine; `None` is [`View::usual_threads`].
    pub threads: Option<NonZeroUsize>,
    /// As many as are best for most.
    pub usual_threads: usize,
    /// What the page of models shows.
    pub offers: OffersView,
    /// Why a query that is heard is most likely not understood, in a sentence without its full stop.
    pub doubt: Option<String>,
    /// A slot that is heard, and the known sounds that its text resembles most, the nearest first: to be tried where it is not found.
    pub near: Option<(usize, Vec<String>)>,
    /// How the editor looks.
    pub look: Look,
    /// Something that the person should know once, such as a query that was made anew.
    pub notice: Option<String>,
    /// Whether what is behind *More* is in view.
    pub more: bool,
    /// The plug-in's version.
    pub version: String,
}

impl View {
    /// Whether the model knows sounds that the small one has never heard. One that has the choice of quality is a large one.
    pub fn knows_rare_sounds(&self) -> bool {
        self.quality.is_some()
    }

    /// The value that a control stands at: the active slot's own where it has one.
    pub fn shown(&self, control: Control) -> f32 {
        match self.mix().gain(control) {
            Some(gain) => *gain,
            None => self.numbers[control],
        }
    }

    /// Mode and gains of the parameters.
    pub fn parameters(&self) -> OwnMix {
        OwnMix {
            mode: self.mode,
            target_db: self.numbers[Control::TargetGain],
            rest_db: self.numbers[Control::RestGain],
            attenuation_limit_db: self.numbers[Control::AttenuationLimit],
        }
    }

    /// What is heard: the active slot and the one together with it. None while the active slot is off.
    pub fn heard(&self) -> impl Iterator<Item = &SlotView> + Clone {
        let second = self.active.and(self.also);
        let both = self.active.into_iter().chain(second);
        both.filter_map(|slot| self.slots.get(slot))
    }

    /// Whether there is a text to hear with a slot, or with the one that is heard together with it.
    pub fn asks(&self, slot: usize) -> bool {
        let mut both = [Some(slot), self.also].into_iter().flatten();
        both.any(|slot| self.slots.get(slot).is_some_and(|slot| !slot.is_empty()))
    }

    /// The active slot's own mode and gains.
    pub fn own(&self) -> Option<OwnMix> {
        self.slots.get(self.active?)?.own
    }

    /// Mode and gains in force: the active slot's own, or those of the parameters.
    pub fn mix(&self) -> OwnMix {
        self.own().unwrap_or_else(|| self.parameters())
    }
}

impl Default for View {
    fn default() -> Self {
        View {
            slots: std::array::from_fn(SlotView::empty),
            active: Some(0),
            also: None,
            mode: Mode::Isolate,
            numbers: Numbers::default(),
            target_muted: false,
            rest_muted: false,
            stereo: ChannelMode::default(),
            timing: Automation::default(),
            parts_apart: false,
            bypassed: false,
            status: Status::default(),
            late_blocks: 0,
            meters: Meters::default(),
            mono: false,
            loudness: Loudness::default(),
            columns: Vec::new(),
            column_seconds: 0.02,
            top_hz: 16_000.0,
            latency: None,
            audition: Audition::default(),
            history_seconds: 0.0,
            held: false,
            listening: false,
            presets: Vec::new(),
            preset: None,
            compare: Side::default(),
            model: ModelView::default(),
            models: Vec::new(),
            coming: None,
            quality: None,
            quality_latency: [0.0; 3],
            trim: None,
            computing: ComputingView::default(),
            threads: None,
            usual_threads: 2,
            offers: OffersView::default(),
            doubt: None,
            near: None,
            look: Look::default(),
            notice: None,
            more: false,
            version: String::new(),
        }
    }
}
