//! The plug-in as the host sees it: `activate`, `reset`, `process`, latency and tail.

use std::sync::Arc;
use std::time::Duration;

use earmark_engine::{Engine, EngineConfig, EngineError, Heard, Latency, Relay, WaitPolicy};
use earmark_formats::{Host, OutputParameter, OutputValue};
use nice_plug::context::PluginApi;
use nice_plug::prelude::*;

use crate::controls::{ChangeList, Controls};
use crate::editor::EarmarkEditor;
use crate::params::EarmarkParams;
use crate::session::Session;
use crate::split::{pass_through, split};
use crate::tail::Tail;

/// How long an announced offline render waits for the model before it goes on without.
const OFFLINE_PATIENCE: Duration = Duration::from_secs(60);
/// How long `activate` waits for a model when a project already asks for a sound. A bundled model and its conditions take
/// a fraction of that; it is what makes the first bar of an unannounced bounce right.
const ACTIVATION_PATIENCE: Duration = Duration::from_millis(500);

/// One instance of the plug-in.
pub struct Earmark {
    params: Arc<EarmarkParams>,
    session: Arc<Session>,
    running: Option<Running>,
    /// The host's rate is none that the engine has: what comes in goes out.
    passes_through: bool,
    /// How present the queried sound is in what is heard, for the host.
    presence: OutputValue,
    /// The host around us.
    host: Host,
    /// The format that we run as.
    api: PluginApi,
}

/// How a host sees [`Earmark`]'s one output, as it does the parameters: for ever.
fn output(presence: &OutputValue) -> OutputParameter {
    OutputParameter {
        id: "presence",
        name: "Presence",
        value: presence.clone(),
    }
}

/// What the audio thread leaves to others.
#[derive(Debug, Clone, Copy)]
pub enum Task {
    /// Another model has taken over.
    Look,
}

/// What exists between `activate` and the next one with another configuration. Owned by the audio thread.
struct Running {
    engine: Relay,
    config: EngineConfig,
    /// How many engines have taken over, as far as the session has been told.
    taken_over: u64,
    tail: Tail,
    /// No sample has been processed since the last reset.
    fresh: bool,
    /// The model did not come within [`OFFLINE_PATIENCE`] since the last reset: a render waits for it once, not with every call.
    gave_up: bool,
    /// What the engine was told last.
    told: Controls,
    /// A copy of the input for outputs apart from it, `[channel][longest call]`.
    input: Vec<Vec<f32>>,
}

impl Default for Earmark {
    fn default() -> Self {
        let session = Session::new();
        let presence = OutputValue::default();
        let host = Host::default();
        earmark_formats::announce(output(&presence), &host);
        Earmark {
            params: Arc::new(EarmarkParams::new(&session)),
            session,
            running: None,
            passes_through: false,
            presence,
            host,
            api: PluginApi::Clap,
        }
    }
}

impl Running {
    /// Makes the present values those that the stream begins with, so that a render's first sample is not a fade from
    /// whatever was set before it.
    fn begin(&mut self, controls: Controls) {
        self.engine.begin_with(&controls.all());
        self.told = controls;
        self.fresh = false;
    }

    /// Whether it was made for this configuration. What is heard of two channels is the session's affair: see
    /// [`Activation`](crate::session::Activation).
    fn is_for(&self, config: &EngineConfig) -> bool {
        let config = EngineConfig {
            channel_mode: self.config.channel_mode,
            ..config.clone()
        };
        self.config == config
    }
}

/// What a call of `process` has come to.
pub(crate) struct Played {
    pub(crate) status: ProcessStatus,
    /// Another model has taken over: [`Task::Look`].
    pub(crate) look: bool,
    /// The host is to activate anew.
    pub(crate) restart: bool,
}

impl Earmark {
    /// What `activate` does in every class: an engine for so many channels. Gives the latency in samples, or nothing where none
    /// can be made.
    pub(crate) fn start(
        &mut self,
        channels: usize,
        buffer_config: &BufferConfig,
        api: PluginApi,
    ) -> Option<u32> {
        self.api = api;
        self.session.set_host(self.host.name());
        let rate = f64::from(buffer_config.sample_rate);
        let activation = self.session.activate();
        let latency = Latency::of(rate, activation.spec()).total() as u32;
        let config = EngineConfig {
            channel_mode: activation.channel_mode(),
            ..EngineConfig::new(rate, channels, buffer_config.max_buffer_size as usize)
        };
        let running = self.running.as_ref();
        if activation.fits() && running.is_some_and(|running| running.is_for(&config)) {
            activation.keep();
        } else {
            // The old engine's worker ends before the new one's begins.
            self.running = None;
            self.passes_through = false;
            let (engine, handle) = match Engine::new(config.clone(), activation.spec()) {
                Ok(made) => made,
                Err(error @ EngineError::SampleRate { .. }) => {
                    nice_warn!("{error} Until then the sound passes through.");
                    self.passes_through = true;
                    return Some(0);
                }
                Err(error) => {
                    nice_error!("{error}");
                    return None;
                }
            };
            let (engine, relay) = Relay::new(engine, &config);
            activation.attach(handle, relay, &config);
            self.running = Some(Running {
                engine,
                config,
                taken_over: 0,
                tail: Tail::default(),
                fresh: true,
                gave_up: false,
                told: Controls::of(&self.params),
                input: vec![vec![0.0; buffer_config.max_buffer_size as usize]; channels],
            });
        }
        let mut heard = self.params.heard().slots();
        if heard.any(|slot| self.session.has_query(usize::from(slot))) {
            self.session.wait_until_ready(ACTIVATION_PATIENCE);
        }
        Some(latency)
    }

    /// What `deactivate` does: nothing is heard any more.
    pub(crate) fn fall_silent(&mut self) {
        self.presence.set(0.0);
    }

    /// What `reset` does.
    pub(crate) fn rewind(&mut self) {
        self.presence.set(0.0);
        if let Some(running) = &mut self.running {
            running.engine.reset();
            running.tail.reset(running.engine.tail());
            running.fresh = true;
            running.gave_up = false;
        }
    }

    /// What the parameters and the session belong to.
    pub(crate) fn parts(&self) -> (&Arc<EarmarkParams>, &Arc<Session>) {
        (&self.params, &self.session)
    }

    /// What makes windows for it.
    pub(crate) fn window(&self) -> EarmarkEditor {
        EarmarkEditor::new(self.params.clone(), self.session.clone(), self.host.clone())
    }

    /// What `process` does: the mix in place, or with `rest` the target in place and the rest there.
    pub(crate) fn play(&mut self, io: &mut [&mut [f32]], rest: Option<&mut [&mut [f32]]>) -> Played {
        let Some(running) = &mut self.running else {
            let status = if self.passes_through {
                pass_through(io, rest);
                ProcessStatus::Normal
            } else {
                ProcessStatus::Error("process() was called before activate()")
            };
            return Played {
                status,
                look: false,
                restart: false,
            };
        };

        running.engine.set_wait_policy(if self.host.renders_offline() {
            WaitPolicy::Offline
        } else {
            WaitPolicy::Live
        });
        if running.engine.wait_policy() == WaitPolicy::Offline && !running.gave_up && !self.session.is_ready()
        {
            let ready = earmark_engine::waiting(|| self.session.wait_until_ready(OFFLINE_PATIENCE));
            running.gave_up = !ready;
        }

        let mut controls = Controls::of(&self.params);
        if rest.is_some() && controls.bypass {
            // Everything is rest then.
            controls.heard = Heard::OFF;
        }
        if running.fresh {
            running.begin(controls);
        }
        let list = ChangeList::between(running.told, controls);
        let changes = list.as_slice();
        running.told = controls;
        running.engine.set_automation(self.session.automation());
        running.engine.set_by_hand(self.session.audio().set_by_hand());

        running.tail.feed(io);
        match rest {
            None => running.engine.process(io, changes),
            Some(rest) => split(&mut running.engine, &mut running.input, io, rest, changes),
        }
        self.presence.set(running.engine.presence());
        let taken_over = running.engine.taken_over();
        let look = std::mem::replace(&mut running.taken_over, taken_over) != taken_over;

        let tail = running.engine.tail();
        // A VST3 host reads the tail whenever it likes, and it costs nothing there. For a CLAP host it means that it must
        // go on calling, so there it ends.
        let status = if self.api == PluginApi::Vst3 || running.tail.is_sounding(tail) {
            ProcessStatus::Tail(tail as u32)
        } else {
            ProcessStatus::Normal
        };
        Played {
            status,
            look,
            restart: self.session.take_restart(),
        }
    }
}

impl Plugin for Earmark {
    const NAME: &'static str = "Earmark";
    const VENDOR: &'static str = "Earmark contributors";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    // One bus in, one out: the wrapper's VST3 side does not survive a host that deactivates an auxiliary bus.
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(2),
            main_output_channels: NonZeroU32::new(2),
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(1),
            main_output_channels: NonZeroU32::new(1),
            ..AudioIOLayout::const_default()
        },
    ];

    // The wrapper then splits each block at every parameter event and calls us once per part, with the parameters set:
    // a change's sample is the first one of a part. The engine counts samples, not calls, so splitting changes nothing.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = EarmarkEditor;
    type SysExMessage = ();
    type BackgroundTask = Task;

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        let session = self.session.clone();
        Box::new(move |task| match task {
            Task::Look => session.look(),
        })
    }

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _async_executor: AsyncExecutor<Self>) -> Option<EarmarkEditor> {
        Some(self.window())
    }

    fn activate(
        &mut self,
        audio_io_layout: &AudioIOLayout,
        buffer_config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let channels = audio_io_layout
            .main_output_channels
            .map_or(0, |channels| channels.get() as usize);
        match self.start(channels, buffer_config, context.plugin_api()) {
            Some(latency) => {
                context.set_latency_samples(latency);
                true
            }
            None => false,
        }
    }

    fn reset(&mut self) {
        self.rewind();
    }

    fn deactivate(&mut self) {
        self.fall_silent();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let played = self.play(buffer.as_slice(), None);
        if played.look {
            context.execute_background(Task::Look);
        }
        if played.restart {
            context.request_restart();
        }
        played.status
    }
}

impl ClapPlugin for Earmark {
    const CLAP_ID: &'static str = "org.earmark.earmark";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Type a sound, hear it alone, or everything but it");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Restoration,
        ClapFeature::Utility,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];
}

impl Vst3Plugin for Earmark {
    const VST3_CLASS_ID: [u8; 16] = crate::state::VST3_CLASS;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[
        Vst3SubCategory::Fx,
        Vst3SubCategory::Restoration,
        Vst3SubCategory::Tools,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_formats::parameter_number;
    use std::time::Instant;

    #[test]
    fn presence_is_told_from_every_parameter() {
        let presence = output(&OutputValue::default());
        let earmark = Earmark::default();
        for (id, ..) in earmark.params.param_map() {
            assert_ne!(parameter_number(&id), parameter_number(presence.id), "{id}");
        }
        assert_eq!(
            parameter_number(presence.id),
            870_817_019,
            "projects know it by this"
        );
    }

    #[test]
    fn an_instance_is_made_at_once() {
        let begin = Instant::now();
        let _instance = Earmark::default();
        assert!(
            begin.elapsed() < Duration::from_millis(100),
            "{:?}",
            begin.elapsed()
        );
    }
}
