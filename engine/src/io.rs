//! Where a process call reads and writes.

/// Buffers of one call, `[channel][sample]`.
pub(crate) enum Io<'a, 'm, 't> {
    /// In place: the mix takes the input's place.
    Mix(&'a mut [&'m mut [f32]]),
    /// Input, and apart from it the delayed mixture and the target.
    Split {
        input: &'a [&'a [f32]],
        mixture: &'a mut [&'m mut [f32]],
        target: &'a mut [&'t mut [f32]],
    },
}

impl Io<'_, '_, '_> {
    /// Samples of the call: those that every buffer has.
    pub(crate) fn len(&self) -> usize {
        fn shortest<'a>(channels: impl Iterator<Item = &'a [f32]>) -> usize {
            channels.map(<[f32]>::len).min().unwrap_or(0)
        }
        match self {
            Io::Mix(io) => shortest(io.iter().map(|channel| &**channel)),
            Io::Split {
                input,
                mixture,
                target,
            } => shortest(
                input
                    .iter()
                    .copied()
                    .chain(mixture.iter().chain(target.iter()).map(|channel| &**channel)),
            ),
        }
    }

    /// A channel's input, if the call has that channel.
    pub(crate) fn input(&self, channel: usize) -> Option<&[f32]> {
        match self {
            Io::Mix(io) => io.get(channel).map(|channel| &**channel),
            Io::Split { input, .. } => input.get(channel).copied(),
        }
    }
}
