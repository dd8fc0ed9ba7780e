//! Catalogues of models.

use earmark_library::Catalogue;

use crate::{scratch, sentence};

/// A catalogue is refused in one line, or each of its models can be found and has all its files, which stay in their folder.
///
/// # Panics
/// Where it is otherwise.
pub fn catalogue(bytes: &[u8]) {
    let file = scratch::file(bytes);
    let catalogue = match Catalogue::read(file.path()) {
        Ok(catalogue) => catalogue,
        Err(error) => return sentence::check(&error),
    };
    for model in catalogue.models() {
        assert_eq!(catalogue.find(&model.id).ok(), Some(model));
        assert_eq!(catalogue.sources(model).count(), model.files.len());
        for source in catalogue.sources(model) {
            assert!(!source.name.contains(['/', '\\', '\0']) && !source.name.starts_with('.'));
        }
        if let Some(bytes) = catalogue.bytes(model) {
            let largest = catalogue.sources(model).filter_map(|source| source.bytes).max();
            assert!(Some(bytes) >= largest, "a sum that wraps around");
        }
    }
}
