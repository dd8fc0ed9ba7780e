//! The list of scenes, and their sound. `training/make_places.py` says what is in it.

use std::path::Path;

use earmark_audio::mono_at;
use earmark_find::judge::Interval;

use crate::error::CliError;
use crate::evaluate::table::{self, Refusal, Row, Table};

/// The level of each clip of the background: -26 dBFS.
const BACKGROUND: f64 = 0.050_118_723_362_727_23;
/// How long one clip of the background fades into the next, in seconds.
const FADE_SECONDS: f64 = 0.5;
const NEEDED: [&str; 9] = [
    "scene",
    "seconds",
    "noise_wavs",
    "caption",
    "src_wav",
    "at",
    "gain_db",
    "onset",
    "offset",
];

/// A background with sounds in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// Its first line in the file; the heading is line 1.
    row: usize,
    name: String,
    pub(super) seconds: f64,
    noises: Vec<String>,
    sounds: Vec<Sound>,
    pub(super) questions: Vec<Question>,
}

/// A clip that is laid over the background.
#[derive(Debug, Clone, PartialEq)]
struct Sound {
    file: String,
    /// In seconds.
    at: f64,
    gain_db: f64,
}

/// A query, and when what it names is to be heard: never, where it is not in the scene.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) caption: String,
    pub(super) truth: Vec<Interval>,
}

/// Reads the list.
///
/// # Errors
/// As those of a list of pairs, with the row for a missing column or value.
pub(super) fn read(path: &Path) -> Result<Vec<Scene>, CliError> {
    table::read(path, parse)
}

fn parse(text: &str) -> Result<Vec<Scene>, Refusal> {
    let table = Table::parse(text, &NEEDED)?;
    let mut scenes: Vec<Scene> = Vec::new();
    for row in table.rows() {
        let name = row.needed("scene")?;
        if scenes.last().is_none_or(|scene| scene.name != name) {
            scenes.push(Scene {
                row: row.number,
                name: name.to_owned(),
                seconds: number(&row, "seconds")?,
                noises: row.needed("noise_wavs")?.split('|').map(str::to_owned).collect(),
                sounds: Vec::new(),
                questions: Vec::new(),
            });
        }
        if let Some(scene) = scenes.last_mut() {
            scene.add(&row)?;
        }
    }
    if scenes.is_empty() {
        return Err((1, "no scenes follow the heading".into()));
    }
    Ok(scenes)
}

fn number(row: &Row, column: &str) -> Result<f64, Refusal> {
    let text = row.needed(column)?;
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| (row.number, format!("{column} is \"{text}\"; it must be a number")))
}

impl Scene {
    fn add(&mut self, row: &Row) -> Result<(), Refusal> {
        let caption = row.needed("caption")?;
        if self.questions.iter().all(|question| question.caption != caption) {
            self.questions.push(Question {
                caption: caption.to_owned(),
                truth: Vec::new(),
            });
        }
        let Some(file) = row.cell("src_wav") else {
            return Ok(());
        };
        let truth = Interval {
            onset: number(row, "onset")?,
            offset: number(row, "offset")?,
        };
        if !(0.0 <= truth.onset && truth.onset < truth.offset && truth.offset <= self.seconds) {
            let reason = format!(
                "it is heard from {} to {} s, which is no time within the {} s of the scene",
                truth.onset, truth.offset, self.seconds
            );
            return Err((row.number, reason));
        }
        self.sounds.push(Sound {
            file: file.to_owned(),
            at: number(row, "at")?.max(0.0),
            gain_db: number(row, "gain_db")?,
        });
        if let Some(question) = self
            .questions
            .iter_mut()
            .find(|question| question.caption == caption)
        {
            question.truth.push(truth);
        }
        Ok(())
    }

    /// Its sound at a rate in Hz.
    ///
    /// # Errors
    /// Those of the clips, and [`CliError::Pairs`] where all of the background is silent or empty.
    pub(super) fn mix(&self, list: &Path, folder: &Path, rate: u32) -> Result<Vec<f32>, CliError> {
        let len = (self.seconds * f64::from(rate)).round() as usize;
        let clips = self.noises.iter().map(|name| mono_at(&folder.join(name), rate));
        let clips: Vec<Vec<f32>> = clips.collect::<Result<_, _>>()?;
        let fade = (FADE_SECONDS * f64::from(rate)).round() as usize;
        let mut scene = background(&clips, len, fade).ok_or_else(|| CliError::Pairs {
            path: list.to_owned(),
            row: self.row,
            reason: "a clip of the background is empty or silent".into(),
        })?;
        for sound in &self.sounds {
            let clip = mono_at(&folder.join(&sound.file), rate)?;
            let gain = 10f64.powf(sound.gain_db / 20.0) as f32;
            let at = ((sound.at * f64::from(rate)).round() as usize).min(len);
            scene[at..]
                .iter_mut()
                .zip(&clip)
                .for_each(|(x, s)| *x += gain * s);
        }
        Ok(scene)
    }
}

/// The clips one after the other at one level, from the first again until it is `len` samples long. They fade into each other over
/// `fade` samples, or half of a shorter clip. `None` where a clip is silent.
fn background(clips: &[Vec<f32>], len: usize, fade: usize) -> Option<Vec<f32>> {
    let power = |clip: &Vec<f32>| clip.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / clip.len() as f64;
    if clips.iter().any(|clip| clip.len() < 2 || power(clip) <= 0.0) {
        return None;
    }
    let mut scene = vec![0.0; len];
    let mut at = 0;
    for clip in clips.iter().cycle() {
        if at >= len {
            break;
        }
        let gain = (BACKGROUND / power(clip).sqrt()) as f32;
        let fade = fade.min(clip.len() / 2);
        let rising = |n: usize| ((n as f32 + 0.5) / fade as f32 * std::f32::consts::FRAC_PI_2).sin();
        for (n, (x, s)) in scene[at..].iter_mut().zip(clip).enumerate() {
            let begins = if at > 0 && n < fade { rising(n) } else { 1.0 };
            let left = clip.len() - 1 - n;
            let ends = if left < fade { rising(left) } else { 1.0 };
            *x += gain * begins * ends * s;
        }
        at += clip.len() - fade;
    }
    Some(scene)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "scene\tseconds\tnoise_wavs\tcaption\tsrc_wav\tat\tgain_db\tonset\toffset\n";

    #[test]
    fn a_scene_has_its_sounds_and_what_is_asked_of_it() {
        let text = format!(
            "{HEADING}one\t60\ta.wav|b.wav\ta dog\td.wav\t1.5\t-3\t1.6\t2\n\
             one\t60\ta.wav|b.wav\ta dog\te.wav\t7\t-3\t7\t8\none\t60\ta.wav|b.wav\ta cat\t\t\t\t\t\n\
             two\t60\ta.wav\ta cat\tc.wav\t7\t0\t7\t8\n"
        );
        let scenes = parse(&text).expect("it can be read");
        assert_eq!(scenes.len(), 2);
        assert_eq!((scenes[0].sounds.len(), scenes[0].noises.len()), (2, 2));
        let asked: Vec<_> = scenes[0]
            .questions
            .iter()
            .map(|one| (one.caption.as_str(), one.truth.len()))
            .collect();
        assert_eq!(asked, [("a dog", 2), ("a cat", 0)]);
    }

    #[test]
    fn a_wrong_row_is_named() {
        for (row, reason) in [
            ("one\t60\ta.wav\ta dog\td.wav\t1\t0\t2\t61\n", "no time within"),
            ("one\t60\ta.wav\ta dog\td.wav\t1\t0\t2\t2\n", "no time within"),
            (
                "one\tlong\ta.wav\ta dog\td.wav\t1\t0\t2\t3\n",
                "seconds is \"long\"",
            ),
            ("one\t60\ta.wav\t\td.wav\t1\t0\t2\t3\n", "caption is empty"),
        ] {
            let refused = parse(&format!("{HEADING}{row}")).expect_err("it is wrong");
            assert!(refused.0 == 2 && refused.1.contains(reason), "{refused:?}");
        }
        assert!(parse(HEADING).is_err());
    }

    #[test]
    fn the_background_has_one_level_and_no_holes() {
        let clips = [[0.5, -0.5].repeat(500), [0.01, -0.01].repeat(2_000)];
        let scene = background(&clips, 30_000, 200).expect("there is sound");
        assert_eq!(scene.len(), 30_000);
        // Equal powers of two that are one: at most 3 dB more where they meet.
        for part in scene.chunks(100) {
            let rms = (part.iter().map(|x| x * x).sum::<f32>() / 100.0).sqrt();
            assert!((0.049..0.072).contains(&rms), "{rms}");
        }
        assert_eq!(background(&[vec![0.0; 100]], 10, 2), None);
        assert_eq!(background(&[vec![]], 10, 2), None);
    }
}
