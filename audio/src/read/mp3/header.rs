//! The head of an MPEG audio frame.

/// The head of an MPEG audio frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// 1 to 3.
    pub(super) layer: u8,
    pub(super) rate: u32,
    pub(super) channels: usize,
    /// Samples of a channel in the frame.
    pub(super) samples: u64,
    /// Bytes of the frame.
    pub(super) len: u64,
    /// Bytes of the side information of layer 3, behind the head.
    pub(super) side: usize,
}

/// Bits per second in thousands: MPEG-1 layers 1 to 3, MPEG-2 layer 1, layers 2 and 3.
const BIT_RATES: [[u64; 15]; 5] = [
    [
        0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl Header {
    /// The head in these four bytes, where they are one. Free bit rates are not read.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let &[sync, version, packed, mode, ..] = bytes else {
            return None;
        };
        if sync != 0xff || version & 0xe0 != 0xe0 {
            return None;
        }
        // MPEG-1, MPEG-2 and MPEG-2.5 halve the rates one after the other.
        let halved = match version >> 3 & 3 {
            0 => 2,
            2 => 1,
            3 => 0,
            _ => return None,
        };
        let layer = 4 - (version >> 1 & 3);
        if layer == 4 {
            return None;
        }
        let full: u32 = match packed >> 2 & 3 {
            0 => 44_100,
            1 => 48_000,
            2 => 32_000,
            _ => return None,
        };
        let rate = full >> halved;
        let row = match (halved, layer) {
            (0, layer) => usize::from(layer) - 1,
            (_, 1) => 3,
            _ => 4,
        };
        let bit_rate = *BIT_RATES[row].get(usize::from(packed >> 4))? * 1000;
        if bit_rate == 0 {
            return None;
        }
        let padding = u64::from(packed >> 1 & 1);
        let samples = match (layer, halved) {
            (1, _) => 384,
            (3, 1..) => 576,
            _ => 1152,
        };
        let len = match layer {
            1 => (12 * bit_rate / u64::from(rate) + padding) * 4,
            _ => samples / 8 * bit_rate / u64::from(rate) + padding,
        };
        let channels = if mode >> 6 == 3 { 1 } else { 2 };
        let side = match (halved, channels) {
            (0, 1) => 17,
            (0, _) => 32,
            (_, 1) => 9,
            _ => 17,
        };
        Some(Self {
            layer,
            rate,
            channels,
            samples,
            len,
            side,
        })
    }

    /// Whether two frames can belong to one stream.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.layer, self.rate, self.channels) == (other.layer, other.rate, other.channels)
    }
}
