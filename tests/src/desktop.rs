//! Windows of a host on the desktop of Windows, and the hands of somebody who sits at it.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::mem::size_of;
use std::ptr::null_mut;
use std::thread::sleep;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, POINT, RECT, WPARAM};
use windows_sys::Win32::Graphics::Gdi::{
    BI_RGB, BITMAPINFO, BITMAPINFOHEADER, BitBlt, ClientToScreen, CreateCompatibleBitmap, CreateCompatibleDC,
    DIB_RGB_COLORS, DeleteDC, DeleteObject, GetDC, GetDIBits, ReleaseDC, SRCCOPY, SelectObject,
};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{
    INPUT, INPUT_0, INPUT_KEYBOARD, INPUT_MOUSE, KEYBDINPUT, KEYEVENTF_KEYUP, MOUSE_EVENT_FLAGS,
    MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP, MOUSEINPUT, SendInput,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, GW_CHILD, GetClientRect, GetWindow,
    MSG, PM_REMOVE, PeekMessageW, RegisterClassW, SW_SHOW, SetCursorPos, SetForegroundWindow, ShowWindow,
    TranslateMessage, WM_KEYDOWN, WM_KEYUP, WNDCLASSW, WS_CLIPCHILDREN, WS_POPUP,
};

use crate::error::HostError;
use crate::picture::Picture;
use crate::plugin::ParentWindow;

/// Keys that type no letter, as Windows calls them. A letter's is its capital.
pub mod key {
    /// To the next control.
    pub const TAB: u16 = 0x09;
    /// What is typed is meant.
    pub const ENTER: u16 = 0x0d;
    /// Away from here.
    pub const ESCAPE: u16 = 0x1b;
    /// The transport of most hosts.
    pub const SPACE: u16 = 0x20;
}

/// Between two looks at the messages that wait.
const BREATH: Duration = Duration::from_millis(5);

thread_local! {
    /// The keys that the host's window was given, each with whether it went down.
    static KEYS: RefCell<Vec<(u16, bool)>> = const { RefCell::new(Vec::new()) };
}

/// The desktop, for the thread whose windows stand on it.
pub struct Desktop {
    class: Vec<u16>,
}

impl Desktop {
    /// Makes windows possible.
    ///
    /// # Errors
    /// [`HostError::Screen`] when Windows refuses a class of windows.
    pub fn start() -> Result<Desktop, HostError> {
        let class = wide("Earmark tests");
        let made = WNDCLASSW {
            style: 0,
            lpfnWndProc: Some(host_window),
            cbClsExtra: 0,
            cbWndExtra: 0,
            // SAFETY: without a name it is the module of this program, which stays.
            hInstance: unsafe { GetModuleHandleW(std::ptr::null()) },
            hIcon: null_mut(),
            hCursor: null_mut(),
            hbrBackground: null_mut(),
            lpszMenuName: std::ptr::null(),
            lpszClassName: class.as_ptr(),
        };
        // SAFETY: the name outlives the call, which copies it. Another test may have made the class: then this does nothing, and
        // whether there is one is seen at the first window.
        unsafe { RegisterClassW(&made) };
        Ok(Desktop { class })
    }

    /// A visible window of so many pixels in the screen's upper left corner.
    ///
    /// # Errors
    /// [`HostError::Screen`] when there is no desktop, as in a service.
    pub fn window(&self, width: i32, height: i32) -> Result<ParentWindow, HostError> {
        let title = wide("A host");
        // SAFETY: both names outlive the call; the class is the one of `start`, whose procedure lives as long as the program.
        let window = unsafe {
            CreateWindowExW(
                0,
                self.class.as_ptr(),
                title.as_ptr(),
                WS_POPUP | WS_CLIPCHILDREN,
                0,
                0,
                width,
                height,
                null_mut(),
                null_mut(),
                GetModuleHandleW(std::ptr::null()),
                std::ptr::null(),
            )
        };
        if window.is_null() {
            return Err(failed("a window"));
        }
        // SAFETY: the window was made above.
        unsafe {
            ShowWindow(window, SW_SHOW);
            SetForegroundWindow(window);
        }
        self.wait(Duration::from_millis(50));
        Ok(window)
    }

    /// Takes a window away.
    ///
    /// # Errors
    /// [`HostError::Screen`] when there is none.
    pub fn close(&self, window: ParentWindow) -> Result<(), HostError> {
        // SAFETY: Windows answers for a window that is gone with an error.
        let closed = unsafe { DestroyWindow(window) } != 0;
        self.wait(Duration::from_millis(50));
        if closed {
            Ok(())
        } else {
            Err(failed("an end of the window"))
        }
    }

    /// Lets windows do their work for so long, as the message loop of every host does.
    pub fn wait(&self, time: Duration) {
        let begun = Instant::now();
        loop {
            // SAFETY: all zero is a message; each is dispatched as it was received, on the thread of its window.
            unsafe {
                let mut message: MSG = std::mem::zeroed();
                while PeekMessageW(&mut message, null_mut(), 0, 0, PM_REMOVE) != 0 {
                    TranslateMessage(&message);
                    DispatchMessageW(&message);
                }
            }
            if begun.elapsed() >= time {
                return;
            }
            sleep(BREATH);
        }
    }

    /// What is seen of the first child of a window: of the editor that a host's window holds.
    ///
    /// # Errors
    /// [`HostError::Screen`] when it has none.
    pub fn picture_inside(&self, window: ParentWindow) -> Result<Picture, HostError> {
        let mut inside = RECT {
            left: 0,
            top: 0,
            right: 0,
            bottom: 0,
        };
        let mut corner = POINT { x: 0, y: 0 };
        // SAFETY: Windows answers for a window that is gone with an error; both places outlive the calls.
        unsafe {
            let child = GetWindow(window, GW_CHILD);
            if child.is_null()
                || GetClientRect(child, &mut inside) == 0
                || ClientToScreen(child, &mut corner) == 0
            {
                return Err(failed("an editor in the host's window"));
            }
        }
        of_screen(corner, inside.right, inside.bottom)
    }

    /// A click of the mouse at this pixel of the screen.
    ///
    /// # Errors
    /// [`HostError::Screen`] when Windows takes no input from programs.
    pub fn click(&self, x: i32, y: i32) -> Result<(), HostError> {
        // SAFETY: moves the pointer.
        unsafe { SetCursorPos(x, y) };
        self.wait(Duration::from_millis(50));
        for flags in [MOUSEEVENTF_LEFTDOWN, MOUSEEVENTF_LEFTUP] {
            self.send(mouse(flags))?;
        }
        Ok(())
    }

    /// Presses a key of the keyboard and lets it go.
    ///
    /// # Errors
    /// [`HostError::Screen`] when Windows takes no input from programs.
    pub fn press(&self, key: u16) -> Result<(), HostError> {
        self.send(keyboard(key, 0))?;
        self.send(keyboard(key, KEYEVENTF_KEYUP))
    }

    /// Keys that the host's window has been given since it was last asked, each with whether it went down.
    pub fn keys_given(&self) -> Vec<(u16, bool)> {
        KEYS.take()
    }

    fn send(&self, input: INPUT) -> Result<(), HostError> {
        // SAFETY: one whole event, of the size that is said.
        let sent = unsafe { SendInput(1, &input, size_of::<INPUT>() as i32) };
        self.wait(Duration::from_millis(20));
        if sent == 1 {
            Ok(())
        } else {
            Err(failed("a key or a click"))
        }
    }
}

/// The host's own window: it notes its keys.
unsafe extern "system" fn host_window(window: HWND, message: u32, word: WPARAM, long: LPARAM) -> LRESULT {
    if message == WM_KEYDOWN || message == WM_KEYUP {
        KEYS.with_borrow_mut(|keys| keys.push((word as u16, message == WM_KEYDOWN)));
    }
    // SAFETY: what Windows has handed over, handed on.
    unsafe { DefWindowProcW(window, message, word, long) }
}

fn mouse(flags: MOUSE_EVENT_FLAGS) -> INPUT {
    INPUT {
        r#type: INPUT_MOUSE,
        Anonymous: INPUT_0 {
            mi: MOUSEINPUT {
                dx: 0,
                dy: 0,
                mouseData: 0,
                dwFlags: flags,
                time: 0,
                dwExtraInfo: 0,
            },
        },
    }
}

fn keyboard(key: u16, flags: u32) -> INPUT {
    INPUT {
        r#type: INPUT_KEYBOARD,
        Anonymous: INPUT_0 {
            ki: KEYBDINPUT {
                wVk: key,
                wScan: 0,
                dwFlags: flags,
                time: 0,
                dwExtraInfo: 0,
            },
        },
    }
}

/// A part of the screen, windows of other programs' drawing included.
fn of_screen(corner: POINT, width: i32, height: i32) -> Result<Picture, HostError> {
    let (columns, rows) = (width.max(0) as usize, height.max(0) as usize);
    let mut bytes = vec![0; columns * rows * 4];
    let mut info = BITMAPINFO {
        bmiHeader: BITMAPINFOHEADER {
            biSize: size_of::<BITMAPINFOHEADER>() as u32,
            biWidth: width,
            // From the top down.
            biHeight: -height,
            biPlanes: 1,
            biBitCount: 32,
            biCompression: BI_RGB,
            biSizeImage: 0,
            biXPelsPerMeter: 0,
            biYPelsPerMeter: 0,
            biClrUsed: 0,
            biClrImportant: 0,
        },
        bmiColors: [Default::default()],
    };
    // SAFETY: each object is made here, used here and given back; the bytes have room for all rows of the bitmap.
    let copied = unsafe {
        let screen = GetDC(null_mut());
        let memory = CreateCompatibleDC(screen);
        let bitmap = CreateCompatibleBitmap(screen, width, height);
        let before = SelectObject(memory, bitmap);
        let drawn = BitBlt(memory, 0, 0, width, height, screen, corner.x, corner.y, SRCCOPY) != 0;
        SelectObject(memory, before);
        let lines = GetDIBits(
            memory,
            bitmap,
            0,
            rows as u32,
            bytes.as_mut_ptr().cast(),
            &mut info,
            DIB_RGB_COLORS,
        );
        DeleteObject(bitmap);
        DeleteDC(memory);
        ReleaseDC(null_mut(), screen);
        drawn && lines == height
    };
    if !copied {
        return Err(failed("a picture"));
    }
    let pixels = bytes.as_chunks::<4>().0;
    Ok(Picture {
        size: [columns, rows],
        pixels: pixels
            .iter()
            .map(|&[blue, green, red, _]| [red, green, blue])
            .collect(),
    })
}

fn failed(what: &str) -> HostError {
    HostError::Screen(format!(
        "Windows refuses {what}: {}",
        std::io::Error::last_os_error()
    ))
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
