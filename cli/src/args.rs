//! What may be typed.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use earmark_kernels::Isa;
use earmark_queries::Phrases;

/// Largest block that a host is expected to hand over, in samples.
pub const MAX_BLOCK: usize = 16_384;
/// Block of `--live` where none is given, in samples.
pub const DEFAULT_BLOCK: usize = 512;

/// Type a sound, hear it alone, or everything but it.
#[derive(Debug, Parser)]
#[command(name = "earmark", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Separates the sounds that texts name from a file, or from every file of a folder.
    Separate(Separate),
    /// Measures a model on pairs of clips: SDRi and SI-SDR improvement by class and SNR, the wrong query, absent sounds.
    Evaluate(Evaluate),
    /// Writes queries as a preset that VST3 hosts and the plug-in load.
    Preset(MakePreset),
    /// Shows, downloads, installs, checks and removes models.
    Models(Models),
    /// Measures what a model costs on this machine.
    Bench(Bench),
    /// Prints what a shell needs to complete `earmark …` at the Tab key.
    Completions {
        /// The shell.
        #[arg(value_name = "SHELL", value_enum)]
        shell: clap_complete::Shell,
    },
}

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
    #[arg(long, value_enum)]
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

/// Arguments of `earmark evaluate`.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// A table with a heading and the columns caption, src_wav, noise_wav and snr_db, separated by tabs; if wished, also
    /// noise_caption (the wrong query), group (the class of the source) and absent_caption (a sound that is in neither).
    #[arg(value_name = "PAIRS.tsv")]
    pub pairs: PathBuf,

    /// The folder that src_wav and noise_wav are in.
    #[arg(long, value_name = "DIR")]
    pub audio: PathBuf,

    /// The model; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears: at most 1 s of latency in all, at most 2 s, or as far as its
    /// network reaches.
    #[arg(long, value_enum, default_value_t = Quality::Best)]
    pub quality: Quality,

    /// How loud the model hears.
    #[command(flatten)]
    pub level: Level,

    /// Mixes each pair at these SNRs in dB, for example -10,0,10, instead of those of the table.
    #[arg(long, value_name = "DB", value_delimiter = ',', allow_hyphen_values = true, value_parser = snr)]
    pub snr: Vec<f64>,

    /// Asks each mixture again with the paraphrases of its group: a table with the columns group and paraphrase.
    #[arg(long, value_name = "FILE.tsv")]
    pub paraphrases: Option<PathBuf>,

    /// Also separates each mixture as a whole, without blocks and with all the lookahead there is, and sets streaming
    /// beside that.
    #[arg(long)]
    pub offline: bool,

    /// Turns every mixture up by so many dB before it is separated; levels below 0 turn it down.
    #[arg(long, value_name = "DB", default_value_t = 0.0, allow_negative_numbers = true)]
    pub gain: f32,

    /// Measures the first N pairs only.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,

    /// Draws what each level and each class gains into this PNG.
    #[arg(long, value_name = "FILE.png")]
    pub chart: Option<PathBuf>,

    /// Prints one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `earmark preset`.
#[derive(Debug, Args)]
#[command(
    after_help = "FILE.vstpreset is for VST3 hosts: in Python, `plugin.load_preset(\"typing.vstpreset\")` of pedalboard and \
    `processor.load_vst3_preset(\"typing.vstpreset\")` of DawDreamer. What the queries are encoded to is in it, so the plug-in hears them \
    from the first block on. FILE.json is for the plug-in's own menu of presets."
)]
pub struct MakePreset {
    /// What slot 1 listens for, as in the plug-in: "rain + wind, not speech".
    #[arg(value_name = "QUERY", allow_hyphen_values = true, required_unless_present_any = ["queries", "from"])]
    pub query: Option<String>,

    /// What the next slot listens for; eight at most in all.
    #[arg(
        short = 'q',
        long = "query",
        value_name = "QUERY",
        allow_hyphen_values = true,
        id = "queries"
    )]
    pub queries: Vec<String>,

    /// Takes all of it from a preset of the plug-in, FILE.json, instead.
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["query", "queries", "mode"])]
    pub from: Option<PathBuf>,

    /// The file to write: NAME.vstpreset or NAME.json.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// What is heard: the sound alone, everything but it, or both, each with its own fader.
    #[arg(long, value_enum, default_value_t = PresetMode::Isolate)]
    pub mode: PresetMode,

    /// The model that a .vstpreset asks for; `earmark models list` shows their names [default: the bundled one].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// How far ahead a model that has the choice hears.
    #[arg(long, value_enum, default_value_t = Quality::Balanced)]
    pub quality: Quality,
}

/// See [`earmark_state::Mode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PresetMode {
    /// The sound alone.
    Isolate,
    /// Everything but the sound.
    Remove,
    /// Both, each with its own fader.
    Custom,
}

/// Arguments of `earmark bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// The model, or audiosep-random: AudioSep's network on weights that separate nothing, to be timed without its files.
    #[arg(long, value_name = "NAME", default_value = earmark_models::bundled::ID)]
    pub model: String,

    /// Threads that share a layer's work [default: those that the plug-in would use].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: Option<u16>,

    /// Where the network is computed. cuda and metal need a build with the feature of that name; candle-cpu is their code on
    /// the processor [default: cpu].
    #[arg(long, value_enum)]
    pub device: Option<Device>,

    /// The instruction set: scalar, neon, avx2, avx512 or avx512bf16 [default: the best that the machine has].
    #[arg(long, value_name = "TIER")]
    pub isa: Option<Isa>,

    /// What the network multiplies in. bf16 is imitated, slowly, where the instruction set has nothing for it; auto takes it
    /// where it is quick and loses less than 1 % of the masks and 40 dB [default: as in the plug-in, fp32 for best, else auto].
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,

    /// How far ahead is heard: at most 1 s of latency in all, at most 2 s, or as far as the network reaches.
    #[arg(long, value_enum, default_value_t = Quality::Balanced)]
    pub quality: Quality,

    /// Sounds that the query names, computed together; in turns with a query of one sound where there are more.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=Phrases::MOST as i64))]
    pub sounds: u16,

    /// Milliseconds of new sound in each step, instead of what --quality says.
    #[arg(long, value_name = "MS")]
    pub hop: Option<u32>,

    /// Milliseconds that are heard ahead, instead of what --quality says.
    #[arg(long, value_name = "MS")]
    pub lookahead: Option<u32>,

    /// Which of the decoder's columns around the newest masks are computed anew with every step: none, those after the
    /// masks, or all, instead of what --quality says.
    #[arg(long, value_enum)]
    pub halo: Option<Halo>,

    /// Seconds of sound in each repeat.
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub seconds: u16,

    /// How often each is measured.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub repeats: u16,

    /// Streams for N minutes more, and compares what the first and the last of them cost.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1440))]
    pub minutes: Option<u16>,

    /// Measures instead how far the streaming output of these weights is from their offline output, by hop and lookahead.
    /// A safetensors file with the official names; "mixture.N" and "condition.N" are read from --mixtures.
    #[arg(long, value_name = "FILE", requires = "mixtures")]
    pub loss: Option<PathBuf>,

    /// A safetensors file with the mixtures of --loss, mono at the model's rate, and their conditions.
    #[arg(long, value_name = "FILE")]
    pub mixtures: Option<PathBuf>,

    /// Reads magnitudes and a condition from one safetensors file and writes the network's logits to another.
    #[arg(long, num_args = 2, value_names = ["IN", "OUT"], hide = true)]
    pub dump_logits: Option<Vec<PathBuf>>,

    /// Prints one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// See [`earmark_models::resunet::Precision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// bf16 where it is quick and precise enough.
    Auto,
    /// Single precision.
    Fp32,
    /// bfloat16 in the deep layers.
    Bf16,
}

/// See [`earmark_models::device::DeviceChoice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Device {
    /// Whichever of them is quicker here.
    Auto,
    /// The processor, on Earmark's own kernels.
    Cpu,
    /// An NVIDIA graphics card.
    Cuda,
    /// Apple's graphics processor.
    Metal,
    /// The processor, with the code of the graphics cards.
    CandleCpu,
}

impl From<Device> for earmark_models::device::DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Cpu => Self::Cpu,
            Device::Cuda => Self::Cuda,
            Device::Metal => Self::Metal,
            Device::CandleCpu => Self::CandleCpu,
        }
    }
}

/// See [`earmark_models::resunet::Halo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Halo {
    /// None: each is computed once.
    Once,
    /// Those after the masks.
    Ahead,
    /// All.
    Recomputed,
}

impl From<Halo> for earmark_models::resunet::Halo {
    fn from(halo: Halo) -> Self {
        match halo {
            Halo::Once => Self::Once,
            Halo::Ahead => Self::Ahead,
            Halo::Recomputed => Self::Recomputed,
        }
    }
}

impl From<Precision> for earmark_models::resunet::Precision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::Auto => Self::Auto,
            Precision::Fp32 => Self::Fp32,
            Precision::Bf16 => Self::Bf16,
        }
    }
}

/// See [`earmark_models::resunet::Quality`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Quality {
    /// At most a second of latency.
    Fast,
    /// At most two seconds.
    Balanced,
    /// Equal to the whole signal.
    Best,
}

impl From<Quality> for earmark_models::resunet::Quality {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Fast => Self::Fast,
            Quality::Balanced => Self::Balanced,
            Quality::Best => Self::Best,
        }
    }
}

/// How loud the model hears what it separates.
#[derive(Debug, Clone, Copy, Args)]
pub struct Level {
    /// The level at which the model hears: auto brings what is quieter or louder to where it hears well, a
    /// number turns the input up by so many dB. What comes out keeps its level.
    #[arg(
        long,
        value_name = "DB",
        default_value = "auto",
        allow_negative_numbers = true
    )]
    pub trim: Trim,
}

/// See [`earmark_engine::Trim`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trim(earmark_engine::Trim);

impl std::str::FromStr for Trim {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Trim(earmark_engine::Trim::Automatic));
        }
        match text.parse::<f32>() {
            Ok(db) if db.abs() <= 60.0 => Ok(Trim(earmark_engine::Trim::Fixed(db))),
            _ => Err("it is auto, or a number of dB from -60 to 60".into()),
        }
    }
}

impl From<Trim> for earmark_engine::Trim {
    fn from(trim: Trim) -> Self {
        trim.0
    }
}

/// Arguments of `earmark models`.
#[derive(Debug, Args)]
pub struct Models {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ModelsCommand,
}

/// The subcommands of `earmark models`.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Lists the models that are there, with their rate, their latency and the encoder of their queries, and those that
    /// can be downloaded, with their size and licence.
    List {
        /// Prints one JSON array instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Downloads a model's files, checks and installs them. What was received stays when this is stopped or the
    /// connection breaks; the same command goes on from there.
    Download(Download),
    /// Installs a model from its published files, which lie on this machine.
    Import(Import),
    /// Removes an installed model.
    Remove {
        /// The model; `earmark models list` shows the names.
        #[arg(value_name = "NAME")]
        id: String,
    },
    /// Compares installed models with the checksums that were recorded when they were installed.
    Verify {
        /// The models [default: all that are installed].
        #[arg(value_name = "NAME")]
        ids: Vec<String>,

        /// Prints one JSON array instead of a table.
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `earmark models download`.
#[derive(Debug, Args)]
pub struct Download {
    /// The model; `earmark models list` shows the names.
    #[arg(value_name = "NAME")]
    pub id: String,

    /// Stores the weights in 16 bits: half the file.
    #[arg(long)]
    pub sixteen_bit: bool,

    /// Keeps the downloaded files when the model is installed.
    #[arg(long)]
    pub keep_files: bool,

    /// Downloads and checks the files without installing them, for another machine, and prints where they are.
    #[arg(long, conflicts_with_all = ["sixteen_bit", "keep_files"])]
    pub only_files: bool,
}

/// Arguments of `earmark models import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The files that the model was published as: a checkpoint (.ckpt, .pt, .bin or .safetensors) and the tokenizer.json of
    /// its text encoder, in any order; or the one file that training/export.py writes.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// The name to install it under [default: the name that Earmark knows it by, or its file's].
    #[arg(long, value_name = "NAME")]
    pub id: Option<String>,

    /// Stores the weights in 16 bits: half the file.
    #[arg(long)]
    pub sixteen_bit: bool,
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

/// The sample format of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// 16-bit integers.
    Int16,
    /// 24-bit integers.
    Int24,
    /// 32-bit floating point.
    Float32,
}

fn bits(text: &str) -> Result<Bits, String> {
    match text {
        "16" => Ok(Bits::Int16),
        "24" => Ok(Bits::Int24),
        "32" => Ok(Bits::Float32),
        _ => Err("choose 16, 24 or 32".into()),
    }
}

fn snr(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(db) if db.abs() <= 100.0 => Ok(db),
        _ => Err("give numbers of dB from -100 to 100, joined by commas".into()),
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

/// The script that teaches a shell what may be typed.
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "earmark", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// A usage error in one sentence: what `clap` says over several lines, without its advice on usage.
pub fn sentence(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        if error.to_string().contains("Usage: earmark models") {
            return "Say what to do with models: list, download, import, remove or verify; `earmark models --help` explains them.".into();
        }
        return "Say what to do: separate, evaluate, models, bench or completions; `earmark --help` explains them.".into();
    }
    if let (Some(ContextValue::String(argument)), Some(ContextValue::String(value)), Some(source)) = (
        error.get(ContextKind::InvalidArg),
        error.get(ContextKind::InvalidValue),
        std::error::Error::source(error),
    ) {
        return format!("{argument} cannot be \"{value}\": {source}.");
    }
    let text = error.to_string();
    let first = text
        .trim_start_matches("error: ")
        .split("\n\n")
        .next()
        .unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let mut sentence = words.join(" ");
    if let Some(initial) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &initial);
    }
    format!("{sentence}; `earmark --help` shows what may be typed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let all = ["earmark"].iter().chain(arguments);
        sentence(&Arguments::try_parse_from(all).expect_err("these arguments are wrong"))
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn usage_errors_are_one_sentence() {
        for arguments in [
            &[][..],
            &["separate"],
            &["separate", "a.wav"],
            &["separate", "a.wav", "dog", "--live", "--block", "0"],
            &["separate", "a.wav", "dog", "--live", "--block", "-3"],
            &["separate", "a.wav", "dog", "--live", "--block", "many"],
            &["separate", "a.wav", "dog", "--block", "256"],
            &["separate", "a.wav", "dog", "--mode", "loud"],
            &["separate", "a.wav", "dog", "--bits", "12"],
            &["separate", "a.wav", "dog", "--colour"],
            &["separate", "a", "dog", "--shard", "5/4"],
            &["evaluate", "pairs.tsv"],
            &["evaluate", "pairs.tsv", "--audio", ".", "--snr", "0,loud"],
            &["models"],
            &["completions"],
            &["completions", "tcl"],
            &["dance"],
        ] {
            let text = refused(arguments);
            assert!(
                !text.contains('\n') && text.ends_with('.'),
                "{arguments:?}: {text}"
            );
            assert!(
                !text.contains("Usage") && !text.contains("error:"),
                "{arguments:?}: {text}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_named_where_it_is_missing() {
        assert!(refused(&[]).contains("separate, evaluate, models, bench or completions"));
        assert!(refused(&["models"]).contains("list, download, import, remove or verify"));
        assert!(refused(&["models", "download"]).contains("<NAME>"));
    }

    #[test]
    fn a_wrong_block_names_what_is_allowed() {
        for value in ["0", "-3", "many", "16385", "1.5"] {
            let text = refused(&["separate", "a.wav", "dog", "--live", "--block", value]);
            assert!(text.contains(value) && text.contains("from 1 to 16384"), "{text}");
        }
        let fine = Arguments::try_parse_from(["earmark", "separate", "a", "b", "--live", "--block", "16384"]);
        assert!(fine.is_ok());
    }

    #[test]
    fn a_query_may_start_with_a_dash() {
        let parsed = Arguments::try_parse_from(["earmark", "separate", "a.wav", "-dog-"]).map(|a| a.command);
        assert!(
            matches!(parsed, Ok(Command::Separate(Separate { query: Some(query), .. })) if query == "-dog-")
        );
    }

    fn separate(arguments: &[&str]) -> Separate {
        let all = ["earmark", "separate"].iter().chain(arguments);
        match Arguments::try_parse_from(all).map(|parsed| parsed.command) {
            Ok(Command::Separate(options)) => options,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    #[test]
    fn several_queries_and_a_rest_without_a_name() {
        for arguments in [
            &["in.wav", "-q", "typing", "-q", "not speech", "--rest"][..],
            &["-q", "typing", "in.wav", "--query", "not speech", "--rest"],
            &["in.wav", "--rest", "-q", "typing", "-q", "not speech"],
        ] {
            let options = separate(arguments);
            assert_eq!(options.input, PathBuf::from("in.wav"), "{arguments:?}");
            assert_eq!(options.queries, ["typing", "not speech"], "{arguments:?}");
            assert_eq!((options.query, options.rest), (None, Some(None)), "{arguments:?}");
        }
        let options = separate(&["in.wav", "typing", "--rest", "rest.wav"]);
        assert_eq!(options.rest, Some(Some("rest.wav".into())));
        assert_eq!(separate(&["in.wav", "typing"]).rest, None);
    }

    #[test]
    fn a_shard_is_one_of_so_many() {
        let shard = |text: &str| text.parse::<Shard>();
        assert_eq!(shard("3/7"), Ok(Shard { number: 3, count: 7 }));
        assert!(shard("1/1").is_ok());
        for wrong in ["0/4", "5/4", "1/0", "1", "/", "a/b", "-1/4", "1/4/2", ""] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn levels_are_numbers_joined_by_commas() {
        let parsed = |text: &str| {
            let arguments = ["earmark", "evaluate", "p", "--audio", "a", "--snr", text];
            match Arguments::try_parse_from(arguments).map(|parsed| parsed.command) {
                Ok(Command::Evaluate(options)) => Some(options.snr),
                _ => None,
            }
        };
        assert_eq!(parsed("-10,0,10"), Some(vec![-10.0, 0.0, 10.0]));
        assert_eq!(parsed("2.5"), Some(vec![2.5]));
        assert_eq!(parsed("0,loud"), None);
        assert_eq!(parsed("nan"), None);
    }
}
