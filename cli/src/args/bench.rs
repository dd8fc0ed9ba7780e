//! Arguments of `earmark bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_controls::{DeviceChoice, Quality};
use earmark_kernels::Isa;
use earmark_queries::Phrases;

use super::choices;

/// Arguments of `earmark bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// The model, or audiosep-random: AudioSep's network on weights that separate nothing, to be timed without its files.
    #[arg(long, value_name = "NAME", default_value = earmark_models::bundled::ID)]
    pub model: String,

    /// Threads that share a layer's work [default: those that the plug-in would use].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: Option<u16>,

    /// Where the network is computed: auto, cpu, gpu, or a graphics card by its name or a part of it; see `earmark devices`.
    /// candle-cpu is the way of devices that keep nothing from block to block, on the processor [default: cpu].
    #[arg(long, value_name = "NAME", value_parser = choices::device)]
    pub device: Option<DeviceChoice>,

    /// The instruction set: scalar, neon, accelerate, avx2, avx512, avx512bf16 or amx [default: the best that the machine has for --precision].
    #[arg(long, value_name = "TIER")]
    pub isa: Option<Isa>,

    /// What the network multiplies in. bf16 and bf16x3 are imitated, slowly, where the instruction set has nothing for them; auto
    /// takes bf16, on AMX else bf16x3, where it is quick and loses less than 1 % of the masks and 40 dB [default: as in the plug-in, fp32 for best, else auto].
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,

    /// How far ahead is heard: at most 1 s of latency in all, at most 2 s, or as far as the network reaches
    /// [default: balanced; best for --file].
    #[arg(long, value_parser = choices::quality())]
    pub quality: Option<Quality>,

    /// Sounds that the query names, computed together; in turns with a query of one sound where there are more.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=Phrases::MOST as i64))]
    pub sounds: u16,

    /// Measures instead a file as `earmark separate` computes it, from stereo samples at 48 kHz to those of its targets: a query of
    /// one sound on one thread and on all of --threads [default: as many as there are processors]; with --sounds as many queries
    /// and what none of them took, too.
    #[arg(long, conflicts_with_all = ["hop", "lookahead", "halo", "minutes", "loss", "dump_logits"])]
    pub file: bool,

    /// Measures instead what *Listen to this* does: how long after the end of an example of a sound (1, 3 and 10 s) it is encoded, and
    /// how long after it what is like it is heard of an engine that plays live meanwhile.
    #[arg(long, conflicts_with_all = ["file", "sounds", "seconds", "hop", "lookahead", "halo", "minutes", "loss", "dump_logits"])]
    pub listen: bool,

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

impl Bench {
    /// The quality that is measured.
    pub(crate) fn quality(&self) -> Quality {
        let usual = if self.file {
            Quality::Best
        } else {
            Quality::Balanced
        };
        self.quality.unwrap_or(usual)
    }
}

/// See [`earmark_models::resunet::Precision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// bf16, or on AMX bf16x3, where it is quick and precise enough.
    Auto,
    /// Single precision.
    Fp32,
    /// Each factor as two in bfloat16, of whose four products three are added.
    Bf16x3,
    /// bfloat16 in the deep layers; on AMX the others as with bf16x3.
    Bf16,
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
            Precision::Bf16x3 => Self::Bf16x3,
            Precision::Bf16 => Self::Bf16,
        }
    }
}
