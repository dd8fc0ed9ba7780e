//! Before the window reads a key, it is judged by what the last frame kept, and handed to the host's window if that is not it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use earmark_formats::keys::KeysHandedOn;

use crate::editor::keys::Kept;

/// Stands between the messages of this thread and the window.
pub(super) struct PassingOn {
    kept: Arc<AtomicU8>,
    _keys: KeysHandedOn,
}

impl PassingOn {
    /// Hands keys of `parent`'s child on to it.
    ///
    /// # Errors
    /// What Windows says where it lets nobody look at messages.
    pub(super) fn listen(parent: u64, _title: &str) -> io::Result<Option<PassingOn>> {
        let kept = Arc::new(AtomicU8::new(Kept::default() as u8));
        let judged = kept.clone();
        let keeps = move |key: u16, command: bool| {
            let kept = [Kept::Entering, Kept::Operating, Kept::Typing];
            let last = judged.load(Ordering::Relaxed);
            let kept = kept.into_iter().find(|kept| *kept as u8 == last);
            is_modifier(key) || kept.unwrap_or_default().keeps(keysym(key), command)
        };
        let keys = KeysHandedOn::to(parent as isize, keeps)?;
        Ok(Some(PassingOn { kept, _keys: keys }))
    }

    pub(super) fn pass(&mut self, kept: Kept, _fresh: bool) -> io::Result<()> {
        self.keep(kept);
        Ok(())
    }

    pub(super) fn keep(&mut self, kept: Kept) {
        self.kept.store(kept as u8, Ordering::Relaxed);
    }
}

/// Shift, Ctrl and Alt alone. Hosts ask for the state of these, and the window learns it from their messages.
fn is_modifier(key: u16) -> bool {
    matches!(key, 0x10..=0x12)
}

/// What an X server calls a key that Windows has a number for; 0 for those that the editor never keeps by name.
fn keysym(key: u16) -> u32 {
    match key {
        0x09 => 0xff09,
        0x0d => 0xff0d,
        0x1b => 0xff1b,
        0x20 => 0x20,
        // Left, up, right, down: in both in this order.
        0x25..=0x28 => 0xff51 + u32::from(key - 0x25),
        0x2e => 0xffff,
        // F1 to F12.
        0x70..=0x7b => 0xffbe + u32::from(key - 0x70),
        // A letter is its capital here and itself there.
        0x41..=0x5a => u32::from(key) + 0x20,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_windows_are_kept_as_those_of_an_x_server() {
        let (tab, enter, escape, space, down, f2) = (0x09, 0x0d, 0x1b, 0x20, 0x28, 0x71);
        for key in [tab, enter, escape, space, down, f2] {
            assert!(Kept::Operating.keeps(keysym(key), false), "{key:#x}");
            assert_eq!(Kept::Entering.keeps(keysym(key), false), key == tab, "{key:#x}");
        }
        let (c, r) = (u16::from(b'C'), u16::from(b'R'));
        assert!(Kept::Operating.keeps(keysym(c), true) && !Kept::Operating.keeps(keysym(c), false));
        assert!(!Kept::Operating.keeps(keysym(r), true) && Kept::Typing.keeps(keysym(r), false));
    }
}
