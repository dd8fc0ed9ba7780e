//! Shapes that do not fit are refused before any of them is read or written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use earmark_kernels::{
    Activation, Buffer, Conv, ConvJob, Format, Init, Isa, LINE, Matrix, Method, Rows, Shortcut, Source,
    Threads, Tile, activate, average, multiply,
};

/// The sentence with which it is refused.
fn refusal(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("it is refused");
    match panic.downcast::<String>() {
        Ok(said) => *said,
        Err(panic) => (*panic.downcast::<&str>().expect("a sentence")).to_owned(),
    }
}

/// Runs a convolution of one line to one line on one frame of two bins, with activations of these lengths.
fn convolve(maps: &[(usize, usize)]) {
    let conv = Conv::new(
        Isa::Scalar,
        Format::Fp32,
        Method::Direct,
        LINE,
        LINE,
        |_, _, _, _| 0.5,
    );
    let activations: Vec<Activation> = maps
        .iter()
        .map(|&(scale, shift)| Activation {
            scale: Buffer::zeros(scale),
            shift: Buffer::zeros(shift),
        })
        .collect();
    let sources: Vec<Source> = activations
        .iter()
        .map(|activation| Source {
            columns: &[None; 3],
            activation,
        })
        .collect();
    let mut column = vec![0.0; 2 * LINE];
    conv.run(
        &Threads::new(1),
        ConvJob {
            sources: &sources,
            bins: 2,
            out: &mut [&mut column],
            shortcut: Shortcut::None,
        },
    );
}

#[test]
fn an_activation_whose_shift_is_shorter_than_its_scale_is_refused() {
    convolve(&[(LINE, LINE)]);
    let said = refusal(|| convolve(&[(LINE, LINE - 1)]));
    assert!(said.contains("scale and shift"), "{said}");
}

#[test]
fn maps_whose_channels_are_no_whole_lines_are_refused_even_where_their_sum_is() {
    let said = refusal(|| convolve(&[(LINE / 2, LINE / 2), (LINE / 2, LINE / 2)]));
    assert!(said.contains("whole lines"), "{said}");
}

#[test]
fn a_convolution_of_no_whole_lines_is_refused() {
    for (inputs, outputs) in [(0, LINE), (LINE, 0), (LINE + 1, LINE), (LINE, LINE / 2)] {
        let said = refusal(|| {
            Conv::new(
                Isa::Scalar,
                Format::Fp32,
                Method::Winograd(Tile::Small),
                inputs,
                outputs,
                |_, _, _, _| 0.0,
            );
        });
        assert!(said.contains("whole lines"), "{inputs} to {outputs}: {said}");
    }
}

#[test]
fn strides_whose_product_wraps_around_are_refused() {
    let matrix = Matrix::pack(Isa::Scalar, Format::Fp32, 4, LINE, |_, _| 0.0);
    let values = [0.0; 64];
    // Two rows more than half of all numbers apart: the third would begin at 0 again.
    let far = usize::MAX / 2 + 1;
    let mut c = [0.0; 3 * LINE];
    let rows = |stride| Rows {
        values: &values,
        stride,
    };
    let said = refusal(|| multiply(rows(far), &matrix, &mut c, LINE, 3, Init::Zero));
    assert!(said.contains("rows of A"), "{said}");
    let said = refusal(|| multiply(rows(4), &matrix, &mut c, far, 3, Init::Zero));
    assert!(said.contains("rows of C"), "{said}");
    let x = [0.0; 3 * LINE];
    let said = refusal(|| activate(Isa::Scalar, &x, &[1.0; LINE], &[0.0; LINE], &mut c, far));
    assert!(said.contains("pixels of the output"), "{said}");
    let said = refusal(|| average(Isa::Scalar, &[&[]], usize::MAX / LINE + 1, LINE, &mut c[..LINE]));
    assert!(said.contains("bins of the columns"), "{said}");
}

#[test]
fn bins_whose_values_no_word_holds_are_refused() {
    let conv = Conv::new(
        Isa::Scalar,
        Format::Fp32,
        Method::Winograd(Tile::Small),
        LINE,
        LINE,
        |_, _, _, _| 0.0,
    );
    let activation = Activation {
        scale: Buffer::zeros(LINE),
        shift: Buffer::zeros(LINE),
    };
    let run = |bins: usize| {
        conv.run(
            &Threads::new(1),
            ConvJob {
                sources: &[Source {
                    columns: &[None; 3],
                    activation: &activation,
                }],
                bins,
                out: &mut [&mut []],
                shortcut: Shortcut::None,
            },
        );
    };
    let said = refusal(|| run(usize::MAX / LINE + 1));
    assert!(said.contains("values of a column"), "{said}");
    // None at all are done at once.
    run(0);
}

#[test]
fn a_shortcut_or_an_output_of_another_shape_is_refused() {
    let conv = Conv::new(
        Isa::Scalar,
        Format::Fp32,
        Method::Winograd(Tile::Small),
        LINE,
        LINE,
        |_, _, _, _| 0.0,
    );
    let activation = Activation {
        scale: Buffer::zeros(LINE),
        shift: Buffer::zeros(LINE),
    };
    let run = |values: usize, added: &[&[f32]]| {
        conv.run(
            &Threads::new(1),
            ConvJob {
                sources: &[Source {
                    columns: &[None; 3],
                    activation: &activation,
                }],
                bins: 2,
                out: &mut [&mut vec![0.0; values]],
                shortcut: Shortcut::Columns(added),
            },
        );
    };
    run(2 * LINE, &[&[0.0; 2 * LINE]]);
    assert!(refusal(|| run(2 * LINE - 1, &[&[0.0; 2 * LINE]])).contains("output"));
    assert!(refusal(|| run(2 * LINE, &[&[0.0; LINE]])).contains("shortcut"));
    assert!(refusal(|| run(2 * LINE, &[])).contains("shortcut"));
}

#[test]
fn a_buffer_whose_bytes_no_word_holds_is_refused() {
    // One mebibyte, if the number of bytes wrapped around.
    let said = refusal(|| drop(Buffer::zeros((1 << (usize::BITS - 2)) + (1 << 18))));
    assert!(said.contains("bytes of a buffer"), "{said}");
}
