//! Everything that goes with a verdict when it is asked to explain itself: the proof, the hours of
//! every year, the remedy, and the receipt.

use crate::domain::answer::Verdict;
use crate::domain::declaration::Declaration;
use crate::domain::fields::Problems;
use crate::domain::policy::evaluate::person::Person;
use crate::domain::policy::explain::explainer::Explainer;
use crate::domain::policy::explain::receipt::{ENGINE, Receipt, tree_hash};
use crate::domain::policy::explain::tree::Step;
use crate::domain::policy::explain::yearly_hours::YearlyHours;
use crate::domain::policy::judge::{Judge, Judgement};
use crate::domain::policy::notice::ancestry::Ancestry;
use crate::domain::policy::notice::readings;
use crate::domain::policy::plan::encoding::PlanEncoding;
use crate::domain::policy::remedy::proposal::{self, Remedy};
use crate::domain::policy::rules::Rules;
use crate::domain::record::Record;

/// A verdict's proof.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The tree; absent where no policy answers.
    pub tree: Option<Step>,
    /// The hours of every year, and what became of each record.
    pub years: Vec<YearlyHours>,
    /// What would make a `not_met` met.
    pub remedy: Option<Remedy>,
    /// The receipt.
    pub receipt: Receipt,
}

impl Judge {
    /// The proof of a judgement that this judge gave.
    pub fn prove(
        &self,
        declaration: &Declaration,
        records: &[Record],
        judgement: &Judgement,
    ) -> Result<Proof, Problems> {
        let as_of = declaration.as_of.as_ref().map(|at| at.text().to_owned());
        let selected = self.catalog().select(declaration.jurisdiction, declaration.year);
        let Some(selected) = selected else {
            let tree = tree_hash(judgement.verdict, None, &[]);
            let receipt = Receipt {
                plan: String::new(),
                plan_encoding: PlanEncoding::CURRENT,
                engine: ENGINE,
                ledger: None,
                as_of,
                readings: Vec::new(),
                tree,
            };
            return Ok(Proof { tree: None, years: Vec::new(), remedy: None, receipt });
        };
        let rules = self.rules(selected.policy, declaration)?;
        let (tree, years) = rules.explain(declaration, records, judgement.verdict);
        let ancestry = Ancestry::of(self.catalog(), selected.policy);
        let remedy = match judgement.verdict {
            Verdict::NotMet => proposal::propose(&rules, &ancestry, declaration, records)?,
            _ => None,
        };
        let receipt = Receipt {
            plan: rules.plans.chosen().map(|variant| variant.hash().to_owned()).unwrap_or_default(),
            plan_encoding: PlanEncoding::CURRENT,
            engine: ENGINE,
            ledger: None,
            as_of,
            readings: chosen(&ancestry),
            tree: tree_hash(judgement.verdict, tree.as_ref(), &years),
        };
        Ok(Proof { tree, years, remedy, receipt })
    }

    /// The hash of the plan that answers a declaration; empty where no policy does.
    pub fn plan_hash(
        &self,
        declaration: &Declaration,
        encoding: PlanEncoding,
    ) -> Result<String, Problems> {
        let selected = self.catalog().select(declaration.jurisdiction, declaration.year);
        let Some(selected) = selected else { return Ok(String::new()) };
        let rules = self.rules(selected.policy, declaration)?;
        Ok(rules.plans.chosen().map(|variant| variant.plan.hash(encoding)).unwrap_or_default())
    }
}

/// The option of every reading of an ancestry, as the files choose.
fn chosen(ancestry: &Ancestry<'_>) -> Vec<String> {
    let of = |r: &readings::Recorded<'_>| {
        format!("{}#{}={}", r.policy.id, r.reading.id, r.reading.chosen)
    };
    ancestry.readings.iter().map(of).collect()
}

impl Rules {
    /// The tree of the chosen plan, and the hours of every year.
    pub fn explain(
        &self,
        declaration: &Declaration,
        records: &[Record],
        verdict: Verdict,
    ) -> (Option<Step>, Vec<YearlyHours>) {
        let Some(variant) = self.plans.chosen() else { return (None, Vec::new()) };
        Person::new(&self.plans, declaration, records).with_context(variant, |context| {
            let explainer =
                Explainer { context, policy: &self.policy, clauses: &self.citations, records };
            (Some(explainer.tree(verdict)), explainer.yearly_hours())
        })
    }
}
