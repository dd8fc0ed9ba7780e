//! A choice of device, with candle's processor in a card's place and a network small enough for it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_engine::{Engine, EngineConfig, Relay, WaitPolicy};
use earmark_library::{Folders, Settings};
use earmark_models::device::DeviceChoice;
use earmark_models::resunet::{Quality, ResUNetConfig};
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::{EncoderKind, bundled};

use crate::session::{Session, weights};
use crate::state::{ModelRef, StoredCondition, StoredQueries, StoredSound};

const LONG: Duration = Duration::from_secs(60);

/// AudioSep's network with few channels and short windows. Its queries are the bundled encoder's, so that it needs none of its own.
fn micro() -> ResUNetConfig {
    let mut config = ResUNetConfig {
        stft: StftConfig {
            window: 128,
            hop: 20,
            kind: WindowKind::Hann,
        },
        encoder: EncoderKind::MiniLm,
        condition_size: 384,
        stem: 4,
        middle: 12,
        ..ResUNetConfig::audiosep()
    };
    for (stage, channels) in config.stages.iter_mut().zip([4, 6, 8, 10, 12, 12]) {
        stage.channels = channels;
    }
    config
}

/// Installs that network as `micro`.
fn install(folders: &Folders) {
    let config = micro();
    let network = ("resunet.", config.required_tensors().unwrap());
    let config = serde_json::to_string(&config).unwrap();
    weights::install(folders, "micro", &config, &[network], &[]);
}

/// A project that asks for `micro`, with one query that is encoded already.
fn project() -> StoredQueries {
    let mut stored = StoredQueries {
        model: ModelRef {
            id: "micro".into(),
            ..ModelRef::default()
        },
        quality: Quality::Fast,
        ..StoredQueries::default()
    };
    let mut values = vec![0.0; 384];
    values[7] = 1.0;
    stored.put(0, "rain");
    stored.slots[0].conditions = vec![StoredSound {
        text: "rain".into(),
        condition: StoredCondition {
            encoder: EncoderKind::MiniLm,
            model: stored.model.clone(),
            values,
        },
    }];
    stored
}

/// What a host's activation does.
fn activate(session: &Session) -> Relay {
    let config = EngineConfig::new(48_000.0, 1, 512);
    let activation = session.activate();
    let (engine, handle) = Engine::new(config.clone(), activation.spec()).unwrap();
    let (mut engine, relay) = Relay::new(engine, &config);
    activation.attach(handle, relay, &config);
    engine.set_wait_policy(WaitPolicy::Offline);
    assert!(session.wait_until_ready(LONG));
    engine
}

/// An instance as a host activates it.
struct Instance {
    session: Arc<Session>,
    engine: Relay,
}

impl Instance {
    fn new(place: &Path) -> Instance {
        Instance::with(place, &project())
    }

    fn with(place: &Path, stored: &StoredQueries) -> Instance {
        let session = Session::at(Folders::at(place));
        session.restore(stored);
        let engine = activate(&session);
        Instance { session, engine }
    }

    /// The host activates anew.
    fn activate(&mut self) {
        self.engine = activate(&self.session);
    }

    fn computed_on(&self) -> String {
        self.session.snapshot().computing.now.unwrap_or_default()
    }

    /// Plays until `done`.
    fn play_until(&mut self, done: impl Fn(&Session) -> bool) {
        let begin = Instant::now();
        while !done(&self.session) {
            self.engine.process(&mut [&mut [0.1; 512]], &[]);
            assert!(begin.elapsed() < LONG, "{:?}", self.session.snapshot().computing);
        }
    }
}

#[test]
fn a_device_takes_over_in_every_instance_while_the_sound_goes_on_and_is_kept() {
    let place = tempfile::tempdir().unwrap();
    install(&Folders::at(place.path()));
    let mut one = Instance::new(place.path());
    let mut other = Instance::new(place.path());
    let latency = one.engine.latency();
    assert_eq!(one.computed_on(), "the processor");
    one.session.set_device(DeviceChoice::CandleCpu);
    assert!(one.session.snapshot().computing.changing);
    assert_eq!(one.computed_on(), "the processor", "what is heard goes on");
    for instance in [&mut one, &mut other] {
        instance.play_until(|session| !session.snapshot().computing.changing);
        assert_eq!(
            instance.computed_on(),
            "the processor, in the graphics cards' way"
        );
        let shown = instance.session.snapshot();
        assert_eq!((shown.failure, shown.notice, shown.coming), (None, None, None));
        assert_eq!(shown.computing.chosen, DeviceChoice::CandleCpu);
        assert_eq!(instance.engine.latency(), latency);
        assert!(instance.session.has_query(0) && !instance.session.take_restart());
    }
    let kept = Settings::read(&Folders::at(place.path())).unwrap();
    assert_eq!(kept.device, Some(DeviceChoice::CandleCpu));
    let later = Instance::new(place.path());
    assert_eq!(
        later.computed_on(),
        one.computed_on(),
        "the choice is this machine's"
    );
}

#[test]
fn a_device_that_cannot_be_used_is_told_once_and_the_processor_goes_on() {
    let place = tempfile::tempdir().unwrap();
    install(&Folders::at(place.path()));
    let mut instance = Instance::new(place.path());
    instance.session.set_device(DeviceChoice::named("abacus"));
    instance.play_until(|session| !session.snapshot().computing.changing);
    let shown = instance.session.snapshot();
    assert_eq!(shown.computing.now.as_deref(), Some("the processor"));
    let fault = shown.computing.fault.unwrap();
    assert!(fault.starts_with("The graphics card cannot be used"), "{fault}");
    let notice = shown.notice.unwrap();
    assert!(
        notice.contains(&fault) && notice.contains("The processor"),
        "{notice}"
    );
    instance.session.dismiss_notice();
    assert_eq!(instance.session.snapshot().notice, None);
    // Chosen again, it is tried again.
    instance.session.set_device(DeviceChoice::named("abacus"));
    assert!(instance.session.snapshot().computing.changing);
    instance.play_until(|session| session.snapshot().notice.is_some());
    instance.session.set_device(DeviceChoice::Cpu);
    instance.play_until(|session| !session.snapshot().computing.changing);
    let shown = instance.session.snapshot();
    assert_eq!((shown.computing.fault, shown.notice), (None, None));
}

#[test]
fn the_bundled_model_stays_where_it_is() {
    let place = tempfile::tempdir().unwrap();
    install(&Folders::at(place.path()));
    let mut instance = Instance::with(place.path(), &StoredQueries::default());
    instance.session.set_device(DeviceChoice::CandleCpu);
    let shown = instance.session.snapshot();
    assert_eq!(shown.model.id, bundled::ID);
    let computing = shown.computing;
    assert!(!computing.changing && computing.fault.is_none());
    assert_eq!(computing.now.as_deref(), Some("the processor"));
    // Another model is computed where it was said.
    instance.session.choose("micro", Quality::Fast).unwrap();
    instance.play_until(|session| session.snapshot().model.id == "micro");
    assert_ne!(instance.computed_on(), "the processor");
}

/// The model in a quality that needs more latency than is in force waits for the host; what goes on until then does so where a person says.
#[test]
fn a_device_that_is_chosen_while_a_model_waits_for_the_host_is_not_lost() {
    let place = tempfile::tempdir().unwrap();
    install(&Folders::at(place.path()));
    let mut instance = Instance::new(place.path());
    instance.session.choose("micro", Quality::Best).unwrap();
    let waits = |session: &Session| {
        let shown = session.snapshot();
        (shown.quality, shown.computing.changing) == (Some(Quality::Best), false)
    };
    assert!(waits(&instance.session) && instance.session.take_restart());
    instance.session.set_device(DeviceChoice::CandleCpu);
    assert!(instance.session.snapshot().computing.changing);
    // A second thought before the first is heard.
    instance.session.set_device(DeviceChoice::Cpu);
    instance.session.set_device(DeviceChoice::CandleCpu);
    instance.play_until(waits);
    assert_eq!(
        instance.computed_on(),
        "the processor, in the graphics cards' way"
    );
    assert_eq!(instance.session.stored().quality, Quality::Best);
    instance.activate();
    assert_eq!(
        instance.computed_on(),
        "the processor, in the graphics cards' way"
    );
    assert_eq!(instance.session.stored().quality, Quality::Best);
    assert!(instance.session.snapshot().coming.is_none());
}
