//! From the residuals of a frame to its samples. In 64 bits, which no frame can overflow that holds what it should; one
//! that does not wraps around.

use flac_codec::stream::{ChannelAssignment, Frame, ResidualPartition, Residuals, Subframe, SubframeWidth};

const FIXED: [&[i64]; 5] = [&[], &[1], &[2, -1], &[3, -3, 1], &[4, -6, 4, -1]];

/// The samples of a frame, `[channel][sample]`; `None` where its channels are not equally long.
pub(super) fn of(frame: &Frame) -> Option<Vec<Vec<i64>>> {
    let block = usize::from(u16::from(frame.header.block_size));
    let mut channels: Vec<Vec<i64>> = frame
        .subframes
        .iter()
        .map(|subframe| match subframe {
            SubframeWidth::Common(subframe) => samples(subframe, |value| i64::from(*value)),
            SubframeWidth::Wide(subframe) => samples(subframe, |value| *value),
        })
        .collect();
    if channels.iter().any(|channel| channel.len() != block) {
        return None;
    }
    let pair = |channels: &mut [Vec<i64>], join: fn(i64, i64) -> (i64, i64)| {
        let (first, second) = channels.split_at_mut(1);
        for (a, b) in first[0].iter_mut().zip(&mut second[0]) {
            (*a, *b) = join(*a, *b);
        }
    };
    match frame.header.channel_assignment {
        ChannelAssignment::Independent(_) => {}
        ChannelAssignment::LeftSide => pair(&mut channels, |left, side| (left, left.wrapping_sub(side))),
        ChannelAssignment::SideRight => pair(&mut channels, |side, right| (side.wrapping_add(right), right)),
        ChannelAssignment::MidSide => pair(&mut channels, |mid, side| {
            let sum = mid.wrapping_mul(2) | (side & 1);
            (sum.wrapping_add(side) >> 1, sum.wrapping_sub(side) >> 1)
        }),
    }
    Some(channels)
}

fn samples<I>(subframe: &Subframe<I>, wide: fn(&I) -> i64) -> Vec<i64> {
    let (mut samples, wasted) = match subframe {
        Subframe::Constant {
            block_size,
            sample,
            wasted_bps,
        } => (vec![wide(sample); usize::from(*block_size)], *wasted_bps),
        Subframe::Verbatim { samples, wasted_bps } => (samples.iter().map(wide).collect(), *wasted_bps),
        Subframe::Fixed {
            order,
            warm_up,
            residuals,
            wasted_bps,
        } => {
            let coefficients = FIXED.get(usize::from(*order)).copied().unwrap_or_default();
            (predicted(warm_up, residuals, coefficients, 0, wide), *wasted_bps)
        }
        Subframe::Lpc {
            warm_up,
            shift,
            coefficients,
            residuals,
            wasted_bps,
            ..
        } => {
            let coefficients: Vec<i64> = coefficients.iter().copied().map(i64::from).collect();
            (
                predicted(warm_up, residuals, &coefficients, *shift, wide),
                *wasted_bps,
            )
        }
    };
    if wasted > 0 {
        samples
            .iter_mut()
            .for_each(|sample| *sample = sample.wrapping_shl(wasted));
    }
    samples
}

/// Adds residuals to what the samples before them predict.
fn predicted<I>(
    warm_up: &[I],
    residuals: &Residuals<I>,
    coefficients: &[i64],
    shift: u32,
    wide: fn(&I) -> i64,
) -> Vec<i64> {
    let mut samples: Vec<i64> = warm_up.iter().map(wide).collect();
    match residuals {
        Residuals::Method0 { partitions } => partitions
            .iter()
            .for_each(|partition| extend(&mut samples, partition, wide)),
        Residuals::Method1 { partitions } => partitions
            .iter()
            .for_each(|partition| extend(&mut samples, partition, wide)),
    }
    for n in coefficients.len()..samples.len() {
        let (past, now) = samples.split_at_mut(n);
        let sum = past
            .iter()
            .rev()
            .zip(coefficients)
            .fold(0i64, |sum, (x, c)| sum.wrapping_add(x.wrapping_mul(*c)));
        now[0] = now[0].wrapping_add(sum.wrapping_shr(shift));
    }
    samples
}

fn extend<const RICE: u32, I>(
    samples: &mut Vec<i64>,
    partition: &ResidualPartition<RICE, I>,
    wide: fn(&I) -> i64,
) {
    match partition {
        ResidualPartition::Standard { residuals, .. } | ResidualPartition::Escaped { residuals, .. } => {
            samples.extend(residuals.iter().map(wide));
        }
        ResidualPartition::Constant { partition_len } => {
            samples.resize(samples.len() + partition_len, 0);
        }
    }
}
