//! The contract between what is computed (this crate) and when it is computed (`earmark-engine`).
//!
//! A [`Separator`] holds weights and is shared by every instance of a process. A [`MaskStream`] holds the state of a batch
//! of queries on one signal, so that what does not depend on the query is computed once. The engine owns the transforms: it
//! hands over magnitudes and gets complex masks back.

use std::sync::Arc;

use num_complex::Complex32;

use crate::encoder::Picture;
use crate::error::ModelError;
use crate::stft::StftConfig;

/// The encoder whose embeddings a separator was trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncoderKind {
    /// all-MiniLM-L6-v2, mean pooled, unit norm, 384 values.
    #[serde(rename = "minilm")]
    MiniLm,
    /// LAION-CLAP's RoBERTa text tower with its projection, unit norm, 512 values.
    Clap,
    /// The probabilities that PANNs' Cnn14 gives AudioSet's 527 classes, each 0 to 1: the queries of USS's `at_soft`.
    AudiosetTags,
    /// The embedding of PANNs' Cnn14, 2048 values of 0 or more: the queries of USS's `emb`.
    Cnn14,
    /// CLIP's text and image towers (ViT-B/32), unit norm, 512 values: what AudioSep-CLIP is asked by.
    Clip,
    /// The same towers as CLIPSep is asked by them: vectors of the length that CLIP gives them, of a text the mean over several
    /// phrases that it stands in.
    #[serde(rename = "clipsep")]
    ClipSep,
    /// LASS-Net's BERT-mini, the first token projected; values of 0 and more, of no particular norm, 256 of them.
    LassBert,
}

/// What a separator hears beyond the first and the last sample of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edges {
    /// Silence. Frame t ends with hop t, counted from the first sample.
    Silent,
    /// The signal's reflection, as torchlibrosa's `STFT` does with `center=True`: frame t is centred on sample t · hop, and
    /// a signal of L samples has L / hop + 1 frames. Where only a live stream's first sample is known, so is one edge.
    Reflected,
}

/// A query as the separator reads it: the embedding of a text or of a sound, scaled as [`Encoder::vectors`] says. Cheap to clone.
///
/// [`Encoder::vectors`]: crate::encoder::Encoder::vectors
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The encoder that made it.
    pub encoder: EncoderKind,
    /// `[condition_size]`.
    pub values: Arc<[f32]>,
}

impl Condition {
    /// Whether it comes from `encoder` and has `size` values.
    ///
    /// # Errors
    /// [`ModelError::Condition`] when not.
    pub fn check(&self, encoder: EncoderKind, size: usize) -> Result<(), ModelError> {
        if self.encoder == encoder && self.values.len() == size {
            return Ok(());
        }
        Err(ModelError::Condition {
            given_encoder: self.encoder,
            given: self.values.len(),
            expected_encoder: encoder,
            expected: size,
        })
    }
}

/// How near a query lies to what a separator learnt from.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// The cosine between the query and the text that it resembles most, -1 to 1.
    pub cosine: f32,
    /// The sound that it resembles most, where the separator knows its sounds by name.
    pub name: Option<String>,
    /// Those that it resembles most after that, the nearest first: at most [`Nearest::OTHERS`].
    pub others: Vec<String>,
}

impl Nearest {
    /// As many others are named.
    pub const OTHERS: usize = 3;

    /// The cosine below which a query is most likely not understood: measured in `tests/nearest.rs`.
    pub const UNDERSTOOD: f32 = 0.6;

    /// Whether the query is likely to be understood.
    pub fn is_understood(&self) -> bool {
        self.cosine >= Self::UNDERSTOOD
    }
}

/// What the engine must know of a separator to run it in time. All of it is known without decoding weights.
#[derive(Debug, Clone, PartialEq)]
pub struct SeparatorSpec {
    /// The name under which it is listed and stored in projects, e.g. `earmark-small`.
    pub id: String,
    /// SHA-256 of the weights file, in hexadecimal.
    pub sha256: String,
    /// The rate of the signal that it reads, in Hz.
    pub sample_rate: u32,
    /// Window and hop, in samples at `sample_rate`.
    pub stft: StftConfig,
    /// Length of the condition vector.
    pub condition_size: usize,
    /// The encoder that conditions must come from.
    pub encoder: EncoderKind,
    /// Frames handed over by each [`MaskStream::push`].
    pub block: usize,
    /// Frames by which the masks lag behind the magnitudes: the mask of frame t comes with frame t + `lookahead`.
    pub lookahead: usize,
    /// Frames of past input after which a fresh stream's masks no longer depend on where it was started (the left
    /// receptive field, or as much of it as is worth computing when a query changes).
    pub context: usize,
    /// Lower and upper edge in Hz of the highest band that the model really saw. The gain of what lies above the
    /// model's band follows the mask there.
    pub top_band: (f32, f32),
    /// Lowest and highest level of mixtures that it should hear as they are, RMS in dB of full scale.
    pub levels: (f32, f32),
    /// What it was trained to hear around a signal.
    pub edges: Edges,
}

impl SeparatorSpec {
    /// Longest block and lookahead together with which sound is played as it comes, in seconds: the most that any host is asked to
    /// wait for is AudioSep's 3.84 at its best.
    pub const LONGEST_LIVE: f64 = 4.0;

    /// How long so many frames are, in seconds.
    fn seconds(&self, frames: usize) -> f64 {
        (frames * self.stft.hop) as f64 / f64::from(self.sample_rate.max(1))
    }

    /// Whether sound can be played through it as it comes; files can always be separated.
    ///
    /// # Errors
    /// [`ModelError::FilesOnly`] when it computes too much at a time, or looks too far ahead.
    pub fn live(&self) -> Result<(), ModelError> {
        if self.seconds(self.block + self.lookahead) <= Self::LONGEST_LIVE {
            return Ok(());
        }
        Err(ModelError::FilesOnly {
            id: self.id.clone(),
            block: self.seconds(self.block),
            lookahead: self.seconds(self.lookahead),
        })
    }

    /// Whether there are conditions, and this separator reads each of them.
    ///
    /// # Errors
    /// [`ModelError::NoQuery`] when there are none, [`ModelError::Condition`] when one is of another encoder or length.
    pub fn check(&self, conditions: &[Condition]) -> Result<(), ModelError> {
        if conditions.is_empty() {
            return Err(ModelError::NoQuery);
        }
        conditions
            .iter()
            .try_for_each(|condition| condition.check(self.encoder, self.condition_size))
    }

    /// Whether the slices of a [`MaskStream::push`] hold `block` frames, the masks those of so many queries.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when one does not.
    pub fn check_block(
        &self,
        queries: usize,
        magnitudes: &[f32],
        masks: &[Complex32],
    ) -> Result<(), ModelError> {
        let block = self.block * self.stft.bins();
        for (what, given, expected) in [
            ("The block of magnitudes", magnitudes.len(), block),
            ("The block of masks", masks.len(), queries * block),
        ] {
            if given != expected {
                return Err(ModelError::Shape {
                    what,
                    given,
                    expected,
                });
            }
        }
        Ok(())
    }
}

/// What people call the processor.
pub const PROCESSOR: &str = "the processor";

/// What a stream costs a device that is told what to do piece by piece, in a steady state and under one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceWork {
    /// Pieces of a step, at most.
    pub dispatches: usize,
    /// Multiplications over those of the network when every column is computed once: columns that are computed again before
    /// they are settled, and tiles that reach beyond their maps, come on top.
    pub factor: f64,
}

/// Weights that turn magnitudes and conditions into masks.
pub trait Separator: Send + Sync {
    /// Rates, shapes and delays.
    fn spec(&self) -> &SeparatorSpec;

    /// Starts a stream for a batch of queries, one or more, as if everything before the first frame had been empty.
    ///
    /// # Errors
    /// [`ModelError::NoQuery`] when there are none, [`ModelError::Condition`] when a condition is of another encoder or
    /// length.
    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError>;

    /// Bytes that a stream of so many queries keeps, beside the weights, which all streams share; 0 where that is next to nothing.
    fn stream_bytes(&self, _queries: usize) -> usize {
        0
    }

    /// What of all that it learnt from is nearest to a query; `None` where it does not know what it learnt from.
    fn nearest(&self, _query: &Condition) -> Option<Nearest> {
        None
    }

    /// Frames of the past on which a mask depends at most: a stream that began so long before it gives what one gives that heard
    /// everything.
    fn memory(&self) -> usize {
        self.spec().context
    }

    /// The same network in longer steps, which cost less; the masks are the same. `None` where it has them already. For signals
    /// that are there as a whole: nobody waits for a step.
    fn for_signals(&self) -> Option<Arc<dyn Separator>> {
        None
    }

    /// Threads that a stream keeps busy, one at least: whoever separates several signals at once begins as many streams as the
    /// machine has room for.
    fn threads(&self) -> usize {
        1
    }

    /// What a stream costs the device that computes it; `None` for the processor, and where it is not counted.
    fn device_work(&self) -> Option<DeviceWork> {
        None
    }

    /// Where it is computed at present, in words for people: "the processor".
    fn computed_on(&self) -> String {
        PROCESSOR.into()
    }

    /// Why it is not computed where it was to be, in a sentence; `None` where it is.
    fn fault(&self) -> Option<String> {
        None
    }
}

/// A batch of queries on one signal, block after block.
///
/// On our own kernels each query's masks are, bit by bit, those of a stream for it alone.
pub trait MaskStream: Send {
    /// Reads the next `spec.block` frames and writes as many masks of each query, those of the frames `spec.lookahead`
    /// earlier.
    ///
    /// `magnitudes` is `[spec.block, bins]` and `masks` `[queries, spec.block, bins]`, row-major, with `bins = window / 2 +
    /// 1`, the queries in the order of their conditions; magnitudes are linear, of an unscaled DFT. The masks of the
    /// `lookahead` frames before the first are 0.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when a slice has another length, [`ModelError::Compute`] when a backend fails.
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError>;

    /// Reads whole blocks whose masks nobody will hear, to the same state as if each had been pushed, where there is a quicker way to it:
    /// `magnitudes` is `[blocks, spec.block, bins]`, and `following` more frames follow whose masks nobody will hear either. `false` where there is
    /// none, and nothing has been read.
    ///
    /// # Errors
    /// As [`MaskStream::push`].
    fn catch_up(&mut self, _magnitudes: &[f32], _following: usize) -> Result<bool, ModelError> {
        Ok(false)
    }

    /// Says, before the first push, that the masks of the first `frames` frames will not be heard: they may be 0, and what
    /// only they need may be left out.
    fn skip_first(&mut self, _frames: usize) {}

    /// Says, before a push, that the signal ends after the first `frames` frames of it, 0 to `spec.block`. What is pushed
    /// beyond them is not read; the masks that are still owed come as ever. A separator that was trained on
    /// [`Edges::Silent`] need not listen.
    fn end_after(&mut self, _frames: usize) {}

    /// Says, before a push, whether it is waited for however long it takes, as in a render, where nobody hears a gap. A device may
    /// be silent for longer then before the processor stands in for it. Until it is said, nobody waits; [`reset`](Self::reset)
    /// leaves it.
    fn awaited(&mut self, _awaited: bool) {}

    /// Back to the state of a fresh stream, without allocating.
    fn reset(&mut self);
}

/// Turns a text into a [`Condition`].
pub trait QueryEncoder: Send + Sync {
    /// Which encoder this is.
    fn kind(&self) -> EncoderKind;

    /// Encodes one query of any length.
    ///
    /// # Errors
    /// [`ModelError::EmptyQuery`] when the text has no words.
    fn encode(&self, text: &str) -> Result<Condition, ModelError>;

    /// The beginning of a text that is all that [`QueryEncoder::encode`] reads of it; `None` where it reads the whole.
    ///
    /// An encoder reads so many tokens and no more: whoever wrote a longer text should be told where it ends.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`] when the tokenizer refuses the text.
    fn cut<'text>(&self, _text: &'text str) -> Result<Option<&'text str>, ModelError> {
        Ok(None)
    }

    /// What a text is taken for, in words, where the encoder knows certain sounds alone and takes each text for some of them; whoever
    /// wrote the text should be told. `None` where it reads whatever it is given.
    ///
    /// # Errors
    /// As [`QueryEncoder::encode`].
    fn taken_for(&self, _text: &str) -> Result<Option<String>, ModelError> {
        Ok(None)
    }
}

/// Turns a sound that is an example of what is asked for into a [`Condition`], in the space of a [`QueryEncoder`]'s.
pub trait AudioEncoder: Send + Sync {
    /// The encoder whose space it is.
    fn kind(&self) -> EncoderKind;

    /// Samples per second of what it reads.
    fn sample_rate(&self) -> u32;

    /// Encodes one channel of sound at that rate, full scale at 1. Silence before and after it makes no difference.
    ///
    /// # Errors
    /// [`ModelError::SilentClip`], [`ModelError::QuietClip`], [`ModelError::ShortClip`] and [`ModelError::LongClip`] for what is no example of a sound;
    /// [`ModelError::Weights`] where the weights cannot be read.
    fn encode(&self, clip: &[f32]) -> Result<Condition, ModelError>;
}

/// Turns a picture of what makes the sound that is asked for into a [`Condition`], in the space of a [`QueryEncoder`]'s.
pub trait ImageEncoder: Send + Sync {
    /// The encoder whose space it is.
    fn kind(&self) -> EncoderKind;

    /// Encodes a picture of any size: the middle of it, as large as its shorter side.
    ///
    /// # Errors
    /// [`ModelError::Weights`] where the weights cannot be read.
    fn encode(&self, picture: &Picture) -> Result<Condition, ModelError>;
}
