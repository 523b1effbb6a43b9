//! The part of a proof that decides.

use super::explainer::{State, Step};

impl Step {
    /// The steps that decide: what fails of a whole that fails, what is open of one that is open,
    /// and of alternatives the one that holds.
    #[must_use]
    pub fn deciding(&self) -> Step {
        let mut own = Step { parts: Vec::new(), ..self.clone() };
        let any = self.kind == "either";
        let wanted = |part: &&Step| part.kind == "gate" || part.state == self.state;
        let mut parts: Vec<Step> = match (any, self.state) {
            (true, State::Holds) => {
                self.parts.iter().filter(wanted).take(1).map(Step::deciding).collect()
            }
            _ => self.parts.iter().filter(wanted).map(Step::deciding).collect(),
        };
        // A guard that is closed decides by the years that are complete.
        if self.kind == "guard" && parts.is_empty() {
            parts.clone_from(&self.parts);
        }
        if self.kind == "year" && self.state == State::Holds {
            parts.clear();
        }
        own.parts = parts;
        own
    }
}
