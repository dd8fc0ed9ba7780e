//! Lists of pairs, as `earmark evaluate` reads them.

use earmark_cli::evaluate::pairs as list;

use crate::{scratch, sentence};

/// A list is refused in one line, or has pairs, in the order of the file, each with a level and names.
///
/// # Panics
/// Where it is otherwise.
pub fn pairs(bytes: &[u8]) {
    let file = scratch::file(bytes);
    let pairs = match list::read(file.path()) {
        Ok(pairs) => pairs,
        Err(error) => return sentence::check(&error),
    };
    assert!(!pairs.is_empty());
    assert!(pairs.is_sorted_by(|first, second| first.row < second.row));
    for pair in &pairs {
        assert!(pair.snr_db.is_finite() && pair.row > 1);
        assert!(!pair.caption.is_empty() && !pair.source.is_empty() && !pair.noise.is_empty());
    }
}
