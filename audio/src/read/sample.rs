//! How one uncompressed sample lies in its bytes.

use super::description::Encoding;

/// How one uncompressed sample lies in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) kind: Kind,
    /// Bytes of one sample: 1 to 4 for integers, 4 or 8 for floating point, 1 for the laws.
    pub(super) bytes: usize,
    pub(super) big_endian: bool,
}

/// What the bytes of a sample mean. Integers fill their bytes from the top: what lies below the bits that count is zero, or is
/// sound all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Signed,
    Unsigned,
    Float,
    ALaw,
    MuLaw,
}

impl Sample {
    pub(super) fn new(kind: Kind, bytes: usize, big_endian: bool) -> Option<Self> {
        let allowed = match kind {
            Kind::Signed | Kind::Unsigned => (1..=4).contains(&bytes),
            Kind::Float => bytes == 4 || bytes == 8,
            Kind::ALaw | Kind::MuLaw => bytes == 1,
        };
        allowed.then_some(Self {
            kind,
            bytes,
            big_endian,
        })
    }

    /// What it is called, with `bits` of the bytes in use.
    pub(super) fn encoding(self, bits: u32) -> Encoding {
        let all = 8 * self.bytes as u32;
        match self.kind {
            Kind::Float => Encoding::Float(all),
            // The laws hold what 14 and 13 bits can.
            Kind::ALaw | Kind::MuLaw => Encoding::Integer(16),
            Kind::Signed | Kind::Unsigned if (1..=all).contains(&bits) => Encoding::Integer(bits),
            Kind::Signed | Kind::Unsigned => Encoding::Integer(all),
        }
    }

    /// The value of one sample, full scale being 1. `bytes` has the length that was given.
    pub(super) fn value(self, bytes: &[u8]) -> f32 {
        let mut word = [0u8; 8];
        for (i, &byte) in bytes.iter().enumerate() {
            // The most significant byte comes last.
            let place = if self.big_endian { self.bytes - 1 - i } else { i };
            word[8 - self.bytes + place] = byte;
        }
        let top = i64::from_le_bytes(word);
        match self.kind {
            Kind::Signed => signed(top),
            Kind::Unsigned => signed(top ^ i64::MIN),
            Kind::Float if self.bytes == 4 => f32::from_bits((top as u64 >> 32) as u32),
            Kind::Float => f64::from_bits(top as u64) as f32,
            Kind::ALaw => a_law(bytes[0]),
            Kind::MuLaw => mu_law(bytes[0]),
        }
    }
}

/// An integer of at most 32 bits at the top of a word.
fn signed(top: i64) -> f32 {
    ((top >> 32) as i32) as f32 / 2_147_483_648.0
}

/// G.711, A-law.
fn a_law(byte: u8) -> f32 {
    let code = byte ^ 0x55;
    let (exponent, mantissa) = (u32::from(code >> 4 & 7), i32::from(code & 15));
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    (if code & 0x80 == 0 { -magnitude } else { magnitude }) as f32 / 32_768.0
}

/// G.711, µ-law.
fn mu_law(byte: u8) -> f32 {
    let code = !byte;
    let (exponent, mantissa) = (u32::from(code >> 4 & 7), i32::from(code & 15));
    let magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as f32 / 32_768.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_sample_has_its_value() {
        let value = |kind, big_endian, bytes: &[u8]| {
            Sample::new(kind, bytes.len(), big_endian)
                .expect("a kind that there is")
                .value(bytes)
        };
        assert_eq!(value(Kind::Unsigned, false, &[0]), -1.0);
        assert_eq!(value(Kind::Unsigned, false, &[128]), 0.0);
        assert_eq!(value(Kind::Signed, false, &[0, 0x80]), -1.0);
        assert_eq!(value(Kind::Signed, true, &[0x40, 0]), 0.5);
        assert_eq!(value(Kind::Signed, false, &[1, 0, 0]), 1.0 / 8_388_608.0);
        assert_eq!(value(Kind::Signed, true, &[0xff, 0xff, 0xff]), -1.0 / 8_388_608.0);
        assert_eq!(value(Kind::Signed, false, &[0, 0, 0, 0xc0]), -0.5);
        assert_eq!(value(Kind::Float, false, &0.3f32.to_le_bytes()), 0.3);
        assert_eq!(value(Kind::Float, true, &(-7.25f64).to_be_bytes()), -7.25);
        // The ends and the middle of the tables of G.711.
        assert_eq!(value(Kind::MuLaw, false, &[0x00]), -32_124.0 / 32_768.0);
        assert_eq!(value(Kind::MuLaw, false, &[0x80]), 32_124.0 / 32_768.0);
        assert_eq!(value(Kind::MuLaw, false, &[0xff]), 0.0);
        assert_eq!(value(Kind::ALaw, false, &[0x55]), -8.0 / 32_768.0);
        assert_eq!(value(Kind::ALaw, false, &[0xaa]), 32_256.0 / 32_768.0);
        assert_eq!(Sample::new(Kind::Signed, 5, false), None);
        assert_eq!(Sample::new(Kind::Float, 2, false), None);
    }
}
