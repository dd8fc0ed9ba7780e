//! What goes into the imported file, and where each tensor comes from.

use earmark_models::resunet::ResUNetConfig;

use super::error::{ImportError, Part, legible};
use super::input::Input;
use super::layout::{self, Misfit, Shapes};
use super::parts::{self, Found};
use super::source::{Source, Tensor};
use super::tokenizer::{self, Tokenizer};

/// The file to be.
pub(super) struct Plan<'s> {
    pub(super) config: ResUNetConfig,
    pub(super) tensors: Vec<Planned<'s>>,
    /// A `tokenizer.json`.
    pub(super) tokenizer: Vec<u8>,
}

/// A tensor to be.
pub(super) struct Planned<'s> {
    /// Its name in the imported file.
    pub(super) name: String,
    /// Its name in the source.
    pub(super) given: &'s str,
    pub(super) source: &'s Source,
    pub(super) tensor: &'s Tensor,
}

impl<'s> Plan<'s> {
    /// Puts the parts of a model together.
    pub(super) fn new(inputs: &'s [Input]) -> Result<Plan<'s>, ImportError> {
        let (mut separators, mut texts) = (Vec::new(), Vec::new());
        for input in inputs {
            let Input::Tensors(source) = input else { continue };
            for found in parts::of(source)? {
                if found.part == Part::Separator {
                    separators.push(found);
                } else {
                    texts.push(found);
                }
            }
        }
        let separator = only(separators)?;
        // AudioSep's instructions have people fetch CLAP's checkpoint beside their own, which holds the tower it was
        // trained with: that one counts.
        if let Some(separator) = &separator
            && let Some(own) = texts
                .iter()
                .position(|text| std::ptr::eq(text.source, separator.source))
        {
            texts = vec![texts.swap_remove(own)];
        }
        let text = only(texts)?;
        let tokenizer = tokenizer::find(inputs)?;
        match (separator, text, tokenizer) {
            (Some(separator), Some(text), Some(tokenizer)) => Plan::of(&separator, &text, tokenizer),
            (separator, text, tokenizer) => Err(missing([
                separator.is_some(),
                text.is_some(),
                tokenizer.is_some(),
            ])),
        }
    }

    fn of(separator: &Found<'s>, text: &Found<'s>, tokenizer: Tokenizer) -> Result<Plan<'s>, ImportError> {
        let config = separator.shape(layout::separator)?;
        let needed = config
            .required_tensors()
            .map_err(|error| separator.source.foreign(error.to_string()))?;
        let mut tensors = separator.fit("resunet.", needed)?;
        let tower = text.shape(layout::text)?;
        tensors.extend(text.fit("text.", tower.required_tensors())?);
        if tower.condition_size != config.condition_size {
            return Err(ImportError::Mismatch {
                separator: separator.source.name.clone(),
                tower: text.source.name.clone(),
                needed: config.condition_size,
                given: tower.condition_size,
            });
        }
        if tokenizer.tokens != tower.words {
            let (tokens, source, words) = (tokenizer.tokens, &text.source.name, tower.words);
            let reason = format!("it has {tokens} tokens where the text tower of {source} knows {words}");
            let file = tokenizer.file;
            return Err(ImportError::Tokenizer { file, reason });
        }
        let tokenizer = tokenizer.json;
        Ok(Plan {
            config,
            tensors,
            tokenizer,
        })
    }
}

/// The one file that has a part, if any.
fn only(mut found: Vec<Found<'_>>) -> Result<Option<Found<'_>>, ImportError> {
    if let [first, second, ..] = &found[..] {
        return Err(ImportError::Twice {
            part: first.part,
            first: first.source.name.clone(),
            second: second.source.name.clone(),
        });
    }
    Ok(found.pop())
}

/// That a part is in no file. Of the separator, the text tower and the tokenizer at least one is `there`.
fn missing(there: [bool; 3]) -> ImportError {
    let parts = [
        (
            Part::Separator,
            "AudioSep's checkpoint (audiosep_base_4M_steps.ckpt)",
        ),
        (
            Part::Text,
            "LAION-CLAP's checkpoint (music_speech_audioset_epoch_15_esc_89.98.pt)",
        ),
        (Part::Tokenizer, "the tokenizer.json of roberta-base"),
    ];
    let names = |wanted: bool| {
        let names = parts.iter().zip(there).filter(|(_, there)| *there == wanted);
        names
            .map(|((part, _), _)| part.to_string())
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let remedies = parts.iter().zip(there).filter(|(_, there)| !there);
    ImportError::MissingPart {
        given: names(true),
        missing: names(false),
        remedy: remedies
            .map(|((_, remedy), _)| *remedy)
            .collect::<Vec<_>>()
            .join(" and "),
    }
}

impl<'s> Found<'s> {
    /// The shape that `layout` reads from those of the tensors.
    fn shape<T>(&self, layout: impl Fn(&Shapes) -> Result<T, Misfit>) -> Result<T, ImportError> {
        let shapes: Shapes = self
            .tensors
            .iter()
            .map(|(&name, (_, tensor))| (name, &*tensor.shape))
            .collect();
        layout(&shapes).map_err(|misfit| self.refuse(misfit))
    }

    /// The tensors of these names and shapes, each checked, to be named with `prefix`.
    fn fit(&self, prefix: &str, needed: Vec<(String, Vec<usize>)>) -> Result<Vec<Planned<'s>>, ImportError> {
        let planned: Vec<Planned> = needed
            .into_iter()
            .map(|(name, shape)| self.take(prefix, name, &shape))
            .collect::<Result<_, _>>()?;
        // Tensors may share values, but not so that a small file becomes a large one.
        let bytes = planned
            .iter()
            .map(|planned| planned.tensor.len() * planned.tensor.scalar.size() as u64);
        let (bytes, whole) = (bytes.sum::<u64>(), self.source.bytes);
        if bytes > whole {
            let reason = format!("its tensors have {bytes} bytes, the file {whole}");
            return Err(self.source.foreign(reason));
        }
        Ok(planned)
    }

    fn take(&self, prefix: &str, name: String, shape: &[usize]) -> Result<Planned<'s>, ImportError> {
        let found = self.tensors.get(&*name);
        let &(given, tensor) = found.ok_or_else(|| self.missing(&name))?;
        if tensor.shape != shape {
            let expected = format!("{shape:?}");
            return Err(self.refuse(Misfit::Shape(name, expected)));
        }
        if !tensor.is_float() {
            return Err(ImportError::Type {
                file: self.source.name.clone(),
                tensor: legible(given),
                given: tensor.scalar.to_string(),
            });
        }
        Ok(Planned {
            name: format!("{prefix}{name}"),
            given,
            source: self.source,
            tensor,
        })
    }

    fn refuse(&self, misfit: Misfit) -> ImportError {
        match misfit {
            Misfit::Missing(name) => self.missing(&name),
            Misfit::Shape(name, expected) => match self.tensors.get(&*name) {
                Some((full, tensor)) => ImportError::Shape {
                    file: self.source.name.clone(),
                    tensor: legible(full),
                    given: tensor.shape.clone(),
                    expected,
                },
                None => self.missing(&name),
            },
        }
    }
}
