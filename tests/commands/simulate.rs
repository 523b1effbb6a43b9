//! `xueshi simulate`: transitions, sweeps, and what it refuses.

use serde_json::{Value, json};

use super::{all_but, cases, folder, run, verdicts};

const TOTAL: &str = "331100/2023#annual.total";

fn counts(report: &Value) -> Vec<(String, String, u64)> {
    let name = |value: &Value| value.as_str().unwrap().to_owned();
    let all = report["transitions"].as_array().unwrap().iter();
    all.map(|t| (name(&t["from"]), name(&t["to"]), t["count"].as_u64().unwrap())).collect()
}

/// What `check` says of the same cases under the file as it is and under the file as changed.
fn by_check(name: &str, file: &str, from: &str, to: &str) -> Vec<(String, String, u64)> {
    let policies = all_but(name, file, from, to);
    let old = verdicts(&[], &cases());
    let new = verdicts(&["--policies", &policies], &cases());
    let mut counts: Vec<(String, String, u64)> = Vec::new();
    for (from, to) in old.into_iter().zip(new) {
        match counts.iter_mut().find(|(a, b, _)| *a == from && *b == to) {
            Some((_, _, count)) => *count += 1,
            None => counts.push((from, to, 1)),
        }
    }
    counts.sort();
    counts
}

#[test]
fn transitions_are_those_of_the_changed_file() {
    for (number, (file, from, to, set)) in [
        ("331100-2023.toml", "total = \"90\"", "total = \"80\"", "331100/2023#annual.total=80"),
        (
            "331100-2023.toml",
            "hours = \"12\"",
            "hours = \"18.5\"",
            "331100/2023#annual.min.general=18.5",
        ),
        (
            "331100-2023.toml",
            "at_least = \"required_years\"",
            "at_least = 3",
            "331100/2023#count.at_least=3",
        ),
        (
            "331100-2023.toml",
            "[\"D-1\", \"D\"]",
            "[\"D\"]",
            "331100/2023#two-in-a-row.years=[\"D\"]",
        ),
        (
            "331100-2023.toml",
            "from = \"tenure_start\"",
            "from = \"D-3\"",
            "331100/2023#count.from=D-3",
        ),
        (
            "330400-2022.toml",
            "{ incomplete_any_of_first = 3 }",
            "{ always = true }",
            "330400/2022#transition-360.when={ always = true }",
        ),
        (
            "330500-2021.toml",
            "length = 4, ends",
            "length = 2, ends",
            "330500/2021#window-intermediate.window.length=2",
        ),
        ("330000.toml", "hours = \"18\"", "hours = \"30\"", "330000#annual.min.public=\"30\""),
    ]
    .into_iter()
    .enumerate()
    {
        let ran = run(&["simulate", "--set", set, "--format", "json"], &cases());
        let report = ran.json();
        let mut told = counts(&report);
        told.sort();
        assert_eq!(told, by_check(&format!("set-{number}"), file, from, to), "{set}");
        let changed: u64 = told.iter().filter(|(a, b, _)| a != b).map(|(_, _, n)| n).sum();
        assert_eq!(report["changed"], changed, "{set}");
        for groups in ["by_level", "by_series"] {
            let all = report[groups].as_array().unwrap().iter();
            let sum: u64 = all.map(|group| group["cases"].as_u64().unwrap()).sum();
            assert_eq!(report["cases"], sum, "{set}");
        }
    }
}

#[test]
fn examples_are_named_as_many_as_asked_for() {
    let set = format!("{TOTAL}=100");
    let arguments = ["simulate", "--set", &set, "--witnesses", "2", "--format", "json"];
    let report = run(&arguments, &cases()).json();
    let transitions = report["transitions"].as_array().unwrap();
    let lost = transitions.iter().find(|t| t["from"] == "met" && t["to"] == "not_met").unwrap();
    assert_eq!(lost["witnesses"].as_array().unwrap().len(), 2);
    let input = cases();
    for witness in lost["witnesses"].as_array().unwrap() {
        // Each is the line it is said to be.
        let line = usize::try_from(witness["line"].as_u64().unwrap()).unwrap();
        let case: Value = serde_json::from_str(input.lines().nth(line - 1).unwrap()).unwrap();
        assert_eq!(case["id"], witness["id"]);
        assert_eq!(verdicts(&[], &format!("{case}\n")), ["met"]);
    }
    assert!(lost["count"].as_u64().unwrap() > 2);
    let same = transitions.iter().find(|t| t["from"] == "met" && t["to"] == "met").unwrap();
    assert_eq!(same["witnesses"], Value::Null);
    assert_eq!(report["set"][0], json!({ "key": TOTAL, "old": "90", "new": "100" }));
}

#[test]
fn the_table_is_in_both_languages() {
    let set = format!("{TOTAL}=100");
    run(&["simulate", "--set", &set], &cases()).says(&[
        "331100/2023#annual.total: 90 → 100",
        "met → not met",
        "such as ",
        "By level",
        "By series",
    ]);
    run(&["simulate", "--set", &set, "--lang", "zh"], &cases()).says(&[
        "符合 → 不符合",
        "如 ",
        "按级别",
        "中级",
        "按系列",
        "工程",
    ]);
    run(&["simulate", "--help"], "").says(&["Examples 示例", "--sweep", "改动"]);
}

#[test]
fn a_sweep_counts_as_check_does_under_every_value() {
    // One that bisects, and one whose plan is not monotone.
    for (file, key, from, range) in [
        ("331100-2023.toml", TOTAL, "total = \"90\"", "70..110:10"),
        ("330400-2022.toml", "330400/2022#transition-360.total", "total = \"360\"", "180..420:60"),
    ] {
        let sweep = format!("{key}={range}");
        let report = run(&["simulate", "--sweep", &sweep, "--format", "json"], &cases()).json();
        let values = report["values"].as_array().unwrap();
        assert_eq!(values.len(), 5);
        for value in values {
            let hours = value["value"].as_str().unwrap();
            let name = format!("sweep-{}-{hours}", &file[..6]);
            let policies = all_but(&name, file, from, &format!("total = \"{hours}\""));
            let verdicts = verdicts(&["--policies", &policies], &cases());
            for verdict in ["met", "not_met", "indeterminate"] {
                let count = verdicts.iter().filter(|v| *v == verdict).count();
                assert_eq!(value[verdict], count, "{key} {hours} {verdict}");
            }
        }
    }
}

#[test]
fn a_sweep_is_a_table_with_the_rule_as_it_stands() {
    let sweep = format!("{TOTAL}=89..91");
    run(&["simulate", "--sweep", &sweep], &cases()).says(&[
        "now 90",
        "as it stands",
        "\n          89",
        "\n          91",
    ]);
    run(&["simulate", "--sweep", &sweep, "--lang", "zh"], &cases()).says(&["现行规则", "取值"]);
    let half = format!("{TOTAL}=89..90:0.5");
    let report = run(&["simulate", "--sweep", &half, "--format", "json"], &cases()).json();
    assert_eq!(report["values"][1]["value"], "89.5");
    assert_eq!(report["values"][2]["met"], report["as_it_stands"]["met"]);
}

#[test]
fn a_change_that_is_part_of_nobodys_plan_is_an_error() {
    let arguments = ["simulate", "--set", "000000#annual.total=80"];
    run(&arguments, &cases()).refused(&["none of the", "[set_concerns_nobody]"]);
    // One of two that matters does not hide the other.
    let both =
        ["simulate", "--set", "000000#annual.total=80", "--set", "331100/2023#annual.total=80"];
    run(&both, &cases()).refused(&["000000#annual.total"]);
    let sweep = ["simulate", "--sweep", "000000#annual.total=80..90", "--lang", "zh"];
    run(&sweep, &cases()).refused(&["判定都用不到这项改动"]);
    let same = ["simulate", "--set", "331100/2023#annual.total=90"];
    run(&same, &cases()).refused(&["[set_already_so]"]);
}

#[test]
fn a_setting_that_cannot_be_made_says_what_could() {
    for (set, words) in [
        ("annual", ["POLICY#CLAUSE.FIELD=VALUE", "[not_a_setting]"]),
        ("annual.total=80", ["POLICY#CLAUSE.FIELD=VALUE", "[not_a_setting]"]),
        ("331100/2024#annual.total=80", ["331100/2023", "[unknown_policy]"]),
        ("331100/2023#anual.total=80", ["two-in-a-row", "[unknown_clause]"]),
        ("331100/2023#annual.totl=80", ["total, min, ratio", "[unknown_key]"]),
        ("331100/2023#annual.total=80.125", ["two decimals", "[hours_too_fine]"]),
        ("331100/2023#annual.total=-1", ["not negative", "[hours_negative]"]),
        ("331100/2023#annual.total=[", ["TOML", "[not_a_value]"]),
        ("331100/2023#annual.id=other", ["kind, overrides", "[unknown_key]"]),
        ("331100/2023#count.at_least=many", ["required_years", "[not_accepted]"]),
        ("331100/2023#annual.min.all=80", ["min.professional, min.public", "[unknown_key]"]),
    ] {
        run(&["simulate", "--set", set], &cases()).refused(&words);
    }
    run(&["simulate", "--set", "331100/2023#anual.total=80", "--lang", "zh"], &cases())
        .refused(&["没有条款“anual”", "two-in-a-row"]);
    for (range, code) in [
        ("80", "[not_a_range]"),
        ("90..80", "[not_a_range]"),
        ("80..90:0", "[not_a_range]"),
        ("80..x", "[hours_not_decimal]"),
        ("0..9000", "[too_many_values]"),
    ] {
        let sweep = format!("{TOTAL}={range}");
        run(&["simulate", "--sweep", &sweep], &cases()).refused(&[code]);
    }
    assert_eq!(run(&["simulate"], "").code, 2);
}

#[test]
fn cases_that_do_not_read_are_told_and_the_others_counted() {
    let set = format!("{TOTAL}=80");
    let input = format!("{{\"id\": 1}}\n{}", cases());
    let ran = run(&["simulate", "--set", &set, "--format", "json"], &input);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("-:1: declaration"), "{}", ran.err);
    assert_eq!(ran.json()["cases"], cases().lines().count());
    run(&["simulate", "--set", &set], "\n").refused(&["[no_cases]"]);
    run(&["simulate", "--set", &set, "no-such.ndjson"], "").refused(&["no-such.ndjson"]);
}

#[test]
fn tables_are_read_too() {
    let folder = folder("simulate-tables");
    let (d, r) = (folder.join("d.csv"), folder.join("r.csv"));
    let header = "编号,地区代码,申报年度,级别,系列,规定年限,任职起始年";
    std::fs::write(&d, format!("{header}\n甲,331100,2023,中级,engineering,2,2022\n")).unwrap();
    let rows = "甲,2022,专业科目,68,a\n甲,2022,一般公需,18,a\n甲,2023,专业科目,68,a\n甲,2023,一般公需,18,a";
    std::fs::write(&r, format!("编号,年度,科目,学时,来源\n{rows}\n")).unwrap();
    let (d, r) = (d.display().to_string(), r.display().to_string());
    let set = format!("{TOTAL}=86");
    let arguments = ["simulate", "--set", &set, "--declarations", &d, "--records", &r];
    run(&arguments, "").says(&["not met → met", "甲"]);
}
