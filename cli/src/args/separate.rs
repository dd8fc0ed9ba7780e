//! Arguments of `earmark separate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_audio::Bits;
use earmark_controls::Quality;

use super::choices::{self, Level};

/// Largest block that a host is expected to hand over, in samples.
pub const MAX_BLOCK: usize = 16_384;
/// Block of `--live` where none is given, in samples.
pub const DEFAULT_BLOCK: usize = 512;

/// Arguments of `earmark separate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Several sounds: `earmark separate IN -q typing -q \"a dog barking\" --rest` writes one file for each \
    sound and one with what none of them took. `-q \"not speech\"` names what is not wanted: it is taken out of the \
    targets, and stays in the rest. With no other query, `earmark separate IN \"not speech\"` writes everything but speech.\n\n\
    A folder: `earmark separate IN QUERY -o OUT` separates every sound file in IN and below into the same folders of \
    OUT. Files whose outputs are there are passed over, so the same command goes on where it was stopped; an \
    output has its name only when it is whole.\n\n\
    Exit codes: 0 all is done, 1 some files of a folder failed and the others are done, 2 nothing could be done, \
    130 stopped."
)]
pub struct Separate {
    /// The sound to read: WAV, FLAC, MP3 or Ogg Vorbis, of any rate, up to 8 channels; or a folder of such files.
    #[arg(value_name = "IN")]
    pub input: PathBuf,

    /// What to listen for, for example "a dog barking".
    #[arg(
        value_name = "QUERY",
        allow_hyphen_values = true,
        required_unless_present = "queries"
    )]
    pub query: Option<String>,

    /// One more sound, with a file of its own; "not …" names a sound that is taken out of the others.
    #[arg(
        short = 'q',
        long = "query",
        value_name = "QUERY",
        allow_hyphen_values = true,
        id = "queries"
    )]
    pub queries: Vec<String>,

    /// The WAV file to write, exactly as long as IN [default: "IN - QUERY.wav" beside IN]. The folder to write to where
    /// several sounds are asked for or IN is a folder.
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Also writes what OUT leaves out, to this WAV file [default: "IN - without QUERY.wav" beside OUT]. With one sound
    /// the two add up to IN; with several it is what none of them took.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub rest: Option<Option<PathBuf>>,

    /// What OUT gets: the sound alone (each in a file of its own), or everything but the sounds.
    #[arg(long, value_enum, default_value_t = Mode::Isolate)]
    pub mode: Mode,

    /// Does the I-th of N shares of a folder: every N-th file by sorted path, so that N jobs do all of it.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Separates the files of a folder anew whose outputs are there.
    #[arg(long)]
    pub overwrite: bool,

    /// Runs at the speed of the sound, as inside a host, and counts the blocks that came late.
    #[arg(long)]
    pub live: bool,

    /// Samples that the host hands over at a time with --live, 1 to 16384 [default: 512].
    #[arg(long, value_name = "N", requires = "live", value_parser = block, allow_negative_numbers = true)]
    pub block: Option<usize>,

    /// The model; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears: at most 1 s of latency in all, at most 2 s, or as far as its
    /// network reaches [default: best; balanced with --live].
    #[arg(long, value_parser = choices::quality())]
    pub quality: Option<Quality>,

    /// How loud the model hears.
    #[command(flatten)]
    pub level: Level,

    /// Bits per sample of what is written; 32 is floating point, 16 and 24 clip at full scale.
    #[arg(long, value_name = "BITS", value_parser = bits, default_value = "32")]
    pub bits: Bits,

    /// Prints one JSON object a file, each on a line, instead of words.
    #[arg(long)]
    pub json: bool,
}

/// One of the jobs that share a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 1 to `count`.
    pub number: usize,
    /// How many jobs there are.
    pub count: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { number, count }),
            _ => Err("it is the number of a share and how many there are, for example 1/4 to 4/4".into()),
        }
    }
}

/// Which part of the sound the output gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The sound that the query names.
    Isolate,
    /// Everything but that.
    Remove,
}

fn bits(text: &str) -> Result<Bits, String> {
    match text {
        "16" => Ok(Bits::Int16),
        "24" => Ok(Bits::Int24),
        "32" => Ok(Bits::Float32),
        _ => Err("choose 16, 24 or 32".into()),
    }
}

fn block(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(samples) if (1..=MAX_BLOCK).contains(&samples) => Ok(samples),
        _ => Err(format!(
            "a block is a whole number of samples from 1 to {MAX_BLOCK}, for example 256"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_one_of_so_many() {
        let shard = |text: &str| text.parse::<Shard>();
        assert_eq!(shard("3/7"), Ok(Shard { number: 3, count: 7 }));
        assert!(shard("1/1").is_ok());
        for wrong in ["0/4", "5/4", "1/0", "1", "/", "a/b", "-1/4", "1/4/2", ""] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
