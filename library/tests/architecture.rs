//! A separator of an architecture of its own, from a file: all that it takes is below, one [`Architecture`] and what it
//! refers to. Built into Earmark, it would be a file of `models/src`, its `mod` in `lib.rs` and a line in
//! `models/src/architectures.rs`.

use std::ops::ControlFlow;
use std::sync::Arc;

use earmark_library::import::{ImportOptions, import};
use earmark_models::architecture::{Architecture, Network, Published};
use earmark_models::device::DeviceChoice;
use earmark_models::part::{Misfit, Part, Required};
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::{
    ARCHITECTURES, Condition, Edges, EncoderKind, MaskStream, ModelError, Place, Quality, Separator,
    SeparatorSpec, imported,
};
use num_complex::Complex32;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// One gain for each bin, whatever is asked for.
static EQUALIZER: Architecture = Architecture {
    name: "equalizer",
    part: Part {
        title: "an equalizer",
        stored: "equalizer.",
        modules: &["eq."],
        wrappers: &[],
        roots: &["gains"],
        unused_roots: &[],
        unused_ends: &[],
        example: "eq.gains",
        remedy: "an equalizer's file",
    },
    has_qualities: false,
    read: |config| {
        Ok(Arc::new(
            serde_json::from_str::<Shape>(config).map_err(|e| e.to_string())?,
        ))
    },
    recognize,
};

fn recognize(published: &Published) -> Result<Arc<dyn Network>, Misfit> {
    match published.shapes.get("gains") {
        Some(&&[bins]) => Ok(Arc::new(Shape { bins })),
        Some(_) => Err(Misfit::Shape("gains".into(), "one dimension".into())),
        None => Err(Misfit::Missing("gains".into())),
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Shape {
    bins: usize,
}

impl Network for Shape {
    fn architecture(&self) -> &'static Architecture {
        &EQUALIZER
    }

    fn config(&self) -> String {
        serde_json::json!(self).to_string()
    }

    fn encoder(&self) -> EncoderKind {
        EncoderKind::MiniLm
    }

    fn condition_size(&self) -> usize {
        384
    }

    fn sample_rate(&self) -> u32 {
        16_000
    }

    fn tensors(&self) -> Vec<Required> {
        vec![Required::floats(("gains".into(), vec![self.bins]))]
    }

    fn spec(&self, id: &str, sha256: &str, _: Quality) -> SeparatorSpec {
        let window = 2 * (self.bins - 1);
        SeparatorSpec {
            id: id.into(),
            sha256: sha256.into(),
            sample_rate: self.sample_rate(),
            stft: StftConfig {
                window,
                hop: window / 2,
                kind: WindowKind::SqrtHann,
            },
            condition_size: self.condition_size(),
            encoder: self.encoder(),
            block: 1,
            lookahead: 0,
            context: 0,
            top_band: (5000.0, 7000.0),
            levels: (-30.0, -10.0),
            edges: Edges::Silent,
        }
    }

    fn load(
        &self,
        spec: SeparatorSpec,
        place: &Place,
        _: Quality,
        _: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        let gains = place.tensors(&EQUALIZER.part)?.floats("gains", &[self.bins])?;
        Ok(Arc::new(Equalizer { spec, gains }))
    }
}

struct Equalizer {
    spec: SeparatorSpec,
    gains: Vec<f32>,
}

impl Separator for Equalizer {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        Ok(Box::new(Gains(self.gains.repeat(conditions.len()))))
    }
}

struct Gains(Vec<f32>);

impl MaskStream for Gains {
    fn push(&mut self, _: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        for (mask, gain) in masks.iter_mut().zip(&self.0) {
            *mask = Complex32::from(gain);
        }
        Ok(())
    }

    fn reset(&mut self) {}
}

#[test]
fn a_separator_of_a_new_architecture_is_imported_loaded_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("smile.safetensors");
    let gains: Vec<f32> = (0..9).map(|bin| bin as f32 / 8.0).collect();
    let bytes: Vec<u8> = gains.iter().flat_map(|gain| gain.to_le_bytes()).collect();
    let write = |names: &[&str]| {
        let tensor = || TensorView::new(Dtype::F32, vec![9], &bytes).unwrap();
        let tensors = names.iter().map(|name| (*name, tensor()));
        std::fs::write(&file, safetensors::serialize(tensors, None).unwrap()).unwrap();
    };
    let table: &'static [&'static Architecture] =
        Box::leak([ARCHITECTURES, &[&EQUALIZER]].concat().into_boxed_slice());
    let run = |architectures| {
        let options = ImportOptions {
            architectures,
            ..ImportOptions::default()
        };
        let files = std::slice::from_ref(&file);
        import(files, &folder.path().join("models"), options, &mut |_| {
            ControlFlow::Continue(())
        })
    };
    write(&["eq.gains"]);
    let imported = run(table).unwrap();
    assert_eq!(imported.id, "smile");
    let model = imported::open_among(&imported.path, table).unwrap();
    let separator = model.load(Quality::default(), DeviceChoice::Cpu).unwrap();
    let query = model.encoder().unwrap().encode("rain").unwrap();
    let mut masks = vec![Complex32::default(); 9];
    let mut stream = separator.stream(&[query]).unwrap();
    stream.push(&[1.0; 9], &mut masks).unwrap();
    assert_eq!(masks.iter().map(|mask| mask.re).collect::<Vec<_>>(), gains);

    // A build without it says what it has.
    let error = imported::open(&imported.path).unwrap_err().to_string();
    assert!(
        error.contains("equalizer") && error.contains("resunet-film, band-mask, clipsep and lass"),
        "{error}"
    );
    write(&["eq.gains", "eq.phases"]);
    let error = run(table).unwrap_err().to_string();
    assert!(
        error.contains("tensors that an equalizer does not have, \"eq.phases\""),
        "{error}"
    );
}
