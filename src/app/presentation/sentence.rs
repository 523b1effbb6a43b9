//! A clause as a sentence, from its typed fields: what the engine takes the notice to say.

use crate::app::presentation::wording;
use crate::domain::answer::ReasonCode;
use crate::domain::category::{Category, CategorySet};
use crate::domain::hours::Hours;
use crate::domain::policy::notice::model::{
    Clause, Exclusion, Guard, Kind, Matching, Need, Quantity, Standard, Window, YearBase, YearExpr,
};
use crate::domain::year::YearRange;
use crate::locale::{Lang, text};

/// The sentence of a clause, whom it concerns included.
pub fn of(lang: Lang, clause: &Clause) -> String {
    let words = Words { lang };
    let mut lead = Vec::new();
    let who = words.who(&clause.applies);
    if !who.is_empty() && !matches!(clause.kind, Kind::Scope { .. }) {
        lead.push(words.say("for", &[("who", &who)]));
    }
    if let Some(years) = words.years(clause.years) {
        lead.push(years);
    }
    let said = words.kind(clause, &who);
    if lead.is_empty() {
        return said;
    }
    words.say("lead", &[("lead", &words.list(&lead)), ("said", &said)])
}

/// A name of a closed or open list in words: the name itself where the lists have no word.
pub fn named(lang: Lang, table: &str, name: &str) -> String {
    let key = format!("{table}.{name}");
    let word = text(lang, &key, &[]);
    if word == key { name.to_owned() } else { word }
}

struct Words {
    lang: Lang,
}

impl Words {
    fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        text(self.lang, &format!("clause.{key}"), args)
    }

    fn list(&self, parts: &[String]) -> String {
        parts.join(&text(self.lang, "word.comma", &[]))
    }

    fn names(&self, table: &str, names: &[String]) -> Option<String> {
        let separator = text(self.lang, "clause.or", &[]);
        let words: Vec<String> = names.iter().map(|name| named(self.lang, table, name)).collect();
        (!words.is_empty()).then(|| words.join(&separator))
    }

    fn who(&self, matching: &Matching) -> String {
        let levels: Vec<String> =
            matching.levels.iter().map(|level| level.name().to_owned()).collect();
        let parts = [
            ("who_level", self.names("level", &levels)),
            ("who_series", self.names("series", &matching.series)),
            ("who_specialty", self.names("specialty", &matching.specialties)),
            ("who_sector", self.names("series", &matching.employer_sectors)),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter_map(|(key, names)| Some(self.say(key, &[("names", &names?)])))
            .collect();
        said.join(&text(self.lang, "clause.and", &[]))
    }

    fn years(&self, years: YearRange) -> Option<String> {
        let show = |year: Option<crate::domain::year::Year>| {
            year.map(|year| year.to_string()).unwrap_or_default()
        };
        let (from, to) = (show(years.from), show(years.to));
        let args = [("from", from.as_str()), ("to", to.as_str())];
        match (years.from, years.to) {
            (None, None) => None,
            (Some(a), Some(b)) if a == b => Some(self.say("in_year", &args)),
            (Some(_), Some(_)) => Some(self.say("in_years", &args)),
            (Some(_), None) => Some(self.say("from_year", &args)),
            (None, Some(_)) => Some(self.say("to_year", &args)),
        }
    }

    fn kind(&self, clause: &Clause, who: &str) -> String {
        match &clause.kind {
            Kind::Scope { excludes } => self.scope(who, excludes),
            Kind::Refer { to, advisory } => {
                let key = if *advisory { "refer_advisory" } else { "refer" };
                self.say(key, &[("to", to)])
            }
            Kind::Admit { categories, sources, basis } => self.admit(categories, sources, basis),
            Kind::Annual(standard) => self.say("annual", &[("standard", &self.standard(standard))]),
            Kind::Deem => self.say("deem", &[]),
            Kind::Excuse => self.say("excuse", &[]),
            Kind::Legacy => self.say("legacy", &[]),
            Kind::EachYear { window, standard } => {
                let window = self.window(*window);
                match standard {
                    None => self.say("each_year", &[("window", &window)]),
                    Some(own) => {
                        let standard = self.standard(own);
                        let args = [("window", window.as_str()), ("standard", &standard)];
                        self.say("each_year_own", &args)
                    }
                }
            }
            Kind::Count { window, at_least } => {
                let window = self.window(*window);
                let count = match at_least {
                    Quantity::Number(n) => self.say("years", &[("n", &n.to_string())]),
                    Quantity::RequiredYears => self.say("required_years", &[]),
                };
                self.say("count", &[("window", &window), ("count", &count)])
            }
            Kind::Include { years } => self.say("include", &[("years", &self.listed(years))]),
            Kind::Sum { window, need } => {
                let (window, need) = (self.window(*window), self.need(need));
                self.say("sum", &[("window", &window), ("need", &need)])
            }
            Kind::Cumulative { instead_of, window, when, need, also_years } => {
                let said = [
                    ("clause", instead_of.name.clone()),
                    ("guard", self.guard(*when, *window)),
                    ("window", self.window(*window)),
                    ("need", self.need(need)),
                    ("years", self.listed(also_years)),
                ];
                let said = said.each_ref().map(|(name, value)| (*name, value.as_str()));
                let key = if also_years.is_empty() { "cumulative" } else { "cumulative_also" };
                self.say(key, &said)
            }
        }
    }

    fn scope(&self, who: &str, excludes: &[Exclusion]) -> String {
        let whom = if who.is_empty() { self.say("everybody", &[]) } else { who.to_owned() };
        let mut said = self.say("scope", &[("who", &whom)]);
        for exclusion in excludes {
            let key = match exclusion.reason {
                ReasonCode::ByExamination => "excluded_by_examination",
                _ => "excluded_out_of_scope",
            };
            let reason = self.say(key, &[]);
            let args = [("who", self.who(&exclusion.applies)), ("reason", reason)];
            let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
            said.push_str(&self.say("scope_excludes", &args));
        }
        said
    }

    fn admit(&self, categories: &[Category], sources: &[String], basis: &[String]) -> String {
        let names: Vec<String> = categories
            .iter()
            .map(|category| match category {
                Category::Public => self.say("unsplit", &[]),
                other => named(self.lang, "category", other.name()),
            })
            .collect();
        let of = if names.is_empty() { self.say("all_hours", &[]) } else { self.list(&names) };
        let mut on = Vec::new();
        if let Some(sources) = self.names("source", sources) {
            on.push(self.say("sources", &[("names", &sources)]));
        }
        if let Some(basis) = self.names("basis", basis) {
            on.push(self.say("bases", &[("names", &basis)]));
        }
        let on = on.join(&text(self.lang, "clause.and", &[]));
        self.say("admit", &[("of", &of), ("on", &on)])
    }

    fn at_least(&self, of: Option<CategorySet>, hours: Hours) -> String {
        let key = if of == Some(CategorySet::Public) { "at_least_jointly" } else { "at_least" };
        let of = wording::categories(self.lang, of);
        self.say(key, &[("of", &of), ("hours", &hours.to_string())])
    }

    fn standard(&self, standard: &Standard) -> String {
        let mut parts: Vec<String> =
            standard.total.map(|hours| self.at_least(None, hours)).into_iter().collect();
        let jointly = standard.min.iter().any(|minimum| minimum.of == CategorySet::Public);
        for minimum in &standard.min {
            let said = self.at_least(Some(minimum.of), minimum.hours);
            let part_of_joint = jointly && minimum.of.needs_split();
            parts.push(if part_of_joint { self.say("of_which", &[("said", &said)]) } else { said });
        }
        if let Some(ratio) = standard.ratio {
            let of = wording::categories(self.lang, Some(ratio.of));
            let share = format!("{}/{}", ratio.numerator, ratio.denominator);
            parts.push(self.say("ratio", &[("of", &of), ("share", &share)]));
        }
        self.list(&parts)
    }

    fn need(&self, need: &Need) -> String {
        let sets = [
            (None, need.total),
            (Some(CategorySet::Professional), need.professional),
            (Some(CategorySet::Public), need.public),
        ];
        let said = |(of, hours): (_, Option<Hours>)| hours.map(|hours| self.at_least(of, hours));
        self.list(&sets.into_iter().filter_map(said).collect::<Vec<_>>())
    }

    fn year(&self, expr: YearExpr) -> String {
        let back = (-expr.offset).to_string();
        let key = match (expr.base, expr.offset) {
            (YearBase::Fixed, year) => {
                return self.say("in_year", &[("from", &year.to_string())]);
            }
            (YearBase::Declaring, 0) => "year_declaring",
            (YearBase::Declaring, -1) => "year_before",
            (YearBase::Declaring, _) => "year_back",
            (YearBase::DeclaringLessRequired, _) => "year_required",
            (YearBase::TenureStart, _) => "year_tenure",
        };
        self.say(key, &[("n", &back)])
    }

    fn listed(&self, years: &[YearExpr]) -> String {
        let years: Vec<String> = years.iter().map(|expr| self.year(*expr)).collect();
        years.join(&text(self.lang, "clause.and", &[]))
    }

    fn window(&self, window: Window) -> String {
        let Window { from, to } = window;
        let ends = self.year(to);
        if from.base == YearBase::Declaring && to.base == YearBase::Declaring {
            let n = (to.offset - from.offset + 1).to_string();
            return self.say("last_years", &[("n", &n), ("to", &ends)]);
        }
        self.say("window", &[("from", &self.year(from)), ("to", &ends)])
    }

    fn guard(&self, guard: Guard, window: Window) -> String {
        let (key, n) = match guard {
            Guard::AnyIncomplete(n) => ("guard_any", n.to_string()),
            Guard::AllIncomplete(n) => ("guard_all", n.to_string()),
            Guard::Always => ("guard_always", String::new()),
        };
        self.say(key, &[("n", &n), ("window", &self.window(window))])
    }
}
