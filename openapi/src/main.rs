//! `cargo run -p vetka-openapi` prints the document; with `--write` it goes to where it is kept.

use std::process::ExitCode;

fn main() -> ExitCode {
    let text = vetka_openapi::text();
    if std::env::args().nth(1).as_deref() != Some("--write") {
        print!("{text}");
        return ExitCode::SUCCESS;
    }
    match std::fs::write(vetka_openapi::FILE, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{} cannot be written: {failure}", vetka_openapi::FILE);
            ExitCode::FAILURE
        }
    }
}
