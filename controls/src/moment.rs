//! Moments of what came in, for who points at a sound.

/// A sample of the input that an engine has heard. Only the engine that gave it knows which one it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The engine, and which of its streams: a reset begins a new one.
    pub stream: u64,
    /// Samples at the host's rate since that stream began.
    pub sample: u64,
}

impl Moment {
    /// The moment a share of the way to another one, 0 to 1; the nearer of the two where a stream began between them.
    pub fn towards(self, other: Moment, share: f64) -> Moment {
        if self.stream != other.stream {
            return if share < 0.5 { self } else { other };
        }
        let way = other.sample as f64 - self.sample as f64;
        let sample = self.sample as f64 + way * share.clamp(0.0, 1.0);
        Moment {
            sample: sample.round() as u64,
            ..self
        }
    }
}

/// From one moment up to another one, which is not part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first sample.
    pub from: Moment,
    /// The sample after its last one.
    pub to: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_between_two_lies_between_them() {
        let at = |stream, sample| Moment { stream, sample };
        assert_eq!(at(1, 100).towards(at(1, 200), 0.25), at(1, 125));
        assert_eq!(at(1, 200).towards(at(1, 100), 0.25), at(1, 175));
        assert_eq!(at(1, 100).towards(at(2, 7), 0.25), at(1, 100));
        assert_eq!(at(1, 100).towards(at(2, 7), 0.75), at(2, 7));
    }
}
