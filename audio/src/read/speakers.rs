//! Speakers, as bits of a WAVE channel mask.

/// The speakers of so many channels where a codec gives each number its own, in the order of the mask: FLAC, and Vorbis and Opus once
/// their channels are in that order. `None` for one and two channels, which need no mask, and beyond eight.
pub(super) fn usual(channels: usize) -> Option<u32> {
    match channels {
        3 => Some(0x7),
        4 => Some(0x33),
        5 => Some(0x37),
        6 => Some(0x3f),
        7 => Some(0x70f),
        8 => Some(0x63f),
        _ => None,
    }
}

/// Where each channel of a WAVE file is found among those of Vorbis and Opus, which have an order of their own.
pub(super) fn vorbis_order(channels: usize) -> Vec<usize> {
    match channels {
        3 => vec![0, 2, 1],
        5 => vec![0, 2, 1, 3, 4],
        6 => vec![0, 2, 1, 5, 3, 4],
        7 => vec![0, 2, 1, 6, 5, 3, 4],
        8 => vec![0, 2, 1, 7, 5, 6, 3, 4],
        _ => (0..channels).collect(),
    }
}
