//! What is measured.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use earmark_kernels::{Format, Isa, Threads};
use earmark_library::Timings;
use earmark_models::device::DeviceChoice;
use earmark_models::model::{Model, RANDOM};
use earmark_models::resunet::{Precision, Quality, ResUNetConfig, StreamSettings, Streaming, StreamingNet};
use earmark_models::{Condition, Separator, procedural};

use super::tensors::Tensors;
use crate::args::Bench;
use crate::error::CliError;
use crate::inputs::Crew;
use crate::model::selection;

/// A separator as it runs live, and the network below it where it is a ResUNet.
pub(super) struct Subject {
    pub(super) model: Model,
    pub(super) separator: Arc<dyn Separator>,
    pub(super) net: Option<Arc<StreamingNet>>,
    pub(super) isa: Isa,
    pub(super) threads: usize,
    /// How long it took to load, from its weights to the form that is computed with; in wall time.
    pub(super) loading: Duration,
    /// How the network is run.
    pub(super) settings: StreamSettings,
}

impl Subject {
    pub(super) fn load(options: &Bench) -> Result<Subject, CliError> {
        let precision = options
            .precision
            .map_or_else(|| Precision::of(options.quality()), Into::into);
        let isa = options.isa.unwrap_or_else(|| match options.model == RANDOM {
            true => precision.isa(),
            false => Isa::best(),
        });
        if !isa.is_available() {
            let there: Vec<String> = Isa::available().map(|isa| isa.to_string()).collect();
            return Err(CliError::Bench {
                what: "--isa",
                given: isa.to_string(),
                reason: format!("this machine has {}", there.join(", ")),
            });
        }
        let device = options.device.unwrap_or(DeviceChoice::Cpu);
        Timings::remember();
        if options.model == RANDOM && device == DeviceChoice::Cpu {
            return random(options, isa, precision);
        }
        let fixed = [
            ("--hop", options.hop.map(|hop| hop.to_string())),
            (
                "--lookahead",
                options.lookahead.map(|lookahead| lookahead.to_string()),
            ),
            (
                "--threads",
                options
                    .threads
                    .filter(|&count| count > 1 && !options.file)
                    .map(|count| count.to_string()),
            ),
            ("--isa", options.isa.map(|isa| isa.to_string())),
            (
                "--precision",
                options
                    .precision
                    .and_then(|precision| precision.to_possible_value())
                    .map(|value| value.get_name().to_owned()),
            ),
        ];
        for (what, given) in fixed {
            if let Some(given) = given {
                let reason = format!("only {RANDOM} on the processor has such a choice");
                return Err(CliError::Bench { what, given, reason });
            }
        }
        let model = selection().find(&options.model)?;
        let begun = Instant::now();
        let separator = model.load_on(options.quality(), device)?;
        let loading = begun.elapsed();
        Ok(Subject {
            model,
            separator,
            net: None,
            isa,
            threads: 1,
            loading,
            settings: StreamSettings::of(Quality::default(), &ResUNetConfig::audiosep()),
        })
    }

    /// What its layers multiply in.
    pub(super) fn format(&self) -> Format {
        self.net.as_ref().map_or(Format::Fp32, |net| net.format())
    }

    /// So many conditions that the separator can read; which ones does not matter for their cost.
    pub(super) fn conditions(&self, count: usize) -> Vec<Condition> {
        let spec = self.separator.spec();
        let values: Vec<f32> = procedural::uniform("condition", count * spec.condition_size).collect();
        let condition = |values: &[f32]| {
            let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
            Condition {
                encoder: spec.encoder,
                values: values.iter().map(|value| value / norm).collect(),
            }
        };
        values.chunks_exact(spec.condition_size).map(condition).collect()
    }

    /// The logits of magnitudes and a condition from a file, so that other engines' can be compared with them.
    pub(super) fn dump_logits(&self, input: &Path, out: &Path) -> Result<(), CliError> {
        let Some(net) = &self.net else {
            return Err(CliError::Bench {
                what: "--dump-logits",
                given: input.display().to_string(),
                reason: format!("only {RANDOM} has logits"),
            });
        };
        let tensors = Tensors::read(input)?;
        let condition = Condition {
            encoder: net.config().encoder,
            values: tensors.floats("condition")?.into(),
        };
        let magnitudes = tensors.floats("magnitudes")?;
        let logits = net.logits(&magnitudes, &condition)?;
        let bins = net.config().stft.bins();
        Tensors::write(out, "logits", &[3, magnitudes.len() / bins, bins - 1], &logits)
    }
}

fn random(options: &Bench, isa: Isa, precision: Precision) -> Result<Subject, CliError> {
    let config = ResUNetConfig::audiosep();
    let threads = match options.threads {
        _ if options.file => {
            Crew::fill_pool(options.threads.and_then(|count| NonZeroUsize::new(count.into())));
            Threads::shared()
        }
        Some(count) => Arc::new(Threads::new(count.into())),
        None => Threads::shared(),
    };
    let settings = settings(options, &config)?;
    let begun = Instant::now();
    let net = Arc::new(procedural::streaming(config, isa, precision, threads.clone())?);
    Ok(Subject {
        model: selection().find(RANDOM)?,
        separator: Arc::new(Streaming::new(RANDOM, "", net.clone(), settings)?),
        net: Some(net),
        isa,
        threads: threads.count(),
        loading: begun.elapsed(),
        settings,
    })
}

fn settings(options: &Bench, config: &ResUNetConfig) -> Result<StreamSettings, CliError> {
    let frame = 1000 * config.stft.hop as u32 / config.sample_rate;
    let frames = |what: &'static str, given: Option<u32>, usual: usize, least: u32| match given {
        None => Ok(usual),
        Some(ms) if ms.is_multiple_of(frame) && (least..=20_000).contains(&ms) => Ok((ms / frame) as usize),
        Some(ms) => Err(CliError::Bench {
            what,
            given: format!("{ms} ms"),
            reason: format!("it is a multiple of {frame} ms from {least} to 20000"),
        }),
    };
    let usual = StreamSettings::of(options.quality(), config);
    Ok(StreamSettings {
        hop: frames("--hop", options.hop, usual.hop, frame)?,
        lookahead: frames("--lookahead", options.lookahead, usual.lookahead, 0)?,
        halo: options.halo.map_or(usual.halo, Into::into),
        ..usual
    })
}
