//! A host's activation: what the next engine is to be made for, and the engine that has been made.

use std::sync::Arc;

use earmark_controls::ChannelMode;
use earmark_engine::{EngineConfig, EngineHandle, Latency, RelayHandle};
use earmark_models::SeparatorSpec;

use super::Session;
use super::inner::{Attached, Inner, engine_trim};
use super::next::Newest;

/// An activation that has begun. What is chosen until it ends waits for its end, which is [`Activation::attach`],
/// [`Activation::keep`], or that it is dropped: then there is no engine.
#[must_use = "dropped at once, it leaves the session without an engine"]
pub struct Activation<'a> {
    session: &'a Session,
    spec: SeparatorSpec,
    channel_mode: ChannelMode,
    fits: bool,
    ended: bool,
}

impl Session {
    /// The host activates: opens what waited for that.
    pub fn activate(&self) -> Activation<'_> {
        let first = self.inner.lock().engine.is_none();
        let settings = if first { self.read_settings() } else { None };
        // Dropped after the lock is given back: that joins a thread.
        let _before;
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        if let Some(settings) = &settings {
            self.take_settings(&mut inner, settings);
        }
        let newest = inner.next.activate();
        // What the old engine's handle would be given is for another model.
        _before = newest.is_some().then(|| inner.detach());
        match newest {
            Some(Newest::Line(line)) => inner.line = line.detached(),
            Some(Newest::Wish(wish)) => self.begin(&mut inner, wish),
            None => {}
        }
        self.audio.set_restart(false);
        self.update_ready(&inner);
        let choice = &inner.line.choice;
        Activation {
            session: self,
            spec: choice.spec().clone(),
            channel_mode: choice.channel_mode(),
            fits: inner.engine.as_ref().is_some_and(|engine| {
                // One that takes its time only to keep the latency of another model has done its duty.
                Latency::of(engine.config.sample_rate, choice.spec()).total() == engine.latency
                    && engine.config.channel_mode == choice.channel_mode()
            }),
            ended: false,
        }
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
}

impl Activation<'_> {
    /// The separator that the engine is to be made for.
    pub fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    /// What the engine is to hear of two channels.
    pub fn channel_mode(&self) -> ChannelMode {
        self.channel_mode
    }

    /// Whether the engine in force was made for just that.
    pub fn fits(&self) -> bool {
        self.fits
    }

    /// Takes a new engine in place of the old one: its handle, and that of the relay which it runs in. Gives it separator
    /// and queries, and has the separator loaded where nobody has asked for it yet. `config` is what it was made for, beside
    /// [`Activation::spec`].
    pub fn attach(mut self, handle: EngineHandle, relay: RelayHandle, config: &EngineConfig) {
        self.ended = true;
        let session = self.session;
        // Dropped after the lock is given back: that joins a thread.
        let _before;
        let mut inner = session.inner.lock();
        handle.set_trim(engine_trim(inner.trim));
        if let Err(sentence) = inner.line.attach(handle) {
            inner.failure = Some(sentence);
        }
        _before = inner.engine.replace(Attached {
            relay: Arc::new(relay),
            config: config.clone(),
            latency: Latency::of(config.sample_rate, &self.spec).total(),
        });
        let device = inner.device;
        session.load(&mut inner.line, device);
        session.end_activation(&mut inner);
    }

    /// The engine in force goes on. Where there is none, this is the end without one.
    pub fn keep(mut self) {
        self.ended = true;
        let mut inner = self.session.inner.lock();
        self.session.end_activation(&mut inner);
    }
}

impl Drop for Activation<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // Dropped after the lock is given back: that joins a thread.
            let _before;
            let mut inner = self.session.inner.lock();
            _before = inner.detach();
            self.session.end_activation(&mut inner);
        }
    }
}

impl Session {
    /// Opens what was asked for during an activation.
    fn end_activation(&self, inner: &mut Inner) {
        if let Some(wish) = inner.next.activated() {
            self.open_wish(inner, wish);
        }
        self.update_ready(inner);
    }
}

impl Inner {
    /// Leaves the engine in force.
    fn detach(&mut self) -> Option<Attached> {
        self.line.handle = None;
        self.engine.take()
    }
}
