//! Which arithmetic joins the masks of several sounds best, measured with the bundled model on mixtures of three sounds.
//!
//! ```text
//! cargo run --release -p earmark-models --example query_arithmetic -- PAIRS.tsv CLIPS [MIXTURES]
//! ```
//! PAIRS is a table like `training/validation_pairs.tsv`; its clips, 32 kHz mono of 16 bits, lie in the folder CLIPS. The three
//! sounds of a mixture are equally loud. What comes out is described in `docs/quality.md`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use earmark_models::metrics::{sdr_improvement, si_sdr_improvement};
use earmark_models::stft::Plan;
use earmark_models::{Condition, QueryEncoder, Separator, bundled};
use num_complex::Complex32;

type Error = Box<dyn std::error::Error>;
/// A mask's magnitude from those of two sounds.
type Rule = (&'static str, fn(f32, f32) -> f32);

/// Samples of a mixture: 6 s.
const LEN: usize = 6 * 32_000;
/// RMS of each sound.
const LEVEL: f32 = 0.05;

const UNIONS: [Rule; 5] = [
    ("only the first", |a, _| a),
    ("1 - (1 - a)(1 - b)", |a, b| 1.0 - (1.0 - a) * (1.0 - b)),
    ("max(a, b)", f32::max),
    ("min(1, a + b)", |a, b| (a + b).min(1.0)),
    ("min(1, sqrt(a^2 + b^2))", |a, b| a.hypot(b).min(1.0)),
];
const EXCLUSIONS: [Rule; 5] = [
    ("only the wanted", |p, _| p),
    ("p * p^2 / (p^2 + n^2)", |p, n| {
        p * p * p / (p * p + n * n).max(1e-12)
    }),
    ("p * p / (p + n)", |p, n| p * p / (p + n).max(1e-6)),
    ("p * (1 - n)", |p, n| p * (1.0 - n)),
    ("p * (1 - n^2)", |p, n| p * (1.0 - n * n)),
];

struct Bench {
    separator: Arc<dyn Separator>,
    encoder: Arc<dyn QueryEncoder>,
    plan: Plan,
    /// `rule name → (sum of SDRi, sum of SI-SDRi, mixtures)`.
    scores: HashMap<(&'static str, &'static str), (f64, f64, u32)>,
}

impl Bench {
    /// Masks of a mixture for a text, `[frame][bin]`; frame t's comes `lookahead` frames later.
    fn masks(&self, text: &str, spectra: &[Vec<Complex32>]) -> Result<Vec<Vec<Complex32>>, Error> {
        let spec = self.separator.spec();
        let condition: Condition = self.encoder.encode(text)?;
        let mut stream = self.separator.stream(&[condition])?;
        let bins = spec.stft.bins();
        let mut masks = Vec::new();
        for block in spectra.chunks_exact(spec.block) {
            let magnitudes: Vec<f32> = block.iter().flatten().map(|x| x.norm()).collect();
            let mut out = vec![Complex32::default(); spec.block * bins];
            stream.push(&magnitudes, &mut out)?;
            masks.extend(out.chunks_exact(bins).map(<[Complex32]>::to_vec));
        }
        Ok(masks)
    }

    /// The masked mixture, aligned with the mixture.
    fn apply(&self, spectra: &[Vec<Complex32>], mask: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let spec = self.separator.spec();
        let hop = spec.stft.hop;
        let mut synthesizer = self.plan.synthesizer();
        let mut wave = Vec::new();
        for t in spec.lookahead..spectra.len() / spec.block * spec.block {
            let frame: Vec<Complex32> = spectra[t - spec.lookahead]
                .iter()
                .enumerate()
                .map(|(bin, x)| x * mask(t, bin))
                .collect();
            let mut out = vec![0.0; hop];
            synthesizer.push(&frame, &mut out);
            wave.extend(out);
        }
        wave.drain(..spec.stft.window - hop);
        wave.truncate(LEN);
        wave
    }

    fn score(
        &mut self,
        key: (&'static str, &'static str),
        reference: &[f32],
        estimate: &[f32],
        mixture: &[f32],
    ) {
        let score = self.scores.entry(key).or_default();
        score.0 += sdr_improvement(reference, estimate, mixture);
        score.1 += si_sdr_improvement(reference, estimate, mixture);
        score.2 += 1;
    }

    fn measure(&mut self, sounds: &[Vec<f32>; 3], captions: [&str; 3]) -> Result<(), Error> {
        let spec = self.separator.spec().clone();
        let sum = |parts: &[&Vec<f32>]| -> Vec<f32> {
            (0..LEN).map(|k| parts.iter().map(|part| part[k]).sum()).collect()
        };
        let mixture = sum(&[&sounds[0], &sounds[1], &sounds[2]]);
        let mut padded = mixture.clone();
        padded.resize(
            LEN + (spec.lookahead + 2 * spec.block) * spec.stft.hop + spec.stft.window,
            0.0,
        );
        let mut analyzer = self.plan.analyzer();
        let spectra: Vec<Vec<Complex32>> = padded
            .chunks_exact(spec.stft.hop)
            .map(|hop| {
                let mut frame = vec![Complex32::default(); spec.stft.bins()];
                analyzer.push(hop, &mut frame);
                frame
            })
            .collect();
        let first = self.masks(captions[0], &spectra)?;
        let second = self.masks(captions[1], &spectra)?;
        let both = sum(&[&sounds[0], &sounds[1]]);
        for (name, rule) in UNIONS {
            let estimate = self.apply(&spectra, |t, k| rule(first[t][k].norm(), second[t][k].norm()));
            self.score(("two wanted", name), &both, &estimate, &mixture);
        }
        let text = format!("{} and {}", captions[0], captions[1]);
        let joined = self.masks(&text, &spectra)?;
        let estimate = self.apply(&spectra, |t, k| joined[t][k].norm());
        self.score(
            ("two wanted", "one text: \"a and b\""),
            &both,
            &estimate,
            &mixture,
        );
        for (name, rule) in EXCLUSIONS {
            let estimate = self.apply(&spectra, |t, k| rule(first[t][k].norm(), second[t][k].norm()));
            self.score(("one unwanted", name), &sounds[0], &estimate, &mixture);
        }
        // What a negative text is for: the wanted text names both sounds, the negative one takes one of them away again.
        for (name, rule) in EXCLUSIONS {
            let estimate = self.apply(&spectra, |t, k| {
                let p = UNIONS[1].1(first[t][k].norm(), second[t][k].norm());
                rule(p, second[t][k].norm())
            });
            self.score(("wanted names both", name), &sounds[0], &estimate, &mixture);
        }
        // Everything but one sound.
        let others = sum(&[&sounds[1], &sounds[2]]);
        for (name, rule) in [
            ("1 - n", (|n| 1.0 - n) as fn(f32) -> f32),
            ("1 - n^2", |n| 1.0 - n * n),
            ("1 / (1 + n^2)", |n| 1.0 / (1.0 + n * n)),
        ] {
            let estimate = self.apply(&spectra, |t, k| rule(first[t][k].norm()));
            self.score(("all but one", name), &others, &estimate, &mixture);
        }
        Ok(())
    }
}

/// The clip's first seconds at the common level, repeated where it is shorter.
fn clip(folder: &Path, name: &str) -> Result<Vec<f32>, Error> {
    let bytes = std::fs::read(folder.join(name))?;
    let data = bytes
        .windows(4)
        .position(|four| four == b"data")
        .ok_or("no WAV file")?
        + 8;
    let samples: Vec<f32> = bytes[data..]
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect();
    let samples: Vec<f32> = samples.into_iter().cycle().take(LEN).collect();
    let rms = (samples.iter().map(|x| x * x).sum::<f32>() / LEN as f32)
        .sqrt()
        .max(1e-6);
    Ok(samples.iter().map(|x| x * LEVEL / rms).collect())
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, folder, rest @ ..] = arguments.as_slice() else {
        return Err("give a table of pairs and the folder of its clips".into());
    };
    let most: usize = rest.first().map_or(Ok(usize::MAX), |most| most.parse())?;
    let folder = Path::new(folder);
    let table = std::fs::read_to_string(table)?;
    let pairs: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect())
        .collect();
    let separator = bundled::separator()?;
    let mut bench = Bench {
        encoder: bundled::encoder()?,
        plan: Plan::new(separator.spec().stft)?,
        separator,
        scores: HashMap::new(),
    };
    // A clip's group is its name without its number.
    let group = |name: &str| {
        name.rsplit_once('_')
            .map_or(name.to_owned(), |(group, _)| group.to_owned())
    };
    let mut mixtures = 0;
    for (i, pair) in pairs.iter().enumerate() {
        let third = &pairs[(i + 101) % pairs.len()];
        if mixtures == most
            || [pair[1], pair[2]]
                .iter()
                .any(|name| group(name) == group(third[1]))
        {
            continue;
        }
        let sounds = [
            clip(folder, pair[1])?,
            clip(folder, pair[2])?,
            clip(folder, third[1])?,
        ];
        bench.measure(&sounds, [pair[0], pair[4], third[0]])?;
        mixtures += 1;
    }
    let mut rows: Vec<_> = bench.scores.into_iter().collect();
    rows.sort_by(|a, b| a.0.0.cmp(b.0.0).then(b.1.0.total_cmp(&a.1.0)));
    println!("{mixtures} mixtures of three sounds; means in dB");
    println!("task\trule\tSDRi\tSI-SDRi");
    for ((task, rule), (sdr, si_sdr, count)) in rows {
        let count = f64::from(count);
        println!("{task}\t{rule}\t{:.2}\t{:.2}", sdr / count, si_sdr / count);
    }
    Ok(())
}
