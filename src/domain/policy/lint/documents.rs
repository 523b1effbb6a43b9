//! Documents and quotes: every clause rests on a sentence, and the sentence is in the document.

use chrono::Months;

use super::{Finding, Input};
use crate::domain::message::Message;
use crate::domain::policy::notice::model::{
    Clause, ClauseSource, Document, DocumentStatus, Policy,
};

/// The documents of a policy, and the quotes of its clauses.
pub(super) fn check(
    policy: &Policy,
    all: &[&Policy],
    input: &Input<'_>,
    findings: &mut Vec<Finding>,
) {
    for document in &policy.documents {
        support(policy, document, findings);
        stale(policy, document, input, findings);
        if document.status == DocumentStatus::Archived {
            archived(policy, document, input, findings);
        }
    }
    for source in &policy.clauses {
        cited(policy, source, all, findings);
    }
}

/// One note for all files, where quotes could not be compared with anything.
pub(super) fn note_unchecked(policies: &[&Policy], findings: &mut Vec<Finding>) {
    let is_archived = |policy: &Policy, clause: &Clause| {
        let document = policy.documents.iter().find(|d| d.id == clause.cite.doc);
        document.is_some_and(|d| d.status == DocumentStatus::Archived)
    };
    let quotes = policies.iter().flat_map(|policy| policy.clauses.iter().map(move |c| (policy, c)));
    let count = quotes.filter(|(policy, source)| is_archived(policy, &source.clause)).count();
    if count > 0 {
        let message = Message::new("quotes_unchecked").with("count", count);
        findings.push(Finding::new("W-QUOTES-UNCHECKED", "", 0, message));
    }
}

fn support(policy: &Policy, document: &Document, findings: &mut Vec<Finding>) {
    let code = match document.status {
        DocumentStatus::Archived => return,
        DocumentStatus::Unverified => "support_unverified",
        DocumentStatus::Missing => "support_missing",
    };
    let resting = policy.clauses.iter().filter(|source| source.clause.cite.doc == document.id);
    let message = Message::new(code)
        .with("document", &document.id)
        .with("title", &document.title)
        .with("count", resting.count());
    findings.push(Finding::of("W-SUPPORT", policy, document.line, message));
}

fn stale(policy: &Policy, document: &Document, input: &Input<'_>, findings: &mut Vec<Finding>) {
    let Some(checked) = document.checked_on else { return };
    let due = checked.checked_add_months(Months::new(12));
    if due.is_some_and(|due| due < input.today) {
        let message =
            Message::new("stale").with("document", &document.id).with("checked_on", checked);
        findings.push(Finding::of("W-STALE", policy, document.line, message));
    }
}

fn archived(policy: &Policy, document: &Document, input: &Input<'_>, findings: &mut Vec<Finding>) {
    let mut report = |code: &'static str, file: &str| {
        let message = Message::new(code).with("document", &document.id).with("file", file);
        findings.push(Finding::of("E-ARCHIVE", policy, document.line, message));
    };
    let Some(file) = &document.file else {
        report("archive_unnamed", "");
        return;
    };
    let Some(archive) = input.archive else { return };
    let Some(text) = archive(file) else {
        report("archive_missing", file);
        return;
    };
    let text = folded(&text);
    for source in policy.clauses.iter().filter(|s| s.clause.cite.doc == document.id) {
        let clause = &source.clause;
        if !clause.cite.quote.is_empty() && !text.contains(&folded(&clause.cite.quote)) {
            let message = Message::new("quote_not_found")
                .with("quote", &clause.cite.quote)
                .with("file", file);
            let line = cite_line(source, "quote");
            findings.push(Finding::of("E-QUOTE", policy, line, message).clause(&clause.id));
        }
    }
}

fn cited(policy: &Policy, source: &ClauseSource, all: &[&Policy], findings: &mut Vec<Finding>) {
    let clause = &source.clause;
    if clause.cite.inferred_from.is_empty() {
        if clause.cite.quote.is_empty() {
            let message = Message::new("quote_empty");
            let line = cite_line(source, "quote");
            findings.push(Finding::of("E-CITE", policy, line, message).clause(&clause.id));
        }
        return;
    }
    let names: Vec<&str> = clause.cite.inferred_from.iter().map(|r| r.name.as_str()).collect();
    let message = Message::new("inferred").with("names", names.join(", "));
    findings.push(Finding::of("W-INFERRED", policy, clause.line, message).clause(&clause.id));
    for reference in &clause.cite.inferred_from {
        if !stands(all, &reference.name) {
            let message = Message::new("dangling")
                .with("field", format!("{}.cite.inferred_from", clause.id))
                .with("name", &reference.name);
            let finding = Finding::of("E-DANGLING", policy, reference.line, message);
            findings.push(finding.clause(&clause.id));
        }
    }
}

/// Whether a clause of this name stands in some file: `331100/2023#annual`, or `331100#annual` for
/// any year of that jurisdiction.
fn stands(all: &[&Policy], name: &str) -> bool {
    let Some((owner, id)) = name.split_once('#') else { return false };
    all.iter().any(|policy| {
        (policy.id == owner || policy.jurisdiction.code() == owner)
            && policy.clauses.iter().any(|source| source.clause.id == id)
    })
}

fn cite_line(source: &ClauseSource, key: &str) -> u32 {
    let cite = source.raw.get("cite");
    let node = cite.and_then(|cite| cite.get(key)).or(cite);
    node.map_or(source.clause.line, |node| node.line)
}

/// Text without what printing and scanning change: spaces, line breaks, and the width of letters,
/// digits and punctuation.
pub(super) fn folded(text: &str) -> String {
    let is_blank = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
    };
    text.chars().filter(|c| !is_blank(*c)).map(fold).collect()
}

fn fold(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '〔' | '﹝' | '【' => '[',
        '〕' | '﹞' | '】' => ']',
        '‐'..='―' | '−' => '-',
        '“' | '”' | '„' | '〝' | '〞' => '"',
        '‘' | '’' => '\'',
        '｡' => '。',
        '､' | '﹑' => '、',
        '｢' => '「',
        '｣' => '」',
        '﹐' => ',',
        '﹒' => '.',
        '﹔' => ';',
        '﹕' | '︰' => ':',
        '﹖' => '?',
        '﹗' => '!',
        '﹙' => '(',
        '﹚' => ')',
        '〈' => '<',
        '〉' => '>',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_does_not_change_a_quote() {
        let printed = "专业科目不少\n于 60 学时，公需科目（含\u{3000}一般公需）不少于１８学时";
        let typed = "专业科目不少于60学时,公需科目(含一般公需)不少于18学时";
        assert_eq!(folded(printed), folded(typed));
        assert_ne!(folded("不少于60学时"), folded("不少于66学时"));
    }
}
