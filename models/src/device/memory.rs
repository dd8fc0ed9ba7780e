//! What was measured before: how long a step of a network takes on the devices of this machine.

use std::collections::HashMap;
use std::sync::OnceLock;

use earmark_controls::Quality;
use parking_lot::Mutex;

/// A network, as it is timed: its weights and its quality, in this version of Earmark.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Network(String);

impl Network {
    /// The one whose weights file hashes to `sha256`.
    pub fn new(sha256: &str, quality: Quality) -> Network {
        let version = env!("CARGO_PKG_VERSION");
        Network(format!("{sha256} {} {version}", quality.name()))
    }

    /// As a key of a file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Seconds that a step takes, by device: a card with its driver, or the processor with its instructions and threads.
pub type StepTimes = HashMap<String, f64>;

/// Keeps them from process to process.
pub trait Memory: Send + Sync {
    /// All that is known of a network; nothing where nothing is, or where it cannot be read.
    fn recall(&self, network: &Network) -> StepTimes;

    /// Takes the place of what was known of it. What cannot be kept is measured again.
    fn keep(&self, network: &Network, times: &StepTimes);
}

static MEMORY: OnceLock<Box<dyn Memory>> = OnceLock::new();

/// Has what is measured kept there, for the whole process; the first call counts. Without one it is kept until the process ends.
pub fn remember(memory: Box<dyn Memory>) {
    let _ = MEMORY.set(memory);
}

/// Where it is kept.
pub(crate) fn memory() -> &'static dyn Memory {
    &**MEMORY.get_or_init(|| Box::<Process>::default())
}

/// For as long as the process runs.
#[derive(Debug, Default)]
struct Process(Mutex<HashMap<Network, StepTimes>>);

impl Memory for Process {
    fn recall(&self, network: &Network) -> StepTimes {
        self.0.lock().get(network).cloned().unwrap_or_default()
    }

    fn keep(&self, network: &Network, times: &StepTimes) {
        self.0.lock().insert(network.clone(), times.clone());
    }
}
