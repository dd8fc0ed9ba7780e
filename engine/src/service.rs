//! Loading and encoding in the background, shared by every engine of the process.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use earmark_models::catalogue::Model;
use earmark_models::device::DeviceChoice;
use earmark_models::resunet::Quality;
use earmark_models::{Condition, ModelError, QueryEncoder, Separator};
use parking_lot::{Condvar, Mutex};

/// An idle thread ends after this time, and frees the encoder with it: nobody unloads a library under it for long.
const IDLE: Duration = Duration::from_secs(10);

type Separators = HashMap<(Model, Quality, DeviceChoice), Weak<dyn Separator>>;
type Encoders = HashMap<Model, Arc<dyn QueryEncoder>>;
type Job = Box<dyn FnOnce(&mut Encoders) + Send>;

/// One thread, started when there is something to do, that loads models and encodes texts, so that neither a host's audio
/// thread nor its user interface ever waits for them. Weights are shared by all who hold them.
#[derive(Default)]
pub struct Service {
    queue: Mutex<Queue>,
    more: Condvar,
    separators: Mutex<Separators>,
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The query as separators read it.
    pub condition: Condition,
    /// The part of the text that was read, where it was too long for the encoder.
    pub read: Option<String>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    running: bool,
}

impl Service {
    /// The process's one service.
    pub fn shared() -> Arc<Service> {
        static SHARED: OnceLock<Arc<Service>> = OnceLock::new();
        SHARED.get_or_init(Arc::default).clone()
    }

    /// Loads a model's separator in this quality for this device, or takes the one that is loaded; `done` is called on the
    /// service's thread. One that is not where it was to be is loaded anew: its device may work by now.
    pub fn separator(
        self: &Arc<Self>,
        model: &Model,
        quality: Quality,
        device: DeviceChoice,
        done: impl FnOnce(Result<Arc<dyn Separator>, ModelError>) + Send + 'static,
    ) {
        let (service, model) = (self.clone(), model.clone());
        self.enqueue(Box::new(move |_| {
            done(guarded(|| service.load(model, quality, device)))
        }));
    }

    /// Looks which accelerators there are; `done` is called on the service's thread with what
    /// [`DeviceChoice::accelerators`] says.
    pub fn accelerators(
        self: &Arc<Self>,
        done: impl FnOnce(Vec<(DeviceChoice, Option<String>)>) + Send + 'static,
    ) {
        self.enqueue(Box::new(move |_| done(DeviceChoice::accelerators())));
    }

    /// Encodes a text as this model reads it; `done` is called on the service's thread. The encoder is loaded with the
    /// first text.
    pub fn encode(
        self: &Arc<Self>,
        model: &Model,
        text: &str,
        done: impl FnOnce(Result<Encoded, ModelError>) + Send + 'static,
    ) {
        let (model, text) = (model.clone(), text.to_owned());
        self.enqueue(Box::new(move |encoders| {
            done(guarded(|| {
                let encoder = encoder(encoders, model)?;
                Ok(Encoded {
                    condition: encoder.encode(&text)?,
                    read: encoder.cut(&text)?.map(str::to_owned),
                })
            }))
        }));
    }

    /// Opens a model's encoder for a text that is about to come: for one that is being typed. It is kept as long as after a
    /// text. What is wrong with it, the text's own answer says.
    pub fn expect_text(self: &Arc<Self>, model: &Model) {
        let model = model.clone();
        self.enqueue(Box::new(move |encoders| {
            if let Err(error) = guarded(|| encoder(encoders, model)) {
                tracing::debug!("{error}");
            }
        }));
    }

    fn load(
        &self,
        model: Model,
        quality: Quality,
        device: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        let key = (model, quality, device);
        let there = self.separators.lock().get(&key).and_then(Weak::upgrade);
        if let Some(separator) = there.filter(|separator| separator.fault().is_none()) {
            return Ok(separator);
        }
        let separator = key.0.load(quality, device)?;
        self.separators.lock().insert(key, Arc::downgrade(&separator));
        Ok(separator)
    }

    fn enqueue(self: &Arc<Self>, job: Job) {
        let mut queue = self.queue.lock();
        queue.jobs.push_back(job);
        if queue.running {
            self.more.notify_one();
            return;
        }
        let service = self.clone();
        match std::thread::Builder::new()
            .name("earmark-service".into())
            .spawn(move || service.work())
        {
            Ok(_) => queue.running = true,
            // The next job tries again; until then the input passes.
            Err(error) => tracing::error!("no thread for loading and encoding: {error}"),
        }
    }

    fn work(&self) {
        let mut encoders = Encoders::new();
        loop {
            let job = {
                let mut queue = self.queue.lock();
                if queue.jobs.is_empty() {
                    self.more.wait_for(&mut queue, IDLE);
                }
                let job = queue.jobs.pop_front();
                queue.running = job.is_some();
                job
            };
            let Some(job) = job else { return };
            // What a caller does with the result is its own affair; the jobs of others go on.
            if catch_unwind(AssertUnwindSafe(|| job(&mut encoders))).is_err() {
                tracing::error!("a job of the service panicked");
            }
        }
    }
}

/// The model's encoder, opened if need be.
fn encoder(encoders: &mut Encoders, model: Model) -> Result<Arc<dyn QueryEncoder>, ModelError> {
    if let Some(encoder) = encoders.get(&model) {
        return Ok(encoder.clone());
    }
    let encoder = model.encoder()?;
    encoders.insert(model, encoder.clone());
    Ok(encoder)
}

/// A panic of the model's code becomes an error, so that `done` is always called.
fn guarded<T>(work: impl FnOnce() -> Result<T, ModelError>) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(ModelError::Weights {
            reason: "its code panicked".into(),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use earmark_models::catalogue::{Catalogue, RANDOM};

    use super::*;

    #[test]
    fn an_encoder_is_open_before_its_text_comes() {
        let service = Arc::new(Service::default());
        let random = Catalogue::bundled().find(RANDOM).unwrap();
        for model in [&random, &Model::bundled()] {
            service.expect_text(model);
        }
        let (tell, told) = mpsc::channel();
        service.enqueue(Box::new(move |encoders| {
            let open: Vec<Model> = encoders.keys().cloned().collect();
            tell.send(open).unwrap();
        }));
        let open = told.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(open, [Model::bundled()], "the other has none");
    }
}
