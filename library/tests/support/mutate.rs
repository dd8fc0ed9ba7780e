//! Damages model files, at random but repeatably.

use super::{
    Around, Entries, MICRO, Scalar, Sizes, Tensor, audiosep, checkpoint, clap, prefixed, safetensors,
    tokenizer, zipped,
};

/// Random numbers: splitmix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `count`, which is not 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }
}

/// The smallest network that has all layers.
const TINY: Sizes = Sizes {
    channels: [1, 2, 2, 2, 2, 2],
    condition: 2,
    layers: 1,
    ..MICRO
};

/// Files to damage.
pub(crate) struct Seeds {
    /// Zip archives by their entries, so that damage within gets right checksums.
    checkpoints: Vec<Entries>,
    /// Any files.
    files: Vec<Vec<u8>>,
}

/// Operations of the pickle machine.
const OPERATIONS: &[u8] =
    b".(012NGIJLKMXBCTU)]}tlduaespqrghjcQRb\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96";

/// Numbers at which things go wrong.
const EDGES: [u64; 12] = [
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

impl Seeds {
    pub(crate) fn new() -> Seeds {
        let mut halves = audiosep(TINY);
        halves
            .iter_mut()
            .filter(|tensor| tensor.shape.len() > 1)
            .for_each(|tensor| tensor.transposed = true);
        let checkpoints = vec![
            checkpoint(&audiosep(TINY), Around::Lightning),
            checkpoint(&audiosep(TINY), Around::Clap),
            checkpoint(&prefixed("module.", clap(TINY)), Around::Clap),
            checkpoint(&halves, Around::Nothing),
        ];
        let mut files: Vec<Vec<u8>> = checkpoints.iter().map(zipped).collect();
        files.push(safetensors(&audiosep(TINY)));
        files.push(tokenizer());
        Seeds { checkpoints, files }
    }

    /// A damaged file, which is to be imported together with a sound tokenizer.
    pub(crate) fn damaged(&self, random: &mut Random) -> Vec<u8> {
        if random.below(4) == 0 {
            return reshaped(random);
        }
        if random.below(3) == 0 {
            let mut file = self.files[random.below(self.files.len())].clone();
            for _ in 0..=random.below(4) {
                damage(&mut file, random);
            }
            // The header of a safetensors file, the end of a zip: where damage does more.
            if random.below(3) == 0 {
                let end = file.len().min(2000);
                let mut head = file[..end].to_vec();
                damage(&mut head, random);
                file.splice(..end, head);
            }
            return file;
        }
        let mut entries = self.checkpoints[random.below(self.checkpoints.len())].clone();
        for _ in 0..=random.below(3) {
            match random.below(8) {
                0..=4 => damage(&mut entries[0].1, random),
                5 => {
                    let index = random.below(entries.len());
                    damage(&mut entries[index].1, random);
                }
                6 => drop(entries.remove(1 + random.below(entries.len() - 1))),
                _ => {
                    let index = random.below(entries.len());
                    entries[index].0.push('x');
                }
            }
        }
        zipped(&entries)
    }
}

/// One piece of damage.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        bytes.push(0);
    }
    let (at, other) = (random.below(bytes.len()), random.below(bytes.len()));
    let span = 1 + random.below(64);
    match random.below(10) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.next() as u8,
        2 => bytes.truncate(at),
        // A stretch of the file again elsewhere, or taken out.
        3 => {
            let stretch = bytes[other..(other + span).min(bytes.len())].to_vec();
            bytes.splice(at..at, stretch);
        }
        4 => drop(bytes.drain(at..(at + span).min(bytes.len()))),
        // A number at an edge.
        5 | 6 => {
            let width = [1, 2, 4, 8][random.below(4)];
            let number = EDGES[random.below(EDGES.len())].to_le_bytes();
            let end = (at + width).min(bytes.len());
            bytes[at..end].copy_from_slice(&number[..end - at]);
        }
        // An operation changed, put in, or repeated.
        7 => bytes[at] = OPERATIONS[random.below(OPERATIONS.len())],
        8 => bytes.insert(at, OPERATIONS[random.below(OPERATIONS.len())]),
        _ => {
            let count = random.below(5000);
            let repeated = vec![OPERATIONS[random.below(OPERATIONS.len())]; count];
            bytes.splice(at..at, repeated);
        }
    }
}

/// A sound file of tensors that are not right.
fn reshaped(random: &mut Random) -> Vec<u8> {
    let mut tensors = audiosep(TINY);
    for _ in 0..random.below(3) {
        let index = random.below(tensors.len());
        let other = tensors[random.below(tensors.len())].name.clone();
        let tensor = &mut tensors[index];
        match random.below(7) {
            0 => {
                let mut shape = tensor.shape.clone();
                match random.below(4) {
                    0 => shape.push(1 + random.below(3)),
                    1 => drop(shape.pop()),
                    _ if shape.is_empty() => shape.push(0),
                    _ => {
                        let axis = random.below(shape.len());
                        shape[axis] = [0, 1, 2, 3, 9, 300][random.below(6)];
                    }
                }
                *tensor = Tensor::new(tensor.name.clone(), &shape);
            }
            1 => tensor.name = other,
            2 => tensor.name.truncate(random.below(tensor.name.len())),
            3 => tensor.scalar = [Scalar::F16, Scalar::Bf16, Scalar::F64, Scalar::I64][random.below(4)],
            4 => tensor.transposed = !tensor.shape.contains(&0),
            5 => {
                let count = tensor.values.len();
                if let Some(value) = tensor.values.get_mut(random.below(count)) {
                    *value = [f64::NAN, f64::INFINITY, 1e300, 1e30, 1e5, 1e-300][random.below(6)];
                }
            }
            _ => drop(tensors.remove(index)),
        }
    }
    if random.below(2) == 0 {
        return zipped(&checkpoint(&tensors, Around::Lightning));
    }
    tensors.iter_mut().for_each(|tensor| tensor.transposed = false);
    safetensors(&tensors)
}
