//! The two sounds that are compared.

use earmark_controls::Side;

use crate::presets::Preset;

/// The sides A and B. The one that is heard is what session and parameters hold; the other one is kept here.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) side: Side,
    /// `None` while nothing has been done to it: then it is the same as the one that is heard.
    pub(super) other: Option<Preset>,
}

impl Default for Compared {
    fn default() -> Compared {
        Compared {
            side: Side::A,
            other: None,
        }
    }
}
