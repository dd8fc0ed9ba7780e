//! Target and rest apart: what comes out of two outputs.

use earmark_engine::{Change, Relay};

/// Replaces the input in `io` by the target and writes the rest; `input` is for a copy of the input, of any length but 0.
pub(crate) fn split(
    engine: &mut Relay,
    input: &mut [Vec<f32>],
    io: &mut [&mut [f32]],
    rest: &mut [&mut [f32]],
    changes: &[Change],
) {
    const MOST: usize = 2;
    let len = io.iter().map(|channel| channel.len()).min().unwrap_or(0);
    let longest = input.iter().map(Vec::len).min().unwrap_or(0).max(1);
    let channels = io.len().min(input.len()).min(MOST);
    // A host may leave the second output unconnected.
    let connected = rest.len() >= channels && rest.iter().all(|channel| channel.len() >= len);
    let mut changes = changes;
    for base in (0..len).step_by(longest) {
        let n = longest.min(len - base);
        for (input, io) in input.iter_mut().zip(io.iter()) {
            input[..n].copy_from_slice(&io[base..base + n]);
        }
        let mut from: [&[f32]; MOST] = Default::default();
        let mut targets: [&mut [f32]; MOST] = Default::default();
        let mut mixtures: [&mut [f32]; MOST] = Default::default();
        for (from, input) in from.iter_mut().zip(input.iter()) {
            *from = &input[..n];
        }
        for (part, channel) in targets.iter_mut().zip(io.iter_mut()) {
            *part = &mut channel[base..base + n];
        }
        for (part, channel) in mixtures.iter_mut().zip(rest.iter_mut().filter(|_| connected)) {
            *part = &mut channel[base..base + n];
        }
        engine.process_split(
            &from[..channels],
            &mut mixtures[..if connected { channels } else { 0 }],
            &mut targets[..channels],
            changes,
        );
        // Changes belong to the call's first sample: see `Plugin::SAMPLE_ACCURATE_AUTOMATION`.
        changes = &[];
        for (target, rest) in targets[..channels].iter_mut().zip(&mut mixtures[..channels]) {
            for (target, rest) in target.iter_mut().zip(rest.iter_mut()) {
                (*target, *rest) = parts(*rest, *target);
            }
        }
    }
}

/// What comes in goes out, as the rest where that has an output of its own.
pub(crate) fn pass_through(io: &mut [&mut [f32]], rest: Option<&mut [&mut [f32]]>) {
    for (io, rest) in io.iter_mut().zip(rest.into_iter().flatten()) {
        let len = io.len().min(rest.len());
        rest[..len].copy_from_slice(&io[..len]);
        io.fill(0.0);
    }
}

/// Target and rest of a mixture x. The rounding error of the rest goes to the target, so that their sum is x to the bit wherever
/// |target| ≤ |x| (Dekker's fast two-sum), and elsewhere to the last bit of the larger part.
fn parts(x: f32, target: f32) -> (f32, f32) {
    if target == 0.0 {
        return (0.0, x);
    }
    let rest = x - target;
    (x - rest, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up_to_the_bit() {
        let mut seed = 1u32;
        let mut draw = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        for _ in 0..10_000 {
            let x = draw();
            let target = x * draw();
            let (target, rest) = parts(x, target);
            assert_eq!(
                (target + rest).to_bits(),
                x.to_bits(),
                "{target} + {rest} is not {x}"
            );
        }
        assert_eq!(parts(0.3, 0.0), (0.0, 0.3));
        let (target, rest) = parts(1e-3, 1.0);
        assert!((target + rest - 1e-3).abs() <= f32::EPSILON);
    }
}
