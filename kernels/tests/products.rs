//! Matrix products, and what is done value by value, on every instruction set against plain loops.

mod common;

use common::Noise;
use earmark_kernels::{Init, Isa, LINE, Matrix, Rows, activate, average, multiply, outer};

#[test]
fn products_of_any_shape_agree_with_plain_loops() {
    let mut noise = Noise(1);
    for isa in Isa::available() {
        for (rows, depth, columns) in [
            (1, 1, 16),
            (5, 3, 48),
            (6, 16, 32),
            (7, 33, 16),
            (13, 64, 80),
            (97, 10, 32),
        ] {
            let (stride_a, stride_c) = (depth + 3, columns + 5);
            let a = noise.vector(rows * stride_a);
            let b = noise.vector(depth * columns);
            let bias = noise.vector(columns);
            let held = noise.vector(rows * stride_c);
            let matrix = Matrix::pack(isa, depth, columns, |row, column| b[row * columns + column]);
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
                        let products = (0..depth)
                            .map(|k| f64::from(a[row * stride_a + k]) * f64::from(b[k * columns + column]));
                        let begin = match init {
                            Init::Zero => 0.0,
                            Init::Bias(bias) => bias[column],
                            Init::Keep => held[at],
                        };
                        let expected = products.sum::<f64>() + f64::from(begin);
                        assert!(
                            (f64::from(c[at]) - expected).abs() < 1e-5 * (depth as f64).sqrt().max(1.0),
                            "{isa} {rows}x{depth}x{columns}, row {row}, column {column}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "assertion failed")]
fn a_short_matrix_is_refused() {
    let matrix = Matrix::pack(Isa::Scalar, 4, LINE, |_, _| 0.0);
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

#[test]
fn names_of_instruction_sets_go_round() {
    for isa in Isa::ALL {
        assert_eq!(isa.to_string().parse::<Isa>().ok(), Some(isa));
    }
    let refused = "sse9".parse::<Isa>().map_err(|error| error.to_string());
    assert!(refused.is_err_and(|sentence| sentence.contains("sse9") && sentence.contains("avx2")));
    assert!(Isa::best().is_available());
}
