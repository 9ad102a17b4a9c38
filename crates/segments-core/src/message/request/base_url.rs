use std::net::{Ipv4Addr, Ipv6Addr};

use http::uri::{Authority, Scheme};

use crate::message::request::{Instance, InvalidEndpoint, Pasted, base_path};

/// The parts of a base URL, each checked and normalised.
///
/// Stricter than a general parser, which would correct what is refused here: a key must not go to a
/// host or a path that two programs read differently.
pub(super) struct BaseUrl {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// Without a slash at its end.
    pub(super) path: String,
}

impl BaseUrl {
    pub(super) fn parse(url: &str) -> Result<Self, InvalidEndpoint> {
        if let Some(pasted) = pasted(url) {
            return Err(InvalidEndpoint::Pasted(pasted));
        }
        let (scheme, rest) = split_scheme(url)?;

        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // Some parsers read a backslash as a slash, others as a part of the host.
        if path.starts_with('\\') {
            return Err(InvalidEndpoint::Host);
        }
        if authority.contains('@') {
            return Err(InvalidEndpoint::UserInfo);
        }

        let (host, port) = split_port(authority)?;
        let host = normalised_host(&host.to_ascii_lowercase())?;
        if let Some(instance) = Instance::meant_by(&host) {
            return Err(InvalidEndpoint::NotRest { instance });
        }

        if path.contains(['?', '#']) {
            return Err(InvalidEndpoint::Tail);
        }
        let path = base_path::check(path)?.to_owned();
        if !path.is_empty() && is_braze(&host) {
            return Err(InvalidEndpoint::PathAtBraze);
        }

        let authority = match port {
            Some(port) if port != default_port(&scheme) => format!("{host}:{port}"),
            _ => host,
        };
        let authority = Authority::try_from(authority).map_err(|_| InvalidEndpoint::Host)?;
        Ok(Self { scheme, authority, path })
    }
}

pub(super) fn default_port(scheme: &Scheme) -> u16 {
    if *scheme == Scheme::HTTPS { 443 } else { 80 }
}

/// What was pasted where a base URL should be.
fn pasted(url: &str) -> Option<Pasted> {
    let before_scheme = url.split("://").next().unwrap_or_default();
    let assignment = || {
        let has_name = before_scheme.contains('=');
        has_name.then(|| Pasted::assignment(url, &["url", "endpoint", "host", "server"])).flatten()
    };
    let placeholder = || {
        let is_placeholder = url.contains(['<', '>', '{', '}']) || url.starts_with('$');
        is_placeholder.then_some(Pasted::Placeholder)
    };

    Pasted::around(url.as_bytes())
        .or_else(assignment)
        .or_else(placeholder)
        .or_else(|| Pasted::space(url.as_bytes()))
}

fn split_scheme(url: &str) -> Result<(Scheme, &str), InvalidEndpoint> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(InvalidEndpoint::NoScheme);
    };
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" => Scheme::HTTPS,
        "http" => Scheme::HTTP,
        _ => return Err(InvalidEndpoint::Scheme),
    };

    if has_scheme(rest) {
        return Err(InvalidEndpoint::DoubledScheme);
    }
    Ok((scheme, rest))
}

/// Whether another scheme follows. `http:80` is a host and a port.
fn has_scheme(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut words = ["https:", "http:", "https//", "http//"].iter();
    words.any(|word| {
        text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// `http::Uri` reads port 99999 as no port at all, so the port is read here.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidEndpoint> {
    let after_literal = authority.rfind(']').map(|bracket| bracket + 1);
    let colon = match after_literal {
        Some(end) if authority[end..].is_empty() => None,
        Some(end) if authority[end..].starts_with(':') => Some(end),
        Some(_) => return Err(InvalidEndpoint::Host),
        None => authority.rfind(':'),
    };
    let Some(colon) = colon else { return Ok((authority, None)) };

    let (host, port) = (&authority[..colon], &authority[colon + 1..]);
    // `u16::from_str` would take a sign.
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(port) if port > 0 && is_number => Ok((host, Some(port))),
        _ => Err(InvalidEndpoint::Port),
    }
}

/// Letters, digits, hyphens, underscores and dots, or an IPv6 literal: what resolvers accept, and
/// nothing that two parsers read differently. Names of containers have underscores.
fn normalised_host(host: &str) -> Result<String, InvalidEndpoint> {
    if let Some(literal) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let ip: Ipv6Addr = literal.parse().map_err(|_| InvalidEndpoint::Host)?;
        return Ok(format!("[{ip}]"));
    }

    let is_name = host.len() <= 253 && host.split('.').all(is_label);
    // A host that ends in a number is an address to most resolvers: `2130706433` is 127.0.0.1.
    let is_address = host.parse::<Ipv4Addr>().is_ok();
    if !is_name || (ends_in_a_number(host) && !is_address) {
        return Err(InvalidEndpoint::Host);
    }
    Ok(host.to_owned())
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn ends_in_a_number(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| {
        last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x")
    })
}

fn is_braze(host: &str) -> bool {
    host.ends_with(".braze.com") || host.ends_with(".braze.eu")
}
