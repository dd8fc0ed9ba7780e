//! A screen without a monitor, and windows on it.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, WindowClass};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::error::HostError;

/// An X server of the process's own. It ends when this is dropped.
pub struct Screen {
    server: Child,
    connection: RustConnection,
    root: u32,
}

impl Screen {
    /// Starts a server and makes it the `DISPLAY` of this process, before any other thread looks at it.
    ///
    /// # Errors
    /// [`HostError::Screen`] when Xvfb is not installed or does not start.
    pub fn start() -> Result<Screen, HostError> {
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
                "1280x900x24",
                "+extension",
                "GLX",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(&format!("Xvfb: {error}")))?;
        let mut number = String::new();
        if let Some(output) = &mut server.stdout {
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
            server,
            connection,
            root,
        })
    }

    /// A visible window of so many pixels: its number.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server refuses it.
    pub fn window(&self, width: u16, height: u16) -> Result<u32, HostError> {
        let make = || -> Result<u32, Box<dyn std::error::Error>> {
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

    /// Takes a window away.
    ///
    /// # Errors
    /// [`HostError::Screen`] when the server is gone.
    pub fn close(&self, window: u32) -> Result<(), HostError> {
        let close = || -> Result<(), Box<dyn std::error::Error>> {
            self.connection.destroy_window(window)?;
            self.connection.sync()?;
            Ok(())
        };
        close().map_err(|error| HostError::Screen(error.to_string()))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[allow(unsafe_code)]
fn set_variable(name: &str, value: &str) {
    // SAFETY: called before the plug-in is loaded; tests that use it run one at a time and start no threads before.
    unsafe { std::env::set_var(name, value) }
}
