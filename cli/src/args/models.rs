//! Arguments of `earmark models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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

    /// Installs the model's audio tower, too, so that a sound can be its query (`earmark separate IN --like CLIP.wav`): 274 MB
    /// more for AudioSep, half of that in 16 bits.
    #[arg(long)]
    pub audio_tower: bool,

    /// Keeps the downloaded files when the model is installed.
    #[arg(long)]
    pub keep_files: bool,

    /// Downloads and checks the files without installing them, for another machine, and prints where they are.
    #[arg(long, conflicts_with_all = ["sixteen_bit", "audio_tower", "keep_files"])]
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

    /// Installs the model's audio tower, too, so that a sound can be its query (`earmark separate IN --like CLIP.wav`): 274 MB
    /// more for AudioSep, half of that in 16 bits.
    #[arg(long)]
    pub audio_tower: bool,

    /// Installs the model's image tower, too, so that a picture can be its query (`earmark separate IN --image PICTURE`): 351 MB
    /// more for CLIPSep, half of that in 16 bits.
    #[arg(long)]
    pub image_tower: bool,
}
