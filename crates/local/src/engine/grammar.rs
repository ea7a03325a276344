//! JSON schemas as llama.cpp grammars (GBNF).
//!
//! A grammar makes it impossible to write anything but JSON of the right shape. Covered: `type` (one or
//! several), `enum`, `const`, `properties` in the order of the schema with `required` or optional ones,
//! `additionalProperties` (absent or `false`: none), `items`, `minItems`, `maxItems`, `anyOf`, `oneOf`, an
//! `allOf` of one, `minLength`, `maxLength`, and `$ref` into `$defs` or `definitions`. Anything else in a
//! schema is looser than asked: it allows any JSON at that place, and refuses no request. Only a `type` that JSON
//! does not have is refused ([`unknown_type`]), because no answer could be right.
//!
//! White space is limited, because a small model otherwise likes to write it for ever.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

/// The rules that every grammar may refer to.
const COMMON: &str = r#"space ::= | " " | "\n" [ \t]{0,12}
char ::= [^"\\\x7F\x00-\x1F] | [\\] (["\\bfnrt] | "u" [0-9a-fA-F]{4})
string ::= "\"" char* "\""
integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
number ::= integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?
boolean ::= "true" | "false"
null ::= "null"
object ::= "{" space (string space ":" space value (space "," space string space ":" space value)*)? space "}"
array ::= "[" space (value (space "," space value)*)? space "]"
value ::= object | array | string | number | boolean | null
"#;

/// The types that JSON schemas know.
const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];

/// Deeper schemas than this are taken as "any JSON" from there on.
const DEPTH: usize = 24;
/// Repetitions that llama.cpp's parser accepts without complaint; larger bounds are taken as none.
const REPEAT: u64 = 500;
/// More optional properties than this in one object would make a grammar too large.
const OPTIONAL: usize = 24;

/// The grammar of any JSON object.
pub(super) fn any_object() -> String {
    format!("root ::= object\n{COMMON}")
}

/// The grammar of the JSON that fits `schema`.
pub(super) fn from_schema(schema: &Value) -> String {
    let mut rules = Rules { schema, rules: BTreeMap::new(), references: BTreeMap::new() };
    let root = rules.value(schema, 0);
    let mut text = format!("root ::= {root}\n");
    for (name, body) in &rules.rules {
        // Writing to a String cannot fail.
        let _ok = writeln!(text, "{name} ::= {body}");
    }
    text + COMMON
}

/// The first `type` in `schema`, also in the schemas inside it, that is no type of JSON.
pub(crate) fn unknown_type(schema: &Value) -> Option<&Value> {
    let schema = schema.as_object()?;
    let unknown = |kind: &&Value| !kind.as_str().is_some_and(|kind| TYPES.contains(&kind));
    let wrong = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find(unknown),
        kind => kind.filter(unknown),
    };
    let lists =
        ["anyOf", "oneOf", "allOf", "prefixItems"].iter().filter_map(|key| schema.get(*key)?.as_array());
    let named = ["properties", "$defs", "definitions"].iter().filter_map(|key| schema.get(*key)?.as_object());
    let single = ["items", "additionalProperties"].iter().filter_map(|key| schema.get(*key));
    let inner = lists.flatten().chain(named.flat_map(Map::values)).chain(single);
    wrong.or_else(|| inner.into_iter().find_map(unknown_type))
}

struct Rules<'schema> {
    /// The whole document, for `$ref`.
    schema: &'schema Value,
    rules: BTreeMap<String, String>,
    /// The rule made for each `$ref`; it is there before its body, so that a schema may refer to itself.
    references: BTreeMap<String, String>,
}

impl Rules<'_> {
    /// Adds a rule and returns its name.
    fn add(&mut self, body: String) -> String {
        let name = format!("r{}", self.rules.len());
        self.rules.insert(name.clone(), body);
        name
    }

    /// An expression for the values that fit `schema`.
    fn value(&mut self, schema: &Value, depth: usize) -> String {
        let Some(schema) = schema.as_object().filter(|_| depth < DEPTH) else { return "value".to_owned() };
        if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(pointer, depth);
        }
        if let Some(only) = schema.get("const") {
            return literal(only);
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array).filter(|all| !all.is_empty()) {
            let choices: Vec<_> = choices.iter().map(literal).collect();
            return self.add(choices.join(" | "));
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(choices) = schema.get(key).and_then(Value::as_array).filter(|all| !all.is_empty()) {
                let choices: Vec<_> = choices.iter().map(|choice| self.value(choice, depth + 1)).collect();
                return self.add(choices.join(" | "));
            }
        }
        if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            return self.value(only, depth + 1);
        }
        match schema.get("type") {
            Some(Value::String(kind)) => self.of_type(kind, schema, depth),
            Some(Value::Array(kinds)) if !kinds.is_empty() => {
                let kinds: Vec<_> = kinds
                    .iter()
                    .map(|kind| self.of_type(kind.as_str().unwrap_or_default(), schema, depth))
                    .collect();
                self.add(kinds.join(" | "))
            }
            _ if schema.contains_key("properties") => self.object(schema, depth),
            _ => "value".to_owned(),
        }
    }

    fn of_type(&mut self, kind: &str, schema: &Map<String, Value>, depth: usize) -> String {
        match kind {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "string" => self.string(schema),
            "integer" | "number" | "boolean" | "null" => kind.to_owned(),
            _ => "value".to_owned(),
        }
    }

    fn reference(&mut self, pointer: &str, depth: usize) -> String {
        if let Some(rule) = self.references.get(pointer) {
            return rule.clone();
        }
        let target = pointer.strip_prefix('#').and_then(|path| self.schema.pointer(path)).cloned();
        let Some(target) = target else { return "value".to_owned() };
        let name = format!("ref{}", self.references.len());
        self.references.insert(pointer.to_owned(), name.clone());
        let body = self.value(&target, depth + 1);
        // A reference to nothing but itself describes nothing.
        let body = if body == name { "value".to_owned() } else { body };
        self.rules.insert(name.clone(), body);
        name
    }

    fn string(&mut self, schema: &Map<String, Value>) -> String {
        match bounds(schema, "minLength", "maxLength") {
            Some(repeat) => self.add(format!(r#""\"" char{repeat} "\"""#)),
            None => "string".to_owned(),
        }
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> String {
        let item = match schema.get("items") {
            Some(items) => self.value(items, depth + 1),
            None => "value".to_owned(),
        };
        let limit = |key| schema.get(key).and_then(Value::as_u64).filter(|&limit| limit <= REPEAT);
        let (min, max) = (limit("minItems").unwrap_or(0), limit("maxItems"));
        if max == Some(0) {
            return self.add(r#""[" space "]""#.to_owned());
        }
        let more = match max {
            Some(max) => format!("{{{},{}}}", min.saturating_sub(1), (max - 1).max(min.saturating_sub(1))),
            None => format!("{{{},}}", min.saturating_sub(1)),
        };
        let items = format!(r#"{item} (space "," space {item}){more}"#);
        let items = if min == 0 { format!("({items})?") } else { items };
        self.add(format!(r#""[" space {items} space "]""#))
    }

    /// Properties come in the schema's order. Required ones stand where they stand; each optional one may be
    /// left out, which the rules say from the last property to the first: `rest_i` is everything from property
    /// `i` on when something was written before, `begin_i` when nothing was.
    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> String {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return "object".to_owned();
        };
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        if properties.keys().filter(|name| !is_required(name)).count() > OPTIONAL {
            return "object".to_owned();
        }
        let mut begin = String::new();
        let mut rest = String::new();
        for (name, property) in properties.iter().rev() {
            let value = self.value(property, depth + 1);
            let member = format!(r#"{} space ":" space {value}"#, literal(&Value::String(name.clone())));
            let first = sequence(&member, &rest);
            let next = sequence(&format!(r#"space "," space {member}"#), &rest);
            (begin, rest) = if is_required(name) {
                (self.add(first), self.add(next))
            } else {
                // Leaving out a property is the other branch; an empty one is written as an option.
                let skipped =
                    if begin.is_empty() { format!("({first})?") } else { format!("{first} | {begin}") };
                let ended = if rest.is_empty() { format!("({next})?") } else { format!("{next} | {rest}") };
                (self.add(skipped), self.add(ended))
            };
        }
        self.add(format!(r#""{{" space {begin} space "}}""#))
    }
}

fn sequence(first: &str, second: &str) -> String {
    if second.is_empty() { first.to_owned() } else { format!("{first} {second}") }
}

/// `{min,max}` for a repetition, or `None` when neither bound is usable.
fn bounds(schema: &Map<String, Value>, min: &str, max: &str) -> Option<String> {
    let limit = |key| schema.get(key).and_then(Value::as_u64).filter(|&limit| limit <= REPEAT);
    match (limit(min), limit(max)) {
        (None, None) => None,
        (min, None) => Some(format!("{{{},}}", min.unwrap_or(0))),
        (min, Some(max)) => Some(format!("{{{},{max}}}", min.unwrap_or(0).min(max))),
    }
}

/// A JSON value as a GBNF literal.
fn literal(value: &Value) -> String {
    let mut text = String::from("\"");
    for character in value.to_string().chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    #[track_caller]
    fn check(schema: &Value, expected: Expect) {
        let grammar = from_schema(schema);
        expected.assert_eq(grammar.strip_suffix(COMMON).expect("the common rules come last"));
    }

    #[test]
    fn a_schema_shapes_the_answer() {
        check(
            &json!({"type": "string"}),
            expect![[r#"
            root ::= string
        "#]],
        );
        check(
            &json!({"type": ["integer", "null"]}),
            expect![[r#"
            root ::= r0
            r0 ::= integer | null
        "#]],
        );
        check(
            &json!({"enum": ["a\"b", 3, null]}),
            expect![[r#"
            root ::= r0
            r0 ::= "\"a\\\"b\"" | "3" | "null"
        "#]],
        );
        check(
            &json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}),
            expect![[r#"
                root ::= r0
                r0 ::= "[" space number (space "," space number){1,2} space "]"
            "#]],
        );
        check(
            &json!({"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string", "maxLength": 9}, "age": {"type": "integer"}
            }}),
            expect![[r#"
                root ::= r5
                r0 ::= ("\"age\"" space ":" space integer)?
                r1 ::= (space "," space "\"age\"" space ":" space integer)?
                r2 ::= "\"" char{0,9} "\""
                r3 ::= "\"name\"" space ":" space r2 r1
                r4 ::= space "," space "\"name\"" space ":" space r2 r1
                r5 ::= "{" space r3 space "}"
            "#]],
        );
    }

    #[test]
    fn a_type_that_json_does_not_have_is_found_wherever_it_is() {
        let banana = json!({"type": "banana"});
        for schema in [
            json!({"type": "banana"}),
            json!({"type": ["string", "banana"]}),
            json!({"properties": {"a": {"items": banana}}}),
            json!({"$defs": {"a": banana}}),
            json!({"anyOf": [{"type": "null"}, banana]}),
            json!({"additionalProperties": banana}),
        ] {
            assert_eq!(unknown_type(&schema), Some(&json!("banana")), "{schema}");
        }
        assert_eq!(unknown_type(&json!({"type": 3})), Some(&json!(3)));
        for schema in [
            json!({"type": "object", "properties": {"type": {"type": ["string", "null"]}}}),
            json!({"const": banana, "pattern": "x", "if": true, "additionalProperties": false}),
            json!({}),
        ] {
            assert_eq!(unknown_type(&schema), None, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_is_not_followed_for_ever() {
        check(
            &json!({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["next"],
                "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}}}),
            expect![[r#"
                root ::= ref0
                r0 ::= ref0 | null
                r1 ::= "\"next\"" space ":" space r0
                r2 ::= space "," space "\"next\"" space ":" space r0
                r3 ::= "{" space r1 space "}"
                ref0 ::= r3
            "#]],
        );
        check(
            &json!({"$ref": "#"}),
            expect![[r#"
            root ::= ref0
            ref0 ::= value
        "#]],
        );
    }

    #[test]
    fn what_is_not_understood_allows_any_json() {
        for schema in [json!(true), json!({}), json!({"type": "tuple"}), json!({"$ref": "other.json"})] {
            check(
                &schema,
                expect![[r#"
                root ::= value
            "#]],
            );
        }
    }
}
