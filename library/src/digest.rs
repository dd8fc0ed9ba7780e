//! SHA-256 of files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::LibraryError;
use crate::progress::{Progress, Report, Stage};

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// SHA-256 of a whole file, in lower-case hexadecimal, and its size in bytes.
///
/// # Errors
/// [`LibraryError::Unreadable`], or [`LibraryError::Cancelled`] when `report` says so.
pub(crate) fn sha256(path: &Path, report: Report<'_>) -> Result<(String, u64), LibraryError> {
    let unreadable = |error| LibraryError::unreadable(path, error);
    let mut file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        let progress = Progress {
            stage: Stage::Checking,
            done,
            total: Some(total),
        };
        if report(progress).is_break() {
            return Err(LibraryError::Cancelled);
        }
        let read = file.read(&mut piece).map_err(unreadable)?;
        if read == 0 {
            return Ok((hexadecimal(&digest.finalize()), done));
        }
        digest.update(&piece[..read]);
        done += read as u64;
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    #[test]
    fn the_sum_is_that_of_the_standard_and_can_be_stopped() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").expect("a file for the test");
        // FIPS 180-4's example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let summed = sha256(&path, &mut |_| ControlFlow::Continue(())).expect("a readable file");
        assert_eq!(summed, (expected.to_owned(), 3));
        let stopped = sha256(&path, &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(LibraryError::Cancelled)));
    }
}
