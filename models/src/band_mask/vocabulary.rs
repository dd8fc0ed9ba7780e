//! The texts that a network knows, as the encoder reads them, and what they mean to it.
//!
//! A network that learnt from few captions knows little of what lies between them. Who asks in words of their own is heard
//! better when the query is drawn to what the known texts mean that it resembles; a caption itself stays where it is.

use crate::error::ModelError;
use crate::separator::Nearest;
use crate::tensors::Tensors;

/// How queries are drawn to known texts.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct VocabularyConfig {
    /// How many captions it learnt from, each of which means itself; with no texts at all queries stay as they are.
    pub captions: usize,
    /// For each group of sounds how many other wordings are known, all of which mean the same.
    pub wordings: Vec<usize>,
    /// What each of these groups is called; empty where nobody said it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The share of itself that a query keeps, from 0 to 1.
    pub own: f32,
    /// By how much of a cosine a text must be nearer to count e times as much.
    pub temperature: f32,
}

impl VocabularyConfig {
    /// Captions and wordings; `None` where they are more than a memory holds.
    pub(super) fn texts(&self) -> Option<usize> {
        self.wordings
            .iter()
            .try_fold(self.captions, |sum, &count| sum.checked_add(count))
    }

    /// Names and shapes of its tensors of signed bytes, where conditions have `size` values.
    pub(super) fn tensors(&self, size: usize) -> [(&'static str, [usize; 2]); 2] {
        // A config whose sum is too large has been refused.
        let texts = self.texts().unwrap_or(usize::MAX);
        [
            ("vocabulary", [texts, size]),
            ("meanings", [self.wordings.len(), size]),
        ]
    }
}

pub(super) struct Vocabulary {
    config: VocabularyConfig,
    /// First the captions, then the wordings group by group.
    texts: Directions,
    /// One for each group of wordings.
    meanings: Directions,
}

/// Vectors of which only the direction counts, eight bits a value: a cosine is right to about 0.001.
struct Directions {
    size: usize,
    values: Vec<i8>,
}

impl Directions {
    fn load(tensors: &dyn Tensors, name: &str, shape: [usize; 2]) -> Result<Directions, ModelError> {
        let [_, size] = shape;
        let values = tensors.signed_bytes(name, &shape)?;
        Ok(Directions { size, values })
    }

    fn rows(&self) -> impl Iterator<Item = &[i8]> {
        self.values.chunks_exact(self.size)
    }

    /// One row at unit length, times `weight`, is added to `sum`.
    fn add(&self, index: usize, weight: f32, sum: &mut [f32]) {
        let row = &self.values[index * self.size..][..self.size];
        let scale = weight / length(row);
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += scale * f32::from(*value);
        }
    }
}

fn length(row: &[i8]) -> f32 {
    let squares: i32 = row.iter().map(|value| i32::from(*value).pow(2)).sum();
    (squares as f32).sqrt().max(1.0)
}

/// Between a row and a vector of unit norm.
fn cosine(row: &[i8], unit: &[f32]) -> f32 {
    let dot: f32 = row.iter().zip(unit).map(|(a, b)| f32::from(*a) * b).sum();
    dot / length(row)
}

impl Vocabulary {
    /// The vocabulary of a network whose conditions have `size` values.
    pub(super) fn load(
        tensors: &dyn Tensors,
        config: &VocabularyConfig,
        size: usize,
    ) -> Result<Vocabulary, ModelError> {
        let [texts, meanings] = config.tensors(size);
        let load = |(name, shape)| Directions::load(tensors, name, shape);
        Ok(Vocabulary {
            texts: load(texts)?,
            meanings: load(meanings)?,
            config: config.clone(),
        })
    }

    /// The text that a condition of unit norm resembles most, and the name of the group of wordings that is nearest, whose meaning counts
    /// like a wording. `None` where no text is known.
    pub(super) fn nearest(&self, condition: &[f32]) -> Option<Nearest> {
        let cosine = |row: &[i8]| cosine(row, condition);
        let of_texts: Vec<f32> = self.texts.rows().map(cosine).collect();
        let nearest_text = of_texts.iter().copied().max_by(f32::total_cmp)?;
        let mut rest = of_texts.get(self.config.captions..)?;
        let mut groups = Vec::with_capacity(self.config.wordings.len());
        for (&count, meaning) in self.config.wordings.iter().zip(self.meanings.rows()) {
            let (of_group, others) = rest.split_at_checked(count)?;
            groups.push(of_group.iter().copied().fold(cosine(meaning), f32::max));
            rest = others;
        }
        let mut order: Vec<usize> = (0..groups.len()).collect();
        // Stable, so that of equals the first is named.
        order.sort_by(|&a, &b| groups[b].total_cmp(&groups[a]));
        let names = order
            .into_iter()
            .map(|group| self.config.groups.get(group).cloned());
        let mut names = names.take(1 + Nearest::OTHERS);
        Some(Nearest {
            cosine: nearest_text,
            name: names.next().flatten(),
            others: names.flatten().collect(),
        })
    }

    /// A condition of unit norm, nearer to what the texts mean that it resembles, and of unit norm again.
    pub(super) fn draw_near(&self, condition: &[f32]) -> Vec<f32> {
        let mut shares: Vec<f32> = self.texts.rows().map(|row| cosine(row, condition)).collect();
        let nearest = shares.iter().copied().fold(f32::MIN, f32::max);
        for share in &mut shares {
            *share = ((*share - nearest) / self.config.temperature).exp();
        }
        let all: f32 = shares.iter().sum();
        if all == 0.0 {
            return condition.to_vec();
        }
        let VocabularyConfig { captions, own, .. } = self.config;
        let mut drawn: Vec<f32> = condition.iter().map(|value| own * value).collect();
        let weight = (1.0 - own) / all;
        let (of_captions, mut rest) = shares.split_at(captions);
        for (caption, share) in of_captions.iter().enumerate() {
            self.texts.add(caption, weight * share, &mut drawn);
        }
        for (group, &count) in self.config.wordings.iter().enumerate() {
            let (of_group, others) = rest.split_at(count);
            self.meanings
                .add(group, weight * of_group.iter().sum::<f32>(), &mut drawn);
            rest = others;
        }
        let norm = drawn.iter().map(|value| value * value).sum::<f32>().sqrt();
        let norm = norm.max(f32::MIN_POSITIVE);
        drawn.iter_mut().for_each(|value| *value /= norm);
        drawn
    }
}
