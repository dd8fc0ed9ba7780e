//! Convolutions on every instruction set against plain loops.

mod common;

use std::collections::HashMap;

use common::Noise;
use earmark_kernels::{
    Activation, Buffer, Conv, ConvJob, Format, Isa, LINE, Method, Shortcut, Source, Threads, Tile,
};

const METHODS: [Method; 4] = [
    Method::Direct,
    Method::Winograd(Tile::Small),
    Method::Winograd(Tile::Medium),
    Method::Winograd(Tile::Large),
];

struct Case {
    method: Method,
    frames: usize,
    bins: usize,
    /// Channels of each map that is read.
    inputs: Vec<usize>,
    outputs: usize,
    /// Whether there is a column before the first and after the last.
    open: (bool, bool),
}

/// The sum over taps and channels in double precision, and the largest sum of absolute values.
fn plain(
    case: &Case,
    weights: &[f32],
    maps: &[Vec<Vec<f32>>],
    activations: &[Activation],
) -> (Vec<Vec<f64>>, f64) {
    let inputs: usize = case.inputs.iter().sum();
    let active = |frame: usize, bin: isize, input: usize| -> f64 {
        if bin < 0 || bin >= case.bins as isize {
            return 0.0;
        }
        if frame == 0 && !case.open.0 || frame == case.frames + 1 && !case.open.1 {
            return 0.0;
        }
        let (mut map, mut channel) = (0, input);
        while channel >= case.inputs[map] {
            channel -= case.inputs[map];
            map += 1;
        }
        let x = f64::from(maps[map][frame][bin as usize * case.inputs[map] + channel]);
        let y = x * f64::from(activations[map].scale[channel]) + f64::from(activations[map].shift[channel]);
        y.max(0.01 * y)
    };
    let mut largest = 0.0_f64;
    let columns = (0..case.frames).map(|frame| {
        let mut column = vec![0.0; case.bins * case.outputs];
        for bin in 0..case.bins {
            for output in 0..case.outputs {
                let (mut sum, mut magnitude) = (0.0, 0.0);
                for input in 0..inputs {
                    for t in 0..3 {
                        for f in 0..3 {
                            let weight = f64::from(weights[((output * inputs + input) * 3 + t) * 3 + f]);
                            let product = weight * active(frame + t, (bin + f) as isize - 1, input);
                            sum += product;
                            magnitude += product.abs();
                        }
                    }
                }
                column[bin * case.outputs + output] = sum;
                largest = largest.max(magnitude);
            }
        }
        column
    });
    (columns.collect(), largest)
}

fn check(case: &Case, threads: &Threads) {
    let mut noise = Noise(case.bins as u64 * 31 + case.frames as u64);
    let inputs: usize = case.inputs.iter().sum();
    let weights = noise.vector(case.outputs * inputs * 9);
    let maps: Vec<Vec<Vec<f32>>> = case
        .inputs
        .iter()
        .map(|channels| {
            (0..case.frames + 2)
                .map(|_| noise.vector(case.bins * channels))
                .collect()
        })
        .collect();
    let activations: Vec<Activation> = case
        .inputs
        .iter()
        .map(|&channels| Activation {
            scale: Buffer::from(&noise.vector(channels)[..]),
            shift: Buffer::from(&noise.vector(channels)[..]),
        })
        .collect();
    let held: Vec<Vec<f32>> = (0..case.frames)
        .map(|_| noise.vector(case.bins * case.outputs))
        .collect();
    let (expected, largest) = plain(case, &weights, &maps, &activations);

    let tiers = Isa::available().flat_map(|isa| Format::ALL.map(|format| (isa, format)));
    // What the first instruction set makes of bfloat16.
    let mut twins: HashMap<(Format, usize), Vec<Vec<f32>>> = HashMap::new();
    for (isa, format) in tiers {
        // Of the sum of absolute values: a factor's rounding errors are much greater than a sum's, and a tile multiplies
        // them.
        let rounding = match case.method {
            Method::Direct | Method::Winograd(Tile::Small) => 8e-3,
            Method::Winograd(Tile::Medium) => 16e-3,
            Method::Winograd(Tile::Large) => 32e-3,
        };
        let allowed = match format {
            Format::Fp32 => 4e-6,
            Format::Bf16 => rounding,
            // Both parts of a factor together have twice the bits.
            Format::Bf16x3 => rounding / 128.0,
        };
        let conv = Conv::new(
            isa,
            format,
            case.method,
            inputs,
            case.outputs,
            |output, input, t, f| weights[((output * inputs + input) * 3 + t) * 3 + f],
        );
        let columns: Vec<Vec<Option<&[f32]>>> = maps
            .iter()
            .map(|map| {
                let mut columns: Vec<Option<&[f32]>> = map.iter().map(|column| Some(&column[..])).collect();
                if !case.open.0 {
                    columns[0] = None;
                }
                if !case.open.1 {
                    columns[case.frames + 1] = None;
                }
                columns
            })
            .collect();
        let sources: Vec<Source> = columns
            .iter()
            .zip(&activations)
            .map(|(columns, activation)| Source { columns, activation })
            .collect();
        let around: Vec<&[f32]> = held.iter().map(|column| &column[..]).collect();
        for (number, shortcut) in [Shortcut::None, Shortcut::Held, Shortcut::Columns(&around)]
            .into_iter()
            .enumerate()
        {
            let mut out = held.clone();
            let job = ConvJob {
                sources: &sources,
                bins: case.bins,
                out: &mut out.iter_mut().map(|column| &mut column[..]).collect::<Vec<_>>(),
                shortcut,
            };
            conv.run(threads, job);
            for (frame, column) in out.iter().enumerate() {
                for (index, value) in column.iter().enumerate() {
                    let added = match shortcut {
                        Shortcut::None => 0.0,
                        _ => f64::from(held[frame][index]),
                    };
                    let error = (f64::from(*value) - expected[frame][index] - added).abs();
                    assert!(
                        error < allowed * (largest + added.abs()),
                        "{isa} {format:?} {:?} {}x{} {:?}->{}: {error:.1e} of {largest:.1e}",
                        case.method,
                        case.frames,
                        case.bins,
                        case.inputs,
                        case.outputs
                    );
                }
            }
            if format != Format::Fp32 {
                match twins.get(&(format, number)) {
                    None => _ = twins.insert((format, number), out),
                    // A transform's last bit may differ, and with it the factor that it is rounded to.
                    Some(twin) => assert!(
                        difference(&out, twin) < allowed / 8.0 * largest,
                        "{isa} {:?}: {:.1e} of {largest:.1e} from its twin",
                        case.method,
                        difference(&out, twin)
                    ),
                }
            }
        }
    }
}

/// Root of the mean square.
fn difference(given: &[Vec<f32>], twin: &[Vec<f32>]) -> f64 {
    let squares = given
        .iter()
        .flatten()
        .zip(twin.iter().flatten())
        .map(|(a, b)| f64::from(a - b).powi(2));
    (squares.sum::<f64>() / given.iter().map(Vec::len).sum::<usize>() as f64).sqrt()
}

#[test]
fn every_tile_shape_and_border_agrees_with_plain_loops() {
    let threads = Threads::new(3);
    for method in METHODS {
        for (frames, bins) in [(1, 1), (1, 2), (2, 4), (3, 5), (4, 3), (5, 16), (7, 21), (9, 40)] {
            for open in [(true, true), (false, true), (true, false), (false, false)] {
                check(
                    &Case {
                        method,
                        frames,
                        bins,
                        inputs: vec![LINE],
                        outputs: LINE,
                        open,
                    },
                    &threads,
                );
            }
        }
    }
}

#[test]
fn several_maps_and_many_channels_agree_with_plain_loops() {
    let threads = Threads::new(2);
    for method in METHODS {
        for (inputs, outputs) in [
            (vec![16, 32], 48),
            (vec![48, 16], 16),
            (vec![128, 128], 32),
            (vec![160], 96),
        ] {
            check(
                &Case {
                    method,
                    frames: 3,
                    bins: 11,
                    inputs,
                    outputs,
                    open: (true, false),
                },
                &threads,
            );
        }
    }
}

#[test]
fn denormals_and_zeros_do_no_harm() {
    let threads = Threads::new(1);
    let forms = [
        (Format::Fp32, Method::Winograd(Tile::Large), 1e-5),
        (Format::Bf16, Method::Direct, 1e-2),
        (Format::Bf16, Method::Winograd(Tile::Small), 1e-2),
        (Format::Bf16, Method::Winograd(Tile::Large), 4e-2),
        (Format::Bf16x3, Method::Direct, 1e-4),
        (Format::Bf16x3, Method::Winograd(Tile::Large), 4e-4),
    ];
    for (isa, (format, method, allowed)) in Isa::available().flat_map(|isa| forms.map(|form| (isa, form))) {
        let conv = Conv::new(isa, format, method, LINE, LINE, |_, _, _, _| 1e-20);
        let activation = Activation {
            scale: Buffer::from(&[1.0; LINE][..]),
            shift: Buffer::zeros(LINE),
        };
        for value in [0.0, 1e-42, -1e-42, f32::MIN_POSITIVE, 1e30] {
            let column = vec![value; 8 * LINE];
            let columns = [Some(&column[..]); 6];
            let mut out = vec![vec![f32::NAN; 8 * LINE]; 4];
            let job = ConvJob {
                sources: &[Source {
                    columns: &columns,
                    activation: &activation,
                }],
                bins: 8,
                out: &mut out.iter_mut().map(|column| &mut column[..]).collect::<Vec<_>>(),
                shortcut: Shortcut::None,
            };
            conv.run(&threads, job);
            assert!(
                out.iter().flatten().all(|value| value.is_finite()),
                "{isa}: {value:e}"
            );
            let (given, expected) = (out[1][3 * LINE], value.max(0.01 * value) * 144e-20);
            assert!(
                (given - expected).abs() <= allowed * expected.abs() + 1e-37,
                "{isa} {format:?}: {value:e} gave {given:e}, not {expected:e}"
            );
        }
    }
}

#[test]
fn what_is_infinite_or_no_number_stays_so() {
    let threads = Threads::new(1);
    let forms = Format::ALL
        .into_iter()
        .flat_map(|format| [Method::Direct, Method::Winograd(Tile::Small)].map(|method| (format, method)));
    let forms: Vec<_> = forms.collect();
    for (isa, (format, method)) in Isa::available().flat_map(|isa| forms.iter().map(move |form| (isa, *form)))
    {
        let conv = Conv::new(isa, format, method, LINE, LINE, |_, _, _, _| 1.0);
        let activation = Activation {
            scale: Buffer::from(&[1.0; LINE][..]),
            shift: Buffer::zeros(LINE),
        };
        for value in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            let mut column = vec![1.0; 16 * LINE];
            column[8 * LINE + 3] = value;
            let columns = [Some(&column[..]); 4];
            let mut out = vec![vec![0.0; 16 * LINE]; 2];
            let job = ConvJob {
                sources: &[Source {
                    columns: &columns,
                    activation: &activation,
                }],
                bins: 16,
                out: &mut out.iter_mut().map(|column| &mut column[..]).collect::<Vec<_>>(),
                shortcut: Shortcut::None,
            };
            conv.run(&threads, job);
            for column in out {
                // Its neighbours know, those far from it do not.
                assert!(!column[8 * LINE].is_finite(), "{isa} {format:?}: {value}");
                assert!(column[2 * LINE].is_finite(), "{isa} {format:?}: {value}");
            }
        }
    }
}
