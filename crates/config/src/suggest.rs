//! "Did you mean …": the nearest known name, when one is near enough to be believed.

use crate::keys::{SYNONYMS, TABLES, Table};

/// The known name nearest to what was written.
///
/// Near means an edit distance of at most a third of the letters: a wrong guess costs a reader more than
/// none, because it is tried first.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = plain(written);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &plain(name)), name))
        .filter(|(distance, name)| {
            *distance <= (name.chars().count().max(written.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The key of this table that was probably meant.
pub(crate) fn meant(written: &str, table: Table) -> Option<&'static str> {
    if let Some(name) = nearest(written, table.keys.iter().copied()) {
        return Some(name);
    }
    let written = plain(written);
    let synonym = SYNONYMS.iter().find(|(theirs, ours)| *theirs == written && table.keys.contains(ours));
    synonym.map(|(_, ours)| *ours)
}

/// What to write instead of a key that is not known in this table.
pub(crate) fn for_key(written: &str, table: Table) -> String {
    if let Some(name) = meant(written, table) {
        return format!("did you mean `{name}`?");
    }
    let plain_written = plain(written);
    let home = TABLES.iter().find(|other| other.keys.contains(&plain_written.as_str()));
    if let Some(home) = home {
        return format!("`{plain_written}` belongs in {}", title(*home));
    }
    format!("known keys here: {}", table.keys.join(", "))
}

/// A table's title, marked as code when it is something one writes.
fn title(table: Table) -> String {
    if table.title.starts_with('[') { format!("`{}`", table.title) } else { table.title.to_owned() }
}

/// The name without the differences that people do not see: case, `-` for `_`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    #[test]
    fn a_misspelt_name_gets_the_one_that_was_meant() {
        let names = ["anthropic", "azure", "ollama"];
        let check = |written: &str, expected: Option<&str>| assert_eq!(nearest(written, names), expected);
        check("azzure", Some("azure"));
        check("Anthropic", Some("anthropic"));
        check("antropic", Some("anthropic"));
        check("gemini", None);
        check("", None);
    }

    #[test]
    fn a_word_from_another_product_leads_to_ours() {
        let check =
            |written: &str, table: Table, expected: &str| assert_eq!(for_key(written, table), expected);
        check("lisen", keys::TOP, "did you mean `listen`?");
        check("port", keys::TOP, "did you mean `listen`?");
        check("base-url", keys::PROVIDER, "did you mean `base_url`?");
        check("endpoint", keys::PROVIDER, "did you mean `base_url`?");
        check("level", keys::TOP, "`level` belongs in `[log]`");
        check("total", keys::ATTEMPT_TIMEOUTS, "`total` belongs in the `timeouts` of a route");
        check("zzz", keys::LOG, "known keys here: level, format, access, content");
    }
}
