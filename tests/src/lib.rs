//! Small hosts for tests and for the demo: they load the built bundles and treat them as a DAW would.
//!
//! - [`bundle`]: where the built plug-ins and the examples are.
//! - [`plugin`]: one instance of the CLAP; parameters, state, activation, processing.
//! - [`audio_half`]: the half of it that processes, for tests with an audio thread.
//! - [`vst3`]: the same of the VST3, as far as tests need it.
//! - [`render`]: whole signals through an instance, offline, live or in bursts.
//! - [`state`]: what a saved state holds, as an editable document.
//! - [`narrow`]: a model that every device computes live.
//! - [`audio`]: planar signals, WAV files, resampling, test noise.
//! - [`scene`]: the example, and a plug-in that is ready for it.
//! - [`score`]: SDR, SI-SDR, and the delay between two signals.
//! - [`picture`]: pictures of windows, and how much two of them differ.
//! - [`spectrogram`]: pictures of signals.
//! - `screen`: an X server of one's own and a window on it, on Linux.
//! - `desktop`: a window on the desktop of Windows.

pub mod audio;
pub mod audio_half;
pub mod bundle;
#[cfg(windows)]
pub mod desktop;
pub mod error;
pub mod narrow;
pub mod picture;
pub mod plugin;
pub mod render;
pub mod scene;
pub mod score;
#[cfg(target_os = "linux")]
pub mod screen;
pub mod spectrogram;
pub mod state;
pub mod vst3;

pub use audio::Audio;
pub use error::HostError;
pub use picture::Picture;
pub use plugin::{Automation, Plugin};
pub use scene::{Scene, Setup};
pub use state::StateDocument;
