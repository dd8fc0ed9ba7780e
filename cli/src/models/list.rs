//! `earmark models list`: the models that can be used, and those that can be downloaded.

use earmark_engine::Latency;
use earmark_library::{Damaged, Installed, Library, Offer, Size};
use earmark_models::encoder::EncoderWeights;
use earmark_models::{EncoderKind, Quality, SeparatorSpec, encoders, imported};
use serde::Serialize;

use crate::output;

/// The host rate that latencies are shown for, in Hz.
const HOST_RATE: f64 = 48_000.0;

/// Where a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// Part of the program.
    Bundled,
    /// In the folder of models.
    Installed,
    /// In the folder of models, but it cannot be loaded.
    Damaged,
    /// Where its makers published it.
    Downloadable,
}

/// One model, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    title: String,
    /// `null` where none is known.
    licence: Option<String>,
    /// The page that states it.
    licence_source: Option<String>,
    state: State,
    available: bool,
    /// Hz.
    sample_rate: Option<u32>,
    /// What a host at 48 kHz has to compensate; none of a model that is for files alone.
    latency_seconds: Option<f64>,
    encoder: Option<EncoderKind>,
    /// What its queries can be.
    queries: Vec<&'static str>,
    /// Of its weights, by which projects and the plug-in tell two models of one name apart.
    sha256: Option<String>,
    /// Of its file as it was installed, with which `verify` compares it.
    file_sha256: Option<String>,
    /// Its file.
    path: Option<String>,
    /// Size of its file.
    bytes: Option<u64>,
    /// Bytes to be downloaded; `null` where that is not known beforehand, or nothing is.
    download_bytes: Option<u64>,
}

/// Runs `earmark models list`.
pub(super) fn run(library: &Library, as_json: bool) {
    let shelf = library.installed();
    let known = |id: &str| library.catalogue().find(id).ok();
    let bundled = [bundled()];
    let installed = shelf
        .installed
        .iter()
        .map(|model| installed(model, known(&model.id)));
    let broken = shelf.damaged.iter().map(damaged);
    let is_there = |id: &str| {
        shelf.installed.iter().any(|model| model.id == id) || shelf.damaged.iter().any(|file| file.id == id)
    };
    let offered = library
        .catalogue()
        .models()
        .iter()
        .filter(|model| !is_there(&model.id));
    let offered = offered.map(|model| downloadable(model, library.catalogue().bytes(model)));
    let entries: Vec<Entry> = bundled
        .into_iter()
        .chain(installed)
        .chain(broken)
        .chain(offered)
        .collect();
    if as_json {
        output::json(&entries);
    } else {
        let folder = library.folders().models();
        output::text(&(table(&entries) + &format!("Installed models lie in \"{}\".\n", folder.display())));
    }
}

impl Entry {
    fn new(name: &str, title: String, state: State) -> Self {
        Self {
            name: name.into(),
            title,
            licence: None,
            licence_source: None,
            state,
            available: matches!(state, State::Bundled | State::Installed),
            sample_rate: None,
            latency_seconds: None,
            encoder: None,
            queries: Vec::new(),
            sha256: None,
            file_sha256: None,
            path: None,
            bytes: None,
            download_bytes: None,
        }
    }

    fn with_spec(self, spec: SeparatorSpec) -> Self {
        let reads_no_words = matches!(encoders::of(spec.encoder).weights, EncoderWeights::None(_));
        let latency = || Latency::of(HOST_RATE, &spec).total() as f64 / HOST_RATE;
        Self {
            sample_rate: Some(spec.sample_rate),
            latency_seconds: spec.live().is_ok().then(latency),
            encoder: Some(spec.encoder),
            queries: (!reads_no_words).then_some("text").into_iter().collect(),
            sha256: Some(spec.sha256).filter(|sum| !sum.is_empty()),
            ..self
        }
    }

    /// With clips as queries, where it hears them.
    fn with_clips(mut self, hears: bool) -> Self {
        self.queries.extend(hears.then_some("clip"));
        self
    }

    /// With pictures as queries, where it sees them.
    fn with_pictures(mut self, sees: bool) -> Self {
        self.queries.extend(sees.then_some("picture"));
        self
    }
}

fn bundled() -> Entry {
    let model = earmark_models::Model::bundled();
    let spec = earmark_models::bundled::spec().clone();
    let entry = Entry::new(&model.id, model.title, State::Bundled).with_spec(spec);
    Entry {
        licence: Some(model.licence),
        ..entry.with_clips(earmark_models::bundled::network().has_ears())
    }
}

fn installed(model: &Installed, known: Option<&Offer>) -> Entry {
    let path = Some(model.path.display().to_string());
    let network = match imported::network(&model.header) {
        Ok(network) => network,
        Err(reason) => {
            return Entry {
                path,
                bytes: Some(model.bytes),
                ..Entry::new(&model.id, format!("it {reason}"), State::Damaged)
            };
        }
    };
    let title = match known {
        Some(known) => format!("{}: {}", known.name, known.good_at),
        None => {
            let sources = model.header.sources.iter().map(|source| &*source.file);
            format!(
                "{}, from {}",
                model.name,
                sources.collect::<Vec<_>>().join(" and ")
            )
        }
    };
    let spec = network.spec(&model.id, &model.header.sha256, Quality::default());
    let entry = Entry::new(&model.id, title, State::Installed)
        .with_spec(spec)
        .with_clips(network.has_ears() || model.audio_bytes > 0)
        .with_pictures(model.image_bytes > 0);
    Entry {
        licence: known.and_then(|known| known.licence.clone()),
        licence_source: known.map(|known| known.licence_source.clone()),
        path,
        file_sha256: model.sha256.clone(),
        bytes: Some(model.bytes),
        ..entry
    }
}

fn damaged(file: &Damaged) -> Entry {
    Entry {
        path: Some(file.path.display().to_string()),
        ..Entry::new(&file.id, file.reason.clone(), State::Damaged)
    }
}

fn downloadable(model: &Offer, bytes: Option<u64>) -> Entry {
    Entry {
        licence: model.licence.clone(),
        licence_source: Some(model.licence_source.clone()),
        sample_rate: Some(model.sample_rate),
        download_bytes: bytes,
        ..Entry::new(
            &model.id,
            format!("{}: {}", model.name, model.good_at),
            State::Downloadable,
        )
    }
}

fn table(entries: &[Entry]) -> String {
    let names = entries.iter().map(|entry| entry.name.len());
    let width = names.max().unwrap_or(0).max("name".len());
    let mut table = format!(
        "{:width$}  {:>9}  {:>7}  {:>9}  what it is\n",
        "name", "rate", "latency", "size"
    );
    for entry in entries {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let rate = or_dash(entry.sample_rate.map(|rate| format!("{rate} Hz")));
        let latency = or_dash(
            entry
                .latency_seconds
                .map(|seconds| format!("{:.0} ms", 1e3 * seconds)),
        );
        let size = or_dash(
            entry
                .bytes
                .or(entry.download_bytes)
                .map(|bytes| Size(bytes).to_string()),
        );
        let state = match entry.state {
            State::Bundled | State::Installed => "",
            State::Damaged => "DAMAGED: ",
            State::Downloadable => "to download: ",
        };
        let licence = match (&entry.licence, &entry.licence_source) {
            (Some(licence), _) => format!(" [{licence}]"),
            (None, Some(page)) => format!(" [licence: see {page}]"),
            (None, None) => String::new(),
        };
        table += &format!(
            "{:width$}  {rate:>9}  {latency:>7}  {size:>9}  {state}{}{licence}\n",
            entry.name, entry.title
        );
    }
    table
}
