//! What a network costs, counted.

use super::graph::{Kind, Op};
use super::net::StreamingNet;

impl StreamingNet {
    /// Multiplications and additions of a second of audio when every convolution is computed directly and every column
    /// once, in units of 10⁹: what engines are compared by, however they compute.
    pub fn gflop_per_second(&self) -> f64 {
        let graph = &self.graph;
        let channels = |maps: &[usize]| maps.iter().map(|&map| graph.maps[map].channels).sum::<usize>();
        let per_frame = |op: &Op| {
            let to = graph.maps[op.to];
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
        let ends = graph.maps[0].bins * (graph.maps[0].channels + 3 * graph.maps[graph.last].channels);
        let products = graph.ops.iter().map(per_frame).sum::<f64>() + ends as f64;
        let frames = f64::from(self.config.sample_rate) / self.config.stft.hop as f64;
        2.0 * products * frames / 1e9
    }
}
