//! What is odd about a file that is read all the same.

use std::fmt;

/// What is odd about a file that is read all the same: a sentence without its subject, the file, and without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Packets that could not be decoded.
    Damaged {
        /// How many.
        packets: u64,
    },
    /// Samples of a channel that the file declares and does not hold.
    Missing {
        /// How many.
        samples: u64,
    },
    /// Other sound tracks, which were not read.
    Tracks {
        /// How many there are.
        count: usize,
        /// Which one is read, counted from 1.
        read: usize,
    },
    /// Bytes behind the sound that are no part of the file's structure.
    Behind {
        /// How many.
        bytes: u64,
    },
    /// A checksum that the file states of its sound, and that another sound has.
    Checksum,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { packets: 1 } => write!(f, "has a damaged packet, which was replaced by silence"),
            Self::Damaged { packets } => {
                write!(f, "has {packets} damaged packets, which were replaced by silence")
            }
            Self::Missing { samples } => write!(
                f,
                "ends {samples} samples before the end that it declares; it was cut short"
            ),
            Self::Tracks { count, read } => {
                write!(f, "has {count} sound tracks, of which number {read} is read")
            }
            Self::Behind { bytes } => write!(
                f,
                "has {bytes} bytes behind the end that it declares for its sound; they are left out"
            ),
            Self::Checksum => write!(
                f,
                "has another sound than the one that its MD5 checksum was made of; what it holds was read"
            ),
        }
    }
}
