//! The public keys of an issuer (JWKS, RFC 7517), by their ids.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;

/// A signature that is accepted. There is no other: `none` and shared secrets have no name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    EdDsa,
    Es256,
    Rs256,
}

impl Algorithm {
    pub(super) fn from_name(name: &str) -> Option<Algorithm> {
        match name {
            "EdDSA" => Some(Algorithm::EdDsa),
            "ES256" => Some(Algorithm::Es256),
            "RS256" => Some(Algorithm::Rs256),
            _ => None,
        }
    }

    pub(super) const fn jose(self) -> jsonwebtoken::Algorithm {
        match self {
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

/// A public key; it serves one algorithm.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The keys of an issuer.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(HashMap<String, Key>);

/// The most keys of an issuer.
const MOST: usize = 100;

/// The longest id of a key.
const LONGEST: usize = 256;

/// The least bytes of the modulus of an RSA key: 2048 bits.
const RSA_LEAST: usize = 256;

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    serves: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Keys {
    /// Reads a key set; keys that serve nothing here are left out, as the standard asks.
    pub(super) fn read(json: &[u8]) -> Result<Keys, serde_json::Error> {
        let set: Set = serde_json::from_slice(json)?;
        let mut keys = Keys::default();
        for value in set.keys.into_iter().take(MOST) {
            if let Ok(jwk) = serde_json::from_value::<Jwk>(value)
                && jwk.kid.len() <= LONGEST
                && let Some(key) = Key::of(&jwk)
            {
                keys.0.entry(jwk.kid).or_insert(key);
            }
        }
        Ok(keys)
    }

    /// One Ed25519 key.
    pub(super) fn of_ed25519(kid: &str, public: &[u8]) -> Keys {
        let decoding = DecodingKey::from_ed_der(public);
        Keys(HashMap::from([(kid.to_owned(), Key { algorithm: Algorithm::EdDsa, decoding })]))
    }

    /// A key by its id.
    pub(super) fn get(&self, kid: &str) -> Option<&Key> {
        self.0.get(kid)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Key> {
        if jwk.serves.as_deref().is_some_and(|serves| serves != "sig") {
            return None;
        }
        let decoded = |text: &Option<String>| BASE64.decode(text.as_deref()?).ok();
        let (algorithm, decoding) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => {
                let x = decoded(&jwk.x).filter(|x| x.len() == 32)?;
                (Algorithm::EdDsa, DecodingKey::from_ed_der(&x))
            }
            ("EC", Some("P-256")) => {
                let point = [vec![4], decoded(&jwk.x)?, decoded(&jwk.y)?].concat();
                let point = Some(point).filter(|point| point.len() == 65)?;
                (Algorithm::Es256, DecodingKey::from_ec_der(&point))
            }
            ("RSA", _) => {
                let (n, e) = (decoded(&jwk.n)?, decoded(&jwk.e)?);
                let n: Vec<u8> = n.into_iter().skip_while(|byte| *byte == 0).collect();
                if n.len() < RSA_LEAST || n.len() == RSA_LEAST && n.first().is_none_or(|b| *b < 128)
                {
                    return None;
                }
                (Algorithm::Rs256, DecodingKey::from_rsa_raw_components(&n, &e))
            }
            _ => return None,
        };
        let said = jwk.alg.as_deref();
        let agrees = said.is_none_or(|said| Algorithm::from_name(said) == Some(algorithm));
        agrees.then_some(Key { algorithm, decoding })
    }
}
