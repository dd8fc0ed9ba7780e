//! What may be typed: a file for each command.

mod bench;
mod choices;
mod evaluate;
mod examples;
mod find;
mod live;
mod models;
mod occurrences;
mod preset;
mod sentence;
mod separate;
mod setting;
mod time;
mod words;

use clap::{CommandFactory, Parser, Subcommand};

pub use bench::{Bench, Halo, Precision};
pub use choices::{Level, Trim};
pub use evaluate::Evaluate;
pub use examples::Examples;
pub use find::Find;
pub use live::{Live, Say};
pub use models::{Download, Import, Models, ModelsCommand};
pub use preset::{MakePreset, PresetMode};
pub use sentence::sentence;
pub use separate::{BitsChoice, DEFAULT_BLOCK, MAX_BLOCK, Mode, Separate, Shard};
pub use setting::{Setting, Value as SettingValue};
pub use time::Time;

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
    /// Separates the sounds that a text names from files, or from every file of a folder.
    Separate(Separate),
    /// Separates what comes in while it comes in, as a client of JACK: from a microphone or another program to headphones.
    Live(Live),
    /// Tells when a sound is to be heard: from when to when, and how sure that is, for a file or every file of a folder.
    Find(Find),
    /// Measures a model on pairs of clips: SDRi and SI-SDR improvement by class and SNR, the wrong query, absent sounds.
    Evaluate(Evaluate),
    /// Writes queries as a preset that VST3 hosts and the plug-in load.
    Preset(MakePreset),
    /// Shows, downloads, installs, checks and removes models.
    Models(Models),
    /// Measures what a model costs on this machine.
    Bench(Bench),
    /// Lists where models can be computed on this machine, and the graphics cards that it has.
    Devices {
        /// Prints one JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Prints what a shell needs to complete `earmark …` at the Tab key.
    Completions {
        /// The shell.
        #[arg(value_name = "SHELL", value_enum)]
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages and the completions into a folder, for those who make packages.
    #[command(hide = true)]
    Pages {
        /// The folder, which must exist.
        #[arg(value_name = "FOLDER")]
        folder: std::path::PathBuf,
    },
}

/// Reads what was typed.
///
/// # Errors
/// What `clap` says; [`sentence`] says it in one.
pub fn parse<I, T>(typed: I) -> Result<Arguments, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<std::ffi::OsString> + Clone,
{
    let mut arguments = Arguments::try_parse_from(typed)?;
    match &mut arguments.command {
        Command::Separate(options) => options.sort()?,
        Command::Find(options) => options.sort()?,
        _ => {}
    }
    Ok(arguments)
}

/// The script that teaches a shell what may be typed.
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "earmark", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Writes a manual page for each command (`earmark.1`, `earmark-separate.1`, …) and the completions for every shell into a folder.
///
/// # Errors
/// What the system says when a file cannot be written.
pub fn pages(folder: &std::path::Path) -> std::io::Result<()> {
    clap_mangen::generate_to(Arguments::command(), folder)?;
    for shell in <clap_complete::Shell as clap::ValueEnum>::value_variants() {
        clap_complete::generate_to(*shell, &mut Arguments::command(), "earmark", folder)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let all = ["earmark"].iter().chain(arguments);
        sentence(&parse(all).expect_err("these arguments are wrong"))
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
            &["find", "a.wav"],
            &["find", "a.wav", "b.wav"],
            &["find", "--score", "list.tsv"],
            &["find", "a.wav", "dog", "--audio", "."],
            &["find", "a.wav", "--score", "list.tsv", "--audio", "."],
            &["find", "--score", "list.tsv", "--audio", ".", "-q", "dog"],
            &["find", "a.wav", "dog", "--threshold", "2"],
            &["find", "a.wav", "dog", "--threshold", "0"],
            &["find", "a.wav", "dog", "--gap", "-1"],
            &["find", "a.wav", "dog", "--smooth", "nan"],
            &["find", "a.wav", "dog", "--shortest", "long"],
            &["find", "a.wav", "dog", "--start", "10", "--end", "0:05"],
            &["separate", "a.wav", "b.wav"],
            &["separate", "a.wav", "b.wav", "dog", "-x"],
            &["separate", "a.wav", "dog", "--start", "soon"],
            &["separate", "a.wav", "dog", "--start", "10", "--end", "0:05"],
            &["separate", "a.wav", "dog", "--jobs", "0"],
            &["separate", "a.wav", "dog", "--threads", "0"],
            &["find", "a.wav", "dog", "--threads", "257"],
            &["separate", "a.wav", "dog", "--format", "mp3"],
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
        assert!(refused(&[]).contains("separate, find, evaluate, preset, models, bench or completions"));
        assert!(refused(&["models"]).contains("list, download, import, remove or verify"));
        assert!(refused(&["models", "download"]).contains("<NAME>"));
    }

    #[test]
    fn a_wrong_block_names_what_is_allowed() {
        for value in ["0", "-3", "many", "16385", "1.5"] {
            let text = refused(&["separate", "a.wav", "dog", "--live", "--block", value]);
            assert!(text.contains(value) && text.contains("from 1 to 16384"), "{text}");
        }
        let fine = parse(["earmark", "separate", "a", "b", "--live", "--block", "16384"]);
        assert!(fine.is_ok());
    }

    #[test]
    fn a_query_may_start_with_a_dash() {
        let parsed = parse(["earmark", "separate", "a.wav", "-dog-"]).map(|a| a.command);
        assert!(
            matches!(parsed, Ok(Command::Separate(Separate { query: Some(query), .. })) if query == "-dog-")
        );
    }

    fn separate(arguments: &[&str]) -> Separate {
        let all = ["earmark", "separate"].iter().chain(arguments);
        match parse(all).map(|parsed| parsed.command) {
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
            assert_eq!(options.inputs, [PathBuf::from("in.wav")], "{arguments:?}");
            assert_eq!(options.queries, ["typing", "not speech"], "{arguments:?}");
            assert_eq!((options.query, options.rest), (None, Some(None)), "{arguments:?}");
        }
        let options = separate(&["in.wav", "typing", "--rest", "rest.wav"]);
        assert_eq!(options.rest, Some(Some("rest.wav".into())));
        assert_eq!(separate(&["in.wav", "typing"]).rest, None);
    }

    #[test]
    fn levels_are_numbers_joined_by_commas() {
        let parsed = |text: &str| {
            let arguments = ["earmark", "evaluate", "p", "--audio", "a", "--snr", text];
            match parse(arguments).map(|parsed| parsed.command) {
                Ok(Command::Evaluate(options)) => Some(options.snr),
                _ => None,
            }
        };
        assert_eq!(parsed("-10,0,10"), Some(vec![-10.0, 0.0, 10.0]));
        assert_eq!(parsed("2.5"), Some(vec![2.5]));
        assert_eq!(parsed("0,loud"), None);
        assert_eq!(parsed("nan"), None);
    }

    #[test]
    fn several_files_and_then_the_query() {
        for (arguments, inputs, query) in [
            (
                &["a.wav", "b.flac", "a dog"][..],
                &["a.wav", "b.flac"][..],
                Some("a dog"),
            ),
            (&["-", "a dog"], &["-"], Some("a dog")),
            (&["a.wav", "b.wav", "-q", "a dog"], &["a.wav", "b.wav"], None),
            (&["a.wav", "a dog", "-q", "rain"], &["a.wav"], Some("a dog")),
            (&["-q", "rain", "a.wav"], &["a.wav"], None),
        ] {
            let options = separate(arguments);
            assert_eq!(
                options.inputs,
                inputs.iter().map(PathBuf::from).collect::<Vec<_>>(),
                "{arguments:?}"
            );
            assert_eq!(options.query.as_deref(), query, "{arguments:?}");
        }
        let refused = refused(&["separate", "a.wav", "dog", "--colour"]);
        assert!(refused.contains("--colour"), "{refused}");
    }
}
