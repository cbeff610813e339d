//! An answer, and how it becomes one of the platform's.

use crate::{
    content::{Body, Came},
    fields::Fields,
};
use serde::Serialize;
use std::borrow::Cow;
use vetka_edge::Result;
use worker::{
    js_sys::JSON,
    wasm_bindgen::JsCast,
    web_sys::{Response, ResponseInit},
};

/// What a visitor gets.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub fields: Fields,
    /// The body.
    pub body: Body,
    /// Where its bytes came from.
    pub came: Came,
}

#[derive(Serialize)]
struct Init<'a> {
    status: u16,
    headers: &'a [(Cow<'static, str>, Cow<'static, str>)],
}

impl Answer {
    /// An answer without a body.
    pub const fn empty(status: u16, fields: Fields) -> Self {
        Self { status, fields, body: Body::Empty, came: Came::None }
    }

    /// As the platform takes it. Status and headers cross over as one text: a warm answer is mostly such crossings.
    pub fn into_response(self) -> Result<Response> {
        let init = serde_json::to_string(&Init { status: self.status, headers: self.fields.as_pairs() })?;
        let init = JSON::parse(&init).map_err(worker::Error::from)?.unchecked_into::<ResponseInit>();
        let response = match &self.body {
            Body::Empty => Response::new_with_opt_str_and_init(None, &init),
            Body::Text(text) => Response::new_with_opt_str_and_init(Some(text), &init),
            Body::Bytes(bytes) => Response::new_with_opt_js_u8_array_and_init(Some(bytes), &init),
            Body::Stream(stream) => Response::new_with_opt_readable_stream_and_init(Some(stream), &init),
        };
        Ok(response.map_err(worker::Error::from)?)
    }
}
