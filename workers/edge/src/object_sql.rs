//! The SQLite that a Durable Object has to itself. What is asked stays with whoever asks; this is how.

use crate::Result;
use serde::{Deserialize, de::DeserializeOwned};
use worker::{SqlStorage, SqlStorageValue as Value, State};

#[derive(Deserialize)]
struct Number {
    n: Option<i64>,
}

#[derive(Deserialize)]
struct Text {
    t: String,
}

/// An object's tables.
#[derive(Debug, Clone)]
pub struct Sql(SqlStorage);

impl Sql {
    /// Those of an object.
    pub fn of(state: &State) -> Self {
        Self(state.storage().sql())
    }

    /// Runs a statement for what it does.
    pub fn run(&self, sql: &str, values: Vec<Value>) -> Result<()> {
        self.0.exec(sql, values)?;
        Ok(())
    }

    /// All rows.
    pub fn all<T: DeserializeOwned>(&self, sql: &str, values: Vec<Value>) -> Result<Vec<T>> {
        Ok(self.0.exec(sql, values)?.to_array()?)
    }

    /// The first row.
    pub fn first<T: DeserializeOwned>(&self, sql: &str, values: Vec<Value>) -> Result<Option<T>> {
        Ok(self.all(sql, values)?.into_iter().next())
    }

    /// The first row's number, named `n`; 0 when there is none.
    pub fn number(&self, sql: &str, values: Vec<Value>) -> Result<i64> {
        Ok(self.first::<Number>(sql, values)?.and_then(|row| row.n).unwrap_or_default())
    }

    /// The numbers of all rows, named `n`.
    pub fn numbers(&self, sql: &str, values: Vec<Value>) -> Result<Vec<i64>> {
        Ok(self.all::<Number>(sql, values)?.into_iter().filter_map(|row| row.n).collect())
    }

    /// The first row's text, named `t`.
    pub fn text(&self, sql: &str, values: Vec<Value>) -> Result<Option<String>> {
        Ok(self.first::<Text>(sql, values)?.map(|row| row.t))
    }

    /// The texts of all rows, named `t`.
    pub fn texts(&self, sql: &str, values: Vec<Value>) -> Result<Vec<String>> {
        Ok(self.all::<Text>(sql, values)?.into_iter().map(|row| row.t).collect())
    }
}
