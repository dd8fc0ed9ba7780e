//! When a change acts.

use serde::{Deserialize, Serialize};

/// When a change of a parameter acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Automation {
    /// When the sample that it was stamped with leaves the delay: for hosts that compensate latency and leave automation alone.
    #[default]
    InTime,
    /// At the output at once, for hosts that shift automation by the latency themselves and for hands on a fader. A slot change
    /// then takes effect like a text edited by hand.
    AtOutput,
}
