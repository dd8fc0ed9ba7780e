//! How late everything leaves the engine.

use earmark_models::SeparatorSpec;

use crate::geometry::Geometry;

/// Latency and its parts, in host samples: a pure function of the host's rate and the separator's specification, so that
/// it is known before any model is loaded. Block sizes of the host and the worker's speed do not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Filling a block before the worker can begin with it.
    pub block: usize,
    /// The worker's time for a block, and a host's burst of 0.2 s.
    pub budget: usize,
    /// Frames that the separator wants to have heard before it decides.
    pub lookahead: usize,
    /// The transform's window beyond one hop, and what makes the sum a whole number of samples.
    pub window: usize,
    /// Both resamplers; 0 when host and separator run at one rate.
    pub resamplers: usize,
    /// What is waited for only to keep a latency that was reported ([`EngineConfig::least_latency`]).
    ///
    /// [`EngineConfig::least_latency`]: crate::EngineConfig::least_latency
    pub padding: usize,
}

impl Latency {
    /// The latency at a host rate in Hz. Rates outside 1 kHz to 768 kHz count as the nearest one inside.
    pub fn of(sample_rate: f64, spec: &SeparatorSpec) -> Latency {
        Latency::from_geometry(&Geometry::of(sample_rate, spec))
    }

    pub(crate) fn from_geometry(geometry: &Geometry) -> Latency {
        Latency {
            block: geometry.block,
            budget: geometry.budget - geometry.padding,
            lookahead: geometry.lookahead,
            window: geometry.delay() - geometry.chunk - geometry.lookahead,
            resamplers: geometry.chunk,
            padding: geometry.padding,
        }
    }

    /// The sum of the parts: what is reported to the host.
    pub fn total(&self) -> usize {
        self.block + self.budget + self.lookahead + self.window + self.resamplers + self.padding
    }
}
