//! `#[derive(FromRow)]`: how a struct is read from a row of the database, a column a field.
//!
//! serde could do it, by way of `serde_wasm_bindgen`; what it makes of a struct is about ten times as much code in the
//! WASM, and there are more than a hundred of them.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, PathArguments, Result, Type, parse_macro_input};

/// Derives `vetka_edge::d1::FromRow`. Each field is the column of its name, and may say otherwise:
///
/// - `#[column(name = "id")]`: the column has another name;
/// - `#[column(parse)]`: its text is read by the type's `TryFrom<String>`; NULL is allowed where the type is an `Option`;
/// - `#[column(flatten)]`: the type is itself read from this row.
#[proc_macro_derive(FromRow, attributes(column))]
pub fn from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    implementation(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn implementation(input: &DeriveInput) -> Result<proc_macro2::TokenStream> {
    let Data::Struct(data) = &input.data else { return Err(Error::new_spanned(input, "a row is read into a struct")) };
    let fields = match &data.fields {
        Fields::Named(named) => named.named.iter().map(read).collect::<Result<Vec<_>>>()?,
        _ => return Err(Error::new_spanned(input, "columns have names, so fields must")),
    };
    let (name, (implemented, arguments, bounds)) = (&input.ident, input.generics.split_for_impl());
    let row = if fields.is_empty() { quote!(_row) } else { quote!(row) };
    Ok(quote! {
        impl #implemented ::vetka_edge::d1::FromRow for #name #arguments #bounds {
            fn from_row(#row: &::vetka_edge::d1::Row) -> ::vetka_edge::Result<Self> {
                Ok(Self { #(#fields)* })
            }
        }
    })
}

fn read(field: &Field) -> Result<proc_macro2::TokenStream> {
    let Some(ident) = &field.ident else { return Err(Error::new_spanned(field, "columns have names, so fields must")) };
    let mut column = ident.to_string().trim_start_matches("r#").to_owned();
    let (mut parse, mut flatten) = (false, false);
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("column")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                column = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("parse") {
                parse = true;
            } else if meta.path.is_ident("flatten") {
                flatten = true;
            } else {
                return Err(meta.error("name, parse or flatten"));
            }
            Ok(())
        })?;
    }
    Ok(if flatten {
        quote!(#ident: ::vetka_edge::d1::FromRow::from_row(row)?,)
    } else if parse && is_option(&field.ty) {
        quote!(#ident: row.parsed_or_null(#column)?,)
    } else if parse {
        quote!(#ident: row.parsed(#column)?,)
    } else {
        quote!(#ident: row.column(#column)?,)
    })
}

fn is_option(of: &Type) -> bool {
    let Type::Path(path) = of else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Option" && matches!(last.arguments, PathArguments::AngleBracketed(_)))
}
