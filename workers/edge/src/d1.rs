//! D1 without its traps: integers bind as numbers, absent values as NULL, and what a constraint refused can be asked.

use crate::{Result, error};
use serde::de::DeserializeOwned;
use worker::{D1Database, D1PreparedStatement, D1Result, wasm_bindgen::JsValue};

/// A value for a statement's parameter.
pub enum Value<'a> {
    /// TEXT.
    Text(&'a str),
    /// INTEGER. Exact up to 2^53, which our milliseconds, sizes and sequence numbers stay under.
    Int(i64),
    /// NULL.
    Null,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }
}

impl From<Value<'_>> for JsValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => text.into(),
            // D1 refuses a bigint; a STRICT INTEGER column stores the number as an integer again.
            Value::Int(number) => (number as f64).into(),
            Value::Null => Self::NULL,
        }
    }
}

/// Prepares a statement with its parameters bound in order.
pub fn prepare<const N: usize>(db: &D1Database, sql: &str, values: [Value<'_>; N]) -> Result<D1PreparedStatement> {
    let values: Vec<JsValue> = values.into_iter().map(JsValue::from).collect();
    Ok(db.prepare(sql).bind(&values)?)
}

/// The first row, if there is one.
pub async fn first<T: DeserializeOwned, const N: usize>(
    db: &D1Database,
    sql: &str,
    values: [Value<'_>; N],
) -> Result<Option<T>> {
    Ok(prepare(db, sql, values)?.first(None).await?)
}

/// All rows.
pub async fn all<T: DeserializeOwned, const N: usize>(
    db: &D1Database,
    sql: &str,
    values: [Value<'_>; N],
) -> Result<Vec<T>> {
    Ok(prepare(db, sql, values)?.all().await?.results()?)
}

/// Runs a statement for its effect.
pub async fn run<const N: usize>(db: &D1Database, sql: &str, values: [Value<'_>; N]) -> Result<()> {
    prepare(db, sql, values)?.run().await?;
    Ok(())
}

/// Runs an INSERT or UPDATE that a UNIQUE constraint may refuse: `Err(column list)` then, as SQLite names it
/// (`site.subdomain`), so that a constraint becomes a client's error in one place.
pub async fn run_unique<const N: usize>(
    db: &D1Database,
    sql: &str,
    values: [Value<'_>; N],
) -> Result<core::result::Result<(), String>> {
    match prepare(db, sql, values)?.run().await {
        Ok(_) => Ok(Ok(())),
        Err(failure) => {
            let text = error::describe(&failure);
            match violated_unique(&text) {
                Some(columns) => Ok(Err(columns.to_owned())),
                None => Err(error::internal(text)),
            }
        }
    }
}

/// Runs several statements as one transaction.
pub async fn batch(db: &D1Database, statements: Vec<D1PreparedStatement>) -> Result<Vec<D1Result>> {
    Ok(db.batch(statements).await?)
}

/// Runs several statements as one transaction that a UNIQUE constraint may refuse as a whole: `Err(column list)` then, as
/// with [`run_unique`].
pub async fn batch_unique(
    db: &D1Database,
    statements: Vec<D1PreparedStatement>,
) -> Result<core::result::Result<Vec<D1Result>, String>> {
    match db.batch(statements).await {
        Ok(results) => Ok(Ok(results)),
        Err(failure) => {
            let text = error::describe(&failure);
            match violated_unique(&text) {
                Some(columns) => Ok(Err(columns.to_owned())),
                None => Err(error::internal(text)),
            }
        }
    }
}

/// The rows that one statement of a batch gave.
pub fn rows<T: DeserializeOwned>(results: &[D1Result], at: usize) -> Result<Vec<T>> {
    Ok(results.get(at).map(D1Result::results).transpose()?.unwrap_or_default())
}

/// The first row that one statement of a batch gave.
pub fn row<T: DeserializeOwned>(results: &[D1Result], at: usize) -> Result<Option<T>> {
    Ok(rows(results, at)?.into_iter().next())
}

fn violated_unique(message: &str) -> Option<&str> {
    let (_, after) = message.split_once("UNIQUE constraint failed: ")?;
    Some(after.split([':', '\n']).next().unwrap_or(after).trim())
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_the_columns_that_a_unique_constraint_protects() {
        let message = "D1_ERROR: UNIQUE constraint failed: site.subdomain: SQLITE_CONSTRAINT";
        assert_eq!(super::violated_unique(message), Some("site.subdomain"));
        assert_eq!(super::violated_unique("no such table: site"), None);
    }
}
