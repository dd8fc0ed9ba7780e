//! Importing a model with its audio tower, or without it.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use earmark_library::import::{ImportError, ImportOptions, Imported, import};
use earmark_models::{ModelError, imported};
use safetensors::SafeTensors;
use support::{
    Around, MICRO, Tensor, audiosep, checkpoint, clap_with_ears, ears, prefixed, separator, tokenizer, zipped,
};
use tempfile::TempDir;

/// AudioSep's module with its whole audio tower.
fn whole() -> Vec<Tensor> {
    let mut tensors = prefixed("ss_model.", separator(MICRO));
    tensors.extend(prefixed("query_encoder.model.", clap_with_ears(MICRO)));
    tensors
}

/// What comes of importing files of these tensors, beside the tokenizer.
fn imported_of(files: &[&[Tensor]], audio_tower: bool) -> Result<(TempDir, Imported), ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: String, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut paths = vec![put("tokenizer.json".into(), &tokenizer())];
    for (index, tensors) in files.iter().enumerate() {
        let bytes = zipped(&checkpoint(tensors, Around::Lightning));
        paths.push(put(format!("{index}.ckpt"), &bytes));
    }
    let options = ImportOptions {
        audio_tower,
        ..ImportOptions::default()
    };
    let models = folder.path().join("models");
    let made = import(&paths, &models, options, &mut |_| ControlFlow::Continue(()))?;
    Ok((folder, made))
}

fn refusal(tensors: &[Tensor]) -> String {
    match imported_of(&[tensors], true) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted"),
    }
}

/// The values of the audio tower in a file of Earmark's, by the tower's own names.
fn stored(made: &Imported) -> BTreeMap<String, Vec<u8>> {
    let bytes = fs::read(&made.path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter();
    tensors
        .filter_map(|(name, view)| Some((name.strip_prefix("audio.")?.to_owned(), view.data().to_vec())))
        .collect()
}

/// As much of it as is read.
fn expected() -> BTreeMap<String, Vec<u8>> {
    let unused = [
        "num_batches_tracked",
        "spectrogram_extractor",
        "tscam_conv",
        "audio_branch.head",
        "relative_position_index",
        "attn_mask",
    ];
    let read = ears(MICRO.condition)
        .into_iter()
        .filter(|tensor| !unused.iter().any(|part| tensor.name.contains(part)));
    read.map(|tensor| (tensor.name.clone(), tensor.bytes())).collect()
}

#[test]
fn the_audio_tower_comes_where_it_is_asked_for_and_nowhere_else() {
    let (_folder, with) = imported_of(&[&whole()], true).unwrap();
    assert_eq!(stored(&with), expected());
    let model = imported::open(&with.path).unwrap();
    assert!(model.audio_encoder().unwrap().is_ok());

    let (_folder, without) = imported_of(&[&whole()], false).unwrap();
    assert!(stored(&without).is_empty());
    assert!(imported::open(&without.path).unwrap().audio_encoder().is_none());
    let selection = earmark_models::Selection::with_folder(without.path.parent().unwrap().to_owned());
    let refused = selection.find(&without.id).unwrap().audio_encoder();
    let refused = refused.map(drop).unwrap_err();
    assert!(matches!(refused, ModelError::NoAudioTower { .. }), "{refused}");
}

#[test]
fn a_tower_of_the_checkpoint_beside_the_model_serves_where_the_models_own_file_has_none() {
    let is_deaf = |tensor: &Tensor| !tensor.name.contains("audio_");
    let deaf: Vec<Tensor> = whole().into_iter().filter(is_deaf).collect();
    let laion = prefixed("module.", clap_with_ears(MICRO));
    let (_folder, made) = imported_of(&[&deaf, &laion], true).unwrap();
    assert_eq!(stored(&made), expected());

    let said = refusal(&deaf);
    assert!(
        said.contains("still missing: an audio tower. Add LAION-CLAP's checkpoint"),
        "{said}"
    );
}

#[test]
fn a_damaged_tower_is_refused_where_it_is_asked_for() {
    let changed = |change: &dyn Fn(&mut Vec<Tensor>)| {
        let mut tensors = whole();
        change(&mut tensors);
        refusal(&tensors)
    };
    let name = |own: &str| format!("query_encoder.model.{own}");
    for tensor in expected().keys() {
        let said = changed(&|tensors| tensors.retain(|other| other.name != name(tensor)));
        assert!(
            said.contains("an audio tower") && said.contains(&**tensor),
            "{said}"
        );
    }
    let said = changed(&|tensors| {
        let fusion = Tensor::new(
            name("audio_branch.patch_embed.mel_conv2d.weight"),
            &[16, 1, 4, 12],
        );
        tensors.push(fusion);
    });
    assert!(
        said.contains("mel_conv2d") && said.contains("another network"),
        "{said}"
    );
    let said = changed(&|tensors| {
        tensors.retain(|tensor| !tensor.name.contains("audio_"));
        tensors.extend(prefixed("query_encoder.model.", ears(MICRO.condition + 16)));
    });
    assert!(
        said.contains("the audio tower of") && said.contains("gives 24"),
        "{said}"
    );

    // The stub of the others' tests is none, which nobody minds who does not want it.
    assert!(refusal(&audiosep(MICRO)).contains("an audio tower needs"));
    assert!(imported_of(&[&audiosep(MICRO)], false).is_ok());
}
