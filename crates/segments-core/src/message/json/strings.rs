use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Visitor};

/// Which of `N` names a key is.
pub(super) struct KeySeed<const N: usize>(pub(super) [&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for KeySeed<N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        StringSeed(|key: &str| self.0.iter().position(|name| *name == key))
            .deserialize(deserializer)
    }
}

/// Passes a string to a function without copying it.
pub(super) struct StringSeed<F>(pub(super) F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for StringSeed<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for StringSeed<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

/// As [`StringSeed`], but skips `null`.
pub(super) struct OptionalStringSeed<F>(pub(super) F);

impl<'de, F: FnOnce(&str)> DeserializeSeed<'de> for OptionalStringSeed<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, F: FnOnce(&str)> Visitor<'de> for OptionalStringSeed<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        StringSeed(self.0).deserialize(deserializer)
    }
}
