//! The weights that lie inside the binary.

// A constant may be copied into every part of a crate that is compiled for itself: 11 MB each.
pub(crate) static SEPARATOR: &[u8] = include_bytes!("../weights/earmark-small.safetensors");
/// Computed by the build script: hashing 11 MB costs too much while a host scans its plug-ins.
pub(crate) const SEPARATOR_SHA256: &str = env!("EARMARK_SMALL_SHA256");
pub(crate) static MINILM: &[u8] = include_bytes!("../weights/minilm-l6-v2.q8.safetensors");
pub(crate) static MINILM_VOCABULARY: &str = include_str!("../weights/minilm-l6-v2.vocab.txt");

/// AudioSet's classes in their order: identity, tab, name.
pub(crate) static AUDIOSET_NAMES: &str = include_str!("../audioset/class_names.tsv");
/// What MiniLM makes of the names: a row of signed bytes each.
pub(crate) static AUDIOSET_EMBEDDINGS: &[u8] = include_bytes!("../audioset/class_names.i8");
/// Of each node of AudioSet's ontology its identity and those of its children.
pub(crate) static AUDIOSET_TREE: &str = include_str!("../audioset/ontology.tsv");
