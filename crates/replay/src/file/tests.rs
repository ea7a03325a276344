use super::*;
use crate::scenario::{Arrivals, Fault};

const HEAD: &str = "name = \"test\"\ntitle = \"Test\"\nspan = \"10m\"\n";

fn read(rest: &str) -> Scenario {
    parse("test.toml", &format!("{HEAD}{rest}"))
        .unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false)))
}

fn mistake(rest: &str) -> String {
    let mistakes = parse("test.toml", &format!("{HEAD}{rest}")).expect_err(rest);
    assert_eq!(mistakes.list().len(), 1, "{mistakes}");
    mistakes.to_string()
}

#[test]
fn a_file_says_only_what_differs_from_the_usual() {
    let scenario = read("");
    let built_in = crate::builtin::find("flapping").unwrap();
    assert_eq!(scenario.providers, built_in.providers);
    assert_eq!(scenario.traffic, built_in.traffic);
    assert_eq!(scenario.route, built_in.route);
    assert_eq!((scenario.seed, scenario.outage), (1, None));
}

#[test]
fn every_key_of_a_file_does_something() {
    let usual = read("");
    let check = |rest: &str, changed: fn(&Scenario) -> bool| {
        let scenario = read(rest);
        assert!(changed(&scenario), "{rest}: {scenario:?}");
        assert_ne!(scenario, usual, "{rest}");
    };
    check("about = \"x\"", |s| s.about == "x");
    check("synthetic = [\"x\"]", |s| s.synthetic == ["x"]);
    check("starts = \"x\"", |s| s.starts.as_deref() == Some("x"));
    check("seed = 9", |s| s.seed == 9);
    check("outage = { from = \"1m\", to = \"2m\" }", |s| {
        s.outage == Some((Duration::from_secs(60), Duration::from_secs(120)))
    });
    check("marks = [{ at = \"1s\", text = \"x\" }]", |s| {
        s.marks == [(Duration::from_secs(1), "x".to_owned())]
    });
    let even = |s: &Scenario| {
        s.traffic.arrivals == Arrivals::Even { per_second: 2.0, prompt_tokens: (5, 9), answer_tokens: (7, 7) }
    };
    assert!(even(&read(
        "[traffic]\narrivals = \"even\"\nrate = 2\nprompt_tokens = [5, 9]\nanswer_tokens = 7\n"
    )));
    check("[traffic]\nspeed = 2", |s| s.traffic.speed == 2.0);
    check("[traffic]\nsampled = 0.5", |s| s.traffic.sampled == 0.5);
    check("[traffic]\nstreaming = 0", |s| s.traffic.streaming == 0.0);
    check("[traffic]\nbatch = 1", |s| s.traffic.batch == 1.0);
    check("[traffic]\nleaves = 0.1", |s| s.traffic.leaves == 0.1);
    check("[traffic]\ndialect = \"anthropic\"", |s| s.traffic.dialect == handover_drill::Dialect::Anthropic);
    check("[traffic]\npatience = \"5s\"", |s| s.traffic.patience == Duration::from_secs(5));
    check("[route]\nconnect = \"1s\"", |s| s.route.clocks.connect == Duration::from_secs(1));
    check("[route]\nfirst_token = \"3s\"", |s| s.route.clocks.first_token == Duration::from_secs(3));
    check("[route]\nstall = \"3s\"", |s| s.route.clocks.stall == Duration::from_secs(3));
    check("[route]\nprogress = \"3s\"", |s| s.route.clocks.progress == Duration::from_secs(3));
    check("[route]\nlocal_load = \"3s\"", |s| s.route.local_load == Duration::from_secs(3));
    check("[route]\nmax_attempts = 2", |s| s.route.max_attempts == 2);
    check("[route]\ncanary = 0.01", |s| s.route.canary == 0.01);
    check("[route]\nhedge = { after = \"3s\" }", |s| s.route.hedge == Some(Duration::from_secs(3)));
    check("[route]\nprobe = \"off\"", |s| s.route.probe.is_none());
    check("[route]\nprobe = \"1m\"", |s| s.route.probe == Some(Duration::from_secs(60)));
    check("[route]\ntotal = \"8s\"", |s| {
        let clocks = s.route.clocks;
        // A default does not outlast the total that the file gives.
        clocks.total == Duration::from_secs(8)
            && clocks.stall == clocks.total
            && clocks.connect < clocks.total
    });
    let provider = "[[providers]]\nname = \"a\"\ndialect = \"cohere\"\n";
    let with = |key: &str, changed: fn(&crate::scenario::Provider) -> bool| {
        let scenario = read(&format!("{provider}{key}"));
        assert_eq!(scenario.providers.len(), 1);
        assert!(changed(&scenario.providers[0]), "{key}: {scenario:?}");
    };
    with("", |p| p.name == "a" && p.dialect == handover_drill::Dialect::Cohere && p.model == "a-model");
    with("model = \"m\"", |p| p.model == "m");
    with("keys = 3", |p| p.keys == 3);
    with("first_token = \"1s\"", |p| p.first_token == (Duration::from_secs(1), Duration::from_secs(1)));
    with("per_token = \"1ms\"", |p| p.per_token == Duration::from_millis(1));
    with("capacity = 4", |p| p.capacity == Some(4));
    with("max_concurrency = 5", |p| p.max_concurrency == Some(5));
    with("price_in = 1", |p| p.price_in == 1.0);
    with("price_out = 2.5", |p| p.price_out == 2.5);
    with("load = \"9s\"", |p| p.local.is_some_and(|local| local.load == Duration::from_secs(9)));
}

#[test]
fn a_phase_is_played_as_it_is_written() {
    let phase = |keys: &str| {
        let scenario =
            read(&format!("[[phases]]\nprovider = \"openai\"\nfrom = \"1m\"\nto = \"3m\"\n{keys}\n"));
        assert_eq!(scenario.outage, Some((Duration::from_secs(60), Duration::from_secs(180))));
        scenario.phases.into_iter().next().unwrap()
    };
    let fault = |script: &str| phase(&format!("script = \"{script}\"")).mix;
    assert_eq!(fault("refused"), [(1.0, Fault::Refused)]);
    assert_eq!(fault("blackhole"), [(1.0, Fault::Blackhole)]);
    assert_eq!(fault("dns 1m30s"), [(1.0, Fault::Dns(Duration::from_secs(90)))]);
    assert_eq!(fault("healthy"), [(1.0, Fault::Healthy)]);
    assert_eq!(fault("529 retry_after=2"), [(1.0, Fault::script("529 retry_after=2").unwrap())]);
    let mixed =
        phase("key = 0\nmix = [{ share = 0.25, script = \"503\" }, { share = 0.5, script = \"silent\" }]");
    assert_eq!(mixed.key, Some(0));
    assert_eq!(mixed.mix.iter().map(|(share, _)| *share).collect::<Vec<_>>(), [0.25, 0.5]);
    let flapping = phase("script = \"503\"\nflapping = { on = \"5s\", off = \"10s\" }").flapping;
    assert_eq!(flapping, Some((Duration::from_secs(5), Duration::from_secs(10))));
}

#[test]
fn a_bound_is_where_the_manual_says_it_is() {
    let phase = |from: &str, to: &str| {
        format!("[[phases]]\nprovider = \"openai\"\nfrom = \"{from}\"\nto = \"{to}\"\nscript = \"503\"\n")
    };
    read(&phase("0s", "10m"));
    read(&phase("9m59s999ms", "10m"));
    assert!(mistake(&phase("0s", "10m1ms")).contains("after the end of the scenario"));
    assert!(mistake(&phase("10m", "11m")).contains("after the end of the scenario"));
    assert!(mistake(&phase("1m", "1m")).contains("is not after its start"));
    read("[route]\ntotal = \"20s\"\nfirst_token = \"20s\"");
    assert!(mistake("[route]\ntotal = \"20s\"\nfirst_token = \"20001ms\"").contains("is above the total"));
    read("[route]\nfirst_token = \"4s\"\nhedge = { after = \"3999ms\" }");
    assert!(mistake("[route]\nfirst_token = \"4s\"\nhedge = { after = \"4s\" }").contains("comes too late"));
    let shares = |last: f64| {
        format!(
            "[[phases]]\nprovider = \"openai\"\nfrom = \"0s\"\nto = \"1m\"\nmix = [{{ share = 0.7, script = \"503\" }}, {{ share = 0.2, script = \"502\" }}, {{ share = {last}, script = \"500\" }}]\n"
        )
    };
    read(&shares(0.1));
    assert!(mistake(&shares(0.101)).contains("more than 1 together"));
}

#[test]
fn a_mistake_is_marked_at_its_word() {
    let check = |script: &str, expected: &str| {
        let rest =
            format!("[[phases]]\nprovider = \"openai\"\nfrom = \"0s\"\nto = \"1m\"\nscript = {script}\n");
        let mistake = mistake(&rest);
        assert!(mistake.starts_with(expected), "{mistake}");
    };
    check("\"ok ct@3\"", "test.toml:8:14: ");
    check("'ok ct@3'", "test.toml:8:14: ");
    check("\"  ok ct@3\"", "test.toml:8:16: ");
    // The columns of a text with escapes are not those of the file; the whole text is marked then.
    check("\"ok \\\"a\\\" ct@3\"", "test.toml:8:10: ");
}

#[test]
fn a_text_of_any_kind_is_answered_and_not_crashed_on() {
    for text in [
        "\u{feff}",
        "\0",
        "[[phases]]",
        "phases = [1]",
        "[[phases]]\nmix = [[]]",
        "a",
        "span = \"1e9d\"",
        "a = \"\u{1b}[31m\"",
    ] {
        let mistakes = parse("\u{1b}[31m", text).unwrap_err();
        assert!(!mistakes.render(false).contains('\u{1b}'), "{text:?}");
    }
}

#[test]
fn the_manual_explains_every_key() {
    let manual = include_str!("../../../../docs/drill.md");
    let section = |title: &str| {
        let rest = manual.split(&format!("### {title}\n")).nth(1).unwrap();
        rest.split("\n##").next().unwrap().to_owned()
    };
    let check = |title: &str, keys: &[&str]| {
        let text = section(title);
        for key in keys.iter().filter(|key| !["traffic", "providers", "phases", "route"].contains(*key)) {
            assert!(text.contains(&format!("`{key}`")), "docs/drill.md, {title}: no word of `{key}`");
        }
    };
    check("At the top", TOP);
    check("`[traffic]`", parts::TRAFFIC);
    check("`[[providers]]`", parts::PROVIDER);
    check("`[[phases]]`", phases::PHASE);
    check("`[route]`", parts::ROUTE);
    // Every script of the manual can be played.
    let rows = section("Scripts");
    let scripts = rows.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let scripts: Vec<&str> = scripts
        .flat_map(|cell| cell.trim_end_matches('`').split("`, `"))
        .filter(|text| !text.is_empty())
        .collect();
    assert!(scripts.len() > 20, "{scripts:?}");
    for script in scripts {
        let script = script.replace("'..'", "'x'");
        read(&format!(
            "[[phases]]\nprovider = \"openai\"\nfrom = \"0s\"\nto = \"1m\"\nscript = \"{script}\"\n"
        ));
    }
}

#[test]
fn what_the_manual_shows_can_be_typed() {
    let manual = include_str!("../../../../docs/drill.md");
    let blocks: Vec<&str> =
        manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        parse("drill.md", block).unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false)));
    }
}
