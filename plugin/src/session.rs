//! What the audio thread, the editor and the stored state share: queries, model and engine of one instance.
//!
//! ```text
//! text ──edit / restore──► pending ──encoder──► condition ──► engine
//!                             └──────────────► failure, in words
//! ```
//! Everything here is locked and may allocate, so the audio thread only reads the atomics.

mod choice;
mod fields;
mod hand;
mod queries;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use earmark_engine::{EngineConfig, EngineHandle, Latency, Meters, Phase, Service};
use earmark_models::{Condition, ModelError, Separator, SeparatorSpec};
use parking_lot::Mutex;

pub use fields::{StoredQueriesField, WindowSize};
pub(crate) use hand::{ByHand, Kind};

use crate::state::{SLOTS, StoredQueries};
use choice::Choice;
use queries::{Job, Queries};

/// What is shared by all parts of one instance.
pub struct Session {
    me: Weak<Session>,
    inner: Mutex<Inner>,
    /// The separator is there and every text has been encoded, or neither will ever be.
    ready: AtomicBool,
    pub(crate) by_hand: ByHand,
}

#[derive(Default)]
struct Inner {
    queries: Queries,
    choice: Choice,
    /// A project that asks for another model than the one that runs: it is opened when the host activates anew, because
    /// the latency changes with the model.
    deferred: Option<StoredQueries>,
    separator: Loaded,
    engine: Option<Attached>,
    failure: Option<String>,
    notice: Option<String>,
}

/// The engine in force, and what it was made for.
struct Attached {
    handle: EngineHandle,
    /// In samples at `rate`.
    latency: usize,
    /// The host's, in Hz.
    rate: f64,
    mono: bool,
}

#[derive(Default)]
enum Loaded {
    #[default]
    NotAsked,
    Loading,
    Here(Arc<dyn Separator>),
    Failed,
}

/// What the editor needs to know, at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) texts: [String; SLOTS],
    /// Whether the slot's text is still being encoded.
    pub(crate) pending: [bool; SLOTS],
    pub(crate) loading: bool,
    pub(crate) failure: Option<String>,
    pub(crate) notice: Option<String>,
    pub(crate) resting: bool,
    pub(crate) late_blocks: u64,
    pub(crate) meters: Option<Meters>,
    /// In samples, and the rate in Hz.
    pub(crate) latency: Option<(usize, f64)>,
    pub(crate) mono: bool,
    /// The model's name.
    pub(crate) model: &'static str,
}

impl Session {
    /// A session with eight empty slots. Nothing is loaded until [`Session::attach`] or a query asks for it.
    pub fn new() -> Arc<Session> {
        Arc::new_cyclic(|me| Session {
            me: me.clone(),
            inner: Mutex::default(),
            ready: AtomicBool::new(false),
            by_hand: ByHand::new(),
        })
    }

    /// Takes a new engine's handle in place of the old one's, gives it separator and queries, and has the separator
    /// loaded where nobody has asked for it yet. `config` is what the engine was made for.
    pub fn attach(&self, handle: EngineHandle, config: &EngineConfig) {
        let mut inner = self.inner.lock();
        for (slot, condition) in inner.queries.conditions().enumerate() {
            handle.set_query(slot as u8, condition.cloned());
        }
        if let Loaded::Here(separator) = &inner.separator
            && let Err(error) = handle.set_separator(separator.clone())
        {
            inner.failure = Some(error.to_string());
        }
        let rate = config.sample_rate;
        let latency = Latency::of(rate, inner.choice.spec()).total();
        inner.engine = Some(Attached {
            handle,
            latency,
            rate,
            mono: config.channels == 1,
        });
        let ask = matches!(inner.separator, Loaded::NotAsked);
        if ask {
            inner.separator = Loaded::Loading;
        }
        self.update_ready(&inner);
        let choice = inner.choice.clone();
        drop(inner);
        if ask {
            let me = self.me.clone();
            Service::shared().separator(choice.id(), choice.quality(), move |loaded| {
                if let Some(session) = me.upgrade() {
                    session.separator_loaded(&choice, loaded);
                }
            });
        }
    }

    /// Opens a project that waited for the next activation, and says what the engine is to be made for.
    pub fn prepare(&self) -> SeparatorSpec {
        let deferred = self.inner.lock().deferred.take();
        if let Some(stored) = deferred {
            // The old engine's handle must not be given what the new model needs.
            self.inner.lock().engine = None;
            self.restore(&stored);
        }
        self.inner.lock().choice.spec().clone()
    }

    fn separator_loaded(&self, choice: &Choice, loaded: Result<Arc<dyn Separator>, ModelError>) {
        let mut inner = self.inner.lock();
        if inner.choice != *choice {
            return;
        }
        let result = loaded.map_err(|error| error.to_string()).and_then(|separator| {
            let handed = inner
                .engine
                .as_ref()
                .map_or(Ok(()), |engine| engine.handle.set_separator(separator.clone()));
            handed.map(|()| separator).map_err(|error| error.to_string())
        });
        match result {
            Ok(separator) => inner.separator = Loaded::Here(separator),
            Err(sentence) => {
                tracing::error!("{sentence}");
                inner.separator = Loaded::Failed;
                inner.failure = Some(sentence);
            }
        }
        self.update_ready(&inner);
    }

    /// Puts a text typed by hand into a slot, 0 to 7, or empties it. What was heard goes on until the text is encoded.
    pub fn edit(&self, slot: usize, text: &str) {
        let mut inner = self.inner.lock();
        inner.failure = None;
        let job = inner.queries.edit(slot, text);
        if job.is_none()
            && let Some(engine) = &inner.engine
        {
            engine.handle.set_query(slot as u8, None);
        }
        self.update_ready(&inner);
        drop(inner);
        self.encode(job);
    }

    /// Takes over the queries of a project. Those that were stored with a condition are heard at once.
    pub fn restore(&self, stored: &StoredQueries) {
        let mut inner = self.inner.lock();
        inner.failure = None;
        let choice = Choice::of(stored);
        inner.deferred = None;
        if choice != inner.choice {
            if inner.engine.is_some() {
                inner.notice = Some(format!(
                    "This project uses {}; it will be heard when the host starts the audio anew.",
                    choice.id()
                ));
                inner.deferred = Some(stored.clone());
                return;
            }
            inner.separator = Loaded::NotAsked;
        }
        inner.choice = choice;
        let spec = inner.choice.spec().clone();
        let (jobs, notice) = inner.queries.restore(stored, &spec);
        inner.notice = notice;
        if let Some(engine) = &inner.engine {
            for (slot, condition) in inner.queries.conditions().enumerate() {
                engine.handle.set_query(slot as u8, condition.cloned());
            }
        }
        self.update_ready(&inner);
        drop(inner);
        self.encode(jobs);
    }

    /// What a project stores.
    pub fn stored(&self) -> StoredQueries {
        let inner = self.inner.lock();
        match &inner.deferred {
            Some(stored) => stored.clone(),
            None => inner.queries.stored(inner.choice.spec(), inner.choice.quality()),
        }
    }

    fn encode(&self, jobs: impl IntoIterator<Item = Job>) {
        let encoder = self.inner.lock().choice.spec().encoder;
        for job in jobs {
            let me = self.me.clone();
            let text = job.text.clone();
            Service::shared().encode(encoder, &text, move |encoded| {
                if let Some(session) = me.upgrade() {
                    session.encoded(&job, encoded);
                }
            });
        }
    }

    fn encoded(&self, job: &Job, encoded: Result<Condition, ModelError>) {
        let mut inner = self.inner.lock();
        let (condition, failure) = match encoded {
            Ok(condition) => (Some(condition), None),
            Err(error) => (None, Some(error.to_string())),
        };
        // A text that has been typed over meanwhile is nobody's any more.
        if inner.queries.finish(job, condition.clone()) {
            if let Some(engine) = &inner.engine {
                engine.handle.set_query(job.slot as u8, condition);
            }
            if failure.is_some() {
                inner.failure = failure;
            }
        }
        self.update_ready(&inner);
    }

    fn update_ready(&self, inner: &Inner) {
        let loaded = matches!(inner.separator, Loaded::Here(_) | Loaded::Failed);
        self.ready
            .store(loaded && !inner.queries.any_pending(), Ordering::Release);
    }

    /// Whether nothing is being loaded or encoded any more. One atomic read.
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

    /// Whether a slot, 0 to 7, has a text.
    pub fn has_query(&self, slot: usize) -> bool {
        self.inner
            .lock()
            .queries
            .texts()
            .nth(slot)
            .is_some_and(|text| !text.is_empty())
    }

    /// The person has read the notice.
    pub(crate) fn dismiss_notice(&self) {
        self.inner.lock().notice = None;
    }

    /// What the editor shows. Resets the peaks.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let inner = self.inner.lock();
        let status = inner.engine.as_ref().map(|engine| engine.handle.status());
        let engine_failure = status.as_ref().and_then(|status| status.failure.clone());
        let mut texts = inner.queries.texts();
        let mut pending = inner.queries.pending();
        Snapshot {
            texts: std::array::from_fn(|_| texts.next().unwrap_or_default().to_owned()),
            pending: std::array::from_fn(|_| pending.next().unwrap_or_default()),
            loading: matches!(inner.separator, Loaded::NotAsked | Loaded::Loading),
            failure: inner.failure.clone().or(engine_failure),
            notice: inner.notice.clone(),
            resting: status
                .as_ref()
                .is_some_and(|status| status.phase == Phase::Resting),
            late_blocks: status.map_or(0, |status| status.late_blocks),
            meters: inner.engine.as_ref().map(|engine| engine.handle.meters()),
            latency: inner.engine.as_ref().map(|engine| (engine.latency, engine.rate)),
            mono: inner.engine.as_ref().is_some_and(|engine| engine.mono),
            model: inner.choice.id(),
        }
    }
}

#[cfg(test)]
mod tests {
    use earmark_engine::Engine;
    use earmark_models::{bundled, catalogue};

    use super::*;
    use crate::state::ModelRef;

    fn project(model: &str) -> StoredQueries {
        StoredQueries {
            model: ModelRef {
                id: model.into(),
                ..ModelRef::default()
            },
            ..StoredQueries::default()
        }
    }

    #[test]
    fn a_project_chooses_the_model_before_the_audio_starts() {
        let session = Session::new();
        assert_eq!(session.prepare(), *bundled::spec());
        session.restore(&project(catalogue::RANDOM));
        assert_eq!(session.prepare().id, catalogue::RANDOM);
        assert_eq!(session.stored().model.id, catalogue::RANDOM);
        session.restore(&project("no such model"));
        assert_eq!(session.prepare(), *bundled::spec());
        assert!(
            session
                .snapshot()
                .notice
                .is_some_and(|words| words.contains("no such model"))
        );
    }

    #[test]
    fn while_it_runs_another_model_waits_and_is_not_forgotten() {
        let session = Session::new();
        let config = EngineConfig::new(48_000.0, 2, 512);
        let (_engine, handle) = Engine::new(config.clone(), &session.prepare()).unwrap();
        session.attach(handle, &config);
        session.restore(&project(catalogue::RANDOM));
        let shown = session.snapshot();
        assert_eq!(shown.model, bundled::ID, "what runs goes on");
        assert!(
            shown
                .notice
                .is_some_and(|words| words.contains(catalogue::RANDOM))
        );
        assert_eq!(
            session.stored().model.id,
            catalogue::RANDOM,
            "a save keeps the wish"
        );
        assert_eq!(
            session.prepare().id,
            catalogue::RANDOM,
            "the next activation fulfils it"
        );
    }
}
