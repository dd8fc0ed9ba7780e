//! CLIP's towers against openai's published code, block by block on a small network, by both layouts of names, and what they say of
//! damaged files.

mod common;

use common::clip::{self, LAYOUTS, small_image, small_text, with_eyes};
use common::imported::{Content, Stored, reason};
use common::{Fixture, relative_error};
use earmark_models::encoder::{ClipEncoder, ClipImageEncoder, ClipLayout, ClipTextConfig, tokenizer_json};
use earmark_models::encoder::{ClipImageConfig, Picture};
use earmark_models::{EncoderKind, ImageEncoder, ModelError, QueryEncoder, procedural};
use safetensors::Dtype;
use serde_json::Value;
use tempfile::TempDir;

fn fixture() -> Fixture {
    Fixture::read("clip_small_io")
}

fn tower(layout: ClipLayout, dtype: Dtype) -> Content {
    clip::tower(&small_text(layout), dtype, &clip::small_tokenizer(&fixture()))
}

fn open(content: &Content, kind: EncoderKind) -> ClipEncoder {
    let folder = TempDir::new().unwrap();
    ClipEncoder::open(&content.write(folder.path()), kind).unwrap()
}

fn open_eyes(content: &Content, kind: EncoderKind) -> ClipImageEncoder {
    let folder = TempDir::new().unwrap();
    ClipImageEncoder::open(&content.write(folder.path()), kind).unwrap()
}

fn ids(io: &Fixture, index: usize) -> Vec<u32> {
    let ids: Vec<i64> = io.tensors[&format!("{index}.ids")].to_vec1().unwrap();
    ids.into_iter().map(|id| id as u32).collect()
}

fn compare(io: &Fixture, compared: &mut Vec<String>) -> impl FnMut(&str, &[f32]) {
    |name, values| {
        let error = relative_error(values, &io.floats(name));
        println!("{name}: {error:.2e}");
        assert!(error < 1e-5, "{name}: {error:.2e}");
        compared.push(name.to_owned());
    }
}

#[test]
fn texts_become_what_openais_code_makes_of_them() {
    let io = fixture();
    for layout in LAYOUTS {
        let encoder = open(&tower(layout, Dtype::F32), EncoderKind::Clip);
        let texts = io.texts();
        let mut compared = Vec::new();
        encoder
            .vector_seen(&texts[0], &mut compare(&io, &mut compared))
            .unwrap();
        assert_eq!(compared, ["text.block.0", "text.block.1"]);
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(encoder.tokenize(text).unwrap(), ids(&io, index), "{text:?}");
            let vector = encoder.vector_seen(text, &mut |_, _| ()).unwrap();
            let error = relative_error(&vector, &io.floats(&format!("{index}.embedding")));
            println!("{layout:?} {text:?}: {error:.2e}");
            assert!(error < 1e-5, "{text:?}: {error:.2e}");
        }
        // What the list is there for: an end mark written out in a text, and a text that is cut.
        let end = small_text(layout).words as u32 - 1;
        let ends = |index| ids(&io, index).iter().filter(|&&id| id == end).count();
        assert!((0..texts.len()).any(|index| ends(index) == 2));
        assert!((0..texts.len()).any(|index| ids(&io, index).len() == 77));
    }
}

#[test]
fn pictures_become_what_openais_code_makes_of_them() {
    let io = fixture();
    let pixels: Vec<f32> = procedural::uniform("pixels", 3 * 64 * 64).collect();
    for layout in LAYOUTS {
        let content = with_eyes(Content::default(), &small_image(layout), Dtype::F32);
        let encoder = open_eyes(&content, EncoderKind::ClipSep);
        let mut compared = Vec::new();
        let vector = encoder.vector_seen(&pixels, &mut compare(&io, &mut compared));
        assert_eq!(compared, ["image.tokens", "image.block.0", "image.block.1"]);
        let error = relative_error(&vector.unwrap(), &io.floats("image.embedding"));
        println!("{layout:?}: {error:.2e}");
        assert!(error < 1e-5, "{error:.2e}");
        let few = encoder.vector_seen(&pixels[1..], &mut |_, _| ());
        assert!(matches!(few, Err(ModelError::Shape { .. })));
    }
}

/// Pillow rounds to 8 bits between its two passes; the library does not.
#[test]
fn pictures_are_made_ready_as_pillow_makes_them() {
    let io = fixture();
    for name in ["tall", "wide", "tiny"] {
        let given = &io.tensors[&format!("{name}.given")];
        let &[height, width, 3] = given.dims() else {
            panic!("rows of pixels")
        };
        let values = given.flatten_all().unwrap().to_vec1::<u8>().unwrap();
        let picture = Picture::from_rgb(width as u32, height as u32, values).unwrap();
        let pixels = picture.pixels(64);
        let every_fourth: Vec<f32> = pixels.chunks_exact(64).step_by(4).flatten().copied().collect();
        let reference = &io.tensors[&format!("{name}.transformed")];
        let reference: Vec<f32> = reference
            .to_dtype(candle_core::DType::F32)
            .and_then(|tensor| tensor.flatten_all()?.to_vec1())
            .unwrap();
        let apart = |(a, b): (&f32, &f32)| (a - b).abs();
        let pairs = || every_fourth.iter().zip(&reference);
        // In steps of the 8 bits that a colour has, at the smallest deviation.
        let step = 1.0 / 255.0 / 0.261_302_6;
        let most = pairs().map(apart).fold(0.0, f32::max) / step;
        let mean = pairs().map(apart).sum::<f32>() / reference.len() as f32 / step;
        println!("{name}: {most:.2} steps at most, {mean:.2} in the mean");
        assert!(most < 2.2 && mean < 0.3, "{name}: {most:.2}, {mean:.2}");
    }
}

#[test]
fn a_picture_is_decoded_whatever_its_colours() {
    let content = with_eyes(Content::default(), &small_image(ClipLayout::OpenAi), Dtype::F16);
    let encoder = open_eyes(&content, EncoderKind::Clip);
    let given = &fixture().tensors["wide.given"];
    let values = given.flatten_all().unwrap().to_vec1::<u8>().unwrap();
    let picture = Picture::from_rgb(200, 81, values.clone()).unwrap();
    let rgb = image::RgbImage::from_raw(200, 81, values).unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    let opaque = image::DynamicImage::from(rgb.clone()).into_rgba8();
    opaque.write_to(&mut png, image::ImageFormat::Png).unwrap();
    assert_eq!(Picture::decode(png.get_ref()).unwrap(), picture);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    rgb.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let lossy = Picture::decode(jpeg.get_ref()).unwrap();
    assert_eq!(lossy.size(), (200, 81));

    let conditions = [&picture, &lossy].map(|picture| encoder.encode(picture).unwrap());
    let [exact, near] = &conditions;
    let cosine: f32 = exact.values.iter().zip(&*near.values).map(|(a, b)| a * b).sum();
    assert!(cosine > 0.9 && exact != near, "{cosine}");
    assert!(
        conditions
            .iter()
            .all(|condition| EncoderKind::Clip.may_give(&condition.values))
    );
}

/// What the two networks read differs: one a vector of unit norm, the other CLIP's own, of the mean of phrases.
#[test]
fn each_network_is_asked_as_it_was_trained() {
    let content = tower(ClipLayout::OpenAi, Dtype::F32);
    let (plain, phrased) = (
        open(&content, EncoderKind::Clip),
        open(&content, EncoderKind::ClipSep),
    );
    let norm = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let own = plain.vector_seen("dog", &mut |_, _| ()).unwrap();
    let condition = plain.encode("dog").unwrap();
    assert_eq!(condition.encoder, EncoderKind::Clip);
    assert!((norm(&condition.values) - 1.0).abs() < 1e-5 && norm(&own) > 2.0);
    let scaled: Vec<f32> = own.iter().map(|value| value / norm(&own)).collect();
    assert!(relative_error(&condition.values, &scaled) < 1e-6);

    let mut mean = vec![0.0; own.len()];
    for phrase in [
        "a photo of dog.",
        "a photo of the small dog.",
        "a photo of the small dog.",
        "a low resolution photo of a dog.",
        "a photo of many dog.",
    ] {
        let vector = plain.vector_seen(phrase, &mut |_, _| ()).unwrap();
        mean.iter_mut()
            .zip(vector)
            .for_each(|(sum, value)| *sum += value / 5.0);
    }
    let condition = phrased.encode("dog").unwrap();
    assert_eq!(condition.encoder, EncoderKind::ClipSep);
    assert!(relative_error(&condition.values, &mean) < 1e-6);
    for encoder in [&plain, &phrased] {
        for text in ["", "  ", "\u{200b}\0"] {
            assert!(matches!(encoder.encode(text), Err(ModelError::EmptyQuery)));
        }
    }
}

#[test]
fn a_text_that_is_too_long_is_cut_where_it_says() {
    let content = tower(ClipLayout::HuggingFace, Dtype::F16);
    for (kind, around) in [(EncoderKind::Clip, 2), (EncoderKind::ClipSep, 0)] {
        let encoder = open(&content, kind);
        let (word, marks) = (" dog", 2);
        assert_eq!(encoder.tokenize(word).unwrap().len(), 1 + marks);
        let fits = |count: usize| encoder.cut(&word.repeat(count)).unwrap().is_none();
        let most = (1..=77).rev().find(|&count| fits(count)).unwrap();
        assert!(around == 0 || most == 75, "{most}");
        let fitting = word.repeat(most);
        let longer = format!("{fitting}{word} that is never read");
        assert_eq!(encoder.cut(&longer).unwrap(), Some(&fitting[..]));
    }
}

#[test]
fn a_vocabulary_and_merges_make_the_same_tokenizer() {
    let io = fixture();
    let json: Value = serde_json::from_slice(&clip::small_tokenizer(&io)).unwrap();
    let vocabulary = json["model"]["vocab"].to_string();
    let lines = json["model"]["merges"].as_array().unwrap();
    let lines = lines.iter().map(|line| format!("{}\n", line.as_str().unwrap()));
    let merges = format!("#version: 0.2\n{}", lines.collect::<String>());
    let made = tokenizer_json(vocabulary.as_bytes(), &merges).unwrap();
    let content = clip::tower(&small_text(ClipLayout::OpenAi), Dtype::F16, &made);
    let encoder = open(&content, EncoderKind::Clip);
    for (index, text) in io.texts().iter().enumerate() {
        assert_eq!(encoder.tokenize(text).unwrap(), ids(&io, index), "{text:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    for layout in LAYOUTS {
        let content = with_eyes(tower(layout, Dtype::F16), &small_image(layout), Dtype::F16);
        let text = |change: &dyn Fn(&mut Content)| {
            content.refused(|path| ClipEncoder::open(path, EncoderKind::Clip), change)
        };
        let image = |change: &dyn Fn(&mut Content)| {
            content.refused(|path| ClipImageEncoder::open(path, EncoderKind::Clip), change)
        };
        for (name, _) in small_text(layout).required_tensors() {
            let said = text(&|content| drop(content.tensors.remove(&format!("clip-text.{name}"))));
            assert!(said.contains("lacks"), "{name}: {said}");
        }
        for (name, _) in small_image(layout).required_tensors() {
            let said = image(&|content| drop(content.tensors.remove(&format!("clip-image.{name}"))));
            assert!(said.contains("lacks"), "{name}: {said}");
        }
    }
    let content = with_eyes(
        tower(ClipLayout::OpenAi, Dtype::F16),
        &small_image(ClipLayout::OpenAi),
        Dtype::F16,
    );
    let zeros = |shape: &[usize]| Stored::floats(Dtype::F16, shape, vec![0.0; shape.iter().product()]);
    for (name, shape, said) in [
        ("clip-text.ln_final.bias", &[127][..], "[127], but [128]"),
        ("clip-text.token_embedding.weight", &[548, 96], "a multiple of 64"),
        ("clip-text.token_embedding.weight", &[9, 128], "tokens, not 9"),
        ("clip-text.positional_embedding", &[2, 128], "more than 2 rows"),
        ("clip-text.text_projection", &[128, 60], "a multiple of 16"),
        (
            "clip-text.transformer.resblocks.7.ln_1.bias",
            &[128],
            "lacks the tensor",
        ),
        ("clip-text.transformer.x", &[1], "which no such model has"),
        ("tokenizer", &[4], "not as U8"),
    ] {
        let refused = content.refused(
            |path| ClipEncoder::open(path, EncoderKind::Clip),
            |content| drop(content.tensors.insert(name.into(), zeros(shape))),
        );
        assert!(refused.contains(said), "{name}: {refused}");
    }
    for (name, shape, said) in [
        (
            "visual.positional_embedding",
            &[16, 128][..],
            "one row more than a square",
        ),
        ("visual.conv1.weight", &[96, 3, 16, 16], "a multiple of 64"),
        ("visual.proj", &[127, 64], "[127, 64], but [128, 64]"),
        // CLIP's other image towers, which are no such.
        ("visual.attnpool.c_proj.bias", &[64], "which no such model has"),
    ] {
        let name = format!("clip-image.{name}");
        let refused = content.refused(
            |path| ClipImageEncoder::open(path, EncoderKind::Clip),
            |content| drop(content.tensors.insert(name.clone(), zeros(shape))),
        );
        assert!(refused.contains(said), "{name}: {refused}");
    }

    let mut broken = content.clone();
    let bias = Stored::floats(Dtype::F16, &[128], vec![f32::NAN; 128]);
    broken.tensors.insert("clip-text.ln_final.bias".into(), bias);
    let said = reason(open(&broken, EncoderKind::ClipSep).encode("rain"));
    assert!(said.contains("numbers"), "{said}");
}

#[test]
fn a_tower_without_its_last_blocks_does_not_pass_for_a_smaller_one() {
    let text = ClipTextConfig {
        words: 16,
        blocks: 1,
        ..ClipTextConfig::vit_b_32()
    };
    let content = clip::tower(&text, Dtype::F16, b"");
    let said = content.refused(|path| ClipEncoder::open(path, EncoderKind::Clip), |_| ());
    assert!(
        said.contains("lacks the tensor clip-text.transformer.resblocks.1."),
        "{said}"
    );
    let image = ClipImageConfig {
        patch: 2,
        blocks: 1,
        ..ClipImageConfig::vit_b_32()
    };
    let content = with_eyes(Content::default(), &image, Dtype::F16);
    let said = content.refused(|path| ClipImageEncoder::open(path, EncoderKind::Clip), |_| ());
    assert!(
        said.contains("lacks the tensor clip-image.visual.transformer.resblocks.1."),
        "{said}"
    );
}
