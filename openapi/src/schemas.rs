//! JSON schemas of Rust types, gathered as the document's components.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Two generators, because a type may be written otherwise than it is read: a field that may be left out by whoever
/// sends it is there whenever we send it.
pub struct Schemas {
    given: SchemaGenerator,
    taken: SchemaGenerator,
}

/// Makes the schema of one type.
pub type Shape = fn(&mut Schemas) -> Value;

impl Default for Schemas {
    fn default() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            given: settings().for_serialize().into_generator(),
            taken: settings().for_deserialize().into_generator(),
        }
    }
}

impl Schemas {
    /// Of a type that we write.
    pub fn given<T: JsonSchema>(&mut self) -> Value {
        self.given.subschema_for::<T>().to_value()
    }

    /// Of a type that we read.
    pub fn taken<T: JsonSchema>(&mut self) -> Value {
        self.taken.subschema_for::<T>().to_value()
    }

    /// All types that were named, by their names.
    pub fn into_components(mut self) -> Value {
        let mut all = self.given.take_definitions(true);
        for (name, schema) in self.taken.take_definitions(true) {
            let known = all.insert(name.clone(), schema.clone());
            assert!(known.is_none_or(|known| known == schema), "{name} is read otherwise than it is written");
        }
        Value::Object(all.into_iter().map(|(name, schema)| (name, plain(schema))).collect::<Map<_, _>>())
    }
}

/// Without the widths of Rust's numbers, which mean nothing to whoever reads the document.
fn plain(schema: Value) -> Value {
    match schema {
        Value::Object(map) => {
            let width = |key: &str, value: &Value| {
                key == "format"
                    && value.as_str().is_some_and(|format| format.starts_with("int") || format.starts_with("uint"))
            };
            let kept = map.into_iter().filter(|(key, value)| !width(key, value));
            Value::Object(kept.map(|(key, value)| (key, plain(value))).collect())
        }
        Value::Array(list) => json!(list.into_iter().map(plain).collect::<Vec<_>>()),
        other => other,
    }
}
