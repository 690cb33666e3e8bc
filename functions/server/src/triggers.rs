//! `packhouse triggers`: how the triggers of a repository fare.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use packhouse_forge::iso8601;
use serde_json::{Value, json};

use crate::control::Control;
use crate::options::{TriggersCommand, TriggersOptions};
use crate::{control, runtime};

/// Carries out one command.
pub(crate) fn run(options: TriggersOptions) -> Result<()> {
    runtime::run(async {
        let control = control::reach(&options.data, options.remote).await?;
        match options.command {
            TriggersCommand::List { repository, json } => list(&control, &repository, json).await,
            TriggersCommand::Secret { repository, trigger } => secret(&control, &repository, &trigger).await,
            TriggersCommand::Redeliver {
                repository,
                trigger,
                from,
            } => redeliver(&control, (&repository, &trigger), from).await,
        }
    })
}

async fn list(control: &Control, repository: &str, json: bool) -> Result<()> {
    let input = json!({ "repositoryName": repository });
    let answer = control.call("Packhouse_20260101.ListTriggerStates", &input).await?;
    let triggers = answer["triggers"].as_array().context("the server lists none")?;
    let mut out = std::io::stdout().lock();
    for trigger in triggers {
        if json {
            writeln!(out, "{trigger}")?;
        } else {
            writeln!(out, "{}", line(trigger))?;
        }
    }
    Ok(())
}

/// A trigger in one line. Nothing of it can move a terminal's cursor.
fn line(trigger: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let time = |milliseconds: &Value| milliseconds.as_u64().map(|at| iso8601::format(at / 1000));
    let last = &trigger["last"];
    let last = match (time(&last["timeMs"]), last["failure"].as_str()) {
        (None, _) => "nothing told yet".to_owned(),
        (Some(at), None) => format!("delivered {at}"),
        (Some(at), Some(why)) => format!("failed {at}: {}", why.escape_debug()),
    };
    let next = time(&trigger["nextTryMs"]).map_or_else(String::new, |at| format!("  next try {at}"));
    let (name, target) = (text(&trigger["name"]), text(&trigger["target"]));
    format!(
        "{name}  {target}  told up to version {}, {} behind  {last}{next}",
        trigger["told"], trigger["behind"]
    )
}

async fn secret(control: &Control, repository: &str, trigger: &str) -> Result<()> {
    let input = json!({ "repositoryName": repository, "triggerName": trigger });
    let answer = control.call("Packhouse_20260101.RevealWebhookSecret", &input).await?;
    let secret = answer["webhookSecret"].as_str().context("the server has none")?;
    writeln!(std::io::stdout().lock(), "{secret}")?;
    Ok(())
}

async fn redeliver(control: &Control, (repository, trigger): (&str, &str), from: Option<u64>) -> Result<()> {
    let input = json!({ "repositoryName": repository, "triggerName": trigger, "fromVersion": from });
    let answer = control.call("Packhouse_20260101.RedeliverTrigger", &input).await?;
    let told = &answer["told"];
    writeln!(
        std::io::stdout().lock(),
        "{trigger} goes on behind version {told}; `packhouse triggers list {repository}` shows what comes of it"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_one_line() {
        let base = json!({ "name": "t", "target": "https://x/", "told": 4, "behind": 2, "failures": 1 });
        for (last, next, expect) in [
            (Value::Null, Value::Null, "nothing told yet"),
            (json!({ "timeMs": 1000 }), Value::Null, "delivered 1970-01-01T00:00:01Z"),
            (
                json!({ "timeMs": 1000, "failure": "status\u{1b}[2J" }),
                json!(5000),
                "failed 1970-01-01T00:00:01Z: status\\u{1b}[2J  next try 1970-01-01T00:00:05Z",
            ),
        ] {
            let mut trigger = base.clone();
            trigger["last"] = last;
            trigger["nextTryMs"] = next;
            let expect = format!("t  https://x/  told up to version 4, 2 behind  {expect}");
            assert_eq!(line(&trigger), expect);
        }
    }
}
