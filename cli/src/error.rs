//! What can go wrong between a command line and a written file.

use std::path::PathBuf;

use earmark_audio::FileError;
use earmark_engine::EngineError;
use earmark_library::LibraryError;
use earmark_models::ModelError;
use earmark_queries::QueryError;
use earmark_state::preset::PresetError;

/// What a shell is told of who was stopped, as it counts SIGINT.
pub const STOPPED_CODE: u8 = 130;

/// Errors of this crate. Each is one sentence that says what was given, what is allowed and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// More channels than the engine carries.
    #[error("\"{}\" has {given} channels, but at most {allowed} can be separated; mix it down or split it first.", path.display())]
    Channels {
        /// The path given.
        path: PathBuf,
        /// Channels of the file.
        given: usize,
        /// Channels of the engine.
        allowed: usize,
    },
    /// A rate that the engine cannot resample.
    #[error("\"{}\" has a rate of {given} Hz, but only rates from {lowest} to {highest} Hz can be separated; convert it to another rate first.", path.display())]
    Rate {
        /// The path given.
        path: PathBuf,
        /// Its rate, in Hz.
        given: f64,
        /// Lowest usable rate, in Hz.
        lowest: u32,
        /// Highest usable rate, in Hz.
        highest: u32,
    },
    /// Two paths that name one file.
    #[error("\"{}\" is both {first} and {second}; give them different names.", path.display())]
    SameFile {
        /// The path given.
        path: PathBuf,
        /// What it is once.
        first: &'static str,
        /// What it is twice.
        second: &'static str,
    },
    /// A file that is no example of a sound.
    #[error("\"{}\" cannot be listened to as an example. {reason}", path.display())]
    Example {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: Box<ModelError>,
    },
    /// A file that is no picture.
    #[error("\"{}\" cannot be a query. {reason}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: Box<ModelError>,
    },
    /// Examples beside several sounds.
    #[error(
        "--like and --image give examples of one sound, but {given} are asked for; give one query beside them, or none."
    )]
    LikeOfSeveral {
        /// How many there are.
        given: usize,
    },
    /// Examples that have nothing in common.
    #[error("{what} have nothing in common that the model could listen for; give fewer of them.")]
    Opposite {
        /// What was given.
        what: String,
    },
    /// More sounds in one query than the engine hears.
    #[error(
        "\"{query}\" names more than {most} sounds with those that are not wanted; ask for fewer at once."
    )]
    TooManySounds {
        /// The query.
        query: String,
        /// How many are allowed.
        most: usize,
    },
    /// More queries than there are slots.
    #[error(
        "{given} queries are given, but the plug-in has {most} slots; write several presets, or join sounds with \" + \"."
    )]
    TooManySlots {
        /// How many are given.
        given: usize,
        /// How many there are.
        most: usize,
    },
    /// A preset of a kind that is not known.
    #[error("\"{}\" does not say which kind of preset it is; end its name with .vstpreset for VST3 hosts, or .json for the plug-in's own menu.", path.display())]
    PresetEnding {
        /// The path given.
        path: PathBuf,
    },
    /// A setting that a preset of the plug-in's own does not hold.
    #[error("\"{id}\" is no part of the plug-in's own presets; leave it out, or write a .vstpreset.")]
    NotInPresets {
        /// The parameter's identifier.
        id: &'static str,
    },
    /// A preset that cannot be read, or be called so.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// A "not" of one sound among several that leave one rest.
    #[error(
        "\"{query}\" says what is not wanted in it, but all sounds leave one rest; say that with a -q of its own, or ask for one sound."
    )]
    NotOfOne {
        /// The query.
        query: String,
    },
    /// Which one of several times is said of a sound in a query, and not of the query.
    #[error(
        "\"{query}\" says which one is meant of a sound within it or of what is not wanted; that can stand at the beginning of a query alone, as in -q \"the second bark\" -q rain. To take one out, name it and add --mode remove."
    )]
    WhichInside {
        /// The query.
        query: String,
    },
    /// Which one of several times holds for one sound, and all of them leave one rest.
    #[error(
        "\"{query}\" is one of the times that a sound is heard, but all sounds leave one rest; ask for that sound alone."
    )]
    WhichOfOne {
        /// The query.
        query: String,
    },
    /// Which one of several times, where nobody knows what is to come.
    #[error(
        "\"{query}\" says which one is meant, but that is known only when the whole recording was heard; {instead}."
    )]
    WhichNow {
        /// The query.
        query: String,
        /// What to do.
        instead: String,
    },
    /// The sound is not heard so often.
    #[error("\"{query}\" is not in {}: the sound was found {found} in it. `earmark find` shows when.", path.display())]
    NoSuchOne {
        /// The query.
        query: String,
        /// "nowhere", "once", "2 times".
        found: String,
        /// The input.
        path: PathBuf,
    },
    /// No server of JACK to be a client of.
    #[error(
        "No JACK server answers ({reason}); start one (`jackd -d alsa`, qjackctl), or where PipeWire runs, say `pw-jack earmark live`."
    )]
    NoJack {
        /// What its library says.
        reason: String,
    },
    /// Something that the server of JACK refuses.
    #[error("JACK refuses it: {reason}; look at its ports with `jack_lsp`, or start it again.")]
    Jack {
        /// What its library says.
        reason: String,
    },
    /// Names of ports that there are none of.
    #[error(
        "No port of JACK has a name that begins with \"{given}\"; there are {}; `none` connects nothing.",
        listed(allowed)
    )]
    NoPorts {
        /// The beginning that was given.
        given: String,
        /// The ports of that direction.
        allowed: Vec<String>,
    },
    /// A server that no longer calls.
    #[error("JACK has ended, or has thrown Earmark out; start it, and then the same command again.")]
    JackGone,
    /// A server that has another rate than the engine was made for.
    #[error("JACK went from {before} Hz to {now} Hz; give the same command again.")]
    JackRate {
        /// The rate in Hz that the engine was made for.
        before: u32,
        /// The rate in Hz now.
        now: u32,
    },
    /// An option of several files, given with one.
    #[error("{option} is for folders and for several files, but \"{}\" is one; leave it out or name more.", path.display())]
    OnlySeveral {
        /// The option.
        option: &'static str,
        /// The input.
        path: PathBuf,
    },
    /// A folder to read, but none to write to.
    #[error("\"{}\" is a folder; name a folder for what is written with -o.", path.display())]
    NoOutputFolder {
        /// The input.
        path: PathBuf,
    },
    /// Bits that a format does not hold.
    #[error("\"{}\" cannot have {bits} bits: FLAC holds 16 or 24; choose one of them with --bits, or write a .wav.", path.display())]
    Bits {
        /// The output.
        path: PathBuf,
        /// What was asked for.
        bits: u16,
    },
    /// Standard input beside other inputs.
    #[error("Standard input (-) is one sound, and stands alone; give the others in a run of their own.")]
    StandardAmongOthers,
    /// Standard input, and no name for what is written.
    #[error(
        "Standard input (-) has no name that outputs could be called by; name what is written with -o, and its rest with --rest FILE."
    )]
    NoNames,
    /// A span that begins behind the end.
    #[error("--start {start} s is not before the end of \"{}\", which is {seconds:.2} s long.", path.display())]
    BehindTheEnd {
        /// The file.
        path: PathBuf,
        /// The start, in seconds.
        start: f64,
        /// The length of the file, in seconds.
        seconds: f64,
    },
    /// One folder to read and to write to.
    #[error("\"{}\" is both the input and the output; name another folder for what is written.", path.display())]
    SameFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A folder without anything to do.
    #[error("There is no sound file that earmark can read in \"{}\" or below it; check its name.", path.display())]
    NoSounds {
        /// The folder.
        path: PathBuf,
    },
    /// One name for the rests of many files.
    #[error("\"{}\" cannot be the rest of every file; leave the name out, and each has its own.", path.display())]
    RestOfMany {
        /// The name.
        path: PathBuf,
    },
    /// Files of a folder that failed; each has been named with its own error.
    #[error("{failed} of {of} files failed, as said above; the others are done.")]
    SomeFailed {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// A table of pairs that cannot be used.
    #[error("\"{}\", row {row}: {reason}.", path.display())]
    Pairs {
        /// The table.
        path: PathBuf,
        /// The line of the file, counted from 1 for the heading.
        row: usize,
        /// What was found, and what is needed.
        reason: String,
    },
    /// The worker gave up in the middle of the sound.
    #[error("The model stopped in the middle of the sound: {reason}")]
    Separation {
        /// The engine's words, with their own full stop.
        reason: String,
    },
    /// A benchmark that cannot be run as asked.
    #[error("{what} cannot be {given}: {reason}.")]
    Bench {
        /// The option.
        what: &'static str,
        /// Its value.
        given: String,
        /// What is allowed.
        reason: String,
    },
    /// A safetensors file that lacks something.
    #[error("\"{}\" cannot be used: {reason}.", path.display())]
    Tensors {
        /// The path given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Ctrl-C.
    #[error("Stopped; nothing was written.")]
    Stopped,
    /// Ctrl-C in a folder.
    #[error("Stopped after {done} of {of} files; the same command goes on from there.")]
    StoppedBetween {
        /// Files that were separated.
        done: usize,
        /// Files that were to be.
        of: usize,
    },
    /// A model that is part of the program, where an installed one is needed.
    #[error(
        "\"{id}\" is part of Earmark itself; only models that were installed can be checked and removed."
    )]
    PartOfEarmark {
        /// The model.
        id: String,
    },
    /// A name for an imported model that a model of Earmark's own has.
    #[error("\"{id}\" is the name of a model that is part of Earmark itself; choose another one.")]
    NameTaken {
        /// The name.
        id: String,
    },
    /// Installed models that are not what was installed.
    #[error(
        "Damaged: {ids}; remove what is damaged with `earmark models remove`, and download or import it again."
    )]
    DamagedModels {
        /// Their names, joined by commas.
        ids: String,
    },
    /// Models that could not be brought here, checked or removed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A model, query or encoder that cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A sound that cannot be asked for.
    #[error(transparent)]
    Query(QueryError),
    /// An engine that cannot be started as asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Names in a sentence.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

impl CliError {
    /// What a shell is told: 130 where somebody stopped it, as shells count SIGINT; 1 where a part of the work is done; else 2.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Stopped | Self::StoppedBetween { .. } | Self::Library(LibraryError::Cancelled) => {
                STOPPED_CODE
            }
            Self::SomeFailed { .. } => 1,
            _ => 2,
        }
    }
}

/// What is wrong with a model is said as such, whoever found it.
impl From<QueryError> for CliError {
    fn from(error: QueryError) -> CliError {
        match error {
            QueryError::Model(error) => CliError::Model(error),
            error => CliError::Query(error),
        }
    }
}
