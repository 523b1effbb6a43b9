//! Which language a caller asks for.

use actix_web::http::header::{self, HeaderMap};

use crate::locale::Lang;

/// The language with the highest weight in `Accept-Language`; Chinese where it says nothing we have.
pub(super) fn asked(headers: &HeaderMap) -> Lang {
    let said = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    said.and_then(preferred).unwrap_or(Lang::Zh)
}

fn preferred(said: &str) -> Option<Lang> {
    let mut best: Option<(u16, Lang)> = None;
    for range in said.split(',').take(16) {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let lang = match tag.split('-').next() {
            Some("zh") => Lang::Zh,
            Some("en") => Lang::En,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths);
        match weight {
            Some(weight) if weight > 0 && best.is_none_or(|(most, _)| weight > most) => {
                best = Some((weight, lang));
            }
            _ => {}
        }
    }
    best.map(|(_, lang)| lang)
}

/// `0.8` is 800; `None` where it is no weight.
pub(super) fn thousandths(weight: &str) -> Option<u16> {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = format!("{rest:0<3}").parse::<u16>().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_wins() {
        for (said, lang) in [
            ("en", Some(Lang::En)),
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Lang::Zh)),
            ("en;q=0.2, zh-Hans;q=0.3", Some(Lang::Zh)),
            ("fr, en-GB;q=0.5", Some(Lang::En)),
            ("en;q=0, zh;q=0.1", Some(Lang::Zh)),
            ("en;q=7", None),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(preferred(said), lang, "{said}");
        }
    }
}
