//! How the editor looks.

use serde::{Deserialize, Serialize};

use crate::Scale;

/// How the editor looks on this machine, in every project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Light, for bright rooms, in place of dark.
    pub light: bool,
    /// Whether what moves moves in few steps.
    pub calm: bool,
    /// How large it is drawn, beside what the system asks for.
    pub scale: Scale,
}
