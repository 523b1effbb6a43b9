//! Reads the fields of each kind of clause.

use super::model::{
    Exclusion, Guard, Kind, Matching, Minimum, Need, Quantity, Ratio, Standard, Window, YearBase,
    YearExpr,
};
use super::parse::{fixed_year, reference};
use crate::domain::answer::ReasonCode;
use crate::domain::case;
use crate::domain::category::{Category, CategorySet};
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};

/// The kinds of clause.
pub(super) const KINDS: &[&str] = &[
    "scope",
    "refer",
    "admit",
    "annual",
    "deem",
    "excuse",
    "legacy",
    "each-year",
    "count",
    "include",
    "sum",
    "cumulative",
];

/// A kind's name, if it is one.
pub(super) fn known(name: &str) -> Option<String> {
    KINDS.contains(&name).then(|| name.to_owned())
}

/// Reads what is particular to a kind.
pub(super) fn kind(
    name: &str,
    f: &mut Fields<'_>,
    node: &Node,
    problems: &mut Problems,
) -> Option<Kind> {
    match name {
        "scope" => Some(Kind::Scope {
            excludes: f.read("excludes", problems, fields::list(exclusion)).unwrap_or_default(),
        }),
        "refer" => {
            let to = f.need("to", problems, fields::text);
            let advisory = f.read("advisory", problems, fields::boolean).unwrap_or(false);
            Some(Kind::Refer { to: to?, advisory })
        }
        "admit" => admit(f, node, problems),
        "annual" => {
            let standard = standard(f, problems);
            if standard.total.is_none() {
                let _ = f.required("total", problems);
            }
            Some(Kind::Annual(standard))
        }
        "deem" => Some(Kind::Deem),
        "excuse" => Some(Kind::Excuse),
        "legacy" => Some(Kind::Legacy),
        "each-year" => {
            let window = f.need("window", problems, window);
            let standard = standard(f, problems);
            let own = (standard != Standard::default()).then_some(standard);
            Some(Kind::EachYear { window: window?, standard: own })
        }
        "count" => {
            let from = f.need("from", problems, year_expr);
            let to = f.need("to", problems, year_expr);
            let at_least = f.need("at_least", problems, quantity);
            let window = Window { from: from?, to: to? };
            Some(Kind::Count { window, at_least: at_least? })
        }
        "include" => {
            let path = f.path("years");
            let years = f.need("years", problems, fields::list(year_expr))?;
            if let Some(list) = node.get("years").filter(|_| years.is_empty()) {
                problems.push(fields::not_accepted(path, list, "[\"D-1\", \"D\"]"));
            }
            Some(Kind::Include { years })
        }
        "sum" => {
            let window = f.need("window", problems, window);
            let need = need(f, node, problems);
            Some(Kind::Sum { window: window?, need: need? })
        }
        "cumulative" => cumulative(f, node, problems),
        // Whoever calls has looked the name up in `KINDS`.
        _ => None,
    }
}

fn cumulative(f: &mut Fields<'_>, node: &Node, problems: &mut Problems) -> Option<Kind> {
    let instead_of = f.need("instead_of", problems, reference);
    let window = f.need("window", problems, window);
    let when = f.need("when", problems, guard);
    let need = need(f, node, problems);
    let also_years = f.read("also_years", problems, fields::list(year_expr)).unwrap_or_default();
    Some(Kind::Cumulative {
        instead_of: instead_of?,
        window: window?,
        when: when?,
        need: need?,
        also_years,
    })
}

fn admit(f: &mut Fields<'_>, node: &Node, problems: &mut Problems) -> Option<Kind> {
    let categories = f.read("categories", problems, fields::list(fields::category));
    let sources = f.read("sources", problems, fields::list(fields::text)).unwrap_or_default();
    let basis = f.read("basis", problems, fields::list(fields::text)).unwrap_or_default();
    if sources.is_empty() && basis.is_empty() {
        let message = Message::new("admit_nothing").with("field", f.path("sources"));
        problems.push(Problem::at(f.path("sources"), node.line, message));
        return None;
    }
    Some(Kind::Admit { categories: categories.unwrap_or_default(), sources, basis })
}

/// The conditions on a declaration.
pub(super) fn matching(f: &mut Fields<'_>, problems: &mut Problems) -> Matching {
    let texts = |key, f: &mut Fields<'_>, problems: &mut Problems| {
        f.read(key, problems, fields::list(fields::text)).unwrap_or_default()
    };
    Matching {
        levels: f.read("levels", problems, fields::list(case::level)).unwrap_or_default(),
        series: texts("series", f, problems),
        specialties: texts("specialties", f, problems),
        employer_sectors: texts("employer_sectors", f, problems),
    }
}

fn exclusion(node: &Node, path: String, problems: &mut Problems) -> Option<Exclusion> {
    const REASONS: &[&str] = &["out_of_scope", "by_examination"];
    let from_name = |name: &str| REASONS.contains(&name).then(|| ReasonCode::from_name(name))?;
    let mut f = Fields::open(node, path, problems)?;
    let applies = matching(&mut f, problems);
    let reason = f.need("reason", problems, fields::one_of(REASONS, from_name));
    f.finish(problems);
    Some(Exclusion { applies, reason: reason? })
}

fn standard(f: &mut Fields<'_>, problems: &mut Problems) -> Standard {
    Standard {
        total: f.read("total", problems, fields::hours),
        min: f.read("min", problems, fields::list(minimum)).unwrap_or_default(),
        ratio: f.read("ratio", problems, ratio),
    }
}

fn category_set(node: &Node, path: String, problems: &mut Problems) -> Option<CategorySet> {
    let before = problems.len();
    let listed = fields::list(fields::category)(node, path.clone(), problems)?;
    if problems.len() > before {
        return None;
    }
    let set = CategorySet::from_categories(&listed);
    if set.is_none() && !listed.contains(&Category::Public) {
        let accepted = r#"["professional"], ["industry", "general"], ["industry"], ["general"]"#;
        problems.push(fields::not_accepted(path, node, accepted));
    } else if set.is_none() {
        let accepted = r#"["industry", "general"]"#;
        problems.push(fields::not_accepted(path, node, accepted));
    }
    set
}

fn minimum(node: &Node, path: String, problems: &mut Problems) -> Option<Minimum> {
    let mut f = Fields::open(node, path, problems)?;
    let of = f.need("of", problems, category_set);
    let hours = f.need("hours", problems, fields::hours);
    f.finish(problems);
    Some(Minimum { of: of?, hours: hours? })
}

#[expect(clippy::needless_pass_by_value, reason = "the form of every reader")]
fn ratio(node: &Node, path: String, problems: &mut Problems) -> Option<Ratio> {
    const ALL: &[&str] = &["all"];
    let mut f = Fields::open(node, path.clone(), problems)?;
    let of = f.need("of", problems, category_set);
    let _ = f.need("to", problems, fields::one_of(ALL, |name| (name == "all").then_some(())));
    let share = f.need("at_least", problems, fields::text);
    f.finish(problems);
    let (of, share) = (of?, share?);
    let parts = share.split_once('/').and_then(|(n, d)| {
        let is_plain = |text: &&str| text.bytes().all(|b| b.is_ascii_digit());
        let part = |text: &str| {
            let number = Some(text).filter(is_plain)?.parse::<i64>().ok()?;
            Some(number).filter(|n| (1..=1000).contains(n))
        };
        Some((part(n)?, part(d)?))
    });
    match parts {
        Some((numerator, denominator)) if numerator <= denominator && !of.needs_split() => {
            Some(Ratio { of, numerator, denominator })
        }
        _ => {
            // The share is told where it stands, the categories where they stand.
            let key = if of.needs_split() { "of" } else { "at_least" };
            let accepted = r#"of = ["professional"] or ["industry", "general"], at_least = "2/3""#;
            let part = node.get(key).unwrap_or(node);
            problems.push(fields::not_accepted(format!("{path}.{key}"), part, accepted));
            None
        }
    }
}

/// The hours of a sum. Its minima cannot need a split: over years, that has no exact meaning yet.
fn need(f: &mut Fields<'_>, node: &Node, problems: &mut Problems) -> Option<Need> {
    let total = f.read("total", problems, fields::hours);
    let minima = f.read("min", problems, fields::list(minimum)).unwrap_or_default();
    let mut need = Need { total, ..Need::default() };
    for minimum in minima {
        let slot = match minimum.of {
            CategorySet::Professional => &mut need.professional,
            CategorySet::Public => &mut need.public,
            CategorySet::Industry | CategorySet::General => {
                let line = node.get("min").map_or(node.line, |min| min.line);
                let message = Message::new("sum_needs_split").with("field", f.path("min"));
                problems.push(Problem::at(f.path("min"), line, message));
                return None;
            }
        };
        *slot = Some(slot.map_or(minimum.hours, |hours| hours.max(minimum.hours)));
    }
    if need == Need::default() {
        let _ = f.required("total", problems);
        return None;
    }
    Some(need)
}

fn guard(node: &Node, path: String, problems: &mut Problems) -> Option<Guard> {
    let before = problems.len();
    let mut f = Fields::open(node, path.clone(), problems)?;
    let any = f.read("incomplete_any_of_first", problems, fields::integer(1..=60));
    let all = f.read("incomplete_all_of_first", problems, fields::integer(1..=60));
    let always = f.read("always", problems, fields::boolean);
    f.finish(problems);
    let count = |n: i64| i16::try_from(n).ok();
    match (any, all, always) {
        (Some(n), None, None) => count(n).map(Guard::AnyIncomplete),
        (None, Some(n), None) => count(n).map(Guard::AllIncomplete),
        (None, None, Some(true)) => Some(Guard::Always),
        _ if problems.len() > before => None,
        _ => {
            let accepted = "{ incomplete_any_of_first = 3 }, { incomplete_all_of_first = 3 }, { always = true }";
            problems.push(fields::not_accepted(path, node, accepted));
            None
        }
    }
}

fn quantity(node: &Node, path: String, problems: &mut Problems) -> Option<Quantity> {
    match &node.value {
        Value::Int(int) if (1..=60).contains(int) => i16::try_from(*int).ok().map(Quantity::Number),
        Value::Str(text) if text == "required_years" => Some(Quantity::RequiredYears),
        _ => {
            problems.push(fields::not_accepted(path, node, "1..60, \"required_years\""));
            None
        }
    }
}

/// The problem of a span that ends before it begins, whoever declares. Two readings may each move
/// one end, and make one together: that is no fault of a file.
pub(super) fn reversed_span(kind: &Kind, node: &Node, path: &str) -> Option<Problem> {
    match kind {
        Kind::Count { window, .. } if is_reversed(*window) => {
            Some(fields::not_accepted(format!("{path}.to"), node, "from <= to"))
        }
        _ => None,
    }
}

/// Whether it ends before it begins, whoever declares.
fn is_reversed(window: Window) -> bool {
    window.from.base == window.to.base && window.from.offset > window.to.offset
}

fn window(node: &Node, path: String, problems: &mut Problems) -> Option<Window> {
    let before = problems.len();
    let mut f = Fields::open(node, path.clone(), problems)?;
    let length = f.read("length", problems, fields::integer(1..=60));
    let ends = f.read("ends", problems, year_expr);
    let from = f.read("from", problems, year_expr);
    let to = f.read("to", problems, year_expr);
    f.finish(problems);
    match (length, ends, from, to) {
        (Some(length), Some(ends), None, None) => {
            let back = i16::try_from(1 - length).ok()?;
            Some(Window { from: ends.shifted(back), to: ends })
        }
        (None, None, Some(from), Some(to)) if !is_reversed(Window { from, to }) => {
            Some(Window { from, to })
        }
        // Each wrong part has been told.
        _ if problems.len() > before => None,
        _ => {
            let accepted = "{ length = 4, ends = \"D\" }, { from = 2022, to = 2025 }";
            problems.push(fields::not_accepted(path, node, accepted));
            None
        }
    }
}

/// An integer, `D`, `D-n`, `D-required_years+1` or `tenure_start`.
fn year_expr(node: &Node, path: String, problems: &mut Problems) -> Option<YearExpr> {
    let expr = match &node.value {
        Value::Int(int) => {
            fixed_year(*int).map(|offset| YearExpr { base: YearBase::Fixed, offset })
        }
        Value::Str(text) => named_year(text),
        _ => None,
    };
    if expr.is_none() {
        let accepted = "2023, \"D\", \"D-1\", \"D-required_years+1\", \"tenure_start\"";
        problems.push(fields::not_accepted(path, node, accepted));
    }
    expr
}

fn named_year(text: &str) -> Option<YearExpr> {
    match text {
        "D" => Some(YearExpr { base: YearBase::Declaring, offset: 0 }),
        "tenure_start" => Some(YearExpr { base: YearBase::TenureStart, offset: 0 }),
        "D-required_years+1" => Some(YearExpr { base: YearBase::DeclaringLessRequired, offset: 1 }),
        _ => {
            let back = text.strip_prefix("D-")?;
            let is_plain = back.bytes().all(|b| b.is_ascii_digit()) && !back.starts_with('0');
            let back = back.parse::<i16>().ok().filter(|n| is_plain && (1..=60).contains(n))?;
            Some(YearExpr { base: YearBase::Declaring, offset: -back })
        }
    }
}
