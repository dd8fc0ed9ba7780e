//! What most host tests begin with: the example, and a plug-in that is ready to separate it.

use crate::audio::Audio;
use crate::bundle;
use crate::error::HostError;
use crate::plugin::Plugin;
use crate::render::wait_until_ready;

/// The query that the first example is about.
pub const QUERY: &str = "the sound of hitting the keyboard";

/// Typing over speech, and the typing alone.
pub struct Scene {
    /// What the plug-in hears.
    pub mixture: Audio,
    /// What it is asked for.
    pub typing: Audio,
}

impl Scene {
    /// The example at a host's rate and number of channels.
    ///
    /// # Errors
    /// [`HostError::Wav`] when a file of `examples/` is missing.
    pub fn new(rate: f64, channels: usize) -> Result<Self, HostError> {
        let read = |name: &str| -> Result<Audio, HostError> {
            Ok(Audio::read(&bundle::example(name))?
                .with_channels(channels)
                .resampled(rate))
        };
        Ok(Self {
            mixture: read("typing_over_speech.wav")?,
            typing: read("typing.wav")?,
        })
    }
}

/// How the host has set the plug-in up.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// In Hz.
    pub rate: f64,
    /// 1 or 2.
    pub channels: usize,
    /// The largest block that the host announces.
    pub block: usize,
    /// Whether it says that it renders offline.
    pub offline: bool,
    /// What is typed into the first slot.
    pub query: &'a str,
}

impl Default for Setup<'_> {
    /// An export of a stereo track at 48 kHz.
    fn default() -> Self {
        Self {
            rate: 48_000.0,
            channels: 2,
            block: 512,
            offline: true,
            query: QUERY,
        }
    }
}

impl Setup<'_> {
    /// An active instance whose model is loaded and whose query is encoded, reset. Mode "isolate".
    ///
    /// # Errors
    /// What the plug-in refused, or [`HostError::NotReady`].
    pub fn ready(&self) -> Result<Plugin, HostError> {
        let mut plugin = self.inactive()?;
        plugin.activate(self.rate, self.block)?;
        wait_until_ready(&mut plugin, self.rate, self.channels, self.block)?;
        Ok(plugin)
    }

    /// An instance with its query, not yet activated.
    ///
    /// # Errors
    /// What the plug-in refused.
    pub fn inactive(&self) -> Result<Plugin, HostError> {
        let mut plugin = Plugin::new()?;
        plugin.select_channels(self.channels)?;
        plugin.edit_state(|state| state.set_query(0, self.query))?;
        plugin.set_offline(self.offline)?;
        Ok(plugin)
    }
}
