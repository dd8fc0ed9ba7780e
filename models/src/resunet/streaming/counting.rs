//! What a network costs, counted.

use super::graph::{Graph, Kind, Op};
use super::net::StreamingNet;

impl StreamingNet {
    /// Multiplications and additions of a second of audio when every convolution is computed directly and every column
    /// once, in units of 10⁹: what engines are compared by, however they compute.
    pub fn gflop_per_second(&self) -> f64 {
        let frames = f64::from(self.config.sample_rate) / self.config.stft.hop as f64;
        2.0 * self.graph.products_per_frame() * frames / 1e9
    }
}

impl Graph {
    /// Multiplications of a frame when every convolution is computed directly and every column once.
    pub(super) fn products_per_frame(&self) -> f64 {
        let channels = |maps: &[usize]| maps.iter().map(|&map| self.maps[map].channels).sum::<usize>();
        let per_frame = |op: &Op| {
            let to = self.maps[op.to];
            let products = match &op.kind {
                Kind::Conv { shortcut } => {
                    let shortcut = shortcut.as_deref().map_or(0, channels);
                    let shortcut = if shortcut == to.channels { 0 } else { shortcut };
                    9 * channels(&op.from) + shortcut
                }
                Kind::Pool { .. } => 0,
                Kind::Up { .. } => channels(&op.from),
            };
            (products * to.channels * to.bins) as f64 / to.stride as f64
        };
        let ends = self.maps[0].bins * (self.maps[0].channels + 3 * self.maps[self.last].channels);
        self.ops.iter().map(per_frame).sum::<f64>() + ends as f64
    }
}
