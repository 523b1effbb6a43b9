//! Asking a source over HTTP: only where its connection says, only so much, only so long, and no more
//! often than it bears.
//!
//! A name is looked up by us, its addresses are looked at, and those very addresses are connected to: an
//! answer that changes in between changes nothing. Redirects are not followed, and no proxy is asked.

mod address;
mod pause;
mod place;
mod resolve;
mod trouble;

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use futures_util::StreamExt;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, RETRY_AFTER};

use crate::clock::Clock;
use crate::random::Random;
use place::Place;
use resolve::{Checked, system};
use trouble::trouble_of;

pub use resolve::{LookUp, Looking};
pub use trouble::Trouble;

/// How much of anything, and how long.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Until a connection is made.
    pub connect: Duration,
    /// For an attempt from beginning to end.
    pub request: Duration,
    /// The most bytes of an answer as it comes.
    pub bytes: u64,
    /// The most bytes of an answer unpacked.
    pub expanded: u64,
    /// The most attempts for one question.
    pub attempts: u32,
    /// After the first failed attempt; doubled after each.
    pub first_pause: Duration,
    /// The longest pause of our own making.
    pub longest_pause: Duration,
    /// The longest pause that the other side may ask for.
    pub longest_asked: Duration,
    /// Failed questions in a row after which nothing is asked for a while.
    pub failures: u32,
    /// That while.
    pub rest: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            request: Duration::from_mins(1),
            bytes: 16 << 20,
            expanded: super::json::LARGEST,
            attempts: 5,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            longest_asked: Duration::from_mins(2),
            failures: 5,
            rest: Duration::from_mins(5),
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// How many times it was asked for.
    pub attempts: u32,
}

/// The way to one source; kept as long as the source is known, since it remembers failures.
pub struct Outgoing {
    place: Place,
    private: bool,
    patience: Patience,
    look_up: LookUp,
    clock: Clock,
    random: Random,
    breaker: Mutex<pause::Breaker>,
}

/// Questions of one run, which share connections. Of one thread's runtime: a kept connection belongs
/// to it.
pub struct Session<'o> {
    outgoing: &'o Outgoing,
    client: reqwest::Client,
}

impl Outgoing {
    /// To scheme, host, port and path prefix; `private` lets in addresses that are not public.
    pub fn new(
        address: &str,
        private: bool,
        clock: Clock,
        random: Random,
    ) -> Result<Outgoing, Trouble> {
        Ok(Outgoing {
            place: Place::new(address, private)?,
            private,
            patience: Patience::default(),
            look_up: Arc::new(|host| Box::pin(system(host))),
            clock,
            random,
            breaker: Mutex::default(),
        })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Outgoing {
        self.patience = patience;
        self
    }

    /// The same with another way of looking up names.
    #[must_use]
    pub fn with_look_up(mut self, look_up: LookUp) -> Outgoing {
        self.look_up = look_up;
        self
    }

    /// Begins to ask.
    pub fn session(&self) -> Result<Session<'_>, Trouble> {
        let checked = Checked { look_up: Arc::clone(&self.look_up), private: self.private };
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(checked))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(self.patience.connect)
            .timeout(self.patience.request)
            .pool_max_idle_per_host(1)
            .user_agent(concat!("xueshi/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|_| Trouble::Unreachable)?;
        Ok(Session { outgoing: self, client })
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, pause::Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session<'_> {
    /// Asks for a path and question, or for a link that the source gave.
    pub async fn get(&self, target: &str, headers: &[(String, String)]) -> Result<Answer, Trouble> {
        let outgoing = self.outgoing;
        let patience = &outgoing.patience;
        let url = outgoing.place.of(target)?;
        let resting = outgoing.breaker().resting(outgoing.clock.now(), patience);
        if let Some(until) = resting {
            return Err(Trouble::Resting(until));
        }
        let mut attempt = 1;
        loop {
            let (trouble, asked) = match self.once(&url, headers).await {
                Ok(body) => {
                    outgoing.breaker().succeeded();
                    return Ok(Answer { body, attempts: attempt });
                }
                Err(failed) => failed,
            };
            if !trouble.is_retried() || attempt >= patience.attempts {
                if trouble.may_pass() {
                    outgoing.breaker().failed(outgoing.clock.now(), patience);
                } else {
                    outgoing.breaker().succeeded();
                }
                tracing::warn!(
                    host = outgoing.place.host(),
                    code = trouble.code(),
                    attempt,
                    "a feed did not answer as it should"
                );
                return Err(trouble);
            }
            let pause = pause::after(attempt, outgoing.random.bits(), patience);
            tokio::time::sleep(asked.unwrap_or_default().max(pause)).await;
            attempt += 1;
        }
    }

    /// One attempt; with its failure, how long the other side wants us to wait.
    async fn once(
        &self,
        url: &reqwest::Url,
        headers: &[(String, String)],
    ) -> Result<Vec<u8>, (Trouble, Option<Duration>)> {
        let patience = &self.outgoing.patience;
        let mut request = self.client.get(url.clone()).header(ACCEPT_ENCODING, "gzip");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let plain = |trouble| (trouble, None);
        let answer = request.send().await.map_err(|error| plain(trouble_of(&error)))?;
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let status = answer.status().as_u16();
        let trouble = match status {
            200 => None,
            300..=399 => Some(Trouble::Redirected),
            401 | 403 => Some(Trouble::NotAuthorised),
            404 | 410 => Some(Trouble::Gone),
            status => Some(Trouble::Status(status)),
        };
        if let Some(trouble) = trouble {
            let now = self.outgoing.clock.now();
            let asked = header(RETRY_AFTER).and_then(|text| pause::asked(text, now, patience));
            return Err((trouble, asked));
        }
        let is_packed = header(CONTENT_ENCODING).is_some_and(|coding| coding.contains("gzip"));
        let (mut body, mut parts) = (Vec::new(), answer.bytes_stream());
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| plain(trouble_of(&error)))?;
            let length = u64::try_from(body.len() + part.len()).unwrap_or(u64::MAX);
            if length > patience.bytes {
                return Err(plain(Trouble::TooLarge));
            }
            body.extend_from_slice(&part);
        }
        if is_packed { unpacked(&body, patience.expanded).map_err(plain) } else { Ok(body) }
    }
}

fn unpacked(body: &[u8], most: u64) -> Result<Vec<u8>, Trouble> {
    let mut out = Vec::new();
    let read = MultiGzDecoder::new(body).take(most.saturating_add(1)).read_to_end(&mut out);
    match read {
        // What is packed was cut: as good as a connection that broke off.
        Err(_) => Err(Trouble::Unreachable),
        Ok(length) if u64::try_from(length).unwrap_or(u64::MAX) > most => Err(Trouble::TooLarge),
        Ok(_) => Ok(out),
    }
}
