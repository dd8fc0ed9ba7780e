//! How long models take on this machine's devices, measured once: `timings.json`.

use std::collections::BTreeMap;

use earmark_models::device::{Memory, Network, StepTimes, remember};
use parking_lot::Mutex;

use crate::error::LibraryError;
use crate::folders::Folders;
use crate::json;

/// Networks that are remembered at most: those of a few versions of all models. What is more is measured again.
const MOST: usize = 64;

/// Seconds a step, by network and device, in the user's folder. What cannot be read or written is measured again.
#[derive(Debug)]
pub struct Timings {
    folders: Folders,
    /// Two networks at once read and write in turn.
    turn: Mutex<()>,
}

impl Timings {
    /// Those of these folders. Reads nothing yet.
    pub fn at(folders: Folders) -> Timings {
        Timings {
            folders,
            turn: Mutex::default(),
        }
    }

    /// Has this process keep what it measures in the user's folder. Where there is none it is kept until the process ends.
    pub fn remember() {
        if let Ok(folders) = Folders::user() {
            remember(Box::new(Timings::at(folders)));
        }
    }

    fn read(&self) -> Result<BTreeMap<String, StepTimes>, LibraryError> {
        Ok(json::read(&self.folders.timings())?.unwrap_or_default())
    }

    fn write(&self, all: &BTreeMap<String, StepTimes>) -> Result<(), LibraryError> {
        let path = self.folders.timings();
        std::fs::create_dir_all(self.folders.root())
            .map_err(|error| LibraryError::unwritable(&path, error))?;
        json::write(&path, all)
    }
}

impl Memory for Timings {
    fn recall(&self, network: &Network) -> StepTimes {
        let _turn = self.turn.lock();
        match self.read() {
            Ok(mut all) => all.remove(network.as_str()).unwrap_or_default(),
            Err(error) => {
                tracing::info!("{error}");
                StepTimes::default()
            }
        }
    }

    fn keep(&self, network: &Network, times: &StepTimes) {
        let _turn = self.turn.lock();
        let mut all = self.read().unwrap_or_default();
        if all.len() >= MOST && !all.contains_key(network.as_str()) {
            all.clear();
        }
        all.insert(network.as_str().to_owned(), times.clone());
        if let Err(error) = self.write(&all) {
            tracing::warn!("{error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::resunet::Quality;

    use super::*;

    #[test]
    fn what_was_measured_is_known_to_the_next_process_and_damage_is_measured_again() {
        let place = tempfile::tempdir().unwrap();
        let folders = Folders::at(place.path().join("earmark"));
        let (one, other) = (
            Network::new("abc", Quality::Fast),
            Network::new("abc", Quality::Best),
        );
        let times = StepTimes::from([("a card (a driver)".to_owned(), 0.25)]);
        let timings = Timings::at(folders.clone());
        assert_eq!(timings.recall(&one), StepTimes::new());
        timings.keep(&one, &times);
        let later = Timings::at(folders.clone());
        assert_eq!(later.recall(&one), times);
        assert_eq!(later.recall(&other), StepTimes::new());
        std::fs::write(folders.timings(), "{").unwrap();
        assert_eq!(later.recall(&one), StepTimes::new());
        later.keep(&other, &times);
        assert_eq!(later.recall(&other), times);
        for number in 0..2 * MOST {
            later.keep(&Network::new(&number.to_string(), Quality::Fast), &times);
        }
        assert!(later.read().unwrap().len() <= MOST);
    }
}
