//! Importing: from the files that a model is published as to one checked file that Earmark reads.
//!
//! Sources are AudioSep's checkpoint (`audiosep_base_4M_steps.ckpt`, of PyTorch Lightning), those of its kin (the DCASE
//! 2024 baseline, AudioSep-hive), USS's (of PyTorch Lightning too), CLIPSep's, LAION-CLAP's (`.pt`), the Hub's safetensors files,
//! RoBERTa's or CLIP's tokenizer (`tokenizer.json`,
//! or `vocab.json` with `merges.txt`), and what `training/export.py` writes. Several files together give a network and what
//! its encoder needs; each [`Architecture`] says which tensors those are. A checkpoint's pickle is read as data and never
//! executed, by a machine that calls nothing.
//!
//! The result is one safetensors file, as [`earmark_models::imported`] describes it: tensors of 32 bits or (all but biases
//! and normalisations, by choice) of 16, and the bytes of the tokenizer.

mod checkpoint;
mod draft;
mod end_record;
mod error;
mod hub;
mod input;
mod names;
mod parts;
mod pickle;
mod plan;
mod progress;
mod source;
mod tokenizer;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use std::sync::Arc;

use earmark_models::ARCHITECTURES;
use earmark_models::EncoderKind;
use earmark_models::Selection;
use earmark_models::architecture::{Architecture, Network};
use earmark_models::clipsep;
use earmark_models::encoders;
use earmark_models::imported::Header;
pub use earmark_models::imported::SourceFile;
use earmark_models::part::Values;
use half::f16;
use sha2::{Digest, Sha256};

pub use error::ImportError;
pub use progress::{Progress, Step};

use crate::id::is_id;
use draft::{Draft, hex};
use error::legible;
use input::Input;
use plan::{Plan, Planned, Sides};
use progress::Meter;

/// What to make of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The model's name among the others, and its file's; by default that of the published model that it looks like.
    pub id: Option<String>,
    /// Weights of 16 bits instead of 32; biases and normalisations keep 32.
    pub sixteen_bit: bool,
    /// The tower that encodes sounds too, so that a clip can be a query: 274 MB in 32 bits for CLAP's, 323 MB for USS's. It comes
    /// in any case where a model reads no words.
    pub audio_tower: bool,
    /// The tower that encodes pictures too, so that one can be a query: 351 MB in 32 bits for CLIP's.
    pub image_tower: bool,
    /// The architectures that a network may be of; by default all that Earmark knows.
    pub architectures: &'static [&'static Architecture],
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            id: None,
            sixteen_bit: false,
            audio_tower: false,
            image_tower: false,
            architectures: ARCHITECTURES,
        }
    }
}

/// A model that was imported.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Its name among the others.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The shape of its network.
    pub network: Arc<dyn Network>,
    /// Where it comes from, in the order given.
    pub sources: Vec<SourceFile>,
    /// Weights that do not fit 16 bits and so kept 32.
    pub kept: Vec<String>,
    /// Whether there was a model of this name before.
    pub replaced: bool,
}

/// Makes one model of `files` and puts it into the folder `into`, which is made when there is none. `progress` is told
/// now and then how far it is, from the calling thread, and cancels by [`ControlFlow::Break`].
///
/// # Errors
/// [`ImportError`], after which `into` is as before.
pub fn import(
    files: &[PathBuf],
    into: &Path,
    options: ImportOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Imported, ImportError> {
    if files.is_empty() {
        return Err(ImportError::NoFiles);
    }
    options.id.as_deref().map_or(Ok(()), check_id)?;
    let inputs: Vec<Input> = files
        .iter()
        .map(|path| Input::open(path, options.architectures))
        .collect::<Result<_, _>>()?;
    let sides = Sides {
        audio: options.audio_tower,
        image: options.image_tower,
    };
    let plan = Plan::new(&inputs, options.architectures, sides)?;
    let (known_id, name) = known(&*plan.network, &inputs)?;
    let id = options.id.unwrap_or(known_id);
    let mut meter = Meter::new(work(&inputs, &plan, options.sixteen_bit), progress);
    let sources = inputs
        .iter()
        .map(|input| identify(input, &mut meter))
        .collect::<Result<Vec<_>, _>>()?;
    check_extents(&plan, &mut meter)?;
    let mut kept = Vec::new();
    let mut halves = Vec::new();
    for planned in &plan.tensors {
        let largest = largest(planned, &mut meter)?;
        let weight = options.sixteen_bit && is_weight(planned);
        let fits = largest <= f16::MAX.to_f32();
        if weight && !fits {
            kept.push(planned.name.clone());
        }
        halves.push(weight && fits);
    }
    let header = Header {
        id: id.clone(),
        name: name.clone(),
        architecture: Some(plan.network.architecture().name.into()),
        encoder: Some(encoders::of(plan.network.encoder()).name.into()),
        parts: plan.parts.iter().map(|part| part.stored.into()).collect(),
        config: plan.network.config(),
        sha256: String::new(),
        sources: sources.clone(),
    };
    let path = into.join(format!("{id}.safetensors"));
    let replaced = path.exists();
    let draft = Draft::new(&plan, &halves, &header, options.architectures);
    let sha256 = draft.save(&path, &mut meter)?;
    let bytes = draft.bytes();
    Ok(Imported {
        id,
        name,
        path,
        bytes,
        sha256,
        network: plan.network,
        sources,
        kept,
        replaced,
    })
}

/// Whether a model can have this name.
fn check_id(id: &str) -> Result<(), ImportError> {
    let given = legible(id);
    if !is_id(id) {
        return Err(ImportError::Id { given });
    }
    if Selection::bundled().find(id).is_ok() {
        return Err(ImportError::Taken { given });
    }
    Ok(())
}

/// Names of the published model that this looks like; where it looks like none, those of the file that its network is in.
fn known(network: &dyn Network, inputs: &[Input]) -> Result<(String, String), ImportError> {
    let names = || inputs.iter().map(|input| &*input.source().name);
    // Its publisher's file is called best_model.pt.
    if *network.architecture() == clipsep::ARCHITECTURE {
        return Ok(("clipsep".into(), "CLIPSep".into()));
    }
    if network.architecture() != ARCHITECTURES[0] {
        let stem = names()
            .next()
            .map_or("", |name| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        let id = stem.to_ascii_lowercase().replace([' ', ','], "-");
        check_id(&id)?;
        return Ok((id, stem.into()));
    }
    if let Some((id, name)) = uss(network.encoder()) {
        return Ok((id.into(), name.into()));
    }
    let hive = names().any(|name| name.to_ascii_lowercase().contains("hive"));
    Ok(match network.sample_rate() {
        32_000 if network.encoder() == EncoderKind::Clip => {
            ("audiosep-clip".into(), "AudioSep with CLIP".into())
        }
        32_000 if hive => ("audiosep-hive".into(), "AudioSep-hive".into()),
        32_000 => ("audiosep".into(), "AudioSep".into()),
        16_000 => ("audiosep-dcase2024".into(), "DCASE 2024 task 9 baseline".into()),
        other => (format!("audiosep-{other}"), format!("AudioSep at {other} Hz")),
    })
}

/// The names of USS's model whose conditions come from this encoder.
fn uss(encoder: EncoderKind) -> Option<(&'static str, &'static str)> {
    match encoder {
        EncoderKind::AudiosetTags => Some(("uss", "Universal Source Separation by AudioSet's classes")),
        EncoderKind::Cnn14 => Some(("uss-cnn14", "Universal Source Separation by example")),
        _ => None,
    }
}

/// A weight of a layer, not a bias or a normalisation.
fn is_weight(planned: &Planned) -> bool {
    planned.values == Values::Floats && planned.tensor.shape.len() > 1
}

/// Bytes that all steps together go through.
fn work(inputs: &[Input], plan: &Plan, sixteen_bit: bool) -> u64 {
    let files: u64 = inputs.iter().map(|input| input.source().bytes).sum();
    let extents: u64 = used_extents(plan).map(|(_, extent)| extent.bytes).sum();
    let values = plan.tensors.iter().map(|planned| {
        let width = match planned.values {
            Values::SignedBytes => 1,
            Values::Floats if sixteen_bit && is_weight(planned) => 2,
            Values::Floats => 4,
        };
        planned.tensor.len() * (2 * planned.tensor.scalar.size() + width) as u64
    });
    let tokenizer = plan.tokenizer.as_ref().map_or(0, |(_, bytes)| bytes.len());
    files + extents + values.sum::<u64>() + tokenizer as u64
}

/// The checksum of a whole source.
fn identify(input: &Input, meter: &mut Meter) -> Result<SourceFile, ImportError> {
    let source = input.source();
    let mut hasher = Sha256::new();
    source.stretch(0, source.bytes, 1 << 20, &mut |bytes| {
        hasher.update(bytes);
        meter.advance(Step::Identify, bytes.len() as u64)
    })?;
    Ok(SourceFile {
        file: source.name.clone(),
        bytes: source.bytes,
        sha256: hex(hasher),
    })
}

/// The extents that the tensors of a plan lie in, each once.
fn used_extents<'p>(plan: &'p Plan) -> impl Iterator<Item = (&'p source::Source, &'p source::Extent)> {
    let used: BTreeMap<_, _> = plan
        .tensors
        .iter()
        .filter_map(|planned| planned.tensor.extent.map(|index| (planned.source, index)))
        .map(|(source, index)| ((std::ptr::from_ref(source), index), source))
        .collect();
    used.into_iter()
        .map(|((_, index), source)| (source, &source.contents.extents[index]))
}

fn check_extents(plan: &Plan, meter: &mut Meter) -> Result<(), ImportError> {
    for (source, extent) in used_extents(plan) {
        source.check(extent, &mut |bytes| meter.advance(Step::Check, bytes))?;
    }
    Ok(())
}

/// The largest magnitude of a tensor's values, all of which must be finite.
fn largest(planned: &Planned, meter: &mut Meter) -> Result<f32, ImportError> {
    let (mut largest, mut position) = (0.0_f32, 0);
    planned.source.read(planned.tensor, &mut |values| {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(ImportError::NotFinite {
                file: planned.source.name.clone(),
                tensor: legible(planned.given),
                value: values[index],
                position: position + index as u64,
            });
        }
        largest = values
            .iter()
            .fold(largest, |largest, value| largest.max(value.abs()));
        position += values.len() as u64;
        meter.advance(Step::Check, (values.len() * planned.tensor.scalar.size()) as u64)
    })?;
    Ok(largest)
}
