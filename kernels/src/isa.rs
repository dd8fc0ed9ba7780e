//! Which instruction sets there are, and which of them this machine has.

use std::fmt;
use std::str::FromStr;

use crate::bf16::Format;
#[cfg(target_arch = "aarch64")]
use crate::simd::Neon;
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2, Avx512};
use crate::simd::{Kernel, Portable, Simd, Twice};

/// An instruction set that the kernels are compiled for. Ordered from the slowest to the fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// As `Scalar`, in the shapes of AVX-512: vectors of 16 floats, tiles of 14 rows. For tests.
    Wide,
    /// As `Wide`, with the tile registers of AMX imitated to the bit. For tests.
    Tiles,
    /// What every machine can do: no instruction beyond the target's baseline.
    Scalar,
    /// Macs with Apple silicon, whose products of single precision are asked of Apple's Accelerate; the rest as with `Neon`.
    /// Nobody has timed it yet, so that it is taken only where it is named.
    Accelerate,
    /// 64-bit Arm.
    Neon,
    /// x86-64 with AVX2 and FMA: Haswell (2013), Zen (2017) and later.
    Avx2,
    /// x86-64 with AVX-512F: Skylake-X (2017), Zen 4 (2022) and later.
    Avx512,
    /// The same with AVX-512BW, VL and BF16: Cooper Lake (2020), Zen 4 (2022) and later.
    Avx512Bf16,
    /// The same with AMX's tiles of bfloat16, on Linux: Sapphire Rapids (2023) and later Xeons. What is not of bfloat16 is as
    /// with `Avx512Bf16`.
    Amx,
}

impl Isa {
    /// All of them, whether this machine has them or not.
    pub const ALL: [Isa; 9] = [
        Isa::Wide,
        Isa::Tiles,
        Isa::Scalar,
        Isa::Accelerate,
        Isa::Neon,
        Isa::Avx2,
        Isa::Avx512,
        Isa::Avx512Bf16,
        Isa::Amx,
    ];

    /// The fastest in single precision that this machine has.
    pub fn best() -> Isa {
        Isa::ALL
            .into_iter()
            .rev()
            .find(|isa| !matches!(isa, Isa::Amx | Isa::Accelerate) && isa.is_available())
            .unwrap_or(Isa::Scalar)
    }

    /// The fastest in bfloat16 that this machine has. Where that has tiles, the process asks Linux for them: from then on
    /// its threads' stacks for signals have to hold 11 KiB. Nothing else asks for them.
    pub fn best_in_bf16() -> Isa {
        match Isa::Amx.is_available() {
            true => Isa::Amx,
            false => Isa::best(),
        }
    }

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            Isa::Wide | Isa::Tiles | Isa::Scalar => true,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            #[cfg(all(target_os = "macos", target_arch = "aarch64"))]
            Isa::Accelerate => Isa::Neon.is_available(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => is_x86_feature_detected!("avx512f") && Isa::Avx2.is_available(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Bf16 => {
                is_x86_feature_detected!("avx512bf16")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && Isa::Avx512.is_available()
            }
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Isa::Amx => Isa::Avx512Bf16.is_available() && crate::permission::has_tiles(),
            _ => false,
        }
    }

    /// Those that this machine has.
    pub fn available() -> impl Iterator<Item = Isa> {
        Isa::ALL.into_iter().filter(|isa| isa.is_available())
    }

    /// Whether it has instructions for products of this format; it can imitate them otherwise.
    pub fn has(self, format: Format) -> bool {
        format == Format::Fp32 || matches!(self, Isa::Avx512Bf16 | Isa::Amx)
    }

    /// Whether products of bfloat16 are computed in tiles: a direct convolution then takes less time than a transformed one.
    pub fn has_tiles(self) -> bool {
        matches!(self, Isa::Tiles | Isa::Amx)
    }

    /// Floats in a vector of the kernels.
    pub(crate) fn lanes(self) -> usize {
        match self {
            Isa::Wide | Isa::Tiles | Isa::Avx512 | Isa::Avx512Bf16 | Isa::Amx => 16,
            Isa::Scalar | Isa::Accelerate | Isa::Neon | Isa::Avx2 => 8,
        }
    }

    /// Columns of a packed matrix that lie together: two vectors, or all of them where a library computes the product.
    pub(crate) fn panel(self, columns: usize) -> usize {
        match self {
            Isa::Accelerate => columns.max(1),
            _ => 2 * self.lanes(),
        }
    }

    /// Runs a kernel compiled for this instruction set.
    ///
    /// # Panics
    /// When the machine does not have it: an `Isa` that is not available must not be used.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        assert!(self.is_available(), "this machine has no {self}");
        // SAFETY: the machine has the instructions, as asserted above.
        unsafe {
            match self {
                #[cfg(target_arch = "aarch64")]
                Isa::Neon | Isa::Accelerate => Neon::compiled(kernel),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => Avx2::compiled(kernel),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => Avx512::<false>::compiled(kernel),
                #[cfg(target_arch = "x86_64")]
                // One copy for both: compiling one takes long.
                Isa::Avx512Bf16 | Isa::Amx => Avx512::<true>::compiled(kernel),
                Isa::Wide | Isa::Tiles => Twice::<Portable>::compiled(kernel),
                _ => Portable::compiled(kernel),
            }
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Isa::Wide => "wide",
            Isa::Tiles => "tiles",
            Isa::Scalar => "scalar",
            Isa::Accelerate => "accelerate",
            Isa::Neon => "neon",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
            Isa::Avx512Bf16 => "avx512bf16",
            Isa::Amx => "amx",
        })
    }
}

/// A name that is no instruction set.
#[derive(Debug, thiserror::Error)]
#[error(
    "{given:?} is no instruction set; there are scalar, neon, accelerate, avx2, avx512, avx512bf16 and amx."
)]
pub struct UnknownIsa {
    given: String,
}

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Isa, UnknownIsa> {
        Isa::ALL
            .into_iter()
            .find(|isa| isa.to_string() == name)
            .ok_or_else(|| UnknownIsa { given: name.into() })
    }
}
