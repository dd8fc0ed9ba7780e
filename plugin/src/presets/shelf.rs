//! The presets that there are: those that come with Earmark, and the user's files.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use earmark_library::Folders;
use earmark_state::preset::{Preset, factory, name, new_name, open};

use super::PresetError;

const EXTENSION: &str = "json";

/// Names and files. Reads the folder only when asked to look.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shelf {
    /// Where the user's files lie, if not in the user's own folder.
    place: Option<PathBuf>,
    /// Names of the user's presets, sorted.
    own: Vec<String>,
}

impl Shelf {
    /// A shelf with its files in this folder.
    #[cfg(test)]
    pub(crate) fn at(place: &std::path::Path) -> Shelf {
        Shelf {
            place: Some(place.to_owned()),
            own: vec![],
        }
    }

    /// Where the user's files lie, if the folder is there.
    pub(crate) fn folder(&self) -> Result<PathBuf, PresetError> {
        match &self.place {
            Some(place) => Ok(place.clone()),
            None => Ok(Folders::user()?.presets()),
        }
    }

    fn file(&self, name: &str) -> Result<PathBuf, PresetError> {
        Ok(self.folder()?.join(format!("{name}.{EXTENSION}")))
    }

    /// Looks which files there are. Broken ones are listed, too: choosing one says what is wrong with it.
    pub(crate) fn look(&mut self) {
        let files = self.folder().ok().and_then(|folder| fs::read_dir(folder).ok());
        let mut own: Vec<String> = files
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| {
                let path = file.path();
                let stem = path.file_stem()?.to_str()?;
                let is_preset = path.extension().is_some_and(|extension| extension == EXTENSION);
                (is_preset && name(stem).is_ok_and(|name| name == stem)).then(|| stem.to_owned())
            })
            .collect();
        own.sort();
        self.own = own;
    }

    /// Every name, and whether it comes with Earmark.
    pub(crate) fn names(&self) -> impl Iterator<Item = (String, bool)> {
        let factory = factory::presets()
            .iter()
            .map(|preset| (preset.name.clone(), true));
        factory.chain(self.own.iter().map(|name| (name.clone(), false)))
    }

    /// The preset of this name. Reads a file.
    pub(crate) fn get(&self, given: &str) -> Result<Preset, PresetError> {
        if let Some(preset) = factory::presets().iter().find(|preset| preset.name == given) {
            return Ok(preset.clone());
        }
        let name = name(given)?;
        let file = self.file(&name)?;
        if !file.exists() {
            return Err(PresetError::Unknown { given: name });
        }
        let preset = open(&file)?;
        Ok(Preset { name, ..preset })
    }

    /// Keeps a preset under its name, whole or not at all; one of the user's own is replaced.
    pub(crate) fn save(&mut self, preset: &Preset) -> Result<(), PresetError> {
        let name = self.own_name(&new_name(&preset.name)?)?;
        let (folder, path) = (self.folder()?, self.file(&name)?);
        let unwritable = |source| PresetError::Write {
            place: path.display().to_string(),
            source,
        };
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(unwritable)?;
        file.write_all(preset.to_json().as_bytes()).map_err(unwritable)?;
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist(&path).map_err(|error| unwritable(error.error))?;
        self.look();
        Ok(())
    }

    /// Removes one of the user's own.
    pub(crate) fn remove(&mut self, given: &str) -> Result<(), PresetError> {
        let name = self.own_name(given)?;
        let path = self.file(&name)?;
        if !path.exists() {
            return Err(PresetError::Unknown { given: name });
        }
        fs::remove_file(&path).map_err(|source| PresetError::Write {
            place: path.display().to_string(),
            source,
        })?;
        self.look();
        Ok(())
    }

    fn own_name(&self, given: &str) -> Result<String, PresetError> {
        let name = name(given)?;
        if factory::presets()
            .iter()
            .any(|preset| preset.name.eq_ignore_ascii_case(&name))
        {
            return Err(PresetError::Factory { given: name });
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use earmark_state::preset::LARGEST;

    use super::*;
    use crate::presets::FileError;
    use crate::state::StoredSlot;

    fn preset(name: &str, text: &str) -> Preset {
        Preset {
            name: name.into(),
            slots: vec![StoredSlot::of(text)],
            ..Preset::default()
        }
    }

    fn own(shelf: &Shelf) -> Vec<String> {
        shelf
            .names()
            .filter(|(_, factory)| !factory)
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn presets_are_kept_replaced_and_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("presets");
        let mut shelf = Shelf::at(&folder);
        shelf.look();
        assert!(own(&shelf).is_empty() && shelf.names().count() >= 10);
        shelf.save(&preset("Mine", "rain")).unwrap();
        shelf.save(&preset("Also mine", "wind")).unwrap();
        shelf.save(&preset("Mine", "hail")).unwrap();
        assert_eq!(own(&shelf), ["Also mine", "Mine"]);
        assert_eq!(shelf.get("Mine").unwrap(), preset("Mine", "hail"));
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            2,
            "nothing else is left behind"
        );
        shelf.remove("Mine").unwrap();
        assert!(matches!(shelf.get("Mine"), Err(PresetError::Unknown { .. })));
        assert!(matches!(shelf.remove("Mine"), Err(PresetError::Unknown { .. })));
        assert_eq!(own(&shelf), ["Also mine"]);
    }

    #[test]
    fn what_comes_with_earmark_stays() {
        let place = tempfile::tempdir().unwrap();
        let mut shelf = Shelf::at(place.path());
        assert_eq!(shelf.get("Rain only").unwrap().name, "Rain only");
        for refused in [shelf.save(&preset("rain only", "x")), shelf.remove("Rain only")] {
            assert!(matches!(refused, Err(PresetError::Factory { .. })), "{refused:?}");
        }
        assert!(matches!(
            shelf.save(&preset("a/b", "x")),
            Err(PresetError::File(FileError::Name { .. }))
        ));
    }

    #[test]
    fn a_broken_file_is_listed_and_refused_in_one_sentence() {
        let place = tempfile::tempdir().unwrap();
        let mut shelf = Shelf::at(place.path());
        fs::write(place.path().join("Broken.json"), "{\"earmark_preset\": 1, ").unwrap();
        fs::write(place.path().join("Large.json"), vec![b' '; LARGEST as usize + 1]).unwrap();
        fs::write(place.path().join("notes.txt"), "").unwrap();
        shelf.look();
        assert_eq!(own(&shelf), ["Broken", "Large"]);
        let sentence = shelf.get("Broken").unwrap_err().to_string();
        assert!(
            sentence.contains("Broken.json") && sentence.contains("not JSON"),
            "{sentence}"
        );
        assert!(matches!(
            shelf.get("Large"),
            Err(PresetError::File(FileError::Size { .. }))
        ));
        let missing = open(&place.path().join("missing.json")).unwrap_err();
        assert!(matches!(missing, FileError::Read { .. }), "{missing}");
    }
}
