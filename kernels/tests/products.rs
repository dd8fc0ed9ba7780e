//! Matrix products, and what is done value by value, on every instruction set against plain loops.

mod common;

use common::{Noise, held_in};
use earmark_kernels::{
    Format, Init, Isa, LINE, Matrix, Rows, activate, average, exp_of_difference, from_bf16, gelu, multiply,
    multiply_pieces, outer, peak, silu, to_bf16,
};

fn tiers() -> impl Iterator<Item = (Isa, Format)> {
    Isa::available().flat_map(|isa| Format::ALL.map(|format| (isa, format)))
}

#[test]
fn products_of_any_shape_agree_with_plain_loops() {
    let mut noise = Noise(1);
    for (isa, format) in tiers() {
        for (rows, depth, columns) in [
            (1, 1, 16),
            (5, 3, 48),
            (6, 16, 32),
            (7, 33, 16),
            (13, 64, 80),
            (14, 18, 96),
            (97, 10, 32),
        ] {
            let (stride_a, stride_c) = (depth + 3, columns + 5);
            let a = noise.vector(rows * stride_a);
            let b = noise.vector(depth * columns);
            let bias = noise.vector(columns);
            let held = noise.vector(rows * stride_c);
            let matrix = Matrix::pack(isa, format, depth, columns, |row, column| {
                b[row * columns + column]
            });
            for init in [Init::Zero, Init::Bias(&bias), Init::Keep] {
                let mut c = held.clone();
                let rows_of_a = Rows {
                    values: &a,
                    stride: stride_a,
                };
                multiply(rows_of_a, &matrix, &mut c, stride_c, rows, init);
                for row in 0..rows {
                    for column in 0..stride_c {
                        let at = row * stride_c + column;
                        if column >= columns {
                            assert_eq!(c[at], held[at], "what lies between the rows is nobody's");
                            continue;
                        }
                        let products = (0..depth).map(|k| {
                            let (a, b) = (a[row * stride_a + k], b[k * columns + column]);
                            f64::from(held_in(format, a)) * f64::from(held_in(format, b))
                        });
                        let begin = match init {
                            Init::Zero => 0.0,
                            Init::Bias(bias) => bias[column],
                            Init::Keep => held[at],
                        };
                        let expected = products.sum::<f64>() + f64::from(begin);
                        assert!(
                            (f64::from(c[at]) - expected).abs() < 1e-5 * (depth as f64).sqrt().max(1.0),
                            "{isa} {format:?} {rows}x{depth}x{columns}, row {row}, column {column}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_in_pieces_is_the_row_with_all_of_them_side_by_side() {
    let mut noise = Noise(7);
    for (isa, format) in tiers() {
        for (span, columns, rows) in [(16, 16, 3), (5, 48, 20), (32, 32, 33), (48, 80, 50)] {
            // Neighbours that overlap, two rows of them: what a convolution reads.
            let pieces = [0, span, 40, 40 + span];
            let a = noise.vector(rows * span + 40 + 2 * span);
            let b = noise.vector(4 * span * columns);
            let matrix = Matrix::pack_pieces(isa, format, 4, span, columns, |row, column| {
                b[row * columns + column]
            });
            let whole = Matrix::pack(isa, format, 4 * span, columns, |row, column| {
                b[row * columns + column]
            });
            let gathered: Vec<f32> = (0..rows)
                .flat_map(|row| pieces.map(|piece| &a[row * span + piece..][..span]).concat())
                .collect();
            let (mut c, mut expected) = (vec![0.5; rows * columns], vec![0.5; rows * columns]);
            let rows_of = |values, stride| Rows { values, stride };
            multiply_pieces(
                rows_of(&a, span),
                &pieces,
                &matrix,
                &mut c,
                columns,
                rows,
                Init::Keep,
            );
            multiply(
                rows_of(&gathered, 4 * span),
                &whole,
                &mut expected,
                columns,
                rows,
                Init::Keep,
            );
            for (c, expected) in c.iter().zip(&expected) {
                assert!(
                    (c - expected).abs() < 1e-4,
                    "{isa} {format:?}: {c}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn tiles_compute_what_their_instruction_is_written_to() {
    // Of a step of 32 factors the even and the odd products are added for themselves, both sums then to each other, and that
    // to what there was; whatever is smaller than a normal number is 0.
    let mut noise = Noise(11);
    let (rows, depth, columns) = (37, 70, 48);
    let scale = |value: f32, index: usize| value * [1.0, 1e-18, 1e18, 1e-30][index % 4];
    let a: Vec<f32> = (0..)
        .zip(noise.vector(rows * depth))
        .map(|(n, value)| scale(value, n / 7))
        .collect();
    let b: Vec<f32> = (0..)
        .zip(noise.vector(depth * columns))
        .map(|(n, value)| scale(value, n / 5))
        .collect();
    let held = noise.vector(rows * columns);
    let bits = |value: f32| from_bf16(to_bf16(value));
    let normal = |value: f32| if value.is_subnormal() { 0.0 } else { value };
    let mut expected = held.clone();
    for (index, sum) in expected.iter_mut().enumerate() {
        let (row, column) = (index / columns, index % columns);
        for step in (0..depth).step_by(32) {
            let mut sums = [0.0_f32; 2];
            for k in step..(step + 32).min(depth) {
                let product = f64::from(bits(a[row * depth + k])) * f64::from(bits(b[k * columns + column]));
                // In double precision, which holds the product, the sum is rounded at most once more than it is there.
                sums[k % 2] = normal((product + f64::from(sums[k % 2])) as f32);
            }
            *sum = normal(*sum + normal(sums[0] + sums[1]));
        }
    }
    for isa in Isa::available().filter(|isa| isa.has_tiles()) {
        let matrix = Matrix::pack(isa, Format::Bf16, depth, columns, |row, column| {
            b[row * columns + column]
        });
        let mut c = held.clone();
        let rows_of_a = Rows {
            values: &a,
            stride: depth,
        };
        multiply(rows_of_a, &matrix, &mut c, columns, rows, Init::Keep);
        for (c, expected) in c.iter().zip(&expected) {
            assert_eq!(c.to_bits(), expected.to_bits(), "{isa}: {c:e}, not {expected:e}");
        }
    }
}

#[test]
#[should_panic(expected = "rows of A")]
fn a_short_matrix_is_refused() {
    let matrix = Matrix::pack(Isa::Scalar, Format::Fp32, 4, LINE, |_, _| 0.0);
    let rows = Rows {
        values: &[0.0; 7],
        stride: 4,
    };
    multiply(rows, &matrix, &mut [0.0; 2 * LINE], LINE, 2, Init::Zero);
}

#[test]
fn activations_averages_and_outer_products_agree_with_plain_loops() {
    let mut noise = Noise(2);
    for isa in Isa::available() {
        for channels in [LINE, 3 * LINE] {
            let (scale, shift, x) = (
                noise.vector(channels),
                noise.vector(channels),
                noise.vector(5 * channels),
            );
            let stride = channels + LINE;
            let mut out = vec![7.0; 5 * stride];
            activate(isa, &x, &scale, &shift, &mut out, stride);
            for pixel in 0..5 {
                for channel in 0..channels {
                    let y = x[pixel * channels + channel] * scale[channel] + shift[channel];
                    assert!((out[pixel * stride + channel] - y.max(0.01 * y)).abs() < 1e-6);
                }
                assert!(
                    out[pixel * stride + channels..][..LINE]
                        .iter()
                        .all(|&value| value == 7.0)
                );
            }

            let columns: Vec<Vec<f32>> = (0..2).map(|_| noise.vector(6 * channels)).collect();
            let read: Vec<&[f32]> = columns.iter().map(|column| &column[..]).collect();
            let mut out = vec![0.0; 3 * channels];
            average(isa, &read, 2, channels, &mut out);
            for (index, value) in out.iter().enumerate() {
                let at = index / channels * 2 * channels + index % channels;
                let sum: f32 = columns
                    .iter()
                    .map(|column| column[at] + column[at + channels])
                    .sum();
                assert!((value - sum / 4.0).abs() < 1e-6);
            }

            let line = noise.vector(9);
            let mut out = vec![0.0; 9 * channels];
            outer(isa, &line, &scale, &shift, &mut out);
            for (index, value) in out.iter().enumerate() {
                let expected = line[index / channels] * scale[index % channels] + shift[index % channels];
                assert!((value - expected).abs() < 1e-6);
            }
        }
    }
}

/// The normal distribution's Φ, by its series or, far out, by its limits.
fn normal(x: f64) -> f64 {
    if x.abs() > 7.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / 2.0 / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    0.5 + sum / std::f64::consts::TAU.sqrt()
}

#[test]
fn exponentials_are_the_same_bits_everywhere_and_near_the_exact_ones() {
    let x: Vec<f32> = (-2_000..=2_000).map(|n| n as f32 * 0.043_7).collect();
    let mut twins: Option<[Vec<f32>; 3]> = None;
    for isa in Isa::available() {
        let (mut swish, mut exp, mut bell) = (x.clone(), x.clone(), x.clone());
        gelu(isa, &mut bell);
        for (x, bell) in x.iter().zip(&bell) {
            let exact = f64::from(*x);
            let expected = exact * normal(exact);
            assert!(
                (f64::from(*bell) - expected).abs() < 4e-7 * exact.abs().max(1.0),
                "{isa}, {x}: {bell}, not {expected}"
            );
        }
        silu(isa, &mut swish);
        exp_of_difference(isa, &mut exp, 0.5);
        for ((x, swish), exp) in x.iter().zip(&swish).zip(&exp) {
            let exact = f64::from(*x);
            let expected = exact / (1.0 + (-exact).exp());
            assert!(
                (f64::from(*swish) - expected).abs() < 3e-7 * exact.abs().max(1.0),
                "{isa}, {x}: {swish}, not {expected}"
            );
            // The difference is one of single precision.
            let expected = f64::from(x - 0.5).clamp(-87.0, 87.0).exp();
            assert!(
                (f64::from(*exp) / expected - 1.0).abs() < 3e-7,
                "{isa}, {x}: {exp}, not {expected}"
            );
        }
        match &twins {
            None => twins = Some([swish, exp, bell]),
            Some(twins) => assert_eq!(twins, &[swish, exp, bell], "{isa}"),
        }
        let mut odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1e30, 1e30];
        silu(isa, &mut odd);
        assert!(
            odd[0].is_nan() && odd[1] == f32::INFINITY && odd[4] == 1e30,
            "{isa}: {odd:?}"
        );
    }
}

/// One product of a row of values with a column of ones.
fn sum(isa: Isa, format: Format, values: &[f32]) -> f32 {
    let matrix = Matrix::pack(isa, format, values.len(), LINE, |_, _| 1.0);
    let rows = Rows {
        values,
        stride: values.len(),
    };
    let mut out = [0.0; LINE];
    multiply(rows, &matrix, &mut out, LINE, 1, Init::Zero);
    assert!(
        out.iter().all(|value| value.to_bits() == out[0].to_bits()),
        "{isa} {out:?}"
    );
    out[0]
}

#[test]
fn what_is_rounded_to_bfloat16_is_the_nearest_and_ties_are_even() {
    let (upper, half) = (|bits: u32| f32::from_bits(bits << 16), f32::from_bits);
    for (given, expected) in [
        (half(0x3F80_7FFF), upper(0x3F80)),
        (half(0x3F80_8000), upper(0x3F80)),
        (half(0x3F80_8001), upper(0x3F81)),
        (half(0x3F81_8000), upper(0x3F82)),
        (half(0xBF81_8000), upper(0xBF82)),
        (half(0x3FFF_FFFF), 2.0),
        (f32::MAX, f32::INFINITY),
        (f32::MIN, f32::NEG_INFINITY),
        (f32::INFINITY, f32::INFINITY),
        (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
        (half(0x007F_FFFF), 0.0),
        (1e-42, 0.0),
        (0.0, 0.0),
    ] {
        let rounded = from_bf16(to_bf16(given));
        assert_eq!(rounded, expected, "{given:e}");
        for isa in Isa::available() {
            // Alone, where the vectors end, and among others.
            for count in [1, 2, 15, 16, 33] {
                let mut values = vec![0.0; count];
                values[count - 1] = given;
                let sum = sum(isa, Format::Bf16, &values);
                assert!(sum == expected, "{isa}, {count} values: {given:e} gave {sum:e}");
            }
        }
    }
    assert_eq!(to_bf16(-1e-42), 0x8000);
    for nan in [f32::NAN, -f32::NAN, half(0x7F80_0001), half(0xFFFF_FFFF)] {
        assert!(from_bf16(to_bf16(nan)).is_nan());
        for isa in Isa::available() {
            assert!(sum(isa, Format::Bf16, &[1.0, nan, 1.0]).is_nan(), "{isa}");
        }
    }
}

#[test]
fn sums_of_bfloat16_products_are_of_single_precision() {
    // 2^-12 is lost in bfloat16 beside 1, and kept in single precision.
    let values = [1.0, 1.0 / 4096.0, 1.0 / 4096.0];
    for isa in Isa::available() {
        assert_eq!(sum(isa, Format::Bf16, &values), 1.0 + 1.0 / 2048.0, "{isa}");
    }
}

#[test]
fn every_instruction_set_tells_its_peak() {
    for (isa, format) in tiers() {
        let (operations, result) = peak(isa, format, 100);
        assert!(
            operations > 0.0 && result > 1.0 && result.is_finite(),
            "{isa} {format:?}: {result}"
        );
    }
}

#[test]
fn names_of_instruction_sets_go_round() {
    for isa in Isa::ALL {
        assert_eq!(isa.to_string().parse::<Isa>().ok(), Some(isa));
    }
    let refused = "sse9".parse::<Isa>().map_err(|error| error.to_string());
    assert!(refused.is_err_and(|sentence| sentence.contains("sse9") && sentence.contains("avx2")));
    assert!(Isa::best().is_available());
}
