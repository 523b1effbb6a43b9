//! Puts answers into words, Chinese or English, and into rows for a spreadsheet.

use crate::app::compliance::case_answer::{Answer, ErrorBody, Failure};
use crate::app::presentation::tree;
use crate::domain::answer::{Missing, Reason, Verdict};
use crate::domain::category::CategorySet;
use crate::domain::policy::remedy::proposal::{Proposal, Remedy};
use crate::locale::{Lang, text};

/// The columns of `answer_row` and `failure_row`.
pub const ROW_HEADER: [&str; 10] = [
    "id",
    "verdict",
    "firm",
    "via",
    "advisory",
    "missing",
    "reasons",
    "inherited_from",
    "policy",
    "error",
];

/// The word for a verdict.
pub fn verdict(lang: Lang, verdict: Verdict) -> String {
    text(lang, &format!("verdict.{}", verdict.name()), &[])
}

/// The name of categories that a minimum is over; all of them where it names none.
pub fn categories(lang: Lang, of: Option<CategorySet>) -> String {
    let key = match of {
        None => "total",
        Some(CategorySet::Professional) => "professional",
        Some(CategorySet::Public) => "public",
        Some(CategorySet::Industry) => "industry",
        Some(CategorySet::General) => "general",
    };
    text(lang, &format!("category.{key}"), &[])
}

/// A reason as a sentence.
pub fn reason(lang: Lang, reason: &Reason) -> String {
    let show = |value: Option<String>| value.unwrap_or_default();
    let year = show(reason.year.map(|year| year.to_string()));
    let args = [
        ("year", year.as_str()),
        ("clause", reason.clause.as_deref().unwrap_or_default()),
        (
            "fact",
            &reason.fact.map(|fact| text(lang, &format!("fact.{fact}"), &[])).unwrap_or_default(),
        ),
        ("of", &categories(lang, reason.of)),
        ("have", &show(reason.have.map(|amount| amount.to_string()))),
        ("need", &show(reason.need.map(|amount| amount.to_string()))),
        ("short", &show(reason.short.map(|amount| amount.to_string()))),
        ("hours", &show(reason.hours.map(|hours| hours.to_string()))),
    ];
    let code = reason.code.name();
    let key = match (code, reason.year) {
        ("no_policy", Some(_)) => "reason.no_policy_year".to_owned(),
        _ => format!("reason.{code}"),
    };
    text(lang, &key, &args)
}

/// An answer as lines for a person: verdict, reasons, what is missing, and the proof if there is one.
pub fn answer(lang: Lang, answer: &Answer) -> String {
    let mut lines = vec![headline(lang, answer)];
    lines.extend(answer.reasons.iter().map(|r| format!("  {}", reason(lang, r))));
    if let Some(missing) = &answer.missing {
        lines.push(format!("  {}", missing_words(lang, missing)));
    }
    for flip in &answer.flips {
        let word = verdict(lang, flip.verdict);
        let args = [("readings", flip.readings.join(" + ")), ("verdict", word)];
        let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
        lines.push(format!("  {}", text(lang, "word.flips", &args)));
    }
    if let Some(tree) = &answer.explanation {
        lines.push(String::new());
        lines.extend(tree::lines(lang, tree).into_iter().map(|line| format!("  {line}")));
    }
    if !answer.years.is_empty() {
        lines.push(String::new());
        lines.extend(tree::years(lang, &answer.years).into_iter().map(|line| format!("  {line}")));
    }
    if let Some(remedy) = &answer.remedy {
        lines.push(String::new());
        lines.extend(remedy_lines(lang, remedy).into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

fn headline(lang: Lang, answer: &Answer) -> String {
    let id = plain(&answer.id.to_string());
    let mut line = if id.is_empty() { String::new() } else { format!("{id}  ") };
    line.push_str(&verdict(lang, answer.verdict));
    if let Some(advisory) = answer.advisory {
        let word = verdict(lang, advisory);
        line.push_str(&text(lang, "word.advisory", &[("verdict", &word)]));
    }
    if !answer.firm {
        line.push_str(&text(lang, "word.not_firm", &[]));
    }
    if !answer.via.is_empty() {
        line.push_str(&text(lang, "word.via", &[("clauses", &answer.via.join(", "))]));
    }
    if let Some(policy) = &answer.policy {
        line.extend(["  [", policy, "]"]);
    }
    if answer.inherited_from.is_some() {
        line.push_str(&text(lang, "word.inherited", &[]));
    }
    line
}

/// What is missing, as a sentence.
pub fn missing_words(lang: Lang, missing: &Missing) -> String {
    match missing {
        Missing::Hours(hours) => text(lang, "word.missing", &[("hours", &hours.to_string())]),
        Missing::Time => text(lang, "word.missing_time", &[]),
    }
}

/// The three answers of a remedy.
fn remedy_lines(lang: Lang, remedy: &Remedy) -> Vec<String> {
    let mut lines = vec![text(lang, "word.remedy", &[])];
    let plan = |key: &str, plan: &Option<Proposal>| match plan {
        Some(plan) => {
            let add: Vec<String> = plan
                .add
                .iter()
                .map(|add| {
                    let category = text(lang, &format!("category.{}", add.category.name()), &[]);
                    format!("{} {category} {}", add.year, add.hours)
                })
                .collect();
            let separator = text(lang, "word.comma", &[]);
            let args = [("hours", plan.hours.to_string()), ("add", add.join(&separator))];
            text(lang, key, &args.each_ref().map(|(name, value)| (*name, value.as_str())))
        }
        None => text(lang, &format!("{key}_none"), &[]),
    };
    lines.push(format!("  {}", plan("word.remedy_any", &remedy.any_year)));
    lines.push(format!("  {}", plan("word.remedy_open", &remedy.open_years)));
    if let Some(earliest) = &remedy.earliest {
        let year = earliest.year.to_string();
        let args = [("year", year.as_str()), ("policy", &earliest.if_unchanged)];
        lines.push(format!("  {}", text(lang, "word.remedy_earliest", &args)));
    }
    lines
}

/// A failure as lines for a person.
pub fn failure(lang: Lang, failure: &Failure) -> String {
    let id = plain(&failure.id.to_string());
    let mut lines = Vec::new();
    let mut all = vec![&failure.error];
    all.extend(&failure.error.more);
    for error in all {
        lines.push(error_line(lang, error));
    }
    let head = if id.is_empty() { String::new() } else { format!("{id}  ") };
    format!("{head}{}", lines.join("\n  "))
}

fn error_line(lang: Lang, error: &ErrorBody) -> String {
    let sentence = match lang {
        Lang::Zh => &error.message.zh,
        Lang::En => &error.message.en,
    };
    let file = error.file.as_deref().map(|file| format!("{file} ")).unwrap_or_default();
    let line = text(lang, "word.line", &[("line", &error.line.to_string())]);
    let word = text(lang, "word.error", &[]);
    format!("{word} {file}{line}: {sentence} [{}]", error.code)
}

/// An answer as a row.
pub fn answer_row(answer: &Answer) -> Vec<String> {
    let reasons: Vec<String> = answer
        .reasons
        .iter()
        .map(|r| r.year.map_or(r.code.name().to_owned(), |y| format!("{}:{y}", r.code.name())))
        .collect();
    let missing = match &answer.missing {
        None => String::new(),
        Some(Missing::Hours(hours)) => hours.to_string(),
        Some(Missing::Time) => "time".to_owned(),
    };
    vec![
        answer.id.to_string(),
        answer.verdict.name().to_owned(),
        answer.firm.to_string(),
        answer.via.join(";"),
        answer.advisory.map_or("", Verdict::name).to_owned(),
        missing,
        reasons.join(";"),
        answer.inherited_from.as_deref().unwrap_or_default().to_owned(),
        answer.policy.as_deref().unwrap_or_default().to_owned(),
        String::new(),
    ]
}

/// A failure as a row.
pub fn failure_row(lang: Lang, failure: &Failure) -> Vec<String> {
    let mut row = vec![String::new(); ROW_HEADER.len()];
    if let Some(cell) = row.first_mut() {
        *cell = failure.id.to_string();
    }
    if let Some(cell) = row.last_mut() {
        *cell = error_line(lang, &failure.error);
    }
    row
}

/// Text without line breaks or terminal controls.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
