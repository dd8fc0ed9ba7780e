//! Graphics cards of any maker, through wgpu and our own kernels: NVIDIA's, AMD's, Intel's and Apple's.

#[cfg(feature = "gpu")]
mod card;

use earmark_controls::DeviceChoice;

use super::accelerator::{Accelerator, Opened};

/// The environment variable that names another card than the likely quickest one.
pub const CARD: &str = "EARMARK_CARD";

/// A graphics card.
pub(super) static GPU: Accelerator = Accelerator {
    name: DeviceChoice::Gpu.spoken(),
    feature: "gpu",
    automatic: true,
    is_built_in: || cfg!(feature = "gpu"),
    open,
};

#[cfg(feature = "gpu")]
fn open() -> Result<Box<dyn Opened>, String> {
    card::open()
}

#[cfg(not(feature = "gpu"))]
fn open() -> Result<Box<dyn Opened>, String> {
    Err("this build of Earmark has no code for it".into())
}

/// The graphics cards that wgpu finds on this machine, the likely quickest first: of each its name, its interface and its
/// driver. None where this build has no code for them. It asks every driver, which may take a second.
pub fn cards() -> Vec<String> {
    #[cfg(feature = "gpu")]
    let found = card::listed();
    #[cfg(not(feature = "gpu"))]
    let found = Vec::new();
    found
}
