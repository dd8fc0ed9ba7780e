//! Damages any input, at random but repeatably.

use crate::support::mutate::Random;

/// Bytes at which texts, numbers and lengths go wrong.
const EDGES: [&[u8]; 16] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\"",
    b"{}",
    b"[",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551615",
    b"\n",
    b"\t",
    b", not ",
    b" + ",
    "\u{202E}＋é\u{1b}".as_bytes(),
];

/// One of the inputs, damaged in one to six places.
pub(crate) fn damaged(inputs: &[(String, Vec<u8>)], random: &mut Random) -> Vec<u8> {
    let mut bytes = inputs[random.below(inputs.len())].1.clone();
    for _ in 0..=random.below(6) {
        damage(&mut bytes, random);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(32)).min(bytes.len());
    match random.below(6) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.next() as u8;
            }
        }
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        // A stretch of the input again elsewhere.
        4 => {
            let stretch = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, stretch);
        }
        _ => {
            let edge = EDGES[random.below(EDGES.len())];
            let over = if random.below(2) == 0 {
                at
            } else {
                (at + edge.len()).min(bytes.len())
            };
            bytes.splice(at..over, edge.iter().copied());
        }
    }
}
