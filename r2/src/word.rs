//! Enums whose values are words, the same in SQL, JSON and the bucket: one list to read them by.

/// Reads such an enum from its word. It has an `as_str` that says the words.
macro_rules! read_words {
    ($name:ident: $($value:ident)*) => {
        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(word: String) -> Result<Self, Self::Error> {
                [$(Self::$value),*].into_iter().find(|value| value.as_str() == word).ok_or("not one of the words")
            }
        }
    };
}

pub(crate) use read_words;
