//! What the audio thread, the editor and the stored state share: queries, model and engine of one instance.
//!
//! ```text
//! text ──edit / restore──► pending ──encoder──► condition ──► engine
//!                             └──────────────► failure, in words
//!
//! another model ──► a line of its own: loaded, its texts encoded ──► an engine offered to the relay ──► heard
//!        └─ needs more latency ──► waits for the next activation, and asks the host for it
//! ```
//! Everything here is locked and may allocate, so the audio thread only reads the atomics.

mod audition;
mod choice;
mod compare;
mod device;
mod fields;
mod hand;
mod line;
mod manager;
mod opening;
mod queries;
mod settings;
mod slots;
mod snapshot;
mod timing;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use earmark_controls::{Automation, ChannelMode};
use earmark_engine::{EngineConfig, EngineHandle, Heard, Latency, RelayHandle, Trim};
use earmark_library::{Folders, LibraryError};
use earmark_models::device::DeviceChoice;
use earmark_models::resunet::Quality;
use earmark_models::{Model, Selection};
use earmark_models::{ModelError, SeparatorSpec};
use earmark_queries::{Phrases, Service};
use parking_lot::Mutex;

pub(crate) use device::Computing;
pub use fields::{StoredQueriesField, WindowSize};
pub(crate) use hand::ByHand;
pub(crate) use manager::Manager;
pub(crate) use snapshot::Snapshot;

use crate::presets::Shelf;
use crate::state::{ModelRef, StoredQueries};
use choice::Choice;
use compare::Compared;
use line::Line;
use timing::Timing;

/// What is shared by all parts of one instance.
pub struct Session {
    me: Weak<Session>,
    /// Another folder of models and settings than the user's, for tests.
    place: Option<Folders>,
    inner: Mutex<Inner>,
    /// The separator is there and every text has been encoded, or neither will ever be.
    ready: AtomicBool,
    /// The host is to activate anew: another latency is waited for.
    restart: AtomicBool,
    /// When automation acts.
    automation: Timing,
    pub(crate) by_hand: ByHand,
    /// Downloads and imports.
    pub(crate) manager: Mutex<Manager>,
}

#[derive(Default)]
struct Inner {
    /// What is heard.
    line: Line,
    /// What will be heard instead, without the host's doing.
    coming: Option<Line>,
    /// What will be heard when the host activates anew, because it needs more latency than is in force.
    deferred: Option<Waiting>,
    /// What was asked for while `coming` could no longer be called back.
    queued: Option<Waiting>,
    /// What the engine is made for that the host has been told of and that is not attached yet.
    prepared: Option<Choice>,
    /// The model that the project asks for and that could not be had.
    missing: Option<(ModelRef, Quality)>,
    engine: Option<Attached>,
    /// By how many dB the model hears the input louder; `None` is found automatically.
    trim: Option<f32>,
    /// See [`Session::set_threads`].
    threads: Option<NonZeroUsize>,
    /// See [`Session::set_device`].
    device: DeviceChoice,
    /// The accelerators of this build, and why one cannot be used; as they were when somebody last looked.
    accelerators: Vec<(DeviceChoice, Option<String>)>,
    failure: Option<String>,
    notice: Option<String>,
    /// Lines so far.
    lines: u64,
    /// Every model to choose from, as they were when somebody last looked.
    models: Vec<Model>,
    /// Presets to choose from, and the name of the one that was chosen or saved last.
    shelf: Shelf,
    preset: Option<String>,
    compared: Compared,
    /// What was said last of queries that are not heard as they are written, or are costly: it is said once.
    limited: Option<String>,
    /// Gaps of renders that have been told of.
    gaps: u64,
    /// Slots that were told last to name too many sounds together.
    crowded: Option<Heard>,
}

/// A project that is not opened yet.
struct Waiting {
    choice: Choice,
    stored: StoredQueries,
}

/// The engine in force, and what it was made for.
struct Attached {
    relay: Arc<RelayHandle>,
    config: EngineConfig,
    /// What was reported, in samples at the host's rate.
    latency: usize,
}

impl Session {
    /// A session with eight empty slots. Nothing is loaded until [`Session::attach`] or a query asks for it.
    pub fn new() -> Arc<Session> {
        Session::with(None)
    }

    /// One whose models and settings lie in another folder than the user's.
    #[cfg(test)]
    pub(crate) fn at(place: Folders) -> Arc<Session> {
        Session::with(Some(place))
    }

    fn with(place: Option<Folders>) -> Arc<Session> {
        let session = Arc::new_cyclic(|me| Session {
            me: me.clone(),
            place,
            inner: Mutex::default(),
            ready: AtomicBool::new(false),
            restart: AtomicBool::new(false),
            automation: Timing::default(),
            by_hand: ByHand::new(),
            manager: Mutex::default(),
        });
        device::note(&session);
        session
    }

    fn folders(&self) -> Result<Folders, LibraryError> {
        self.place.clone().map_or_else(Folders::user, Ok)
    }

    /// The models that there are now.
    fn selection(&self) -> Selection {
        match self.folders() {
            Ok(folders) => Selection::with_folder(folders.models()),
            Err(error) => {
                tracing::warn!("{error}");
                Selection::bundled()
            }
        }
    }

    /// Takes a new engine in place of the old one: its handle, and that of the relay which it runs in. Gives it separator
    /// and queries, and has the separator loaded where nobody has asked for it yet. `config` is what it was made for.
    pub fn attach(&self, handle: EngineHandle, relay: RelayHandle, config: &EngineConfig) {
        // Dropped after the lock is given back: that joins a thread.
        let _before;
        let mut inner = self.inner.lock();
        let newer = self.call_back(&mut inner);
        let latency = Latency::of(config.sample_rate, inner.line.choice.spec()).total();
        handle.set_trim(engine_trim(inner.trim));
        if let Err(sentence) = inner.line.attach(handle) {
            inner.failure = Some(sentence);
        }
        _before = inner.engine.replace(Attached {
            relay: Arc::new(relay),
            config: config.clone(),
            latency,
        });
        let device = inner.device;
        self.load(&mut inner.line, device);
        if let Some(Waiting { choice, stored }) = newer {
            self.open_choice(&mut inner, choice, &stored);
        }
        self.update_ready(&inner);
    }

    /// What was chosen since [`Session::prepare`], while the new engine was being made: it was offered to the old one, waits for more
    /// latency than that had, or was taken for what the new one is made for. What the new one *is* made for becomes what is heard.
    fn call_back(&self, inner: &mut Inner) -> Option<Waiting> {
        let coming = inner.coming.take().map(|line| line.wish());
        let waiting = inner.queued.take().or(inner.deferred.take()).or(coming);
        let Some(prepared) = inner.prepared.take() else {
            return waiting;
        };
        if prepared == inner.line.choice {
            return waiting;
        }
        inner.lines += 1;
        let line = Line::new(inner.lines, prepared);
        let newer = std::mem::replace(&mut inner.line, line).wish();
        // What is worth telling of its queries is told of the newer choice.
        let _ = inner.line.restore(&newer.stored);
        self.encode(&inner.line, inner.line.jobs());
        waiting.or(Some(newer))
    }

    /// Opens what waited for the next activation, and says what the engine is to be made for, and whether the one that
    /// there is was made for just that.
    pub fn prepare(&self) -> (SeparatorSpec, bool) {
        let first = self.inner.lock().engine.is_none();
        let settings = if first { self.read_settings() } else { None };
        // Dropped after the lock is given back: that joins a thread.
        let mut _before = None;
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        if let Some(settings) = &settings {
            inner.take_settings(settings);
        }
        let waited = inner.queued.take().or(inner.deferred.take());
        if waited.is_some() || inner.coming.is_some() {
            // What the old engine's handle would be given is for another model.
            _before = inner.engine.take();
            inner.line.handle = None;
        }
        if let Some(mut coming) = inner.coming.take() {
            coming.handle = None;
            inner.line = coming;
        }
        if let Some(waited) = waited {
            self.open_choice(&mut inner, waited.choice, &waited.stored);
        }
        self.restart.store(false, Ordering::Relaxed);
        self.update_ready(&inner);
        inner.prepared = Some(inner.line.choice.clone());
        let choice = &inner.line.choice;
        let fits = inner.engine.as_ref().is_some_and(|engine| {
            // One that takes its time only to keep the latency of another model has done its duty.
            Latency::of(engine.config.sample_rate, choice.spec()).total() == engine.latency
                && engine.config.channel_mode == choice.channel_mode()
        });
        (choice.spec().clone(), fits)
    }

    /// What the engine that [`Session::prepare`] asks for hears of two channels.
    pub fn channel_mode(&self) -> ChannelMode {
        self.inner.lock().line.choice.channel_mode()
    }

    /// Whether the host is to be asked to activate anew; asked once. One atomic exchange.
    pub fn take_restart(&self) -> bool {
        self.restart.swap(false, Ordering::Relaxed)
    }

    /// Looks whether another model has taken over, and clears up after the one before. Not for the audio thread.
    pub fn look(&self) {
        let relay = {
            let mut inner = self.inner.lock();
            self.settle(&mut inner);
            self.update_ready(&inner);
            inner.engine.as_ref().map(|engine| engine.relay.clone())
        };
        if let Some(relay) = relay {
            relay.reclaim();
        }
    }

    /// Hears with another model, or in another quality, from as soon on as it can be had. What is heard goes on until
    /// then.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] and [`ModelError::Weights`]: nothing has changed then.
    pub fn choose(&self, id: &str, quality: Quality) -> Result<(), ModelError> {
        let choice = Choice::new(self.selection().find(id)?, quality)?;
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        let mut stored = inner.stored().without_conditions();
        stored.model = ModelRef::from(choice.spec());
        stored.quality = quality;
        inner.notice = None;
        inner.failure = None;
        inner.missing = None;
        self.open_choice(&mut inner, choice, &stored);
        self.update_ready(&inner);
        Ok(())
    }

    /// As [`Session::choose`], where what is not named stays; what goes wrong is shown.
    pub(crate) fn choose_by_hand(&self, id: Option<&str>, quality: Option<Quality>) {
        let (id, quality) = {
            let inner = self.inner.lock();
            let wanted = inner.wanted();
            let id = id.map_or_else(|| wanted.model().id.clone(), str::to_owned);
            (id, quality.unwrap_or(wanted.quality()))
        };
        if let Err(error) = self.choose(&id, quality) {
            self.inner.lock().failure = Some(error.to_string());
        }
    }

    /// Looks which models there are to choose from. Reads files.
    pub(crate) fn look_for_models(&self) {
        let models = self.selection().models();
        self.inner.lock().models = models;
    }

    /// A text is being typed: what will encode it is made ready, so that Enter does not wait for that.
    pub(crate) fn expect_text(&self) {
        let model = self.inner.lock().wanted().model().clone();
        Service::shared().expect_text(&model);
    }

    /// Takes over the queries of a project. Those that were stored with a condition are heard at once.
    pub fn restore(&self, stored: &StoredQueries) {
        let found = Choice::of(stored, &self.selection());
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        inner.failure = None;
        inner.notice = None;
        inner.preset = None;
        inner.set_trim(stored.trim);
        self.automation.choose(stored.timing);
        self.open(&mut inner, found, stored);
        self.update_ready(&inner);
    }

    /// Has the model hear both channels together, or each by itself, from as soon on as it can be had.
    pub fn set_channel_mode(&self, mode: ChannelMode) {
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        let stored = StoredQueries {
            stereo: mode,
            ..self.all_stored(&inner)
        };
        let choice = inner.wanted().clone().with_channel_mode(mode);
        self.open_choice(&mut inner, choice, &stored);
        self.update_ready(&inner);
    }

    /// Sets when automation acts, whatever the host.
    pub fn set_automation(&self, automation: Automation) {
        self.automation.choose(Some(automation));
    }

    /// When automation acts: as it was set, or as the host needs it. Atomic reads alone.
    pub fn automation(&self) -> Automation {
        self.automation.get()
    }

    /// Says which host it is, by the name that it gives itself.
    pub(crate) fn set_host(&self, name: Option<&str>) {
        self.automation.suit(name);
    }

    /// Sets the level at which the model hears: the input turned up by so many dB, or found automatically.
    pub fn set_trim(&self, trim: Option<f32>) {
        self.inner.lock().set_trim(trim);
    }

    /// What a project stores.
    pub fn stored(&self) -> StoredQueries {
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        self.all_stored(&inner)
    }

    fn all_stored(&self, inner: &Inner) -> StoredQueries {
        StoredQueries {
            timing: self.automation.chosen(),
            ..inner.stored()
        }
        .stamped()
    }

    fn update_ready(&self, inner: &Inner) {
        self.ready.store(inner.line.is_ready(), Ordering::Release);
    }

    /// Whether nothing of what is heard is being loaded or encoded any more. One atomic read.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Waits until [`Session::is_ready`], at most for `limit`; says whether it is. Takes no lock and allocates nothing,
    /// so that an offline render may call it from `process`.
    pub fn wait_until_ready(&self, limit: Duration) -> bool {
        let begin = Instant::now();
        while !self.is_ready() {
            if begin.elapsed() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Whether a slot, 0 to 7, asks for anything.
    pub fn has_query(&self, slot: usize) -> bool {
        let inner = self.inner.lock();
        inner
            .line
            .queries
            .slots()
            .nth(slot)
            .is_some_and(|slot| !slot.is_empty())
    }

    /// Says where two slots that are heard together name too many sounds: once, until others are heard or they no longer do.
    pub(crate) fn watch_limit(&self, heard: Heard) {
        let mut inner = self.inner.lock();
        let crowded = inner.line.queries.too_long_together(heard);
        let now = crowded.map(|_| heard);
        if std::mem::replace(&mut inner.crowded, now) != now
            && let Some((first, second)) = crowded
        {
            inner.notice = Some(format!(
                "Queries {} and {} together name more than {} sounds; the last ones of query {} are left out.",
                first + 1,
                second + 1,
                Phrases::MOST,
                second + 1
            ));
        }
    }

    /// The person has read the notice.
    pub(crate) fn dismiss_notice(&self) {
        self.inner.lock().notice = None;
    }
}

fn engine_trim(trim: Option<f32>) -> Trim {
    trim.map_or(Trim::Automatic, Trim::Fixed)
}

impl Inner {
    /// What a project stores: what was asked for last, though it may not be heard yet.
    fn stored(&self) -> StoredQueries {
        let waiting = self.queued.as_ref().or(self.deferred.as_ref());
        let mut stored = match waiting {
            Some(waiting) => waiting.stored.clone(),
            None => self.coming.as_ref().unwrap_or(&self.line).stored(),
        };
        if let Some((model, quality)) = &self.missing {
            stored.model = model.clone();
            stored.quality = *quality;
        }
        stored.trim = self.trim;
        stored
    }

    fn set_trim(&mut self, trim: Option<f32>) {
        self.trim = trim;
        let handles = [Some(&self.line), self.coming.as_ref()];
        for handle in handles
            .into_iter()
            .flatten()
            .filter_map(|line| line.handle.as_ref())
        {
            handle.set_trim(engine_trim(trim));
        }
    }

    /// What was asked for last, though it may not be heard yet.
    fn wanted(&self) -> &Choice {
        let waiting = self.queued.as_ref().or(self.deferred.as_ref());
        match (waiting, &self.coming) {
            (Some(waiting), _) => &waiting.choice,
            (None, Some(coming)) => &coming.choice,
            (None, None) => &self.line.choice,
        }
    }

    fn line_of(&mut self, number: u64) -> Option<&mut Line> {
        let line = Some(&mut self.line).filter(|line| line.number == number);
        line.or(self.coming.as_mut().filter(|line| line.number == number))
    }

    /// What has not been said yet of [`Inner::limits`].
    fn limits_news(&mut self) -> Option<String> {
        let limits = self.limits();
        let news = limits.clone().filter(|_| limits != self.limited);
        self.limited = limits;
        news
    }

    /// What is to be said of queries that are not heard as they are written, or are costly.
    fn limits(&self) -> Option<String> {
        let queries = &self.line.queries;
        if let Some((slot, sound)) = queries.unknown() {
            return Some(format!(
                "Query {} names a sound that this version of Earmark does not know (\u{201c}{sound}\u{201d}): it is kept, and not heard.",
                slot + 1,
            ));
        }
        if let Some(slot) = queries.too_long() {
            return Some(format!(
                "Query {} names more than {} sounds; the last ones are left out.",
                slot + 1,
                Phrases::MOST
            ));
        }
        let (slot, sounds, mib) = self.line.costly()?;
        Some(format!(
            "Query {} names {sounds} sounds, which this model computes one by one: it takes about {mib} MiB of memory and {sounds} times \
             the computing time of one sound.",
            slot + 1,
        ))
    }

    /// Says that a render went on without blocks that it had waited for; the notice stays until it is read.
    fn tell_gaps(&mut self, gaps: u64) {
        if std::mem::replace(&mut self.gaps, gaps) < gaps {
            self.notice = Some(format!(
                "The render has {gaps} gaps: this many blocks did not come though it waited for them. Render again, or with another model."
            ));
        }
    }

    /// A notice, unless a more important one stands there.
    fn tell(&mut self, notice: Option<String>) {
        if self.notice.is_none() {
            self.notice = notice;
        }
    }
}

#[cfg(test)]
mod clips;
#[cfg(test)]
mod tests;
