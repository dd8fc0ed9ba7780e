//! What goes into the imported file, and where each tensor comes from.

use std::collections::BTreeSet;
use std::sync::Arc;

use earmark_models::architecture::{Architecture, Network, Published};
use earmark_models::encoder::{EncoderWeights, SideShape};
use earmark_models::encoders::{self, ENCODERS};
use earmark_models::part::{Misfit, Part, Required, Shapes, Values};

use super::error::{ImportError, legible};
use super::input::Input;
use super::names::Kind;
use super::parts::{self, Found};
use super::source::{Source, Tensor};
use super::tokenizer::{self, Tokenizer};

/// The file to be.
pub(super) struct Plan<'s> {
    pub(super) network: Arc<dyn Network>,
    /// What the tensors of its parts begin with.
    pub(super) parts: Vec<&'static Part>,
    pub(super) tensors: Vec<Planned<'s>>,
    /// The tensor of a `tokenizer.json`, and its bytes.
    pub(super) tokenizer: Option<(&'static str, Vec<u8>)>,
}

/// A tensor to be.
pub(super) struct Planned<'s> {
    /// Its name in the imported file.
    pub(super) name: String,
    /// Its name in the source.
    pub(super) given: &'s str,
    pub(super) source: &'s Source,
    pub(super) tensor: &'s Tensor,
    pub(super) values: Values,
}

/// Which towers a model is to have beside that of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides {
    /// That of sounds.
    pub(super) audio: bool,
    /// That of pictures.
    pub(super) image: bool,
}

impl<'s> Plan<'s> {
    /// Puts the parts of a model together, the towers among them that are asked for or needed. Where there is no network, the first of
    /// `architectures` is said to be missing.
    pub(super) fn new(
        inputs: &'s [Input],
        architectures: &'static [&'static Architecture],
        sides: Sides,
    ) -> Result<Plan<'s>, ImportError> {
        let (mut networks, mut beside) = (Vec::new(), Vec::new());
        for input in inputs {
            let Input::Tensors(source) = input else { continue };
            for found in parts::of(source)? {
                match found.kind {
                    Kind::Network(architecture) => networks.push((architecture, found)),
                    Kind::Tower(_) | Kind::Audio(_) | Kind::Image(_) => beside.push(found),
                }
            }
        }
        if let [(_, first), (_, second), ..] = &networks[..] {
            return Err(twice(first, second));
        }
        let network = networks.pop();
        let own = network.as_ref().map(|(_, network)| network.source);
        let in_own = |found: &&Found| own.is_some_and(|own| std::ptr::eq(found.source, own));
        let in_own: Vec<&'static Part> = beside.iter().filter(in_own).map(Found::part).collect();
        // AudioSep's instructions have people fetch CLAP's checkpoint beside their own, which holds the tower it was
        // trained with: that one counts. The audio tower is that which its texts were trained with.
        let mut towers = Vec::new();
        for part in ENCODERS.iter().filter_map(|encoder| encoder.tower()) {
            towers.extend(only(take(&mut beside, part), own)?);
        }
        let tokenizer = tokenizer::find(inputs)?;
        let Some((architecture, network)) = network else {
            return Err(without_network(architectures, &towers, tokenizer.as_ref()));
        };
        let mut plan = Plan::of(architecture, &network, in_own, &towers, tokenizer)?;
        let encoder = encoders::of(plan.network.encoder());
        let own = find(&towers, encoder.tower()).map_or(network.source, |tower| tower.source);
        let mut side = |part: &'static Part| only(take(&mut beside, part), Some(own));
        // Where it reads no texts, a model would have no queries at all without it.
        if sides.audio || matches!(encoder.weights, EncoderWeights::None(_)) {
            let tower = encoder.audio.map(|tower| (tower.part, tower.recognize));
            let found = tower.map_or(Ok(None), |(part, _)| side(part))?;
            plan.add("audio", &network, tower, found)?;
        }
        if sides.image {
            let tower = encoder.image.map(|tower| (tower.part, tower.recognize));
            let found = tower.map_or(Ok(None), |(part, _)| side(part))?;
            plan.add("image", &network, tower, found)?;
        }
        Ok(plan)
    }

    /// Adds a tower of the encoder beside that of texts, which is asked for or needed.
    fn add(
        &mut self,
        what: &'static str,
        network: &Found<'s>,
        tower: Option<(&'static Part, Recognize)>,
        found: Option<Found<'s>>,
    ) -> Result<(), ImportError> {
        let encoder = encoders::of(self.network.encoder());
        let Some((part, recognize)) = tower else {
            let encoder = encoder.name;
            return Err(ImportError::NoSuchTower { encoder, what });
        };
        let Some(found) = found else {
            return Err(ImportError::MissingPart {
                given: [network.part()].into_iter().chain(encoder.parts()).collect(),
                missing: vec![part],
            });
        };
        let shape = recognize(&found.shapes()).map_err(|misfit| found.refuse(misfit))?;
        self.tensors.extend(found.fit(shape.tensors, &[])?);
        self.check_condition(network, Some(&found), shape.condition_size)?;
        self.parts.push(part);
        Ok(())
    }

    fn of(
        architecture: &'static Architecture,
        found: &Found<'s>,
        beside: Vec<&'static Part>,
        towers: &[Found<'s>],
        tokenizer: Option<Tokenizer>,
    ) -> Result<Plan<'s>, ImportError> {
        let network = (architecture.recognize)(&Published {
            shapes: found.shapes(),
            config: found.source.contents.config.as_deref(),
            beside,
        })
        .map_err(|misfit| found.refuse(misfit))?;
        let mut plan = Plan {
            parts: vec![&architecture.part],
            tensors: found.fit(network.tensors(), &network.unread_tensors())?,
            tokenizer: None,
            network,
        };
        let encoder = encoders::of(plan.network.encoder());
        match encoder.weights {
            EncoderWeights::Bundled(condition_size) | EncoderWeights::None(condition_size) => {
                if let Some(source) = towers
                    .first()
                    .map(|tower| tower.source.name.clone())
                    .or(tokenizer.map(|tokenizer| tokenizer.file))
                {
                    let (file, encoder) = (source, encoder.name);
                    return Err(ImportError::Unneeded { file, encoder });
                }
                plan.check_condition(found, None, condition_size)?;
            }
            EncoderWeights::File {
                tower: tower_part,
                tokenizer: tokenizer_part,
                recognize,
                accepts,
            } => {
                let tower = find(towers, Some(tower_part));
                let (Some(tower), Some(tokenizer)) = (tower, &tokenizer) else {
                    let there = [Some(&architecture.part)].into_iter().chain([
                        tower.map(|_| tower_part),
                        tokenizer.as_ref().map(|_| tokenizer_part),
                    ]);
                    let all = [&architecture.part, tower_part, tokenizer_part];
                    return Err(missing(&all, &there.flatten().collect::<Vec<_>>()));
                };
                let shape = recognize(&tower.shapes()).map_err(|misfit| tower.refuse(misfit))?;
                plan.tensors.extend(tower.fit(shape.tensors.clone(), &[])?);
                plan.check_condition(found, Some(tower), shape.condition_size)?;
                accepts(&tokenizer.json, &shape).map_err(|reason| ImportError::Tokenizer {
                    file: tokenizer.file.clone(),
                    reason: format!("it {}", legible(&reason)),
                    remedy: tokenizer_part.remedy,
                })?;
                plan.parts.extend(encoder.parts());
                plan.tokenizer = Some((tokenizer_part.stored, tokenizer.json.clone()));
            }
            EncoderWeights::FileWithoutTokenizer {
                tower: tower_part,
                recognize,
            } => {
                if let Some(Tokenizer { file, .. }) = tokenizer {
                    return Err(ImportError::UnneededTokenizer { file });
                }
                let Some(tower) = find(towers, Some(tower_part)) else {
                    return Err(missing(&[&architecture.part, tower_part], &[&architecture.part]));
                };
                let shape = recognize(&tower.shapes()).map_err(|misfit| tower.refuse(misfit))?;
                plan.tensors.extend(tower.fit(shape.tensors, &[])?);
                plan.check_condition(found, Some(tower), shape.condition_size)?;
                plan.parts.extend(encoder.parts());
            }
        }
        Ok(plan)
    }

    /// Whether the network reads as many values as its encoder gives.
    fn check_condition(
        &self,
        network: &Found,
        tower: Option<&Found>,
        given: usize,
    ) -> Result<(), ImportError> {
        let needed = self.network.condition_size();
        if given == needed {
            return Ok(());
        }
        let encoder = encoders::of(self.network.encoder()).name;
        Err(ImportError::Mismatch {
            separator: network.source.name.clone(),
            tower: tower.map_or(format!("Earmark's own {encoder}"), |tower| {
                tower.source.name.clone()
            }),
            part: tower.map_or("a text tower", |tower| tower.part().title),
            needed,
            given,
        })
    }
}

/// The one of these parts that counts: that of `own`, where it has one, or the only one.
fn only<'s>(mut found: Vec<Found<'s>>, own: Option<&Source>) -> Result<Option<Found<'s>>, ImportError> {
    let is_own = |found: &Found| own.is_some_and(|own| std::ptr::eq(found.source, own));
    if let Some(own) = found.iter().position(is_own) {
        return Ok(Some(found.swap_remove(own)));
    }
    match &found[..] {
        [first, second, ..] => Err(twice(first, second)),
        _ => Ok(found.pop()),
    }
}

fn twice(first: &Found, second: &Found) -> ImportError {
    ImportError::Twice {
        part: first.part().title,
        first: first.source.name.clone(),
        second: second.source.name.clone(),
    }
}

/// What takes the shapes of tensors for a tower's.
type Recognize = fn(&Shapes) -> Result<SideShape, Misfit>;

/// Those of a part, taken out of all.
fn take<'s>(all: &mut Vec<Found<'s>>, part: &Part) -> Vec<Found<'s>> {
    let (taken, left) = all.drain(..).partition(|found| found.part() == part);
    *all = left;
    taken
}

/// The one of a part.
fn find<'f, 's>(all: &'f [Found<'s>], part: Option<&Part>) -> Option<&'f Found<'s>> {
    all.iter().find(|found| Some(found.part()) == part)
}

/// That no file has a network: the one that a tower is given for is said to be missing, or any that a file could hold where no tower is
/// there.
fn without_network(
    architectures: &[&'static Architecture],
    towers: &[Found],
    tokenizer: Option<&Tokenizer>,
) -> ImportError {
    let by_tower = ENCODERS.iter().find_map(|&encoder| {
        let name = encoder.beside?;
        let network = architectures
            .iter()
            .find(|architecture| architecture.name == name)?;
        find(towers, encoder.tower()).map(|_| (&network.part, encoder))
    });
    let Some((network, encoder)) = by_tower else {
        let parts = architectures.iter().map(|architecture| &architecture.part);
        return ImportError::NoNetwork {
            given: tokenizer.map_or("nothing of one", |_| "a tokenizer"),
            networks: parts.filter(|part| !part.roots.is_empty()).collect(),
        };
    };
    let (mut all, mut there) = (vec![network], Vec::new());
    all.extend(encoder.parts());
    there.extend(encoder.tower());
    if let EncoderWeights::File {
        tokenizer: tokens, ..
    } = encoder.weights
    {
        there.extend(tokenizer.map(|_| tokens));
    }
    missing(&all, &there)
}

/// That some of a model's parts are in no file.
fn missing(all: &[&'static Part], there: &[&'static Part]) -> ImportError {
    let missing: Vec<&'static Part> = all.iter().copied().filter(|part| !there.contains(part)).collect();
    let given = all.iter().copied().filter(|part| there.contains(part)).collect();
    ImportError::MissingPart { given, missing }
}

impl<'s> Found<'s> {
    /// Shapes of its tensors by the part's own names.
    fn shapes(&self) -> Shapes<'_> {
        self.tensors
            .iter()
            .map(|(&name, (_, tensor))| (name, &*tensor.shape))
            .collect()
    }

    /// The tensors that are needed, each checked. Beside them those that nobody reads may lie; any other would be of another
    /// network, which must not pass for this one.
    fn fit(&self, needed: Vec<Required>, unread: &[Required]) -> Result<Vec<Planned<'s>>, ImportError> {
        let known: BTreeSet<String> = needed
            .iter()
            .chain(unread)
            .map(|required| required.name.clone())
            .collect();
        let planned: Vec<Planned> = needed
            .into_iter()
            .map(|required| self.take(required))
            .collect::<Result<_, _>>()?;
        for required in unread {
            if self.tensors.contains_key(&*required.name) {
                self.take(required.clone())?;
            }
        }
        let mut others = self.tensors.keys().copied().chain(self.unreadable());
        if let Some(first) = others.find(|name| !known.contains(*name)) {
            return Err(self.unknown(first));
        }
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

    fn take(&self, Required { name, shape, values }: Required) -> Result<Planned<'s>, ImportError> {
        let found = self.tensors.get(&*name);
        let &(given, tensor) = found.ok_or_else(|| self.missing(&name))?;
        if tensor.shape != shape {
            let expected = format!("{shape:?}");
            return Err(self.refuse(Misfit::Shape(name, expected)));
        }
        if !tensor.scalar.holds(values) {
            return Err(ImportError::Type {
                file: self.source.name.clone(),
                tensor: legible(given),
                given: tensor.scalar.to_string(),
                needed: match values {
                    Values::Floats => "floats of 16, 32 or 64 bits",
                    Values::SignedBytes => "signed bytes",
                },
            });
        }
        Ok(Planned {
            name: format!("{}{name}", self.part().stored),
            given,
            source: self.source,
            tensor,
            values,
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
            Misfit::Config(reason) => ImportError::Config {
                file: self.source.name.clone(),
                reason: legible(&reason),
            },
        }
    }
}
