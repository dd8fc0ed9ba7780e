//! Sound files.

use earmark_audio::Reader;

use crate::{scratch, sentence};

/// Frames after which a sound is long enough: silence in place of damage may take hours.
const ENOUGH: usize = 1 << 21;
/// Frames of one block.
const BLOCK: usize = 4096;
/// More channels than any format that is read has.
const MOST_CHANNELS: usize = 65_536;

/// A sound file is refused in one line, or decoded block by block to its end, every block full but the last.
///
/// # Panics
/// Where it is otherwise.
pub fn audio(bytes: &[u8]) {
    let file = scratch::file(bytes);
    let mut reader = match Reader::open(file.path()) {
        Ok(reader) => reader,
        Err(error) => return sentence::check(&error),
    };
    assert!(reader.rate() > 0);
    assert!((1..=MOST_CHANNELS).contains(&reader.channels()));
    let mut block = vec![vec![0.0; BLOCK]; reader.channels()];
    let mut frames = 0;
    while frames < ENOUGH / reader.channels() {
        match reader.read(&mut block) {
            Ok(BLOCK) => frames += BLOCK,
            Ok(count) => {
                assert!(count < BLOCK);
                assert!(matches!(reader.read(&mut block), Ok(0)), "a sound after its end");
                return;
            }
            Err(error) => return sentence::check(&error),
        }
    }
}
