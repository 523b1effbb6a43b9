//! What is counted, in the form that Prometheus reads. No label holds anything of a person.

use std::time::Duration;

use crate::app::feed_runs::run_view::Status;
use crate::domain::ledger::outcome::Outcome;
use crate::store::feed_counts::{Counted, FeedCount};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// The counts of the service.
pub struct Metrics {
    registry: Registry,
    counts: Option<Counts>,
}

struct Counts {
    requests: IntCounterVec,
    seconds: HistogramVec,
    running: IntGauge,
    rows: IntCounterVec,
    verdicts: IntCounterVec,
    feeds: IntGaugeVec,
}

const BUCKETS: &[f64] =
    &[0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

impl Metrics {
    /// All at nought.
    pub fn new() -> Metrics {
        let registry = Registry::new();
        // Names are constant and each is there once: this cannot fail where the tests pass.
        let counts = Counts::register(&registry).ok();
        Metrics { registry, counts }
    }

    /// A request began; it runs until this is dropped.
    pub(super) fn begin(&self) -> Running {
        let gauge = self.counts.as_ref().map(|counts| counts.running.clone());
        gauge.iter().for_each(IntGauge::inc);
        Running(gauge)
    }

    /// A request was answered.
    pub(super) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        if let Some(counts) = &self.counts {
            let status = status.to_string();
            counts.requests.with_label_values(&[method, route, &status]).inc();
            counts.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
        }
    }

    /// A row got its outcome.
    pub(super) fn row(&self, source: &str, outcome: Outcome) {
        if let Some(counts) = &self.counts {
            counts.rows.with_label_values(&[source, outcome.name()]).inc();
        }
    }

    /// A verdict was given.
    pub(super) fn verdict(&self, verdict: &str) {
        if let Some(counts) = &self.counts {
            counts.verdicts.with_label_values(&[verdict]).inc();
        }
    }

    /// How a feed is. Of one that never ran, age and lag are not known, and not told.
    pub(super) fn feed(&self, status: &Status) {
        let Some(counts) = &self.counts else { return };
        let told = [
            ("age_seconds", status.age),
            ("lag_seconds", status.lag),
            ("failures", Some(status.failures.into())),
            ("stopped", Some((status.state == "stopped").into())),
        ];
        for (what, value) in told {
            if let Some(value) = value {
                counts.feeds.with_label_values(&[&status.feed, what]).set(value);
            }
        }
    }

    /// The counts as text; those of feeds are the installation's, and are counted in its database.
    pub(super) fn text(&self, feeds: &[FeedCount]) -> Vec<u8> {
        let mut text = Vec::new();
        // Nothing fails to be written to memory.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        if let Ok(registry) = of_feeds(feeds) {
            let _ = TextEncoder::new().encode(&registry.gather(), &mut text);
        }
        text
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Counts {
    fn register(registry: &Registry) -> Result<Counts, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("xueshi_http_requests_total", "Requests answered."),
            &["method", "route", "status"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("xueshi_http_request_seconds", "Time until the answer began.")
                .buckets(BUCKETS.to_vec()),
            &["route"],
        )?;
        let running = IntGauge::new("xueshi_http_requests_running", "Requests being answered.")?;
        let build = IntGaugeVec::new(Opts::new("xueshi_build_info", "Version."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(running.clone()))?;
        registry.register(Box::new(build))?;
        let rows = IntCounterVec::new(
            Opts::new("xueshi_rows_total", "Rows by what became of them."),
            &["source", "outcome"],
        )?;
        let verdicts =
            IntCounterVec::new(Opts::new("xueshi_verdicts_total", "Verdicts."), &["verdict"])?;
        registry.register(Box::new(rows.clone()))?;
        registry.register(Box::new(verdicts.clone()))?;
        let feeds = IntGaugeVec::new(
            Opts::new(
                "xueshi_feed",
                "How a feed is: age_seconds since a pull ended well, lag_seconds since the newest \
                 change seen, failures since then, stopped by an alarm (1).",
            ),
            &["feed", "what"],
        )?;
        registry.register(Box::new(feeds.clone()))?;
        Ok(Counts { requests, seconds, running, rows, verdicts, feeds })
    }
}

/// What the runs of feeds came to.
fn of_feeds(counts: &[FeedCount]) -> Result<Registry, prometheus::Error> {
    let registry = Registry::new();
    let counter = |name: &str, help: &str, labels: &[&str]| {
        let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
        registry.register(Box::new(counter.clone()))?;
        Ok::<_, prometheus::Error>(counter)
    };
    let rows =
        counter("xueshi_feed_rows_total", "Rows of feeds by outcome.", &["feed", "outcome"])?;
    let alarms = counter("xueshi_feed_alarms_total", "Alarms of feeds.", &["feed", "code"])?;
    let help = "Runs of feeds that ended, by what they did and how they ended.";
    let runs = counter("xueshi_feed_runs_total", help, &["feed", "work", "state"])?;
    for FeedCount { feed, what, name, n } in counts {
        let counter = match (*what, name.split_once(' ')) {
            (what, None) if what == Counted::Rows.number() => rows.with_label_values(&[feed, name]),
            (what, None) if what == Counted::Alarms.number() => {
                alarms.with_label_values(&[feed, name])
            }
            (_, Some((work, state))) => runs.with_label_values(&[feed.as_str(), work, state]),
            _ => continue,
        };
        counter.inc_by(u64::try_from(*n).unwrap_or(0));
    }
    Ok(registry)
}

/// A request that is being answered.
pub(super) struct Running(Option<IntGauge>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(IntGauge::dec);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::new();
        metrics.answered("GET", "/v1/policies", 200, Duration::from_millis(3));
        let running = metrics.begin();
        let text = String::from_utf8(metrics.text(&[])).expect("UTF-8");
        assert!(text.contains("xueshi_http_requests_running 1"), "{text}");
        assert!(text.contains(r#"{method="GET",route="/v1/policies",status="200"} 1"#), "{text}");
        assert!(text.contains("xueshi_build_info{version="), "{text}");
        drop(running);
    }
}
