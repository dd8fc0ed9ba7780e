//! The plug-in as the host sees it, and the life of an instance: `activate`, `reset`, `deactivate`. What `process` does: `player`.

use std::sync::Arc;
use std::time::Duration;

use earmark_engine::{Engine, EngineConfig, EngineError, Latency, Relay};
use earmark_formats::{Host, OutputParameter, OutputValue};
use nice_plug::context::PluginApi;
use nice_plug::prelude::*;

use crate::controls::Controls;
use crate::editor::EarmarkEditor;
use crate::params::EarmarkParams;
use crate::player::{Played, Player, Sound};
use crate::session::Session;

/// How long `activate` waits for a model when a project already asks for a sound. A bundled model and its conditions take
/// a fraction of that; it is what makes the first bar of an unannounced bounce right.
const ACTIVATION_PATIENCE: Duration = Duration::from_millis(500);

/// One instance of the plug-in.
pub struct Earmark {
    params: Arc<EarmarkParams>,
    session: Arc<Session>,
    /// The audio thread's.
    sound: Sound,
    /// How present the queried sound is in what is heard, for the host.
    presence: OutputValue,
    /// The host around us.
    host: Host,
    /// Whether the transport rested in the call before.
    rested: bool,
}

/// How a host sees [`Earmark`]'s one output, as it does the parameters: for ever.
fn output(presence: &OutputValue) -> OutputParameter {
    OutputParameter {
        id: "presence",
        name: "Presence",
        value: presence.clone(),
    }
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
            sound: Sound::Nothing,
            presence,
            host,
            rested: false,
        }
    }
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
        self.session.set_host(self.host.name(), api);
        let rate = f64::from(buffer_config.sample_rate);
        let activation = self.session.activate();
        let latency = Latency::of(rate, activation.spec()).total() as u32;
        let config = EngineConfig {
            channel_mode: activation.channel_mode(),
            ..EngineConfig::new(rate, channels, buffer_config.max_buffer_size as usize)
        };
        if activation.fits() && self.sound.is_for(&config) {
            activation.keep();
        } else {
            // The old engine's worker ends before the new one's begins.
            self.sound = Sound::Nothing;
            let (engine, handle) = match Engine::new(config.clone(), activation.spec()) {
                Ok(made) => made,
                Err(error @ EngineError::SampleRate { .. }) => {
                    nice_warn!("{error} Until then the sound passes through.");
                    self.sound = Sound::PassesThrough;
                    return Some(0);
                }
                Err(error) => {
                    nice_error!("{error}");
                    return None;
                }
            };
            let (engine, relay) = Relay::new(engine, &config);
            activation.attach(handle, relay, &config);
            let (audio, presence) = (self.session.audio().clone(), self.presence.clone());
            let player = Player::new(engine, config, audio, presence, Controls::of(&self.params))
                .with_endless_tail(api == PluginApi::Vst3);
            self.sound = Sound::Plays(Box::new(player));
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
        self.sound.rewind();
    }

    /// What a host can automate.
    pub(crate) fn parameters(&self) -> Arc<EarmarkParams> {
        self.params.clone()
    }

    /// What makes windows for it.
    pub(crate) fn window(&self) -> EarmarkEditor {
        EarmarkEditor::new(self.params.clone(), self.session.clone(), self.host.clone())
    }

    /// Says what the host's transport does in the coming call.
    ///
    /// A render begins where the transport sets out. Ardour hands over about a hundred blocks before that, more on a busy machine;
    /// the frames of the model would lie elsewhere then, and a file would differ from the next.
    pub(crate) fn follow(&mut self, transport: &Transport) {
        let rested = std::mem::replace(&mut self.rested, !transport.playing);
        if rested && transport.playing && self.host.renders_offline() {
            self.rewind();
        }
        self.sound.set_resting(!transport.playing);
    }

    /// What `process` does: the mix in place, or with `rest` the target in place and the rest there.
    pub(crate) fn play(&mut self, io: &mut [&mut [f32]], rest: Option<&mut [&mut [f32]]>) -> Played {
        let asked = Controls::of(&self.params);
        self.sound.play(asked, self.host.renders_offline(), io, rest)
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
    // None: the wrapper's worker holds the whole instance while it is at a task. A host that drops it meanwhile leaves the worker to
    // drop it, and with it itself.
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.parameters()
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
        self.follow(context.transport());
        let played = self.play(buffer.as_slice(), None);
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
