//! Functions that are passed on as they are.

/// Methods of an interface's trait that call the same method of what `self.theirs()` gives, and answer in its place if it panics.
macro_rules! forward {
    ($interface:ident: $($method:ident($($argument:ident: $type:ty),*) -> $result:ident;)+) => {
        $(
            #[allow(non_snake_case)]
            unsafe fn $method(&self, $($argument: $type),*) -> $result {
                // SAFETY: what the host promises us is what is promised there.
                let call = || unsafe { $interface::$method(self.theirs(), $($argument),*) };
                $crate::contain::contain(stringify!($method), call).unwrap_or(forward!(@failed $result))
            }
        )+
    };
    (@failed tresult) => { nice_plug::wrapper::vst3::vst3::Steinberg::kInternalError };
    // A number of things, or the first one.
    (@failed $number:ident) => { 0 };
}

pub(super) use forward;
