//! A policy as lines for a person.

use crate::app::policies::list::Span;
use crate::app::policies::show::{Paper, Shown, ShownClause, ShownReading};
use crate::locale::{Lang, text};

/// The lines of a policy.
pub fn lines(lang: Lang, shown: &Shown) -> Vec<String> {
    let words = Words { lang };
    let mut lines = vec![format!("{}  {}", shown.id, shown.name)];
    let span = |span: &Option<Span>| span.as_ref().map(Span::words);
    lines.push(match span(&shown.declaring_years) {
        Some(years) => words.say("declaring_years", &[("years", &years)]),
        None => words.say("ancestor_only", &[]),
    });
    if let Some(dates) = span(&shown.in_force) {
        lines.push(words.say("in_force", &[("dates", &dates)]));
    }
    if !shown.ancestors.is_empty() {
        let chain: Vec<String> =
            shown.ancestors.iter().map(|a| format!("{} {}", a.id, a.name)).collect();
        lines.push(words.say("inherits", &[("chain", &chain.join(" ← "))]));
    }
    words.heading("documents", &mut lines);
    for paper in &shown.documents {
        words.paper(paper, shown, &mut lines);
    }
    words.heading("clauses", &mut lines);
    for clause in &shown.clauses {
        words.clause(clause, &mut lines);
    }
    if !shown.readings.is_empty() {
        words.heading("readings", &mut lines);
        for reading in &shown.readings {
            words.reading(reading, shown, &mut lines);
        }
    }
    if !shown.open.is_empty() {
        words.heading("open", &mut lines);
        for slot in &shown.open {
            lines.push(format!("  {} ({})", slot.id, words.kind(&slot.kind)));
        }
    }
    lines
}

struct Words {
    lang: Lang,
}

impl Words {
    fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        text(self.lang, &format!("show.{key}"), args)
    }

    fn heading(&self, key: &str, lines: &mut Vec<String>) {
        lines.push(String::new());
        lines.push(self.say(key, &[]));
    }

    fn kind(&self, kind: &str) -> String {
        crate::app::presentation::sentence::named(self.lang, "clause_kind", kind)
    }

    fn paper(&self, paper: &Paper, shown: &Shown, lines: &mut Vec<String>) {
        let number =
            if paper.number.is_empty() { self.say("no_number", &[]) } else { paper.number.clone() };
        let status = text(self.lang, &format!("document.{}", paper.status), &[]);
        lines.push(format!("  {number} 《{}》 [{status}]", paper.title));
        let mut more: Vec<String> = Vec::new();
        more.extend(paper.issuer.clone());
        more.extend(paper.issued.clone());
        if !paper.basis.is_empty() {
            more.push(self.say("rests_on", &[("basis", &paper.basis.join(", "))]));
        }
        if paper.policy != shown.id {
            more.push(self.say("from", &[("policy", &paper.policy)]));
        }
        if !more.is_empty() {
            lines.push(format!("    {}", more.join(&text(self.lang, "word.comma", &[]))));
        }
    }

    fn clause(&self, clause: &ShownClause, lines: &mut Vec<String>) {
        let mark = if clause.state == "in_force" { "•" } else { "○" };
        let mut head = format!("  {mark} {} ({})", clause.id, self.kind(clause.kind));
        if let Some(from) = &clause.inherited_from {
            head.push_str(&self.say("inherited", &[("policy", from)]));
        }
        if clause.state != "in_force" {
            let by = clause.by.join(", ");
            head.push_str(&self.say(clause.state, &[("by", &by)]));
        }
        lines.push(head);
        let said = match self.lang {
            Lang::Zh => &clause.sentence.zh,
            Lang::En => &clause.sentence.en,
        };
        lines.push(format!("      {said}"));
        if !clause.overrides.is_empty() {
            let what = clause.overrides.join(", ");
            lines.push(format!("      {}", self.say("overrides", &[("what", &what)])));
        }
        if !clause.yields_to.is_empty() {
            let what = clause.yields_to.join(", ");
            lines.push(format!("      {}", self.say("yields_to", &[("what", &what)])));
        }
        lines.push(format!("      {}", self.citation(clause)));
    }

    fn citation(&self, clause: &ShownClause) -> String {
        let mut line = clause.document.clone();
        if !clause.section.is_empty() {
            line.extend([" ", &clause.section]);
        }
        if !clause.quote.is_empty() {
            line.extend(["：「", &clause.quote, "」"]);
        }
        if !clause.inferred_from.is_empty() {
            let from = clause.inferred_from.join(", ");
            return text(self.lang, "word.inferred", &[("document", &line), ("from", &from)]);
        }
        if clause.status == "unverified" {
            line.push_str(&text(self.lang, "word.unverified", &[]));
        }
        line
    }

    fn reading(&self, reading: &ShownReading, shown: &Shown, lines: &mut Vec<String>) {
        let state =
            self.say(if reading.state == "open" { "state_open" } else { "state_settled" }, &[]);
        let from = if reading.policy == shown.id {
            String::new()
        } else {
            self.say("inherited", &[("policy", &reading.policy)])
        };
        lines.push(format!("  {} [{state}] → {}{from}", reading.id, reading.clause));
        lines.push(format!("      {}", reading.question));
        for option in &reading.options {
            let mark = if option.name == reading.chosen { "✓" } else { " " };
            let set = if option.set.is_empty() {
                self.say("as_written", &[])
            } else {
                option.set.join(", ")
            };
            lines.push(format!("    {mark} {}: {set}", option.name));
        }
        lines.push(format!("      {}", self.say("because", &[("because", &reading.because)])));
    }
}
