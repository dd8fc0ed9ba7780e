//! A stretch of sound that was decoded and may still be trimmed.

/// Decoded sound, or silence in the place of what is damaged.
pub(super) enum Part {
    /// `[channel][sample]`.
    Sound(Vec<Vec<f32>>),
    /// So many samples.
    Damaged(u64),
}

impl Part {
    /// Samples of a channel.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Sound(channels) => channels.first().map_or(0, |channel| channel.len() as u64),
            Self::Damaged(samples) => *samples,
        }
    }

    /// Leaves samples out at the beginning, at most as many as there are.
    pub(super) fn skip(&mut self, count: u64) {
        match self {
            Self::Sound(channels) => channels.iter_mut().for_each(|channel| {
                channel.drain(..count as usize);
            }),
            Self::Damaged(samples) => *samples -= count,
        }
    }

    /// Leaves samples out at the end, at most as many as there are.
    pub(super) fn shorten(&mut self, count: u64) {
        match self {
            Self::Sound(channels) => channels
                .iter_mut()
                .for_each(|channel| channel.truncate(channel.len() - count as usize)),
            Self::Damaged(samples) => *samples -= count,
        }
    }
}
