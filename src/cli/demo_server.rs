//! The second half of `xueshi demo`: the same people in a ledger, a token for each role, the service,
//! and lines that can be pasted.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::{Context, Failed};
use crate::api::auth::Role;
use crate::api::auth::local::{LocalKey, Statement};
use crate::app::demo;
use crate::app::open::{self, Missing};
use crate::app::scenario::Scenario;
use crate::clock::Clock;
use crate::locale::text;
use crate::store::Surroundings;
use crate::{api, config, telemetry};

/// The usual address; where it is taken, a free port.
const LISTEN: &str = "127.0.0.1:8080";
/// For how long the tokens are valid.
const SECONDS: i64 = 8 * 3600;
/// Whose verdict changes: one year short by ten hours.
const WHO: &str = "P03";

/// Fills a fresh ledger in `folder`, prints the lines, and serves until it is stopped.
pub(super) fn run(people: &[Scenario], folder: &Path, context: &Context) -> Result<(), Failed> {
    let layer = format!("[data]\nfolder = {:?}\n[log]\nlevel = \"warn\"\n", folder.display());
    let settings = config::layered(Some(("demo", &layer)), &[])?;
    telemetry::start(&settings.log, std::io::stderr)?;
    let server = match api::bind(LISTEN) {
        Ok(server) => server,
        Err(_) => api::bind("127.0.0.1:0")?,
    };
    let judge = context.judge()?;
    let opened = open::open(&settings, Missing::Made, judge, Surroundings::system())?;
    let service = opened.service;
    let address = server.address();
    let system = actix_web::rt::System::new();
    system.block_on(demo::fill(&service, people))?;
    let (key, _) = LocalKey::open(folder)?;
    let mut out = anstream::stdout().lock();
    let url = format!("http://{address}");
    let place = folder.display().to_string();
    let args = [("url", url.as_str()), ("folder", &place)];
    writeln!(out, "\n{}\n", text(context.lang, "demo.ledger", &args))?;
    for (name, token) in tokens(&key)? {
        writeln!(out, "{name}={token}")?;
    }
    writeln!(out, "API={url}/v1")?;
    writeln!(out, "JSON='Content-Type: application/json'")?;
    for (key, line) in lines(people) {
        writeln!(out, "\n# {}\n{line}", text(context.lang, key, &[]))?;
    }
    writeln!(out, "\n{}", text(context.lang, "serve.listening", &args))?;
    out.flush()?;
    drop(out);
    let app = Arc::new(api::App::new(settings, service)?);
    system.block_on(server.run(app))?;
    Ok(())
}

fn tokens(key: &LocalKey) -> Result<[(&'static str, String); 5], Failed> {
    let now = Clock::System.now();
    let issue = |mut said: Statement| {
        said.iss = "xueshi".to_owned();
        said.aud = "xueshi".to_owned();
        key.issue(&said, now, SECONDS)
    };
    let of = Statement::of;
    let mut provider = of(Role::Provider, demo::ACADEMY);
    provider.source = Some(demo::ACADEMY.to_owned());
    let mut bureau = of(Role::Declaration, "lishui-title-office");
    bureau.jurisdiction = Some("331100".to_owned());
    let mut reviewer = of(Role::Reviewer, "lishui-hr-bureau");
    reviewer.jurisdiction = Some("331100".to_owned());
    let mut second = of(Role::Reviewer, "lishui-hr-bureau-2");
    second.jurisdiction = Some("331100".to_owned());
    Ok([
        ("PROVIDER", issue(provider)?),
        ("BUREAU", issue(bureau)?),
        ("REVIEWER", issue(reviewer)?),
        ("REVIEWER2", issue(second)?),
        ("ADMIN", issue(of(Role::Admin, "operator"))?),
    ])
}

/// What each line shows, and the line.
fn lines(people: &[Scenario]) -> Vec<(&'static str, String)> {
    let Some(n) = people.iter().position(|person| person.id == WHO) else { return Vec::new() };
    let who = format!("{{\"number\":\"{}\",\"name\":\"{}\"}}", demo::number(n), demo::name(n));
    let ask = format!(
        "curl -s $API/compliance -H \"Authorization: Bearer $BUREAU\" -H \"$JSON\" -d '{{\"person\":{who},\
         \"declaration\":{{\"jurisdiction\":\"331100\",\"year\":2023,\"level\":\"intermediate\",\
         \"series\":\"engineering\",\"specialty\":\"quality\",\"required_years\":4,\
         \"tenure_start\":2020}},\"explain\":\"deciding\"}}'; echo"
    );
    let row = |key: &str, revision: u8, hours: &str| {
        format!(
            "{{\"key\":\"{key}\",\"revision\":{revision},\"person\":{who},\"year\":2022,\
             \"category\":\"professional\",\"hours\":\"{hours}\",\
             \"course\":{{\"title\":\"质量管理\"}}}}"
        )
    };
    let post = |body: &str| {
        format!(
            "curl -s $API/entries -H \"Authorization: Bearer $PROVIDER\" -H \"$JSON\" -d '{body}'; echo"
        )
    };
    let queue = "curl -s $API/queue -H \"Authorization: Bearer $REVIEWER\"";
    let recognise = format!(
        "ROW=$({queue} | sed 's/.*\"submission\":\"\\([^\"]*\\)\".*\"key\":\"course-1\".*/\\1/')\n\
         WHO=$({queue} | sed 's/.*\"person\":\"\\([^\"]*\\)\".*\"key\":\"course-1\".*/\\1/')\n\
         curl -s $API/queue/$ROW/recognise -H \"Authorization: Bearer $REVIEWER\" -H \"$JSON\" \
         -d \"{{\\\"person\\\":\\\"$WHO\\\",\\\"reason\\\":\\\"certificate seen\\\"}}\"; echo"
    );
    vec![
        ("demo.ask", ask.clone()),
        ("demo.post", post(&row("course-1", 1, "8"))),
        ("demo.replay", post(&row("course-1", 1, "8"))),
        ("demo.correct", post(&row("course-1", 2, "12"))),
        ("demo.open", ask.clone()),
        ("demo.queue", format!("{queue}; echo")),
        ("demo.recognise", recognise),
        ("demo.again", ask),
    ]
}
