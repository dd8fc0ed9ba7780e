//! What the editor shows in the states that a person meets.

use earmark_gui::{
    BANDS, CardView, Column, ComputingView, DeviceChoice, EndView, LatencyView, Loudness, MAX_CHANNELS,
    Meters, Mode, ModelState, ModelView, Moment, OfferView, OffersView, PresetView, Quality, SoundView,
    Status, View, WorkView,
};

fn base() -> View {
    let model = |name: &str, title: &str, licence: &str| ModelView {
        name: name.into(),
        title: title.into(),
        licence: licence.into(),
    };
    let offer = |name: &str, title: &str, facts: &str, state| OfferView {
        name: name.into(),
        title: title.into(),
        facts: facts.into(),
        state,
    };
    let models = vec![
        model("earmark-small", "small and quick", "MIT or Apache-2.0"),
        model("audiosep", "any sound", "MIT"),
    ];
    let mut view = View {
        status: Status::Empty,
        latency: Some(LatencyView {
            samples: 21_840,
            milliseconds: 455.0,
        }),
        model: models[0].clone(),
        models,
        presets: ["Dialogue clean-up", "Remove typing", "Rain only"]
            .map(|name| PresetView {
                name: name.into(),
                factory: true,
            })
            .into(),
        quality_latency: [0.95, 1.55, 4.27],
        computing: ComputingView {
            now: Some("the processor".into()),
            processor_only: true,
            ..ComputingView::default()
        },
        version: "0.1.0".into(),
        ..View::default()
    };
    view.offers = OffersView {
        models: vec![
            offer(
                "earmark-small",
                "Small and quick; works at once",
                "part of Earmark, MIT or Apache-2.0",
                ModelState::Bundled,
            ),
            offer(
                "audiosep",
                "Any sound that can be named",
                "1.27 GB to download, MIT",
                ModelState::Downloadable,
            ),
            offer(
                "audiosep-hive",
                "Any sound, trained anew on cleaner mixtures",
                "installed, 605 MB, Apache-2.0",
                ModelState::Installed,
            ),
        ],
        folder: "the folder of models".into(),
        ..OffersView::default()
    };
    view
}

fn with_slots(mut view: View) -> View {
    for (slot, text) in [
        (0, "typing on a keyboard"),
        (1, "rain"),
        (2, "a dog barking"),
        (4, "traffic"),
    ] {
        view.slots[slot].text = text.into();
    }
    view.slots[0].negative = "speech".into();
    view.slots[2].name = "the dog".into();
    view.slots[4].own = Some(view.parameters());
    view.preset = Some("Remove typing".into());
    view
}

/// Twelve seconds of a voice with key hits above it, made of sums and no sound: bands that glide, and clicks.
fn columns() -> Vec<Column> {
    let noise = |x: usize, y: usize| {
        let mixed = (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35);
        (mixed >> 13) as u8 as f32 / 255.0
    };
    (0..640)
        .map(|time| {
            let t = time as f32 / 50.0;
            let talks = (t * 0.9).sin() > -0.93;
            let pitch = 5.0 + 1.5 * (t * 2.3).sin() + 0.8 * (t * 7.1).sin();
            let since = (time * 7 % 64).min(time % 23) as f32;
            let types = (3.2..9.6).contains(&t);
            let mut column = Column {
                mixture: [0; BANDS],
                target: [0; BANDS],
                presence: 0,
                at: Moment {
                    stream: 1,
                    sample: 960 * time as u64 + 480,
                },
            };
            for band in 0..BANDS {
                let height = band as f32;
                let mut mixture = 70.0 + 34.0 * noise(time, band) - 0.5 * height;
                if talks {
                    let partial = (1..7)
                        .map(|n| {
                            (-((height - pitch * n as f32) / 0.9).powi(2)).exp() * (1.0 - 0.11 * n as f32)
                        })
                        .sum::<f32>();
                    let syllable = 0.45 + 0.55 * (t * 5.2).sin().abs();
                    mixture += 165.0 * partial * syllable;
                }
                let mut target = 0.0;
                if types && since < 5.0 {
                    let strength = (1.0 - since / 6.0) * (0.75 + 0.25 * noise(time / 5, 7));
                    target = strength * (225.0 - 2.2 * (height - 40.0).abs()) - 30.0 * noise(band, time);
                    mixture = mixture.max(target);
                }
                column.mixture[band] = mixture.clamp(0.0, 255.0) as u8;
                column.target[band] = target.clamp(0.0, 255.0) as u8;
            }
            if types {
                column.presence = (150.0 + 70.0 * (t * 3.0).sin() - 6.0 * since) as u8;
            }
            column
        })
        .collect()
}

/// The same with all that is behind *More*.
pub(crate) fn with_more(view: View) -> View {
    View { more: true, ..view }
}

/// Nothing asked for yet.
pub(crate) fn empty() -> View {
    base()
}

/// Peaks of a stereo bus.
fn pair(left: f32, right: f32) -> [f32; MAX_CHANNELS] {
    std::array::from_fn(|channel| [left, right].get(channel).copied().unwrap_or(0.0))
}

/// A query at work.
pub(crate) fn working() -> View {
    View {
        status: Status::Hearing,
        columns: columns(),
        meters: Meters {
            input: pair(0.42, 0.38),
            mixture: pair(0.42, 0.38),
            target: pair(0.2, 0.18),
            output: pair(0.2, 0.18),
            presence: 0.7,
        },
        loudness: Loudness {
            input: Some(-18.3),
            output: Some(-27.9),
        },
        history_seconds: 10.0,
        ..with_slots(base())
    }
}

/// A sound that is wanted like one that was heard, and not like another.
pub(crate) fn by_example() -> View {
    let mut view = working();
    let example = |title: &str, wanted: bool, step: usize| SoundView {
        title: title.into(),
        wanted,
        outline: (0..32).map(|part| (15 - part * step % 13) as u8).collect(),
        picture: false,
        content: format!("{{\"name\":\"{title}\"}}"),
    };
    view.slots[0].text.clear();
    view.slots[0].sounds = vec![
        example("like computer keyboard", true, 5),
        example("my chair", false, 2),
    ];
    view
}

/// A picture asks for what it shows, beside words.
pub(crate) fn by_picture() -> View {
    let mut view = working();
    let picture = |title: &str, wanted: bool| SoundView {
        title: title.into(),
        wanted,
        outline: Vec::new(),
        picture: true,
        content: format!("{{\"name\":\"{title}\"}}"),
    };
    view.slots[0].text = "barking".into();
    view.slots[0].negative.clear();
    view.slots[0].sounds = vec![picture("my dog", true), picture("the neighbour's", false)];
    view
}

/// Two slots removed at once.
pub(crate) fn together() -> View {
    let mut view = View {
        also: Some(3),
        mode: Mode::Remove,
        ..working()
    };
    view.slots[3].text = "a chair squeaking".into();
    view
}

/// A query that the model does not know, and known ones near to it.
pub(crate) fn not_known() -> View {
    let sentence = "Earmark does not know \u{201c}a theremin\u{201d} and listens for \u{201c}a violin\u{201d} instead; describe the sound \
                    in other words, in English";
    let near = ["a violin", "a flute", "singing"].map(str::to_owned);
    let mut view = View {
        doubt: Some(sentence.into()),
        near: Some((0, near.into())),
        ..working()
    };
    view.slots[0].text = "a theremin".into();
    view.slots[0].negative.clear();
    view
}

/// AudioSep on a machine that cannot keep up.
pub(crate) fn too_slow() -> View {
    let mut view = View {
        status: Status::TooSlow,
        late_blocks: 12,
        quality: Some(Quality::Balanced),
        ..working()
    };
    view.columns.truncate(400);
    view.model = view.models[1].clone();
    view.latency = Some(LatencyView {
        samples: 74_352,
        milliseconds: 1549.0,
    });
    view
}

/// On the page of models.
pub(crate) fn downloading() -> View {
    let mut view = with_slots(base());
    view.offers.work = Some(WorkView {
        model: Some("audiosep".into()),
        text: "downloading: 512 MB of 1.27 GB".into(),
        share: Some(0.4),
    });
    view
}

/// On the page of models, with a graphics card that has failed and one that was never there.
pub(crate) fn fell_back() -> View {
    let card = |device, refused: Option<&str>| CardView {
        device,
        refused: refused.map(str::to_owned),
    };
    let mut view = with_slots(base());
    view.model = view.models[1].clone();
    view.quality = Some(Quality::Balanced);
    view.computing = ComputingView {
        chosen: DeviceChoice::named("NVIDIA graphics card"),
        cards: vec![
            card(DeviceChoice::named("NVIDIA graphics card"), None),
            card(
                DeviceChoice::named("Apple graphics processor"),
                Some("The Apple graphics processor cannot be used: its driver is not there."),
            ),
        ],
        now: Some("the processor".into()),
        fault: Some("The NVIDIA graphics card failed: it has not answered for 0.4 s.".into()),
        ..ComputingView::default()
    };
    view
}

/// On the page of models, after a download that went wrong.
pub(crate) fn not_downloaded() -> View {
    let mut view = with_slots(base());
    view.offers.message = Some(EndView {
        model: Some("audiosep".into()),
        text: "The download of audiosep was interrupted after 512 MB: the server has not answered for 30 s. Download it again; what is \
               there is kept."
            .into(),
        failed: true,
    });
    view
}

/// A model that cannot be had.
pub(crate) fn failed() -> View {
    let sentence = "audiosep.safetensors is shorter than its header says: download it again, or import the official file.";
    View {
        status: Status::Failed(sentence.into()),
        notice: Some("audiosep could not be loaded. The bundled model stands in for it.".into()),
        ..with_slots(base())
    }
}
