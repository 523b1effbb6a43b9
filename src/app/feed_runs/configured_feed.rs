//! The feeds of an installation: their mappings, and where they are.

use std::sync::OnceLock;

use crate::app::feed_runs::FeedRunner;
use crate::app::feed_runs::archive::Archive;
use crate::app::policies;
use crate::app::service::{Failure, Service};
use crate::config::{Connection, Settings, Whence};
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::nearest::nearest;
use crate::feeds::{Feed, Outgoing};
use crate::random::Random;

/// A feed, and where it is.
pub struct ConfiguredFeed {
    /// What it is.
    pub feed: Feed,
    /// Where it is; none where it is only given files.
    pub connection: Option<Connection>,
    pub(super) outgoing: Option<Outgoing>,
    /// Its mapping makes the keys by which records were taken.
    pub(super) keys_hold: OnceLock<()>,
}

impl ConfiguredFeed {
    fn new(
        feed: Feed,
        connections: &[Connection],
        service: &Service,
        problems: &mut Problems,
    ) -> ConfiguredFeed {
        let place = connections.iter().position(|to| to.feed == feed.code);
        let connection = place.and_then(|place| connections.get(place)).cloned();
        let mut outgoing = None;
        if let Some(Connection { whence: Whence::Url(url), private, .. }) = &connection {
            match Outgoing::new(url, *private, service.clock, Random::System) {
                Ok(found) => outgoing = Some(found),
                Err(trouble) => {
                    let field = format!("feeds.connections[{}].url", place.unwrap_or_default());
                    problems.push(Problem::at(field, 0, trouble.message()));
                }
            }
        }
        let page_size = connection.as_ref().and_then(|to| to.page_size);
        let feed = match page_size {
            Some(page_size) => feed.with_page_size(page_size),
            None => feed,
        };
        ConfiguredFeed { feed, connection, outgoing, keys_hold: OnceLock::new() }
    }

    /// Where it is; refused where it is only given files.
    pub(super) fn connected(&self) -> Result<&Connection, Failure> {
        let message = || Message::new("feed_unconnected").with("feed", &self.feed.code);
        self.connection.as_ref().ok_or_else(|| Failure::refused("feed", message()))
    }
}

impl FeedRunner {
    /// The feeds of the settings, with everything that is wrong with them.
    pub fn new(service: &Service, settings: &Settings) -> Result<FeedRunner, Problems> {
        let feeds = Feed::mapped(&texts(settings)?)?;
        let connections = &settings.feeds.connections;
        let mut problems = Problems::new();
        for (place, to) in connections.iter().enumerate() {
            let field = format!("feeds.connections[{place}].feed");
            if !feeds.iter().any(|feed| feed.code == to.feed) {
                problems.push(Problem::at(field, 0, unknown(&to.feed, &feeds)));
            } else if connections.iter().take(place).any(|other| other.feed == to.feed) {
                let message = Message::new("feed_connected_twice").with("feed", &to.feed);
                problems.push(Problem::at(field, 0, message));
            }
        }
        let link = |feed| ConfiguredFeed::new(feed, connections, service, &mut problems);
        let linked = feeds.into_iter().map(link).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(FeedRunner {
            service: service.clone(),
            keep: Archive::new(settings.data.folder.join("feeds")),
            lease: settings.feeds.lease,
            keep_days: settings.feeds.keep_days,
            linked,
        })
    }

    /// The mapping file of a feed, as it is in use.
    pub fn mapping(settings: &Settings, code: &str) -> Result<String, Problems> {
        let texts = texts(settings)?;
        let feeds = Feed::mapped(&texts)?;
        let found = Feed::mapping(texts, code);
        found.ok_or_else(|| vec![Problem::at("feed", 0, unknown(code, &feeds))])
    }

    /// Every feed.
    pub fn linked(&self) -> &[ConfiguredFeed] {
        &self.linked
    }

    /// A feed by its code.
    pub fn find(&self, code: &str) -> Result<&ConfiguredFeed, Failure> {
        let found = self.linked.iter().find(|linked| *linked.feed.code == *code);
        found.ok_or_else(|| {
            let feeds = self.linked.iter().map(|linked| &linked.feed);
            Failure::refused("feed", unknown(code, feeds))
        })
    }
}

/// The mapping files of the settings.
fn texts(settings: &Settings) -> Result<policies::Texts, Problems> {
    settings.feeds.mappings.as_deref().map_or_else(|| Ok(Vec::new()), policies::toml_files)
}

fn unknown<'f>(code: &str, feeds: impl IntoIterator<Item = &'f Feed>) -> Message {
    let near = nearest(code, feeds.into_iter().map(|feed| &*feed.code)).join(", ");
    Message::new("feed_unknown").with("feed", code).with("nearest", near)
}
