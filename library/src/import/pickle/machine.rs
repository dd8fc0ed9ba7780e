//! The stack machine.

use std::collections::HashMap;

use super::read::Reader;
use super::value::{Global, Object, Pickle, Storage, TensorView, Value};
use super::{MOST_DIMENSIONS, MOST_STEPS, PickleError};

/// Reads a pickle.
pub(in crate::import) fn load(bytes: &[u8]) -> Result<Pickle<'_>, PickleError> {
    let mut machine = Machine {
        reader: Reader::new(bytes),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        objects: Vec::new(),
    };
    for _ in 0..MOST_STEPS {
        if let Some(root) = machine.step()? {
            let objects = machine.objects;
            return Ok(Pickle { root, objects });
        }
    }
    Err(machine.reader.error(format!(
        "more than {MOST_STEPS} operations are more than any checkpoint has"
    )))
}

struct Machine<'a> {
    reader: Reader<'a>,
    stack: Vec<Value<'a>>,
    /// Heights of the stack where a mark stands.
    marks: Vec<usize>,
    memo: HashMap<u64, Value<'a>>,
    objects: Vec<Object<'a>>,
}

impl<'a> Machine<'a> {
    /// Does one operation; the result when it was the last.
    fn step(&mut self) -> Result<Option<Value<'a>>, PickleError> {
        let operation = self.reader.byte()?;
        match operation {
            b'.' => return self.pop().map(Some),
            // PROTO, FRAME: nothing to do for who has the whole pickle.
            0x80 => self.protocol()?,
            0x95 => drop(self.reader.unsigned(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => self.discard()?,
            b'1' => drop(self.since_mark()?),
            b'2' => self.stack.push(self.top()?),
            b'N' | b'G' => {
                self.reader.take(if operation == b'G' { 8 } else { 0 })?;
                self.stack.push(Value::Plain);
            }
            0x88 | 0x89 => self.stack.push(Value::Bool),
            b'I' | b'L' => self.decimal()?,
            b'J' => {
                let number = self.reader.unsigned(4)? as u32;
                self.stack.push(Value::Int(i64::from(number.cast_signed())));
            }
            b'K' => self.integer(1)?,
            b'M' => self.integer(2)?,
            0x8A => self.long(1)?,
            0x8B => self.long(4)?,
            b'X' => self.text(4)?,
            0x8C => self.text(1)?,
            0x8D => self.text(8)?,
            // Byte strings and byte arrays.
            b'T' | b'B' => self.bytes(4)?,
            b'U' | b'C' => self.bytes(1)?,
            0x8E | 0x96 => self.bytes(8)?,
            b')' => self.put(Object::Tuple(Vec::new())),
            0x85..=0x87 => self.short_tuple(usize::from(operation - 0x84))?,
            b't' => {
                let items = self.since_mark()?;
                self.put(Object::Tuple(items));
            }
            b']' => self.put(Object::List(Vec::new())),
            b'l' => {
                let items = self.since_mark()?;
                self.put(Object::List(items));
            }
            b'}' => self.put(Object::Dict(Vec::new())),
            b'd' => {
                let items = self.since_mark()?;
                let entries = self.pairs(&items)?;
                self.put(Object::Dict(entries));
            }
            // Sets are of no use here.
            0x8F => self.stack.push(Value::Opaque),
            0x90 => drop(self.since_mark()?),
            0x91 => {
                self.since_mark()?;
                self.stack.push(Value::Opaque);
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(vec![(key, value)])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                let entries = self.pairs(&items)?;
                self.set(entries)?;
            }
            b'p' => {
                let index = self.line_index()?;
                self.memoize(index)?;
            }
            b'q' => {
                let index = self.reader.unsigned(1)?;
                self.memoize(index)?;
            }
            b'r' => {
                let index = self.reader.unsigned(4)?;
                self.memoize(index)?;
            }
            0x94 => self.memoize(self.memo.len() as u64)?,
            b'g' => {
                let index = self.line_index()?;
                self.recall(index)?;
            }
            b'h' => {
                let index = self.reader.unsigned(1)?;
                self.recall(index)?;
            }
            b'j' => {
                let index = self.reader.unsigned(4)?;
                self.recall(index)?;
            }
            b'c' => {
                let (module, name) = (self.reader.line()?, self.reader.line()?);
                self.global(module, name);
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (module, name) {
                    (Value::Text(module), Value::Text(name)) => self.global(module, name),
                    _ => return Err(self.reader.error("a name is no text")),
                }
            }
            b'Q' => self.persistent()?,
            b'R' => self.call()?,
            // NEWOBJ and NEWOBJ_EX make objects of classes: only an ordered dictionary is one that is known.
            0x81 => self.make()?,
            0x92 => {
                for _ in 0..3 {
                    self.pop()?;
                }
                self.stack.push(Value::Opaque);
            }
            // BUILD sets the attributes of an object, which no known one has use for.
            b'b' => {
                self.pop()?;
                self.top()?;
            }
            other => {
                let reason = format!("the operation {other:#04x} is none that PyTorch writes");
                return Err(self.reader.error(reason));
            }
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Result<(), PickleError> {
        match self.reader.byte()? {
            2..=5 => Ok(()),
            other => Err(self.reader.error(format!("the protocol {other} is not 2 to 5"))),
        }
    }

    /// The stack's height that the newest mark protects.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Value<'a>, PickleError> {
        match self.stack.last() {
            Some(&value) if self.stack.len() > self.floor() => Ok(value),
            _ => Err(self.reader.error("a value is missing on the stack")),
        }
    }

    fn pop(&mut self) -> Result<Value<'a>, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Drops the top, be it a value or a mark.
    fn discard(&mut self) -> Result<(), PickleError> {
        if self.stack.len() == self.floor() && self.marks.pop().is_some() {
            return Ok(());
        }
        self.pop().map(drop)
    }

    /// The values above the newest mark, which goes too.
    fn since_mark(&mut self) -> Result<Vec<Value<'a>>, PickleError> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| self.reader.error("a mark is missing on the stack"))?;
        Ok(self.stack.split_off(mark))
    }

    fn put(&mut self, object: Object<'a>) {
        self.stack.push(Value::Object(self.objects.len()));
        self.objects.push(object);
    }

    fn integer(&mut self, width: usize) -> Result<(), PickleError> {
        let number = self.reader.unsigned(width)?;
        self.stack.push(Value::Int(number as i64));
        Ok(())
    }

    /// A signed integer of as many bytes as a count of `width` bytes says; longer ones than 64 bits describe no tensor.
    fn long(&mut self, width: usize) -> Result<(), PickleError> {
        let bytes = self.reader.counted(width)?;
        self.stack.push(match bytes {
            [] => Value::Int(0),
            [.., last] if bytes.len() <= 8 => {
                let mut number = [if last & 0x80 == 0 { 0 } else { 0xFF }; 8];
                number[..bytes.len()].copy_from_slice(bytes);
                Value::Int(i64::from_le_bytes(number))
            }
            _ => Value::Plain,
        });
        Ok(())
    }

    fn decimal(&mut self) -> Result<(), PickleError> {
        let line = self.reader.line()?;
        let number = line.strip_suffix('L').unwrap_or(line).parse();
        self.stack.push(number.map_or(Value::Plain, Value::Int));
        Ok(())
    }

    fn text(&mut self, width: usize) -> Result<(), PickleError> {
        let text = self.reader.text(width)?;
        self.stack.push(Value::Text(text));
        Ok(())
    }

    fn bytes(&mut self, width: usize) -> Result<(), PickleError> {
        self.reader.counted(width)?;
        self.stack.push(Value::Plain);
        Ok(())
    }

    fn short_tuple(&mut self, count: usize) -> Result<(), PickleError> {
        self.top()?;
        let start = self.stack.len().checked_sub(count);
        let start = start.filter(|&start| start >= self.floor());
        let start = start.ok_or_else(|| self.reader.error("a value is missing on the stack"))?;
        let items = self.stack.split_off(start);
        self.put(Object::Tuple(items));
        Ok(())
    }

    fn pairs(&self, items: &[Value<'a>]) -> Result<Vec<(Value<'a>, Value<'a>)>, PickleError> {
        let (pairs, rest) = items.as_chunks();
        if !rest.is_empty() {
            return Err(self.reader.error("a key has no value"));
        }
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    }

    /// The object on top of the stack; `None` when it is an opaque one.
    fn target(&mut self) -> Result<Option<&mut Object<'a>>, PickleError> {
        match self.top()? {
            Value::Object(index) => Ok(self.objects.get_mut(index)),
            Value::Opaque => Ok(None),
            _ => Err(self.reader.error("something is put into what is no container")),
        }
    }

    fn append(&mut self, mut items: Vec<Value<'a>>) -> Result<(), PickleError> {
        match self.target()? {
            None => Ok(()),
            Some(Object::List(list)) => {
                list.append(&mut items);
                Ok(())
            }
            Some(_) => Err(self.reader.error("something is appended to what is no list")),
        }
    }

    fn set(&mut self, mut entries: Vec<(Value<'a>, Value<'a>)>) -> Result<(), PickleError> {
        match self.target()? {
            None => Ok(()),
            Some(Object::Dict(dict)) => {
                dict.append(&mut entries);
                Ok(())
            }
            Some(_) => Err(self.reader.error("a key is set in what is no dictionary")),
        }
    }

    fn line_index(&mut self) -> Result<u64, PickleError> {
        let line = self.reader.line()?;
        line.parse()
            .map_err(|_| self.reader.error("a memo's index is no number"))
    }

    fn memoize(&mut self, index: u64) -> Result<(), PickleError> {
        let top = self.top()?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall(&mut self, index: u64) -> Result<(), PickleError> {
        let value = self.memo.get(&index);
        let value = *value.ok_or_else(|| self.reader.error(format!("there is no memo {index}")))?;
        self.stack.push(value);
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) {
        let known = Global::find(module, name);
        self.stack.push(known.map_or(Value::Opaque, Value::Global));
    }

    fn tuple(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match value {
            Value::Object(index) => match &self.objects[index] {
                Object::Tuple(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    /// What PyTorch refers to from outside the pickle: `("storage", class, key, device, length)`.
    fn persistent(&mut self) -> Result<(), PickleError> {
        let id = self.pop()?;
        let storage = match self.tuple(id) {
            Some(
                &[
                    Value::Text("storage"),
                    Value::Global(Global::Storage(scalar)),
                    Value::Text(key),
                    _,
                    Value::Int(len),
                ],
            ) => u64::try_from(len).ok().map(|len| Storage { scalar, key, len }),
            _ => None,
        };
        match storage {
            Some(storage) => self.put(Object::Storage(storage)),
            None => self.stack.push(Value::Opaque),
        }
        Ok(())
    }

    fn call(&mut self) -> Result<(), PickleError> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Some(items) = self.tuple(arguments) else {
            return Err(self.reader.error("the arguments of a call are no tuple"));
        };
        match function {
            Value::Global(Global::OrderedDict) if items.is_empty() => self.put(Object::Dict(Vec::new())),
            Value::Global(Global::RebuildTensor) => match self.view(items) {
                Some(tensor) => self.put(Object::Tensor(tensor)),
                None => self.stack.push(Value::Opaque),
            },
            Value::Global(Global::RebuildParameter) => {
                let tensor = items.first().copied();
                self.stack.push(tensor.unwrap_or(Value::Opaque));
            }
            _ => self.stack.push(Value::Opaque),
        }
        Ok(())
    }

    fn make(&mut self) -> Result<(), PickleError> {
        let (_, class) = (self.pop()?, self.pop()?);
        match class {
            Value::Global(Global::OrderedDict) => self.put(Object::Dict(Vec::new())),
            _ => self.stack.push(Value::Opaque),
        }
        Ok(())
    }

    /// The arguments of `_rebuild_tensor_v2`.
    fn view(&self, arguments: &[Value<'a>]) -> Option<TensorView<'a>> {
        let &[Value::Object(storage), Value::Int(offset), shape, strides, ..] = arguments else {
            return None;
        };
        let Object::Storage(storage) = &self.objects[storage] else {
            return None;
        };
        let (shape, strides) = (self.sizes(shape)?, self.sizes(strides)?);
        (shape.len() == strides.len()).then_some(TensorView {
            storage: *storage,
            offset: u64::try_from(offset).ok()?,
            shape,
            strides,
        })
    }

    fn sizes(&self, value: Value<'a>) -> Option<Vec<usize>> {
        let items = self.tuple(value)?;
        let size = |item: &Value| match item {
            Value::Int(size) => usize::try_from(*size).ok(),
            _ => None,
        };
        (items.len() <= MOST_DIMENSIONS)
            .then(|| items.iter().map(size).collect())
            .flatten()
    }
}
