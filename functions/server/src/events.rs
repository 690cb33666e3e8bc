//! `packhouse events`: how many events wait, and what could not be told.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use packhouse_forge::iso8601;
use serde_json::{Value, json};

use crate::control::Control;
use crate::options::{EventsCommand, EventsOptions};
use crate::{control, runtime};

/// Carries out one command; what it asks for may have failed in part.
pub(crate) fn run(options: EventsOptions) -> Result<ExitCode> {
    runtime::run(async {
        let control = control::reach(&options.data, options.remote).await?;
        match options.command {
            EventsCommand::Lag { json } => lag(&control, json).await,
            EventsCommand::DeadLetters { json } => list(&control, json).await,
            EventsCommand::Replay { id: Some(id), .. } => replay(&control, &[id]).await,
            EventsCommand::Replay { id: None, .. } => {
                let letters = dead_letters(&control).await?;
                let ids: Vec<String> = letters.iter().map(|letter| text(&letter["id"]).to_owned()).collect();
                replay(&control, &ids).await
            }
        }
    })
}

async fn lag(control: &Control, json: bool) -> Result<ExitCode> {
    let lag = control.call("Packhouse_20260101.GetEventLag", &json!({})).await?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{lag}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let oldest = lag["oldestAgeSeconds"].as_u64();
    let oldest = oldest.map_or_else(String::new, |age| format!(", the oldest for {age} s"));
    writeln!(out, "changes in the outbox: {}{oldest}", lag["items"])?;
    let behind = lag["repositoriesWithTriggersBehind"].as_array();
    let behind: Vec<&str> = behind.into_iter().flatten().map(text).collect();
    let names = if behind.is_empty() {
        "none".to_owned()
    } else {
        behind.join(" ")
    };
    writeln!(out, "repositories whose triggers are behind: {names}")?;
    writeln!(out, "dead letters: {}", lag["deadLetters"])?;
    Ok(ExitCode::SUCCESS)
}

async fn list(control: &Control, json: bool) -> Result<ExitCode> {
    let letters = dead_letters(control).await?;
    let mut out = std::io::stdout().lock();
    for letter in &letters {
        if json {
            writeln!(out, "{letter}")?;
        } else {
            let date = iso8601::format(letter["date"].as_u64().unwrap_or_default());
            let (id, what, why) = (text(&letter["id"]), what(&letter["what"]), text(&letter["why"]));
            // What a target says must not move a terminal's cursor.
            writeln!(out, "{id}  {date}  {what}  {}", why.escape_debug())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All dead letters, as the server tells them.
async fn dead_letters(control: &Control) -> Result<Vec<Value>> {
    let (mut all, mut input) = (Vec::new(), json!({}));
    loop {
        let mut page = control.call("Packhouse_20260101.ListDeadLetters", &input).await?;
        let letters = page["deadLetters"].as_array_mut().context("the server lists none")?;
        all.append(letters);
        match page["nextToken"].as_str() {
            Some(token) => input["nextToken"] = token.into(),
            None => return Ok(all),
        }
    }
}

async fn replay(control: &Control, ids: &[String]) -> Result<ExitCode> {
    let mut done = ExitCode::SUCCESS;
    for id in ids {
        let input = json!({ "id": id });
        let answer = control.call("Packhouse_20260101.ReplayDeadLetter", &input).await?;
        let outcome = text(&answer["outcome"]);
        let why = answer["why"].as_str();
        let why = why.map_or_else(String::new, |why| format!(": {}", why.escape_debug()));
        writeln!(std::io::stdout().lock(), "{id}  {outcome}{why}")?;
        if outcome == "kept" {
            done = ExitCode::FAILURE;
        }
    }
    Ok(done)
}

/// What a dead letter is, in a few words.
fn what(what: &Value) -> String {
    if let Some(event) = what.get("Event") {
        return format!("event {}", text(&event["detail"]["event"]));
    }
    if let Some(message) = what.get("Message") {
        let (trigger, version) = (text(&message["trigger"]), &message["version"]);
        let part = message["part"].as_u64().unwrap_or_default() + 1;
        return format!("message of trigger {trigger} on version {version}, part {part}");
    }
    if what.get("Item").is_some() {
        return "item of the outbox".to_owned();
    }
    let kinds = what.as_object().into_iter().flatten();
    kinds.map(|(kind, _)| kind.to_lowercase()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_dead_letter_is_told_in_a_few_words() {
        for (given, expect) in [
            (
                json!({ "Event": { "detail": { "event": "referenceCreated" } } }),
                "event referenceCreated",
            ),
            (json!({ "Item": { "stream": "x" } }), "item of the outbox"),
            (
                json!({ "Message": { "trigger": "t", "version": 7, "part": 1 } }),
                "message of trigger t on version 7, part 2",
            ),
            (json!({ "Letter": {} }), "letter"),
        ] {
            assert_eq!(what(&given), expect);
        }
    }
}
