//! Keys that are fetched: kept for a while, fetched again for an unknown id, but not at anybody's
//! bidding; and still good for some time when the issuer cannot be reached.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::StreamExt;

use super::keys::{Key, Keys};
use super::token::Refused;
use crate::config::Auth;
use crate::domain::timestamp::Timestamp;

/// The most bytes of a key set.
const LARGEST: usize = 256 * 1024;

/// For a fetch, from beginning to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys behind an address.
pub(super) struct Remote {
    url: String,
    pace: Pace,
    known: RwLock<Known>,
    /// Whoever holds it fetches; the others wait for what comes of it.
    fetching: tokio::sync::Mutex<()>,
    /// Counts the changes.
    changes: Arc<AtomicU64>,
}

/// In seconds.
#[derive(Clone, Copy)]
struct Pace {
    refresh: i64,
    cooldown: i64,
    stale: i64,
}

/// What is known of the keys.
#[derive(Default)]
struct Known {
    keys: Arc<Keys>,
    body: Vec<u8>,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
}

/// What to do about a key.
enum Next {
    Use(Key),
    Fetch,
    Refuse(Refused),
}

impl Known {
    /// `again` is whether a fetch may still follow.
    fn next(&self, kid: &str, now: Timestamp, pace: Pace, again: bool) -> Next {
        let since = |then: Timestamp| now.micros().saturating_sub(then.micros()) / 1_000_000;
        let age = self.fetched.map(since);
        let key = self.keys.get(kid);
        let may_fetch = again && self.tried.is_none_or(|then| since(then) >= pace.cooldown);
        match (key, age) {
            (Some(key), Some(age)) if age < pace.refresh => Next::Use(key.clone()),
            _ if may_fetch => Next::Fetch,
            (Some(key), Some(age)) if age < pace.stale => Next::Use(key.clone()),
            (None, Some(age)) if age < pace.stale => Next::Refuse(Refused::KeyUnknown),
            _ => Next::Refuse(Refused::KeysUnavailable),
        }
    }
}

impl Remote {
    /// Nothing is fetched before the first token asks for it.
    pub(super) fn new(url: &str, auth: &Auth, changes: &Arc<AtomicU64>) -> Remote {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Remote {
            url: url.to_owned(),
            pace: Pace {
                refresh: seconds(auth.jwks_refresh),
                cooldown: seconds(auth.jwks_cooldown),
                stale: seconds(auth.jwks_stale),
            },
            known: RwLock::default(),
            fetching: tokio::sync::Mutex::default(),
            changes: Arc::clone(changes),
        }
    }

    /// The key of an id.
    pub(super) async fn key(&self, kid: &str, now: Timestamp) -> Result<Key, Refused> {
        match self.next(kid, now, true) {
            Next::Use(key) => return Ok(key),
            Next::Refuse(refused) => return Err(refused),
            Next::Fetch => {}
        }
        let turn = self.fetching.lock().await;
        // While waiting for the turn, another may have fetched.
        if let Next::Fetch = self.next(kid, now, true) {
            let body = self.fetch().await;
            self.learn(body, now);
        }
        drop(turn);
        match self.next(kid, now, false) {
            Next::Use(key) => Ok(key),
            Next::Refuse(refused) => Err(refused),
            Next::Fetch => Err(Refused::KeysUnavailable),
        }
    }

    fn next(&self, kid: &str, now: Timestamp, again: bool) -> Next {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.next(kid, now, self.pace, again)
    }

    fn learn(&self, body: Result<Vec<u8>, String>, now: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.tried = Some(now);
        let read = body.and_then(|body| {
            let keys = Keys::read(&body).map_err(|error| error.to_string())?;
            // An issuer without keys is one whose answer is broken.
            if keys.is_empty() { Err("no usable key".to_owned()) } else { Ok((body, keys)) }
        });
        match read {
            Ok((body, keys)) => {
                known.fetched = Some(now);
                if known.body != body {
                    (known.keys, known.body) = (Arc::new(keys), body);
                    self.changes.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(why) => {
                tracing::warn!(url = self.url, why, "the keys of an issuer were not fetched");
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<u8>, String> {
        let failed = |error: reqwest::Error| error.without_url().to_string();
        // Made for one request: a kept connection would belong to one of several threads.
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(failed)?;
        let answer = client.get(&self.url).send().await.map_err(failed)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("status {}", answer.status().as_u16()));
        }
        let (mut body, mut parts) = (Vec::new(), answer.bytes_stream());
        while let Some(part) = parts.next().await {
            let part = part.map_err(failed)?;
            if body.len() + part.len() > LARGEST {
                return Err(format!("more than {LARGEST} bytes"));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    fn remote() -> Remote {
        let auth = Auth {
            jwks_refresh: Duration::from_mins(10),
            jwks_cooldown: Duration::from_secs(30),
            jwks_stale: Duration::from_hours(24),
            ..Auth::default()
        };
        Remote::new("http://127.0.0.1:1/", &auth, &Arc::default())
    }

    #[test]
    fn keys_serve_for_a_day_when_they_cannot_be_fetched() {
        let remote = remote();
        let start = Timestamp::from_micros(1_000_000_000_000);
        assert!(matches!(remote.next("a", start, true), Next::Fetch));
        remote.learn(Ok(SET.into()), start);
        assert!(matches!(remote.next("a", start.plus_seconds(599), true), Next::Use(_)));
        let later = start.plus_seconds(86_399);
        assert!(matches!(remote.next("a", later, true), Next::Fetch));
        for broken in [Err("down".to_owned()), Ok(b"{}".to_vec()), Ok(br#"{"keys":[]}"#.to_vec())] {
            remote.learn(broken, later);
            assert!(matches!(remote.next("a", later, true), Next::Use(_)), "stale, and good");
        }
        let too_late = start.plus_seconds(86_400);
        let next = remote.next("a", too_late, false);
        assert!(matches!(next, Next::Refuse(Refused::KeysUnavailable)));
    }

    #[test]
    fn an_unknown_id_leads_to_one_fetch_in_a_while() {
        let remote = remote();
        let start = Timestamp::from_micros(1_000_000_000_000);
        remote.learn(Ok(SET.into()), start);
        for seconds in [0, 29] {
            let next = remote.next("b", start.plus_seconds(seconds), true);
            assert!(matches!(next, Next::Refuse(Refused::KeyUnknown)), "{seconds}");
        }
        assert!(matches!(remote.next("b", start.plus_seconds(30), true), Next::Fetch));
    }

    #[test]
    fn only_a_change_of_keys_is_one() {
        let remote = remote();
        let now = Timestamp::from_micros(0);
        remote.learn(Ok(SET.into()), now);
        remote.learn(Ok(SET.into()), now);
        assert_eq!(remote.changes.load(Ordering::Relaxed), 1);
    }
}
