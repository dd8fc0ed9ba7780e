//! Graphics cards of any maker, through wgpu and our own kernels: NVIDIA's, AMD's, Intel's and Apple's.

#[cfg(feature = "gpu")]
mod card;

use earmark_controls::DeviceChoice;

use super::accelerator::{Accelerator, CardFound};

/// A graphics card.
pub(super) static GPU: Accelerator = Accelerator {
    name: DeviceChoice::Gpu.spoken(),
    feature: "gpu",
    automatic: true,
    is_built_in: || cfg!(feature = "gpu"),
    cards: || cards().into_iter().filter(|card| !card.is_software).collect(),
    #[cfg(feature = "gpu")]
    open: card::open,
    #[cfg(not(feature = "gpu"))]
    open: |_| Err("this build of Earmark has no code for it".into()),
};

/// The graphics cards of this machine, the likely quickest first, software too. None where this build has no code for them. It
/// asks every driver, which may take a second.
pub fn cards() -> Vec<CardFound> {
    #[cfg(feature = "gpu")]
    let found = card::listed();
    #[cfg(not(feature = "gpu"))]
    let found = Vec::new();
    found
}
