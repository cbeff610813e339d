//! The headers of an answer while it is being made. They become the platform's in one step ([`crate::answer`]), since each
//! header set by itself is a call out of WASM.

use std::borrow::Cow;

/// Names in lower case, and their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl Fields {
    /// This value instead of what is there.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        let name = name.into();
        self.remove(&name);
        self.0.push((name, value.into()));
    }

    /// This value beside what is there.
    pub fn append(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Not at all.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// The first value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// As pairs, in order.
    pub fn as_pairs(&self) -> &[(Cow<'static, str>, Cow<'static, str>)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn a_header_can_be_set_added_to_and_taken_away() {
        let mut fields = Fields::default();
        fields.set("link", "<a>");
        fields.append("link", "<b>");
        assert_eq!(fields.as_pairs().len(), 2);
        assert_eq!(fields.get("link"), Some("<a>"));
        fields.set("link", "<c>");
        assert_eq!((fields.as_pairs().len(), fields.get("link")), (1, Some("<c>")));
        fields.remove("link");
        assert_eq!(fields.get("link"), None);
    }
}
