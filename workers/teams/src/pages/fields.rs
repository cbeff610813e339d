//! What can be set about a project, as one form for each thing: the steps of setting it up and the parts of its settings.
//! Where the reason for a proposal is to stand, there is a place for it (`data-because`).

use super::{Markup, Team, words, wrong};
use crate::project::Project;
use maud::html;
use vetka_domain::team::project::{MODEL, MODELS, Service};

/// One thing that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What it is called, and its main branch.
    Basics,
    /// Commands, services, port.
    Start,
    /// Environment variables.
    Variables,
    /// What the agent should know.
    Context,
    /// Which files may change.
    Files,
    /// Budget, time, model.
    Limits,
}

impl Field {
    /// The steps of setting a project up.
    pub const STEPS: [Self; 5] = [Self::Start, Self::Variables, Self::Context, Self::Files, Self::Limits];
    /// The parts of its settings.
    pub const ALL: [Self; 6] = [Self::Basics, Self::Start, Self::Variables, Self::Context, Self::Files, Self::Limits];

    /// Stands in addresses.
    pub fn id(self) -> &'static str {
        match self {
            Self::Basics => "basics",
            Self::Start => "start",
            Self::Variables => "variables",
            Self::Context => "knowledge",
            Self::Files => "files",
            Self::Limits => "limits",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Basics => "Name and branch",
            Self::Start => "How it starts",
            Self::Variables => "Variables",
            Self::Context => "What the agent should know",
            Self::Files => "What may be changed",
            Self::Limits => "Limits",
        }
    }
}

/// Its form. `buttons` stand at its end.
pub fn form(team: Team<'_>, project: &Project, variables: &[String], field: Field, buttons: Markup) -> Markup {
    html! {
        form method="post" data-field=(field.id()) data-send={ "PUT " (team.api()) "/projects/" (project.id) } {
            @match field {
                Field::Basics => (basics(project)),
                Field::Start => (start(project)),
                Field::Variables => (variables_list(variables)),
                Field::Context => (context(project)),
                Field::Files => (files(project)),
                Field::Limits => (limits(project)),
            }
            (wrong())
            div.row { (buttons) }
        }
    }
}

fn because(of: &str) -> Markup {
    html! { div.because data-because=(of) hidden {} }
}

fn basics(project: &Project) -> Markup {
    html! {
        div.field {
            label for="project-name" { "Name" }
            input.input #project-name type="text" name="name" data-kind="text" required maxlength="60" value=(project.name) autocomplete="off";
        }
        div.field {
            label for="project-branch" { "Main branch" }
            input.input #project-branch type="text" name="defaultBranch" data-kind="text" required maxlength="200" value=(project.default_branch)
                autocapitalize="none" spellcheck="false" autocomplete="off" aria-describedby="project-branch-hint";
            p.hint #project-branch-hint { "Every session begins from it, and ends in a pull request for it." }
        }
    }
}

fn start(project: &Project) -> Markup {
    html! {
        div.field {
            label for="startup-commands" { "Commands, one a line" }
            textarea.input.code #startup-commands name="startupCommands" data-kind="lines" rows="4" spellcheck="false" autocapitalize="none"
                aria-describedby="startup-commands-hint" placeholder="npm ci\nnpm run dev" { (project.startup_commands.join("\n")) }
            p.hint #startup-commands-hint { "They run one after another in the repository’s folder. The last one goes on running: it is what the preview shows." }
            (because("startupCommands"))
        }
        fieldset.choices {
            legend { "What it needs beside its own code" }
            @for service in Service::ALL {
                label.choice {
                    input type="checkbox" name="requiredServices" data-kind="list" value=(service.as_str()) checked[project.required_services.contains(&service)];
                    span {
                        strong { (service.title()) }
                        span.hint {
                            @match service {
                                Service::Postgresql => "A database. DATABASE_URL says where it is.",
                                Service::Redis => "A store in memory. REDIS_URL says where it is.",
                            }
                        }
                    }
                }
            }
            (because("requiredServices"))
        }
        div.field.short {
            label for="preview-port" { "Port of the preview" }
            input.input #preview-port type="number" name="previewPort" data-kind="number" min="1" max="65535" step="1" required value=(project.preview_port)
                inputmode="numeric" aria-describedby="preview-port-hint";
            p.hint #preview-port-hint { "Where the last command answers. PORT is set to it." }
            (because("previewPort"))
        }
    }
}

fn variables_list(variables: &[String]) -> Markup {
    html! {
        p { "Keys and addresses that the project reads from its environment. They are kept sealed: nobody sees a value again, only its name." }
        div data-variables {
            ul.entries role="list" data-kept aria-label="Variables that are set" {
                @for name in variables {
                    li.entry data-name=(name) {
                        div.entry-words { p.entry-name { code { (name) } } p.entry-facts { span data-state { "Set" } } }
                        button.text-button type="button" data-replace aria-label={ "Replace " (name) } { "Replace" }
                        button.text-button type="button" data-remove aria-label={ "Remove " (name) } { "Remove" }
                    }
                }
            }
            p.quiet data-none hidden[!variables.is_empty()] { "None is set." }
            (because("envVars"))
            div.variables-new data-new {}
            p { button.button.plain.needs-script type="button" data-add { "Add a variable" } }
        }
        p.hint { "Use values for trying things out, never those of the real service: whoever works in a session can have the project show them." }
    }
}

fn context(project: &Project) -> Markup {
    html! {
        div.field {
            label for="context" { "In your words" }
            textarea.input #context name="contextInstructions" data-kind="text" rows="8" maxlength="20000" aria-describedby="context-hint"
                placeholder="The texts are in content/. Prices are in euros. Do not touch the checkout." { (project.context_instructions) }
            p.hint #context-hint { "What a new colleague would need to hear on the first day. The agent reads it at the beginning of every session." }
            (because("contextInstructions"))
        }
    }
}

fn files(project: &Project) -> Markup {
    html! {
        div.field {
            label for="patterns" { "Patterns, one a line" }
            textarea.input.code #patterns name="allowedFilePatterns" data-kind="lines" rows="6" spellcheck="false" autocapitalize="none"
                aria-describedby="patterns-hint" placeholder="src/**\ncontent/**\n!src/payments/**" { (project.allowed_file_patterns.join("\n")) }
            p.hint #patterns-hint {
                "As in .gitignore: " code { "src/**" } " lets everything in that folder change, a line that begins with " code { "!" }
                " takes something out. Without any, every file may change but those that keep the project safe. What is changed outside is held back before anybody is asked to take it."
            }
            (because("allowedFilePatterns"))
        }
    }
}

fn limits(project: &Project) -> Markup {
    html! {
        div.field.short {
            label for="budget" { "Dollars for one session" }
            input.input #budget type="number" name="maxBudgetUsd" data-kind="number" min="0.1" max="100" step="0.01" required
                value=(words::dollars(project.max_budget)) inputmode="decimal" aria-describedby="budget-hint";
            p.hint #budget-hint { "From 0.10 to 100. The session stops before it would cost more." }
        }
        div.field.short {
            label for="minutes" { "Minutes for one session" }
            input.input #minutes type="number" name="maxSessionDurationMin" data-kind="number" min="5" max="240" step="1" required
                value=(project.max_session_duration_min) inputmode="numeric" aria-describedby="minutes-hint";
            p.hint #minutes-hint { "From 5 to 240. There is a warning before it ends, and it can be made longer once." }
        }
        fieldset.choices {
            legend { "The model that works" }
            @for model in MODELS {
                label.choice {
                    input type="radio" name="model" data-kind="choice" value=(model) checked[project.model == model];
                    span { strong { (model_name(model)) } span.hint { (model_words(model)) } }
                }
            }
        }
    }
}

/// `claude-sonnet-5` as people write it.
fn model_name(model: &str) -> String {
    let mut words = model.split('-').skip(1);
    let name = words.next().unwrap_or(model);
    let version = words.collect::<Vec<_>>().join(".");
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("Claude {first}{} {version}", letters.as_str())
}

fn model_words(model: &str) -> &'static str {
    if model == MODEL {
        return "Right for most changes.";
    }
    if model.contains("haiku") {
        "Fast and the cheapest. For texts, colours and small things."
    } else {
        "The most able, and the dearest. For changes that go deep."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_names() {
        assert_eq!(MODELS.map(model_name), ["Claude Haiku 4.5", "Claude Sonnet 5", "Claude Opus 5.5"]);
    }
}
