//! Models that were imported from files of others: one safetensors file holds the network, the text encoder, its
//! tokenizer and the config.
//!
//! | tensor | what |
//! |---|---|
//! | `resunet.…` | the ResUNet by its official names, `base.pre_conv.weight` for instance; F16, BF16 or F32 |
//! | `text.…` | CLAP's text tower by its own, `text_branch.pooler.dense.weight` for instance; F16, BF16 or F32 |
//! | `tokenizer` | the bytes of the tower's `tokenizer.json`; U8 |
//!
//! The header's entries are [`FORMAT_KEY`] (`1`), [`ID_KEY`], [`NAME_KEY`], [`CONFIG_KEY`] (a [`ResUNetConfig`] in JSON)
//! and, where it is known, [`SHA256_KEY`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use earmark_kernels::{Isa, Threads};

use crate::encoder::{ClapEncoder, RobertaConfig};
use crate::error::ModelError;
use crate::resunet::{Precision, Quality, ResUNet, ResUNetConfig, Streaming, StreamingNet};
use crate::separator::{EncoderKind, Separator, SeparatorSpec};
use crate::stft::Plan;
use crate::tensor_file::TensorFile;

/// The format of such files that is written and read.
pub const FORMAT: &str = "1";
/// The header's entry for [`FORMAT`].
pub const FORMAT_KEY: &str = "earmark.format";
/// The header's entry for the name by which the model is listed and stored in projects.
pub const ID_KEY: &str = "earmark.id";
/// The header's entry for the name that people read.
pub const NAME_KEY: &str = "earmark.name";
/// The header's entry for the [`ResUNetConfig`].
pub const CONFIG_KEY: &str = "earmark.config";
/// The header's entry for the SHA-256, in hexadecimal, of all bytes after the header: by it projects tell two files of one
/// name apart. It is not checked here.
pub const SHA256_KEY: &str = "earmark.sha256";

/// What the network's tensors begin with.
pub const RESUNET_PREFIX: &str = "resunet.";
/// What the text tower's tensors begin with.
pub const TEXT_PREFIX: &str = "text.";
/// The tensor of the tokenizer's bytes.
pub const TOKENIZER: &str = "tokenizer";

/// An imported model whose file has been looked through, but none of whose weights have been read.
#[derive(Debug, Clone)]
pub struct ImportedModel {
    path: PathBuf,
    id: String,
    name: String,
    sha256: String,
    config: ResUNetConfig,
}

/// Reads the header of a file, and checks that everything is there in its right shape.
///
/// # Errors
/// [`ModelError::Weights`] saying what is wrong with it.
pub fn open(path: &Path) -> Result<ImportedModel, ModelError> {
    let file = TensorFile::open(path)?;
    let entry = |key: &str| match file.entry(key) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(file.refused(format!("is no imported model: its header does not say {key}"))),
    };
    let format = entry(FORMAT_KEY)?;
    if format != FORMAT {
        let reason = format!("is of format {format}, where this version of Earmark reads {FORMAT}");
        return Err(file.refused(reason));
    }
    let config: ResUNetConfig = serde_json::from_str(entry(CONFIG_KEY)?)
        .map_err(|error| file.refused(format!("has a config that cannot be read ({error})")))?;
    file.check(RESUNET_PREFIX, &config.required_tensors()?)?;
    Plan::new(config.stft)?;
    if config.encoder == EncoderKind::Clap {
        let given = RobertaConfig::of(&file, TEXT_PREFIX)?.condition_size;
        if given != config.condition_size {
            let needed = config.condition_size;
            let reason = format!("has a text encoder of {given} values for a network that reads {needed}");
            return Err(file.refused(reason));
        }
        file.shape(TOKENIZER)?;
    }
    Ok(ImportedModel {
        path: path.into(),
        id: entry(ID_KEY)?.into(),
        name: entry(NAME_KEY)?.into(),
        sha256: file.entry(SHA256_KEY).unwrap_or_default().into(),
        config,
    })
}

impl ImportedModel {
    /// The name by which it is listed and stored in projects.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that people read.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shape of the network.
    pub fn config(&self) -> &ResUNetConfig {
        &self.config
    }

    /// Rates, shapes and delays.
    pub fn spec(&self, quality: Quality) -> SeparatorSpec {
        let settings = quality.settings(&self.config);
        Streaming::spec_of(&self.id, &self.sha256, &self.config, settings)
    }

    /// Decodes the network's weights, for this instruction set and these threads, and runs it in this quality. Who runs it
    /// in several shares the weights between them with [`ImportedModel::net`] and [`ImportedModel::separator`].
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file has changed since it was looked through.
    pub fn load(
        &self,
        quality: Quality,
        threads: Arc<Threads>,
        isa: Isa,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        let net = self.net(threads, isa, quality.precision())?;
        Ok(self.separator(Arc::new(net), quality)?)
    }

    /// The network on our own kernels.
    ///
    /// # Errors
    /// As [`ImportedModel::load`].
    pub fn net(
        &self,
        threads: Arc<Threads>,
        isa: Isa,
        precision: Precision,
    ) -> Result<StreamingNet, ModelError> {
        let start = Instant::now();
        let net = StreamingNet::load(
            self.config.clone(),
            &self.weights(&Device::Cpu)?,
            isa,
            precision,
            threads,
        )?;
        tracing::debug!(id = self.id, took = ?start.elapsed(), "decoded from its file");
        Ok(net)
    }

    /// A network of [`ImportedModel::net`], run in this quality.
    ///
    /// # Errors
    /// As [`Streaming::new`].
    pub fn separator(&self, net: Arc<StreamingNet>, quality: Quality) -> Result<Arc<Streaming>, ModelError> {
        let settings = quality.settings(&self.config);
        Ok(Arc::new(Streaming::new(&self.id, &self.sha256, net, settings)?))
    }

    /// The network as a candle graph.
    ///
    /// # Errors
    /// As [`ImportedModel::load`].
    pub fn graph(&self) -> Result<ResUNet, ModelError> {
        self.graph_on(&Device::Cpu)
    }

    /// The same on one of candle's devices.
    ///
    /// # Errors
    /// As [`ImportedModel::load`].
    pub fn graph_on(&self, device: &Device) -> Result<ResUNet, ModelError> {
        ResUNet::load(self.config.clone(), self.weights(device)?)
    }

    /// The text encoder. It reads the weights anew for every text.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the tokenizer is damaged or the file has changed since it was looked through.
    pub fn encoder(&self) -> Result<ClapEncoder, ModelError> {
        ClapEncoder::open(&self.path)
    }

    fn weights(&self, device: &Device) -> Result<VarBuilder<'static>, ModelError> {
        let file = Box::new(TensorFile::open(&self.path)?);
        let all = VarBuilder::from_backend(file, DType::F32, device.clone());
        Ok(all.pp(RESUNET_PREFIX.trim_end_matches('.')))
    }
}
