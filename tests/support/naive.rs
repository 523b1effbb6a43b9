//! A second evaluator, for the tests only: slow, plain, and written from the contract alone. It tries
//! every settlement one by one and shares no code with the engine.

#[path = "naive/case.rs"]
mod case;
#[path = "naive/files.rs"]
mod files;
#[path = "naive/integer.rs"]
mod integer;
#[path = "naive/missing.rs"]
mod missing;
#[path = "naive/reasons.rs"]
mod reasons;
#[path = "naive/rule.rs"]
mod rule;
#[path = "naive/settle.rs"]
mod settle;

use case::Declaration;
use files::{Clause, Files};
use reasons::Reason;
use serde_json::{Value, json};
use settle::Matter;

/// Policies as raw TOML tables, straight from the files: shares no code with the engine.
pub struct Naive {
    files: Files,
}

/// How far a declaration gets before hours matter.
enum Stage {
    Outside(Reason),
    Referred(Reason, bool),
    Here,
}

/// A case under one choice of readings.
struct Look {
    stage: Stage,
    matter: Matter,
}

impl Naive {
    /// Reads policy files, each as its name and its text.
    pub fn from_texts(files: &[(String, String)]) -> Naive {
        Naive { files: Files::parse(files) }
    }

    /// `{id, declaration, records}` → the contract's answer.
    pub fn answer(&self, case: &Value) -> Value {
        self.answer_under(case, &[])
    }

    /// The same with chosen reading options changed, e.g. `[("mix", "strict")]`.
    pub fn answer_under(&self, case: &Value, readings: &[(&str, &str)]) -> Value {
        let declaration = case::declaration(case);
        let found = self.files.answering(&declaration.jurisdiction, declaration.year);
        let Some((file, inherited)) = found else {
            return answer(case, "indeterminate", vec![Reason::new("no_policy")]);
        };
        let chain = self.files.chain(file);
        let all = files::readings(&chain);
        let choice = files::chosen(&all, readings);
        let clauses = files::in_force(&chain, &all, &choice);
        let look = Look::new(&clauses, &declaration, case);
        let verdict = look.verdict();
        let mut answer = answer(case, &verdict, look.reasons(&verdict));
        let mut seen: Vec<Vec<Clause>> = vec![clauses];
        let agrees = files::combinations(&all, &choice).iter().all(|choice| {
            let clauses = files::in_force(&chain, &all, choice);
            if seen.contains(&clauses) {
                return true;
            }
            let other = Look::new(&clauses, &declaration, case).verdict();
            seen.push(clauses);
            other == verdict
        });
        answer["firm"] = json!(agrees);
        answer["via"] = json!(look.via(&verdict));
        answer["advisory"] = json!(look.advisory());
        if verdict == "not_met" && look.matter.missing_facts.is_empty() {
            let least = missing::least(&look.matter);
            answer["missing"] = json!(least.map_or("time".to_owned(), case::decimal));
        }
        if inherited {
            answer["inherited_from"] = json!(file["id"].as_str());
        }
        answer
    }

    /// Verdict only, without `firm` and `missing`.
    pub fn verdict(&self, case: &Value, readings: &[(&str, &str)]) -> String {
        let declaration = case::declaration(case);
        let found = self.files.answering(&declaration.jurisdiction, declaration.year);
        let Some((file, _)) = found else {
            return "indeterminate".to_owned();
        };
        let chain = self.files.chain(file);
        let all = files::readings(&chain);
        let clauses = files::in_force(&chain, &all, &files::chosen(&all, readings));
        Look::new(&clauses, &declaration, case).verdict()
    }

    /// The least hours, in hundredths, found by trying every addition up to `most`, hundredth by
    /// hundredth; only for policies whose amounts are a few hundredths. `None`: more, or time.
    pub fn tried(&self, case: &Value, most: i64) -> Option<i64> {
        let declaration = case::declaration(case);
        let (file, _) = self.files.answering(&declaration.jurisdiction, declaration.year)?;
        let chain = self.files.chain(file);
        let all = files::readings(&chain);
        let clauses = files::in_force(&chain, &all, &files::chosen(&all, &[]));
        missing::tried(&mut Look::new(&clauses, &declaration, case).matter, most)
    }
}

fn answer(case: &Value, verdict: &str, mut reasons: Vec<Reason>) -> Value {
    reasons::sort(&mut reasons);
    let reasons: Vec<Value> = reasons.iter().map(Reason::json).collect();
    json!({
        "id": case.get("id"),
        "verdict": verdict,
        "firm": true,
        "via": [],
        "reasons": reasons,
        "missing": null,
        "advisory": null,
    })
}

/// The first scope clause that leaves the declaration outside, and why.
fn outside(clauses: &[Clause], declaration: &Declaration) -> Option<Reason> {
    for scope in clauses.iter().filter(|c| c.text("kind") == "scope") {
        let because = |code: &str| Some(Reason::new(code).clause(scope.text("id")));
        if !declaration.matches(&scope.table) {
            return because("out_of_scope");
        }
        let excludes = scope.table.get("excludes").and_then(toml::Value::as_array);
        for exclusion in excludes.into_iter().flatten().filter_map(toml::Value::as_table) {
            if declaration.matches(exclusion) {
                return because(exclusion["reason"].as_str().unwrap());
            }
        }
    }
    None
}

fn stage(clauses: &[Clause], declaration: &Declaration) -> Stage {
    if let Some(reason) = outside(clauses, declaration) {
        return Stage::Outside(reason);
    }
    let refer = |c: &&Clause| c.text("kind") == "refer" && declaration.matches(&c.table);
    let Some(clause) = clauses.iter().find(refer) else {
        return Stage::Here;
    };
    let names = |key: &str| clause.table.contains_key(key);
    let more = names("series") || names("specialties") || names("employer_sectors");
    let code = if names("levels") && !more { "referred_level" } else { "referred_series" };
    let advisory = clause.table.get("advisory").and_then(toml::Value::as_bool) == Some(true);
    Stage::Referred(Reason::new(code).clause(clause.text("id")), advisory)
}

impl Look {
    fn new(clauses: &[Clause], declaration: &Declaration, case: &Value) -> Look {
        let rule = rule::rule(clauses, declaration);
        let matter = Matter::new(rule, declaration, &case::records(case));
        Look { stage: stage(clauses, declaration), matter }
    }

    /// The verdict as if nothing were referred.
    fn here(&self) -> String {
        let required = !self.matter.rule.requirements.is_empty();
        if required { self.matter.verdict(None).to_owned() } else { "not_required".to_owned() }
    }

    fn verdict(&self) -> String {
        match self.stage {
            Stage::Outside(_) => "not_applicable".to_owned(),
            Stage::Referred(..) => "referred".to_owned(),
            Stage::Here => self.here(),
        }
    }

    fn advisory(&self) -> Option<String> {
        matches!(self.stage, Stage::Referred(_, true)).then(|| self.here())
    }

    /// The exceptions without which `met` is not certain.
    fn via(&self, verdict: &str) -> Vec<String> {
        let exceptions = self.matter.rule.requirements.iter().flat_map(|r| &r.exceptions);
        exceptions
            .filter(|e| verdict == "met" && self.matter.verdict(Some(&e.clause)) != "met")
            .map(|e| e.clause.clone())
            .collect()
    }

    fn reasons(&self, verdict: &str) -> Vec<Reason> {
        match (&self.stage, verdict) {
            (Stage::Outside(reason) | Stage::Referred(reason, _), _) => vec![reason.clone()],
            (Stage::Here, "not_required") => vec![Reason::new("no_requirement")],
            (Stage::Here, _) => reasons::judged(&self.matter, verdict),
        }
    }
}
