//! Keys of a window within a host's, for the host's, on Windows.
//!
//! Windows gives a key to the window that has the focus. baseview 0.4 answers every one there, whether its window uses it or not,
//! and looks for more of them in the messages of its thread. So what is not used is sent elsewhere before baseview sees it.

use std::collections::BTreeSet;
use std::io;

use parking_lot::Mutex;
use windows_sys::Win32::Foundation::{LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::Threading::GetCurrentThreadId;
use windows_sys::Win32::UI::Input::KeyboardAndMouse::{GetKeyState, VK_CONTROL};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CallNextHookEx, GetParent, HC_ACTION, HHOOK, MSG, PM_REMOVE, SetWindowsHookExW, UnhookWindowsHookEx,
    WH_GETMESSAGE, WM_KEYDOWN, WM_KEYUP, WM_SYSKEYDOWN, WM_SYSKEYUP,
};

/// Says of a key, by Windows' number and with whether Ctrl is down, whether the window keeps it.
type Keeps = Box<dyn Fn(u16, bool) -> bool + Send>;

/// One window's keys.
struct Rule {
    /// Which of [`KeysHandedOn`].
    number: u64,
    parent: isize,
    keeps: Keeps,
    /// What went to the host and will be let go there, too.
    held: BTreeSet<u16>,
}

/// The rules of all open windows, and the next one's number.
static RULES: Mutex<(u64, Vec<Rule>)> = Mutex::new((0, Vec::new()));

/// While it lives, keys go to a host's window that its children do not keep.
pub struct KeysHandedOn {
    number: u64,
    hook: isize,
}

impl KeysHandedOn {
    /// Looks at the messages of this thread, which must be that of the windows, from now on: those of keys for a child of the window
    /// `parent` go to `parent` unless `keeps` says otherwise. `keeps` is given Windows' number of the key, and whether Ctrl is down.
    ///
    /// Call it when the child is open: of those who look at messages the last one looks first, and baseview is one of them.
    ///
    /// # Errors
    /// What Windows says.
    pub fn to(parent: isize, keeps: impl Fn(u16, bool) -> bool + Send + 'static) -> io::Result<KeysHandedOn> {
        // SAFETY: the procedure is the one below, which is Windows' type of it, and of this process: then no module is named. The
        // library stays in memory (see `pin`), so that it may be called after the last window is gone.
        let hook = unsafe {
            SetWindowsHookExW(
                WH_GETMESSAGE,
                Some(look),
                std::ptr::null_mut(),
                GetCurrentThreadId(),
            )
        };
        if hook.is_null() {
            return Err(io::Error::last_os_error());
        }
        let mut rules = RULES.lock();
        let number = rules.0;
        rules.0 += 1;
        rules.1.push(Rule {
            number,
            parent,
            keeps: Box::new(keeps),
            held: BTreeSet::new(),
        });
        Ok(KeysHandedOn {
            number,
            hook: hook as isize,
        })
    }
}

impl Drop for KeysHandedOn {
    fn drop(&mut self) {
        // SAFETY: the handle is what Windows has given, and is given back once.
        unsafe { UnhookWindowsHookEx(self.hook as HHOOK) };
        RULES.lock().1.retain(|rule| rule.number != self.number);
    }
}

/// Windows calls it with every message that a thread takes from its queue.
unsafe extern "system" fn look(code: i32, removed: WPARAM, message: LPARAM) -> LRESULT {
    if code == HC_ACTION as i32 && removed == PM_REMOVE as WPARAM {
        // SAFETY: with this code it is a message that lives through the call and that may be changed.
        let message = unsafe { &mut *(message as *mut MSG) };
        let down = matches!(message.message, WM_KEYDOWN | WM_SYSKEYDOWN);
        if down || matches!(message.message, WM_KEYUP | WM_SYSKEYUP) {
            // SAFETY: asks for the parent of a window, which may be gone, and for the state of a key.
            let (parent, command) =
                unsafe { (GetParent(message.hwnd), GetKeyState(i32::from(VK_CONTROL)) < 0) };
            if goes_to(parent as isize, message.wParam as u16, down, command) {
                message.hwnd = parent;
            }
        }
    }
    // SAFETY: handed on as it came; the first argument is not looked at.
    unsafe { CallNextHookEx(std::ptr::null_mut(), code, removed, message) }
}

/// Whether `parent`'s child does not keep the key.
fn goes_to(parent: isize, key: u16, down: bool, command: bool) -> bool {
    let rules = &mut RULES.lock().1;
    let Some(rule) = rules.iter_mut().find(|rule| rule.parent == parent) else {
        return false;
    };
    if !down {
        return rule.held.remove(&key);
    }
    let goes = !(rule.keeps)(key, command);
    if goes {
        rule.held.insert(key);
    }
    goes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_goes_to_the_parent_and_is_let_go_there() {
        const PARENT: isize = 4;
        const OTHER: isize = 5;
        let keys =
            KeysHandedOn::to(PARENT, |key, command| key == 1 || command).expect("a thread with messages");
        assert!(!goes_to(PARENT, 1, true, false) && !goes_to(PARENT, 1, false, false));
        assert!(goes_to(PARENT, 2, true, false));
        // Ctrl has come since then.
        assert!(!goes_to(PARENT, 2, true, true) && goes_to(PARENT, 2, false, true));
        assert!(!goes_to(PARENT, 2, false, false), "it was let go");
        assert!(!goes_to(OTHER, 2, true, false));
        drop(keys);
        assert!(!goes_to(PARENT, 2, true, false));
    }
}
