//! How precisely a network multiplies, and when less is precise enough.

use std::sync::OnceLock;
use std::time::Instant;

use earmark_kernels::{Format, Isa, peak};

/// What a network's layers multiply in. They always add in single precision, and feature maps stay in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Precision {
    /// [`Precision::Bf16`], or else [`Precision::Bf16x3`], where this processor is quicker with it, and where these weights bear
    /// it: see [`Deviation::is_small`](super::Deviation::is_small).
    #[default]
    Auto,
    /// Single precision.
    Fp32,
    /// Factors as sums of two in bfloat16, in all layers; see [`Format::Bf16x3`]. Imitated slowly where the processor has no
    /// instructions for it.
    Bf16x3,
    /// bfloat16 in the layers whose rounding errors are hardly heard. The others are in single precision, or as with
    /// [`Precision::Bf16x3`] where the processor multiplies in tiles. Imitated, too.
    Bf16,
}

/// What layers multiply in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Formats {
    /// Where rounding errors are heard most.
    pub(super) outer: Format,
    pub(super) deep: Format,
}

impl Formats {
    /// Those of a precision that is not left open; where it is, single precision.
    pub(super) fn of(precision: Precision, isa: Isa) -> Formats {
        let (outer, deep) = match precision {
            Precision::Auto | Precision::Fp32 => (Format::Fp32, Format::Fp32),
            Precision::Bf16x3 => (Format::Bf16x3, Format::Bf16x3),
            Precision::Bf16 if isa.has_tiles() => (Format::Bf16x3, Format::Bf16),
            Precision::Bf16 => (Format::Fp32, Format::Bf16),
        };
        Formats { outer, deep }
    }
}

impl Precision {
    /// The instruction set that this machine has for it.
    pub fn isa(self) -> Isa {
        match self {
            Precision::Fp32 => Isa::best(),
            Precision::Auto | Precision::Bf16x3 | Precision::Bf16 => Isa::best_in_bf16(),
        }
    }

    /// The same, where it is known before the weights are: [`Precision::Auto`] is single precision where bfloat16 gains
    /// nothing. What the processor does in a moment is measured once for a process.
    pub fn on(self, isa: Isa) -> Precision {
        static QUICKER: OnceLock<bool> = OnceLock::new();
        match self {
            Precision::Auto if !isa.has(Format::Bf16) => Precision::Fp32,
            Precision::Auto if !*QUICKER.get_or_init(|| is_quicker(|format| rate(isa, format))) => {
                Precision::Fp32
            }
            other => other,
        }
    }
}

/// Whether a processor with instructions for bfloat16 is quicker with them, by what it does a second in each format: some do
/// half as much in bfloat16 as in single precision. Not every layer is in bfloat16, so that a small gain is none.
fn is_quicker(rate: impl Fn(Format) -> f64) -> bool {
    rate(Format::Bf16) > 1.2 * rate(Format::Fp32)
}

/// Operations a second of one processor at its best: of some tries the quickest, as others use the machine too.
fn rate(isa: Isa, format: Format) -> f64 {
    const TRIES: usize = 8;
    const ROUNDS: usize = 200_000;
    let once = |_| {
        let begun = Instant::now();
        let (operations, result) = peak(isa, format, ROUNDS);
        std::hint::black_box(result);
        operations / begun.elapsed().as_secs_f64()
    };
    (0..TRIES).map(once).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bfloat16_is_taken_where_it_is_quicker_and_not_where_there_are_instructions_for_it() {
        let processor = |fp32: f64, bf16: f64| {
            is_quicker(|format| match format {
                Format::Fp32 => fp32,
                _ => bf16,
            })
        };
        // Zen 4, and the Xeons since 2023.
        assert!(processor(80e9, 160e9));
        assert!(!processor(164e9, 80e9));
        assert!(!processor(80e9, 90e9));
        assert_eq!(Precision::Auto.on(Isa::Scalar), Precision::Fp32);
        assert_eq!(Precision::Bf16.on(Isa::Scalar), Precision::Bf16);
    }
}
