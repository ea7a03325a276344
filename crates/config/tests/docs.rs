//! The reference is complete: a key or an error that nobody can look up does not exist.

use handover_config::{Id, keys};

const CONFIG: &str = include_str!("../../../docs/reference/config.md");
const ERRORS: &str = include_str!("../../../docs/reference/errors.md");

#[test]
fn every_key_can_be_looked_up() {
    for table in keys::TABLES {
        let section = table.title.trim_start_matches("the ");
        let (_, rest) =
            CONFIG.split_once(&format!("## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
        let section_text = rest.split("\n## ").next().unwrap();
        for key in table.keys {
            assert!(
                section_text.contains(&format!("| `{key}` |")),
                "`{key}` is not explained under {section}"
            );
        }
    }
}

#[test]
fn every_error_can_be_looked_up() {
    for id in Id::ALL {
        assert!(ERRORS.contains(&format!("\n## {}\n", id.as_str())), "`{}` is not explained", id.as_str());
    }
    let headings = ERRORS.lines().filter(|line| line.starts_with("## ")).count();
    assert_eq!(headings, Id::ALL.len(), "a heading is left of an error that is gone");
}
