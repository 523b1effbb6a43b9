//! The second half of `xueshi demo`: the same people in a ledger, a token for each role, the service,
//! and lines that can be pasted.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::demo_city::{self, DemoCity};
use super::{Context, Failed, demo_lines};
use crate::api::auth::Role;
use crate::api::auth::local::{LocalKey, Statement};
use crate::app::demo;
use crate::app::installation::open::{self, Missing};
use crate::app::policies::scenario::Scenario;
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
    let city = DemoCity::start()?;
    let own = format!("[data]\nfolder = {:?}\n[log]\nlevel = \"warn\"\n", folder.display());
    let layer = format!("{own}\n{}", city.settings());
    let settings = config::layered(Some(("demo", &layer)), &[])?;
    telemetry::start(&settings.log, std::io::stderr)?;
    let server = match api::bind(LISTEN) {
        Ok(server) => server,
        Err(_) => api::bind("127.0.0.1:0")?,
    };
    let judge = context.judge()?;
    let opened = open::open(&settings, Missing::Made, judge, Surroundings::system())?;
    let service = opened.service;
    let system = actix_web::rt::System::new();
    system.block_on(demo::fill(&service, people))?;
    let (key, _) = LocalKey::open(folder)?;
    let url = format!("http://{}", server.address());
    let app = Arc::new(api::App::new(settings, service)?);
    let story = city.fill(&app, &system, &app.service.judge)?;
    let mut out = anstream::stdout().lock();
    let place = folder.display().to_string();
    let args = [("url", url.as_str()), ("folder", &place)];
    writeln!(out, "\n{}\n", text(context.lang, "demo.ledger", &args))?;
    for (name, token) in tokens(&key)? {
        writeln!(out, "{name}={token}")?;
    }
    writeln!(out, "API={url}/v1")?;
    writeln!(out, "CITY={}", city.url())?;
    writeln!(out, "JSON='Content-Type: application/json'")?;
    let parts = [
        ("demo.provider", lines(people)),
        ("demo.city", story.map(|story| demo_lines::of_city(&story)).unwrap_or_default()),
    ];
    for (heading, lines) in parts {
        writeln!(out, "\n# ==== {} ====", text(context.lang, heading, &[]))?;
        for (key, line) in lines {
            writeln!(out, "\n# {}\n{line}", text(context.lang, key, &[]))?;
        }
    }
    writeln!(out, "\n# {}", text(context.lang, "serve.listening", &args))?;
    out.flush()?;
    drop(out);
    system.block_on(server.run(app))?;
    Ok(())
}

fn tokens(key: &LocalKey) -> Result<Vec<(&'static str, String)>, Failed> {
    let now = Clock::System.now();
    let issue = |said: Statement| {
        let (iss, aud) = ("xueshi".to_owned(), "xueshi".to_owned());
        key.issue(&Statement { iss, aud, ..said }, now, SECONDS)
    };
    let provider = |code: &str| {
        let source = Some(code.to_owned());
        issue(Statement { source, ..Statement::of(Role::Provider, code) })
    };
    let of_place = |role: Role, subject: &str, place: &str| {
        let jurisdiction = Some(place.to_owned());
        issue(Statement { jurisdiction, ..Statement::of(role, subject) })
    };
    let lishui = demo::PLACE;
    Ok(vec![
        ("PROVIDER", provider(demo::ACADEMY)?),
        ("BUREAU", of_place(Role::Declaration, "lishui-title-office", lishui)?),
        ("REVIEWER", of_place(Role::Reviewer, "lishui-hr-bureau", lishui)?),
        ("REVIEWER2", of_place(Role::Reviewer, "lishui-hr-bureau-2", lishui)?),
        ("COLLEGE", provider(demo_city::COLLEGE)?),
        ("HUZHOU", of_place(Role::Declaration, "huzhou-title-office", demo_city::PLACE)?),
        ("EXAMINER", of_place(Role::Reviewer, "huzhou-hr-bureau-2", demo_city::PLACE)?),
        ("ADMIN", issue(Statement::of(Role::Admin, "operator"))?),
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
