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

/// The speakers of a channel layout of Apple's (`chan` in QuickTime and CAF), from its tag and its mask: `None` where it lists each
/// channel by itself, or has them in another order than a mask.
pub(super) fn of_layout(tag: u32, mask: u32) -> Option<u32> {
    // The upper half is the layout, the lower one its channels.
    match (tag >> 16, tag & 0xffff) {
        // Apple's mask has WAVE's bits.
        (1, _) => Some(mask),
        (108, 4) => Some(0x33),
        (113, 3) => Some(0x7),
        (115, 4) => Some(0x107),
        (117, 5) => Some(0x37),
        (121, 6) => Some(0x3f),
        (125, 7) => Some(0x13f),
        (126, 8) => Some(0xff),
        (128, 8) => Some(0x63f),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_has_as_many_speakers_as_channels() {
        for layout in 1..256 {
            for channels in 1..9 {
                if let Some(mask) = of_layout(layout << 16 | channels, (1 << channels) - 1) {
                    assert_eq!(mask.count_ones(), channels, "layout {layout}");
                }
            }
        }
        assert_eq!(of_layout(121 << 16 | 6, 0), Some(0x3f));
        assert_eq!(of_layout(0, 0), None);
    }
}
