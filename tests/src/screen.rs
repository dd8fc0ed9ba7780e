//! A screen without a monitor, and windows on it.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ChangeWindowAttributesAux, ConfigureWindowAux,
    ConnectionExt as _, CreateWindowAux, EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, PropMode, Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, CURRENT_TIME, NONE};

use crate::error::HostError;
use crate::picture::Picture;

/// Keys that type no letter, as X calls them. A letter's keysym is its character.
pub mod keysym {
    /// To the next control.
    pub const TAB: u32 = 0xff09;
    /// What is typed is meant.
    pub const ENTER: u32 = 0xff0d;
    /// Away from here.
    pub const ESCAPE: u32 = 0xff1b;
    /// The transport of most hosts.
    pub const SPACE: u32 = b' ' as u32;
}

/// How long the server is waited for at its end.
const PATIENCE: Duration = Duration::from_secs(5);

/// An X server of the process's own. It ends when this is dropped and no window of the process is left on it.
pub struct Screen {
    connection: RustConnection,
    root: Window,
    /// Dropped last, when nobody talks to it any more.
    _server: Server,
}

/// The server ends with its last client. A window that is being closed by a thread of its own may be one for a moment, and Xlib
/// ends the process of a client that is left alone: so it is waited for.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && matches!(self.0.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Screen {
    /// Starts a server and makes it the `DISPLAY` of this process, before any other thread looks at it.
    ///
    /// # Errors
    /// [`HostError::Screen`] when Xvfb is not installed or does not start.
    pub fn start() -> Result<Screen, HostError> {
        Screen::start_with(&["+extension", "GLX"])
    }

    /// The same of a server without `Present`, which the editor would ask when to draw.
    ///
    /// # Errors
    /// As [`Screen::start`].
    pub fn start_without_present() -> Result<Screen, HostError> {
        Screen::start_with(&["+extension", "GLX", "-extension", "Present"])
    }

    fn start_with(extensions: &[&str]) -> Result<Screen, HostError> {
        let failed = |error: &dyn std::fmt::Display| HostError::Screen(error.to_string());
        // It chooses a free number and writes it to its standard output, and ends with its last client: with this process,
        // however that ends.
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-terminate",
                "-screen",
                "0",
                // Room for the editor at twice its scale.
                "1920x1320x24",
            ])
            .args(extensions)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Server)
            .map_err(|error| failed(&format!("Xvfb: {error}")))?;
        let mut number = String::new();
        if let Some(output) = &mut server.0.stdout {
            let mut byte = [0];
            while output.read(&mut byte).map_err(|error| failed(&error))? == 1 && byte != *b"\n" {
                number.push(char::from(byte[0]));
            }
        }
        let display = format!(":{number}");
        let (connection, screen) = RustConnection::connect(Some(&display)).map_err(|error| failed(&error))?;
        let root = connection.setup().roots[screen].root;
        set_variable("DISPLAY", &display);
        set_variable("LIBGL_ALWAYS_SOFTWARE", "1");
        Ok(Screen {
            connection,
            root,
            _server: server,
        })
    }

    /// A visible window of so many pixels in the screen's upper left corner: its number.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server refuses it.
    pub fn window(&self, width: u16, height: u16) -> Result<Window, HostError> {
        let make = || -> Result<Window, ReplyOrIdError> {
            let window = self.connection.generate_id()?;
            self.connection.create_window(
                COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &CreateWindowAux::new(),
            )?;
            self.connection.map_window(window)?;
            self.connection.sync()?;
            Ok(window)
        };
        make().map_err(|error| HostError::Screen(error.to_string()))
    }

    /// The same, of a host that maps what is put into it itself, as one with a toolkit does that embeds windows in sockets.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server refuses it.
    pub fn window_that_maps(&self, width: u16, height: u16) -> Result<Window, HostError> {
        let window = self.window(width, height)?;
        let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_REDIRECT);
        let redirect =
            || -> Result<(), ReplyError> { self.connection.change_window_attributes(window, &mask)?.check() };
        redirect().map_err(|error| HostError::Screen(error.to_string()))?;
        Ok(window)
    }

    /// Maps what asked for it in a [`Screen::window_that_maps`]: how many windows.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn map_what_waits(&self) -> Result<usize, HostError> {
        let mut mapped = 0;
        let mut map = || -> Result<(), ReplyError> {
            self.connection.sync()?;
            while let Some(event) = self.connection.poll_for_event()? {
                if let Event::MapRequest(request) = event {
                    self.connection.map_window(request.window)?.check()?;
                    mapped += 1;
                }
            }
            Ok(())
        };
        map().map_err(|error| HostError::Screen(error.to_string()))?;
        Ok(mapped)
    }

    /// Gives a window so many pixels.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn resize(&self, window: Window, (width, height): (u32, u32)) -> Result<(), HostError> {
        let size = ConfigureWindowAux::new().width(width).height(height);
        let resize = || -> Result<(), ReplyError> {
            self.connection.configure_window(window, &size)?;
            self.connection.sync()
        };
        resize().map_err(|error| HostError::Screen(error.to_string()))
    }

    /// Takes a window away.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn close(&self, window: Window) -> Result<(), HostError> {
        let close = || -> Result<(), ReplyError> {
            self.connection.destroy_window(window)?;
            self.connection.sync()
        };
        close().map_err(|error| HostError::Screen(error.to_string()))
    }

    /// Lets this process find the programs of a folder before those of the system, the user's files there, too, and no
    /// desktop's services beside them.
    pub fn at_home_in(&self, folder: &Path) {
        let system = std::env::var("PATH").unwrap_or_default();
        set_variable("PATH", &format!("{}:{system}", folder.display()));
        set_variable("XDG_DATA_HOME", &folder.display().to_string());
        set_variable("DBUS_SESSION_BUS_ADDRESS", "unix:path=/there/is/none");
    }

    /// Says, as a desktop does, how many pixels programs should draw for each of the 96 to the inch that there once were.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn set_scale(&self, scale: f64) -> Result<(), HostError> {
        let resources = format!("Xft.dpi:\t{:.0}\n", 96.0 * scale);
        let set = || -> Result<(), ReplyError> {
            self.connection.change_property8(
                PropMode::REPLACE,
                self.root,
                AtomEnum::RESOURCE_MANAGER,
                AtomEnum::STRING,
                resources.as_bytes(),
            )?;
            self.connection.sync()
        };
        set().map_err(|error| HostError::Screen(error.to_string()))
    }

    /// What is seen of the last child of a window: of the editor that a host's window holds.
    ///
    /// # Errors
    /// [`HostError::Screen`] when it has none, or when it is not wholly on the screen.
    pub fn picture_inside(&self, window: Window) -> Result<Picture, HostError> {
        let take = || -> Result<Option<(u16, u16, Vec<u8>)>, ReplyError> {
            let children = self.connection.query_tree(window)?.reply()?.children;
            let Some(&child) = children.last() else {
                return Ok(None);
            };
            let size = self.connection.get_geometry(child)?.reply()?;
            let image = self
                .connection
                .get_image(
                    ImageFormat::Z_PIXMAP,
                    child,
                    0,
                    0,
                    size.width,
                    size.height,
                    u32::MAX,
                )?
                .reply()?;
            Ok(Some((size.width, size.height, image.data)))
        };
        let (width, height, data) = take()
            .map_err(|error| HostError::Screen(error.to_string()))?
            .ok_or_else(|| HostError::Screen("the host's window is empty".into()))?;
        // Pixels of 24 and of 32 bits come in four bytes: blue, green, red and nothing or alpha.
        let pixels = data.as_chunks::<4>().0;
        Ok(Picture {
            size: [width.into(), height.into()],
            pixels: pixels
                .iter()
                .map(|&[blue, green, red, _]| [red, green, blue])
                .collect(),
        })
    }

    /// A click of the mouse at this pixel of the screen.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn click(&self, x: i16, y: i16) -> Result<(), HostError> {
        const LEFT: u8 = 1;
        self.input(MOTION_NOTIFY_EVENT, 0, (x, y))?;
        self.input(BUTTON_PRESS_EVENT, LEFT, (x, y))?;
        self.input(BUTTON_RELEASE_EVENT, LEFT, (x, y))
    }

    /// Presses a key of the keyboard and lets it go.
    ///
    /// # Errors
    /// [`HostError::Screen`] when there is no such key.
    pub fn press(&self, keysym: u32) -> Result<(), HostError> {
        let keycode = self.keycode(keysym)?;
        self.input(KEY_PRESS_EVENT, keycode, (0, 0))?;
        self.input(KEY_RELEASE_EVENT, keycode, (0, 0))
    }

    /// Gives the keyboard to a window in a corner of `window`, as JUCE does with its own when a click comes.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn take_the_keyboard_into(&self, window: Window) -> Result<(), HostError> {
        let take = || -> Result<(), ReplyOrIdError> {
            let corner = self.connection.generate_id()?;
            self.connection.create_window(
                COPY_DEPTH_FROM_PARENT,
                corner,
                window,
                -1,
                -1,
                1,
                1,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &CreateWindowAux::new().event_mask(EventMask::KEY_PRESS),
            )?;
            self.connection.map_window(corner)?;
            self.connection
                .set_input_focus(InputFocus::PARENT, corner, CURRENT_TIME)?;
            self.connection.sync()?;
            Ok(())
        };
        take().map_err(|error| HostError::Screen(error.to_string()))
    }

    /// Keysyms of the keys that the owner of `window` has been given since it was last asked, each with whether it went down.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn keys_given_to(&self, window: Window) -> Result<Vec<(u32, bool)>, HostError> {
        let lost = |error: ConnectionError| HostError::Screen(error.to_string());
        let mut keys = Vec::new();
        while let Some(event) = self.connection.poll_for_event().map_err(lost)? {
            let (key, down) = match event {
                Event::KeyPress(key) => (key, true),
                Event::KeyRelease(key) => (key, false),
                _ => continue,
            };
            if key.event == window {
                let (first, keysyms) = self.keyboard()?;
                let keysym = keysyms.get(usize::from(key.detail - first));
                keys.push((keysym.copied().unwrap_or(NONE), down));
            }
        }
        Ok(keys)
    }

    fn input(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> Result<(), HostError> {
        let fake = || -> Result<(), ReplyError> {
            self.connection
                .xtest_fake_input(kind, detail, CURRENT_TIME, self.root, x, y, 0)?;
            self.connection.sync()
        };
        fake().map_err(|error| HostError::Screen(error.to_string()))
    }

    /// The first keycode, and from there on each one's keysym without modifiers.
    fn keyboard(&self) -> Result<(u8, Vec<u32>), HostError> {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let ask = || -> Result<_, ReplyError> {
            self.connection
                .get_keyboard_mapping(first, last - first + 1)?
                .reply()
        };
        let mapping = ask().map_err(|error| HostError::Screen(error.to_string()))?;
        let each = usize::from(mapping.keysyms_per_keycode).max(1);
        let keysyms = mapping.keysyms.chunks(each).map(|keysyms| keysyms[0]);
        Ok((first, keysyms.collect()))
    }

    fn keycode(&self, keysym: u32) -> Result<u8, HostError> {
        let (first, keysyms) = self.keyboard()?;
        let index = keysyms.iter().position(|&other| other == keysym);
        index
            .map(|index| first + index as u8)
            .ok_or_else(|| HostError::Screen(format!("its keyboard has no key {keysym:#x}")))
    }
}

#[allow(unsafe_code)]
fn set_variable(name: &str, value: &str) {
    // SAFETY: called before the plug-in is loaded; tests that use it run one at a time and start no threads before.
    unsafe { std::env::set_var(name, value) }
}
