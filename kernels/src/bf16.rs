//! bfloat16, the upper half of a float: what the factors of products may be rounded to.

/// What the factors of a matrix product are held in. Sums are always of single precision.
///
/// Memory for factors is counted in *cells* of 32 bits: one float, or two neighbours in bfloat16, the first of them in the
/// lower half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Single precision, 24 bits.
    Fp32,
    /// bfloat16: 8 bits. A product of two is exact in single precision. The odd factors' product is added to the sum first,
    /// then that of the even ones, each sum rounded once. A sum below the smallest normal number becomes 0 where the
    /// processor has an instruction for all this, and is kept where that is imitated.
    Bf16,
}

impl Format {
    /// Both of them.
    pub const ALL: [Format; 2] = [Format::Fp32, Format::Bf16];

    /// Cells of so many factors, an even number.
    pub(crate) fn cells(self, factors: usize) -> usize {
        match self {
            Format::Fp32 => factors,
            Format::Bf16 => factors.div_ceil(2),
        }
    }
}

/// The bits of the nearest bfloat16 value, ties to the even one. As in hardware, what is below the smallest normal number
/// becomes 0 of its sign, what is above the largest becomes infinite, and NaN stays NaN.
#[inline(always)]
pub fn to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let (upper, magnitude) = (bits >> 16, bits & 0x7FFF_FFFF);
    let rounded = if magnitude > 0x7F80_0000 {
        upper | 0x40
    } else if magnitude < 0x0080_0000 {
        upper & 0x8000
    } else {
        bits.wrapping_add(0x7FFF + (upper & 1)) >> 16
    };
    rounded as u16
}

/// The value of these bits.
pub fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}
