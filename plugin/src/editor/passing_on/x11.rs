//! Over a second connection to the X server, of which baseview knows nothing: it hears the same keys, and sends those that the
//! editor does not keep to the owner of its parent.

use std::collections::BTreeSet;

use x11rb::connection::Connection;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, KeyButMask, KeyPressEvent, Window,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::editor::keys::Kept;

/// In the type of an event that a client has sent and no hand.
const SENT: u8 = 0x80;

/// What can go wrong with a connection of its own; the editor is used without it then.
#[derive(Debug, thiserror::Error)]
pub(super) enum PassingOnError {
    #[error("no connection to the X server for keys: {0}")]
    Connect(#[from] ConnectError),
    #[error("the connection to the X server for keys is lost: {0}")]
    Lost(#[from] ConnectionError),
    #[error("the X server refuses to tell of keys: {0}")]
    Refused(#[from] ReplyError),
}

/// Listens to one window and passes on to its parent.
pub(super) struct PassingOn {
    connection: RustConnection,
    parent: Window,
    /// Ours, the child that the editor draws in.
    window: Window,
    /// Keysyms without modifiers, from keycode `first_keycode` on.
    keysyms: Vec<u32>,
    first_keycode: u8,
    /// Keycodes that went to the host and will be let go there, too.
    held: BTreeSet<u8>,
}

impl PassingOn {
    /// Listens to the child named `title` of a host's window; `None` where it has none yet.
    ///
    /// # Errors
    /// [`PassingOnError`] when the X server cannot be asked.
    pub(super) fn listen(parent: u64, title: &str) -> Result<Option<PassingOn>, PassingOnError> {
        // X11 has 32 bits for a window, Xlib keeps them in a long.
        let parent = parent as Window;
        let (connection, _) = RustConnection::connect(None)?;
        let Some(window) = child(&connection, parent, title)? else {
            return Ok(None);
        };
        let keys = EventMask::KEY_PRESS | EventMask::KEY_RELEASE;
        connection
            .change_window_attributes(window, &ChangeWindowAttributesAux::new().event_mask(keys))?
            .check()?;
        let setup = connection.setup();
        let (first_keycode, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = connection
            .get_keyboard_mapping(first_keycode, last - first_keycode + 1)?
            .reply()?;
        let each = usize::from(mapping.keysyms_per_keycode).max(1);
        let keysyms = mapping.keysyms.chunks(each).map(|keysyms| keysyms[0]);
        Ok(Some(PassingOn {
            keysyms: keysyms.collect(),
            first_keycode,
            connection,
            parent,
            window,
            held: BTreeSet::new(),
        }))
    }

    /// Passes on what has come and is not `kept`. `fresh` where the window has just read a key: then ours is waited for, so
    /// that it is judged by the same state.
    ///
    /// # Errors
    /// [`PassingOnError`] when the X server is gone.
    pub(super) fn pass(&mut self, kept: Kept, fresh: bool) -> Result<(), PassingOnError> {
        if fresh {
            self.connection.sync()?;
        }
        while let Some(event) = self.connection.poll_for_event()? {
            match event {
                Event::KeyPress(key) if self.is_ours(&key) => {
                    let command = key.state.contains(KeyButMask::CONTROL);
                    if !kept.keeps(self.keysym(key.detail), command) {
                        self.held.insert(key.detail);
                        self.send(key)?;
                    }
                }
                Event::KeyRelease(key) if self.is_ours(&key) && self.held.remove(&key.detail) => {
                    self.send(key)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What comes is judged when it is passed on.
    pub(super) fn keep(&mut self, _kept: Kept) {}

    /// A key of the keyboard: one that was sent may have been sent by the host, who would get it back for ever.
    fn is_ours(&self, key: &KeyPressEvent) -> bool {
        key.event == self.window && key.response_type & SENT == 0
    }

    fn keysym(&self, keycode: u8) -> u32 {
        let index = usize::from(keycode.wrapping_sub(self.first_keycode));
        self.keysyms.get(index).copied().unwrap_or(0)
    }

    fn send(&self, key: KeyPressEvent) -> Result<(), PassingOnError> {
        let key = KeyPressEvent {
            event: self.parent,
            ..key
        };
        // With no mask it goes to whoever made the window, whether they asked for its keys or not: some hosts, Reaper among
        // them, read the keys of their whole process elsewhere (yabridge, pull request 263).
        self.connection
            .send_event(false, self.parent, EventMask::NO_EVENT, key)?;
        self.connection.flush()?;
        Ok(())
    }
}

/// The last child of `parent` with this title.
fn child(connection: &RustConnection, parent: Window, title: &str) -> Result<Option<Window>, PassingOnError> {
    let children = connection.query_tree(parent)?.reply()?.children;
    for &window in children.iter().rev() {
        let name = connection
            .get_property(
                false,
                window,
                AtomEnum::WM_NAME,
                AtomEnum::ANY,
                0,
                title.len() as u32,
            )?
            .reply()?;
        if name.value == title.as_bytes() {
            return Ok(Some(window));
        }
    }
    Ok(None)
}
