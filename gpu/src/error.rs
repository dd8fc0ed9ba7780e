//! What can go wrong.

/// Why a graphics card does not do what it was asked for. A message goes on after "cannot be used: " or stands alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No card of the name that was asked for.
    #[error("there is no graphics card {name:?}; there {}", listed(.there))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names that there are.
        there: Vec<String>,
    },
    /// No card at all.
    #[error("no graphics card with Vulkan, Metal or Direct3D 12 was found")]
    None,
    /// Its driver gives no device.
    #[error("its driver refuses: {reason}")]
    Refused {
        /// The driver's words.
        reason: String,
    },
    /// A buffer is larger than its driver allows.
    #[error(
        "a buffer of {given} bytes is needed, and its driver allows {allowed}; choose fewer queries or another quality"
    )]
    TooLarge {
        /// Bytes needed.
        given: u64,
        /// Bytes allowed.
        allowed: u64,
    },
    /// It was lost, or ran out of memory.
    #[error("{reason}")]
    Lost {
        /// The driver's words.
        reason: String,
    },
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "is none".into(),
        [one] => format!("is {one:?}"),
        many => format!(
            "are {}",
            many.iter()
                .map(|name| format!("{name:?}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
