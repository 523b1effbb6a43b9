//! The linter.

use std::path::Path;

use chrono::NaiveDate;
use xueshi::app::lint::{Request, lint};
use xueshi::domain::policy::lint::{Finding, Severity};
use xueshi::locale::{self, Lang};

fn line(finding: &Finding) -> String {
    let clause = finding.clause.as_deref().unwrap_or("-");
    let message = locale::finding(Lang::En, &finding.message);
    let file = Path::new(&finding.file).file_name().unwrap_or_default().to_string_lossy();
    format!("{file}:{} {} {clause}: {message}", finding.line, finding.code)
}

#[test]
fn show() {
    let archive = std::env::var("LINT_ARCHIVE").ok();
    let started = std::time::Instant::now();
    let findings = lint(&Request {
        policies: None,
        archive: archive.as_deref().map(Path::new),
        scenarios: &[Path::new("tests/policies")],
        today: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
    })
    .unwrap();
    eprintln!("{:?}", started.elapsed());
    for finding in &findings {
        eprintln!("{}", line(finding));
        if let Some(w) = &finding.witness { eprintln!("   {w:?}"); }
    }
    assert!(findings.iter().all(|f| f.severity != Severity::Error));
}
