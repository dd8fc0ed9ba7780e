//! Writes pickles as `torch.save` does: protocol 2, everything memoized.

use std::collections::HashMap;

use super::{Around, Scalar, Tensor};

/// A pickle being written.
pub(crate) struct Pickler {
    bytes: Vec<u8>,
    memo: u32,
    texts: HashMap<String, u32>,
}

impl Pickler {
    pub(crate) fn new() -> Pickler {
        Pickler {
            bytes: vec![0x80, 2],
            memo: 0,
            texts: HashMap::new(),
        }
    }

    /// The whole pickle.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.op(b".");
        self.bytes
    }

    pub(crate) fn op(&mut self, bytes: &[u8]) -> &mut Pickler {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn memoize(&mut self) -> u32 {
        let index = self.memo;
        self.memo += 1;
        match u8::try_from(index) {
            Ok(index) => self.op(&[b'q', index]),
            Err(_) => self.op(b"r").op(&index.to_le_bytes()),
        };
        index
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Pickler {
        match self.texts.get(text).copied() {
            Some(index) => {
                self.op(b"j").op(&index.to_le_bytes());
            }
            None => {
                let length = text.len() as u32;
                self.op(b"X").op(&length.to_le_bytes()).op(text.as_bytes());
                let index = self.memoize();
                self.texts.insert(text.into(), index);
            }
        }
        self
    }

    /// As Python does, in the fewest bytes.
    pub(crate) fn int(&mut self, number: u64) -> &mut Pickler {
        if let Ok(number) = u8::try_from(number) {
            self.op(&[b'K', number])
        } else if let Ok(number) = u16::try_from(number) {
            self.op(b"M").op(&number.to_le_bytes())
        } else if let Ok(number) = i32::try_from(number) {
            self.op(b"J").op(&number.to_le_bytes())
        } else {
            self.op(&[0x8A, 8]).op(&number.to_le_bytes())
        }
    }

    pub(crate) fn float(&mut self, number: f64) -> &mut Pickler {
        self.op(b"G").op(&number.to_be_bytes())
    }

    pub(crate) fn global(&mut self, module: &str, name: &str) -> &mut Pickler {
        self.op(format!("c{module}\n{name}\n").as_bytes());
        self.memoize();
        self
    }

    fn sizes(&mut self, sizes: &[usize]) -> &mut Pickler {
        self.op(b"(");
        for &size in sizes {
            self.int(size as u64);
        }
        self.op(b"t")
    }

    /// `torch._utils._rebuild_tensor_v2` of the storage with this key, of `len` values.
    pub(crate) fn view(
        &mut self,
        scalar: Scalar,
        key: &str,
        len: u64,
        shape: &[usize],
        strides: &[usize],
    ) -> &mut Pickler {
        let class = match scalar {
            Scalar::F16 => "HalfStorage",
            Scalar::Bf16 => "BFloat16Storage",
            Scalar::F32 => "FloatStorage",
            Scalar::F64 => "DoubleStorage",
            Scalar::I64 => "LongStorage",
        };
        self.global("torch._utils", "_rebuild_tensor_v2").op(b"((");
        self.text("storage")
            .global("torch", class)
            .text(key)
            .text("cuda:0");
        self.int(len).op(b"tQ").int(0);
        self.sizes(shape).sizes(strides).op(b"\x89");
        self.global("collections", "OrderedDict").op(b")RtR");
        self.memoize();
        self
    }

    /// An ordered dictionary of tensors, whose storages have their indices as keys.
    pub(crate) fn state_dict(&mut self, tensors: &[Tensor]) -> &mut Pickler {
        self.global("collections", "OrderedDict").op(b")R");
        self.memoize();
        self.op(b"(");
        for (index, tensor) in tensors.iter().enumerate() {
            let len = tensor.values.len() as u64;
            self.text(&tensor.name);
            self.view(
                tensor.scalar,
                &index.to_string(),
                len,
                &tensor.shape,
                &tensor.strides(),
            );
        }
        // PyTorch sets an attribute of the dictionary.
        self.op(b"u}")
            .text("_metadata")
            .global("collections", "OrderedDict")
            .op(b")Rsb")
    }

    /// A checkpoint's dictionary, with what frameworks put beside the tensors.
    pub(crate) fn around(&mut self, tensors: &[Tensor], around: Around) -> &mut Pickler {
        self.op(b"}(").text("epoch").int(15);
        match around {
            Around::Lightning => {
                self.text("global_step").int(5_000_000_000);
                self.text("pytorch-lightning_version").text("2.0.0");
                self.text("hyper_parameters");
                self.global("pytorch_lightning.utilities.parsing", "AttributeDict")
                    .op(b")\x81");
                self.op(b"}").text("lr").float(1e-3).op(b"sb");
                self.text("callbacks")
                    .op(b"}")
                    .global("callbacks.base", "CheckpointEveryNSteps");
                self.op(b"}(").text("monitor").op(b"N").text("seen").op(b"\x88us");
            }
            Around::Clap | Around::Model | Around::Nothing => {
                self.text("name").text("music_speech_audioset");
                // NumPy's number of type f8, whose bytes Python 3 writes as a text to be encoded.
                self.text("best").global("numpy.core.multiarray", "scalar");
                self.global("numpy", "dtype").text("f8").op(b"\x89\x88\x87R");
                self.op(b"(")
                    .int(3)
                    .text("<")
                    .op(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff")
                    .int(0)
                    .op(b"tb");
                self.global("_codecs", "encode")
                    .text("\0\0")
                    .text("latin1")
                    .op(b"\x86R\x86R");
            }
        }
        self.text("optimizer_states")
            .op(b"]}(")
            .text("state")
            .op(b"}")
            .int(0)
            .op(b"}");
        self.text("exp_avg")
            .view(Scalar::F32, "99999", 4, &[4], &[1])
            .op(b"ss");
        self.text("param_groups")
            .op(b"]}")
            .text("betas")
            .float(0.9)
            .float(0.999)
            .op(b"\x86sa");
        self.op(b"ua").text("state_dict").state_dict(tensors);
        self.op(b"u")
    }
}
