//! When automation acts: what was chosen, or what the host needs.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use earmark_controls::Automation;
use nice_plug::context::PluginApi;

use super::hosts;

/// When automation acts. Atomics alone: the audio thread reads it.
#[derive(Debug, Default)]
pub(super) struct Timing {
    /// 0 as the host needs it, 1 in time, 2 at the output.
    chosen: AtomicU8,
    host_shifts: AtomicBool,
}

impl Timing {
    /// Sets what holds whatever the host; nothing is what the host needs.
    pub(super) fn choose(&self, automation: Option<Automation>) {
        let chosen = match automation {
            None => 0,
            Some(Automation::InTime) => 1,
            Some(Automation::AtOutput) => 2,
        };
        self.chosen.store(chosen, Ordering::Relaxed);
    }

    /// What was chosen.
    pub(super) fn chosen(&self) -> Option<Automation> {
        match self.chosen.load(Ordering::Relaxed) {
            1 => Some(Automation::InTime),
            2 => Some(Automation::AtOutput),
            _ => None,
        }
    }

    /// Takes note of the host, by the name that it gives itself, and of the format that it loaded.
    pub(super) fn suit(&self, host: Option<&str>, format: PluginApi) {
        self.host_shifts
            .store(hosts::shifts(host, format), Ordering::Relaxed);
    }

    /// What holds.
    pub(super) fn get(&self) -> Automation {
        self.chosen()
            .unwrap_or(if self.host_shifts.load(Ordering::Relaxed) {
                Automation::AtOutput
            } else {
                Automation::InTime
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_decides_until_somebody_does() {
        let timing = Timing::default();
        assert_eq!(timing.get(), Automation::InTime);
        timing.suit(Some("REAPER"), PluginApi::Vst3);
        assert_eq!(timing.get(), Automation::InTime);
        timing.suit(Some("REAPER"), PluginApi::Clap);
        assert_eq!(timing.get(), Automation::AtOutput);
        timing.suit(Some("Ardour"), PluginApi::Vst3);
        assert_eq!((timing.get(), timing.chosen()), (Automation::AtOutput, None));
        timing.choose(Some(Automation::InTime));
        assert_eq!(timing.get(), Automation::InTime, "the person knows better");
        timing.choose(None);
        timing.suit(None, PluginApi::Vst3);
        assert_eq!(timing.get(), Automation::InTime);
    }
}
