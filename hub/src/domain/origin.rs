//! The address under which people reach the hub: scheme, host and port, compared exactly.
//!
//! Links, the check of `Host`, of `Origin` and the cookies' rules all come from this one configured
//! value and never from a request (R-A16).

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

/// `https://help.example.org`, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    secure: bool,
    host: String,
    port: u16,
}

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an origin reads http://host[:port] or https://host[:port], without a path")]
pub struct NotAnOrigin;

impl Origin {
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let (secure, authority) = match text.split_once("://").ok_or(NotAnOrigin)? {
            ("http", authority) => (false, authority),
            ("https", authority) => (true, authority),
            _ => return Err(NotAnOrigin),
        };
        let (host, port) = split_authority(authority).ok_or(NotAnOrigin)?;
        let port = port.unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host, port })
    }

    /// The hub on this machine, for trying it.
    pub fn localhost(port: u16) -> Self {
        Self { secure: false, host: "localhost".to_owned(), port }
    }

    pub fn is_https(&self) -> bool {
        self.secure
    }

    /// Reached only from this machine: what is refused elsewhere may be allowed here.
    pub fn is_local(&self) -> bool {
        is_loopback_host(&self.host)
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether a `Host` header names this origin.
    pub fn is_host(&self, header: &str) -> bool {
        self.split(header).is_some_and(|(host, port)| host == self.host && port == self.port)
    }

    /// Whether a `Host` header is another way to write this machine, on the same port.
    pub fn is_other_loopback(&self, header: &str) -> bool {
        self.is_local()
            && self
                .split(header)
                .is_some_and(|(host, port)| host != self.host && port == self.port && is_loopback_host(&host))
    }

    /// Whether an `Origin` header is exactly this one (R-E1).
    pub fn is_origin(&self, header: &str) -> bool {
        Self::parse(header).is_ok_and(|origin| origin == *self)
    }

    fn split(&self, header: &str) -> Option<(String, u16)> {
        let (host, port) = split_authority(header)?;
        Some((host, port.unwrap_or(if self.secure { 443 } else { 80 })))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.secure { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        match self.port == usual {
            true => Ok(()),
            false => write!(f, ":{}", self.port),
        }
    }
}

/// Host in lower case (an IPv6 one in its brackets) and port.
fn split_authority(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(parse_port(port)?)),
        _ => (text, None),
    };
    let host = host.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.len() <= 253 && host.chars().all(plain),
    };
    fits.then_some((host, port))
}

fn parse_port(text: &str) -> Option<u16> {
    // `+80` and an empty port parse elsewhere and not here.
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_loopback_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_strictly_and_written_without_the_usual_port() {
        for (text, written) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://Help.Example.org", "https://help.example.org"),
            ("https://help.example.org:443", "https://help.example.org"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Origin::parse(text).expect(text).to_string(), written);
        }
        for text in [
            "",
            "null",
            "help.example.org",
            "ftp://help.example.org",
            "https://help.example.org/",
            "https://help.example.org/path",
            "https://user@help.example.org",
            "https://help.example.org:",
            "https://help.example.org:99999",
            "https://",
            "https://a b",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn host_and_origin_are_compared_exactly() {
        let origin = Origin::parse("https://help.example.org").expect("an origin");
        assert!(origin.is_host("help.example.org") && origin.is_host("HELP.example.org:443"));
        for header in ["", "help.example.org:80", "help.example.org.evil.test", "127.0.0.1", "help.example.org, x"] {
            assert!(!origin.is_host(header) && !origin.is_other_loopback(header), "{header}");
        }
        assert!(origin.is_origin("https://help.example.org"));
        for header in ["http://help.example.org", "https://help.example.org:8443", "null", "https://example.org", ""] {
            assert!(!origin.is_origin(header), "{header}");
        }
    }

    #[test]
    fn other_spellings_of_this_machine_are_known_on_a_local_origin_only() {
        let local = Origin::localhost(8080);
        assert!(local.is_other_loopback("127.0.0.1:8080") && local.is_other_loopback("[::1]:8080"));
        assert!(!local.is_other_loopback("localhost:8080") && !local.is_other_loopback("127.0.0.1:80"));
        assert!(!local.is_other_loopback("10.0.0.1:8080"));
    }
}
