//! Where a connection goes: one scheme, host and port, and paths that begin with one prefix.

use std::net::IpAddr;

use reqwest::Url;

use super::Trouble;
use super::address::may_connect;

/// The place of a source.
#[derive(Clone, Debug)]
pub(super) struct Place {
    base: Url,
    /// Without the slash at its end.
    prefix: String,
}

impl Place {
    /// From an address such as `https://city.example:8443/gateway`.
    pub(super) fn new(address: &str, private: bool) -> Result<Place, Trouble> {
        let base = parsed(address)?;
        match base.scheme() {
            "https" => {}
            // Over plain HTTP the token and everybody's numbers would be anybody's.
            "http" if private => {}
            "http" => return Err(Trouble::NotHttps),
            _ => return Err(Trouble::NotThePlace),
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(Trouble::NotThePlace);
        }
        if let Some(address) = literal(&base)
            && !may_connect(address, private)
        {
            return Err(Trouble::AddressForbidden);
        }
        let prefix = base.path().trim_end_matches('/').to_owned();
        Ok(Place { base, prefix })
    }

    /// The whole address of a path and question, or of a link that the source gave.
    pub(super) fn of(&self, target: &str) -> Result<Url, Trouble> {
        let url = if target.starts_with('/') && !target.starts_with("//") {
            let path = target.split(['?', '#']).next().unwrap_or_default();
            let prefix = if self.holds(path) { "" } else { self.prefix.as_str() };
            let mut root = self.base.clone();
            root.set_path("");
            parsed(&format!("{}{prefix}{target}", root.as_str().trim_end_matches('/')))?
        } else {
            parsed(target)?
        };
        let same = url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default();
        if !same || !self.holds(url.path()) || url.fragment().is_some() {
            return Err(Trouble::NotThePlace);
        }
        Ok(url)
    }

    fn holds(&self, path: &str) -> bool {
        path.strip_prefix(self.prefix.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The host, for the log.
    pub(super) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }
}

fn parsed(address: &str) -> Result<Url, Trouble> {
    // The parser passes over line breaks, and makes slashes of backslashes.
    if address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(Trouble::NotThePlace);
    }
    let url = Url::parse(address).map_err(|_| Trouble::NotThePlace)?;
    let path = url.path().to_ascii_lowercase();
    // What one server takes for a letter is a step up for the next.
    let is_hidden = ["%2e", "%2f", "%5c", "%00"].iter().any(|code| path.contains(code));
    let has_user = !url.username().is_empty() || url.password().is_some();
    if is_hidden || has_user || address.contains('@') || !url.has_host() {
        return Err(Trouble::NotThePlace);
    }
    Ok(url)
}

/// The address that stands in place of a name: no resolver is asked for it.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_stays_below_its_prefix() {
        let place = Place::new("https://city.example/gate", false).expect("a place");
        for (target, url) in [
            ("/list?a=1", "https://city.example/gate/list?a=1"),
            ("/gate/list", "https://city.example/gate/list"),
            ("https://city.example/gate/list", "https://city.example/gate/list"),
            ("https://CITY.example:443/gate/list", "https://city.example/gate/list"),
            ("/gates/list", "https://city.example/gate/gates/list"),
        ] {
            assert_eq!(place.of(target).map(String::from).ok().as_deref(), Some(url), "{target}");
        }
        for target in [
            "//evil.example/gate/list",
            "https://evil.example/gate/list",
            "https://city.example.evil.example/gate/list",
            "http://city.example/gate/list",
            "https://city.example:8443/gate/list",
            "https://city.example/other",
            "https://city.example/gate/../other",
            "/gate/../other",
            "/gate/%2e%2e/other",
            "/gate\\..\\other",
            "/gate/a#b",
            "https://user@city.example/gate/list",
            "https://user:word@city.example/gate/list",
            "https://city.example/gate/li\nst",
            "ftp://city.example/gate/list",
            "list",
            "",
        ] {
            assert!(place.of(target).is_err(), "{target}");
        }
    }

    #[test]
    fn a_place_that_is_none_is_refused() {
        for (address, private) in [
            ("http://city.example/", false),
            ("https://2130706433/", false),
            ("https://0x7f000001/", false),
            ("https://0177.0.0.1/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("https://[::]/", true),
            ("https://169.254.169.254/", true),
            ("https://user@city.example/", false),
            ("https://city.example/?a=1", false),
            ("file:///etc/passwd", true),
            ("", true),
        ] {
            assert!(Place::new(address, private).is_err(), "{address}");
        }
        assert!(Place::new("http://127.0.0.1:8090", true).is_ok());
    }
}
