use std::fmt::{self, Write};
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, USER_AGENT};
use http::uri::{PathAndQuery, Uri};
use http::{HeaderValue, Method, Request, Response};

use crate::message::error::Error;
use crate::message::request::{ApiKey, Endpoint, ListRequest};
use crate::message::response::Page;
use crate::message::response::envelope::Envelope;

/// Builds requests and reads responses: the endpoint, the key and the user agent.
///
/// This is the whole lower layer. [`Api::request`] builds a request, the caller's HTTP client sends
/// it, and [`Api::read`] reads the response. Cheap to clone.
///
/// ```
/// use segments_core::{Api, ApiKey, Instance, ListRequest};
///
/// let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
/// let request = api.request(ListRequest::page(1));
/// assert_eq!(request.uri(), "https://rest.iad-01.braze.com/segments/list?page=1");
///
/// // … an HTTP client sends it and receives a response …
/// let response = http::Response::new(r#"{"segments":[],"message":"success"}"#);
/// assert!(api.read(&response)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    endpoint: Endpoint,
    key: ApiKey,
    user_agent: HeaderValue,
    replaces_invalid_text: bool,
}

const PRODUCT: &str = concat!("segments/", env!("CARGO_PKG_VERSION"));

impl Api {
    /// Sends requests to `endpoint` with `key`, as `User-Agent: segments/<version>`.
    pub fn new(endpoint: Endpoint, key: ApiKey) -> Self {
        let user_agent = HeaderValue::from_static(PRODUCT);
        Self {
            shared: Arc::new(Shared { endpoint, key, user_agent, replaces_invalid_text: false }),
        }
    }

    /// Adds the caller's product to the user agent: `segments/<version> <product>`.
    ///
    /// # Errors
    /// [`InvalidUserAgent`] if `product` holds anything but printable ASCII.
    pub fn with_user_agent(mut self, product: &str) -> Result<Self, InvalidUserAgent> {
        if !product.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(InvalidUserAgent);
        }
        let text = format!("{PRODUCT} {}", product.trim());
        let user_agent = HeaderValue::from_str(text.trim_end()).map_err(|_| InvalidUserAgent)?;
        Arc::make_mut(&mut self.shared).user_agent = user_agent;
        Ok(self)
    }

    /// Whether U+FFFD replaces invalid text in names and tags: half an emoji, bytes that are not
    /// UTF-8, a control character that is not escaped. Otherwise the page is an error. The report
    /// counts the segments. Off by default, and never done to an id.
    #[must_use]
    pub fn replacing_invalid_text(mut self, replace: bool) -> Self {
        Arc::make_mut(&mut self.shared).replaces_invalid_text = replace;
        self
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// The key that authorizes them.
    pub fn key(&self) -> &ApiKey {
        &self.shared.key
    }

    /// The request for one page. It has no body, and building it cannot fail.
    ///
    /// Headers: `Authorization` (marked sensitive, so that HTTP clients keep it out of logs and
    /// header compression), `Accept`, `User-Agent`, and `Cache-Control: no-cache`, because a
    /// cached response would be older than its request. There is no `Accept-Encoding`, and a
    /// compressed response is refused.
    pub fn request(&self, list: ListRequest) -> Request<()> {
        let Shared { endpoint, key, user_agent, .. } = &*self.shared;

        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(endpoint.scheme().clone());
        parts.authority = Some(endpoint.authority().clone());
        parts.path_and_query = Some(path_and_query(endpoint.path(), list));

        let mut request = Request::new(());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = Uri::from_parts(parts).expect("scheme, authority and path are given");

        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, key.bearer().clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, user_agent.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        request
    }

    /// Reads the response to one request.
    ///
    /// # Errors
    /// If it is not a whole page; [`Error::kind`] says why. No bytes make it panic.
    pub fn read<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Page, Error> {
        let body = response.body().as_ref();
        Envelope::new(response.status(), response.headers(), body, self.key())
            .into_page(self.shared.replaces_invalid_text)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("endpoint", &self.shared.endpoint)
            .field("user_agent", &self.shared.user_agent)
            .finish_non_exhaustive()
    }
}

fn path_and_query(prefix: &str, list: ListRequest) -> PathAndQuery {
    if prefix.is_empty() && list == ListRequest::default() {
        return PathAndQuery::from_static(ListRequest::PATH);
    }
    let mut text = String::with_capacity(prefix.len() + 64);
    write!(text, "{prefix}{list}").expect("a string takes everything");
    PathAndQuery::try_from(text).expect("what an endpoint's path, digits and two words may hold")
}

/// A product name for the `User-Agent` has a character that is not printable ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidUserAgent;

impl fmt::Display for InvalidUserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the user agent may contain only printable ASCII")
    }
}

impl std::error::Error for InvalidUserAgent {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Instance, SortDirection};

    fn api() -> Api {
        Api::new(Instance::Us01.into(), ApiKey::new("CANARY-0123456789").unwrap())
    }

    #[test]
    fn the_request_is_the_documented_one() {
        let request = api().request(ListRequest::page(1).sort(SortDirection::Desc));

        assert_eq!(request.method(), Method::GET);
        assert_eq!(
            request.uri(),
            "https://rest.iad-01.braze.com/segments/list?page=1&sort_direction=desc"
        );
        let headers = request.headers();
        assert_eq!(headers[AUTHORIZATION], "Bearer CANARY-0123456789");
        assert!(headers[AUTHORIZATION].is_sensitive());
        assert_eq!(headers[ACCEPT], "application/json");
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        assert_eq!(headers.len(), 4);
        assert!(!format!("{request:?} {:?}", api()).contains("CANARY"));
    }

    #[test]
    fn the_path_of_an_endpoint_stands_before_that_of_the_list() {
        for (endpoint, uri) in [
            ("https://gateway.example/braze/", "https://gateway.example/braze/segments/list"),
            ("https://h/a%20b/c~!$&'()*+,;=:@", "https://h/a%20b/c~!$&'()*+,;=:@/segments/list"),
        ] {
            let endpoint = Endpoint::new(endpoint).unwrap();
            let api = Api::new(endpoint, ApiKey::new("CANARY-0123456789").unwrap());
            assert_eq!(api.request(ListRequest::default()).uri(), uri);
            assert_eq!(api.request(ListRequest::page(1)).uri(), &*format!("{uri}?page=1"));
        }
    }

    #[test]
    fn the_callers_product_stands_behind_ours() {
        let api = api().with_user_agent("sync/2 (+https://example.com)").unwrap();
        let agent = api.request(ListRequest::default()).headers()[USER_AGENT].clone();
        assert_eq!(agent, format!("{PRODUCT} sync/2 (+https://example.com)"));
        assert_eq!(self::api().with_user_agent("a\r\nb").unwrap_err(), InvalidUserAgent);
    }
}
