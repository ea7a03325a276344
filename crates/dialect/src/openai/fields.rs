//! Reading a JSON object field by field, with the field's path in every error.
//!
//! A field that is read is taken out, so that what remains at the end is what this project does not know: the
//! `rest`. `null` counts as absent, because SDKs write it for every field that was left unset.

use crate::error::{CallerError, ErrorKind};
use crate::hub::Rest;
use serde_json::Value;
use std::fmt;

/// Where a value stands in the body. A list of borrowed steps: it costs nothing until an error prints it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'a> {
    /// The body itself.
    Root,
    /// A member of an object.
    Key(&'a Path<'a>, &'a str),
    /// An element of a list.
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(Path::Root, key) => f.write_str(key),
            Path::Key(parent, key) => write!(f, "{parent}.{key}"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A value of the wrong type.
pub(super) fn wrong_type(path: &Path<'_>, expected: &str, found: &Value) -> CallerError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let message = match path {
        Path::Root => format!("The request body must be {expected}, not {found}."),
        Path::Key(..) | Path::Index(..) => format!("`{path}` must be {expected}, not {found}."),
    };
    invalid(path, message).code("invalid_type")
}

/// A value of the right type that cannot be used.
pub(super) fn invalid(path: &Path<'_>, message: String) -> CallerError {
    let error = CallerError::new(ErrorKind::InvalidRequest, message).code("invalid_value");
    match path {
        Path::Root => error,
        Path::Key(..) | Path::Index(..) => error.param(path.to_string()),
    }
}

/// A field that must be there and is not.
pub(super) fn missing(path: &Path<'_>) -> CallerError {
    invalid(path, format!("`{path}` is missing.")).code("missing_required_parameter")
}

/// A string, standing at `path`.
pub(super) fn text(value: Value, path: &Path<'_>) -> Result<String, CallerError> {
    match value {
        Value::String(text) => Ok(text),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(wrong_type(path, "a string", &other))
        }
    }
}

/// An object being read.
#[derive(Debug)]
pub(super) struct Fields<'p> {
    path: &'p Path<'p>,
    left: Rest,
}

impl<'p> Fields<'p> {
    /// Opens `value`, which must be an object.
    pub(super) fn open(value: Value, path: &'p Path<'p>) -> Result<Self, CallerError> {
        match value {
            Value::Object(left) => Ok(Self { path, left }),
            other
            @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(wrong_type(path, "an object", &other))
            }
        }
    }

    /// The path of a member.
    pub(super) fn at<'k>(&'k self, key: &'k str) -> Path<'k> {
        Path::Key(self.path, key)
    }

    /// Looks at a member without taking it.
    pub(super) fn peek(&self, key: &str) -> Option<&Value> {
        self.left.get(key).filter(|value| !value.is_null())
    }

    /// Takes a member out.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        // `remove` would move the last member into the gap; the caller's order is kept.
        self.left.shift_remove(key).filter(|value| !value.is_null())
    }

    /// Puts a member back among those this project does not know.
    pub(super) fn keep(&mut self, key: &str, value: Value) {
        self.left.insert(key.to_owned(), value);
    }

    /// Puts back what was left of a member that is an object, unless nothing was.
    pub(super) fn keep_rest(&mut self, key: &str, rest: Rest) {
        if !rest.is_empty() {
            self.keep(key, Value::Object(rest));
        }
    }

    /// What was not taken.
    pub(super) fn into_rest(self) -> Rest {
        self.left
    }

    fn read<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, CallerError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(wrong_type(&self.at(key), expected, &value)),
        }
    }

    /// A string, if there.
    pub(super) fn string(&mut self, key: &str) -> Result<Option<String>, CallerError> {
        self.take(key).map(|value| text(value, &self.at(key))).transpose()
    }

    /// A string that must be there.
    pub(super) fn required_string(&mut self, key: &str) -> Result<String, CallerError> {
        self.string(key)?.ok_or_else(|| missing(&self.at(key)))
    }

    /// A boolean, if there.
    pub(super) fn boolean(&mut self, key: &str) -> Result<Option<bool>, CallerError> {
        self.read(key, "true or false", Value::as_bool)
    }

    /// A number, if there.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<f64>, CallerError> {
        self.read(key, "a number", Value::as_f64)
    }

    /// A whole number from 0, if there. `100.0` is one too: some languages know no other numbers.
    pub(super) fn unsigned(&mut self, key: &str) -> Result<Option<u64>, CallerError> {
        self.read(key, "a whole number, 0 or more", |v| v.as_u64().or_else(|| whole(v).and_then(as_unsigned)))
    }

    /// A whole number, if there.
    pub(super) fn signed(&mut self, key: &str) -> Result<Option<i64>, CallerError> {
        self.read(key, "a whole number", |v| v.as_i64().or_else(|| whole(v)))
    }

    /// An object, if there.
    pub(super) fn object(&mut self, key: &str) -> Result<Option<Rest>, CallerError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(wrong_type(&self.at(key), "an object", &other)),
        }
    }

    /// A list, if there.
    pub(super) fn list(&mut self, key: &str) -> Result<Option<Vec<Value>>, CallerError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(other) => Err(wrong_type(&self.at(key), "a list", &other)),
        }
    }
}

/// 2^53: beyond it a float no longer names one whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn whole(value: &Value) -> Option<i64> {
    let float = value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() <= EXACT)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
    let whole = float as i64;
    Some(whole)
}

fn as_unsigned(n: i64) -> Option<u64> {
    u64::try_from(n).ok()
}

/// A count as a provider may write it: a whole number, or a float that is one.
pub(super) fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| whole(value).and_then(as_unsigned))
}
