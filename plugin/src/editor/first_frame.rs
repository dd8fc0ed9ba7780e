//! The first frame of a window, where it would not come by itself.
//!
//! On X11 baseview draws when the server answers a `PresentNotifyMSC`. It sends the first one as soon as something is to be drawn, but
//! has the answers sent to it only once its window is mapped; and while one is not answered, it sends no other. A host that maps the
//! window late, such as one that embeds it in a `GtkSocket`, thus never sees it drawn. The server tells all who want to know whenever
//! anybody asks, so until the first frame we ask as well, over a connection of our own and in baseview's words: with the number 0.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use nice_plug_egui::baseview::WindowContext;
use raw_window_handle::{HasWindowHandle, RawWindowHandle};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::present::{self, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;

/// How long a frame is waited for before the server is asked for it, each time.
const PATIENCE: Duration = Duration::from_millis(100);

/// Asks for a window's first frame until there is one or the window is gone.
#[derive(Default)]
pub(super) struct FirstFrame(Option<Sender<()>>);

#[derive(Debug, thiserror::Error)]
enum FirstFrameError {
    #[error("no connection to the X server: {0}")]
    Connect(#[from] ConnectError),
    #[error("the connection to the X server is lost: {0}")]
    Lost(#[from] ConnectionError),
    #[error("the X server refuses: {0}")]
    Refused(#[from] ReplyError),
}

impl FirstFrame {
    /// Of a window that has just been made.
    pub(super) fn of(window: &WindowContext) -> FirstFrame {
        let Some(window) = number(window) else {
            return FirstFrame::default();
        };
        let (drawn, waiting) = channel();
        let asking = std::thread::Builder::new()
            .name("earmark-first-frame".to_owned())
            .spawn(move || {
                if let Err(error) = ask_until(&waiting, window) {
                    tracing::debug!("the editor's first frame is not asked for any more: {error}");
                }
            });
        FirstFrame(asking.is_ok().then_some(drawn))
    }

    /// It is being drawn, or never will be.
    pub(super) fn is_there(&mut self) {
        self.0 = None;
    }
}

/// A window's number on the X server.
pub(super) fn number(window: &WindowContext) -> Option<u32> {
    match window.window_handle().map(|handle| handle.as_raw()) {
        // X11 has 32 bits for a window, Xlib keeps them in a long.
        Ok(RawWindowHandle::Xlib(handle)) => Some(handle.window as u32),
        Ok(RawWindowHandle::Xcb(handle)) => Some(handle.window.get()),
        _ => None,
    }
}

/// Until whoever waits for the frame has hung up.
fn ask_until(drawn: &Receiver<()>, window: u32) -> Result<(), FirstFrameError> {
    if drawn.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return Ok(());
    }
    let (connection, _) = RustConnection::connect(None)?;
    if connection
        .extension_information(present::X11_EXTENSION_NAME)?
        .is_none()
    {
        // Then baseview draws by a clock.
        return Ok(());
    }
    loop {
        connection.present_notify_msc(window, 0, 0, 1, 0)?.check()?;
        connection.flush()?;
        if drawn.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
            return Ok(());
        }
    }
}
