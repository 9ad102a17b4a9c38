use std::time::Instant;

use http::Uri;
use segments_transport::{address_allowed, resolver_error, unknown_host};
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::{self, Duration};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout};
use ureq::{Error, Timeout};

use crate::time_left::time_after;
use crate::transport_error::into_ureq;

/// Looks nothing up. ureq asks its resolver before every request, even if it has a connection; the
/// connector is only asked for a new one, and calls [`look_up`].
#[derive(Debug)]
pub(crate) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        // ureq insists on one address. It is of no use, and replaced before anything is opened.
        addresses.push(([0, 0, 0, 0], 0).into());
        Ok(addresses)
    }
}

/// Details with the addresses of `target`, which the resolver of the system finds, except that
/// `localhost` must be this machine.
///
/// The time that it takes belongs to the attempt. The limit for a connection begins afterwards.
pub(crate) fn look_up<'a>(
    target: &Uri,
    details: &ConnectionDetails<'a>,
) -> Result<ConnectionDetails<'a>, Error> {
    let after = details.config.timeouts().global.map_or(Duration::NotHappening, Duration::Exact);
    let limit = NextTimeout { after, reason: Timeout::Global, ..details.timeout };

    let begun = Instant::now();
    let addrs = allowed(target, details.config, limit)?;
    let left = time_after(limit, begun.elapsed())?;

    let is_attempt_over_first = *left.after < *details.timeout.after;
    Ok(ConnectionDetails {
        uri: details.uri,
        addrs,
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: time::Instant::now(),
        timeout: if is_attempt_over_first { left } else { details.timeout },
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    })
}

fn allowed(
    target: &Uri,
    config: &Config,
    limit: NextTimeout,
) -> Result<ResolvedSocketAddrs, Error> {
    let (system, host) = (DefaultResolver::default(), target.host().unwrap_or_default());
    let found = system.resolve(target, config, limit).map_err(|error| not_found(host, error))?;

    let mut addresses = system.empty();
    for address in found.iter().filter(|address| address_allowed(host, address.ip())) {
        addresses.push(*address);
    }
    if addresses.is_empty() {
        return Err(into_ureq(unknown_host(host, "no address of this machine")));
    }

    Ok(addresses)
}

/// Adds the host, which an error of ureq does not name.
fn not_found(host: &str, error: Error) -> Error {
    match error {
        Error::HostNotFound => into_ureq(unknown_host(host, "it has none")),
        Error::Io(error) => into_ureq(resolver_error(host, &error)),
        error => error,
    }
}
