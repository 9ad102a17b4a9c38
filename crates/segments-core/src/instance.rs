use std::fmt;
use std::str::FromStr;

macro_rules! instances {
    ($($variant:ident $name:literal $rest:literal $dashboard:literal)*) => {
        /// A Braze instance: which of the published clusters a workspace lives on.
        ///
        /// The names and REST hosts are documented by Braze (as of September 2026). A workspace's
        /// instance stands in its dashboard's address; a key is valid on its own instance only.
        ///
        /// ```
        /// use segments_core::Instance;
        ///
        /// let instance: Instance = "eu-01".parse()?;
        /// assert_eq!(instance.host(), "rest.fra-01.braze.eu");
        /// # Ok::<(), segments_core::UnknownInstance>(())
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
    /// The instance that this host belongs to by mistake: a dashboard, an SDK endpoint, a REST
    /// host with the other top-level domain, or the name under which US-10 was once published.
    pub(crate) fn meant_by(host: &str) -> Option<Self> {
        if host == "rest.iad-10.braze.com" {
            return Some(Self::Us10);
        }
        let without_tld = |host: &str| host.rsplit_once('.').map(|(front, _)| front.to_owned());
        let meant = |instance: &Self| {
            let rest = instance.host();
            let sdk = rest.replacen("rest.", "sdk.", 1);
            host != rest
                && (host == instance.dashboard()
                    || host == sdk
                    || without_tld(host) == without_tld(rest)
                    || without_tld(host) == without_tld(&sdk))
                && (host.ends_with(".braze.com") || host.ends_with(".braze.eu"))
        };
        Self::ALL.iter().copied().find(|instance| meant(instance))
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Instance {
    type Err = UnknownInstance;

    fn from_str(name: &str) -> Result<Self, UnknownInstance> {
        let named = |instance: &&Self| instance.name().eq_ignore_ascii_case(name);
        Self::ALL.iter().find(named).copied().ok_or(UnknownInstance)
    }
}

/// A name is none of [`Instance::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownInstance;

impl fmt::Display for UnknownInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such Braze instance; the published ones are")?;
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
        assert_eq!("US-09".parse::<Instance>(), Err(UnknownInstance));
    }

    #[test]
    fn look_alike_hosts_name_the_instance_meant() {
        let cases = [
            ("dashboard-01.braze.com", Some(Instance::Us01)),
            ("dashboard-02.braze.eu", Some(Instance::Eu02)),
            ("dashboard.us-10.braze.com", Some(Instance::Us10)),
            ("sdk.iad-03.braze.com", Some(Instance::Us03)),
            ("sdk.fra-01.braze.eu", Some(Instance::Eu01)),
            ("rest.fra-01.braze.com", Some(Instance::Eu01)),
            ("rest.iad-10.braze.com", Some(Instance::Us10)),
            ("rest.iad-01.braze.com", None),
            ("rest.new-01.braze.com", None),
            ("rest.iad-01.example.com", None),
        ];
        for (host, meant) in cases {
            assert_eq!(Instance::meant_by(host), meant, "{host}");
        }
    }
}
