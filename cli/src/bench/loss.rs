//! `earmark bench --loss`: what a short lookahead costs in quality, on weights that were trained.

use std::path::Path;
use std::sync::Arc;

use earmark_models::resunet::{Halo, ResUNetConfig, StageConfig, StreamSettings, Streaming, StreamingNet};
use earmark_models::stft::offline::OfflineStft;
use earmark_models::{Condition, EncoderKind, Separator, mask};
use num_complex::Complex32;
use serde::Serialize;

use super::tensors::Tensors;
use crate::error::CliError;
use crate::output;

/// Frames of a hop and of the lookahead that are tried.
const HOPS: [usize; 2] = [16, 32];
const LOOKAHEADS: [usize; 8] = [0, 8, 16, 20, 48, 80, 120, 352];

/// Frames before a change of query that a new stream is tried with.
const CONTEXTS: [usize; 6] = [0, 16, 32, 64, 128, 352];

/// What is measured.
#[derive(Debug, Serialize)]
struct Losses {
    by_lookahead: Vec<Loss>,
    /// The second after a change of query, against a stream that has always heard it.
    by_context: Vec<ContextLoss>,
}

#[derive(Debug, Serialize)]
struct ContextLoss {
    context_ms: usize,
    db: f64,
}

/// One setting.
#[derive(Debug, Serialize)]
struct Loss {
    hop_ms: usize,
    lookahead_ms: usize,
    /// Output against offline output over all mixtures, in dB, the decoder's columns computed once.
    once_db: f64,
    /// The same with those after the newest masks computed anew.
    ahead_db: f64,
    /// The same with the whole halo computed anew.
    recomputed_db: f64,
}

/// Measures the weights in `weights` on the mixtures in `mixtures`.
pub(super) fn run(weights: &Path, mixtures: &Path, as_json: bool) -> Result<(), CliError> {
    let weights = Tensors::read(weights)?;
    let net = Arc::new(StreamingNet::from_safetensors(
        config(&weights)?,
        weights.bytes(),
    )?);
    let mixtures = Tensors::read(mixtures)?;
    let names = mixtures.names()?;
    let mut sounds = Vec::new();
    for name in &names {
        let Some(number) = name.strip_prefix("mixture.") else {
            continue;
        };
        let condition = Condition {
            encoder: net.config().encoder,
            values: mixtures.floats(&format!("condition.{number}"))?.into(),
        };
        sounds.push(Sound::new(&net, mixtures.floats(name)?, condition)?);
    }
    if sounds.is_empty() {
        return Err(mixtures.refused("it has no tensor called mixture.0, mixture.1 and so on".into()));
    }
    let frame = 1000 * net.config().stft.hop / net.config().sample_rate as usize;
    let mut by_lookahead = Vec::new();
    for hop in HOPS {
        for lookahead in LOOKAHEADS {
            let of = |halo| {
                let settings = StreamSettings {
                    hop,
                    lookahead,
                    context: 0,
                    halo,
                };
                ratio(&net, &sounds, settings)
            };
            by_lookahead.push(Loss {
                hop_ms: hop * frame,
                lookahead_ms: lookahead * frame,
                once_db: of(Halo::Once)?,
                ahead_db: of(Halo::Ahead)?,
                recomputed_db: of(Halo::Recomputed)?,
            });
        }
    }
    let mut by_context = Vec::new();
    for context in CONTEXTS {
        by_context.push(ContextLoss {
            context_ms: context * frame,
            db: change(&net, &sounds, context)?,
        });
    }
    let losses = Losses {
        by_lookahead,
        by_context,
    };
    if as_json {
        output::json(&losses);
    } else {
        output::text(&losses.table());
    }
    Ok(())
}

impl Losses {
    fn table(&self) -> String {
        let mut table = String::from(
            "streaming against offline output, dB, by what is computed anew of the decoder\n\n\
             hop ms  ahead ms   none  ahead    all\n",
        );
        for loss in &self.by_lookahead {
            table += &format!(
                "{:>6}  {:>8}  {:>5.1}  {:>5.1}  {:>5.1}\n",
                loss.hop_ms, loss.lookahead_ms, loss.once_db, loss.ahead_db, loss.recomputed_db
            );
        }
        table += "\nthe second after a change of query, dB, by what the new stream has heard before\n\n ms\n";
        for loss in &self.by_context {
            table += &format!("{:>4}  {:>5.1}\n", loss.context_ms, loss.db);
        }
        table
    }
}

/// What a fresh stream that begins `context` frames before a change loses in the second after it, in dB as in [`ratio`].
fn change(net: &Arc<StreamingNet>, sounds: &[Sound], context: usize) -> Result<f64, CliError> {
    let bins = net.config().stft.bins();
    let second = net.config().sample_rate as usize / net.config().stft.hop;
    let cell = net.config().time_pooling();
    let (mut energy, mut error) = (0.0, 0.0);
    for sound in sounds {
        let frames = sound.magnitudes.len() / bins;
        // Streams begin on the grid of the pooling.
        let moment = frames / 2 / cell * cell;
        let first = moment.saturating_sub(context) / cell * cell;
        let tail = &sound.magnitudes[first * bins..];
        let logits = net.logits(tail, &sound.condition)?;
        let mut masks = vec![Complex32::default(); tail.len()];
        mask::from_logit_planes(&logits, tail.len() / bins, 0, &mut masks, bins);
        let heard = moment * bins..(moment + second).min(frames) * bins;
        let fresh = product(
            &masks[heard.start - first * bins..heard.end - first * bins],
            &sound.spectrum[heard.clone()],
        );
        for (fresh, offline) in fresh.iter().zip(&sound.offline[heard]) {
            energy += f64::from(offline.norm_sqr());
            error += f64::from((fresh - offline).norm_sqr());
        }
    }
    Ok(10.0 * (energy / error.max(1e-30)).log10())
}

/// A mixture, and what the network makes of it as a whole.
struct Sound {
    condition: Condition,
    spectrum: Vec<Complex32>,
    magnitudes: Vec<f32>,
    offline: Vec<Complex32>,
}

impl Sound {
    fn new(net: &Arc<StreamingNet>, wave: Vec<f32>, condition: Condition) -> Result<Sound, CliError> {
        let spectrogram = OfflineStft::new(net.config().stft)?.analyze(&wave)?;
        let bins = net.config().stft.bins();
        let magnitudes: Vec<f32> = spectrogram.values.iter().map(|value| value.norm()).collect();
        let logits = net.logits(&magnitudes, &condition)?;
        let mut offline = vec![Complex32::default(); magnitudes.len()];
        mask::from_logit_planes(&logits, magnitudes.len() / bins, 0, &mut offline, bins);
        Ok(Sound {
            condition,
            offline: product(&offline, &spectrogram.values),
            spectrum: spectrogram.values,
            magnitudes,
        })
    }
}

fn product(masks: &[Complex32], spectrum: &[Complex32]) -> Vec<Complex32> {
    masks
        .iter()
        .zip(spectrum)
        .map(|(mask, value)| mask * value)
        .collect()
}

/// Energy of the offline spectra over that of their difference to the streamed ones, in dB, over the frames that a
/// stream of any of the settings has answered.
fn ratio(net: &Arc<StreamingNet>, sounds: &[Sound], settings: StreamSettings) -> Result<f64, CliError> {
    let separator = Streaming::new("loss", "", net.clone(), settings)?;
    let bins = net.config().stft.bins();
    let len = settings.hop * bins;
    let most = LOOKAHEADS.into_iter().max().unwrap_or(0) + HOPS.into_iter().max().unwrap_or(0);
    let (mut energy, mut error) = (0.0, 0.0);
    for sound in sounds {
        let mut stream = separator.stream(std::slice::from_ref(&sound.condition))?;
        let mut masks = vec![Complex32::default(); len];
        let mut answered = Vec::new();
        for block in sound.magnitudes.chunks_exact(len) {
            stream.push(block, &mut masks)?;
            answered.extend_from_slice(&masks);
        }
        let answered = answered.get(settings.lookahead * bins..).unwrap_or(&[]);
        let compared = sound
            .magnitudes
            .len()
            .saturating_sub(most * bins)
            .min(answered.len());
        let streamed = product(&answered[..compared], &sound.spectrum);
        for (streamed, offline) in streamed.iter().zip(&sound.offline) {
            energy += f64::from(offline.norm_sqr());
            error += f64::from((streamed - offline).norm_sqr());
        }
    }
    Ok(10.0 * (energy / error.max(1e-30)).log10())
}

/// The published topology with the channels that the file's tensors have.
fn config(weights: &Tensors) -> Result<ResUNetConfig, CliError> {
    let prefix = if weights.names()?.iter().any(|name| name.starts_with("ss_model.")) {
        "ss_model."
    } else {
        ""
    };
    let shape = |name: &str| weights.shape(&format!("{prefix}{name}"));
    let published = ResUNetConfig::audiosep();
    let mut stages = Vec::new();
    for (index, stage) in published.stages.iter().enumerate() {
        let name = format!("base.encoder_block{}.conv_block1.conv2.weight", index + 1);
        stages.push(StageConfig {
            channels: shape(&name)?[0],
            ..*stage
        });
    }
    let condition_size = shape("film.conv_block7a->conv_block1->beta1.weight")?[1];
    Ok(ResUNetConfig {
        stem: shape("base.pre_conv.weight")?[0],
        middle: shape("base.conv_block7a.conv_block1.conv2.weight")?[0],
        stages,
        condition_size,
        encoder: if condition_size == 384 {
            EncoderKind::MiniLm
        } else {
            EncoderKind::Clap
        },
        ..published
    })
}
