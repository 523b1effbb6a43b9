//! The claims of a token, and the caller they make.

use serde::Deserialize;

use super::token::Refused;
use super::{Caller, Role};
use crate::domain::category::Category;
use crate::domain::declaration::Jurisdiction;
use crate::domain::timestamp::Timestamp;

/// The longest text of a claim.
const LONGEST: usize = 256;

/// The most specialties or categories of a caller.
const MOST: usize = 100;

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<OneOrMore>,
    exp: Option<i64>,
    nbf: Option<i64>,
    role: Option<String>,
    source: Option<String>,
    jurisdiction: Option<String>,
    #[serde(default)]
    specialties: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    person: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// What the claims must say.
pub(super) struct Expected<'e> {
    pub(super) audience: &'e str,
    pub(super) leeway: i64,
    pub(super) now: Timestamp,
}

/// The caller, and until when the token is valid.
pub(super) fn caller(json: &[u8], expected: &Expected) -> Result<(Caller, Timestamp), Refused> {
    // A claim that is there twice is an error here.
    let claims: Claims = serde_json::from_slice(json).map_err(|_| Refused::Claims("type"))?;
    let issuer = text(claims.iss, "iss")?;
    let subject = text(claims.sub, "sub")?;
    let is_ours = match claims.aud.ok_or(Refused::Claims("aud"))? {
        OneOrMore::One(one) => one == expected.audience,
        OneOrMore::More(all) => all.iter().any(|one| one == expected.audience),
    };
    if !is_ours {
        return Err(Refused::Audience);
    }
    let instant = |seconds: i64| Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    let until = instant(claims.exp.ok_or(Refused::Claims("exp"))?);
    let since = instant(claims.nbf.ok_or(Refused::Claims("nbf"))?);
    if until.plus_seconds(expected.leeway) <= expected.now {
        return Err(Refused::Expired);
    }
    if since > expected.now.plus_seconds(expected.leeway) {
        return Err(Refused::NotYet);
    }
    let role = Role::from_name(&text(claims.role, "role")?).ok_or(Refused::Claims("role"))?;
    let categories = few(claims.categories, "categories")?;
    let category = |name: &String| Category::from_name(name).ok_or(Refused::Claims("categories"));
    let place = |code: String| Jurisdiction::new(&code).ok_or(Refused::Claims("jurisdiction"));
    let person = |id: String| id.parse().map_err(|_| Refused::Claims("person"));
    let caller = Caller {
        subject,
        issuer,
        role,
        source: claims.source.map(|source| text(Some(source), "source")).transpose()?,
        jurisdiction: claims.jurisdiction.map(place).transpose()?,
        specialties: few(claims.specialties, "specialties")?,
        categories: categories.iter().map(category).collect::<Result<_, _>>()?,
        person: claims.person.map(person).transpose()?,
    };
    // A role without what it is about would be about everything.
    match caller.role {
        Role::Provider if caller.source.is_none() => Err(Refused::Claims("source")),
        Role::Person if caller.person.is_none() => Err(Refused::Claims("person")),
        _ => Ok((caller, until)),
    }
}

fn text(said: Option<String>, claim: &'static str) -> Result<String, Refused> {
    said.filter(|text| {
        !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
    })
    .ok_or(Refused::Claims(claim))
}

fn few(said: Vec<String>, claim: &'static str) -> Result<Vec<String>, Refused> {
    if said.len() > MOST {
        return Err(Refused::Claims(claim));
    }
    said.into_iter().map(|one| text(Some(one), claim)).collect()
}
