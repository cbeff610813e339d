use super::*;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

fn text(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A folder for one script, gone after the test.
struct Sandbox(PathBuf);

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Ok(pid) = std::fs::read_to_string(self.0.join("logs/project.pid")) {
            let _ = Command::new("kill").args(["--", &format!("-{}", pid.trim())]).output();
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Sandbox {
    /// `None` where there is no bash, which is where nothing of this can be tried.
    fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        Command::new("bash").arg("--version").output().ok().filter(|output| output.status.success())?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("vetka-startup-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("work dir's")).unwrap();
        Some(Self(folder))
    }

    fn work(&self) -> PathBuf {
        self.0.join("work dir's")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &self.0);
        command.current_dir(self.work());
        command
    }

    /// Runs a plan's script; gives the events.
    fn start(&self, plan: Plan) -> Vec<Event> {
        self.start_patiently(plan, 1)
    }

    fn start_patiently(&self, mut plan: Plan, wait: u32) -> Vec<Event> {
        plan.folders.workspace = self.work().to_str().unwrap().to_owned();
        plan.folders.logs = self.0.join("logs").to_str().unwrap().to_owned();
        plan.patience = (2, wait);
        let file = self.0.join("start.sh");
        std::fs::write(&file, plan.script()).unwrap();
        let output = self.command("bash").arg(&file).output().unwrap();
        assert!(!file.exists(), "the script deletes itself");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().map(|line| Event::parse(line).unwrap_or_else(|| panic!("{line}"))).collect()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that answers on the port, if there is one to do it with.
fn server() -> Option<&'static str> {
    let has =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    has("node").then_some(
        "node -e \"require('http').createServer((q, s) => s.end('hi')).listen(process.env.PORT, '127.0.0.1')\"",
    )
}

#[test]
fn a_project_starts_step_by_step_and_again() {
    let (Some(sandbox), Some(server)) = (Sandbox::new(), server()) else { return };
    let port = free_port();
    let commands = text(&["echo installed > out.txt", server]);
    let plan = Plan::new(&pairs(&[("GREETING", "hi")]), &commands, &[], port).unwrap();
    let expected = [
        Event::Environment,
        Event::Command { number: 1, total: 2 },
        Event::Command { number: 2, total: 2 },
        Event::Waiting,
        Event::Ready(port),
    ];
    assert_eq!(sandbox.start_patiently(plan.clone(), 20), expected);
    assert_eq!(std::fs::read_to_string(sandbox.work().join("out.txt")).unwrap(), "installed\n");
    let first = sandbox.read("logs/project.pid");
    // The one from before is ended, or the port would not be free.
    assert_eq!(sandbox.start_patiently(plan, 20), expected);
    assert_ne!(sandbox.read("logs/project.pid"), first);
    assert_eq!(sandbox.read("logs/command-2.log"), "");
}

#[test]
fn what_goes_wrong_is_said() {
    let Some(sandbox) = Sandbox::new() else { return };
    let port = free_port();
    let failed =
        |commands: &[&str]| sandbox.start(Plan::new(&[], &text(commands), &[], port).unwrap()).last().copied().unwrap();
    let command = |number, status| Event::Failed(Failure::Command { number, status });
    assert_eq!(failed(&["echo broken >&2; exit 3", "true"]), command(1, 3));
    assert_eq!(sandbox.read("logs/command-1.log"), "broken\n");
    assert_eq!(failed(&["sleep 20", "true"]), command(1, 124));
    assert_eq!(failed(&["true", "vetka-no-such-program"]), command(2, 127));
    assert_eq!(failed(&["true"]), Event::Failed(Failure::Port(port)));
    assert_eq!(failed(&[]), Event::Idle);
    let mut plan = Plan::new(&[], &[], &[], port).unwrap();
    plan.folders = Folders { workspace: "/nowhere/at/all".into(), logs: sandbox.0.join("logs").display().to_string() };
    let file = sandbox.0.join("x.sh");
    std::fs::write(&file, plan.script()).unwrap();
    let said = sandbox.command("bash").arg(&file).output().unwrap().stdout;
    assert_eq!(Event::parse(&String::from_utf8(said).unwrap()), Some(Event::Failed(Failure::Workspace)));
}

#[test]
fn the_environments_file_stays_out_of_the_change() {
    let Some(sandbox) = Sandbox::new() else { return };
    let git = |args: &[&str]| {
        let mut command = sandbox.command("git");
        command.env("GIT_CONFIG_NOSYSTEM", "1").args(["-c", "user.name=a", "-c", "user.email=a@b.test"]).args(args);
        command.output().map(|output| String::from_utf8(output.stdout).unwrap())
    };
    if git(&["init", "-q"]).is_err() {
        return;
    }
    std::fs::write(sandbox.work().join("keep"), "untouched").unwrap();
    std::os::unix::fs::symlink("keep", sandbox.work().join(".env")).unwrap();
    git(&["add", "."]).unwrap();
    git(&["commit", "-q", "-m", "x"]).unwrap();
    let plan = Plan::new(&pairs(&[("A", "1")]), &[], &[], 3000).unwrap();
    for _ in 0..2 {
        assert_eq!(sandbox.start(plan.clone()), [Event::Environment, Event::Idle]);
        assert_eq!(std::fs::read_to_string(sandbox.work().join(".env")).unwrap(), "A=1\n");
        assert_eq!(git(&["status", "--porcelain"]).unwrap(), "", "a file that is tracked");
        assert_eq!(std::fs::read_to_string(sandbox.work().join("keep")).unwrap(), "untouched");
    }
    git(&["update-index", "--no-skip-worktree", ".env"]).unwrap();
    git(&["rm", "-q", "--cached", ".env"]).unwrap();
    git(&["commit", "-q", "-m", "y"]).unwrap();
    assert_eq!(git(&["status", "--porcelain"]).unwrap(), "", "a file that is not");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(sandbox.work().join(".env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn services_bring_their_addresses_where_the_project_says_nothing() {
    let plan = |variables: &[(&str, &str)]| Plan::new(&pairs(variables), &[], &Service::ALL, 3000).unwrap();
    assert_eq!(plan(&[]).environment(), [("DATABASE_URL", database::URL), ("REDIS_URL", "redis://127.0.0.1:6379")]);
    let own = "postgres://shop:secret@localhost/shop_dev?sslmode=disable";
    assert_eq!(plan(&[("DATABASE_URL", own), ("REDIS_URL", "")]).environment().len(), 2);
    let script = plan(&[("DATABASE_URL", own)]).script();
    assert!(script.contains("createuser -s 'shop'") && script.contains("createdb -O 'shop' 'shop_dev'"));
    assert!(plan(&[]).script().contains("createdb -O 'vetka' 'vetka'"));
    for url in [
        "postgres://a:b@db.example.com/x",
        "mysql://a:b@localhost/x",
        "postgres://a';drop:b@localhost/x",
        "postgres://a:b@localhost/x$(id)",
        "postgres://a:b@localhost/-x",
        "postgres://localhost/x",
        "",
    ] {
        assert_eq!(database::names(url), None, "{url}");
    }
    assert_eq!(database::names("postgresql://u@127.0.0.1:5432/d"), Some(("u", "d")));
}

#[test]
fn settings_that_cannot_be_are_refused_in_words() {
    let plan = |variables: &[(&str, &str)], commands: &[&str], port| {
        Plan::new(&pairs(variables), &text(commands), &[Service::Postgresql], port).unwrap_err()
    };
    for name in ["", "1A", "A B", "A=B", "A-B", "Ä", "A\n", "A$(id)", &"A".repeat(101)] {
        assert_eq!(plan(&[(name, "")], &[], 3000), Wrong::Name(name.to_owned()));
    }
    for name in ["PATH", "LD_PRELOAD", "BASH_ENV", "GIT_DIR", "IFS", "RANDOM", "_", "HOME"] {
        assert_eq!(plan(&[(name, "")], &[], 3000), Wrong::Reserved(name.to_owned()));
    }
    assert_eq!(plan(&[("A", "1"), ("A", "2")], &[], 3000), Wrong::Twice("A".into()));
    assert_eq!(plan(&[("A", "a\0b")], &[], 3000), Wrong::Value("A".into()));
    assert_eq!(plan(&[("A", &"a".repeat(MOST_VALUE + 1))], &[], 3000), Wrong::Value("A".into()));
    assert_eq!(plan(&[], &["true", " "], 3000), Wrong::Command(2));
    assert_eq!(plan(&[], &["a\0b"], 3000), Wrong::Command(1));
    assert_eq!(plan(&[], &["true"; 21], 3000), Wrong::Commands);
    for port in [0, 80, 5432, 49983] {
        assert_eq!(plan(&[], &[], port), Wrong::Port(port));
    }
    assert!(plan(&[("A B", "")], &[], 3000).sentence().starts_with("“A B” cannot be the name"));
}

#[test]
fn lines_that_are_not_the_scripts_are_nothing() {
    for line in [
        "",
        "vetka",
        "vetka ",
        "ready 3000",
        "vetka ready",
        "vetka ready x",
        "vetka ready 3000 4",
        "vetka command 1",
        "vetka failed",
        "vetka service mysql",
    ] {
        assert_eq!(Event::parse(line), None, "{line}");
    }
    assert_eq!(Event::parse("vetka ready 3000\r\n"), Some(Event::Ready(3000)));
}

#[test]
fn another_runner_makes_another_edition() {
    assert_eq!(edition("one"), edition("one"));
    assert_ne!(edition("one"), edition("two"));
    assert!(edition("one").len() == 16 && edition("one").bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn a_template_is_built_from_lines_that_a_shell_can_read() {
    let runner = "console.log('it''s $HOME `id`')\n";
    let template = Template::new(&Service::ALL, &text(&["python3 -m venv .venv", "npm run dev"]), runner);
    let json = serde_json::to_value(&template).unwrap();
    assert_eq!(json["fromImage"], "node:22-bookworm");
    assert_eq!(json["steps"][1]["type"], "RUN");
    assert_eq!(json["steps"][1]["args"][1], "root");
    let install = json["steps"][1]["args"][0].as_str().unwrap();
    assert!(
        install.contains(" git curl ca-certificates postgresql redis-server python3-venv python3-pip "),
        "{install}"
    );
    let bare = Template::new(&[], &text(&["npm run go"]), runner);
    assert!(!bare.steps[1].args[0].contains("postgresql"));
    assert!(template.steps.iter().any(|step| step.args[0].contains(SDK)));
    let Some(sandbox) = Sandbox::new() else { return };
    for step in template.steps {
        let checked = sandbox.command("bash").args(["-n", "-c", &step.args[0]]).output().unwrap();
        assert!(checked.status.success(), "{}", step.args[0]);
    }
    let line = bare.steps[3].args[0].replace("/sandbox-agent", sandbox.0.to_str().unwrap());
    assert!(sandbox.command("sh").args(["-c", &line]).output().unwrap().status.success());
    assert_eq!(sandbox.read("runner.mjs"), runner);
}

#[test]
fn the_agent_is_the_one_that_the_runner_was_written_for() {
    let recipe: serde_json::Value =
        serde_json::from_str(include_str!("../../../../teams/runner/package.json")).unwrap();
    let (name, version) = SDK.rsplit_once('@').unwrap();
    assert_eq!(recipe["dependencies"][name], version);
}

#[test]
fn every_form_of_the_script_is_one_that_a_shell_can_read() {
    let Some(sandbox) = Sandbox::new() else { return };
    for services in [&[][..], &[Service::Redis], &Service::ALL] {
        let plan = Plan::new(&pairs(&[("A", "'")]), &text(&["true", "npm run dev"]), services, 3000).unwrap();
        let script = plan.with_preview_host(".e2b.app").script();
        assert!(script.contains("__VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS='.e2b.app'"));
        let file = sandbox.0.join("check.sh");
        std::fs::write(&file, script).unwrap();
        let checked = sandbox.command("bash").arg("-n").arg(&file).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

/// Text as somebody would write it who wants out of the quotes.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("$(touch canary)".to_owned()),
        Just("`touch canary`".to_owned()),
        Just("${HOME}".to_owned()),
        Just("\\".to_owned()),
        Just("'; touch canary; '".to_owned()),
        Just("\nEOF\ntouch canary\n".to_owned()),
        Just("# !! ~ *".to_owned()),
        Just("%s\\n%n".to_owned()),
        "[ -~\u{e4}\u{1f600}\t]{0,12}",
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// The environment that a program saw, out of `env -0`.
fn seen(file: &Path) -> Vec<(String, String)> {
    let text = String::from_utf8(std::fs::read(file).unwrap()).unwrap();
    text.split_terminator('\0')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_value_gets_out_of_its_quotes(values in proptest::collection::vec(hostile(), 1..20)) {
        let Some(sandbox) = Sandbox::new() else { return Ok(()) };
        let variables: Vec<_> = values.iter().enumerate().map(|(at, value)| (format!("V_{at}"), value.clone())).collect();
        let plan = Plan::new(&variables, &text(&["env -0 > seen", "exit 5"]), &[], free_port()).unwrap();
        let events = sandbox.start(plan);
        prop_assert_eq!(events.last(), Some(&Event::Failed(Failure::Command { number: 2, status: 5 })));
        // What the project's commands see.
        let exported = seen(&sandbox.work().join("seen"));
        // What a shell makes of the file.
        let sourced = sandbox.command("bash").args(["-c", "set -a; . ./.env; env -0 > sourced"]).output().unwrap();
        prop_assert!(sourced.stderr.is_empty(), "{}", String::from_utf8_lossy(&sourced.stderr));
        let sourced = seen(&sandbox.work().join("sourced"));
        for pair in &variables {
            prop_assert!(exported.contains(pair), "{:?}", pair);
            prop_assert!(sourced.contains(pair), "{:?}", pair);
        }
        prop_assert!(!sandbox.work().join("canary").exists());
    }

    #[test]
    fn a_command_is_one_command(command in hostile()) {
        let Some(sandbox) = Sandbox::new() else { return Ok(()) };
        // The text itself, as a word of the command.
        let commands = [format!("printf %s {} > said", shell_quoted(&command)), "exit 5".to_owned()];
        sandbox.start(Plan::new(&[], &commands, &[], free_port()).unwrap());
        prop_assert_eq!(std::fs::read_to_string(sandbox.work().join("said")).unwrap(), command);
        prop_assert!(!sandbox.work().join("canary").exists());
    }

    #[test]
    fn readers_of_env_files_read_the_same(values in proptest::collection::vec("[ -&(-~\u{e4}]{0,30}|[ -!#%-Z\\]-_a-~]{0,30}", 1..20)) {
        // Values with one kind of quote at most: for those there is a form that all agree on.
        let Some(sandbox) = Sandbox::new() else { return Ok(()) };
        let lines: String =
            values.iter().enumerate().map(|(at, value)| format!("V_{at}={}\n", quote::dotenv(value))).collect();
        std::fs::write(sandbox.work().join(".env"), lines).unwrap();
        let program = "process.loadEnvFile('.env'); process.stdout.write(JSON.stringify(process.env))";
        let Ok(output) = sandbox.command("node").args(["-e", program]).output() else { return Ok(()) };
        let Ok(read) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else { return Ok(()) };
        for (at, value) in values.iter().enumerate() {
            prop_assert_eq!(read[format!("V_{at}")].as_str(), Some(value.as_str()));
        }
    }
}
