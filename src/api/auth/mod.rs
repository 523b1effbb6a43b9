//! Who is asking: tokens (JWT, after RFC 8725), the keys that prove them, and the caller they make.
//!
//! In reading order: [`authenticator`], [`token`], [`claims`], [`keys`], [`remote`], [`local`].

mod authenticator;
mod claims;
mod keys;
pub mod local;
mod remote;
mod token;
mod verified;

use actix_web::http::header::{self, HeaderMap};

pub use authenticator::Authenticator;
pub use token::Refused;

use crate::domain::category::Category;
use crate::domain::declaration::Jurisdiction;
use crate::domain::ids::PersonId;

/// What a caller may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// 培训机构: posts hours of its own source.
    Provider,
    /// 个人: reads the own record.
    Person,
    /// 申报评审: asks verdicts.
    Declaration,
    /// 主管部门: recognises.
    Reviewer,
    /// Operators.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] =
        [Role::Provider, Role::Person, Role::Declaration, Role::Reviewer, Role::Admin];

    /// The name in tokens, API and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Provider => "provider",
            Role::Person => "person",
            Role::Declaration => "declaration",
            Role::Reviewer => "reviewer",
            Role::Admin => "admin",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A caller whose token was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// `sub`: the client or account; a pseudonym where that may be somebody's number or name.
    pub subject: String,
    /// `iss`: who says so.
    pub issuer: String,
    /// What the caller may be.
    pub role: Role,
    /// The source whose rows a provider posts.
    pub source: Option<String>,
    /// Where a reviewer or a declaration office answers for; absent = everywhere.
    pub jurisdiction: Option<Jurisdiction>,
    /// The specialties a reviewer answers for; none = all.
    pub specialties: Vec<String>,
    /// The categories a reviewer answers for; none = all.
    pub categories: Vec<Category>,
    /// Whose record an individual reads.
    pub person: Option<PersonId>,
}

/// The token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut all = headers.get_all(header::AUTHORIZATION);
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(if headers.contains_key(header::AUTHORIZATION) {
            Refused::Malformed
        } else {
            Refused::Missing
        });
    };
    let value = value.to_str().map_err(|_| Refused::Malformed)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Refused::Missing),
    }
}
