use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! instances {
    ($($variant:ident $name:literal $rest:literal $dashboard:literal)*) => {
        /// A Braze instance: the cluster that a workspace is on.
        ///
        /// Names and REST hosts are documented by Braze (September 2026). The dashboard's address
        /// names the instance of a workspace. A key is valid on its own instance only.
        ///
        /// ```
        /// use segments_core::Instance;
        ///
        /// let instance: Instance = "eu-01".parse()?;
        /// assert_eq!(instance.host(), "rest.fra-01.braze.eu");
        /// # Ok::<(), segments_core::request::UnknownInstance>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Instance {
            $(#[doc = concat!("`", $name, "`, at `", $rest, "`.")] $variant,)*
        }

        impl Instance {
            /// All published instances, in the order of Braze's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name as Braze writes it, such as `US-01`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The host of its REST API.
            pub const fn host(self) -> &'static str {
                match self { $(Self::$variant => $rest,)* }
            }

            /// The host of its dashboard, which people paste when the REST host is wanted.
            pub(crate) const fn dashboard(self) -> &'static str {
                match self { $(Self::$variant => $dashboard,)* }
            }
        }
    };
}

instances! {
    Us01 "US-01" "rest.iad-01.braze.com" "dashboard-01.braze.com"
    Us02 "US-02" "rest.iad-02.braze.com" "dashboard-02.braze.com"
    Us03 "US-03" "rest.iad-03.braze.com" "dashboard-03.braze.com"
    Us04 "US-04" "rest.iad-04.braze.com" "dashboard-04.braze.com"
    Us05 "US-05" "rest.iad-05.braze.com" "dashboard-05.braze.com"
    Us06 "US-06" "rest.iad-06.braze.com" "dashboard-06.braze.com"
    Us07 "US-07" "rest.iad-07.braze.com" "dashboard-07.braze.com"
    Us08 "US-08" "rest.iad-08.braze.com" "dashboard-08.braze.com"
    Us10 "US-10" "rest.us-10.braze.com" "dashboard.us-10.braze.com"
    Eu01 "EU-01" "rest.fra-01.braze.eu" "dashboard-01.braze.eu"
    Eu02 "EU-02" "rest.fra-02.braze.eu" "dashboard-02.braze.eu"
    Au01 "AU-01" "rest.au-01.braze.com" "dashboard.au-01.braze.com"
    Id01 "ID-01" "rest.id-01.braze.com" "dashboard.id-01.braze.com"
    Jp01 "JP-01" "rest.jp-01.braze.com" "dashboard.jp-01.braze.com"
    Kr01 "KR-01" "rest.kr-01.braze.com" "dashboard.kr-01.braze.com"
}

impl Instance {
    /// The instance that this host, in lower case, belongs to by mistake: a dashboard, an SDK
    /// endpoint, a host with the instance's name or with the other top-level domain.
    pub(crate) fn meant_by(host: &str) -> Option<Self> {
        Self::of_host(host).filter(|instance| host != instance.host())
    }

    /// The instance of any host of Braze's that names one, the REST host included.
    fn of_host(host: &str) -> Option<Self> {
        let front = host.strip_suffix(".braze.com").or_else(|| host.strip_suffix(".braze.eu"))?;
        let of_dashboard = Self::ALL.iter().copied().find(|it| host == it.dashboard());
        let of_label = || front.rsplit_once('.').and_then(|(_, label)| Self::labelled(label));
        of_dashboard.or_else(of_label)
    }

    /// The instance with this name, or with this label in the names of its hosts: `US-01` and
    /// `iad-01`.
    fn labelled(label: &str) -> Option<Self> {
        // Under which US-10 was once published.
        if label.eq_ignore_ascii_case("iad-10") {
            return Some(Self::Us10);
        }

        let same = |it: &Self| {
            it.name().eq_ignore_ascii_case(label) || it.label().eq_ignore_ascii_case(label)
        };
        Self::ALL.iter().copied().find(same)
    }

    /// What tells its hosts from those of others: `iad-01`.
    fn label(self) -> &'static str {
        self.host().split('.').nth(1).unwrap_or_default()
    }

    /// The host of an address, which may be a host alone, in lower case.
    fn host_of(address: &str) -> String {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
        rest[..end].to_ascii_lowercase()
    }

    /// The instance that was probably meant: the same letters and the same number, written
    /// otherwise.
    fn like(text: &str) -> Option<Self> {
        let key = |text: &str| {
            let (mut letters, mut number) = (String::new(), String::new());
            for c in text.chars().filter(char::is_ascii_alphanumeric) {
                let part = if c.is_ascii_digit() { &mut number } else { &mut letters };
                part.push(c.to_ascii_lowercase());
            }
            (letters, number.trim_start_matches('0').to_owned())
        };

        let written = key(text);
        let same = |it: &&Self| key(it.name()) == written || key(it.label()) == written;
        Self::ALL.iter().find(same).copied()
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Takes its name in any case, the label of its hosts (`iad-01`), and every address of Braze's that
/// names it: that of its dashboard, as the browser shows it, or of its REST endpoint.
impl FromStr for Instance {
    type Err = UnknownInstance;

    fn from_str(text: &str) -> Result<Self, UnknownInstance> {
        let text = text.trim();
        if let Some(instance) = Self::labelled(text).or_else(|| Self::of_host(&Self::host_of(text)))
        {
            return Ok(instance);
        }

        // `dashboard-01` is the beginning of two addresses, which differ in their end.
        let begins = |it: &Self| {
            let address = it.dashboard().rsplit_once(".braze.").map_or("", |(front, _)| front);
            address.eq_ignore_ascii_case(text)
        };

        let mut meant = Self::ALL.iter().copied().filter(begins);
        match (meant.next(), meant.next()) {
            (Some(instance), None) => Ok(instance),
            (Some(one), Some(other)) => Err(UnknownInstance { meant: [Some(one), Some(other)] }),
            (None, _) => Err(UnknownInstance { meant: [Self::like(text), None] }),
        }
    }
}

/// As its name.
impl Serialize for Instance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// From every text that [`FromStr`] takes.
impl<'de> Deserialize<'de> for Instance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A text names none of [`Instance::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownInstance {
    meant: [Option<Instance>; 2],
}

impl UnknownInstance {
    /// What was probably meant; two, if the text could be either.
    pub fn meant(&self) -> impl Iterator<Item = Instance> + '_ {
        self.meant.iter().copied().flatten()
    }
}

impl fmt::Display for UnknownInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown Braze instance; ")?;
        match self.meant {
            [Some(one), Some(other)] => {
                return write!(
                    f,
                    "did you mean {one} ({}) or {other} ({})?",
                    one.dashboard(),
                    other.dashboard()
                );
            }
            [Some(one), None] => write!(f, "did you mean {one}? The published ones are")?,
            _ => f.write_str("the published ones are")?,
        }

        for (index, instance) in Instance::ALL.iter().enumerate() {
            write!(f, "{} {instance}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownInstance {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_round_trip() {
        assert_eq!(Instance::ALL.len(), 15);
        for instance in Instance::ALL {
            assert_eq!(instance.to_string().to_lowercase().parse(), Ok(*instance));
        }
    }

    #[test]
    fn labels_hosts_and_addresses_are_taken() {
        for instance in Instance::ALL {
            let (rest, dashboard) = (instance.host(), instance.dashboard());
            for text in [
                instance.label().to_owned(),
                rest.to_owned(),
                rest.to_uppercase(),
                rest.replace("rest.", "sdk."),
                dashboard.to_owned(),
                format!("https://{rest}/segments/list?page=3"),
                format!("https://{dashboard}/engagement/segments/5f0?locale=en#top"),
                format!("{dashboard}/sign_in "),
            ] {
                assert_eq!(text.parse(), Ok(*instance), "{text}");
            }
        }

        assert_eq!("dashboard-03".parse(), Ok(Instance::Us03));
        assert_eq!("dashboard.au-01".parse(), Ok(Instance::Au01));
    }

    #[test]
    fn a_name_that_is_none_suggests_the_one_that_was_meant() {
        use Instance as I;

        for (text, meant) in [
            ("us-1", &[I::Us01][..]),
            ("US01", &[I::Us01]),
            ("us 08", &[I::Us08]),
            ("iad1", &[I::Us01]),
            ("iad_03", &[I::Us03]),
            ("FRA-2", &[I::Eu02]),
            ("kr1", &[I::Kr01]),
            ("dashboard-01", &[I::Us01, I::Eu01]),
            ("US-09", &[]),
            ("iad-09", &[]),
            ("mars-01", &[]),
            ("", &[]),
            ("https://example.com", &[]),
            ("rest.iad-01.example.com", &[]),
            ("iad-01.evil.example", &[]),
        ] {
            let error = text.parse::<Instance>().unwrap_err();
            assert_eq!(error.meant().collect::<Vec<_>>(), meant, "{text}");
            assert!(meant.iter().all(|it| error.to_string().contains(it.name())), "{text}");
        }
    }

    #[test]
    fn c6_look_alike_hosts_name_the_instance_meant() {
        let cases = [
            ("dashboard-01.braze.com", Some(Instance::Us01)),
            ("dashboard-02.braze.eu", Some(Instance::Eu02)),
            ("dashboard.us-10.braze.com", Some(Instance::Us10)),
            ("sdk.iad-03.braze.com", Some(Instance::Us03)),
            ("sdk.fra-01.braze.eu", Some(Instance::Eu01)),
            ("rest.fra-01.braze.com", Some(Instance::Eu01)),
            ("rest.iad-10.braze.com", Some(Instance::Us10)),
            ("rest.us-01.braze.com", Some(Instance::Us01)),
            ("rest.eu-02.braze.eu", Some(Instance::Eu02)),
            ("rest.eu-02.braze.com", Some(Instance::Eu02)),
            ("customer.iad-03.braze.com", Some(Instance::Us03)),
            ("a.customer.iad-03.braze.com", Some(Instance::Us03)),
            ("dashboard.iad-05.braze.com", Some(Instance::Us05)),
            ("dashboard.us-05.braze.com", Some(Instance::Us05)),
            ("iad-03.braze.com", None),
            ("iad-03.braze.com.evil.example", None),
            ("rest.iad-03.notbraze.com", None),
            ("rest.iad-01.braze.com", None),
            ("rest.new-01.braze.com", None),
            ("rest.iad-01.example.com", None),
        ];

        for (host, meant) in cases {
            assert_eq!(Instance::meant_by(host), meant, "{host}");
        }
    }
}
