//! Python's pickles, read as data.
//!
//! A pickle is a program for a stack machine that may call any function by its name. This machine calls none: it
//! knows the few names that a tensor is described with (`torch._utils._rebuild_tensor_v2` and what it needs), and
//! whatever else a checkpoint refers to becomes [`Value::Opaque`], which can be called, set and appended to without
//! anything happening. Time and memory grow with the pickle's length alone, which is bounded: texts stay where they
//! are in the pickle, containers are referred to by number, and nothing is copied or followed recursively.
//! (CPython, `Lib/pickle.py` and `Lib/pickletools.py`; protocols 2 to 5 without out-of-band buffers.)

mod machine;
mod read;
mod value;

pub(super) use machine::load;
pub(super) use value::{Pickle, ScalarType, TensorView, Value};

/// Longest pickle in bytes. AudioSep's is about 0.5 MB.
pub(super) const LONGEST: u64 = 16 << 20;

/// Most operations. AudioSep's pickle has about 70,000.
const MOST_STEPS: usize = 1_000_000;

/// Most dimensions of a tensor.
const MOST_DIMENSIONS: usize = 8;

/// Where and why a pickle could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PickleError {
    /// Byte in the pickle.
    pub(super) at: usize,
    /// What is wrong there.
    pub(super) reason: String,
}

#[cfg(test)]
mod tests {
    use super::value::Object;
    use super::*;

    /// `OrderedDict([("a", (1, -2, 70000, -2**40, True, None, 1.5, "é", b"x", [3, 4], {"k": {1}})), ("b", 2**100),
    /// ("c", -1)])` as CPython 3.13 writes it in the protocols 2, 3 and 4.
    const BY_PYTHON: [&[u8]; 3] = [
        b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aq\x02(K\x01J\xfe\xff\xff\xffJp\x11\x01\x00\
        \x8a\x06\x00\x00\x00\x00\x00\xff\x88NG?\xf8\x00\x00\x00\x00\x00\x00X\x02\x00\x00\x00\xc3\xa9q\x03c_codecs\n\
        encode\nq\x04X\x01\x00\x00\x00xq\x05X\x06\x00\x00\x00latin1q\x06\x86q\x07Rq\x08]q\x09(K\x03K\x04e}q\nX\x01\x00\
        \x00\x00kq\x0bc__builtin__\nset\nq\x0c]q\x0dK\x01a\x85q\x0eRq\x0fstq\x10X\x01\x00\x00\x00bq\x11\x8a\x0d\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10X\x01\x00\x00\x00cq\x12J\xff\xff\xff\xffu.",
        b"\x80\x03ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aq\x02(K\x01J\xfe\xff\xff\xffJp\x11\x01\x00\
        \x8a\x06\x00\x00\x00\x00\x00\xff\x88NG?\xf8\x00\x00\x00\x00\x00\x00X\x02\x00\x00\x00\xc3\xa9q\x03C\x01xq\x04]q\
        \x05(K\x03K\x04e}q\x06X\x01\x00\x00\x00kq\x07cbuiltins\nset\nq\x08]q\x09K\x01a\x85q\nRq\x0bstq\x0cX\x01\x00\x00\
        \x00bq\x0d\x8a\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10X\x01\x00\x00\x00cq\x0eJ\xff\xff\xff\xffu.",
        b"\x80\x04\x95\x84\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\
        \x01a\x94(K\x01J\xfe\xff\xff\xffJp\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\xff\x88NG?\xf8\x00\x00\x00\x00\x00\
        \x00\x8c\x02\xc3\xa9\x94C\x01x\x94]\x94(K\x03K\x04e}\x94\x8c\x01k\x94\x8f\x94(K\x01\x90st\x94\x8c\x01b\x94\x8a\
        \x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x8c\x01c\x94J\xff\xff\xff\xffu.",
    ];

    #[test]
    fn what_python_writes_in_any_protocol_is_read() {
        for bytes in BY_PYTHON {
            let pickle = load(bytes).unwrap();
            assert_eq!(pickle.dict(pickle.root()).unwrap().len(), 3);
            assert_eq!(pickle.get(pickle.root(), "b"), Some(Value::Plain));
            assert_eq!(pickle.get(pickle.root(), "c"), Some(Value::Int(-1)));
            let Some(Value::Object(tuple)) = pickle.get(pickle.root(), "a") else {
                panic!("there is no object");
            };
            let Object::Tuple(items) = &pickle.objects[tuple] else {
                panic!("there is no tuple");
            };
            let numbers = [1, -2, 70_000, -(1 << 40)].map(Value::Int);
            assert_eq!(items[..4], numbers);
            assert_eq!(
                items[4..8],
                [Value::Bool, Value::Plain, Value::Plain, Value::Text("é")]
            );
            // Bytes are a call in protocol 2, and nothing that a tensor needs in any.
            assert!(matches!(items[8], Value::Plain | Value::Opaque));
            let Value::Object(list) = items[9] else {
                panic!("there is no list");
            };
            assert!(
                matches!(&pickle.objects[list], Object::List(items) if items[..] == [3, 4].map(Value::Int))
            );
            assert_eq!(pickle.get(items[10], "k"), Some(Value::Opaque));
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_never_more_than_opaque() {
        for call in [
            &b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R."[..],
            b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.",
            b"\x80\x02ctorch\nload\n)\x81.",
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nNN\x86R.",
            b"\x80\x02X\x07\x00\x00\x00storageQ.",
        ] {
            assert_eq!(load(call).unwrap().root(), Value::Opaque);
        }
    }

    #[test]
    fn of_equal_keys_the_last_one_counts() {
        let pickle = load(b"\x80\x02}(X\x01\x00\x00\x00aK\x01X\x01\x00\x00\x00aK\x02u.").unwrap();
        assert_eq!(pickle.get(pickle.root(), "a"), Some(Value::Int(2)));
    }
}
