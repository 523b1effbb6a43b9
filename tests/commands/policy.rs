//! `xueshi policy list`, `show`, `test` and `diff`.

use serde_json::{Value, json};

use super::{all_but, altered, built_in, folder, verdicts, xueshi};

#[test]
fn the_list_names_every_policy_in_both_languages() {
    xueshi(&["policy", "list"]).says(&[
        "331100/2023",
        "丽水市 2023",
        "declaring years",
        "archived",
    ]);
    xueshi(&["policy", "list", "--lang", "zh"]).says(&["申报年度", "未定3，已定1", "原文缺"]);
    let list = xueshi(&["policy", "list", "--format", "json"]).json();
    let entry = list.as_array().unwrap().iter().find(|e| e["id"] == "330500/2021").unwrap();
    assert_eq!(entry["declaring_years"], json!({ "from": "2021", "to": "2021" }));
    assert_eq!(entry["clauses"], 11);
    assert_eq!(entry["readings"], json!({ "open": 3, "settled": 4 }));
    assert_eq!(entry["documents"][0]["status"], "archived");
    let help = xueshi(&["policy", "list", "--help"]);
    help.says(&["Examples 示例", "输出格式"]);
}

#[test]
fn a_list_of_files_that_do_not_read_is_refused_with_the_line() {
    let file = altered("bad-list", "000000.toml", "total = \"90\"", "total = 90");
    let folder = file.strip_suffix("000000.toml").unwrap();
    xueshi(&["policy", "list", "--policies", folder]).refused(&["000000.toml:", "\"8.5\""]);
    xueshi(&["policy", "list", "--policies", folder, "--lang", "zh"]).refused(&["加引号"]);
}

#[test]
fn a_policy_is_shown_in_plain_sentences() {
    xueshi(&["policy", "show", "331100/2023", "--lang", "zh"]).says(&[
        "每年：总学时不少于90，专业科目不少于60，公需科目合计不少于18，其中一般公需不少于12",
        "自任职起始年至申报当年，合格年数不少于规定年限",
        "申报前一年、申报当年必须合格",
        "2019年及以前：视同合格",
        "卫生、教育系列：由省行业主管部门决定；本地要求只作参考",
        "丽人社函〔2023〕45号 五（一）",
        "并且申报当年和前一年度连续两年均符合继续教育学时要求的，才能申报职称",
        "取代 330000#annual",
        "330000#annual (年度标准) 承自 330000 — 不生效：已由 331100/2023#annual 取代",
        "✓ inclusive",
        "exclusive: deemed-2019.years = { to = 2018 }",
        "[未定]",
        "[已定]",
    ]);
    xueshi(&["policy", "show", "330400/2022"]).says(&[
        "governs level junior or intermediate and series engineering; not specialty building",
        "every year of the last 4 years (to the declaring year) is compliant",
        "an incomplete year among the first 3 of the last 4 years",
        "in sum total at least 360 satisfies it",
        "inherited from 330000",
    ]);
    xueshi(&["policy", "show", "330500/2021", "--lang", "zh"]).says(&[
        "专业科目学时只认来源为huzhou-xsglt、huzhou-registry的",
        "未启用；仅在读法 new-system-scope=every-category 下生效",
        "近4年（至申报前一年）逐年合格",
        "以考代评",
    ]);
}

#[test]
fn every_policy_is_shown_without_a_word_missing() {
    let list = xueshi(&["policy", "list", "--format", "json"]).json();
    for entry in list.as_array().unwrap() {
        for lang in ["zh", "en"] {
            let shown = xueshi(&["policy", "show", entry["id"].as_str().unwrap(), "--lang", lang]);
            assert_eq!(shown.code, 0, "{}", shown.err);
            // A key that has no sentence would be shown itself.
            for table in ["clause.", "clause_kind.", "show.", "document.", "word."] {
                let key = |word: &str| word.starts_with(table);
                assert!(!shown.out.split_whitespace().any(key), "{table} in {}", shown.out);
            }
        }
    }
}

#[test]
fn only_the_clauses_of_a_declaration_are_shown_when_it_is_described() {
    let all = xueshi(&["policy", "show", "330500/2021", "--format", "json"]).json();
    let some = ["policy", "show", "330500/2021", "--format", "json", "--level", "senior"];
    let some = xueshi(&some).json();
    let ids = |shown: &Value| -> Vec<String> {
        let clauses = shown["clauses"].as_array().unwrap();
        clauses.iter().map(|clause| clause["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(ids(&all).contains(&"window-intermediate".to_owned()));
    assert!(!ids(&some).contains(&"window-intermediate".to_owned()));
    assert!(ids(&some).contains(&"window-senior".to_owned()));
    assert!(ids(&some).contains(&"annual".to_owned()));
}

#[test]
fn an_unknown_policy_is_refused_with_the_nearest() {
    xueshi(&["policy", "show", "331100/2022"]).refused(&["331100/2023", "[unknown_policy]"]);
    let zh = ["policy", "show", "331100/2022", "--lang", "zh"];
    xueshi(&zh).refused(&["没有政策", "331100/2023"]);
}

#[test]
fn scenarios_of_the_working_folder_hold() {
    let report = xueshi(&["policy", "test", "--format", "json"]);
    assert_eq!(report.code, 0, "{}", report.out);
    let report = report.json();
    assert_eq!(report["failed"], 0);
    assert!(report["scenarios"].as_u64().unwrap() > 100);
    let policies = report["policies"].as_array().unwrap();
    let lishui = policies.iter().find(|p| p["policy"] == "331100/2023").unwrap();
    assert!(lishui["scenarios"].as_u64().unwrap() > 20);
    xueshi(&["policy", "test", "tests/policies/lishui-2023.toml", "--lang", "zh"])
        .says(&["331100/2023", "个情形全部成立"]);
}

#[test]
fn a_scenario_that_does_not_hold_is_named_with_its_place() {
    let policies = all_but("wrong-policy", "331100-2023.toml", "total = \"90\"", "total = \"96\"");
    let ran = xueshi(&["policy", "test", "--policies", &policies]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    ran.wrote(&["lishui-2023.toml:3: LS-01", "verdict: expected met, got not_met", "do not hold"]);
    let arguments = ["policy", "test", "--policies", &policies, "--format", "json"];
    let report = xueshi(&arguments).json();
    let failures = report["failures"].as_array().unwrap();
    let first = failures.iter().find(|failure| failure["scenario"] == "LS-01").unwrap();
    assert_eq!((&first["expected"], &first["got"]), (&json!("met"), &json!("not_met")));
    let policies = report["policies"].as_array().unwrap();
    let failed = |id: &str| policies.iter().find(|p| p["policy"] == id).unwrap()["failed"].clone();
    assert_ne!(failed("331100/2023"), 0);
    assert_eq!(failed("330500/2021"), 0);
}

#[test]
fn scenarios_that_are_not_there_or_do_not_read_are_refused() {
    let empty = folder("no-scenarios");
    let binary = env!("CARGO_BIN_EXE_xueshi");
    let ran = std::process::Command::new(binary)
        .args(["policy", "test", "--lang", "zh"])
        .current_dir(&empty)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("请给出情形文件或目录"));
    xueshi(&["policy", "test", "no/such/file.toml"])
        .refused(&["no/such/file.toml", "[unreadable]"]);
    let file = empty.join("bad.toml");
    std::fs::write(&file, "[[scenario]]\nid = \"X\"\n").unwrap();
    let file = file.display().to_string();
    xueshi(&["policy", "test", &file]).refused(&["bad.toml", "declaration", "[field_missing]"]);
}

#[test]
fn a_difference_is_told_field_by_field() {
    let new = altered("field", "331100-2023.toml", "hours = \"12\" }", "hours = \"10\" }");
    let en = xueshi(&["policy", "diff", "331100/2023", &new]);
    en.says(&[
        "~ annual  changed",
        "min.general: 12 → 10",
        "Somebody who gains",
        "Nobody who loses",
    ]);
    let zh = xueshi(&["policy", "diff", &new, "331100/2023", "--lang", "zh"]);
    zh.says(&["min.general: 10 → 12", "受损者一例", "没有找到受益者"]);
    let removed = xueshi(&["policy", "diff", "331100/2023", "330500/2021", "--format", "json"]);
    let report = removed.json();
    let changes = |change: &str| -> Vec<String> {
        let parts = report["changed"][0]["clauses"].as_array().unwrap();
        let parts = parts.iter().filter(|part| part["change"] == change);
        parts.map(|part| part["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(changes("removed").contains(&"deemed-2019".to_owned()));
    assert!(changes("added").contains(&"window-senior".to_owned()));
    assert_eq!(changes("changed"), ["annual"]);
}

#[test]
fn nothing_changed_is_said_plainly() {
    xueshi(&["policy", "diff", "331100/2023", "331100/2023"]).says(&["No clause changed"]);
    xueshi(&["policy", "diff", "331100/2023", "331100/2023", "--lang", "zh"])
        .says(&["没有条款变化"]);
    // A county that takes over its city's clauses as they are.
    xueshi(&["policy", "diff", "330500/2021", "330523/2021"])
        .says(&["No clause changed.", "Nobody gains and nobody loses"]);
    let quote = altered("quote", "331100-2023.toml", "才能申报职称", "方能申报职称");
    xueshi(&["policy", "diff", "331100/2023", &quote]).says(&[
        "two-in-a-row",
        "cite.quote",
        "Nobody gains and nobody loses",
    ]);
}

#[test]
fn a_changed_reading_is_told() {
    let from = "chosen = \"inclusive\"";
    let new = altered("reading", "331100-2023.toml", from, "chosen = \"exclusive\"");
    xueshi(&["policy", "diff", "331100/2023", &new]).says(&[
        "No clause changed.",
        "~ before-2019",
        "chosen: inclusive → exclusive",
        "who loses",
    ]);
}

/// The person of a witness as a case, as declared under one of the policies.
fn case(witness: &Value, side: &str, jurisdiction: &str) -> String {
    let standing = &witness[side];
    let mut declaration = json!({
        "jurisdiction": jurisdiction,
        "year": standing["year"],
        "level": witness["level"],
        "series": witness["series"],
    });
    let optional = [
        ("specialty", &witness["specialty"]),
        ("employer_sector", &witness["employer_sector"]),
        ("required_years", &witness["required_years"]),
        ("tenure_start", &standing["tenure_start"]),
    ];
    for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
        declaration.as_object_mut().unwrap().insert(name.to_owned(), value.clone());
    }
    let hours = witness["hours"].as_array().unwrap();
    if witness["reviewed"] == true {
        let years = hours.iter().map(|year| year[side].clone()).collect();
        declaration.as_object_mut().unwrap().insert("reviewed".to_owned(), years);
    }
    let mut records = Vec::new();
    for year in hours {
        for category in ["professional", "industry", "general"] {
            records.push(json!({
                "year": year[side],
                "category": category,
                "hours": year[category],
                "source": witness["source"],
            }));
        }
    }
    format!("{}\n", json!({ "id": "w", "declaration": declaration, "records": records }))
}

/// File, its text, another text, and whether somebody gains and somebody loses.
const CHANGES: &[(&str, &str, &str, bool, bool)] = &[
    ("331100-2023.toml", "total = \"90\"", "total = \"80\"", true, false),
    ("331100-2023.toml", "total = \"90\"", "total = \"90.5\"", false, true),
    ("331100-2023.toml", "years = [\"D-1\", \"D\"]", "years = [\"D\"]", true, false),
    ("331100-2023.toml", "at_least = \"required_years\"", "at_least = 4", true, true),
    ("331100-2023.toml", "years = { to = 2019 }", "years = { to = 2020 }", true, false),
    (
        "331100-2023.toml",
        "series = [\"health\", \"education\"]",
        "series = [\"health\"]",
        true,
        false,
    ),
    ("330400-2022.toml", "{ incomplete_any_of_first = 3 }", "{ always = true }", true, false),
    ("330400-2022.toml", "total = \"360\"", "total = \"400\"", false, true),
    ("330400-2022.toml", "window = { length = 4", "window = { length = 3", true, true),
    ("330400-2022.toml", "\"express\"]", "\"express\", \"water\"]", false, true),
    (
        "330500-2021.toml",
        "sources = [\"huzhou-xsglt\", \"huzhou-registry\"]",
        "sources = [\"paper\"]",
        true,
        true,
    ),
    ("330500-2021.toml", "ends = \"D-1\"", "ends = \"D\"", true, true),
    ("330100-2026.toml", "total = \"240\"", "total = \"270\"", false, true),
    ("330000-2026-construction.toml", "hours = \"240\"", "hours = \"250\"", false, true),
];

#[test]
fn a_witness_is_judged_as_it_is_told() {
    for (number, (file, from, to, gains, loses)) in CHANGES.iter().enumerate() {
        let policies = all_but(&format!("witness-{number}"), file, from, to);
        let id = built_in(file);
        let id = id.lines().find_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
        let id = id.unwrap();
        let new = format!("{policies}:{id}");
        let report = xueshi(&["policy", "diff", id, &new, "--format", "json"]).json();
        let found = &report["changed"][0]["witnesses"];
        for (key, expected) in [("gains", gains), ("loses", loses)] {
            let witness = &found[key];
            assert_eq!(!witness.is_null(), *expected, "{file}: {to}: {key}: {witness}");
            if witness.is_null() {
                continue;
            }
            let jurisdiction = &id[..6];
            let old = verdicts(&[], &case(witness, "old", jurisdiction));
            let arguments = ["--policies", policies.as_str()];
            let new = verdicts(&arguments, &case(witness, "new", jurisdiction));
            assert_eq!(json!(old[0]), witness["old"]["verdict"], "{file}: {to}");
            assert_eq!(json!(new[0]), witness["new"]["verdict"], "{file}: {to}");
            let met = if key == "gains" { &new } else { &old };
            assert_eq!(met[0], "met", "{file}: {to}");
            assert_ne!(old, new);
        }
    }
}

#[test]
fn folders_are_compared_policy_by_policy() {
    let new = all_but("folders", "331100-2023.toml", "hours = \"60\"", "hours = \"50\"");
    std::fs::remove_file(format!("{new}/330100-2026.toml")).unwrap();
    let ran = xueshi(&["policy", "diff", "config/policies", &new]);
    ran.says(&["- policy 330100/2026", "min.professional: 60 → 50"]);
    assert!(!ran.out.contains("330400/2022"), "{}", ran.out);
    // A folder beside one policy stands for that policy.
    xueshi(&["policy", "diff", "331100/2023", &new]).says(&["min.professional: 60 → 50"]);
}

#[test]
fn a_side_that_is_nothing_is_refused() {
    xueshi(&["policy", "diff", "331100/2023", "331100/2032"]).refused(&[
        "FOLDER:ID",
        "331100/2023",
        "[not_an_operand]",
    ]);
    xueshi(&["policy", "diff", "331100/2023", "config/policies:331100/2032", "--lang", "zh"])
        .refused(&["没有政策“331100/2032”", "331100/2023"]);
}
