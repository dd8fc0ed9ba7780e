//! What a user has set for this machine, in every project: `settings.json`.

use std::num::NonZeroUsize;

use earmark_controls::Look;
use earmark_models::device::DeviceChoice;
use serde::{Deserialize, Serialize};

use crate::error::LibraryError;
use crate::folders::Folders;
use crate::json;

/// Settings of one user on one machine. What is not set is as it is best for most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Threads that compute a model, of all instances together; `None` is half of the processors, at least two and at most
    /// four. Models that are loaded already keep theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<NonZeroUsize>,
    /// Where models are computed; `None` is what is measured to be quicker when one is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceChoice>,
    /// Whether the host's audio thread waits for every block, for at most two seconds: for hosts that render without saying so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wait_for_every_block: bool,
    /// How the editor looks.
    #[serde(skip_serializing_if = "is_default")]
    pub look: Look,
}

fn is_default(look: &Look) -> bool {
    *look == Look::default()
}

impl Settings {
    /// Reads them; without a file nothing is set.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`] and [`LibraryError::Damaged`].
    pub fn read(folders: &Folders) -> Result<Settings, LibraryError> {
        Ok(json::read(&folders.settings())?.unwrap_or_default())
    }

    /// Writes them, and the folder where there is none.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`].
    pub fn write(&self, folders: &Folders) -> Result<(), LibraryError> {
        let path = folders.settings();
        std::fs::create_dir_all(folders.root()).map_err(|error| LibraryError::unwritable(&path, error))?;
        json::write(&path, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_kept_and_what_is_damaged_is_named() {
        let place = tempfile::tempdir().unwrap();
        let folders = Folders::at(place.path().join("earmark"));
        assert_eq!(Settings::read(&folders).unwrap(), Settings::default());
        let three = Settings {
            threads: NonZeroUsize::new(3),
            device: Some(DeviceChoice::named("Radeon RX 7600")),
            wait_for_every_block: true,
            look: Look {
                light: true,
                scale: 150.into(),
                ..Look::default()
            },
        };
        three.write(&folders).unwrap();
        assert_eq!(Settings::read(&folders).unwrap(), three);
        Settings::default().write(&folders).unwrap();
        assert_eq!(Settings::read(&folders).unwrap(), Settings::default());
        std::fs::write(folders.settings(), "{\"threads\": 0}").unwrap();
        let error = Settings::read(&folders).unwrap_err().to_string();
        assert!(error.contains("settings.json"), "{error}");
        std::fs::write(folders.settings(), r#"{"device": "candle-cpu"}"#).unwrap();
        let former = Settings::read(&folders).unwrap();
        assert_eq!(former.device, Some(DeviceChoice::CandleCpu));
        std::fs::write(folders.settings(), r#"{"device": "cuda"}"#).unwrap();
        let of_before = Settings::read(&folders).unwrap();
        assert_eq!(of_before.device, Some(DeviceChoice::Gpu));
        assert!(!former.wait_for_every_block && former.look == Look::default());
        std::fs::write(folders.settings(), r#"{"look": {"light": true, "calm": true}}"#).unwrap();
        let before_scale = Settings::read(&folders).unwrap().look;
        assert!(before_scale.light && before_scale.calm && before_scale.scale.percent() == 100);
        std::fs::write(folders.settings(), r#"{"look": {"scale": 190}}"#).unwrap();
        assert_eq!(Settings::read(&folders).unwrap().look.scale.percent(), 200);
    }
}
