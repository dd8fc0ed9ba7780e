//! From a choice of model and queries to what is heard: a line is loaded, encoded, offered to the audio thread and, once it is
//! heard, taken note of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use earmark_engine::{Engine, EngineConfig, Latency};
use earmark_models::device::DeviceChoice;
use earmark_models::{ModelError, Separator};
use earmark_queries::{EncodeJob, Encoded, QueryError, Service};

use super::choice::Choice;
use super::line::{Line, Loaded};
use super::{Inner, Session, Waiting, engine_trim};
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
        self.open_choice(inner, choice, stored);
    }

    /// Makes a choice with the queries of `stored` what is heard, as soon as it can be had.
    pub(super) fn open_choice(&self, inner: &mut Inner, choice: Choice, stored: &StoredQueries) {
        inner.deferred = None;
        if inner.coming.as_ref().is_some_and(|line| line.offered.is_some()) {
            let stored = stored.clone();
            inner.queued = Some(Waiting { choice, stored });
            return;
        }
        inner.coming = None;
        if choice == inner.line.choice && inner.line.is_for(inner.device) {
            let told = inner.line.restore(stored);
            inner.tell(told);
            let jobs = inner.line.jobs();
            self.encode(&inner.line, jobs);
            return;
        }
        inner.lines += 1;
        let mut line = Line::new(inner.lines, choice);
        let Some(engine) = &inner.engine else {
            let told = line.restore(stored);
            inner.tell(told);
            self.encode(&line, line.jobs());
            inner.line = line;
            return;
        };
        let rate = engine.config.sample_rate;
        let needed = Latency::of(rate, line.choice.spec()).total();
        if needed > engine.latency {
            let seconds = |samples: usize| samples as f64 / rate;
            inner.notice = Some(format!(
                "{} needs {:.2} s of latency and {:.2} s are in force: it is heard when the host restarts the plug-in, which \
                 it has been asked to do. Until then {} goes on.",
                line.choice.title(),
                seconds(needed),
                seconds(engine.latency),
                inner.line.choice.title(),
            ));
            let (choice, stored) = (line.choice, stored.clone());
            inner.deferred = Some(Waiting { choice, stored });
            self.restart.store(true, Ordering::Relaxed);
            return;
        }
        let told = line.restore(stored);
        inner.tell(told);
        self.load(&mut line, inner.device);
        self.encode(&line, line.jobs());
        inner.coming = Some(line);
        self.offer(inner);
    }

    /// Offers what is to come to the audio thread, once all of it is there.
    pub(super) fn offer(&self, inner: &mut Inner) {
        let (Some(coming), Some(engine)) = (&mut inner.coming, &inner.engine) else {
            return;
        };
        let Loaded::Here(_) = &coming.separator else {
            return;
        };
        if coming.offered.is_some() || coming.queries.any_pending() {
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
            Ok(number) => coming.offered = Some(number),
            Err(sentence) => {
                inner.failure = Some(sentence);
                inner.coming = None;
            }
        }
    }

    /// Takes note of a take-over. The engine before is dropped by [`Session::look`], without the lock: that joins its thread.
    pub(super) fn settle(&self, inner: &mut Inner) {
        inner.tell_fault();
        let Some(engine) = &mut inner.engine else { return };
        let heard = engine.relay.taken_over();
        if let Some(coming) = inner
            .coming
            .take_if(|line| line.offered.is_some_and(|number| number <= heard))
        {
            let needed = Latency::of(engine.config.sample_rate, coming.choice.spec()).total();
            engine.config.channel_mode = coming.choice.channel_mode();
            if needed < engine.latency {
                // It is heard, later than it could be.
                self.restart.store(true, Ordering::Relaxed);
            }
            inner.line = coming;
            // What was wrong before is not what is heard now.
            inner.failure = None;
            if let Some(queued) = inner.queued.take() {
                self.open_choice(inner, queued.choice, &queued.stored);
            }
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
        let asked = inner.stored();
        inner.missing = Some((asked.model.clone(), asked.quality));
        if inner.line.number != number {
            inner.coming = None;
            inner.failure = Some(sentence);
            return;
        }
        let bundled = Choice::default();
        if inner.line.choice.spec() == bundled.spec() {
            inner.failure = Some(sentence);
            return;
        }
        let mut stored = asked.without_conditions();
        stored.model = ModelRef::from(bundled.spec());
        self.open_choice(inner, bundled.with_channel_mode(stored.stereo), &stored);
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
