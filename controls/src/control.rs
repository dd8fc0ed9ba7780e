//! Controls with a fader.

/// A parameter that is a number: what has a fader in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Control {
    /// Gain of the named sound.
    TargetGain,
    /// Gain of everything else.
    RestGain,
    /// By how much "remove" turns the named sound down.
    AttenuationLimit,
    /// Share of the processed sound; the remainder is the delayed input.
    Wet,
    /// Exponent of the mask.
    Sensitivity,
    /// What the mask lets through at least.
    Floor,
    /// Time over which the mask's gains are smoothed.
    Smoothing,
    /// Presence below which the target closes.
    Gate,
}

impl Control {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, in the order of [`PARAMETERS`](crate::PARAMETERS).
    pub const ALL: [Control; Control::COUNT] = [
        Control::TargetGain,
        Control::RestGain,
        Control::AttenuationLimit,
        Control::Wet,
        Control::Sensitivity,
        Control::Floor,
        Control::Smoothing,
        Control::Gate,
    ];
}
