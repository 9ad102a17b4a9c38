use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// Whether a request accepts gzip (RFC 9110, 12.5.3): it names gzip or `*`, and not with weight 0.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut any) = (None, None);

    for line in headers.get_all(ACCEPT_ENCODING) {
        // A line that is not ASCII names nothing.
        for entry in line.to_str().unwrap_or_default().split(',') {
            let (coding, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let is_accepted = weight(parameters) > 0.0;
            match coding.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => gzip = Some(is_accepted),
                "*" => any = Some(is_accepted),
                _ => {}
            }
        }
    }

    // `*` stands for the codings that have no entry of their own.
    gzip.or(any).unwrap_or(false)
}

/// The weight among the parameters of a coding; 1 if there is none, 0 if it is not a number.
fn weight(parameters: &str) -> f32 {
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });

    weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0))
}

/// `data` as one gzip member.
pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let compressed = encoder.write_all(data).and_then(|()| encoder.finish());
    compressed.expect("writing to a vector cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(lines: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, line.parse().unwrap());
        }
        accepts_gzip(&headers)
    }

    #[test]
    fn gzip_is_accepted_by_name_or_wildcard() {
        for line in [
            "gzip",
            "GZIP",
            "x-gzip",
            "gzip, deflate, br",
            // As recorded.
            "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
            "br;q=1.0, gzip ; q=0.001",
            "*",
            "identity, *;q=0.5",
        ] {
            assert!(accepted(&[line]), "{line}");
        }

        assert!(accepted(&["identity", "gzip"]), "two lines are one list");
    }

    #[test]
    fn everything_else_does_not_accept_gzip() {
        for line in [
            "",
            "identity",
            "br, deflate",
            "gzip;q=0",
            "gzip;q=0.000",
            "gzip;q=0, *",
            "gzip;q=much",
            "*;q=0",
            "xgzip",
            "gzipped",
        ] {
            assert!(!accepted(&[line]), "{line}");
        }

        assert!(!accepted(&[]));
    }
}
