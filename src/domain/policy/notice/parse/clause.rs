//! Reads a clause: what all have, then the fields of its kind.

use super::amounts::{need, standard};
use super::documents::{cite, reference};
use super::years::{quantity, reversed_span, window, year_expr, year_range};
use crate::domain::answer::ReasonCode;
use crate::domain::case;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::{Message, Problem};
use crate::domain::node::Node;
use crate::domain::policy::notice::model::{
    Clause, ClauseSource, Exclusion, Guard, Kind, Matching, Standard, Window,
};

#[expect(clippy::needless_pass_by_value, reason = "the form of every reader")]
pub(super) fn clause_source(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<ClauseSource> {
    let clause = clause(node, path.clone(), problems)?;
    let to = node.get("to").unwrap_or(node);
    problems.extend(reversed_span(&clause.kind, to, &path));
    Some(ClauseSource { raw: node.clone(), clause })
}

/// Reads one clause; readings call it again on a changed table.
pub(in crate::domain::policy) fn clause(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<Clause> {
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let known = fields::one_of(KINDS, known);
    let kind_name = f.need("kind", problems, known);
    let cite = f.need("cite", problems, cite);
    let applies = matching(&mut f, problems);
    let overrides = f.read("overrides", problems, fields::list(reference)).unwrap_or_default();
    let yields_to = f.read("yields_to", problems, fields::list(reference)).unwrap_or_default();
    let off = f.read("off", problems, fields::boolean).unwrap_or(false);
    // After an unknown kind, its fields would all look unknown too.
    let kind_name = kind_name?;
    // `include` lists its years under the same key.
    let years = match kind_name.as_str() {
        "include" => None,
        _ => f.read("years", problems, year_range),
    };
    let kind = kind(&kind_name, &mut f, node, problems);
    f.finish(problems);
    Some(Clause {
        id: id?,
        line: node.line,
        cite: cite?,
        applies,
        years: years.unwrap_or_default(),
        overrides,
        yields_to,
        off,
        kind: kind?,
    })
}

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
fn kind(name: &str, f: &mut Fields<'_>, node: &Node, problems: &mut Problems) -> Option<Kind> {
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
fn matching(f: &mut Fields<'_>, problems: &mut Problems) -> Matching {
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
