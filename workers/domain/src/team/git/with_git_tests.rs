//! The proxy's rules between a real git and a real repository, over a small HTTP server of this test's own. Where there
//! is no git, nothing is tested here.

use super::push::{End, Push, Step};
use super::push_tests::branch;
use super::refusal::{Answer, Refusal};
use super::request::{Operation, Repository, token};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const TOKEN: &str = "vs_a1_xyz";

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vetka-git-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Git with an environment of its own, so that nobody's settings decide.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").current_dir(folder);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ann").env(format!("GIT_{who}_EMAIL"), "ann@vetka.test");
    }
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    git(folder).args(args).output().unwrap()
}

fn done(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A forge with one repository, the proxy before it, and a clone.
struct Stage {
    folder: Folder,
    address: String,
    /// How often git asked whether it would be let in.
    probes: Arc<AtomicUsize>,
}

impl Stage {
    /// `None` without git. `most` is the largest pack.
    fn set(name: &str, most: u64) -> Option<Self> {
        Command::new("git").arg("--version").output().ok().filter(|output| output.status.success())?;
        let folder = Folder::new(name);
        let forge = folder.0.join("shop.git");
        done(&folder.0, &["init", "-q", "--bare", "-b", "main", "shop.git"]);
        done(&forge, &["config", "receive.advertisePushOptions", "true"]);
        done(&folder.0, &["init", "-q", "-b", "main", "first"]);
        let first = folder.0.join("first");
        std::fs::write(first.join("index.html"), "<h1>Shop</h1>").unwrap();
        done(&first, &["add", "."]);
        done(&first, &["commit", "-q", "-m", "First"]);
        done(&first, &["push", "-q", "../shop.git", "main"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://127.0.0.1:{}/git/ann", listener.local_addr().unwrap().port());
        let probes = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&probes);
        // The thread ends with the test program.
        std::thread::spawn(move || {
            listener.incoming().for_each(|stream| serve(stream.unwrap(), &forge, most, &counter));
        });
        let stage = Self { folder, address, probes };
        let work = stage.git().args(["clone", "-q", &stage.remote(), "work"]).output().unwrap();
        assert!(work.status.success(), "{}", String::from_utf8_lossy(&work.stderr));
        done(&stage.work(), &["checkout", "-q", "-b", "vendi/session-a1"]);
        Some(stage)
    }

    fn remote(&self) -> String {
        format!("{}/shop.git", self.address)
    }

    fn work(&self) -> PathBuf {
        self.folder.0.join("work")
    }

    /// The session's token comes by the environment, as in a sandbox.
    fn git(&self) -> Command {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{TOKEN}"));
        let mut command = git(&self.folder.0);
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "http.extraHeader");
        command.env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
        command
    }

    fn commit(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.work().join(name), bytes).unwrap();
        done(&self.work(), &["add", "."]);
        done(&self.work(), &["commit", "-q", "-m", name]);
    }

    /// Whether a push succeeded, and all that git said.
    fn push(&self, args: &[&str]) -> (bool, String) {
        let output = self.git().current_dir(self.work()).arg("push").args(args).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn forge(&self, args: &[&str]) -> String {
        done(&self.folder.0.join("shop.git"), args)
    }
}

/// One request with its body, which comes whole or in chunks.
fn serve(mut stream: TcpStream, forge: &Path, most: u64, probes: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut pieces = Vec::new();
    if header("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).unwrap();
            let mut piece = vec![0; usize::from_str_radix(size.trim(), 16).unwrap() + 2];
            reader.read_exact(&mut piece).unwrap();
            piece.truncate(piece.len() - 2);
            if piece.is_empty() {
                break;
            }
            pieces.push(piece);
        }
    } else if let Some(length) = header("content-length") {
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        pieces = body.chunks(700).map(<[u8]>::to_vec).collect();
    }
    if pieces == [b"0000"] {
        probes.fetch_add(1, Ordering::Relaxed);
    }
    let only = Repository::parse("Ann/Shop").unwrap();
    let operation = Operation::read(method, path, query, &only);
    let answer = if header("authorization").and_then(|header| token(&header)).as_deref() == Some(TOKEN) {
        operation.and_then(|operation| operation.headers(header).map(|sent| (operation, sent))).map_or_else(
            |refusal| refusal.answer(operation.ok()),
            |(operation, sent)| through(operation, &sent, &pieces, forge, most),
        )
    } else {
        Refusal::Token.answer(operation.ok())
    };
    let head = format!(
        "HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&answer.body);
}

/// What the worker does, with programs of git's for a forge.
fn through(operation: Operation, sent: &[(&str, String)], pieces: &[Vec<u8>], forge: &Path, most: u64) -> Answer {
    let mut body = Vec::new();
    if operation == Operation::ReceivePack {
        let mut push = Push::new(&branch(), most, None);
        for piece in pieces {
            match push.feed(piece) {
                Ok(Step::Pass(bytes)) => body.extend_from_slice(&bytes),
                Ok(Step::Hold) => {}
                Err(refusal) => return push.answer(refusal),
            }
        }
        match push.end() {
            Ok(End::Passed) => {}
            Ok(End::Probe) => return Answer { status: 200, content_type: operation.answer_type(), body },
            Err(refusal) => return push.answer(refusal),
        }
    } else {
        body = pieces.concat();
    }
    let (program, advertise) = match operation {
        Operation::FetchAdvertisement => ("upload-pack", true),
        Operation::UploadPack => ("upload-pack", false),
        Operation::PushAdvertisement => ("receive-pack", true),
        Operation::ReceivePack => ("receive-pack", false),
    };
    let header = |name: &str| sent.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    assert_eq!(header("content-encoding"), None, "too short to be compressed");
    let mut command = git(forge);
    command.args([program, "--stateless-rpc"]).args(advertise.then_some("--http-backend-info-refs")).arg(".");
    let protocol = header("git-protocol");
    command.env("GIT_PROTOCOL", protocol.as_deref().unwrap_or_default());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || input.write_all(&body));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    let mut answer = Vec::new();
    if advertise && protocol.as_deref() != Some("version=2") {
        super::pkt_line::write(&mut answer, format!("# service=git-{program}\n").as_bytes());
        answer.extend_from_slice(super::pkt_line::FLUSH);
    }
    answer.extend(output.stdout);
    Answer { status: 200, content_type: operation.answer_type(), body: answer }
}

/// Bytes that do not shrink (xorshift).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    })
    .take(length)
    .collect()
}

#[test]
fn a_clone_a_push_and_another_push_go_through() {
    let Some(stage) = Stage::set("through", super::push::MOST_PACK) else { return };
    stage.commit("style.css", b"h1 { color: green }");
    let (pushed, said) = stage.push(&["-u", "origin", "HEAD"]);
    assert!(pushed, "{said}");
    // More than git sends at once: it asks first whether it would be let in, and then sends chunks.
    stage.commit("noise.bin", &noise(3_000_000));
    let (pushed, said) = stage.push(&["origin", "HEAD"]);
    assert!(pushed, "{said}");
    assert!(stage.probes.load(Ordering::Relaxed) > 0);
    let there = stage.forge(&["ls-tree", "--name-only", "vendi/session-a1"]);
    assert_eq!(there, "index.html\nnoise.bin\nstyle.css\n");
    let (again, said) = stage.push(&["--force", "origin", "HEAD~1:vendi/session-a1"]);
    assert!(again, "{said}");
}

#[test]
fn git_prints_why_a_branch_was_rejected() {
    let Some(stage) = Stage::set("rejected", super::push::MOST_PACK) else { return };
    stage.commit("style.css", b"h1 { color: green }");
    let before = stage.forge(&["show-ref"]);
    let (pushed, said) = stage.push(&["origin", "HEAD:main", "HEAD"]);
    assert!(!pushed);
    for line in [
        "remote: Vetka: a session may only push to its own branch. Push to vendi/session-a1.",
        "! [remote rejected] HEAD -> main (a session may only push to its own branch)",
        "! [remote rejected] HEAD -> vendi/session-a1 (a session may only push to its own branch)",
    ] {
        assert!(said.contains(line), "{said}");
    }
    for (args, line) in [
        (vec!["origin", "HEAD:refs/tags/v1"], "(a session may only push to its own branch)"),
        (vec!["--mirror", "origin"], "(a session may only push to its own branch)"),
        (vec!["--delete", "origin", "main"], "(a session may only push to its own branch)"),
        (vec!["-o", "ci.skip", "origin", "HEAD"], "(a session may not send push options; leave out -o)"),
    ] {
        let (pushed, said) = stage.push(&args);
        assert!(!pushed && said.contains("[remote rejected]") && said.contains(line), "{args:?}: {said}");
    }
    assert_eq!(stage.forge(&["show-ref"]), before, "the forge saw nothing of it");

    assert!(stage.push(&["origin", "HEAD"]).0);
    let (pushed, said) = stage.push(&["--delete", "origin", "vendi/session-a1"]);
    assert!(!pushed && said.contains("(a session may not delete its branch)"), "{said}");
}

#[test]
fn git_prints_that_a_push_is_too_large() {
    let Some(stage) = Stage::set("large", 1024 * 1024) else { return };
    stage.commit("noise.bin", &noise(2_000_000));
    let (pushed, said) = stage.push(&["origin", "HEAD"]);
    assert!(!pushed);
    assert!(said.contains("! [remote rejected] HEAD -> vendi/session-a1 (a push may have 1 MB at most)"), "{said}");
}

#[test]
fn git_prints_why_it_is_not_let_in() {
    let Some(stage) = Stage::set("outside", super::push::MOST_PACK) else { return };
    let other = format!("{}/other.git", stage.address);
    let output = stage.git().args(["clone", "-q", &other, "elsewhere"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("remote: Vetka: this session may only reach the repository of its own project."), "{said}");
    // Without the session's token.
    let said = String::from_utf8(run(&stage.folder.0, &["ls-remote", &stage.remote()]).stderr).unwrap();
    assert!(said.contains("fatal: "), "{said}");
}
