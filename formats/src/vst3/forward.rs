//! Functions that are passed on as they are.

/// Methods of an interface's trait that call the same method of what `self.theirs()` gives.
macro_rules! forward {
    ($interface:ident: $($method:ident($($argument:ident: $type:ty),*) -> $result:ty;)+) => {
        $(
            #[allow(non_snake_case)]
            unsafe fn $method(&self, $($argument: $type),*) -> $result {
                // SAFETY: what the host promises us is what is promised there.
                unsafe { $interface::$method(self.theirs(), $($argument),*) }
            }
        )+
    };
}

pub(super) use forward;
