//! What the editor is told of a session.

use std::num::NonZeroUsize;

use earmark_controls::{Look, Side};
use earmark_engine::{Audition, Column, EngineHandle, Loudness, Meters, Phase};
use earmark_models::Model;
use earmark_models::resunet::Quality;
use earmark_queries::Doubt;

use super::Session;
use super::device::Computing;
use super::line::Loaded;
use crate::state::{Automation, ChannelMode, SLOTS, StoredSlot};

/// What the editor needs to know, at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// As they are stored, without conditions.
    pub(crate) slots: [StoredSlot; SLOTS],
    /// Whether the slot's text is still being encoded.
    pub(crate) pending: [bool; SLOTS],
    /// Why the slot's text is most likely not understood.
    pub(crate) doubts: [Option<String>; SLOTS],
    /// The known sounds that the slot's text resembles most, by name.
    pub(crate) near: [Vec<String>; SLOTS],
    pub(crate) loading: bool,
    /// Whether an example of a sound is being listened to.
    pub(crate) listening: bool,
    pub(crate) failure: Option<String>,
    pub(crate) notice: Option<String>,
    pub(crate) resting: bool,
    pub(crate) late_blocks: u64,
    pub(crate) meters: Option<Meters>,
    /// Columns of the spectrogram that have been heard since the last snapshot, the oldest first.
    pub(crate) columns: Vec<Column>,
    /// The length of each in seconds, where there is an engine.
    pub(crate) column_seconds: Option<f32>,
    /// The upper end of their bands in Hz.
    pub(crate) top_hz: f32,
    pub(crate) loudness: Loudness,
    /// What of the last seconds is heard in place of the output, and how many of them are kept.
    pub(crate) audition: Audition,
    pub(crate) history_seconds: f32,
    /// Whether those are held.
    pub(crate) held: bool,
    /// In samples, and the rate in Hz.
    pub(crate) latency: Option<(usize, f64)>,
    pub(crate) mono: bool,
    /// What is heard.
    pub(crate) model: Model,
    /// What was asked for and is not heard yet.
    pub(crate) coming: Option<String>,
    /// Every model to choose from.
    pub(crate) models: Vec<Model>,
    /// What was asked for, where the model has the choice.
    pub(crate) quality: Option<Quality>,
    /// What each quality of that model costs, the quickest first, in seconds.
    pub(crate) quality_latency: [f32; 3],
    /// See [`Session::set_trim`].
    pub(crate) trim: Option<f32>,
    /// Where models are to be computed, and where what is heard is.
    pub(crate) computing: Computing,
    /// See [`Session::set_threads`].
    pub(crate) threads: Option<NonZeroUsize>,
    /// Names of all presets, and whether they come with Earmark.
    pub(crate) presets: Vec<(String, bool)>,
    /// The one that was chosen or saved last.
    pub(crate) preset: Option<String>,
    /// The side that is heard, `A` or `B`.
    pub(crate) compare: Side,
    /// What was asked for, though it may not be heard yet.
    pub(crate) stereo: ChannelMode,
    pub(crate) timing: Automation,
    /// See [`Session::set_look`].
    pub(crate) look: Look,
}

impl Session {
    /// What the editor shows. Resets the peaks, and takes the columns.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        self.update_ready(&inner);
        if inner.notice.is_none() {
            inner.notice = inner.limits_news();
        }
        let status = inner.line.handle.as_ref().map(EngineHandle::status);
        inner.tell_gaps(status.as_ref().map_or(0, |status| status.gaps));
        let line = &inner.line;
        let engine_failure = status.as_ref().and_then(|status| status.failure.clone());
        let mut slots = line.queries.slots();
        let mut pending = line.queries.pending();
        let mut doubts = line.queries.doubts();
        let mut near = line.queries.near();
        let wanted = inner.wanted();
        let rate = inner
            .engine
            .as_ref()
            .map_or(48_000.0, |engine| engine.config.sample_rate);
        Snapshot {
            slots: std::array::from_fn(|_| slots.next().cloned().unwrap_or_default()),
            pending: std::array::from_fn(|_| pending.next().unwrap_or_default()),
            doubts: std::array::from_fn(|_| doubts.next().flatten().map(Doubt::to_string)),
            near: std::array::from_fn(|_| near.next().map(<[String]>::to_vec).unwrap_or_default()),
            loading: matches!(line.separator, Loaded::NotAsked | Loaded::Loading),
            listening: inner.listening > 0,
            failure: inner.failure.clone().or(engine_failure),
            notice: inner.notice.clone(),
            resting: status
                .as_ref()
                .is_some_and(|status| status.phase == Phase::Resting),
            late_blocks: status.map_or(0, |status| status.late_blocks),
            meters: line.handle.as_ref().map(EngineHandle::meters),
            columns: line
                .handle
                .as_ref()
                .map(EngineHandle::columns)
                .unwrap_or_default(),
            column_seconds: line.handle.as_ref().map(EngineHandle::column_seconds),
            top_hz: (line.choice.spec().sample_rate as f32 / 2.0).min(16_000.0),
            loudness: line
                .handle
                .as_ref()
                .map(EngineHandle::loudness)
                .unwrap_or_default(),
            audition: line
                .handle
                .as_ref()
                .map_or(Audition::Off, EngineHandle::audition_state),
            history_seconds: line.handle.as_ref().map_or(0.0, EngineHandle::history_seconds),
            held: line.handle.as_ref().is_some_and(EngineHandle::is_held),
            latency: inner
                .engine
                .as_ref()
                .map(|engine| (engine.latency, engine.config.sample_rate)),
            mono: inner
                .engine
                .as_ref()
                .is_some_and(|engine| engine.config.channels == 1),
            model: line.choice.model().clone(),
            coming: (*wanted != line.choice).then(|| wanted.model().id.clone()),
            models: inner.models.clone(),
            quality: wanted.model().has_qualities().then_some(wanted.quality()),
            quality_latency: wanted.latencies(rate),
            trim: inner.trim,
            computing: inner.computing(self.audio.waits_for_every_block()),
            threads: inner.threads,
            presets: inner.shelf.names().collect(),
            preset: inner.preset.clone(),
            compare: inner.compared.side,
            stereo: wanted.channel_mode(),
            timing: self.automation(),
            look: inner.look,
        }
    }
}
