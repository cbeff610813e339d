//! D1 without its traps: integers bind as numbers, absent values as NULL, and what a constraint refused can be asked.
//! Rows are read by [`FromRow`], which is derived and small, and says which column was not what it should be.

use crate::{Result, error};
use js_sys::{Array, JsString, Promise, Reflect};
pub use vetka_edge_derive::FromRow;
use worker::{
    D1Database, D1PreparedStatement,
    wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

// What `worker` wraps, to come by rows without its deserializer.
#[wasm_bindgen]
extern "C" {
    type Database;
    #[wasm_bindgen(structural, method, catch)]
    fn batch(this: &Database, statements: Array) -> core::result::Result<Promise, JsValue>;
    /// What one statement came to.
    type Outcome;
    #[wasm_bindgen(structural, method, getter)]
    fn results(this: &Outcome) -> Option<Array>;
}

/// A row, as the database gave it.
pub struct Row(JsValue);

impl Row {
    /// A column's value.
    ///
    /// # Errors
    /// Internal, when there is no such column or it holds something else.
    pub fn column<T: Column>(&self, name: &str) -> Result<T> {
        let value = self.value(name)?;
        T::from_value(&value).ok_or_else(|| unreadable(name))
    }

    /// A text that is something more.
    ///
    /// # Errors
    /// As [`Row::column`].
    pub fn parsed<T: TryFrom<String>>(&self, name: &str) -> Result<T> {
        T::try_from(self.column(name)?).map_err(|_| unreadable(name))
    }

    /// As [`Row::parsed`], of a column that may be NULL.
    ///
    /// # Errors
    /// As [`Row::column`].
    pub fn parsed_or_null<T: TryFrom<String>>(&self, name: &str) -> Result<Option<T>> {
        let text: Option<String> = self.column(name)?;
        text.map(T::try_from).transpose().map_err(|_| unreadable(name))
    }

    fn value(&self, name: &str) -> Result<JsValue> {
        let value = Reflect::get(&self.0, &JsString::from(name)).unwrap_or(JsValue::UNDEFINED);
        if value.is_undefined() { Err(unreadable(name)) } else { Ok(value) }
    }
}

fn unreadable(column: &str) -> error::Error {
    error::internal(format!("the column {column} of a row is not what it should be"))
}

/// What is read from a row. Derived: see [`macro@FromRow`].
pub trait FromRow: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// Internal, naming the column that is missing or holds something else.
    fn from_row(row: &Row) -> Result<Self>;
}

/// What a column can hold.
pub trait Column: Sized {
    /// `None` when it holds something else.
    fn from_value(value: &JsValue) -> Option<Self>;
}

impl Column for String {
    fn from_value(value: &JsValue) -> Option<Self> {
        value.as_string()
    }
}

impl Column for f64 {
    fn from_value(value: &JsValue) -> Option<Self> {
        value.as_f64()
    }
}

impl Column for i64 {
    /// Exact up to 2^53, as everything that is written here is.
    fn from_value(value: &JsValue) -> Option<Self> {
        value.as_f64().filter(|number| number.trunc() == *number).map(|number| number as Self)
    }
}

impl Column for bool {
    /// SQLite has none; 0 and 1 stand for it.
    fn from_value(value: &JsValue) -> Option<Self> {
        value.as_f64().map(|number| number != 0.0)
    }
}

macro_rules! integers {
    ($($of:ty)*) => {$(
        impl Column for $of {
            fn from_value(value: &JsValue) -> Option<Self> {
                i64::from_value(value).and_then(|number| number.try_into().ok())
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize);

impl<T: Column> Column for Option<T> {
    fn from_value(value: &JsValue) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// What the statements of a batch gave, in their order.
pub struct Results(Array);

impl Results {
    fn array(&self, at: usize) -> Option<Array> {
        let outcome = self.0.get(u32::try_from(at).ok()?);
        if outcome.is_undefined() { None } else { outcome.unchecked_ref::<Outcome>().results() }
    }
}

/// A value for a statement's parameter.
pub enum Value<'a> {
    /// TEXT.
    Text(&'a str),
    /// INTEGER. Exact up to 2^53, which our milliseconds, sizes and sequence numbers stay under.
    Int(i64),
    /// REAL.
    Real(f64),
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

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
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
            Value::Real(number) => number.into(),
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
pub async fn first<T: FromRow, const N: usize>(
    db: &D1Database,
    sql: &str,
    values: [Value<'_>; N],
) -> Result<Option<T>> {
    first_row(prepare(db, sql, values)?).await?.as_ref().map(T::from_row).transpose()
}

/// All rows.
pub async fn all<T: FromRow, const N: usize>(db: &D1Database, sql: &str, values: [Value<'_>; N]) -> Result<Vec<T>> {
    read(all_rows(prepare(db, sql, values)?).await?.as_ref())
}

async fn first_row(statement: D1PreparedStatement) -> Result<Option<Row>> {
    let row = JsFuture::from(statement.inner().first(None).map_err(failed)?).await.map_err(failed)?;
    Ok((!row.is_null() && !row.is_undefined()).then_some(Row(row)))
}

async fn all_rows(statement: D1PreparedStatement) -> Result<Option<Array>> {
    let outcome = JsFuture::from(statement.inner().all().map_err(failed)?).await.map_err(failed)?;
    Ok(outcome.unchecked_ref::<Outcome>().results())
}

fn read<T: FromRow>(rows: Option<&Array>) -> Result<Vec<T>> {
    rows.map_or_else(|| Ok(Vec::new()), |rows| rows.iter().map(|row| T::from_row(&Row(row))).collect())
}

fn failed(failure: JsValue) -> error::Error {
    worker::Error::from(failure).into()
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
pub async fn batch(db: &D1Database, statements: Vec<D1PreparedStatement>) -> Result<Results> {
    batched(db, statements).await.map_err(Into::into)
}

/// Runs several statements as one transaction that a UNIQUE constraint may refuse as a whole: `Err(column list)` then, as
/// with [`run_unique`].
pub async fn batch_unique(
    db: &D1Database,
    statements: Vec<D1PreparedStatement>,
) -> Result<core::result::Result<Results, String>> {
    match batched(db, statements).await {
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

async fn batched(db: &D1Database, statements: Vec<D1PreparedStatement>) -> worker::Result<Results> {
    let statements: Array = statements.iter().map(|statement| JsValue::from(statement.inner())).collect();
    let db: &JsValue = db.as_ref();
    let results = JsFuture::from(db.unchecked_ref::<Database>().batch(statements)?).await?;
    Ok(Results(results.unchecked_into()))
}

/// The rows that one statement of a batch gave.
pub fn rows<T: FromRow>(results: &Results, at: usize) -> Result<Vec<T>> {
    read(results.array(at).as_ref())
}

/// The rows that the last statement of a batch gave.
pub fn last_rows<T: FromRow>(results: &Results) -> Result<Vec<T>> {
    let last = results.0.length().checked_sub(1).map(|at| at as usize);
    last.map_or_else(|| Ok(Vec::new()), |at| rows(results, at))
}

/// The first row that one statement of a batch gave.
pub fn row<T: FromRow>(results: &Results, at: usize) -> Result<Option<T>> {
    let first = results.array(at).map(|rows| rows.get(0)).filter(|row| !row.is_undefined());
    first.map(|row| T::from_row(&Row(row))).transpose()
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
