//! `packhouse policy simulate`.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::control::query::{Call, IAM};
use crate::control::{self, Control};
use crate::options::SimulateOptions;

/// The condition key of the ref that a request changes.
const REFERENCES: &str = "codecommit:References";

/// Prints what is decided and why; tells whether all is allowed.
pub(crate) async fn run(options: SimulateOptions) -> Result<bool> {
    let SimulateOptions {
        data,
        remote,
        principal_arn,
        user,
        actions,
        mut resources,
        repositories,
        reference,
        mut context,
    } = options;
    let control = control::reach(&data, remote).await?;
    let principal = match (principal_arn, user) {
        (Some(arn), _) => arn,
        (None, user) => arn_of(&control, &user.unwrap_or_default()).await?,
    };
    for name in repositories {
        resources.push(repository_arn(&principal, control.region(), &name)?);
    }
    context.extend(reference.map(|name| (REFERENCES.to_owned(), full_ref(name))));
    let context = grouped(context);
    let mut evaluations = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut call = call(&principal, &actions, &resources, &context);
        if let Some(marker) = &marker {
            call = call.with("Marker", marker);
        }
        let page: Simulated = control.query(call).await?;
        evaluations.extend(page.result.results.member);
        marker = page.result.marker;
        if marker.is_none() {
            break;
        }
    }
    let mut out = std::io::stdout().lock();
    for evaluation in &evaluations {
        writeln!(out, "{}", evaluation.told())?;
    }
    Ok(evaluations.iter().all(Evaluation::is_allowed) && !evaluations.is_empty())
}

/// The values of each condition key.
fn grouped(context: Vec<(String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in context {
        keys.entry(key).or_default().push(value);
    }
    keys
}

fn call(principal: &str, actions: &[String], resources: &[String], keys: &BTreeMap<String, Vec<String>>) -> Call {
    let actions: Vec<String> = actions.iter().map(|action| full_action(action)).collect();
    let mut call = Call::new(IAM, "SimulatePrincipalPolicy")
        .with("PolicySourceArn", principal)
        .with_members("ActionNames", actions.iter().map(String::as_str))
        .with_members("ResourceArns", resources.iter().map(String::as_str));
    for (at, (key, values)) in keys.iter().enumerate() {
        let entry = format!("ContextEntries.member.{}", at + 1);
        let kind = if values.len() == 1 { "string" } else { "stringList" };
        call = call
            .with(&format!("{entry}.ContextKeyName"), key)
            .with(&format!("{entry}.ContextKeyType"), kind)
            .with_members(&format!("{entry}.ContextKeyValues"), values.iter().map(String::as_str));
    }
    call
}

/// The ARN of a user, which has the user's path in it.
async fn arn_of(control: &Control, user: &str) -> Result<String> {
    let answer: GotUser = control.query(Call::new(IAM, "GetUser").with("UserName", user)).await?;
    Ok(answer.result.user.arn)
}

/// The ARN of a repository in the account of an identity.
fn repository_arn(principal: &str, region: &str, name: &str) -> Result<String> {
    let mut parts = principal.split(':');
    let (partition, account) = (parts.nth(1), parts.nth(2));
    let parts = partition.zip(account);
    let (partition, account) = parts.with_context(|| format!("{principal} is no ARN"))?;
    Ok(format!("arn:{partition}:codecommit:{region}:{account}:{name}"))
}

fn full_action(action: &str) -> String {
    if action.contains(':') {
        action.to_owned()
    } else {
        format!("codecommit:{action}")
    }
}

fn full_ref(name: String) -> String {
    if name.starts_with("refs/") {
        name
    } else {
        format!("refs/heads/{name}")
    }
}

#[derive(Deserialize)]
struct GotUser {
    #[serde(rename = "GetUserResult")]
    result: GotUserResult,
}

#[derive(Deserialize)]
struct GotUserResult {
    #[serde(rename = "User")]
    user: User,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    arn: String,
}

#[derive(Deserialize)]
struct Simulated {
    #[serde(rename = "SimulatePrincipalPolicyResult")]
    result: SimulatedResult,
}

#[derive(Deserialize)]
struct SimulatedResult {
    #[serde(rename = "EvaluationResults")]
    results: List<Evaluation>,
    /// Where the next page begins.
    #[serde(rename = "Marker")]
    marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct List<T> {
    #[serde(default = "Vec::new")]
    member: Vec<T>,
}

#[derive(Deserialize)]
struct Evaluation {
    #[serde(rename = "EvalActionName")]
    action: String,
    #[serde(rename = "EvalResourceName")]
    resource: Option<String>,
    #[serde(rename = "EvalDecision")]
    decision: String,
    /// A map, in which we have a reason for the whole.
    #[serde(rename = "EvalDecisionDetails", default)]
    details: Details,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    entry: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    key: String,
    value: String,
}

impl Evaluation {
    fn is_allowed(&self) -> bool {
        self.decision == "allowed"
    }

    fn told(&self) -> String {
        let decision = match self.decision.as_str() {
            "allowed" => "allowed",
            "explicitDeny" => "denied",
            "implicitDeny" => "denied, as nothing allows it",
            other => other,
        };
        let resource = self.resource.as_deref().unwrap_or("*");
        let told = format!("{} on {resource}: {decision}", self.action);
        match self.details.entry.iter().find(|detail| detail.key == "explanation") {
            Some(why) => format!("{told}\n  {}", why.value),
            None => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_completed() {
        assert_eq!(full_action("GitPush"), "codecommit:GitPush");
        assert_eq!(full_action("iam:GetUser"), "iam:GetUser");
        assert_eq!(full_ref("main".into()), "refs/heads/main");
        assert_eq!(full_ref("refs/tags/v1".into()), "refs/tags/v1");
        let arn = |principal| repository_arn(principal, "eu-west-1", "demo").ok();
        assert_eq!(
            arn("arn:aws-cn:iam::210987654321:role/a/b").as_deref(),
            Some("arn:aws-cn:codecommit:eu-west-1:210987654321:demo")
        );
        assert_eq!(arn("ana"), None);
    }

    #[test]
    fn decisions_are_told_with_their_reasons() {
        let xml = "<SimulatePrincipalPolicyResponse xmlns='x'><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>\
                   <EvaluationResults><member><EvalActionName>codecommit:GitPush</EvalActionName><EvalResourceName>*</EvalResourceName>\
                   <EvalDecision>explicitDeny</EvalDecision><MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member>\
                   </MatchedStatements><EvalDecisionDetails><entry><key>explanation</key><value>because</value></entry>\
                   </EvalDecisionDetails></member><member>\
                   <EvalActionName>codecommit:GitPull</EvalActionName><EvalDecision>allowed</EvalDecision></member>\
                   </EvaluationResults></SimulatePrincipalPolicyResult><ResponseMetadata/></SimulatePrincipalPolicyResponse>";
        let answer: Simulated = quick_xml::de::from_str(xml).unwrap();
        let told: Vec<String> = answer.result.results.member.iter().map(Evaluation::told).collect();
        assert_eq!(
            told,
            [
                "codecommit:GitPush on *: denied\n  because",
                "codecommit:GitPull on *: allowed"
            ]
        );
        let none = "<R><SimulatePrincipalPolicyResult><EvaluationResults/></SimulatePrincipalPolicyResult></R>";
        let answer: Simulated = quick_xml::de::from_str(none).unwrap();
        assert!(answer.result.results.member.is_empty());
    }

    #[test]
    fn keys_with_several_values_are_lists() {
        let context = [("a:b", "1"), ("c:d", "2"), ("a:b", "3")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let call = call("p", &["GitPull".to_owned()], &[], &grouped(context.into())).form();
        for part in [
            "ActionNames.member.1=codecommit%3AGitPull",
            "ContextEntries.member.1.ContextKeyType=stringList",
            "ContextEntries.member.1.ContextKeyValues.member.2=3",
            "ContextEntries.member.2.ContextKeyName=c%3Ad",
            "ContextEntries.member.2.ContextKeyType=string&",
        ] {
            assert!(call.contains(part), "{part}: {call}");
        }
    }
}
