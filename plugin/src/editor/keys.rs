//! Which keys are the editor's; every other key is the host's.

use nice_plug_egui::{Key, KeyCapture};

/// What of the keyboard the editor keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kept {
    /// Nothing has the focus: the key that brings it here.
    #[default]
    Entering,
    /// A control has the focus or something lies over the page: what moves and operates it.
    Operating,
    /// A text is being typed: everything.
    Typing,
}

/// A key by its name in the web's standard of key values, and what an X server calls it: its keysyms.
struct Named {
    name: &'static str,
    keysyms: &'static [u32],
    /// Kept with Ctrl (or Command) only.
    command: bool,
}

const fn plain(name: &'static str, keysyms: &'static [u32]) -> Named {
    Named {
        name,
        keysyms,
        command: false,
    }
}

/// Tab comes first: it is kept when nothing has the focus, too.
const NAMED: &[Named] = &[
    plain("Tab", &[0xff09, 0xfe20]),
    plain("Enter", &[0xff0d, 0xff8d]),
    plain("Escape", &[0xff1b]),
    plain("ArrowLeft", &[0xff51]),
    plain("ArrowUp", &[0xff52]),
    plain("ArrowRight", &[0xff53]),
    plain("ArrowDown", &[0xff54]),
    plain(" ", &[0x20]),
    plain("Delete", &[0xffff]),
    plain("F2", &[0xffbf]),
    // A slot is copied and pasted.
    Named {
        name: "c",
        keysyms: &[0x63],
        command: true,
    },
    Named {
        name: "v",
        keysyms: &[0x76],
        command: true,
    },
    // Drawn at 100 % again.
    Named {
        name: "0",
        keysyms: &[0x30, 0xffb0],
        command: true,
    },
];

impl Kept {
    /// What the editor keeps after the frame just drawn; `covered` where a page lies over the editor's.
    pub(super) fn of(context: &egui::Context, covered: bool) -> Kept {
        if context.text_edit_focused() {
            Kept::Typing
        } else if covered || egui::Popup::is_any_open(context) || context.memory(|m| m.focused().is_some()) {
            Kept::Operating
        } else {
            Kept::Entering
        }
    }

    fn named(self, command: bool) -> impl Iterator<Item = &'static Named> {
        let list = if self == Kept::Entering {
            &NAMED[..1]
        } else {
            NAMED
        };
        list.iter().filter(move |named| command || !named.command)
    }

    /// The same in the window's words. With no focus at all the window passes every key on by itself.
    pub(super) fn capture(self, command: bool) -> KeyCapture {
        if self == Kept::Typing {
            return KeyCapture::CaptureAll;
        }
        let keys = self.named(command).filter_map(|named| named.name.parse().ok());
        KeyCapture::CaptureKeys(keys.collect::<Vec<Key>>())
    }

    /// Whether the key with this unshifted keysym is kept.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "other systems ask the window")
    )]
    pub(super) fn keeps(self, keysym: u32, command: bool) -> bool {
        self == Kept::Typing || self.named(command).any(|named| named.keysyms.contains(&keysym))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: u32 = 0x20;
    const TAB: u32 = 0xff09;
    const LETTER_R: u32 = 0x72;
    const LETTER_C: u32 = 0x63;

    #[test]
    fn only_what_is_used_is_kept() {
        let kept = |kept: Kept| {
            [
                (SPACE, false),
                (TAB, false),
                (LETTER_R, false),
                (LETTER_C, false),
                (LETTER_C, true),
            ]
            .map(|(keysym, command)| kept.keeps(keysym, command))
        };
        assert_eq!(kept(Kept::Entering), [false, true, false, false, false]);
        assert_eq!(kept(Kept::Operating), [true, true, false, false, true]);
        assert_eq!(kept(Kept::Typing), [true; 5]);
    }

    #[test]
    fn the_window_is_told_the_same() {
        assert_eq!(Kept::Typing.capture(false), KeyCapture::CaptureAll);
        let keys = |kept: Kept, command| match kept.capture(command) {
            KeyCapture::CaptureKeys(keys) => keys.len(),
            _ => 0,
        };
        assert_eq!(keys(Kept::Entering, true), 1);
        assert_eq!(keys(Kept::Operating, true), NAMED.len());
        assert_eq!(keys(Kept::Operating, false), NAMED.len() - 3);
    }
}
