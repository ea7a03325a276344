//! Reads the `price` of a target: what its provider asks for a million tokens.
//!
//! Half a price would make a bill that is too low and looks right, so both numbers are needed.

use crate::diagnostic::{Diagnostic, Id, shown};
use crate::keys::PRICE;
use crate::reader::{Reader, Section};
use crate::snapshot::Price;

/// No tokens cost more than this, so whoever writes more has meant another unit (the dearest list price of 2025 was
/// 600 dollars for a million tokens, OpenAI's o1-pro).
const HIGHEST: f64 = 1_000_000.0;

const EXAMPLE: &str = "{ input = 0.15, output = 0.60 }";

/// Reads it. `None` when it is not there, or has a mistake, which is noted.
pub(crate) fn read(reader: &mut Reader<'_>, target: &Section<'_>) -> Option<Price> {
    let table = target.table(reader, "price", EXAMPLE)?;
    let section = Section::new(reader, table, &target.path("price"), PRICE);
    let input = one(reader, target, &section, "input");
    let output = one(reader, target, &section, "output");
    Some(Price { input: input?, output: output? })
}

/// One of the two numbers.
fn one(reader: &mut Reader<'_>, target: &Section<'_>, section: &Section<'_>, key: &str) -> Option<f64> {
    if section.get(key).is_none() && !section.misnamed(key) {
        let span = target.get("price").map_or(0..0, |value| value.span());
        let path = shown(&section.path(key));
        reader.note(
            Diagnostic::error(Id::MissingKey, span, format!("this price has no `{path}`"))
                .label("a cost needs both numbers")
                .help(format!("US dollars for a million tokens, for example `price = {EXAMPLE}`")),
        );
    }
    section.number(reader, key, 0.0..=HIGHEST)
}
