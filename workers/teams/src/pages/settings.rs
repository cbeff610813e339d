//! `/orgs/:orgId/settings`: what a team is called and may spend, who is in it, and the ways out. Members see of it what is
//! theirs: the way out.

use super::{Markup, Part, Shell, Team, art, head, moment, needs_script, notice::Notice, page, words, wrong};
use maud::html;

/// Somebody in the team.
#[derive(Clone, Debug)]
pub struct Member {
    /// Opaque.
    pub id: String,
    /// What they call themselves; empty when they have not said.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they decide things.
    pub is_admin: bool,
    /// The day on which they came.
    pub since: String,
}

impl Member {
    fn called(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// An invite that nobody has accepted yet.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Opaque.
    pub id: String,
    /// Whom it is for; `None`: whoever has the link.
    pub email: Option<String>,
    /// What they will be.
    pub is_admin: bool,
    /// Unix milliseconds UTC.
    pub expires_at: i64,
}

/// What only admins see.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    /// Micro-dollars a month.
    pub budget: Option<i64>,
    /// In the order in which they came.
    pub members: &'a [Member],
    /// The newest first.
    pub invites: &'a [Invite],
    /// Who is looking.
    pub own_id: &'a str,
}

/// The page; `decided` is for admins.
pub fn show(shell: Shell<'_>, team: Team<'_>, decided: Option<Decided<'_>>, notice: Option<Notice>) -> Markup {
    let parts: &[(&str, &str)] = match decided {
        Some(_) => &[
            ("about", "Name and budget"),
            ("people", "People"),
            ("invites", "Invites"),
            ("leave", "Leave"),
            ("delete", "Delete"),
        ],
        None => &[("leave", "Leave")],
    };
    let main = html! {
        (head(team, Part::Settings, None, notice))
        (needs_script())
        div.settings {
            div.settings-head {
                nav.settings-nav aria-label="Parts of the settings" {
                    ul role="list" { @for (id, title) in parts { li { a href={ "#" (id) } { (title) } } } }
                }
            }
            div.settings-parts {
                @if let Some(decided) = decided {
                    (about(team, decided.budget))
                    (people(team, decided))
                    (invites(team, decided.invites))
                }
                (leave(team, decided))
                @if decided.is_some() { (delete(team)) }
            }
        }
    };
    page(
        shell,
        &format!("Settings of {}", team.name),
        "teams",
        main,
        html! {
            (leave_dialog(team))
            @if let Some(decided) = decided {
                (delete_dialog(team))
                @for member in decided.members { @if member.id != decided.own_id { (remove_dialog(team, member)) } }
            }
        },
    )
}

/// The notice, and the part of the page that it is about.
fn then(team: Team<'_>, notice: &str, part: &str) -> String {
    format!("{}/settings?notice={notice}#{part}", team.path())
}

fn about(team: Team<'_>, budget: Option<i64>) -> Markup {
    html! {
        section.card.sheet.part #about aria-labelledby="about-title" {
            h2 #about-title { "Name and budget" }
            form method="post" data-send={ "PUT " (team.api()) } data-then=(then(team, "team-saved", "about")) {
                div.field {
                    label for="name" { "Name" }
                    input.input #name type="text" name="name" data-kind="text" required maxlength="60" value=(team.name) autocomplete="organization";
                }
                div.field.short {
                    label for="monthly" { "Dollars a month" }
                    input.input #monthly type="number" name="monthlyBudgetUsd" data-kind="number-or-none" min="0" max="1000000" step="0.01"
                        value=(budget.map(words::dollars).unwrap_or_default()) inputmode="decimal" aria-describedby="monthly-hint";
                    p.hint #monthly-hint { "What all sessions of a calendar month may cost together. Empty: only each session has a limit." }
                }
                (wrong())
                button.button.plain type="submit" { "Save" }
            }
        }
    }
}

fn people(team: Team<'_>, decided: Decided<'_>) -> Markup {
    let admins = decided.members.iter().filter(|member| member.is_admin).count();
    html! {
        section.card.sheet.part #people aria-labelledby="people-title" {
            h2 #people-title { "People" }
            p { "Admins set up projects, decide who is in the team, and may put a change straight into the main branch. Members ask for changes and send them for review." }
            ul.entries role="list" {
                @for member in decided.members { (person(team, member, member.id == decided.own_id, admins)) }
            }
        }
    }
}

fn person(team: Team<'_>, member: &Member, is_own: bool, admins: usize) -> Markup {
    let is_last = member.is_admin && admins < 2;
    let (to, label) = if member.is_admin { ("MEMBER", "Make a member") } else { ("ADMIN", "Make an admin") };
    html! {
        li.entry {
            div.entry-words {
                p.entry-name { (member.called()) @if is_own { " (you)" } }
                p.entry-facts {
                    @if !member.name.is_empty() { span { (member.email) } }
                    span { @if member.is_admin { "Admin" } @else { "Member" } }
                    span { "since " (member.since) }
                }
                @if is_last { p.hint { "The only admin, and a team needs one. Make somebody else an admin before this can change." } }
            }
            @if !is_last {
                form.inline method="post" data-send={ "POST " (team.api()) "/members" } data-then=(then(team, "role-changed", "people")) {
                    input type="hidden" name="userId" data-kind="text" value=(member.id);
                    input type="hidden" name="role" data-kind="text" value=(to);
                    button.text-button type="submit" aria-label={ (label) ": " (member.called()) } { (label) }
                    (wrong())
                }
            }
            @if !is_own {
                button.text-button type="button" data-opens={ "remove-" (member.id) } aria-label={ "Remove " (member.called()) } { "Remove" }
            }
        }
    }
}

fn remove_dialog(team: Team<'_>, member: &Member) -> Markup {
    let id = format!("remove-{}", member.id);
    html! {
        dialog id=(id) aria-labelledby={ (id) "-title" } {
            div.dialog-head {
                h2 id={ (id) "-title" } tabindex="-1" { "Remove " span.whole { (member.called()) } "?" }
                button.close type="button" aria-label="Close" data-closes { (art::cross()) }
            }
            p { "They no longer see this team, its projects or its sessions. What they have done stays. You can invite them again." }
            form method="post" data-send={ "DELETE" " " (team.api()) "/members" } data-then=(then(team, "removed", "people")) {
                input type="hidden" name="userId" data-kind="text" value=(member.id);
                (wrong())
                div.row {
                    button.button.grave type="submit" { "Remove" }
                    button.button.plain type="button" data-closes { "Keep them" }
                }
            }
        }
    }
}

fn invites(team: Team<'_>, invites: &[Invite]) -> Markup {
    html! {
        section.card.sheet.part #invites aria-labelledby="invites-title" {
            h2 #invites-title { "Invites" }
            form #invite-form method="post" data-invite={ "POST " (team.api()) "/invites" } {
                div.field {
                    label for="invite-email" { "E-mail address " span.may { "(may be left empty)" } }
                    input.input #invite-email type="email" name="email" maxlength="254" autocomplete="off" aria-describedby="invite-email-hint";
                    p.hint #invite-email-hint { "We mail the invite there, and only that address can accept it. Without one you get a link for whoever you hand it to." }
                }
                fieldset.choices.two {
                    legend { "As what" }
                    label.choice { input type="radio" name="role" value="MEMBER" checked; span { strong { "Member" } span.hint { "Asks for changes" } } }
                    label.choice { input type="radio" name="role" value="ADMIN"; span { strong { "Admin" } span.hint { "Decides as well" } } }
                }
                p.wrong role="alert" data-wrong {}
                button.button.needs-script type="submit" { "Invite" }
            }
            div.card #invite-made tabindex="-1" aria-labelledby="invite-made-words" hidden {
                p #invite-made-words {}
                div.paste {
                    pre { code #invite-link {} }
                    button.button.plain type="button" data-copies="invite-link" { "Copy the link" }
                }
                p.hint { "The link is shown this once. It is good for a week and for one person." }
            }
            (open_invites(team, invites))
        }
    }
}

fn open_invites(team: Team<'_>, invites: &[Invite]) -> Markup {
    html! {
        div #open-invites {
            @if invites.is_empty() {
                p.quiet.spaced { "Nobody has an invite that is still open." }
            } @else {
                h3.spaced { "Still open" }
                ul.entries role="list" {
                    @for invite in invites {
                        @let whom = invite.email.as_deref().unwrap_or("Whoever has the link");
                        li.entry {
                            div.entry-words {
                                p.entry-name { (whom) }
                                p.entry-facts {
                                    span { @if invite.is_admin { "Admin" } @else { "Member" } }
                                    span { "until " (moment(invite.expires_at)) }
                                }
                            }
                            form.inline method="post" data-send={ "DELETE" " " (team.api()) "/invites/" (invite.id) } data-then=(then(team, "invite-back", "invites")) {
                                button.text-button type="submit" aria-label={ "Take back the invite for " (whom) } { "Take back" }
                                (wrong())
                            }
                        }
                    }
                }
            }
        }
    }
}

fn leave(team: Team<'_>, decided: Option<Decided<'_>>) -> Markup {
    let is_last = decided.is_some_and(|decided| decided.members.iter().filter(|member| member.is_admin).count() < 2);
    html! {
        section.card.sheet.part #leave aria-labelledby="leave-title" {
            h2 #leave-title { "Leave" }
            @if is_last {
                p { "You are the only admin of " (team.name) ", and a team needs one. Make somebody else an admin first, or delete the team." }
            } @else {
                p { "You no longer see this team, its projects or its sessions. What you have done stays. To come back, you need an invite." }
                button.button.grave.needs-script type="button" data-opens="leave-team" { "Leave " (team.name) }
            }
        }
    }
}

fn leave_dialog(team: Team<'_>) -> Markup {
    html! {
        dialog #leave-team aria-labelledby="leave-team-title" {
            div.dialog-head {
                h2 #leave-team-title tabindex="-1" { "Leave " (team.name) "?" }
                button.close type="button" aria-label="Close" data-closes { (art::cross()) }
            }
            p { "To come back, you need an invite from an admin." }
            form method="post" data-send={ "POST " (team.api()) "/leave" } data-then="/orgs?notice=team-left" {
                (wrong())
                div.row {
                    button.button.grave type="submit" { "Leave" }
                    button.button.plain type="button" data-closes { "Stay" }
                }
            }
        }
    }
}

fn delete(team: Team<'_>) -> Markup {
    html! {
        section.card.sheet.part #delete aria-labelledby="delete-title" {
            h2 #delete-title { "Delete the team" }
            p { "For everybody in it, and for good. Repositories at GitHub stay as they are." }
            button.button.grave.needs-script type="button" data-opens="delete-team" { "Delete " (team.name) }
        }
    }
}

fn delete_dialog(team: Team<'_>) -> Markup {
    html! {
        dialog #delete-team aria-labelledby="delete-team-title" {
            div.dialog-head {
                h2 #delete-team-title tabindex="-1" { "Delete " (team.name) "?" }
                button.close type="button" aria-label="Close" data-closes { (art::cross()) }
            }
            p { "This cannot be undone. Everybody in the team loses:" }
            ul {
                li { "its projects here, with their settings and variables" }
                li { "all of its sessions, with what was said in them" }
                li { "invites that are still open" }
            }
            form method="post" data-confirm=(team.name) data-send={ "DELETE" " " (team.api()) } data-then="/orgs?notice=team-deleted" {
                div.field {
                    label for="delete-confirm" { "Type " strong { (team.name) } " to go on" }
                    input.input #delete-confirm type="text" required autocomplete="off" autocapitalize="none" spellcheck="false" autofocus;
                }
                (wrong())
                div.row {
                    button.button.grave type="submit" { "Delete for good" }
                    button.button.plain type="button" data-closes { "Keep it" }
                }
            }
        }
    }
}
