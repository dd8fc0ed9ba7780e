//! The captions that a network learnt from, as the encoder reads them.
//!
//! A network that learnt from few captions knows little of what lies between them. Who asks in words of their own is heard
//! better when the query is drawn to the captions that mean nearly the same; a caption itself stays where it is.

use super::config::BandMaskConfig;
use crate::error::ModelError;
use crate::weights::Weights;

/// How queries are drawn to captions.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
pub struct VocabularyConfig {
    /// How many captions there are; 0 leaves queries as they are.
    pub captions: usize,
    /// The share of itself that a query keeps, from 0 to 1.
    pub own: f32,
    /// By how much of a cosine a caption must be nearer to count e times as much.
    pub temperature: f32,
}

pub(super) struct Vocabulary {
    config: VocabularyConfig,
    /// `[captions, condition_size]`, of unit norm.
    embeddings: Vec<f32>,
}

impl Vocabulary {
    pub(super) fn load(weights: &Weights, config: &BandMaskConfig) -> Result<Vocabulary, ModelError> {
        let shape = [config.vocabulary.captions, config.condition_size];
        Ok(Vocabulary {
            config: config.vocabulary,
            embeddings: match shape {
                [0, _] => Vec::new(),
                _ => weights.floats("vocabulary", &shape)?,
            },
        })
    }

    /// A condition of unit norm, nearer to the captions that it resembles, and of unit norm again.
    pub(super) fn draw_near(&self, condition: &[f32]) -> Vec<f32> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let captions = || self.embeddings.chunks_exact(condition.len());
        let cosines: Vec<f32> = captions().map(|caption| dot(caption, condition)).collect();
        let nearest = cosines.iter().copied().fold(f32::MIN, f32::max);
        let shares = cosines
            .iter()
            .map(|cosine| ((cosine - nearest) / self.config.temperature).exp());
        let all: f32 = shares.clone().sum();
        if all == 0.0 {
            return condition.to_vec();
        }
        let mut drawn: Vec<f32> = condition.iter().map(|value| self.config.own * value).collect();
        for (caption, share) in captions().zip(shares) {
            let weight = (1.0 - self.config.own) * share / all;
            for (drawn, value) in drawn.iter_mut().zip(caption) {
                *drawn += weight * value;
            }
        }
        let norm = dot(&drawn, &drawn).sqrt().max(f32::MIN_POSITIVE);
        drawn.iter_mut().for_each(|value| *value /= norm);
        drawn
    }
}
