//! Whether the disk is full: compilers and linkers that find no room die of it without saying so.

use crate::run::target_dir;

/// Bytes below which a program is about to be out of room: two of the largest libraries that are linked.
const SHORT: u64 = 300_000_000;

/// What to tell after a failure, where it may be that the disk is full.
pub(crate) fn warning() -> Option<String> {
    // Whoever cannot find the folder has told so already.
    let target = target_dir().ok()?;
    advice(fs4::available_space(&target).ok()?)
}

fn advice(left: u64) -> Option<String> {
    (left < SHORT).then(|| {
        format!(
            "Only {} MB are left on the disk that holds `target`. A first `cargo xtask test` needs about 10 GB there. Make room and run it \
             again, or set CARGO_TARGET_DIR to a folder on another disk.",
            left / 1_000_000
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_one() {
        assert!(advice(0).is_some_and(|advice| advice.starts_with("Only 0 MB are left")));
        assert!(advice(SHORT - 1).is_some_and(|advice| advice.starts_with("Only 299 MB")));
        assert_eq!(advice(SHORT), None);
    }
}
