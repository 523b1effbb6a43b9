//! A proof as indented lines: what holds, what does not, and the sentence that says so.

use std::collections::HashSet;

use crate::domain::policy::explain::tree::{Ground, State, Step};
use crate::domain::policy::explain::yearly_hours::{ByCategory, YearlyHours};
use crate::locale::{Lang, text};

/// The lines of a proof. A sentence is quoted where its clause first appears.
pub fn lines(lang: Lang, root: &Step) -> Vec<String> {
    let mut writer = Writer { lang, quoted: HashSet::new(), lines: Vec::new() };
    writer.step(root, 0);
    writer.lines
}

struct Writer {
    lang: Lang,
    quoted: HashSet<String>,
    lines: Vec<String>,
}

impl Writer {
    fn step(&mut self, step: &Step, depth: usize) {
        let indent = "  ".repeat(depth);
        let line = match step.kind {
            "year" => self.year(step),
            "amount" => self.amount(step),
            _ => self.clause(step),
        };
        self.lines.push(format!("{indent}{} {line}", mark(step.state)));
        self.quote(step, depth + 2);
        for part in &step.parts {
            // A year's amounts stand on its own line.
            if step.kind != "year" {
                self.step(part, depth + 1);
            }
        }
    }

    fn word(&self, key: &str) -> String {
        text(self.lang, key, &[])
    }

    fn clause(&self, step: &Step) -> String {
        let mut line = self.word(&format!("kind.{}", step.kind));
        if let Some(clause) = &step.clause {
            line.push(' ');
            line.push_str(clause);
        }
        if let (Some(have), Some(need)) = (step.have, step.need) {
            let have = have.to_string();
            let most = step.at_most.map(|most| format!("–{most}")).unwrap_or_default();
            let args = [("have", format!("{have}{most}")), ("need", need.to_string())];
            let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
            line.push_str(&text(self.lang, "word.years_of", &args));
        }
        line
    }

    fn amount(&self, step: &Step) -> String {
        let names: Vec<&str> = step.of.iter().map(|category| category.name()).collect();
        let key = match names.as_slice() {
            ["industry", "general"] => "public",
            [one] => one,
            _ => "total",
        };
        let amount = |amount: Option<crate::domain::answer::Amount>| {
            amount.map(|amount| amount.to_string()).unwrap_or_default()
        };
        let most = step.at_most.map(|most| format!("–{most}")).unwrap_or_default();
        let name = self.word(&format!("category.{key}"));
        format!("{name} {}{most}/{}", amount(step.have), amount(step.need))
    }

    fn year(&self, step: &Step) -> String {
        let year = step.year.map(|year| year.to_string()).unwrap_or_default();
        let amounts: Vec<String> = step
            .parts
            .iter()
            .map(|part| {
                format!(
                    "{}{}",
                    self.amount(part),
                    if part.state == State::Holds { "" } else { mark(part.state) }
                )
            })
            .collect();
        let ground = match step.ground {
            None | Some(Ground::Records) => String::new(),
            Some(Ground::Deemed) => self.word("ground.deemed"),
            Some(Ground::Excused) => self.word("ground.excused"),
            Some(Ground::Unproven) => self.word("ground.unproven"),
            Some(Ground::NoStandard) => self.word("ground.no_standard"),
        };
        [year, ground, amounts.join("  ")]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("  ")
    }

    fn quote(&mut self, step: &Step, depth: usize) {
        let (Some(clause), Some(cite)) = (&step.clause, &step.cite) else { return };
        if !self.quoted.insert(clause.to_string()) {
            return;
        }
        let document = if cite.number.is_empty() { &cite.title } else { &cite.number };
        let indent = "  ".repeat(depth);
        let source = if cite.quote.is_empty() {
            let from = cite.inferred_from.join(", ");
            text(self.lang, "word.inferred", &[("document", document), ("from", &from)])
        } else {
            format!("{document} {}「{}」", cite.section, cite.quote)
        };
        let unread = if cite.status == "archived" || cite.quote.is_empty() {
            String::new()
        } else {
            self.word("word.unverified")
        };
        let name = if step.kind == "year" { format!("{clause}: ") } else { String::new() };
        self.lines.push(format!("{indent}{name}{source}{unread}"));
    }
}

fn mark(state: State) -> &'static str {
    match state {
        State::Holds => "✓",
        State::Fails => "✗",
        State::Open => "?",
    }
}

/// The hours of every year, and of each record that does not count, why.
pub fn years(lang: Lang, accounts: &[YearlyHours]) -> Vec<String> {
    let mut lines = vec![text(lang, "word.years", &[])];
    for account in accounts {
        let counted = hours(lang, &account.counted);
        let aside = if account.read { String::new() } else { text(lang, "fate.outside", &[]) };
        lines.push(format!("  {}  {counted} {aside}", account.year).trim_end().to_owned());
        for record in &account.records {
            if matches!(record.fate, "counted" | "outside") {
                continue;
            }
            let category = text(lang, &format!("category.{}", record.category.name()), &[]);
            let clause = record.clause.as_deref().unwrap_or_default();
            let fate = text(lang, &format!("fate.{}", record.fate), &[("clause", clause)]);
            let (hours, source) = (record.hours, &record.source);
            lines.push(format!("        {category} {hours} ({source}): {fate}"));
        }
    }
    lines
}

fn hours(lang: Lang, counted: &ByCategory) -> String {
    let parts = [
        ("professional", counted.professional),
        ("industry", counted.industry),
        ("general", counted.general),
        ("public", counted.public),
    ];
    parts
        .into_iter()
        .filter(|(name, hours)| *name != "public" || hours.hundredths() > 0)
        .map(|(name, hours)| format!("{} {hours}", text(lang, &format!("category.{name}"), &[])))
        .collect::<Vec<_>>()
        .join("  ")
}
