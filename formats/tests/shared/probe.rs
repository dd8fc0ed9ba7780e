//! A plug-in that multiplies by its parameter, and panics where it is told to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use earmark_formats::{Host, OutputParameter, OutputValue, announce};
use nice_plug::prelude::*;

thread_local! {
    /// What was made last on this thread.
    static MADE: RefCell<Option<Remote>> = const { RefCell::new(None) };
    static PANICS_WHEN_MADE: Cell<bool> = const { Cell::new(false) };
}

/// From now on, making one on this thread panics, or does not.
pub(crate) fn panic_when_made(panics: bool) {
    PANICS_WHEN_MADE.set(panics);
}

/// The one that was made last on this thread.
pub(crate) fn made_last() -> Option<Remote> {
    MADE.take()
}

/// What a test sees of a plug-in, and tells it.
#[derive(Clone, Default)]
pub(crate) struct Remote {
    host: Host,
    panics_in: Arc<Mutex<&'static str>>,
    /// With its next block it asks for a restart.
    pub(crate) restart: Arc<AtomicBool>,
    offline: Arc<AtomicBool>,
}

impl Remote {
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn panic_in(&self, place: &'static str) {
        *self.panics_in.lock().unwrap() = place;
    }

    pub(crate) fn was_activated_offline(&self) -> bool {
        self.offline.load(Ordering::Relaxed)
    }

    fn enter(&self, place: &str) {
        let panics = *self.panics_in.lock().unwrap() == place;
        assert!(!panics, "the test wants a panic here");
    }
}

pub(crate) struct Probe {
    params: Arc<ProbeParams>,
    remote: Remote,
}

struct ProbeParams {
    gain: FloatParam,
    mode: EnumParam<Mode>,
    slot: IntParam,
    count: IntParam,
    remote: Remote,
}

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum Mode {
    Isolate,
    Remove,
}

// SAFETY: the parameters are part of this.
unsafe impl Params for ProbeParams {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        [
            ("gain", self.gain.as_ptr()),
            ("mode", self.mode.as_ptr()),
            ("slot", self.slot.as_ptr()),
            ("count", self.count.as_ptr()),
        ]
        .map(|(id, param)| (id.to_owned(), param, String::new()))
        .into()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        self.remote.enter("save");
        BTreeMap::from([("field".to_owned(), "1".to_owned())])
    }

    fn deserialize_fields(&self, _: &BTreeMap<String, String>) {
        self.remote.enter("load");
    }
}

impl Default for Probe {
    fn default() -> Self {
        assert!(!PANICS_WHEN_MADE.get(), "the test wants a panic here");
        let remote = Remote::default();
        let output = OutputParameter {
            id: "level",
            name: "Level",
            value: OutputValue::default(),
        };
        announce(output, &remote.host);
        MADE.set(Some(remote.clone()));
        let (shown, read) = (remote.clone(), remote.clone());
        let gain = FloatParam::new("Gain", 0.0, FloatRange::Linear { min: 0.0, max: 1.0 })
            .with_unit(" x")
            .with_value_to_string(Arc::new(move |value| {
                shown.enter("text");
                format!("{value:.2}")
            }))
            .with_string_to_value(Arc::new(move |text| {
                read.enter("text");
                text.parse().ok()
            }));
        Probe {
            params: Arc::new(ProbeParams {
                gain,
                mode: EnumParam::new("Mode", Mode::Isolate),
                slot: IntParam::new("Slot", 0, IntRange::Linear { min: 0, max: 2 }).with_value_to_string(
                    Arc::new(|slot| match slot {
                        0 => "Off".to_owned(),
                        slot => slot.to_string(),
                    }),
                ),
                count: IntParam::new("Count", 0, IntRange::Linear { min: 0, max: 2 }),
                remote: remote.clone(),
            }),
            remote,
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.remote.enter("drop");
    }
}

impl Plugin for Probe {
    const NAME: &'static str = "Probe";
    const VENDOR: &'static str = "Earmark";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = "1.0";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: NonZeroU32::new(2),
        main_output_channels: NonZeroU32::new(2),
        ..AudioIOLayout::const_default()
    }];
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<()> {
        Some(())
    }

    /// Its latency is 10 ms.
    fn activate(
        &mut self,
        _: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        self.remote.enter("activate");
        let offline = config.process_mode == ProcessMode::Offline;
        self.remote.offline.store(offline, Ordering::Relaxed);
        context.set_latency_samples((config.sample_rate / 100.0) as u32);
        true
    }

    fn deactivate(&mut self) {
        self.remote.enter("deactivate");
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        for channel in buffer.as_slice() {
            channel.iter_mut().for_each(|x| *x *= self.params.gain.value());
        }
        self.remote.enter("process");
        if self.remote.restart.swap(false, Ordering::Relaxed) {
            context.request_restart();
        }
        ProcessStatus::Normal
    }
}

impl ClapPlugin for Probe {
    const CLAP_ID: &'static str = "org.earmark.probe";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::AudioEffect];
}

impl Vst3Plugin for Probe {
    const VST3_CLASS_ID: [u8; 16] = *b"EarmarkProbeVST3";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Fx];
}
