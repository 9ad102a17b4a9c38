use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The base URL of a server that listens on `addr`. An unspecified address, to which nobody can
/// connect, is replaced by loopback.
pub(crate) fn base_url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };

    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

pub(crate) fn require_loopback(addr: SocketAddr) -> io::Result<SocketAddr> {
    let ip = addr.ip();
    if ip.is_loopback() {
        return Ok(addr);
    }

    let text = format!("{ip} is not a loopback address; use Server::bind_any_address to allow it");
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}
