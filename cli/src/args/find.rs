//! Arguments of `earmark find`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use earmark_controls::Quality;

use super::choices::{self, Level};
use super::examples::Examples;
use super::occurrences::Occurrences;
use super::separate::Shard;
use super::time::Time;
use super::words;

/// Arguments of `earmark find`.
#[derive(Debug, Args)]
#[command(
    override_usage = "earmark find [OPTIONS] <IN>... <QUERY>\n       earmark find [OPTIONS] <IN>... -q <QUERY>...\n       earmark find [OPTIONS] --score <LIST.tsv> --audio <DIR>",
    after_help = "Several files: `earmark find IN... QUERY -o OUT` searches every file, and every sound file in a folder and below it. What is \
    found in each is also kept in OUT, as JSON, in the same folders. A file is not searched again if the same command has done so before, so \
    run the command again to go on after a stop.\n\n\
    Exit codes: 0 everything is searched, whatever was found; 1 some files failed and the others are done, 2 nothing could be done, 130 \
    stopped."
)]
pub struct Find {
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

    /// Another sound. "not …" names a sound that does not count where it is heard with the others.
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

    /// Writes what is found as JSON, to a file; with several inputs, to a file for each in this folder.
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Writes labels for Audacity (File > Import > Labels), to a file; with several inputs, to a file for each in this folder.
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,

    /// Writes regions for Reaper (Region/Marker Manager > Import) as CSV, likewise.
    #[arg(long, value_name = "FILE")]
    pub regions: Option<PathBuf>,

    /// Writes subtitles (SubRip), likewise.
    #[arg(long, value_name = "FILE")]
    pub srt: Option<PathBuf>,

    /// Scores the search instead: a list of scenes with sounds at known times, as training/make_places.py draws it. `docs/find.md`
    /// says what is counted.
    #[arg(
        long,
        value_name = "LIST.tsv",
        requires = "audio",
        conflicts_with_all = ["queries", "like", "not_like", "image", "output", "labels", "regions", "srt", "start", "end", "jobs", "threads", "shard", "overwrite", "track"]
    )]
    pub score: Option<PathBuf>,

    /// The folder that the clips of the list are in.
    #[arg(long, value_name = "DIR", requires = "score")]
    pub audio: Option<PathBuf>,

    /// With --score, draws how the figures depend on the threshold, as a PNG.
    #[arg(long, value_name = "FILE.png", requires = "score")]
    pub chart: Option<PathBuf>,

    /// What counts as an occurrence.
    #[command(flatten)]
    pub occurrences: Occurrences,

    /// Starts at this time in IN: seconds, m:ss or h:mm:ss. Times are told from the beginning of IN.
    #[arg(long, value_name = "TIME")]
    pub start: Option<Time>,

    /// Stops at this time in IN.
    #[arg(long, value_name = "TIME")]
    pub end: Option<Time>,

    /// Files to search side by side, 1 to 64 [default: as many as there are threads].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,

    /// Threads that compute, 1 or more: files side by side have one each, and a long file that is alone is cut into parts for all of
    /// them [default: as many as the processor has cores].
    #[arg(long, value_name = "N", value_parser = choices::threads)]
    pub threads: Option<NonZeroUsize>,

    /// Does one share of a folder: every N-th file by sorted path, beginning with the I-th, so that N machines can share the work.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Searches files again that the same command has searched before, and replaces files of OUT that Earmark did not write.
    #[arg(long)]
    pub overwrite: bool,

    /// The sound track to read where a film has several, counted from 1 [default: 1].
    #[arg(long, value_name = "N")]
    pub track: Option<NonZeroUsize>,

    /// The model; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears: at most 1 s of latency in all, at most 2 s, or as far as its
    /// network reaches.
    #[arg(long, value_parser = choices::quality(), default_value_t = Quality::Best)]
    pub quality: Quality,

    /// How loud the model hears.
    #[command(flatten)]
    pub level: Level,

    /// Prints one JSON object for each file, on a line of its own, instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl Find {
    /// Sorts the words typed into inputs and a query.
    ///
    /// # Errors
    /// What is missing, or an option that does not exist.
    pub(super) fn sort(&mut self) -> Result<(), clap::Error> {
        let mut all: Vec<OsString> = self.first.take().into_iter().chain(self.second.take()).collect();
        all.append(&mut self.others);
        if self.score.is_some() {
            return words::none(&all, "--score");
        }
        let sorted = words::sort(all, !(self.queries.is_empty() && self.examples.is_empty()))?;
        words::check_span(self.start, self.end)?;
        self.examples.check()?;
        (self.query, self.inputs) = (sorted.query, sorted.inputs);
        Ok(())
    }
}
