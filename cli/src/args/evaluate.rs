//! Arguments of `earmark evaluate`.

use std::path::PathBuf;

use clap::Args;
use earmark_controls::Quality;

use super::choices::{self, Level};

/// Arguments of `earmark evaluate`.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// A table with a heading and the columns caption, src_wav, noise_wav and snr_db, separated by tabs; if wished, also
    /// noise_caption (the wrong query), group (the class of the source), absent_caption (a sound that is in neither),
    /// query_wav (a sound that is the query in place of the caption, for models that were installed with --audio-tower) and
    /// noise_query_wav (a sound that is the wrong query beside that; else that of another row).
    #[arg(value_name = "PAIRS.tsv")]
    pub pairs: PathBuf,

    /// The folder that src_wav, noise_wav, query_wav and noise_query_wav are in.
    #[arg(long, value_name = "DIR")]
    pub audio: PathBuf,

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

fn snr(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(db) if db.abs() <= 100.0 => Ok(db),
        _ => Err("give numbers of dB from -100 to 100, joined by commas".into()),
    }
}
