//! From a choice of model and queries to what is heard: a line is loaded, encoded, offered to the audio thread and, once it is
//! heard, taken note of.

use std::sync::Arc;

use earmark_engine::{Engine, EngineConfig, Latency};
use earmark_models::device::DeviceChoice;
use earmark_models::{ModelError, Separator};
use earmark_queries::{EncodeJob, Encoded, QueryError, Service};

use super::Session;
use super::choice::{Choice, Wish};
use super::inner::{Inner, engine_trim};
use super::line::{Line, Loaded};
use super::next::Newest;
use super::takeover;
use crate::state::{ModelRef, StoredQueries};

impl Session {
    /// Makes `stored` what is heard, as soon as it can be had. `found` is what [`Choice::of`] it says, which reads files: it is asked
    /// before the lock is taken.
    pub(super) fn open(&self, inner: &mut Inner, found: Result<Choice, ModelError>, stored: &StoredQueries) {
        let choice = match found {
            Ok(choice) => {
                inner.missing = None;
                choice
            }
            Err(error) => {
                tracing::warn!("{error}");
                inner.notice = Some(format!("{error} The bundled model stands in for it."));
                inner.missing = Some((stored.model.clone(), stored.quality));
                Choice::default().with_channel_mode(stored.stereo)
            }
        };
        let stored = stored.clone();
        self.open_wish(inner, Wish { choice, stored });
    }

    /// Makes a wish what is heard, as soon as it can be had.
    pub(super) fn open_wish(&self, inner: &mut Inner, wish: Wish) {
        if let Some(wish) = inner.next.wish(wish) {
            self.begin(inner, wish);
        }
    }

    /// The same of a wish in whose way nothing stands.
    pub(super) fn begin(&self, inner: &mut Inner, wish: Wish) {
        let choice = &wish.choice;
        if *choice == inner.line.choice && inner.line.is_for(inner.device) {
            let told = inner.line.restore(&wish.stored);
            inner.tell(told);
            self.encode(&inner.line, inner.line.jobs());
            return;
        }
        let Some(engine) = &inner.engine else {
            inner.line = self.new_line(inner, wish);
            return;
        };
        let rate = engine.config.sample_rate;
        let needed = Latency::of(rate, choice.spec()).total();
        if needed > engine.latency {
            let seconds = |samples: usize| samples as f64 / rate;
            inner.notice = Some(format!(
                "{} needs {:.2} s of latency and {:.2} s are in force: it is heard when the host restarts the plug-in, which \
                 it has been asked to do. Until then {} goes on.",
                choice.title(),
                seconds(needed),
                seconds(engine.latency),
                inner.line.choice.title(),
            ));
            self.audio.set_restart(true);
            if inner.line.is_for(inner.device) {
                inner.next.defer(wish);
            } else {
                // What goes on until then goes on where it was said.
                let heard = inner.line.wish();
                self.begin_loading(inner, heard, Some(wish));
            }
        } else {
            self.begin_loading(inner, wish, None);
        }
    }

    /// Loads what is to take over while the sound goes on; `then` waits for the next activation.
    fn begin_loading(&self, inner: &mut Inner, wish: Wish, then: Option<Wish>) {
        let mut line = self.new_line(inner, wish);
        self.load(&mut line, inner.device);
        inner.next.load(line, then);
        self.offer(inner);
    }

    /// A line of its own for a wish. Its texts are being encoded; its separator is not loaded yet.
    fn new_line(&self, inner: &mut Inner, wish: Wish) -> Line {
        let mut line = inner.new_line(wish.choice);
        let told = line.restore(&wish.stored);
        inner.tell(told);
        self.encode(&line, line.jobs());
        line
    }

    /// Offers what is to come to the audio thread, once all of it is there.
    pub(super) fn offer(&self, inner: &mut Inner) {
        let (Some(coming), Some(engine)) = (inner.next.loading(), &inner.engine) else {
            return;
        };
        let Loaded::Here(_) = &coming.separator else {
            return;
        };
        if coming.queries.any_pending() {
            return;
        }
        let config = EngineConfig {
            least_latency: engine.latency,
            channel_mode: coming.choice.channel_mode(),
            ..engine.config.clone()
        };
        let offered = Engine::new(config, coming.choice.spec())
            .map_err(|error| error.to_string())
            .and_then(|(next, handle)| {
                handle.set_trim(engine_trim(inner.trim));
                coming.attach(handle)?;
                engine.relay.offer(next).map_err(|error| error.to_string())
            });
        match offered {
            Ok(number) => {
                takeover::watch(&self.me, &engine.relay, number);
                inner.next.offered(number);
            }
            Err(sentence) => self.fail(inner, sentence),
        }
    }

    /// What was loading will not be there; what waited behind it goes on waiting.
    fn fail(&self, inner: &mut Inner, sentence: String) {
        if let Some(wish) = inner.next.failed() {
            inner.next.defer(wish);
        }
        inner.failure = Some(sentence);
    }

    /// Takes note of a take-over. The engine before is dropped by [`Session::look`], without the lock: that joins its thread.
    pub(super) fn settle(&self, inner: &mut Inner) {
        inner.tell_fault();
        let Some(engine) = &mut inner.engine else { return };
        let Some((line, then)) = inner.next.taken_over(engine.relay.taken_over()) else {
            return;
        };
        engine.config.channel_mode = line.choice.channel_mode();
        if Latency::of(engine.config.sample_rate, line.choice.spec()).total() < engine.latency {
            // It is heard, later than it could be.
            self.audio.set_restart(true);
        }
        inner.line = line;
        // What was wrong before is not what is heard now.
        inner.failure = None;
        if let Some(wish) = then {
            self.open_wish(inner, wish);
        }
    }

    /// Has a line's separator loaded, where nobody has asked for it yet.
    pub(super) fn load(&self, line: &mut Line, device: DeviceChoice) {
        if !matches!(line.separator, Loaded::NotAsked) {
            return;
        }
        line.separator = Loaded::Loading;
        line.device = Some(device);
        let (me, number) = (self.me.clone(), line.number);
        let (model, quality) = (line.choice.model(), line.choice.quality());
        Service::shared().separator(model, quality, device, move |loaded| {
            if let Some(session) = me.upgrade() {
                session.loaded(number, loaded);
            }
        });
    }

    fn loaded(&self, number: u64, loaded: Result<Arc<dyn Separator>, ModelError>) {
        let mut inner = self.inner.lock();
        let Some(line) = inner.line_of(number) else { return };
        match line.loaded(loaded) {
            Ok(()) => self.offer(&mut inner),
            Err(sentence) => {
                tracing::error!("{sentence}");
                self.without(&mut inner, number, sentence);
            }
        }
        self.update_ready(&inner);
    }

    /// Goes on without the model of this line, which could not be loaded: with what is heard, or with the bundled one.
    fn without(&self, inner: &mut Inner, number: u64, sentence: String) {
        if inner.line.number == number && inner.next.line().is_some() {
            // Something else is on its way already.
            inner.failure = Some(sentence);
            return;
        }
        let asked = inner.stored();
        if inner.line.number != number {
            if !matches!(inner.next.newest(), Some(Newest::Wish(_))) {
                inner.missing = Some((asked.model.clone(), asked.quality));
            }
            self.fail(inner, sentence.clone());
            if !matches!(inner.line.separator, Loaded::Failed) {
                return;
            }
        }
        inner.missing = Some((asked.model.clone(), asked.quality));
        let bundled = Choice::default();
        if inner.line.choice.spec() == bundled.spec() {
            inner.failure = Some(sentence);
            return;
        }
        let mut stored = asked.without_conditions();
        stored.model = ModelRef::from(bundled.spec());
        let choice = bundled.with_channel_mode(stored.stereo);
        self.open_wish(inner, Wish { choice, stored });
        inner.notice = Some(format!("{sentence} The bundled model stands in for it."));
    }

    pub(super) fn encode(&self, line: &Line, jobs: impl IntoIterator<Item = EncodeJob>) {
        for job in jobs {
            let (me, number) = (self.me.clone(), line.number);
            Service::shared().encode(line.choice.model(), job, move |job, encoded| {
                if let Some(session) = me.upgrade() {
                    session.encoded(number, job, encoded);
                }
            });
        }
    }

    fn encoded(&self, number: u64, job: &EncodeJob, encoded: Result<Encoded, QueryError>) {
        let mut inner = self.inner.lock();
        let encoded = encoded.map(|encoded| {
            if let Some(notice) = encoded.notice() {
                inner.notice = Some(notice);
            }
            encoded.condition
        });
        let Some(line) = inner.line_of(number) else { return };
        // A text that has been typed over meanwhile is nobody's any more.
        if let Some(failure) = line.encoded(job, encoded) {
            inner.failure = Some(failure);
        }
        self.offer(&mut inner);
        self.update_ready(&inner);
    }
}
