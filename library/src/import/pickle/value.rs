//! What a pickle describes.

use earmark_models::part::Values;

/// A number type that PyTorch stores tensors in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum ScalarType {
    F16,
    BF16,
    F32,
    F64,
    I8,
    /// Other integers, booleans or complex numbers, by PyTorch's name of the storage, and their size in bytes.
    Other(&'static str, usize),
}

impl ScalarType {
    /// By the name of the storage's class.
    pub(super) fn of_storage(class: &str) -> Option<ScalarType> {
        Some(match class {
            "HalfStorage" => ScalarType::F16,
            "BFloat16Storage" => ScalarType::BF16,
            "FloatStorage" => ScalarType::F32,
            "DoubleStorage" => ScalarType::F64,
            "ByteStorage" => ScalarType::Other("bytes", 1),
            "CharStorage" => ScalarType::I8,
            "ShortStorage" => ScalarType::Other("16-bit integers", 2),
            "IntStorage" => ScalarType::Other("32-bit integers", 4),
            "LongStorage" => ScalarType::Other("64-bit integers", 8),
            "BoolStorage" => ScalarType::Other("booleans", 1),
            "ComplexFloatStorage" => ScalarType::Other("complex numbers", 8),
            "ComplexDoubleStorage" => ScalarType::Other("complex numbers", 16),
            _ => return None,
        })
    }

    /// Whether it can be read as these.
    pub(in crate::import) fn holds(self, values: Values) -> bool {
        match values {
            Values::Floats => !matches!(self, ScalarType::I8 | ScalarType::Other(..)),
            Values::SignedBytes => self == ScalarType::I8,
        }
    }

    /// Bytes of a value.
    pub(in crate::import) fn size(self) -> usize {
        match self {
            ScalarType::F16 | ScalarType::BF16 => 2,
            ScalarType::F32 => 4,
            ScalarType::F64 => 8,
            ScalarType::I8 => 1,
            ScalarType::Other(_, size) => size,
        }
    }
}

impl std::fmt::Display for ScalarType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(match self {
            ScalarType::F16 | ScalarType::BF16 => "16-bit floats",
            ScalarType::F32 => "32-bit floats",
            ScalarType::F64 => "64-bit floats",
            ScalarType::I8 => "8-bit integers",
            ScalarType::Other(name, _) => name,
        })
    }
}

/// A value on the machine's stack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::import) enum Value<'a> {
    /// `None`, a number that is no integer, bytes: nothing that a tensor is described with.
    Plain,
    Bool,
    /// An integer of at most 64 bits.
    Int(i64),
    Text(&'a str),
    /// A name that the machine knows.
    Global(Global),
    /// Index of an [`Object`].
    Object(usize),
    /// Something that only Python could make.
    Opaque,
}

/// The names that the machine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum Global {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2` (storage, offset, size, stride, …).
    RebuildTensor,
    /// `torch._utils._rebuild_parameter` (tensor, …) and its kin with a state.
    RebuildParameter,
    /// `torch.FloatStorage` and its kin.
    Storage(ScalarType),
}

impl Global {
    pub(super) fn find(module: &str, name: &str) -> Option<Global> {
        match (module, name) {
            ("collections", "OrderedDict") => Some(Global::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Global::RebuildTensor),
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Some(Global::RebuildParameter)
            }
            ("torch", class) => ScalarType::of_storage(class).map(Global::Storage),
            _ => None,
        }
    }
}

/// A value that others refer to.
#[derive(Debug)]
pub(in crate::import) enum Object<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    /// Keys and values in their order; of equal keys the last one counts.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    Storage(Storage<'a>),
    Tensor(TensorView<'a>),
}

/// Values in a row, in an entry of the zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) struct Storage<'a> {
    pub(in crate::import) scalar: ScalarType,
    /// Name of the entry under `data/`.
    pub(in crate::import) key: &'a str,
    /// Values.
    pub(in crate::import) len: u64,
}

/// Values of a storage: the one at index i lies at `offset` + Σ i·`strides`, in values.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::import) struct TensorView<'a> {
    pub(in crate::import) storage: Storage<'a>,
    pub(in crate::import) offset: u64,
    pub(in crate::import) shape: Vec<usize>,
    pub(in crate::import) strides: Vec<usize>,
}

/// A pickle that was read.
#[derive(Debug)]
pub(in crate::import) struct Pickle<'a> {
    pub(super) root: Value<'a>,
    pub(super) objects: Vec<Object<'a>>,
}

impl<'a> Pickle<'a> {
    /// What the whole pickle is.
    pub(in crate::import) fn root(&self) -> Value<'a> {
        self.root
    }

    /// The entries of a dictionary; `None` of anything else.
    pub(in crate::import) fn dict(&self, value: Value) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self.object(value) {
            Some(Object::Dict(entries)) => Some(entries),
            _ => None,
        }
    }

    /// The last entry of a dictionary under a text.
    pub(in crate::import) fn get(&self, dict: Value, key: &str) -> Option<Value<'a>> {
        let mut entries = self.dict(dict)?.iter().rev();
        entries
            .find(|(k, _)| *k == Value::Text(key))
            .map(|(_, value)| *value)
    }

    /// A tensor; `None` of anything else.
    pub(in crate::import) fn tensor(&self, value: Value) -> Option<&TensorView<'a>> {
        match self.object(value) {
            Some(Object::Tensor(tensor)) => Some(tensor),
            _ => None,
        }
    }

    fn object(&self, value: Value) -> Option<&Object<'a>> {
        match value {
            Value::Object(index) => self.objects.get(index),
            _ => None,
        }
    }
}
