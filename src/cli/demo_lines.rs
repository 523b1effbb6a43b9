//! The lines about the city that `xueshi demo` prints: hours from two sides, a duplicate, a difference.

use serde_json::{Value, json};

use super::demo_city::{Story, YEAR};
use crate::domain::ledger::posting::Posting;

/// What each line shows, and the line.
pub(super) fn of_city(story: &Story) -> Vec<(&'static str, String)> {
    let asked = json!({
        "person": story.who, "declaration": story.declaration, "explain": "full",
    });
    // Of the answer: the verdict, why, and the hours of the year with the source of each.
    let ask = format!(
        "ask() {{ curl -s $API/compliance -H \"Authorization: Bearer $HUZHOU\" -H \"$JSON\" -d '{asked}' |\n  \
         grep -oE '\"verdict\":\"[a-z_]+\",\"firm\":[a-z]+|\"reasons\":\\[[^]]*\\]|\
         \"year\":{YEAR},\"read\"[^]]*\\]'; }}\nask"
    );
    let ask_again = || "ask".to_owned();
    let post = |path: &str, rows: &Value| {
        format!(
            "curl -s $API/{path} -H \"Authorization: Bearer $COLLEGE\" -H \"$JSON\" \
             -d '{rows}'; echo"
        )
    };
    let runs =
        "curl -s \"$API/feeds/huzhou-registry/runs?limit=1\" -H \"Authorization: Bearer $ADMIN\"";
    // Whatever was asked for in the background has ended.
    let wait = |work: &str| {
        format!(
            "for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 2; {runs} | \
             grep -q '\"work\":\"{work}\",\"state\":\"finished\"' && break; done\n{runs}; echo"
        )
    };
    let city = |path: &str, body: &str| {
        format!("curl -s $CITY/city/{path} -H \"$JSON\" -d '{body}'; echo")
    };
    let admin = |path: &str| {
        format!(
            "curl -s -X POST $API/feeds/huzhou-registry/{path} -H \"Authorization: Bearer $ADMIN\"; echo"
        )
    };
    let reconcile =
        [city("faults", "{\"huzhou_rows_vanish\":true}"), admin("reconcile"), wait("listing")];
    let day = [
        city("faults", "{\"huzhou_rows_vanish\":false}"),
        city("advance", ""),
        admin("pull"),
        wait("pull"),
    ];
    vec![
        ("demo.city_ask", ask),
        ("demo.city_post", post("entries/batch", &missing(story).into())),
        ("demo.city_met", ask_again()),
        ("demo.city_held", post("entries", &same(story))),
        ("demo.city_vanish", reconcile.join("\n")),
        ("demo.city_doubt", ask_again()),
        ("demo.city_difference", difference(story)),
        ("demo.city_settle", settle()),
        ("demo.city_again", ask_again()),
        ("demo.city_day", day.join("\n")),
    ]
}

/// The hours that are missing beside the city's, as courses of the college.
fn missing(story: &Story) -> Vec<Value> {
    let titles = ["湖州样例进修一", "湖州样例进修二", "湖州样例进修三"];
    let rows = story.missing.iter().zip(titles).enumerate().map(|(n, (add, title))| {
        json!({
            "key": format!("course-{}", n + 1), "revision": 1, "person": story.who, "year": add.year,
            "category": add.category, "hours": add.hours, "course": {"title": title},
        })
    });
    rows.collect()
}

/// The very course that the registry has.
fn same(story: &Story) -> Value {
    let Posting { year, category, hours, completed_on, particulars } = &story.entry.posting;
    json!({
        "key": "course-9", "revision": 1, "person": story.who, "year": year.get(),
        "category": category, "hours": hours, "completed_on": completed_on,
        "course": {"code": particulars.course_code, "title": particulars.course_title},
        "provider": particulars.provider,
    })
}

/// Finds the difference about the record: its id and whose it is.
fn difference(story: &Story) -> String {
    let key = &story.entry.ext_key;
    format!(
        "FOUND=$(curl -s \"$API/differences?limit=1000\" -H \"Authorization: Bearer $EXAMINER\" |\n  \
         grep -o '\"difference\":[^{{}}]*\"kind\":\"missing_there\",\"source\":\"huzhou-registry\",\
         \"key\":\"{key}\"[^{{}}]*')\n\
         DIFFERENCE=$(echo \"$FOUND\" | sed 's/.*\"difference\":\"\\([^\"]*\\)\".*/\\1/')\n\
         OWNER=$(echo \"$FOUND\" | sed 's/.*\"person\":\"\\([^\"]*\\)\".*/\\1/')\n\
         echo \"$FOUND\""
    )
}

fn settle() -> String {
    "curl -s $API/differences/$OWNER/$DIFFERENCE/settle -H \"Authorization: Bearer $EXAMINER\" \
     -H \"$JSON\" \\\n  -d '{\"action\":\"ignore\",\"reason\":\"certificate seen\"}'; echo"
        .to_owned()
}
