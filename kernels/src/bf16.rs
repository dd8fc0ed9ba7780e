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
    /// processor has an instruction for all this, and is kept where that is imitated. A processor with tiles (AMX) adds
    /// the even and the odd products of 32 factors for themselves, then both to the sum.
    Bf16,
    /// Each factor as the sum of two of bfloat16, 16 bits together; of the four products the three largest are added, as
    /// with [`Format::Bf16`]. Near single precision, where three products in bfloat16 take less time than one in single
    /// precision.
    Bf16x3,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 3] = [Format::Fp32, Format::Bf16, Format::Bf16x3];

    /// Cells of so many factors. Where a factor has two parts, the first half of the cells holds the larger ones.
    pub(crate) fn cells(self, factors: usize) -> usize {
        match self {
            Format::Fp32 => factors,
            Format::Bf16 => factors.div_ceil(2),
            Format::Bf16x3 => 2 * factors.div_ceil(2),
        }
    }

    /// Parts of a factor. Those of one kind lie together: the cells of a row are cut into so many.
    pub(crate) fn parts(self) -> usize {
        match self {
            Format::Fp32 | Format::Bf16 => 1,
            Format::Bf16x3 => 2,
        }
    }

    /// Which part of A is multiplied with which part of B. The product of the smaller parts is below the others' rounding errors.
    pub(crate) fn products(self) -> &'static [(usize, usize)] {
        match self {
            Format::Fp32 | Format::Bf16 => &[(0, 0)],
            Format::Bf16x3 => &[(0, 0), (0, 1), (1, 0)],
        }
    }

    /// The name that the command line gives it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Fp32 => "fp32",
            Format::Bf16 => "bf16",
            Format::Bf16x3 => "bf16x3",
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

/// A value as the sum of two in bfloat16.
pub(crate) fn split(value: f32) -> [u16; 2] {
    let upper = to_bf16(value);
    [upper, to_bf16(value - from_bf16(upper))]
}

/// The value of these bits.
pub fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}
