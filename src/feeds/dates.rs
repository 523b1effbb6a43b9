//! Days, spans of days and instants as people, programs and spreadsheets write them.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};

use super::hours::half_width;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

/// The day before the first of a spreadsheet's serial numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Nearly all of them.
    #[default]
    Of1900,
    /// Workbooks that once came from a Macintosh.
    Of1904,
}

/// Serial numbers of the years 1927 to 2118: of five digits, and no year or compact date.
const SERIALS: std::ops::RangeInclusive<u64> = 10_000..=79_999;

fn no_day<T>() -> Result<T, Message> {
    Err(Message::new("date_form"))
}

fn plain(text: &str) -> String {
    text.trim().chars().map(half_width).collect()
}

/// A day, in whatever form.
pub(super) fn day(text: &str, epoch: Epoch) -> Result<NaiveDate, Message> {
    let text = plain(text);
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && let Some(day) = serial(&text, epoch)
    {
        return Ok(day);
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return within(Some(instant.day_in_china()));
    }
    let (day, time) = match text.find(|c: char| c == 'T' || c.is_whitespace()) {
        Some(at) => text.split_at_checked(at).unwrap_or((&text, "")),
        None => (text.as_str(), ""),
    };
    let is_time =
        |time: &str| time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'T' | ' '));
    if !is_time(time) {
        return no_day();
    }
    match parts(day)?.as_slice() {
        [year, month, day] => of(year, month, day),
        _ => no_day(),
    }
}

/// The first and the last day of `2020.01.05-01.08`; of a single day, that day twice.
pub(super) fn span(text: &str, epoch: Epoch) -> Result<(NaiveDate, NaiveDate), Message> {
    let text = plain(text);
    let text = if text.contains(':') { text } else { text.split_whitespace().collect() };
    let text: String = text.chars().map(|c| if is_to(c) { '~' } else { c }).collect();
    let (first, last) = match halves(&text) {
        Some((first, last)) => (day(&first, epoch)?, last),
        None => {
            let only = day(&text, epoch)?;
            return Ok((only, only));
        }
    };
    let (year, month) = (first.year().to_string(), first.month().to_string());
    let last = match day(&last, epoch) {
        Ok(last) => last,
        Err(why) => match parts(&last)?.as_slice() {
            [m, d] => of(&year, m, d)?,
            [d] if d.len() <= 2 => of(&year, &month, d)?,
            _ => return Err(why),
        },
    };
    if last < first {
        return Err(Message::new("span_backwards"));
    }
    Ok((first, last))
}

fn is_to(c: char) -> bool {
    matches!(c, '至' | '到' | '~' | '～' | '∼' | '—' | '–' | '−')
}

/// What stands before and after the sign between two days.
fn halves(text: &str) -> Option<(String, String)> {
    if let Some((first, last)) = text.split_once('~') {
        return Some((first.trim().to_owned(), last.trim_matches(['~', ' ']).to_owned()));
    }
    let dashed: Vec<&str> = text.split('-').collect();
    // With dashes between the parts of a day too, the first three are the first day.
    let cut = match dashed.len() {
        2 => 1,
        4..=6 => 3,
        _ => return None,
    };
    let (first, last) = dashed.split_at_checked(cut)?;
    Some((first.join("-"), last.join("-")))
}

/// The numbers between the signs of a day; one of eight digits is three.
fn parts(text: &str) -> Result<Vec<String>, Message> {
    let text = text.trim();
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if text.len() == 8 && all_digits(text) {
        let (year, rest) = text.split_at_checked(4).unwrap_or_default();
        let (month, day) = rest.split_at_checked(2).unwrap_or_default();
        return Ok(vec![year.to_owned(), month.to_owned(), day.to_owned()]);
    }
    let text = text.strip_suffix(['日', '号']).unwrap_or(text);
    let signs = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月');
    let parts: Vec<String> = text.split(signs).map(|part| part.trim().to_owned()).collect();
    if parts.iter().all(|part| all_digits(part)) { Ok(parts) } else { no_day() }
}

fn of(year: &str, month: &str, day: &str) -> Result<NaiveDate, Message> {
    if year.len() == 2 && day.len() <= 2 {
        return Err(Message::new("date_two_digits"));
    }
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return no_day();
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let year = i32::try_from(number(year)).unwrap_or(0);
    within(NaiveDate::from_ymd_opt(year, number(month), number(day)))
}

fn within(day: Option<NaiveDate>) -> Result<NaiveDate, Message> {
    let years = i32::from(Year::MIN)..=i32::from(Year::MAX);
    match day {
        Some(day) if years.contains(&day.year()) => Ok(day),
        _ => no_day(),
    }
}

/// The day of a serial number, which may have a time behind its point.
fn serial(text: &str, epoch: Epoch) -> Option<NaiveDate> {
    let (whole, time) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() != 5 || time.contains('.') {
        return None;
    }
    let days = whole.parse().ok().filter(|days| SERIALS.contains(days))?;
    let zero = match epoch {
        // Spreadsheets think that 1900 was a leap year, and count a day too many ever since.
        Epoch::Of1900 => NaiveDate::from_ymd_opt(1899, 12, 30),
        Epoch::Of1904 => NaiveDate::from_ymd_opt(1904, 1, 1),
    };
    zero?.checked_add_days(Days::new(days))
}

/// An instant; without an offset it is of Chinese time.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let text = text.trim();
    let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y/%m/%d %H:%M:%S"];
    let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let local = match local {
        Some(local) => local,
        None => day(text, Epoch::Of1900).ok()?.and_hms_opt(0, 0, 0)?,
    };
    Some(Timestamp::from_micros(local.and_utc().timestamp_micros()).plus_seconds(-8 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, &'static str> {
        day(text, Epoch::Of1900).map(|day| day.to_string()).map_err(|message| message.code)
    }

    #[test]
    fn a_day_is_read_in_every_form() {
        for text in [
            "2020-01-05",
            "2020/1/5",
            "20200105",
            "2020.1.5",
            "2020年1月5日",
            " ２０２０－０１－０５ ",
            "2020-01-05 08:30:00",
            "2020-01-05T08:30:00",
            "2020/1/5 8:30",
            "2020年01月05日 17:00",
            "2020-01-04T17:30:00Z",
            "2020-01-05T00:30:00+08:00",
            "43835",
            "43835.354",
        ] {
            assert_eq!(read(text).as_deref(), Ok("2020-01-05"), "{text}");
        }
        let of_1904 = day("42373", Epoch::Of1904).map(|day| day.to_string());
        assert_eq!(of_1904.as_deref(), Ok("2020-01-05"));
    }

    #[test]
    fn what_is_no_day_is_told() {
        for text in [
            "",
            "2020",
            "2020-02-30",
            "2020-13-01",
            "20200230",
            "05.01.2020",
            "2020-1",
            "1/5/2020",
            "0202-01-01",
            "昨天",
            "2020-01-05abc",
            "2020--05",
            "12345678901",
            "1799-01-01",
        ] {
            assert_eq!(read(text), Err("date_form"), "{text}");
        }
        for text in ["20-01-05", "20.1.5", "20年1月5日"] {
            assert_eq!(read(text), Err("date_two_digits"), "{text}");
        }
    }

    #[test]
    fn a_span_is_read_in_every_form() {
        for text in [
            "2020.01.05-01.08",
            "2020.01.05-2020.01.08",
            "2020-01-05至2020-01-08",
            "2020-01-05-2020-01-08",
            "2020-01-05-01-08",
            "2020.1.5 - 1.8",
            "2020.01.05-08",
            "2020/1/5～1/8",
            "2020年1月5日-1月8日",
            "2020年1月5日至8日",
            "20200105-20200108",
            "2020-01-05 08:30至2020-01-08 17:00",
        ] {
            let days = span(text, Epoch::Of1900).map(|(a, b)| format!("{a} {b}"));
            assert_eq!(days.as_deref(), Ok("2020-01-05 2020-01-08"), "{text}");
        }
        let one = span("2020.01.05", Epoch::Of1900).map(|(a, b)| format!("{a} {b}"));
        assert_eq!(one.as_deref(), Ok("2020-01-05 2020-01-05"));
    }

    #[test]
    fn a_span_that_is_none_is_told() {
        for (text, code) in [
            ("2020.01.05-02.30", "date_form"),
            ("2019.12.28-01.05", "span_backwards"),
            ("20.01.05-01.08", "date_two_digits"),
            ("-", "date_form"),
            ("~", "date_form"),
            ("2020.01.05-", "date_form"),
        ] {
            let why = span(text, Epoch::Of1900).map_err(|message| message.code);
            assert_eq!(why, Err(code), "{text}");
        }
    }

    #[test]
    fn an_instant_without_an_offset_is_chinese() {
        let utc = instant("2024-05-20T02:00:00.000Z");
        assert_eq!(instant("2024-05-20 10:00:00"), utc);
        assert_eq!(instant("2024/05/20 10:00:00"), utc);
        assert_eq!(instant("2024-05-20"), instant("2024-05-20T00:00:00+08:00"));
        assert_eq!(instant("soon"), None);
    }
}
