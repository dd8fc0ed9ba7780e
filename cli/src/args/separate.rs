//! Arguments of `earmark separate`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_audio::{Bits, Format};
use earmark_controls::Quality;

use super::choices::{self, Level};
use super::examples::Examples;
use super::occurrences::Occurrences;
use super::time::Time;
use super::words;

/// Largest block that a host is expected to hand over, in samples.
pub const MAX_BLOCK: usize = 16_384;
/// Block of `--live` where none is given, in samples.
pub const DEFAULT_BLOCK: usize = 512;

/// Arguments of `earmark separate`.
#[derive(Debug, Args)]
#[command(
    override_usage = "earmark separate [OPTIONS] <IN>... <QUERY>\n       earmark separate [OPTIONS] <IN>... -q <QUERY>...",
    after_help = "Several sounds: `earmark separate IN -q typing -q \"a dog barking\" --rest` writes one file for each sound, and \
    one with what none of them took. `-q \"not speech\"` names what is not wanted: it is taken out of the targets and stays in \
    the rest. With no other query, `earmark separate IN \"not speech\"` writes everything but speech.\n\n\
    One of several times: `earmark separate IN \"the second dog bark\"`, also \"the first …\", \"the 21st …\", \"the last …\", \"the loudest …\" and \"the longest …\", \
    writes that one alone, as `earmark find` finds it. IN is read twice for that, so it is no pipe; --threshold, --shortest, --gap and \
    --smooth count here alone.\n\n\
    A sound as the query: `earmark separate IN --like door.wav --from 0:02 --to 0:05 --model audiosep`, with a model that was installed with \
    `earmark models download audiosep --audio-tower`.\n\n\
    A picture as the query: `earmark separate IN --image dog.jpg --model clipsep`, with a CLIPSep that was installed with \
    `earmark models import best_model.pt model.safetensors tokenizer.json --image-tower`.\n\n\
    Several files: `earmark separate IN... QUERY -o OUT` separates every file, and every sound file in a folder and below it into \
    the same folders of OUT. A file is skipped if the same command has made its outputs before, so run the command again to go on \
    after a stop. Outputs that were made with other settings are made again. An output gets its name only when it is complete.\n\n\
    Pipes: IN can be - for standard input. -o - writes to standard output, and nothing else is written there.\n\n\
    Exit codes: 0 everything is done, 1 some files failed and the others are done, 2 nothing could be done, 130 stopped."
)]
pub struct Separate {
    /// What to read: sound files (WAV, FLAC, MP3, Ogg, AIFF, CAF, and the sound of MP4 and MOV) of any rate and up to 8 channels,
    /// folders of them, or - for standard input. The last word is the query, for example "a dog barking", unless -q gives one.
    #[arg(value_name = "IN")]
    first: Option<OsString>,

    /// The query, or one more file.
    // Alone among the words, it may begin with a dash: what follows many words would be taken for words, too.
    #[arg(value_name = "QUERY", allow_hyphen_values = true, hide = true)]
    second: Option<OsString>,

    /// Further files, and the query.
    #[arg(value_name = "QUERY", hide = true)]
    others: Vec<OsString>,

    /// What is read, of the words typed.
    #[arg(skip)]
    pub inputs: Vec<PathBuf>,

    /// The query among the words typed.
    #[arg(skip)]
    pub query: Option<String>,

    /// Another sound, with a file of its own. "not …" names a sound to leave out of the others.
    #[arg(
        short = 'q',
        long = "query",
        value_name = "QUERY",
        allow_hyphen_values = true,
        id = "queries"
    )]
    pub queries: Vec<String>,

    /// Sounds by their examples.
    #[command(flatten)]
    pub examples: Examples,

    /// The file to write, exactly as long as IN: NAME.wav, NAME.flac, or - for standard output [default: "IN - QUERY.wav" beside
    /// IN]. With several inputs or several sounds, the folder to write to.
    #[arg(short, long, value_name = "OUT", allow_hyphen_values = true)]
    pub output: Option<PathBuf>,

    /// Also writes what OUT leaves out, to this file [default: "IN - without QUERY.wav" beside OUT]. With one sound, the two add
    /// up to IN; with several, it is what none of them took.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub rest: Option<Option<PathBuf>>,

    /// What OUT gets: the sound alone (each in a file of its own), or everything but the sounds.
    #[arg(long, value_enum, default_value_t = Mode::Isolate)]
    pub mode: Mode,

    /// Starts at this time in IN: seconds, m:ss or h:mm:ss. The output starts there, too.
    #[arg(long, value_name = "TIME")]
    pub start: Option<Time>,

    /// Stops at this time in IN.
    #[arg(long, value_name = "TIME")]
    pub end: Option<Time>,

    /// What counts as a time that the sound is heard, where the query says which one is meant.
    #[command(flatten)]
    pub occurrences: Occurrences,

    /// Files to separate side by side, 1 to 64 [default: as many as there are threads].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,

    /// Threads that compute, 1 or more: files side by side have one each, and a long file that is alone is cut into parts for all of
    /// them [default: as many as the processor has cores].
    #[arg(long, value_name = "N", value_parser = choices::threads)]
    pub threads: Option<NonZeroUsize>,

    /// Does one share of a folder: every N-th file by sorted path, beginning with the I-th, so that N machines can share the work.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Separates files again whose outputs are already there, and replaces sounds under their names that Earmark did not write.
    #[arg(long)]
    pub overwrite: bool,

    /// The sound track to read where a film has several, counted from 1 [default: 1].
    #[arg(long, value_name = "N")]
    pub track: Option<NonZeroUsize>,

    /// Runs in real time, as inside a host, and counts the blocks that came late.
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

    /// Bits per sample of what is written: 16, 24, 32 (floating point), or input for those of IN or the nearest. 16 and 24 clip at
    /// full scale [default: 32; 24 in FLAC].
    #[arg(long, value_name = "BITS", value_parser = bits)]
    pub bits: Option<BitsChoice>,

    /// Format of the outputs that Earmark names: wav or flac. With -o NAME, the ending decides.
    #[arg(long, value_name = "FORMAT", value_parser = format, default_value = "wav")]
    pub format: Format,

    /// Prints one JSON object for each file, on a line of its own, instead of words.
    #[arg(long)]
    pub json: bool,
}

impl Separate {
    /// Sorts the words typed into inputs and a query.
    ///
    /// # Errors
    /// What is missing, or an option that does not exist.
    pub(super) fn sort(&mut self) -> Result<(), clap::Error> {
        let mut all: Vec<OsString> = self.first.take().into_iter().chain(self.second.take()).collect();
        all.append(&mut self.others);
        let sorted = words::sort(all, !(self.queries.is_empty() && self.examples.is_empty()))?;
        words::check_span(self.start, self.end)?;
        self.examples.check()?;
        (self.query, self.inputs) = (sorted.query, sorted.inputs);
        Ok(())
    }
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

/// The bits of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitsChoice {
    /// These.
    These(Bits),
    /// Those that come nearest to the input's.
    Input,
}

fn bits(text: &str) -> Result<BitsChoice, String> {
    match text {
        "16" => Ok(BitsChoice::These(Bits::Int16)),
        "24" => Ok(BitsChoice::These(Bits::Int24)),
        "32" => Ok(BitsChoice::These(Bits::Float32)),
        "input" => Ok(BitsChoice::Input),
        _ => Err("choose 16, 24, 32 or input".into()),
    }
}

fn format(text: &str) -> Result<Format, String> {
    Format::ALL
        .into_iter()
        .find(|format| format.ending() == text)
        .ok_or_else(|| "choose wav or flac".into())
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
