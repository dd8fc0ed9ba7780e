//! Packets that say themselves how long they are (RFC 6716, appendix B): all streams of a packet but the last are such.

/// Samples of a packet, as its first bytes state them: at most 120 ms; `None` where they are damaged.
pub(super) fn samples(packet: &[u8]) -> Option<usize> {
    let head = *packet.first()?;
    // RFC 6716, section 3.1: SILK has frames of 10 to 60 ms, the hybrid of 10 and 20 ms, CELT of 2.5 to 20 ms.
    let frame = match head >> 3 {
        silk @ 0..12 => [480, 960, 1920, 2880][usize::from(silk & 3)],
        hybrid @ 12..16 => [480, 960][usize::from(hybrid & 1)],
        celt => 120 << (celt & 3),
    };
    let frames = match head & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(packet.get(1)? & 0x3f),
    };
    (1..=super::MOST_SAMPLES)
        .contains(&(frames * frame))
        .then_some(frames * frame)
}

/// The first packet without its own length, as a decoder takes it, and what follows it.
pub(super) fn split(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut at = 1;
    // What stands before the length that is added, and how many bytes follow it.
    let (before, len) = match bytes.first()? & 3 {
        0 => (at, length(bytes, &mut at)?),
        1 => (at, 2 * length(bytes, &mut at)?),
        2 => {
            let first = length(bytes, &mut at)?;
            (at, first + length(bytes, &mut at)?)
        }
        _ => {
            let count = *bytes.get(at)?;
            at += 1;
            let frames = usize::from(count & 0x3f);
            let padding = if count & 0x40 == 0 {
                0
            } else {
                padding(bytes, &mut at)?
            };
            let mut all = 0;
            if count & 0x80 == 0 {
                let before = at;
                (before, frames * length(bytes, &mut at)? + padding)
            } else {
                for _ in 1..frames {
                    all += length(bytes, &mut at)?;
                }
                let before = at;
                (before, all + length(bytes, &mut at)? + padding)
            }
        }
    };
    let frames = bytes.get(at..at + len)?;
    Some(([&bytes[..before], frames].concat(), &bytes[at + len..]))
}

/// The length of a frame at `at`, which goes behind it.
fn length(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let first = usize::from(*bytes.get(*at)?);
    *at += 1;
    if first < 252 {
        return Some(first);
    }
    let second = usize::from(*bytes.get(*at)?);
    *at += 1;
    Some(first + 4 * second)
}

/// Bytes of padding at the end of a packet, from `at` on.
fn padding(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut all = 0;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if byte < 255 {
            return Some(all + usize::from(byte));
        }
        all += 254;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_split_off_without_its_length() {
        let behind = [9, 9];
        let long = vec![7u8; 300];
        let cases: [(Vec<u8>, Vec<u8>); 7] = [
            (vec![0, 2, 1, 1], vec![0, 1, 1]),
            ([&[0, 252, 12][..], &long].concat(), [&[0][..], &long].concat()),
            (vec![1, 1, 5, 6], vec![1, 5, 6]),
            (vec![2, 1, 2, 5, 6, 6], vec![2, 1, 5, 6, 6]),
            // Two frames of two bytes each.
            (vec![3, 2, 2, 5, 5, 6, 6], vec![3, 2, 5, 5, 6, 6]),
            // Three of one, none and two bytes.
            (vec![3, 0x83, 1, 0, 2, 5, 6, 6], vec![3, 0x83, 1, 0, 5, 6, 6]),
            // One of a byte, and a byte of padding.
            (vec![3, 0x41, 1, 1, 5, 0], vec![3, 0x41, 1, 5, 0]),
        ];
        for (delimited, plain) in cases {
            let bytes = [&delimited[..], &behind].concat();
            assert_eq!(split(&bytes), Some((plain, &behind[..])), "{delimited:?}");
            for cut in 0..delimited.len() {
                assert_eq!(split(&delimited[..cut]), None, "{delimited:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_packet_states_its_samples() {
        for (packet, count) in [
            (&[0][..], Some(480)),
            (&[3 << 3], Some(2880)),
            (&[13 << 3 | 1], Some(1920)),
            (&[16 << 3], Some(120)),
            (&[31 << 3 | 3, 6], Some(5760)),
            (&[31 << 3 | 3, 7], None),
            (&[31 << 3 | 3, 0], None),
            (&[31 << 3 | 3], None),
            (&[], None),
        ] {
            assert_eq!(samples(packet), count, "{packet:?}");
        }
    }
}
