//! Names of built files. Owns the lookup; how the manifest is fetched is the caller's business.

use std::collections::BTreeMap;

/// `manifest.json` of the asset build: `{"hub.js":"/assets/hub-ABC.js", …}`.
#[derive(Clone, Debug, Default)]
pub struct Assets(BTreeMap<String, String>);

impl Assets {
    /// Reads the manifest.
    ///
    /// # Errors
    /// When the text is not a JSON object of strings.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json.as_bytes()).map(Self)
    }

    /// The address of a built file. A name that is not in the manifest gives an address that answers 404, so that a
    /// page whose assets are missing is plain rather than broken.
    pub fn url(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| format!("/assets/{name}"))
    }
}
