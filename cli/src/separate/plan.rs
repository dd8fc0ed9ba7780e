//! Which files are made of which, under names that nothing else has.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use earmark_audio::Format;

use super::job::{Job, Planned};
use super::names;
use super::part::Part;
use super::stamp::Stamp;
use crate::args::Mode;
use crate::inputs::{Identity, Source};
use crate::queries::Queries;

/// What holds for the names of all files of a run.
pub(super) struct Naming<'a> {
    pub(super) queries: &'a Queries,
    pub(super) mode: Mode,
    pub(super) has_rest: bool,
    pub(super) format: Format,
    /// Whether a sound of another program may be replaced.
    pub(super) overwrite: bool,
}

impl Naming<'_> {
    /// How many files a run makes of each input, without the rest.
    pub(super) fn outputs(&self) -> usize {
        Part::outputs(self.queries, self.mode).len()
    }

    /// The jobs of a run that gives all outputs their names: each input with the folder that its outputs go to. Two files that
    /// would have one name have names of their own, and so has a file whose name is taken: by an output of another input or query, or by a sound that Earmark did not write.
    pub(super) fn jobs(&self, inputs: Vec<(Source, PathBuf)>) -> Vec<Job> {
        let ending = self.format.ending();
        let mut parts = Part::outputs(self.queries, self.mode);
        parts.extend(self.has_rest.then(|| Part::rest(self.queries, self.mode)));
        let usual = |(source, folder): &(Source, PathBuf), part: &Part| {
            names::usual(folder, &source.name, part, ending)
        };
        // Some file systems take capitals and small letters for the same.
        let key = |path: &Path| path.to_string_lossy().to_lowercase();
        let mut count: HashMap<String, usize> = HashMap::new();
        for input in &inputs {
            for part in &parts {
                *count.entry(key(&usual(input, part))).or_default() += 1;
            }
        }
        let job = |input: (Source, PathBuf)| {
            let source = Identity::of(&input.0.path);
            let file = |part: &Part| {
                let usual = usual(&input, part);
                let taken = count[&key(&usual)] > 1
                    || Stamp::is_anothers(&usual, &source, part)
                    || !self.overwrite && Stamp::is_unknown_sound(&usual);
                Planned {
                    path: if taken {
                        names::apart(&input.1, &input.0.name, part, ending, &source.place)
                    } else {
                        usual
                    },
                    format: self.format,
                    part: part.clone(),
                    is_stamped: true,
                }
            };
            Job {
                files: parts.iter().map(file).collect(),
                has_rest: self.has_rest,
                source,
                input: input.0.path,
            }
        };
        inputs.into_iter().map(job).collect()
    }
}
