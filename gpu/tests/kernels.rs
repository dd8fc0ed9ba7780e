//! Every kernel against plain loops, on a card that is software: Mesa's Vulkan here.
#![cfg(feature = "wgpu")]

use std::ops::Range;
use std::sync::Arc;

use earmark_gpu::{
    Around, Card, Conv, Download, Entry, GpuError, Mask, Matrix, Pointwise, Pool, Recording, Ring, Up,
    Vector, cards, padded,
};

fn card() -> Arc<Card> {
    let there = cards();
    let Some(software) = there.iter().find(|card| card.is_software) else {
        panic!("No software Vulkan was found, only {there:?}; install the package mesa-vulkan-drivers.");
    };
    Card::open(Some(&software.name)).unwrap()
}

/// Values between -1 and 1 that look random.
fn value(seed: usize, index: usize) -> f32 {
    let mixed = (seed * 7919 + index).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 40) as f32 / (1u64 << 23) as f32) - 1.0
}

/// A map of some columns: on the card, in a ring that they go round, and here, `[columns][bins][channels]`.
struct Map {
    ring: Ring,
    first: usize,
    columns: Vec<Vec<Vec<f32>>>,
}

/// Fills a map by way of a 1 × 1 convolution of one channel, the only way in.
fn map(card: &Card, seed: usize, columns: Range<usize>, places: usize, bins: usize, channels: usize) -> Map {
    let ring = Ring::new(card, places, bins, channels).unwrap();
    let wide = padded(channels);
    let magnitudes: Vec<f32> = (0..columns.len() * (bins + 1))
        .map(|index| 2.0 + value(seed, index))
        .collect();
    let normal: Vec<f32> = (0..2 * bins).map(|index| value(seed + 1, index)).collect();
    let stem: Vec<f32> = (0..2 * wide)
        .map(|index| {
            if index % wide < channels {
                value(seed + 2, index)
            } else {
                0.0
            }
        })
        .collect();
    let vector = |values: &[f32]| Vector::new(card, values).unwrap();
    let entry = Entry::new(
        card,
        &vector(&magnitudes),
        &vector(&normal),
        &vector(&stem),
        &ring,
    );
    let mut recording = Recording::new();
    entry.record(card, &mut recording, columns.clone(), columns.len(), 1e-5);
    submit(card, &recording);
    let column = |frame: usize| {
        let bin = |bin: usize| {
            let x = magnitudes[frame * (bins + 1) + bin] * normal[2 * bin] + normal[2 * bin + 1];
            (0..channels)
                .map(|channel| x * stem[channel] + stem[wide + channel])
                .collect()
        };
        (0..bins).map(bin).collect()
    };
    Map {
        ring,
        first: columns.start,
        columns: (0..columns.len()).map(column).collect(),
    }
}

fn submit(card: &Card, recording: &Recording) {
    let nothing = Download::new(card, 1).unwrap();
    card.submit(recording, &nothing).unwrap();
    nothing.read(card, &mut []).unwrap();
}

/// What lies in a ring, channel by channel: the logit of a mask whose direction is real is monotone, so each value comes back
/// by a convolution to one logit, through the sigmoid.
fn held(card: &Card, ring: &Ring, columns: Range<usize>, bins: usize, channels: usize) -> Vec<Vec<Vec<f32>>> {
    let mut out = vec![vec![vec![0.0; channels]; bins]; columns.len()];
    let bias = Vector::new(card, &[0.0, 20.0, 0.0]).unwrap();
    (0..channels).for_each(|channel| {
        let weights = Matrix::new(card, 1, padded(channels), 3, |_, row, output| {
            if row == channel && output == 0 { 0.25 } else { 0.0 }
        })
        .unwrap();
        let answers = Download::new(card, 2 * columns.len() * (bins + 1)).unwrap();
        let mask = Mask::new(card, ring, &weights, &bias, &answers);
        let mut recording = Recording::new();
        mask.record(card, &mut recording, columns.clone(), 0);
        card.submit(&recording, &answers).unwrap();
        let mut values = vec![0.0; 2 * columns.len() * (bins + 1)];
        answers.read(card, &mut values).unwrap();
        for (index, mask) in values.chunks_exact(2).enumerate() {
            let (frame, bin) = (index / (bins + 1), index % (bins + 1));
            assert_eq!(mask[1], 0.0);
            match bin < bins {
                true => out[frame][bin][channel] = 4.0 * (mask[0] / (1.0 - mask[0])).ln(),
                false => assert_eq!(mask[0], 0.0, "the network does not read the last bin"),
            }
        }
    });
    out
}

fn assert_near(given: &[Vec<Vec<f32>>], expected: &[Vec<Vec<f32>>]) {
    let flat = |map: &[Vec<Vec<f32>>]| map.iter().flatten().flatten().copied().collect::<Vec<f32>>();
    let (given, expected) = (flat(given), flat(expected));
    assert_eq!(given.len(), expected.len());
    for (index, (given, expected)) in given.iter().zip(&expected).enumerate() {
        assert!(
            (given - expected).abs() < 1e-4 * (1.0 + expected.abs()),
            "value {index} is {given}, not {expected}"
        );
    }
}

fn activation(card: &Card, maps: &[(&Map, usize)]) -> (Vector, Vec<(f32, f32)>) {
    let (mut scales, mut shifts, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for (number, &(_, channels)) in maps.iter().enumerate() {
        for channel in 0..padded(channels) {
            let there = channel < channels;
            let (scale, shift) = (value(50 + number, channel), value(60 + number, channel));
            scales.push(if there { scale } else { 0.0 });
            shifts.push(if there { shift } else { 0.0 });
            if there {
                pairs.push((scale, shift));
            }
        }
    }
    scales.extend(shifts);
    (Vector::new(card, &scales).unwrap(), pairs)
}

fn activated(x: f32, (scale, shift): (f32, f32)) -> f32 {
    let x = x * scale + shift;
    x.max(0.01 * x)
}

/// Rows of a matrix of several maps: the channel that each one is, of all maps' together.
fn rows(channels: &[usize]) -> Vec<Option<usize>> {
    let mut first = 0;
    let mut rows = Vec::new();
    for &count in channels {
        rows.extend((0..padded(count)).map(|row| (row < count).then_some(first + row)));
        first += count;
    }
    rows
}

#[test]
fn columns_go_round_a_ring() {
    let card = card();
    for (bins, channels) in [(1, 1), (5, 4), (64, 6)] {
        let map = map(&card, 1, 9..14, 7, bins, channels);
        assert_near(&held(&card, &map.ring, 9..14, bins, channels), &map.columns);
    }
}

#[test]
fn averages_are_those_of_plain_loops() {
    let card = card();
    let (bins, channels) = (12, 6);
    let input = map(&card, 3, 4..10, 9, bins, channels);
    for (time, frequency) in [(2, 2), (1, 3), (2, 1)] {
        let (first, last) = (
            input.first.div_ceil(time),
            (input.first + input.columns.len()) / time,
        );
        let out = Ring::new(&card, 4, bins / frequency, channels).unwrap();
        let pool = Pool::new(&card, &input.ring, (time, frequency), &out);
        let columns = first..last.min(first + 4);
        let mut recording = Recording::new();
        pool.record(&card, &mut recording, columns.clone());
        submit(&card, &recording);
        let expected: Vec<Vec<Vec<f32>>> = columns
            .clone()
            .map(|column| {
                let bin = |bin: usize| {
                    let channel = |channel: usize| {
                        let pixels = (0..time * frequency).map(|n| {
                            let read = column * time + n / frequency - input.first;
                            input.columns[read][bin * frequency + n % frequency][channel]
                        });
                        pixels.sum::<f32>() / (time * frequency) as f32
                    };
                    (0..channels).map(channel).collect()
                };
                (0..bins / frequency).map(bin).collect()
            })
            .collect();
        assert_near(&held(&card, &out, columns, bins / frequency, channels), &expected);
    }
}

#[test]
fn convolutions_are_those_of_plain_loops() {
    let card = card();
    // One map and two, fewer pixels than a tile and more, more channels than a tile.
    for (bins, inputs, outputs) in [
        (1, vec![4], 4),
        (16, vec![6, 5], 9),
        (100, vec![3], 40),
        (24, vec![17, 20], 36),
    ] {
        let maps: Vec<Map> = inputs
            .iter()
            .enumerate()
            .map(|(index, &channels)| map(&card, 10 + index, 0..6, 6 + index, bins, channels))
            .collect();
        let around = map(&card, 30, 0..6, 6, bins, outputs);
        let read: Vec<(&Map, usize)> = maps.iter().zip(inputs.iter().copied()).collect();
        let (vector, pairs) = activation(&card, &read);
        let (count, rows) = (inputs.iter().sum::<usize>(), rows(&inputs));
        let weight = |output: usize, input: usize, tap: usize| value(70, (output * count + input) * 9 + tap);
        let matrix = Matrix::new(&card, 1, 9 * rows.len(), outputs, |_, row, output| {
            rows[row % rows.len()].map_or(0.0, |input| weight(output, input, row / rows.len()))
        })
        .unwrap();
        let rings: Vec<Ring> = maps.iter().map(|map| map.ring.clone()).collect();
        // The signal has five columns: what the rings hold beyond them is empty.
        let (columns, end) = (2..5, 5);
        let expected = |added: bool| -> Vec<Vec<Vec<f32>>> {
            let pixel = |column: usize, bin: usize, output: usize| {
                let mut sum = if added {
                    around.columns[column][bin][output]
                } else {
                    0.0
                };
                for tap in 0..9 {
                    let (at, of) = (
                        (column + tap / 3).wrapping_sub(1),
                        (bin + tap % 3).wrapping_sub(1),
                    );
                    if at < end && of < bins {
                        let values = maps.iter().flat_map(|map| &map.columns[at][of]);
                        for (input, (&x, &pair)) in values.zip(&pairs).enumerate() {
                            sum += activated(x, pair) * weight(output, input, tap);
                        }
                    }
                }
                sum
            };
            let bin = |column, bin| (0..outputs).map(|output| pixel(column, bin, output)).collect();
            let column = |column| (0..bins).map(|of| bin(column, of)).collect();
            columns.clone().map(column).collect()
        };
        for (added, goes_round) in [
            (false, Around::Nothing),
            (true, Around::Map(around.ring.clone())),
            (true, Around::Held),
        ] {
            let out = match goes_round {
                Around::Held => around.ring.clone(),
                _ => Ring::new(&card, 3, bins, outputs).unwrap(),
            };
            let conv = Conv::new(&card, &rings, &vector, &matrix, goes_round, &out);
            let mut recording = Recording::new();
            conv.record(&card, &mut recording, columns.clone(), end);
            submit(&card, &recording);
            assert!(recording.products() >= conv.products(columns.len()));
            assert_near(
                &held(&card, &out, columns.clone(), bins, outputs),
                &expected(added),
            );
        }
    }
}

#[test]
fn pointwise_convolutions_are_those_of_plain_loops() {
    let card = card();
    for (inputs, outputs) in [(vec![5], 7), (vec![6, 9], 36)] {
        let bins = 20;
        let maps: Vec<Map> = inputs
            .iter()
            .enumerate()
            .map(|(index, &channels)| map(&card, 20 + index, 3..8, 5 + index, bins, channels))
            .collect();
        let rows = rows(&inputs);
        let weight = |output: usize, input: usize| value(80, output * 100 + input);
        let matrix = Matrix::new(&card, 1, rows.len(), outputs, |_, row, output| {
            rows[row].map_or(0.0, |input| weight(output, input))
        })
        .unwrap();
        let bias: Vec<f32> = (0..padded(outputs)).map(|output| value(81, output)).collect();
        let out = Ring::new(&card, 4, bins, outputs).unwrap();
        let rings: Vec<Ring> = maps.iter().map(|map| map.ring.clone()).collect();
        let vector = Vector::new(&card, &bias).unwrap();
        let pointwise = Pointwise::new(&card, &rings, &matrix, &vector, &out);
        let mut recording = Recording::new();
        pointwise.record(&card, &mut recording, 4..8);
        submit(&card, &recording);
        let pixel = |column: usize, bin: usize, output: usize| {
            let values = maps.iter().flat_map(|map| &map.columns[column - 3][bin]);
            let products = values.enumerate().map(|(input, x)| x * weight(output, input));
            bias[output] + products.sum::<f32>()
        };
        let bin = |column, bin| (0..outputs).map(|output| pixel(column, bin, output)).collect();
        let expected: Vec<Vec<Vec<f32>>> = (4..8)
            .map(|column| (0..bins).map(|of| bin(column, of)).collect())
            .collect();
        assert_near(&held(&card, &out, 4..8, bins, outputs), &expected);
    }
}

#[test]
fn transposed_convolutions_are_those_of_plain_loops() {
    let card = card();
    for (time, frequency, bins, channels, outputs) in [(2, 2, 9, 6, 5), (1, 2, 40, 4, 36), (3, 1, 2, 5, 4)] {
        let input = map(&card, 40, 1..5, 4, bins, channels);
        let (vector, pairs) = activation(&card, &[(&input, channels)]);
        let weight =
            |phase: usize, input: usize, output: usize| value(90, (phase * 100 + input) * 100 + output);
        let matrix = Matrix::new(
            &card,
            time * frequency,
            padded(channels),
            outputs,
            |phase, row, output| {
                if row < channels {
                    weight(phase, row, output)
                } else {
                    0.0
                }
            },
        )
        .unwrap();
        let out = Ring::new(&card, 7, bins * frequency, outputs).unwrap();
        let up = Up::new(&card, &input.ring, &vector, &matrix, (time, frequency), &out);
        // Neither begins nor ends with an input column's first.
        let columns = time + time / 2..4 * time - time / 2;
        let mut recording = Recording::new();
        up.record(&card, &mut recording, columns.clone());
        submit(&card, &recording);
        let pixel = |column: usize, bin: usize, output: usize| {
            let phase = column % time * frequency + bin % frequency;
            let values = input.columns[column / time - 1][bin / frequency]
                .iter()
                .zip(&pairs);
            let products = values
                .enumerate()
                .map(|(row, (&x, &pair))| activated(x, pair) * weight(phase, row, output));
            products.sum::<f32>()
        };
        let bin = |column, bin| (0..outputs).map(|output| pixel(column, bin, output)).collect();
        let expected: Vec<Vec<Vec<f32>>> = columns
            .clone()
            .map(|column| (0..bins * frequency).map(|of| bin(column, of)).collect())
            .collect();
        assert_near(&held(&card, &out, columns, bins * frequency, outputs), &expected);
    }
}

#[test]
fn what_a_card_cannot_do_is_said_in_words() {
    let card = card();
    let error = Card::open(Some("no such card")).unwrap_err();
    assert!(matches!(&error, GpuError::Unknown { there, .. } if !there.is_empty()));
    assert!(
        error
            .to_string()
            .contains("there is no graphics card \"no such card\""),
        "{error}"
    );
    let error = Ring::new(&card, 1 << 20, 1024, 384).unwrap_err();
    assert!(matches!(error, GpuError::TooLarge { .. }), "{error}");
    assert_eq!(card.check(), Ok(()), "a refusal costs nobody the card");
    // Software is never taken by itself.
    assert!(
        Card::open(None).is_ok_and(|card| !card.info().is_software)
            || cards().iter().all(|card| card.is_software)
    );
}

#[test]
fn a_card_that_is_lost_says_so_and_can_be_opened_anew() {
    // One of its own: the other tests share theirs.
    let name = card().info().name.clone();
    let lost = Card::open_alone(Some(&name)).unwrap();
    let map = map(&lost, 1, 0..4, 4, 8, 4);
    let out = Ring::new(&lost, 2, 4, 4).unwrap();
    let pool = Pool::new(&lost, &map.ring, (2, 2), &out);
    let answers = Download::new(&lost, 1).unwrap();
    let mut recording = Recording::new();
    pool.record(&lost, &mut recording, 0..2);
    // While it computes, and before.
    lost.submit(&recording, &answers).unwrap();
    lost.lose();
    let _ = answers.read(&lost, &mut []);
    let refused = lost
        .submit(&recording, &answers)
        .and_then(|()| answers.read(&lost, &mut []));
    let error = refused.unwrap_err();
    assert!(matches!(error, GpuError::Lost { .. }), "{error}");
    assert_eq!(lost.check(), Err(error));
    assert!(Ring::new(&lost, 1, 1, 1).is_err());
    assert_eq!(card().check(), Ok(()), "the others have theirs");
}
