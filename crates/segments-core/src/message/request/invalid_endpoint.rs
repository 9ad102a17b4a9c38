use std::fmt;

use crate::message::request::{Instance, Pasted};

/// Why a text is not an [`Endpoint`](crate::Endpoint).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// It does not begin with `https://` or `http://`.
    NoScheme,
    /// It has another scheme.
    Scheme,
    /// It has two schemes: `https://https://`.
    DoubledScheme,
    /// Something was pasted with it, or in its place.
    Pasted(Pasted),
    /// It holds a user or a password.
    UserInfo,
    /// The host is not a name or address that all parsers read alike.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// It has a query or a fragment.
    Tail,
    /// The path could be read in two ways, or is too long: it has an empty segment, `.` or `..`, a
    /// broken escape, or an escaped slash.
    Path,
    /// It includes `/segments/list`, which is added to every request.
    WholeAddress,
    /// A Braze host with a path.
    PathAtBraze,
    /// Plain `http` to a host that is not loopback.
    PlainHttp,
    /// A Braze host that does not serve the REST API.
    NotRest {
        /// The instance whose REST host was probably meant.
        instance: Instance,
    },
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Pasted(pasted) = self {
            return write!(f, "the base URL {pasted}");
        }
        f.write_str("the base URL is not usable: ")?;
        f.write_str(match self {
            Self::Pasted(_) => "",
            Self::NoScheme => "it must start with https://, as in https://rest.iad-01.braze.com",
            Self::Scheme => "its scheme must be https (or http for loopback)",
            Self::UserInfo => {
                "it must not contain a user or password; the key is passed separately"
            }
            Self::DoubledScheme => "https:// appears twice",
            Self::Host => {
                "its host must be a name without a trailing dot, an IPv4 address, or an IPv6 \
                 address in brackets"
            }
            Self::Port => "its port must be a number from 1 to 65535",
            Self::Tail => "remove the query and the fragment (? and #)",
            Self::Path => {
                "its path must look like /braze: no empty segment, no . or .., special characters \
                 escaped as %20"
            }
            Self::WholeAddress => "remove /segments/list, which is added to every request",
            Self::PathAtBraze => "Braze's hosts have no path; remove it",
            Self::PlainHttp => {
                "http would send the key unencrypted; use https (http is allowed only for loopback)"
            }
            Self::NotRest { instance } => {
                let host = instance.host();
                return write!(
                    f,
                    "this host does not serve the REST API; use https://{host} ({instance})"
                );
            }
        })
    }
}

impl std::error::Error for InvalidEndpoint {}
