//! Loading and encoding in the background, shared by every instance of the process.

mod encoders;
mod senses;
mod thread;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, Weak};

use earmark_models::Model;
use earmark_models::device::{self, DeviceChoice};
use earmark_models::resunet::Quality;
use earmark_models::{ModelError, Separator};
use parking_lot::Mutex;

use crate::{Clip, EncodeJob, Encoded, QueryError};
use encoders::Encoders;
pub use senses::Senses;
use thread::Background;

type Separators = HashMap<(Model, Quality, DeviceChoice), Weak<dyn Separator>>;

/// Loads models and encodes sounds, so that neither a host's audio thread nor its user interface ever waits for them. Weights are shared by
/// all who hold them.
#[derive(Default)]
pub struct Service {
    background: Arc<Background<Encoders>>,
    separators: Mutex<Separators>,
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
        self.background
            .put(move |_| done(guarded(|| service.load(model, quality, device))));
    }

    /// Looks which accelerators there are; `done` is called on the service's thread with what
    /// [`device::accelerators`] says.
    pub fn accelerators(&self, done: impl FnOnce(Vec<(DeviceChoice, Option<String>)>) + Send + 'static) {
        self.background.put(move |_| done(device::accelerators()));
    }

    /// Encodes a sound as this model reads it; `done` is called on the service's thread, unless the job is not wanted any more when its
    /// turn comes: then it costs nothing, and nobody is told. An encoder is opened with the first text.
    pub fn encode(
        &self,
        model: &Model,
        job: EncodeJob,
        done: impl FnOnce(&EncodeJob, Result<Encoded, QueryError>) + Send + 'static,
    ) {
        let model = model.clone();
        self.background.put(move |encoders| {
            if job.is_wanted() {
                let encoded = guarded(|| encoders.encode(&model, job.sound()));
                done(&job, encoded);
            }
        });
    }

    /// Makes an example a clip, as this model hears or sees it. `perceive` brings the example before its senses; it is called on the
    /// service's thread, and so is `done`.
    pub fn perceive(
        &self,
        model: &Model,
        perceive: impl FnOnce(&mut Senses) -> Result<Clip, QueryError> + Send + 'static,
        done: impl FnOnce(Result<Clip, QueryError>) + Send + 'static,
    ) {
        let model = model.clone();
        self.background.put(move |encoders| {
            done(guarded(|| perceive(&mut Senses::of(&model, encoders))));
        });
    }

    /// Opens a model's encoder for a text that is about to come: for one that is being typed. It is kept as long as after a
    /// text. What is wrong with it, the text's own answer says.
    pub fn expect_text(&self, model: &Model) {
        let model = model.clone();
        self.background.put(move |encoders| {
            if let Err(error) = guarded(|| encoders.open(&model)) {
                tracing::debug!("{error}");
            }
        });
    }

    /// Opens what hears examples for a model: for one that is about to come. As with [`Service::expect_text`].
    pub fn expect_example(&self, model: &Model) {
        let model = model.clone();
        self.background.put(move |encoders| {
            if let Err(error) = guarded(|| encoders.ears(&model)) {
                tracing::debug!("{error}");
            }
        });
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
}

/// A panic of the model's code becomes an error, so that `done` is always called.
fn guarded<T, E: From<ModelError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let reason = "its code panicked".into();
        Err(ModelError::Weights { reason }.into())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use earmark_models::Selection;
    use earmark_models::encoder::Picture;
    use earmark_models::model::RANDOM;

    use super::*;
    use crate::{Medium, Phrases, Sounds};

    /// What `look` finds in the service's state when all that was asked before is done.
    fn look<T: Send + 'static>(service: &Service, look: impl FnOnce(&Encoders) -> T + Send + 'static) -> T {
        let (tell, told) = mpsc::channel();
        service
            .background
            .put(move |encoders| tell.send(look(encoders)).unwrap());
        told.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    #[test]
    fn an_encoder_is_open_before_its_text_comes() {
        let service = Service::default();
        let random = Selection::bundled().find(RANDOM).unwrap();
        for model in [&random, &Model::bundled()] {
            service.expect_text(model);
        }
        let open = look(&service, Encoders::models);
        assert_eq!(open, [Model::bundled()], "the other has none");
    }

    #[test]
    fn what_hears_an_example_is_open_before_it_comes() {
        let service = Service::default();
        let random = Selection::bundled().find(RANDOM).unwrap();
        for model in [&random, &Model::bundled()] {
            service.expect_example(model);
        }
        let open = look(&service, Encoders::hearing);
        assert_eq!(open, [Model::bundled()], "the other has none");
    }

    #[test]
    fn an_example_is_shown_to_the_sense_that_it_is_for() {
        let service = Service::default();
        let perceive = |perceive: fn(&mut Senses) -> Result<Clip, QueryError>| {
            let (tell, told) = mpsc::channel();
            service.perceive(&Model::bundled(), perceive, move |clip| tell.send(clip).unwrap());
            told.recv_timeout(Duration::from_secs(60)).unwrap()
        };
        let heard =
            perceive(|senses| senses.hear(|rate| Ok((0..rate).map(|n| (n as f32 * 0.3).sin()).collect())));
        assert_eq!(heard.unwrap().medium(), Medium::Sound);
        let said = perceive(|senses| senses.hear(|_| Err("it is gone.".into()))).unwrap_err();
        assert!(said.to_string().ends_with("it is gone."), "{said}");
        let blind = perceive(|senses| senses.see(&Picture::from_rgb(1, 1, vec![0; 3])?));
        assert!(matches!(
            blind,
            Err(QueryError::Model(ModelError::NoPictures { .. }))
        ));
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_not_encoded() {
        let service = Service::default();
        // The thread is busy meanwhile, as it is with the first of many states.
        let (free, wait) = mpsc::channel::<()>();
        service.background.put(move |_| wait.recv().unwrap());
        let mut sounds = Sounds::default();
        let (tell, told) = mpsc::channel();
        for state in 0..50 {
            let texts: Vec<String> = (0..8).map(|n| format!("sound {n} of {state}")).collect();
            let phrases = Phrases::parse(&texts.join(" + "), "");
            for job in sounds.keep(phrases.all().map(|(sound, _)| sound), |_| None) {
                let tell = tell.clone();
                service.encode(&Model::bundled(), job, move |job, encoded| {
                    tell.send((job.clone(), encoded.unwrap().condition)).unwrap();
                });
            }
        }
        free.send(()).unwrap();
        assert_eq!(look(&service, |encoders| encoders.encoded), 8, "the last state's");
        drop(tell);
        for (job, condition) in told {
            assert!(job.sound().to_string().ends_with("of 49"));
            assert!(sounds.finish(&job, Some(condition)));
        }
        assert!(!sounds.any_pending());
    }

    #[test]
    fn what_was_read_a_moment_ago_is_not_read_again() {
        let service = Service::default();
        let phrases = Phrases::parse("rain + wind", "");
        for _ in 0..3 {
            let mut sounds = Sounds::default();
            for job in sounds.keep(phrases.all().map(|(sound, _)| sound), |_| None) {
                service.encode(&Model::bundled(), job, |_, encoded| drop(encoded.unwrap()));
            }
            look(&service, |_| ());
        }
        assert_eq!(look(&service, |encoders| encoders.encoded), 2);
    }
}
