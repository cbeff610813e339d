//! A sandbox's files.

use super::{
    Command, Sandbox, USER,
    answers::{Failure, Who, judged},
};
use std::time::Duration;
use vetka_domain::target::encode_component;
use vetka_edge::outside::{Answer, Question};
use worker::Method;

/// envd's own port.
const ENVD: &str = "49983";
const ANSWER: Duration = Duration::from_secs(20);
/// For a file on its way.
const FILE: Duration = Duration::from_secs(60);
/// Bytes that one [`Sandbox::read`] gives at most.
pub const PIECE: usize = 4 * 1024 * 1024;
/// Makes a file that nobody else may read before there is anything in it: whoever had it open before keeps the old one.
const PRIVATE: &str =
    r#"umask 077 && mkdir -p -- "$(dirname -- "$1")" && rm -f -- "$1" && : > "$1" && [ -O "$1" ] && [ ! -L "$1" ]"#;

impl Sandbox {
    /// Writes a file, and the folders above it.
    pub async fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.ask(Method::Post, &file(path), |question| question.timeout(FILE).bytes("application/octet-stream", bytes))
            .await
            .map(|_| ())
    }

    /// Writes a file that nobody else can read, at no moment.
    pub async fn write_private(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let made = self.run(&Command::new("/bin/bash").args(["-c", PRIVATE, "private", path]), ANSWER).await?;
        if made.code != 0 {
            return Err(Failure::Refused(format!("a private file cannot be made: {}", made.code)));
        }
        // What is written into a file that is there leaves its mode as it is.
        self.write(path, bytes).await
    }

    /// Reads a file from a byte on, [`PIECE`] bytes at most: empty where it ends. `None` when there is no such file.
    pub async fn read(&self, path: &str, from: u64) -> Result<Option<Vec<u8>>, Failure> {
        let last = from.saturating_add(PIECE as u64 - 1);
        let asked = self
            .send(Method::Get, &file(path), |question| {
                let question = question.header("accept", "*/*").header("accept-encoding", "identity");
                question.header("range", format!("bytes={from}-{last}")).timeout(FILE).longest(PIECE)
            })
            .await;
        let answer = match asked {
            Ok(answer) if answer.status == 404 => return Ok(None),
            // There is nothing behind its end.
            Ok(answer) if answer.status == 416 => return Ok(Some(Vec::new())),
            asked => judged(Who::Sandbox, asked)?,
        };
        if answer.status == 206 {
            return Ok(Some(answer.body));
        }
        // Who does not know pieces sends all of it.
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(Some(answer.body.get(from..).unwrap_or_default().to_vec()))
    }

    /// Asks envd.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        with: impl for<'q> FnOnce(Question<'q>) -> Question<'q>,
    ) -> Result<Answer, Failure> {
        judged(Who::Sandbox, self.send(method, path, with).await)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        with: impl for<'q> FnOnce(Question<'q>) -> Question<'q>,
    ) -> Result<Answer, String> {
        let url = format!("{}{path}", self.base);
        let headers = self.headers();
        let question =
            headers.into_iter().fold(Question::new(method, &url), |all, (name, value)| all.header(name, value));
        with(question).ask().await
    }

    /// What leads to this sandbox's envd, and opens it.
    pub(super) fn headers(&self) -> [(&'static str, String); 3] {
        let (id, token) = (self.id.clone(), self.token.clone());
        [("e2b-sandbox-id", id), ("e2b-sandbox-port", ENVD.to_owned()), ("x-access-token", token)]
    }
}

fn file(path: &str) -> String {
    format!("/files?path={}&username={}", encode_component(path), USER)
}
