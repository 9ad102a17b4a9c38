use sha2::{Digest, Sha256};

/// Tells which segments a list has, in whichever order and format it was written: the sum of the
/// hashes of their ids.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct IdsDigest {
    sum: u128,
}

impl IdsDigest {
    pub(crate) fn add(&mut self, id: &str) {
        let hash = Sha256::digest(id);
        let first: [u8; 16] = hash[..16].try_into().expect("SHA-256 has 32 bytes");
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(first));
    }

    /// As a report has it.
    pub(crate) fn to_hex(self) -> String {
        format!("{:032x}", self.sum)
    }
}

impl<'a> FromIterator<&'a str> for IdsDigest {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> Self {
        let mut digest = Self::default();
        for id in ids {
            digest.add(id);
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(ids: &[&str]) -> String {
        ids.iter().copied().collect::<IdsDigest>().to_hex()
    }

    #[test]
    fn it_is_of_the_ids_in_any_order() {
        assert_eq!(digest(&["a", "b", "c"]), digest(&["c", "a", "b"]));
        for other in [&["a", "b"][..], &["a", "b", "d"], &["a", "b", "c", "c"], &["ab", "c"], &[]] {
            assert_ne!(digest(&["a", "b", "c"]), digest(other), "{other:?}");
        }
    }

    #[test]
    fn of_one_id_it_begins_as_its_hash() {
        assert_eq!(digest(&["a"]), "ca978112ca1bbdcafac231b39a23dc4d");
    }
}
