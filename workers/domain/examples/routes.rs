//! Prints the public route tables as JSON for tests that walk every route.

use vetka_domain::routes::{AGENT, API, DEPLOY, OPENWEB, TEAMS};

fn main() {
    println!(
        "{}",
        serde_json::json!({ "api": API, "agent": AGENT, "deploy": DEPLOY, "openweb": OPENWEB, "teams": TEAMS })
    );
}
