//! What became of a row, as it is told.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::problem::Problem;
use crate::app::posting::RowResult;
use crate::app::posting::problems::{self, Told};
use crate::domain::ledger::outcome::Outcome;
use crate::domain::message;
use crate::locale::Bilingual;

/// A row of hours.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Row {
    /// The provider's own key of the row, 1 to 128 characters; no identity number.
    key: String,
    /// From 1; a higher one corrects. 1 where it is absent.
    revision: Option<u32>,
    /// Whose hours.
    person: Person,
    /// The year 年度 the hours count for.
    year: u16,
    /// `professional`, `industry`, `general`, or `public` that is not split.
    category: String,
    /// Hours, a decimal text such as `"12.5"` with at most two decimals, or an integer.
    hours: String,
    /// The day of completion, `2024-05-06`.
    completed_on: Option<String>,
    /// The course.
    course: Option<Course>,
    /// The training institution 培训机构.
    provider: Option<String>,
    /// 专业.
    specialty: Option<String>,
    /// On what document the hours rest.
    basis: Option<String>,
    /// The number of the evidence 证书编号.
    certificate: Option<String>,
}

/// Whose hours.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Person {
    /// 居民身份证号码, 18 or 15 digits.
    number: String,
    /// 姓名.
    name: String,
}

/// The course.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Course {
    /// 课程编号.
    code: Option<String>,
    /// 课程名称.
    title: Option<String>,
}

/// What became of a row.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct RowAnswer {
    /// `posted`, `replayed`, `corrected`, `reversed`, `pending`, `held`, `quarantined`, `conflict`,
    /// `rejected`, `aborted`, `deferred`.
    #[schema(value_type = String)]
    pub(super) outcome: Outcome,
    /// Where the inbox keeps it, `batch-row`; absent where nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) submission: Option<String>,
    /// The provider's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Stable code of the first thing that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    /// The field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    /// What was wrong and what would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Bilingual>,
    /// Whether sending the same row again can help.
    pub(super) retryable: bool,
    /// Whatever else is wrong with the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub(super) more: Vec<Told>,
}

impl RowAnswer {
    pub(super) fn of(taken: &RowResult, dry_run: bool) -> RowAnswer {
        let submission = (!dry_run).then(|| format!("{}-{}", taken.batch, taken.row_no));
        let key = taken.key.as_deref().map(str::to_owned);
        RowAnswer::told(taken.outcome, submission, key, problems::tell(&taken.problems))
    }

    pub(super) fn told(
        outcome: Outcome,
        submission: Option<String>,
        key: Option<String>,
        problems: Vec<Told>,
    ) -> RowAnswer {
        let mut problems = problems.into_iter();
        let (code, field, message) = match problems.next() {
            Some(first) => {
                let field = Some(first.field).filter(|field| !field.is_empty());
                (Some(first.code), field, Some(first.message))
            }
            None => (None, None, None),
        };
        let retryable = outcome.is_retryable();
        let more = problems.collect();
        RowAnswer { outcome, submission, key, code, field, message, retryable, more }
    }
}

/// The answer to a post of one row.
pub(super) fn single(taken: &RowResult) -> Result<HttpResponse, Problem> {
    let mut response = match taken.outcome {
        Outcome::Posted => HttpResponse::Created(),
        Outcome::Replayed | Outcome::Corrected | Outcome::Reversed => HttpResponse::Ok(),
        Outcome::Pending | Outcome::Held | Outcome::Quarantined => HttpResponse::Accepted(),
        _ => return Err(refused(taken)),
    };
    Ok(response.json(RowAnswer::of(taken, false)))
}

fn refused(taken: &RowResult) -> Problem {
    let mut all = taken.problems.iter();
    let Some(first) = all.next() else { return Problem::internal("a refusal without a reason") };
    let mut problem = Problem::new(first.message.clone());
    if !first.field.is_empty() {
        problem = problem.of_field(&first.field);
    }
    if taken.outcome == Outcome::Deferred {
        problem = problem.with_header(header::RETRY_AFTER, "1");
    }
    let more = all.map(|other| message::Problem::at(&other.field, 0, other.message.clone()));
    problem
        .and(more.collect())
        .with("outcome", taken.outcome.name())
        .with("submission", format!("{}-{}", taken.batch, taken.row_no))
}
