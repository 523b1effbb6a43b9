//! Without faults, each face says what is true.

use std::collections::BTreeMap;

use xueshi::city::{Standing, System, Town};
use xueshi::domain::category::Category;

use super::http::Served;
use super::wire::{
    self, Folder, Known, assert_same, huzhou_known, huzhou_rows, hzhret_known, hzhret_lines, truth,
};

fn sorted(known: impl IntoIterator<Item = Known>) -> Vec<Known> {
    let mut known: Vec<Known> = known.into_iter().collect();
    known.sort();
    known
}

#[test]
fn the_registry_of_huzhou_says_what_is_true() {
    let city = Served::new(Town::new(1, 60));
    for _ in 0..3 {
        let rows = huzhou_rows(&city, "2000-01-01 00:00:00");
        let known: BTreeMap<String, Known> = rows.iter().filter_map(huzhou_known).collect();
        assert_eq!(known.len(), rows.len());
        assert_same(&known, &truth(&city.town(), System::Huzhou), "huzhou");
        // In the order of change, then of ids.
        let order: Vec<(String, String)> =
            rows.iter().map(|row| (wire::text(row, "gxsj"), wire::text(row, "id"))).collect();
        assert!(order.is_sorted());
        let today = city.town().today().format("%Y-%m-%d 00:00:00").to_string();
        let recent = huzhou_rows(&city, &today);
        assert!(recent.len() < rows.len());
        assert_eq!(rows[rows.len() - recent.len()..], recent);
        city.town().advance();
    }
    assert!(!huzhou_rows(&city, "2025-06-02 00:00:00").is_empty());
}

#[test]
fn totals_and_summaries_are_the_sums_of_the_rows() {
    let city = Served::new(Town::new(2, 60));
    let town = truth(&city.town(), System::Huzhou);
    let recognised = |category: Category, number: Option<&str>| -> i64 {
        let of = town.values().filter(|known| {
            known.1 == 2024
                && known.2 == category
                && known.4 == Standing::Recognised
                && number.is_none_or(|number| known.0 == number)
        });
        of.map(|known| known.3.parse::<xueshi::domain::hours::Hours>().expect("hours").hundredths())
            .sum()
    };
    let hundredths = |text: String| text.replace('.', "").parse::<i64>().expect("hours");
    let said = city.huzhou("totals?nd=2024").json();
    for row in said["result"]["rows"].as_array().expect("rows") {
        let category = match wire::text(row, "kmlx").as_str() {
            "1" => Category::Professional,
            "2" => Category::General,
            _ => Category::Industry,
        };
        assert_eq!(hundredths(wire::text(row, "xs")), recognised(category, None));
    }
    let said = city.huzhou("summary?nd=2024&pageSize=1000").json();
    let rows = said["result"]["records"].as_array().expect("rows").clone();
    assert!(rows.len() > 5);
    for row in rows {
        let number = wire::text(&row, "sfzh");
        let sum = recognised(Category::General, Some(&number));
        assert_eq!(hundredths(wire::text(&row, "ybxs")), sum);
    }
    let lines = city.hzhret("/xapi/summary?year=2024").text();
    assert!(lines.lines().count() > 5 && lines.ends_with("{\"more\":\"\"}\n"), "{lines}");
}

#[test]
fn the_learning_site_says_what_is_true() {
    let city = Served::new(Town::new(1, 60));
    for _ in 0..3 {
        let lines = hzhret_lines(&city, "2000-01-01T00:00:00.000Z");
        assert_same(&hzhret_known(&lines), &truth(&city.town(), System::Hzhret), "hzhret");
        let stored: Vec<String> = lines.iter().map(|line| wire::text(line, "stored")).collect();
        assert!(stored.is_sorted());
        city.town().advance();
    }
    // Around New Year, Greenwich has another year.
    let lines = hzhret_lines(&city, "2000-01-01T00:00:00.000Z");
    assert!(lines.iter().any(|line| wire::text(line, "timestamp").ends_with("-12-31T17:30:00Z")));
}

#[test]
fn the_file_of_lishui_says_what_is_true() {
    let (folder, mut town) = (Folder::new(), Town::new(1, 60));
    let path = folder.drop_of(&mut town, System::Lishui);
    assert!(path.ends_with("LS_XS_20250601_full_01.csv"));
    let (rows, marked) = wire::lishui_rows(&path);
    assert!(!marked);
    let known = rows[1..].iter().map(|row| wire::lishui_known(row).1);
    assert_eq!(sorted(known), sorted(truth(&town, System::Lishui).into_values()));
    let names = folder.names();
    let name = "LS_XS_20250601_full_01.csv";
    assert_eq!(names, [name.to_owned(), format!("{name}.md5"), format!("{name}.ok")]);
    // The next day only what changed, and where a row was corrected, it says so.
    town.advance();
    let path = folder.drop_of(&mut town, System::Lishui);
    assert!(path.ends_with("LS_XS_20250602_inc_01.csv"));
    let (changed, _) = wire::lishui_rows(&path);
    assert!(changed.len() > 1 && changed.len() < rows.len());
    assert!(changed.iter().any(|row| row[14] == "更正" && row[12] == "已认定"));
    let of = truth(&town, System::Lishui);
    for row in &changed[1..] {
        let (certificate, known) = wire::lishui_known(row);
        if !certificate.is_empty() {
            assert_eq!(of[&certificate], known);
        }
    }
    assert!(folder.drop_of(&mut town, System::Lishui).ends_with("LS_XS_20250602_inc_02.csv"));
}

#[test]
fn the_workbook_of_jiaxing_says_what_is_true() {
    let (folder, mut town) = (Folder::new(), Town::new(1, 60));
    town.advance();
    let book = std::fs::read(folder.drop_of(&mut town, System::Jiaxing)).expect("the workbook");
    let sheets = wire::sheets(&book);
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["2019年", "2020年", "2021年", "2022年", "2023年", "2024年", "2025年"]);
    let mut known = Vec::new();
    for (name, rows) in &sheets {
        assert_eq!(rows[0][3].to_string(), "培训班");
        assert_eq!(rows[1][7].to_string(), "专业课");
        for row in &rows[2..] {
            let year: i16 = name[..4].parse().expect("a year");
            assert_eq!(row[6].to_string()[..4], name[..4]);
            let signed = !row[11].to_string().is_empty();
            let standing = if signed { Standing::Recognised } else { Standing::Received };
            let categories = [Category::Professional, Category::Industry, Category::General];
            for (cell, category) in row[7..10].iter().zip(categories) {
                if !cell.to_string().is_empty() {
                    let number = row[1].to_string();
                    known.push((number, year, category, cell.to_string(), standing));
                }
            }
        }
    }
    assert_eq!(sorted(known), sorted(truth(&town, System::Jiaxing).into_values()));
}

#[test]
fn whoever_has_no_token_gets_nothing() {
    let city = Served::new(Town::new(1, 10));
    let said = city.get("/api/open/hours/list", "X-Access-Token: wrong\r\n").json();
    assert_eq!((said["success"].as_bool(), said["code"].as_u64()), (Some(false), Some(401)));
    assert!(said["result"]["records"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(city.get("/xapi/statements", "Authorization: Bearer wrong\r\n").status, 401);
    assert_eq!(city.get("/xapi/summary?year=2024", "").status, 401);
}

#[test]
fn the_city_is_moved_on_over_http() {
    let city = Served::new(Town::new(1, 10));
    let folder = Folder::new();
    city.town().set_folder(&folder.0);
    let said = city.post("/city/advance", "").json();
    assert_eq!(said["today"], "2025-06-02");
    assert_eq!(folder.names(), ["hzhret", "jiaxing-workbook", "lishui-registry"]);
    assert_eq!(city.post("/city/faults", "{\"huzhou_not_auth\":true}").status, 200);
    assert_eq!(city.huzhou("list").json()["message"], "not_auth");
    let faults = city.get("/city/faults", "").json();
    let on = faults.as_array().expect("faults").iter().filter(|fault| fault["on"] == true);
    assert_eq!(on.map(|fault| fault["name"].clone()).collect::<Vec<_>>(), ["huzhou_not_auth"]);
    assert_eq!(city.post("/city/faults", "{\"no_such\":true}").status, 400);
    city.post("/city/faults", "{\"huzhou_not_auth\":false}");
    assert_eq!(city.huzhou("list").json()["message"], "");
    let truth = city.get("/city/truth", "").json();
    assert_eq!(truth["expected"].as_array().map(Vec::len), Some(city.town().expected().len()));
    assert_eq!(truth["records"].as_array().map(Vec::len), Some(city.town().truth().len()));
}
