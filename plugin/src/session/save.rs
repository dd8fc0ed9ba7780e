//! What was heard, written to a file.

use std::path::{Path, PathBuf};

use earmark_audio::{FileError, Format, Layout, Output};
use earmark_engine::{EngineError, Excerpt, Parts};
use earmark_gui::Layer;

use super::Session;

/// Most characters of a query that a file is named by.
const NAME: usize = 48;
/// Samples that are written at once.
const BLOCK: usize = 1 << 16;

/// An excerpt on its way to a file, and what of it is written.
pub(crate) struct Saving {
    pub(crate) excerpt: Excerpt,
    pub(crate) layer: Layer,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
enum SaveError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    File(#[from] FileError),
}

impl Saving {
    /// A name for the file, after the query.
    pub(crate) fn name(&self, text: &str) -> String {
        let plain = |c: char| {
            if c.is_alphanumeric() || " -_'".contains(c) {
                c
            } else {
                ' '
            }
        };
        let words: String = text.chars().map(plain).take(NAME).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        match (self.layer, words.is_empty()) {
            (Layer::Target, false) => format!("{words}.wav"),
            (Layer::Rest, false) => format!("without {words}.wav"),
            (layer, _) => format!("{}.wav", layer.name()),
        }
    }

    /// Separates and writes it; says how long it is, in seconds.
    fn write(&self, place: &Path) -> Result<f64, SaveError> {
        let format = Format::of(place)?;
        let mut output = Output::create(place, format, &self.layout(format))?;
        let samples = self.samples()?;
        let len = samples.first().map_or(0, Vec::len);
        for from in (0..len).step_by(BLOCK) {
            let to = (from + BLOCK).min(len);
            let block: Vec<&[f32]> = samples.iter().map(|channel| &channel[from..to]).collect();
            output.write(&block)?;
        }
        output.finish()?;
        Ok(self.excerpt.seconds())
    }

    fn layout(&self, format: Format) -> Layout {
        Layout {
            rate: self.excerpt.sample_rate(),
            channels: self.excerpt.channels(),
            speakers: None,
            bits: format.default_bits(),
            frames: None,
            chunks: Vec::new(),
            stamp: None,
        }
    }

    fn samples(&self) -> Result<Vec<Vec<f32>>, EngineError> {
        if self.layer == Layer::Mixture {
            return Ok(self.excerpt.mixture());
        }
        // Nobody asks for it to stop.
        let parts = self.excerpt.separate(|_| true)?;
        let rest = self.layer == Layer::Rest;
        Ok(parts.map_or_else(
            Vec::new,
            |parts: Parts| if rest { parts.rest() } else { parts.target },
        ))
    }
}

impl Session {
    /// Writes what was taken to `place`, WAV where its name says nothing else, on a thread of its own. A notice says what came of it.
    pub(crate) fn save(&self, saving: Saving, place: PathBuf) {
        let place = if place.extension().is_some() {
            place
        } else {
            place.with_extension("wav")
        };
        let name = place.file_name().map_or_else(
            || place.display().to_string(),
            |name| name.to_string_lossy().into(),
        );
        self.inner.lock().notice = Some(format!("Writing {name}\u{2026}"));
        let session = self.me.clone();
        let written = std::thread::Builder::new()
            .name("earmark-save".into())
            .spawn(move || {
                let words = match saving.write(&place) {
                    Ok(seconds) => format!("{name} is written: {seconds:.2} s."),
                    Err(error) => {
                        tracing::error!("nothing was saved: {error}");
                        error.to_string()
                    }
                };
                if let Some(session) = session.upgrade() {
                    session.inner.lock().notice = Some(words);
                }
            });
        if let Err(error) = written {
            self.inner.lock().notice = Some(EngineError::Thread(error).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use earmark_audio::Reader;
    use earmark_engine::{Engine, EngineConfig, Heard, WaitPolicy};
    use earmark_models::bundled;

    use super::*;

    const RATE: f64 = 44_100.0;

    /// Two seconds of clicks in two channels, and the query of the first slot.
    fn excerpt() -> Excerpt {
        let config = EngineConfig::new(RATE, 2, 512);
        let (mut engine, handle) = Engine::new(config, bundled::spec()).unwrap();
        handle.set_separator(bundled::separator().unwrap()).unwrap();
        let condition = bundled::encoder().unwrap().encode("typing").unwrap();
        handle.set_query(0, Some(condition));
        engine.set_wait_policy(WaitPolicy::Offline);
        for call in 0..(2.0 * RATE) as usize / 512 {
            let click = |n: usize| {
                if (call * 512 + n) % 9_000 < 400 {
                    (n as f32 * 1.7).sin()
                } else {
                    0.0
                }
            };
            let mut left: Vec<f32> = (0..512).map(click).collect();
            let mut right: Vec<f32> = left.iter().map(|sample| -0.5 * sample).collect();
            engine.process(&mut [&mut left, &mut right], &[]);
        }
        // The worker keeps what it has been given, at its own time: excerpts are alike once it has nothing left to do.
        let begun = Instant::now();
        while engine.owed() > 0 {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the worker stands still"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        handle.excerpt(Heard::from(Some(0)), None).unwrap()
    }

    fn read(place: &Path) -> (u32, Vec<Vec<f32>>) {
        let mut reader = Reader::open(place).unwrap();
        let rate = reader.description().rate;
        let mut all = vec![Vec::new(); reader.description().channels];
        let mut block = vec![vec![0.0; 4096]; all.len()];
        loop {
            let count = reader.read(&mut block).unwrap();
            for (all, block) in all.iter_mut().zip(&block) {
                all.extend_from_slice(&block[..count]);
            }
            if count < 4096 {
                return (rate, all);
            }
        }
    }

    /// The notice that says what came of it.
    fn saved(layer: Layer, place: &Path) -> String {
        let session = Session::new();
        let excerpt = excerpt();
        session.save(Saving { excerpt, layer }, place.to_owned());
        let begun = Instant::now();
        loop {
            let notice = session.inner.lock().notice.clone().unwrap();
            if !notice.starts_with("Writing") {
                return notice;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "{notice}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_saved_file_holds_what_was_separated_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let parts = excerpt().separate(|_| true).unwrap().unwrap();
        assert!(parts.target[0].iter().any(|sample| *sample != 0.0));
        for (layer, samples) in [
            (Layer::Mixture, parts.mixture.clone()),
            (Layer::Target, parts.target.clone()),
            (Layer::Rest, parts.rest()),
        ] {
            let notice = saved(layer, &folder.path().join(layer.name()));
            assert!(
                notice.contains(&format!("{}.wav is written", layer.name())),
                "{notice}"
            );
            let (rate, written) = read(&folder.path().join(layer.name()).with_extension("wav"));
            assert!(
                rate == RATE as u32 && written == samples,
                "{layer:?} is another sound"
            );
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let notice = saved(Layer::Mixture, &folder.path().join("missing").join("a.wav"));
        assert!(notice.contains("a.wav"), "{notice}");
        let notice = saved(Layer::Mixture, &folder.path().join("a.mp3"));
        assert!(notice.contains(".wav"), "{notice}");
    }

    #[test]
    fn a_file_is_named_by_its_query() {
        let name = |layer, text: &str| {
            let excerpt = excerpt();
            Saving { excerpt, layer }.name(text)
        };
        assert_eq!(
            name(Layer::Target, "typing, on a: keyboard/"),
            "typing on a keyboard.wav"
        );
        assert_eq!(name(Layer::Rest, "rain + wind"), "without rain wind.wav");
        assert_eq!(name(Layer::Mixture, "rain"), "mixture.wav");
        assert_eq!(name(Layer::Target, "../"), "target.wav");
    }
}
