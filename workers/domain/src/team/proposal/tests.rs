use super::*;
use crate::team::files::Patterns;
use crate::team::project;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn evidence(names: &[&str], texts: &[(&str, &str)]) -> Evidence {
    let mut evidence = Evidence::default();
    names.iter().for_each(|name| evidence.add_name(name));
    texts.iter().for_each(|(path, text)| evidence.add_text(path, text));
    evidence
}

fn commands(proposal: &Proposal) -> Vec<&str> {
    proposal.startup_commands.iter().map(|command| command.value.as_str()).collect()
}

fn port(proposal: &Proposal) -> u16 {
    proposal.preview_port.as_ref().unwrap().value
}

fn services(proposal: &Proposal) -> Vec<Service> {
    proposal.required_services.iter().map(|service| service.value).collect()
}

#[test]
fn a_vite_project_with_a_readme() {
    let proposal = propose(&evidence(
        &["package-lock.json", "src", "public"],
        &[
            (
                "package.json",
                r#"{"name":"shop","scripts":{"dev":"vite","build":"vite build"},"devDependencies":{"vite":"^6","react":"19"}}"#,
            ),
            (
                "README.md",
                "# Shop\n\n[![ci](x)](y)\n\nThe [shop](https://shop.test) of *Ann*, where people\nbuy `bread`.\n\n## Setup\n",
            ),
        ],
    ));
    assert_eq!(commands(&proposal), ["npm ci", "npm run dev"]);
    assert_eq!(proposal.startup_commands[0].because, "because there is package-lock.json");
    assert_eq!(proposal.startup_commands[1].because, "because package.json has a script called dev");
    assert_eq!(proposal.preview_port, Some(suggest(5173, "because that is Vite’s usual port")));
    let context = proposal.context_instructions.unwrap();
    assert_eq!(context.value, "The shop of Ann, where people buy bread.\n\nIt is built with React and Vite.");
    assert_eq!(context.because, "because README.md begins with it, and from the list of packages");
    let patterns: Vec<_> = proposal.allowed_file_patterns.iter().map(|pattern| pattern.value.as_str()).collect();
    assert_eq!(patterns, ["src/**", "public/**"]);
    assert_eq!(proposal.notes, Vec::<String>::new());
}

#[test]
fn the_lockfile_says_who_installs() {
    let package = r#"{"scripts":{"dev":"next dev"},"dependencies":{"next":"15"}}"#;
    for (names, install, run) in [
        (&["package-lock.json"][..], "npm ci", "npm run dev"),
        (&[], "npm install", "npm run dev"),
        (&["pnpm-lock.yaml"], "corepack pnpm install --frozen-lockfile", "corepack pnpm run dev"),
        (&["yarn.lock"], "corepack yarn install --frozen-lockfile", "corepack yarn run dev"),
        (&["yarn.lock", ".yarnrc.yml"], "corepack yarn install --immutable", "corepack yarn run dev"),
        (&["bun.lock"], "npx --yes bun install", "npx --yes bun run dev"),
    ] {
        let proposal = propose(&evidence(names, &[("package.json", package)]));
        assert_eq!(commands(&proposal), [install, run]);
        assert_eq!(port(&proposal), 3000);
    }
    let named = r#"{"packageManager":"yarn@4.1.0","scripts":{"start":"node a.js"}}"#;
    let proposal = propose(&evidence(&["yarn.lock", "package-lock.json"], &[("package.json", named)]));
    assert_eq!(commands(&proposal)[0], "corepack yarn install --immutable");
    assert!(proposal.startup_commands[0].because.contains("names Yarn"));
}

#[test]
fn the_port_is_where_somebody_says_so() {
    let with = |script: &str, texts: &[(&str, &str)]| {
        let package = serde_json::json!({ "scripts": { "dev": script } }).to_string();
        let mut all = vec![("package.json", package.as_str())];
        all.extend_from_slice(texts);
        propose(&evidence(&[], &all)).preview_port.unwrap()
    };
    for (script, port) in [
        ("vite --port 4000", 4000),
        ("vite --port=4001 --host", 4001),
        ("next dev -p 4002", 4002),
        ("PORT=4003 node server.js", 4003),
        ("cross-env NODE_ENV=x react-scripts start", 3000),
        ("astro dev", 4321),
        ("ng serve", 4200),
        ("vite preview", 4173),
        ("webpack serve --mode development", 8080),
        ("node_modules/.bin/something", 3000),
        ("nodemon invite.js", 3000),
        ("vite --port 80", 5173),
        ("vite --port 99999", 5173),
    ] {
        assert_eq!(with(script, &[]).value, port, "{script}");
    }
    assert_eq!(with("vite", &[("vite.config.ts", "export default {\n  server: { port: 8123 },\n}")]).value, 8123);
    assert_eq!(with("vite", &[("vite.config.ts", "// port: 1\nconst support: 8 = x")]).value, 5173);
    assert_eq!(with("next dev", &[(".env.example", "PORT=4100")]).value, 4100);
    assert_eq!(with("vite", &[(".env.example", "PORT=4100")]).value, 5173);
    let exposed = with("node server.js", &[("Dockerfile", "FROM a AS b\nEXPOSE 1111\nFROM c\nEXPOSE 80 9000/tcp\n")]);
    assert_eq!(exposed, suggest(9000, "because the Dockerfile exposes 9000"));
    let compose = "services:\n  web:\n    build: .\n    ports:\n      - \"80:8088\"\n  db:\n    image: postgres:16\n";
    assert_eq!(with("node server.js", &[("compose.yaml", compose)]).value, 8088);
    let package = r#"{"scripts":{"dev":"yarn dev:web","dev:web":"vite --port 4555"}}"#;
    assert_eq!(port(&propose(&evidence(&[], &[("package.json", package)]))), 4555);
}

#[test]
fn services_come_from_packages_images_and_names() {
    for (file, text, expected) in [
        ("package.json", r#"{"dependencies":{"pg":"8","bullmq":"5"}}"#, &Service::ALL[..]),
        ("requirements.txt", "Django==5\npsycopg2-binary>=2\n# redis\n", &[Service::Postgresql]),
        ("pyproject.toml", "[project]\ndependencies = [\"fastapi\", \"redis>=5\"]\n", &[Service::Redis]),
        ("Gemfile", "source 'x'\ngem 'rails'\ngem \"pg\", \"~> 1\"\n", &[Service::Postgresql]),
        ("go.mod", "require (\n\tgithub.com/jackc/pgx/v5 v5.1.0\n)", &[Service::Postgresql]),
        ("Cargo.toml", "[dependencies]\nsqlx = { features = [\"postgres\"] }\nredis = \"1\"\n", &Service::ALL),
        (
            "docker-compose.yml",
            "services:\n  a:\n    image: docker.io/bitnami/postgresql:16\n  b:\n    image: 'redis' # x\n",
            &Service::ALL,
        ),
        (".env.example", "DATABASE_URL=\"postgresql://a:b@localhost/x\"\n", &[Service::Postgresql]),
        (".env.example", "DATABASE_URL=\nREDIS_HOST=localhost", &Service::ALL),
        (".env.example", "DATABASE_URL=mysql://a@localhost/x", &[]),
        (".env.example", "DATABASE_URL=file:./dev.db", &[]),
        ("prisma/schema.prisma", "datasource db {\n  provider = \"postgresql\"\n}", &[Service::Postgresql]),
        ("prisma/schema.prisma", "generator x {\n  provider = \"prisma-client-js\"\n}", &[]),
        ("package.json", r#"{"dependencies":{"express":"4"}}"#, &[]),
    ] {
        assert_eq!(services(&propose(&evidence(&[], &[(file, text)]))), expected, "{file}: {text}");
    }
    let compose = "services:\n  a:\n    image: mysql:8\n";
    let proposal = propose(&evidence(&[], &[("compose.yml", compose)]));
    assert_eq!(proposal.notes[0], "compose.yml also starts MySQL, which sessions do not have.");
}

#[test]
fn names_of_variables_go_on_and_values_that_could_be_secrets_do_not() {
    let example = "# comment\nexport NODE_ENV=development\nPORT=3000\nAPI_URL=http://localhost:4000/api # local\n\
        SITE=https://example.com\nSTRIPE_KEY=sk_live_abcdef\nSESSION_NAME=shop\nOPENAI=sk-abcDEF123456\nLEVEL=\"info\"\n\
        1BAD=x\nPATH=/bin\nANTHROPIC_API_KEY=\nNODE_OPTIONS=\nNODE_ENV=twice\nDATABASE_URL=postgres://a:b@localhost/x\nWORKERS=4\nnot a line\nPROXY=http://localhost@evil.test";
    let proposal = propose(&evidence(&[], &[(".env.example", example)]));
    let variables: Vec<_> =
        proposal.env_vars.iter().map(|it| (it.value.name.as_str(), it.value.example.as_deref())).collect();
    assert_eq!(
        variables,
        [
            ("NODE_ENV", Some("development")),
            ("API_URL", Some("http://localhost:4000/api")),
            ("SITE", None),
            ("STRIPE_KEY", None),
            ("SESSION_NAME", None),
            ("OPENAI", None),
            ("LEVEL", Some("info")),
            ("WORKERS", Some("4")),
            ("PROXY", None),
        ],
        "DATABASE_URL comes with the service, PORT with the preview"
    );
    assert_eq!(proposal.env_vars[0].because, "because .env.example names it");
}

#[test]
fn other_languages_start_too() {
    let run = |names: &[&str], texts: &[(&str, &str)]| {
        let proposal = propose(&evidence(names, texts));
        (commands(&proposal).last().map(|command| (*command).to_owned()).unwrap_or_default(), proposal.preview_port)
    };
    let active = ". \"$HOME/venv/bin/activate\" && ";
    for (names, texts, last, port) in [
        (
            &["manage.py"][..],
            &[("requirements.txt", "django")][..],
            format!("{active}python manage.py runserver 8000"),
            8000,
        ),
        (
            &["main.py"],
            &[("requirements.txt", "fastapi\nuvicorn[standard]")],
            format!("{active}uvicorn main:app --reload --port 8000"),
            8000,
        ),
        (
            &["app.py", "poetry.lock"],
            &[("pyproject.toml", "flask = \"^3\"")],
            format!("{active}flask run --debug --port 5000"),
            5000,
        ),
        (&[], &[("Gemfile", "gem 'rails', '8'")], "bin/rails server -p 3000".into(), 3000),
        (&[], &[("Gemfile", "gem \"jekyll\"")], "bundle exec jekyll serve --port 4000".into(), 4000),
        (&["main.go"], &[("go.mod", "module x")], "go run .".into(), 3000),
        (&[], &[("Cargo.toml", "[package]\nname = \"x\"")], "cargo run".into(), 3000),
        (&[], &[("Procfile", "worker: x\nweb: ./serve --now\n")], "./serve --now".into(), 3000),
        (&["index.html"], &[], "python3 -m http.server 8080".into(), 8080),
        (&["index.js"], &[("package.json", "{}")], "node index.js".into(), 3000),
        (
            &[],
            &[("Dockerfile", "FROM x\nCMD [\"./run\", \"it's me\"]\nEXPOSE 7000")],
            "./run 'it'\\''s me'".into(),
            7000,
        ),
    ] {
        let (command, found) = run(names, texts);
        assert_eq!(command, last, "{texts:?}");
        assert_eq!(found.unwrap().value, port, "{texts:?}");
    }
    let django = propose(&evidence(&["manage.py"], &[("requirements.txt", "django\npsycopg")]));
    assert!(commands(&django).iter().any(|command| command.ends_with("python manage.py migrate")));
}

#[test]
fn a_built_site_is_built_first_and_tables_are_made() {
    let package = r#"{"scripts":{"start":"next start","build":"next build"},"dependencies":{"next":"15","pg":"8"},"devDependencies":{"prisma":"6"}}"#;
    let proposal = propose(&evidence(&["package-lock.json", "prisma/schema.prisma"], &[("package.json", package)]));
    assert_eq!(commands(&proposal), ["npm ci", "npx prisma db push", "npm run build", "npm run start"]);
}

#[test]
fn what_is_not_understood_is_said() {
    let nothing = propose(&Evidence::default());
    assert_eq!(nothing.notes, ["How this project starts could not be found. Write its startup commands."]);
    assert_eq!((nothing.startup_commands, nothing.preview_port), (vec![], None));
    for text in ["", "{", "[]", "null", &"[".repeat(10_000), "{\"scripts\":3,\"dependencies\":[1]}"] {
        let proposal = propose(&evidence(&[], &[("package.json", text)]));
        assert!(!proposal.notes.is_empty(), "{}", &text[..text.len().min(20)]);
    }
    let old = propose(&evidence(&["index.html"], &[(".nvmrc", "v18.2.0\n")]));
    assert_eq!(old.notes, [".nvmrc asks for Node 18; sessions have Node 22."]);
}

#[test]
fn a_readme_that_is_all_decoration_gives_no_draft() {
    for text in [
        "# Title\n\n![logo](a.png)\n\n- one\n- two\n",
        "Title with enough letters\n=========================\n",
        "---\ntitle: something long enough here\n---\n# X\n",
        "<!-- a comment that goes\nover several lines, all of them -->\n<p>markup is not text, however long</p>",
        "```\nnpm install something very long\n```\n",
        "short\n",
    ] {
        assert_eq!(propose(&evidence(&[], &[("README.md", text)])).context_instructions, None, "{text}");
    }
    let long = propose(&evidence(&[], &[("README", &"word ".repeat(20_000))]));
    assert_eq!(long.context_instructions.unwrap().value.chars().count(), 600);
}

#[test]
fn what_is_proposed_can_be_saved() {
    let names: Vec<&str> =
        "src app pages components views templates public static docs index.html manage.py".split(' ').collect();
    let proposal =
        propose(&evidence(&names, &[("requirements.txt", "django\nredis\npsycopg2"), (".env.example", "A=1\nB=2")]));
    let text = |list: &[Suggested<String>]| list.iter().map(|it| it.value.clone()).collect::<Vec<_>>();
    let variables: BTreeMap<_, _> = proposal
        .env_vars
        .iter()
        .map(|it| (it.value.name.clone(), it.value.example.clone().unwrap_or_default()))
        .collect();
    assert_eq!(project::variables(variables.clone()), Ok(variables.clone()));
    let commands = text(&proposal.startup_commands);
    assert_eq!(project::start(Some(&variables), &commands, &services(&proposal), port(&proposal).into()), Ok(()));
    let patterns = text(&proposal.allowed_file_patterns);
    assert!(!patterns.is_empty() && Patterns::parse(patterns.iter().map(String::as_str)).is_ok());
    let json = serde_json::to_value(&proposal).unwrap();
    assert_eq!(json["requiredServices"][0]["value"], "postgresql");
    assert_eq!(json["previewPort"]["value"], 8000);
    assert!(json["allowedFilePatterns"][0]["because"].as_str().unwrap().starts_with("because "));
}

/// Contents that a hostile repository might have in any of the files.
fn content() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,300}",
        "[\\[\\]{}\"':,a-z0-9=#\n -]{0,300}",
        Just(
            r#"{"scripts":{"dev":"vite; $(touch x) --port 65536 -p"},"main":"-e","packageManager":"npm@;rm"}"#
                .to_owned()
        ),
        Just("web: \u{202e}x\n  image: \nports:\n - :::\nFROM\nCMD [\"\\u0000\"]\nEXPOSE 0 -1 x".to_owned()),
        Just("A=1\n".repeat(3000)),
        (0..200u32).prop_map(|count| (0..count).map(|at| format!("V{at}=x{at}\ngem 'a{at}'\n")).collect()),
    ]
}

proptest! {
    #[test]
    fn no_repository_makes_it_panic_or_propose_what_cannot_be_saved(
        contents in proptest::collection::vec((0..WANTED.len(), content()), 0..12),
        names in proptest::collection::vec("[a-z./-]{0,12}|src|index.html|index.js|main.go|yarn.lock", 0..8),
    ) {
        let mut known = Evidence::default();
        names.iter().for_each(|name| known.add_name(name));
        contents.iter().for_each(|(at, text)| known.add_text(WANTED[*at], text));
        let proposal = propose(&known);
        let commands: Vec<String> = proposal.startup_commands.iter().map(|it| it.value.clone()).collect();
        let variables: BTreeMap<_, _> = proposal.env_vars.iter().map(|it| (it.value.name.clone(), String::new())).collect();
        let port = proposal.preview_port.as_ref().map_or(3000, |port| port.value);
        prop_assert!(project::variables(variables.clone()).is_ok());
        prop_assert!(project::start(Some(&variables), &commands, &services(&proposal), port.into()).is_ok());
        prop_assert!(commands.iter().all(|command| !command.chars().any(char::is_control)));
        prop_assert!(proposal.preview_port.is_none() == commands.is_empty());
    }
}
