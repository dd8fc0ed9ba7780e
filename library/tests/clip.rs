//! Importing CLIPSep with CLIP's towers, and AudioSep with CLIP's text tower in place of CLAP's.

mod support;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use earmark_library::import::{ImportError, ImportOptions, Imported, import};
use earmark_models::device::DeviceChoice;
use earmark_models::encoder::Picture;
use earmark_models::{EncoderKind, ModelError, Quality, Selection, imported};
use num_complex::Complex32;
use support::clip::{self, CONDITION};
use support::{
    Around, MICRO, Sizes, Tensor, audiosep, checkpoint, prefixed, safetensors, separator, tokenizer, zipped,
};
use tempfile::TempDir;

/// AudioSep's network for conditions of CLIP's small tower.
const SIZES: Sizes = Sizes {
    condition: CONDITION,
    ..MICRO
};

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn models(&self) -> PathBuf {
        self.0.path().join("models")
    }

    fn import(&self, paths: &[PathBuf], image_tower: bool) -> Result<Imported, ImportError> {
        let options = ImportOptions {
            image_tower,
            ..ImportOptions::default()
        };
        import(paths, &self.models(), options, &mut |_| ControlFlow::Continue(()))
    }
}

fn state_dict(tensors: &[Tensor]) -> Vec<u8> {
    zipped(&checkpoint(tensors, Around::Nothing))
}

/// CLIPSep of these tensors beside CLIP's file from the Hub and its tokenizer.
fn clipsep(files: &Files, network: &[Tensor], towers: &[Tensor]) -> Vec<PathBuf> {
    vec![
        files.put("best_model.pt", &state_dict(network)),
        files.put("model.safetensors", &safetensors(towers)),
        files.put("tokenizer.json", &clip::tokenizer()),
    ]
}

fn whole() -> (Vec<Tensor>, Vec<Tensor>) {
    (clip::clipsep(CONDITION), clip::hub(clip::words()))
}

fn refusal(change: impl FnOnce(&mut Vec<Tensor>, &mut Vec<Tensor>), image_tower: bool) -> String {
    let (mut network, mut towers) = whole();
    change(&mut network, &mut towers);
    let files = Files::new();
    match files.import(&clipsep(&files, &network, &towers), image_tower) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted"),
    }
}

fn picture() -> Picture {
    let values = (0..40 * 30 * 3).map(|index| (index * 7 % 251) as u8);
    Picture::from_rgb(40, 30, values.collect()).unwrap()
}

/// The masks of a second of noise and a half under a query, by the model in a folder.
fn masks(models: &Path, id: &str, condition: &earmark_models::Condition) -> Vec<Complex32> {
    let model = Selection::with_folder(models).find(id).unwrap();
    let separator = model.load(Quality::Fast, DeviceChoice::Cpu).unwrap();
    let spec = separator.spec();
    let block = spec.block * spec.stft.bins();
    let magnitudes: Vec<f32> = (0..2 * block)
        .map(|index| (index * 31 % 997) as f32 / 200.0)
        .collect();
    let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
    let mut masks = vec![Complex32::default(); block];
    for magnitudes in magnitudes.chunks_exact(block) {
        stream.push(magnitudes, &mut masks).unwrap();
    }
    masks
}

#[test]
fn clipsep_is_imported_with_both_towers_and_separates_by_words_and_by_a_picture() {
    let (network, towers) = whole();
    let files = Files::new();
    let made = files.import(&clipsep(&files, &network, &towers), true).unwrap();
    assert_eq!((&*made.id, &*made.name), ("clipsep", "CLIPSep"));
    assert_eq!(made.network.encoder(), EncoderKind::ClipSep);
    let file = imported::open(&made.path).unwrap();
    assert_eq!(file.header().encoder.as_deref(), Some("clipsep"));
    assert!(file.audio_encoder().is_none());

    let model = Selection::with_folder(files.models()).find("clipsep").unwrap();
    let spec = model.spec(Quality::Best).unwrap();
    assert_eq!((spec.sample_rate, spec.condition_size), (16_000, CONDITION));
    // It cannot be played, and says why.
    let said = spec.live().unwrap_err().to_string();
    assert!(
        said.contains("clipsep computes 2.0 s of sound at a time and needs 2.0 s of what comes after")
            && said.contains("4 s late"),
        "{said}"
    );
    let (text, image) = (model.encoder().unwrap(), model.image_encoder().unwrap());
    let words = ["a dog", "water"].map(|words| text.encode(words).unwrap());
    let seen = image.encode(&picture()).unwrap();
    let all = [&words[0], &words[1], &seen].map(|condition| masks(&files.models(), "clipsep", condition));
    for (index, one) in all.iter().enumerate() {
        assert!(
            one.iter()
                .all(|mask| (0.0..=1.0).contains(&mask.re) && mask.im == 0.0)
        );
        assert!(all[..index].iter().all(|other| other != one), "{index}");
    }
    assert!(matches!(
        model.audio_encoder().map(drop),
        Err(ModelError::TextsAlone { .. })
    ));
}

#[test]
fn the_image_tower_comes_where_it_is_asked_for_and_nowhere_else() {
    let (network, towers) = whole();
    let files = Files::new();
    let made = files.import(&clipsep(&files, &network, &towers), false).unwrap();
    assert!(imported::open(&made.path).unwrap().image_encoder().is_none());
    let model = Selection::with_folder(files.models()).find("clipsep").unwrap();
    let refused = model.image_encoder().map(drop).unwrap_err();
    assert!(matches!(refused, ModelError::NoImageTower { .. }), "{refused}");
    let bundled = earmark_models::Model::bundled().image_encoder().map(drop);
    assert!(matches!(bundled, Err(ModelError::NoPictures { .. })));

    // Weights of 16 bits, by a vocabulary and merges, of the network without heads for noise, by openai's names.
    let plain: Vec<Tensor> = network
        .into_iter()
        .filter(|tensor| !tensor.name.contains("pit_nets"))
        .collect();
    let files = Files::new();
    let openais = prefixed("module.", clip::openai(clip::words(), CONDITION));
    let paths = [
        files.put("best_model.pt", &state_dict(&plain)),
        files.put("clip.pt", &state_dict(&openais)),
        files.put("vocab.json", clip::vocabulary().to_string().as_bytes()),
        files.put("merges.txt", clip::MERGES.as_bytes()),
    ];
    let options = ImportOptions {
        sixteen_bit: true,
        ..ImportOptions::default()
    };
    import(&paths, &files.models(), options, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let model = Selection::with_folder(files.models()).find("clipsep").unwrap();
    assert!(model.encoder().unwrap().encode("a dog").is_ok());
}

#[test]
fn what_does_not_fit_is_refused_in_a_sentence() {
    let (network, towers) = whole();
    let is_read = |name: &str| {
        !["num_batches", "pit_nets", "position_ids", "logit"]
            .iter()
            .any(|part| name.contains(part))
    };
    for tensor in network.iter().filter(|tensor| is_read(&tensor.name)) {
        let said = refusal(
            |network, _| network.retain(|other| other.name != tensor.name),
            false,
        );
        assert!(said.contains("which a CLIPSep needs"), "{}: {said}", tensor.name);
    }
    for tensor in towers.iter().filter(|tensor| is_read(&tensor.name)) {
        let said = refusal(|_, towers| towers.retain(|other| other.name != tensor.name), true);
        let part = match tensor.name.starts_with("text_") {
            true => "which CLIP's text tower needs",
            false => "which an image tower needs",
        };
        assert!(said.contains(part), "{}: {said}", tensor.name);
    }
    let said = refusal(|network, _| *network = clip::clipsep(32), false);
    assert!(
        said.contains("conditions of 32 values") && said.contains("gives 16"),
        "{said}"
    );
    // The network of "early" fusion reads the query beside the spectrogram.
    let said = refusal(
        |network, _| {
            network.retain(|tensor| !tensor.name.ends_with("unet_block.model.0.weight"));
            let first = "module.sound_net.unet_block.model.0.weight";
            network.push(Tensor::new(first, &[3, 33, 4, 4]));
        },
        false,
    );
    assert!(
        said.contains("[3, 33, 4, 4]") && said.contains("[3, 1, 4, 4] is needed"),
        "{said}"
    );
    let said = refusal(
        |network, _| network.push(Tensor::new("module.sound_net.attention.weight", &[2, 2])),
        false,
    );
    assert!(
        said.contains("sound_net.attention.weight") && said.contains("another network"),
        "{said}"
    );
    let said = refusal(
        |_, towers| towers.push(Tensor::new("text_model.adapter.weight", &[2, 2])),
        false,
    );
    assert!(
        said.contains("text_model.adapter.weight") && said.contains("another network"),
        "{said}"
    );

    let files = Files::new();
    let mut paths = clipsep(&files, &network, &towers);
    let without_tower = [paths[0].clone(), paths[2].clone()];
    let said = files.import(&without_tower, false).unwrap_err().to_string();
    assert!(
        said.contains("a CLIPSep and CLIP's tokenizer; still missing: CLIP's text tower")
            && said.contains("openai/clip-vit-base-patch32"),
        "{said}"
    );
    let said = files.import(&paths[1..], false).unwrap_err().to_string();
    assert!(
        said.contains("still missing: a CLIPSep. Add CLIPSep-NIT's checkpoint (best_model.pt)"),
        "{said}"
    );
    paths[2] = files.put("roberta.json", &tokenizer());
    let said = files.import(&paths, false).unwrap_err().to_string();
    assert!(
        said.contains("roberta.json is not the tokenizer") && said.contains("tokenizer.json of openai/clip"),
        "{said}"
    );
    let options = ImportOptions {
        audio_tower: true,
        ..ImportOptions::default()
    };
    let paths = clipsep(&files, &network, &towers);
    let said = import(&paths, &files.models(), options, &mut |_| {
        ControlFlow::Continue(())
    });
    let said = said.unwrap_err().to_string();
    assert!(
        said.contains("has no audio tower; import it without --audio-tower"),
        "{said}"
    );
}

/// Told by the names of the tower in its own file: both towers give as many values.
#[test]
fn audiosep_with_clip_is_told_from_audiosep_by_its_own_tower() {
    let mut module = prefixed("ss_model.", separator(SIZES));
    module.extend(prefixed(
        "query_encoder.model.",
        clip::openai(clip::words(), CONDITION),
    ));
    let files = Files::new();
    let paths = [
        files.put(
            "audiosep_clip.ckpt",
            &zipped(&checkpoint(&module, Around::Lightning)),
        ),
        files.put("tokenizer.json", &clip::tokenizer()),
    ];
    let made = files.import(&paths, false).unwrap();
    assert_eq!(made.network.encoder(), EncoderKind::Clip);
    let model = Selection::with_folder(files.models()).find(&made.id).unwrap();
    let condition = model.encoder().unwrap().encode("a dog").unwrap();
    assert_eq!(condition.encoder, EncoderKind::Clip);
    let norm: f32 = condition.values.iter().map(|value| value * value).sum();
    assert!((norm - 1.0).abs() < 1e-4, "as AudioSep does with CLAP's: {norm}");
    assert!(!masks(&files.models(), &made.id, &condition).is_empty());

    // With its image tower it is asked by pictures, too, and can be played.
    let mut seeing = module.clone();
    let eyes = clip::hub(clip::words()).into_iter();
    seeing.extend(prefixed(
        "query_encoder.model.",
        eyes.filter(|tensor| tensor.name.starts_with("vis")).collect(),
    ));
    let files = Files::new();
    let paths = [
        files.put(
            "audiosep_clip.ckpt",
            &zipped(&checkpoint(&seeing, Around::Lightning)),
        ),
        files.put("tokenizer.json", &clip::tokenizer()),
    ];
    let made = files.import(&paths, true).unwrap();
    let model = Selection::with_folder(files.models()).find(&made.id).unwrap();
    let seen = model.image_encoder().unwrap().encode(&picture()).unwrap();
    assert_eq!(seen.encoder, EncoderKind::Clip);
    assert!(!masks(&files.models(), &made.id, &seen).is_empty());
    assert!(model.spec(Quality::Best).unwrap().live().is_ok());

    // Without a tower of its own it is AudioSep, whose tower is CLAP's, and another beside it is no reason to think otherwise.
    let files = Files::new();
    let paths = [
        files.put(
            "alone.ckpt",
            &zipped(&checkpoint(&module[..separator(SIZES).len()], Around::Lightning)),
        ),
        files.put("model.safetensors", &safetensors(&clip::hub(clip::words()))),
        files.put("tokenizer.json", &clip::tokenizer()),
    ];
    let said = files.import(&paths, false).unwrap_err().to_string();
    assert!(
        said.contains("still missing: a text tower. Add LAION-CLAP's"),
        "{said}"
    );
    // And beside AudioSep with its own tower nothing changes.
    let files = Files::new();
    let paths = [
        files.put(
            "audiosep.ckpt",
            &zipped(&checkpoint(&audiosep(MICRO), Around::Lightning)),
        ),
        files.put("model.safetensors", &safetensors(&clip::hub(clip::words()))),
        files.put("tokenizer.json", &tokenizer()),
    ];
    let made = files.import(&paths, false).unwrap();
    assert_eq!(made.network.encoder(), EncoderKind::Clap);
}
