//! Why files could not be imported.

use std::io;
use std::path::Path;

use earmark_models::listed::listed;
use earmark_models::part::Part;

use super::names;

/// Errors of importing. Each is one sentence or two on one line: which file, what was given, what is allowed, what to
/// do. `file` is the name of a source file without its folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Nothing to import.
    #[error("No files were given to import; give the model's checkpoint and its tokenizer.json.")]
    NoFiles,
    /// A file that the system does not let us read.
    #[error("{file} could not be read: {source}.")]
    Read {
        /// The file.
        file: String,
        /// The system's words.
        source: io::Error,
    },
    /// A web page saved in place of a file.
    #[error(
        "{file} is a web page, not a model; use the download link of the file itself, not the page around it."
    )]
    WebPage {
        /// The file.
        file: String,
    },
    /// What Git leaves in place of a large file.
    #[error(
        "{file} is a Git LFS pointer, not the model itself; run \"git lfs pull\", or download the file from its page."
    )]
    LfsPointer {
        /// The file.
        file: String,
    },
    /// The format of PyTorch before 1.6.
    #[error(
        "{file} is in the format of PyTorch before 1.6, which Earmark does not read; load it with PyTorch and save it again."
    )]
    OldPyTorch {
        /// The file.
        file: String,
    },
    /// A compiled model.
    #[error(
        "{file} is a compiled model (TorchScript), not a checkpoint; give the checkpoint that it was made from."
    )]
    TorchScript {
        /// The file.
        file: String,
    },
    /// A file that Earmark wrote.
    #[error(
        "{file} is already a model of Earmark's; copy it into the models' folder instead of importing it."
    )]
    AlreadyImported {
        /// The file.
        file: String,
    },
    /// None of the formats.
    #[error(
        "{file} is not a model file ({found}); Earmark imports PyTorch checkpoints (.ckpt, .pt), safetensors files and tokenizer.json."
    )]
    Unknown {
        /// The file.
        file: String,
        /// What it looks like.
        found: String,
    },
    /// A file that ends too early or contradicts itself.
    #[error("{file} is damaged or cut short: {reason}. Download it again.")]
    Damaged {
        /// The file.
        file: String,
        /// Where it shows.
        reason: String,
    },
    /// A part of a checkpoint whose bytes are not those that were saved.
    #[error(
        "{file} is damaged: its part {entry} has the checksum {given:08x} where {expected:08x} was saved. Download it again."
    )]
    Checksum {
        /// The file.
        file: String,
        /// The entry of the zip.
        entry: String,
        /// CRC-32 of the bytes.
        given: u32,
        /// CRC-32 that the zip gives.
        expected: u32,
    },
    /// A checkpoint that is not as PyTorch writes them, and so not to be trusted.
    #[error("{file} is not as PyTorch writes a checkpoint: {reason}. Give the file as it was downloaded.")]
    Foreign {
        /// The file.
        file: String,
        /// The difference.
        reason: String,
    },
    /// A file without any tensor of the network.
    #[error(
        "{file} has no part of a model that Earmark knows: looked for names like {}, found {found}.",
        names::examples()
    )]
    Names {
        /// The file.
        file: String,
        /// Some of its names.
        found: String,
    },
    /// A tensor that the network has and the file has not.
    #[error(
        "{file} has no tensor \"{tensor}\", which {part} needs; found {found}. Give {}.",
        part.remedy
    )]
    MissingTensor {
        /// The file.
        file: String,
        /// The part of the model.
        part: &'static Part,
        /// The name looked for.
        tensor: String,
        /// What there is in its place.
        found: String,
    },
    /// Tensors of a part that it does not have: those of another network, which would separate wrongly without them.
    #[error(
        "{file} has tensors that {part} does not have, \"{tensor}\" first: it is another network, which Earmark does not know. Give {}.",
        part.remedy
    )]
    UnknownTensor {
        /// The file.
        file: String,
        /// The part of the model.
        part: &'static Part,
        /// The first of them.
        tensor: String,
    },
    /// A network of an architecture that this version cannot compute.
    #[error("{file} holds a network of the architecture \"{given}\"; this version of Earmark knows {known}.")]
    Architecture {
        /// The file.
        file: String,
        /// The architecture that its header names.
        given: String,
        /// Those that are known, joined by `and`.
        known: String,
    },
    /// A file whose header describes no network.
    #[error("{file} has a config that cannot be read ({reason}); give a file that training/export.py wrote.")]
    Config {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A part that the network does without.
    #[error(
        "{file} is not needed: this model takes its queries from {encoder}, which needs no such file; leave it out."
    )]
    Unneeded {
        /// The file.
        file: String,
        /// The encoder.
        encoder: &'static str,
    },
    /// A tokenizer for a model whose own is part of the program.
    #[error("{file} is not needed: this model's tokenizer is part of Earmark; leave it out.")]
    UnneededTokenizer {
        /// The file.
        file: String,
    },
    /// A tower of sounds or of pictures for a model whose encoder has none.
    #[error(
        "This model takes its queries from {encoder}, which has no {what} tower; import it without --{what}-tower."
    )]
    NoSuchTower {
        /// The encoder.
        encoder: &'static str,
        /// "audio" or "image".
        what: &'static str,
    },
    /// A tensor of another shape than the network's others ask for.
    #[error(
        "The tensor \"{tensor}\" of {file} has the shape {given:?} where {expected} is needed; the file is not of a network that Earmark knows."
    )]
    Shape {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// Its shape.
        given: Vec<usize>,
        /// The shape needed.
        expected: String,
    },
    /// A tensor of integers, or of a type that PyTorch has no such name for.
    #[error("The tensor \"{tensor}\" of {file} holds {given}; {needed} are needed.")]
    Type {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// Its type.
        given: String,
        /// The type needed.
        needed: &'static str,
    },
    /// A weight that is no number.
    #[error(
        "The tensor \"{tensor}\" of {file} has the value {value} at position {position}; weights must be finite. Get the file again from its publisher."
    )]
    NotFinite {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// NaN or an infinity.
        value: f32,
        /// Position in row-major order.
        position: u64,
    },
    /// The same part in two files.
    #[error("Both {first} and {second} have {part}; give only one of them.")]
    Twice {
        /// The part, as it is called in a sentence.
        part: &'static str,
        /// A file.
        first: String,
        /// Another file.
        second: String,
    },
    /// A network in no file, and no tower that says which one it must be.
    #[error(
        "The files have {given}; still missing: a separator. Add {}.",
        listed(&networks.iter().map(|part| part.remedy).collect::<Vec<_>>(), "or")
    )]
    NoNetwork {
        /// What there is.
        given: &'static str,
        /// The networks that could be.
        networks: Vec<&'static Part>,
    },
    /// Parts in no file.
    #[error(
        "The files have {}; still missing: {}. Add {}.",
        joined(given, |part| part.title),
        joined(missing, |part| part.title),
        joined(missing, |part| part.remedy)
    )]
    MissingPart {
        /// The parts that there are.
        given: Vec<&'static Part>,
        /// The parts that there are not.
        missing: Vec<&'static Part>,
    },
    /// A separator and a tower that do not fit each other.
    #[error(
        "The separator of {separator} reads conditions of {needed} values, but {} of {tower} gives {given}; give files of the same model.",
        the(part)
    )]
    Mismatch {
        /// File of the separator.
        separator: String,
        /// File of the tower.
        tower: String,
        /// The tower, as it is called in a sentence.
        part: &'static str,
        /// Values of a condition.
        needed: usize,
        /// Values that the tower gives.
        given: usize,
    },
    /// A tokenizer that is not the encoder's.
    #[error(
        "{file} is not the tokenizer that this model needs: {reason}. Give {remedy}, or its vocab.json and merges.txt."
    )]
    Tokenizer {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
        /// The file to give.
        remedy: &'static str,
    },
    /// A name that cannot be a file's.
    #[error(
        "A model cannot be called \"{given}\"; give it a name of 1 to 64 of the signs a-z, 0-9, \"-\", \"_\" and \".\", with a letter or digit at both ends, that is no device of Windows."
    )]
    Id {
        /// The name.
        given: String,
    },
    /// The name of a model that is part of the program.
    #[error("\"{given}\" is the name of a model that is part of Earmark itself; give another one.")]
    Taken {
        /// The name.
        given: String,
    },
    /// A full disk.
    #[error("The model needs {needed} MB in {folder}, where {free} MB are free; make room and import again.")]
    Space {
        /// The folder.
        folder: String,
        /// In 10^6 bytes.
        needed: u64,
        /// In 10^6 bytes.
        free: u64,
    },
    /// A folder or file that cannot be written.
    #[error("{path} could not be written: {source}.")]
    Write {
        /// The folder or file.
        path: String,
        /// The system's words.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error(
        "The model was written to {path} but came back different ({reason}); check the disk, and import again."
    )]
    Verify {
        /// The file.
        path: String,
        /// The difference.
        reason: String,
    },
    /// The progress callback asked to stop.
    #[error("The import was cancelled.")]
    Cancelled,
}

fn joined(parts: &[&'static Part], words: impl Fn(&Part) -> &'static str) -> String {
    let words: Vec<&str> = parts.iter().map(|part| words(part)).collect();
    words.join(" and ")
}

/// A name from a file on one line and not too long to read.
pub(super) fn legible(name: &str) -> String {
    const LONGEST: usize = 100;
    let plain: String = name
        .chars()
        .take(LONGEST)
        .map(|c| {
            if c.is_control() || is_separator(c) {
                '\u{FFFD}'
            } else {
                c
            }
        })
        .collect();
    if name.chars().nth(LONGEST).is_some() {
        plain + "…"
    } else {
        plain
    }
}

/// Line and paragraph separators, and marks that turn the direction of writing.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A source's name as errors give it.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    legible(&name.to_string_lossy())
}

/// A part as it is called where there is but one: "the text tower".
fn the(part: &str) -> String {
    let noun = part.trim_start_matches("an ").trim_start_matches("a ");
    format!("the {noun}")
}
