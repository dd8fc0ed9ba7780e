//! What the crate `jack` leaves out of JACK: a client that says how late it is.
//!
//! The server adds up what every client between two ports needs. It asks each of them by a callback, for which that crate has no
//! function, and takes a client that has no callback for one of no latency. Then whoever records what Earmark has separated, and
//! whoever aligns it with something else, is wrong by Earmark's latency.
//!
//! ```text
//! capture:   what comes in is L samples old ──► in │ client │ out ──► L + latency
//! playback:  latency + P ◄── in │ client │ out ◄── P samples until it is heard
//! ```
//!
//! The callback is a C function, so it is `unsafe`, and kept apart from the rest for that reason.
#![allow(unsafe_code)]

use std::ffi::c_void;

use jack::{Client, Frames, LatencyType, Port, Unowned};

/// What a callback is called with.
struct Late {
    latency: Frames,
    channels: Vec<[Port<Unowned>; 2]>,
}

impl Late {
    /// Lays down what JACK has not computed itself: of what comes in, what goes out, and the other way round.
    fn tell(&self, mode: LatencyType) {
        for [input, output] in &self.channels {
            let (known, asked) = match mode {
                LatencyType::Capture => (input, output),
                LatencyType::Playback => (output, input),
            };
            let (least, most) = known.get_latency_range(mode);
            let later = |frames: Frames| frames.saturating_add(self.latency);
            asked.set_latency_range(mode, (later(least), later(most)));
        }
    }
}

/// Has the server count `latency` samples between the ports of each of `channels`, of which the first is the one that sound comes in
/// by and the second the one that it leaves by. To be called once, before the client is activated.
///
/// # Errors
/// [`jack::Error::CallbackRegistrationError`] for a client that runs already.
pub fn tell_latency(
    client: &Client,
    latency: Frames,
    channels: Vec<[Port<Unowned>; 2]>,
) -> Result<(), jack::Error> {
    // It is never freed: the library may call until the client is closed, which is not for this function to know, and a process has
    // one client.
    let late: &'static Late = Box::leak(Box::new(Late { latency, channels }));
    // SAFETY: the client is open while it is borrowed. `asked` gets what it expects, and that lives as long as the process.
    let refused = unsafe {
        jack::jack_sys::jack_set_latency_callback(
            client.raw(),
            Some(asked),
            std::ptr::from_ref(late).cast_mut().cast(),
        )
    };
    if refused == 0 {
        Ok(())
    } else {
        Err(jack::Error::CallbackRegistrationError)
    }
}

/// What the library calls when connections or latencies elsewhere have changed, on a thread that need not be fast.
///
/// # Safety
/// `late` points to a [`Late`] whose ports belong to a client that is open.
unsafe extern "C" fn asked(mode: jack::jack_sys::jack_latency_callback_mode_t, late: *mut c_void) {
    // SAFETY: see above; only `tell_latency` hands this function out. The library ends its calls before it closes the client.
    let late = unsafe { &*late.cast_const().cast::<Late>() };
    late.tell(match mode {
        jack::jack_sys::JackCaptureLatency => LatencyType::Capture,
        _ => LatencyType::Playback,
    });
}
