use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// Whether a request asks for gzip: by its name, or by `*`, and not with the weight 0 (RFC 9110,
/// 12.5.3).
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let (mut named, mut any) = (None, None);
    for line in headers.get_all(ACCEPT_ENCODING) {
        // A line that is no text asks for nothing.
        for entry in line.to_str().unwrap_or_default().split(',') {
            let (coding, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let wanted = weight(parameters) > 0.0;
            match coding.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => named = Some(wanted),
                "*" => any = Some(wanted),
                _ => {}
            }
        }
    }
    named.or(any).unwrap_or(false)
}

/// The weight among the parameters; 1 if there is none, 0 if it is none.
fn weight(parameters: &str) -> f32 {
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0))
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
    fn gzip_is_sent_to_whoever_names_it() {
        for line in [
            "gzip",
            "GZIP",
            "x-gzip",
            "gzip, deflate, br",
            // As the recordings have it.
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
    fn nobody_else_gets_it() {
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
