//! "Earmark Split": target and rest on outputs of their own.
//!
//! CLAP only: a VST3 host that deactivates an auxiliary bus brings the wrapper down. Both outputs are the plain parts, whose sum is
//! the delayed input: mode, gains, wet and mutes have no effect here, a host's faders do that. Where no query is heard, and with
//! bypass, everything is rest.

use std::sync::Arc;

use nice_plug::prelude::*;

use crate::editor::EarmarkEditor;
use crate::processor::Earmark;

/// One instance of the class with two outputs.
#[derive(Default)]
pub struct EarmarkSplit(Earmark);

impl Plugin for EarmarkSplit {
    const NAME: &'static str = "Earmark Split";
    const VENDOR: &'static str = Earmark::VENDOR;
    const URL: &'static str = Earmark::URL;
    const EMAIL: &'static str = Earmark::EMAIL;
    const VERSION: &'static str = Earmark::VERSION;

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(2),
            main_output_channels: NonZeroU32::new(2),
            aux_output_ports: &[new_nonzero_u32(2)],
            names: NAMES,
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(1),
            main_output_channels: NonZeroU32::new(1),
            aux_output_ports: &[new_nonzero_u32(1)],
            names: NAMES,
            ..AudioIOLayout::const_default()
        },
    ];

    const SAMPLE_ACCURATE_AUTOMATION: bool = Earmark::SAMPLE_ACCURATE_AUTOMATION;

    type Editor = EarmarkEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.0.parameters()
    }

    fn editor(&mut self, _async_executor: AsyncExecutor<Self>) -> Option<EarmarkEditor> {
        Some(self.0.window().with_parts_apart())
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
        match self.0.start(channels, buffer_config, context.plugin_api()) {
            Some(latency) => {
                context.set_latency_samples(latency);
                true
            }
            None => false,
        }
    }

    fn reset(&mut self) {
        self.0.rewind();
    }

    fn deactivate(&mut self) {
        self.0.fall_silent();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let Some(rest) = aux.outputs.first_mut() else {
            return ProcessStatus::Error("Earmark Split has a second output");
        };
        self.0.follow(context.transport());
        let played = self.0.play(buffer.as_slice(), Some(rest.as_slice()));
        if played.restart {
            context.request_restart();
        }
        played.status
    }
}

/// nice-plug shows the main input's name for the main output, too, so that one has none.
const NAMES: PortNames = PortNames {
    aux_outputs: &["Rest"],
    ..PortNames::const_default()
};

impl ClapPlugin for EarmarkSplit {
    const CLAP_ID: &'static str = "org.earmark.earmark-split";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Type a sound: it comes out of one output, everything else out of another");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = Earmark::CLAP_FEATURES;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_that_the_engine_has_not_passes_the_sound_through() {
        let mut earmark = Earmark::default();
        let config = BufferConfig {
            sample_rate: 1_234_567.8,
            min_buffer_size: None,
            max_buffer_size: 64,
            process_mode: ProcessMode::Realtime,
        };
        assert_eq!(
            earmark.start(1, &config, PluginApi::Vst3),
            Some(0),
            "without latency"
        );
        let (mut io, mut rest) = ([0.25; 64], [1.0; 64]);
        let played = earmark.play(&mut [&mut io], None);
        assert_eq!((played.status, io), (ProcessStatus::Normal, [0.25; 64]));
        earmark.play(&mut [&mut io], Some(&mut [&mut rest]));
        assert_eq!((io, rest), ([0.0; 64], [0.25; 64]), "none of it is the target");
    }
}
