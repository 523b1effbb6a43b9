//! A comparison as lines for a person.

use crate::app::policies::diff::{Compared, Name, Report};
use crate::app::presentation::grid::{self, Align};
use crate::app::presentation::sentence::named;
use crate::app::presentation::wording;
use crate::domain::policy::compare::delta::{Change, Field, Part};
use crate::domain::policy::compare::witness::{Found, UnderPolicy, Witness};
use crate::locale::{Lang, text};

/// The lines of a comparison.
pub fn lines(lang: Lang, report: &Report) -> Vec<String> {
    let words = Words { lang };
    if report.is_empty() {
        return vec![words.say("nothing", &[])];
    }
    let mut lines = Vec::new();
    for (key, names) in [("policy_added", &report.added), ("policy_removed", &report.removed)] {
        for Name { id, name, file } in names {
            let args = [("id", id.as_str()), ("name", name), ("file", file)];
            lines.push(words.say(key, &args));
        }
    }
    for compared in &report.changed {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        words.compared(compared, &mut lines);
    }
    lines
}

struct Words {
    lang: Lang,
}

impl Words {
    fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        text(self.lang, &format!("diff.{key}"), args)
    }

    fn compared(&self, compared: &Compared, lines: &mut Vec<String>) {
        let side = |name: &Name| format!("{} {} ({})", name.id, name.name, name.file);
        lines.push(format!("- {}", side(&compared.old)));
        lines.push(format!("+ {}", side(&compared.new)));
        self.fields(&compared.delta.header, Change::Changed, "  ", lines);
        lines.push(String::new());
        if compared.delta.clauses.is_empty() {
            lines.push(self.say("no_clause", &[]));
        } else {
            lines.push(self.say("clauses", &[]));
            self.parts(&compared.delta.clauses, lines);
        }
        if !compared.delta.readings.is_empty() {
            lines.push(self.say("readings", &[]));
            self.parts(&compared.delta.readings, lines);
        }
        if let Some(found) = &compared.witnesses {
            lines.push(String::new());
            self.found(found, lines);
        }
    }

    fn parts(&self, parts: &[Part], lines: &mut Vec<String>) {
        for part in parts {
            let word = self.say(part.change.name(), &[]);
            let mark = match part.change {
                Change::Added => '+',
                Change::Removed => '-',
                Change::Changed => '~',
            };
            lines.push(format!("  {mark} {}  {word}", part.id));
            // What is gone is named by what it was.
            let gone = part.change == Change::Removed;
            let named = |field: &&Field| !gone || ["kind", "question"].contains(&&*field.field);
            let fields: Vec<Field> = part.fields.iter().filter(named).cloned().collect();
            self.fields(&fields, part.change, "      ", lines);
        }
    }

    fn fields(&self, fields: &[Field], change: Change, indent: &str, lines: &mut Vec<String>) {
        let none = self.say("none", &[]);
        for Field { field, old, new } in fields {
            let show = |value: &Option<String>| match value {
                Some(value) if value.is_empty() => "\"\"".to_owned(),
                Some(value) => value.clone(),
                None => none.clone(),
            };
            lines.push(match change {
                Change::Added => format!("{indent}{field}: {}", show(new)),
                Change::Removed => format!("{indent}{field}: {}", show(old)),
                Change::Changed => format!("{indent}{field}: {} → {}", show(old), show(new)),
            });
        }
    }

    fn found(&self, found: &Found, lines: &mut Vec<String>) {
        if found.same_plans {
            lines.push(self.say("same_plans", &[]));
            return;
        }
        let tried = found.tried.to_string();
        let both = [("gains", "gains_none", &found.gains), ("loses", "loses_none", &found.loses)];
        for (key, none, witness) in both {
            match witness {
                Some(witness) => {
                    lines.push(self.say(key, &[]));
                    self.witness(witness, lines);
                }
                None => lines.push(self.say(none, &[("tried", &tried)])),
            }
        }
    }

    fn witness(&self, witness: &Witness, lines: &mut Vec<String>) {
        let mut who = vec![
            named(self.lang, "level", witness.level),
            named(self.lang, "series", &witness.series),
        ];
        who.extend(witness.specialty.as_deref().map(|name| named(self.lang, "specialty", name)));
        let sector = witness.employer_sector.as_deref();
        who.extend(sector.map(|name| {
            let name = named(self.lang, "series", name);
            text(self.lang, "clause.who_sector", &[("names", &name)])
        }));
        if let Some(years) = witness.required_years {
            who.push(self.say("required", &[("years", &years.to_string())]));
        }
        if witness.reviewed {
            who.push(self.say("reviewed", &[]));
        }
        who.push(self.say("source", &[("source", &named(self.lang, "source", &witness.source))]));
        if let Some(basis) = &witness.basis {
            who.push(self.say("basis", &[("basis", basis)]));
        }
        lines.push(format!("    {}", who.join(&text(self.lang, "word.comma", &[]))));
        for line in self.table(witness) {
            lines.push(format!("    {line}"));
        }
        for (key, standing) in [("old", witness.old), ("new", witness.new)] {
            lines.push(format!("    {}", self.standing(key, standing)));
        }
    }

    fn standing(&self, key: &str, standing: UnderPolicy) -> String {
        let tenure = match standing.tenure_start {
            Some(year) => self.say("tenure", &[("year", &year.to_string())]),
            None => String::new(),
        };
        let verdict = wording::verdict(self.lang, standing.verdict);
        let year = standing.year.to_string();
        self.say(key, &[("year", &year), ("tenure", &tenure), ("verdict", &verdict)])
    }

    fn table(&self, witness: &Witness) -> Vec<String> {
        let shifted = witness.old.year != witness.new.year;
        let word = |key: &str| text(self.lang, &format!("category.{key}"), &[]);
        let mut rows = vec![vec![
            self.say("year", &[]),
            word("professional"),
            word("industry"),
            word("general"),
            word("total"),
        ]];
        for year in &witness.hours {
            let label =
                if shifted { format!("{} / {}", year.old, year.new) } else { year.old.to_string() };
            let total = year.professional + year.industry + year.general;
            let amounts = [year.professional, year.industry, year.general, total];
            rows.push(std::iter::once(label).chain(amounts.map(|h| h.to_string())).collect());
        }
        let right = Align::Right;
        grid::lines(&rows, &[Align::Left, right, right, right, right])
    }
}
