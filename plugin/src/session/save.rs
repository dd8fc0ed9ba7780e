//! What was heard, or when the queried sound was there, written to a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use earmark_audio::{FileError, Format, Layout, Output, WholeFile};
use earmark_engine::{EngineError, Excerpt, Parts};
use earmark_find::{Occurrence, formats};
use earmark_gui::{Layer, Mark};

use super::Session;

/// Most characters of a query that a file is named by.
const NAME: usize = 48;
/// Samples that are written at once.
const BLOCK: usize = 1 << 16;

/// An excerpt on its way to a file, and what of it is written.
pub(crate) struct Saving {
    pub(crate) excerpt: Excerpt,
    pub(crate) layer: Layer,
    /// When the queried sound was there, in seconds from the excerpt's beginning.
    pub(crate) marks: Vec<Occurrence>,
    /// What was asked for.
    pub(crate) text: String,
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
    pub(crate) fn name(&self) -> String {
        let plain = |c: char| {
            if c.is_alphanumeric() || " -_'".contains(c) {
                c
            } else {
                ' '
            }
        };
        let words: String = self.text.chars().map(plain).take(NAME).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        match (self.layer, words.is_empty()) {
            (Layer::Target, false) => format!("{words}.wav"),
            (Layer::Rest, false) => format!("without {words}.wav"),
            (layer, _) => format!("{}.wav", layer.name()),
        }
    }

    /// Writes what the name of the place asks for; says what that was.
    fn write(&self, place: &Path) -> Result<String, SaveError> {
        let Some(marks) = self.marks_for(place) else {
            return Ok(format!("{:.2} s", self.write_sound(place)?));
        };
        let file = WholeFile::create(place)?;
        let unwritable = |error: std::io::Error| FileError::Unwritable {
            path: place.to_owned(),
            reason: error.kind().to_string(),
        };
        file.handle()?.write_all(marks.as_bytes()).map_err(unwritable)?;
        file.finish()?;
        Ok(format!("{} marks", self.marks.len()))
    }

    /// The marks as a file of this name holds them; `None` where it holds sound.
    fn marks_for(&self, place: &Path) -> Option<String> {
        let marks = self.marks.iter().map(|one| (&*self.text, *one));
        let ending = place.extension()?.to_str()?.to_ascii_lowercase();
        Some(match &*ending {
            "txt" => formats::labels(marks),
            "csv" => formats::regions(marks),
            "srt" => formats::subtitles(marks),
            _ => return None,
        })
    }

    /// Separates and writes it; says how long it is, in seconds.
    fn write_sound(&self, place: &Path) -> Result<f64, SaveError> {
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
    /// The marks that lie in an excerpt, at its own times.
    pub(crate) fn times(&self, excerpt: &Excerpt, marks: &[Mark]) -> Vec<Occurrence> {
        let Some(handle) = self.inner.lock().line.handle.clone() else {
            return Vec::new();
        };
        let end = excerpt.seconds();
        let marks = marks.iter().filter_map(|mark| {
            // What began before the excerpt, or goes on behind it, is cut.
            let onset = handle.seconds_of(excerpt, mark.span.from).unwrap_or(0.0).max(0.0);
            let offset = handle.seconds_of(excerpt, mark.span.to)?.min(end);
            (onset < offset).then_some(Occurrence {
                onset,
                offset,
                confidence: mark.confidence,
                peak: onset,
                loudness: 0.0,
            })
        });
        marks.collect()
    }

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
                    Ok(what) => format!("{name} is written: {what}."),
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

    fn mark(onset: f64, offset: f64) -> Occurrence {
        Occurrence {
            onset,
            offset,
            confidence: 0.9,
            peak: onset,
            loudness: 0.0,
        }
    }

    /// The notice that says what came of it.
    fn saved(layer: Layer, place: &Path) -> String {
        let session = Session::new();
        let excerpt = excerpt();
        let saving = Saving {
            excerpt,
            layer,
            marks: vec![mark(0.5, 0.75), mark(1.0, 1.5)],
            text: "keys".into(),
        };
        session.save(saving, place.to_owned());
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
    fn marks_are_written_where_the_name_asks_for_them() {
        let folder = tempfile::tempdir().unwrap();
        for (name, holds) in [
            (
                "keys.txt",
                "0.500000\t0.750000\tkeys (0.90)\n1.000000\t1.500000\tkeys (0.90)\n",
            ),
            (
                "keys.CSV",
                "R2,\"keys (0.90)\",0:00:01.000,0:00:01.500,0:00:00.500\n",
            ),
            ("keys.srt", "2\n00:00:01,000 --> 00:00:01,500\nkeys (0.90)\n"),
        ] {
            let place = folder.path().join(name);
            let notice = saved(Layer::Mixture, &place);
            assert!(
                notice.contains(&format!("{name} is written: 2 marks")),
                "{notice}"
            );
            let written = std::fs::read_to_string(place).unwrap();
            assert!(written.contains(holds), "{written}");
        }
    }

    #[test]
    fn marks_have_the_times_of_the_sound_that_is_saved() {
        let config = EngineConfig::new(RATE, 1, 512);
        let (mut engine, handle) = Engine::new(config, bundled::spec()).unwrap();
        engine.set_wait_policy(WaitPolicy::Offline);
        handle.columns();
        let mut columns = Vec::new();
        for _ in 0..(3.0 * RATE) as usize / 512 {
            let mut silence = [0.001; 512];
            engine.process(&mut [&mut silence], &[]);
            columns.extend(handle.columns());
        }
        let session = Session::new();
        session.inner.lock().line.handle = Some(handle.clone());
        let at = |index: usize| columns[index].at;
        let span = |from, to| earmark_gui::Span {
            from: at(from),
            to: at(to),
        };
        let marks = [span(10, 20), span(40, 50), span(90, 100)].map(|span| Mark {
            span,
            confidence: 0.8,
        });
        let excerpt = handle.excerpt(Heard::from(Some(0)), Some(span(15, 60))).unwrap();
        let times = session.times(&excerpt, &marks);
        let pitch = f64::from(handle.column_seconds());
        let expected = [(0.0, 5.0 * pitch), (25.0 * pitch, 35.0 * pitch)];
        assert_eq!(times.len(), 2, "the third lies behind it: {times:?}");
        for (one, (onset, offset)) in times.iter().zip(expected) {
            assert!(
                (one.onset - onset).abs() < 1e-3 && (one.offset - offset).abs() < 1e-3,
                "{one:?}"
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
            let saving = Saving {
                excerpt: excerpt(),
                layer,
                marks: vec![],
                text: text.into(),
            };
            saving.name()
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
