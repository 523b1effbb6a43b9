//! One token: its parts, what is refused before any key is asked for, and its signature.

use actix_web::http::header;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::keys::{Algorithm, Key};
use crate::api::limits::is_deeper;
use crate::api::problem::Problem;
use crate::domain::message::Message;

/// The most bytes of a token.
const LONGEST: usize = 8 * 1024;

/// The most brackets that are open at once in its JSON.
const DEEPEST: usize = 8;

/// Why a token is not accepted. What it says is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is none.
    Missing,
    /// It is not three parts of base64url with JSON in two of them.
    Malformed,
    /// It is longer than any that is issued.
    TooLong,
    /// `typ` says that it is for something else.
    Type,
    /// `none`, a shared secret, or what the issuer does not use.
    Algorithm,
    /// Nobody that we know.
    Issuer,
    /// For another service.
    Audience,
    /// It names no key.
    KeyMissing,
    /// It names a key that the issuer does not have.
    KeyUnknown,
    /// The keys cannot be fetched: not the caller's fault.
    KeysUnavailable,
    /// The signature is not the key's.
    Signature,
    /// A claim is missing or is not what it should be.
    Claims(&'static str),
    /// It was valid once.
    Expired,
    /// It will be valid.
    NotYet,
}

impl Refused {
    fn message(self) -> Message {
        match self {
            Refused::Missing => Message::new("token_missing"),
            Refused::Malformed => Message::new("token_malformed"),
            Refused::TooLong => Message::new("token_too_long").with("most", LONGEST),
            Refused::Type => Message::new("token_type"),
            Refused::Algorithm => Message::new("token_algorithm"),
            Refused::Issuer => Message::new("token_issuer"),
            Refused::Audience => Message::new("token_audience"),
            Refused::KeyMissing => Message::new("token_key_missing"),
            Refused::KeyUnknown => Message::new("token_key_unknown"),
            Refused::KeysUnavailable => Message::new("keys_unavailable"),
            Refused::Signature => Message::new("token_signature"),
            Refused::Claims(claim) => Message::new("token_claims").with("claim", claim),
            Refused::Expired => Message::new("token_expired"),
            Refused::NotYet => Message::new("token_not_yet"),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        let problem = Problem::new(refused.message());
        match refused {
            Refused::KeysUnavailable => problem.with_header(header::RETRY_AFTER, "30"),
            // RFC 6750: who sent no token is told how, not what was wrong.
            Refused::Missing => {
                problem.with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"xueshi\"")
            }
            _ => {
                let said = "Bearer realm=\"xueshi\", error=\"invalid_token\"";
                let said = format!("{said}, error_description=\"{}\"", problem.code());
                problem.with_header(header::WWW_AUTHENTICATE, &said)
            }
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

/// A token whose signature has not been looked at.
pub(super) struct Unproven<'t> {
    /// What is signed: the first two parts.
    signed: &'t str,
    signature: &'t str,
    /// How it claims to be signed.
    pub(super) algorithm: Algorithm,
    /// The key it names.
    pub(super) kid: String,
    /// Who it says issued it.
    pub(super) issuer: String,
    claims: Vec<u8>,
}

impl<'t> Unproven<'t> {
    /// Reads a token; what no issuer can be right about is refused here.
    pub(super) fn read(token: &'t str) -> Result<Unproven<'t>, Refused> {
        if token.is_empty() {
            return Err(Refused::Missing);
        }
        if token.len() > LONGEST {
            return Err(Refused::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = (json(header)?, json(claims)?);
        let header: Header = serde_json::from_slice(&header).map_err(|_| Refused::Malformed)?;
        let algorithm = Algorithm::from_name(&header.alg).ok_or(Refused::Algorithm)?;
        // An extension that must be understood: none is.
        if header.crit.is_some() {
            return Err(Refused::Malformed);
        }
        if !header.typ.as_deref().is_some_and(is_ours) {
            return Err(Refused::Type);
        }
        let kid = header.kid.filter(|kid| !kid.is_empty()).ok_or(Refused::KeyMissing)?;
        let issuer = serde_json::from_slice::<Claimed>(&claims);
        let issuer = issuer.map_err(|_| Refused::Claims("iss"))?.iss;
        Ok(Unproven { signed, signature, algorithm, kid, issuer, claims })
    }

    /// The claims, once the signature is the key's.
    pub(super) fn proven(self, key: &Key) -> Result<Vec<u8>, Refused> {
        if key.algorithm != self.algorithm {
            return Err(Refused::Algorithm);
        }
        let (signature, signed) = (self.signature, self.signed.as_bytes());
        let kind = self.algorithm.jose();
        match jsonwebtoken::crypto::verify(signature, signed, &key.decoding, kind) {
            Ok(true) => Ok(self.claims),
            _ => Err(Refused::Signature),
        }
    }
}

fn is_ours(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    kind == "at+jwt" || kind == "xueshi+jwt"
}

fn json(part: &str) -> Result<Vec<u8>, Refused> {
    let bytes = BASE64.decode(part).map_err(|_| Refused::Malformed)?;
    if is_deeper(&bytes, DEEPEST) { Err(Refused::Malformed) } else { Ok(bytes) }
}
