//! The settings for what an operator sees: prices arrive as the file has them, half a price is refused, and whoever
//! keeps what users write is told so.

use handover_config::{Id, Loaded, MapEnv, Price, Report, Severity, Source, load};

fn read(top: &str, targets: &str) -> Result<Loaded, Report> {
    let text = format!(
        "{top}\n[providers.o]\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:8001/v1\"\n\
         [routes.r]\ntargets = [{targets}]\n"
    );
    load(&Source::Text { path: "handover.toml".into(), text }, &MapEnv::default())
}

fn price(written: &str) -> Result<Option<Price>, Report> {
    let target = format!("{{ model = \"o/x\", price = {written} }}");
    read("", &target).map(|loaded| loaded.config.routes[0].targets[0].price)
}

#[test]
fn a_price_arrives_as_it_is_written() {
    let check = |written: &str, input: f64, output: f64| {
        assert_eq!(price(written).unwrap(), Some(Price { input, output }), "{written}");
    };
    check("{ input = 0.15, output = 0.60 }", 0.15, 0.60);
    check("{ input = 3, output = 15 }", 3.0, 15.0);
    check("{ input = 0, output = 0.0 }", 0.0, 0.0);
    let bare = read("", "\"o/x\"").unwrap().config;
    assert_eq!(bare.routes[0].targets[0].price, None, "nobody has said what it costs");
}

#[test]
fn every_member_of_a_group_has_its_own_price() {
    let group = "{ any_of = [{ model = \"o/x\", price = { input = 1, output = 2 } }, \"o/y\"] }";
    let config = read("", group).unwrap().config;
    let prices: Vec<_> = config.routes[0].targets.iter().map(|target| target.price).collect();
    assert_eq!(prices, [Some(Price { input: 1.0, output: 2.0 }), None]);
    let beside = "{ any_of = [\"o/x\", \"o/y\"], price = { input = 1, output = 2 } }";
    assert!(read("", beside).unwrap_err().diagnostics().iter().any(|found| found.id == Id::ConflictingKeys));
}

#[test]
fn a_bill_is_never_too_low_because_half_a_price_was_taken_for_all_of_it() {
    let check = |written: &str, expected: &[(Id, &str)]| {
        let report = price(written).unwrap_err();
        let found: Vec<_> = report.diagnostics().iter().map(|d| (d.id, d.message.as_str())).collect();
        assert_eq!(found, expected, "{written}");
    };
    let path = "routes.r.targets[0].price";
    let without = |key: &str| format!("this price has no `{path}.{key}`");
    let range = |key: &str| format!("`{path}.{key}` is out of range");
    check("{ input = 0.15 }", &[(Id::MissingKey, &without("output"))]);
    check("{ output = 0.6 }", &[(Id::MissingKey, &without("input"))]);
    // One finding for one place.
    check("{}", &[(Id::MissingKey, &without("input"))]);
    check("{ input = -1, output = 1 }", &[(Id::BadValue, &range("input"))]);
    check("{ input = 1, output = nan }", &[(Id::BadValue, &range("output"))]);
    check("{ input = inf, output = 1 }", &[(Id::BadValue, &range("input"))]);
    let text = format!("`{path}.input` must be a number");
    check("{ input = \"0.15\", output = 1 }", &[(Id::WrongType, &text)]);
    check("0.15", &[(Id::WrongType, &format!("`{path}` must be a table"))]);
    // One finding is enough for a number that stands under another gateway's name.
    let unknown = |key: &str| format!("unknown key `{key}` in `{path}`");
    check("{ prompt = 1, output = 1 }", &[(Id::UnknownKey, &unknown("prompt"))]);
}

#[test]
fn nobody_keeps_what_users_write_without_being_told() {
    let check = |top: &str, content: bool| {
        let loaded = read(top, "\"o/x\"").unwrap();
        assert_eq!(loaded.config.log.content, content, "{top}");
        let warnings = loaded.warnings.diagnostics();
        let told = warnings.iter().any(|d| d.id == Id::ContentLogged && d.severity == Severity::Warning);
        assert_eq!(told, content, "{top}");
    };
    check("", false);
    check("[log]\ncontent = false", false);
    check("[log]\ncontent = true", true);
}
