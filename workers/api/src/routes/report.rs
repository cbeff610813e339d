//! `/report`: what somebody says is wrong with a page. For everybody, signed in or not, with scripts or without.

use crate::{
    answer::{self, Answer},
    ask::Ask,
    facts, limits,
    pages::report::{self as view, Form, Sent},
    report,
};
use vetka_domain::report::{MAX_DETAILS, Problems, Reason, read};

const NOT_OURS: &str = "We know no site at this address. Copy it from the top of your browser, all of it.";

/// The form; or, with `?sent=`, what happens now.
pub async fn show(ask: Ask) -> Answer {
    let facts = facts::of(&ask).await?;
    if let Some(reference) = ask.param("sent").filter(|reference| report::is_reference(reference)) {
        return answer::page(200, view::thanks(facts.shell(), Sent { reference: &reference }));
    }
    let url = ask.param("url").unwrap_or_default();
    answer::page(200, view::form(facts.shell(), Form { url: &url, ..Form::default() }))
}

/// Keeps a report. Whatever is wrong with it, nothing that was written is lost.
pub async fn take(ask: Ask, body: Vec<u8>) -> Answer {
    let fields = ask.form(&body)?;
    let [url, reason, details, email] = ["url", "reason", "details", "email"].map(|name| fields.get(name));
    let details_shown: String = details.chars().take(MAX_DETAILS * 2).collect();
    let form =
        Form { url: &url, reason: Reason::parse(&reason), details: &details_shown, email: &email, ..Form::default() };
    let again = async |status, form: Form<'_>| -> Answer {
        answer::page(status, view::form(facts::of(&ask).await?.shell(), form))
    };
    let report = match read(&reason, &details, &email) {
        Ok(report) => report,
        Err(problems) => return again(422, Form { problems, ..form }).await,
    };
    // The network's limit comes before anything is looked up.
    if let Err(refusal) = limits::reports(&ask).await {
        let page = again(429, Form { refused: Some(&refusal.message), ..form }).await?;
        return Ok(answer::refusing(page, &refusal));
    }
    let Some((site, page)) = report::find(&ask, &url).await? else {
        let problems = Problems { url: Some(NOT_OURS), ..Problems::default() };
        return again(422, Form { problems, ..form }).await;
    };
    if let Err(refusal) = limits::reports_of_site(&ask, &site.domain).await {
        let words = "We have many reports about this site already and are looking into them. Thank you.";
        let page = again(429, Form { refused: Some(words), ..form }).await?;
        return Ok(answer::refusing(page, &refusal));
    }
    let reference = report::keep(&ask, &site, &page, &report).await?;
    Ok(answer::see_other(&format!("/report?sent={reference}")))
}
