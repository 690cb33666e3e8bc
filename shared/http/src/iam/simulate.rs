//! What policies would decide.

use packhouse_forge::iam::paging::Page;
use packhouse_forge::iam::simulate::{self, Evaluation, Simulation};
use packhouse_forge::policy::Outcome;

use super::pages;
use crate::aws_query::failure::Failure;
use crate::aws_query::params::Params;
use crate::aws_query::xml::Xml;
use crate::aws_query::{Answer, Call};

pub(super) async fn principal(call: &Call<'_>) -> Answer {
    let params = call.params;
    let arn = params.required("PolicySourceArn")?;
    let (asked, paging) = (asked(params)?, pages::asked(params)?);
    let page = simulate::principal(call.forge, call.caller, arn, &asked, &paging).await?;
    Ok(write(&page))
}

pub(super) async fn custom(call: &Call<'_>) -> Answer {
    let params = call.params;
    let (asked, paging) = (asked(params)?, pages::asked(params)?);
    if asked.policies.is_empty() {
        return Err(Failure::null("PolicyInputList"));
    }
    let page = simulate::custom(call.forge, call.caller, &asked, &paging).await?;
    Ok(write(&page))
}

fn asked(params: &Params) -> Result<Simulation, Failure> {
    // What would change the decision and is not there must not be passed over.
    let ours = [
        "ResourcePolicy",
        "PolicyExclusionList.member.1",
        "OrderedOrganizationPolicyInputList.member.1",
    ];
    let unknown =
        |name: &&&str| params.given(name).is_some() || !params.structures(name.trim_end_matches(".1")).is_empty();
    if let Some(name) = ours.iter().find(unknown) {
        let name = name.split('.').next().unwrap_or_default();
        return Err(Failure::validation(format!("Packhouse does not simulate {name}")));
    }
    let texts = |name: &str| params.list(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let actions = texts("ActionNames.member");
    if actions.is_empty() {
        return Err(Failure::null("ActionNames"));
    }
    let context = params.structures("ContextEntries.member").into_iter().map(|entry| {
        let key = entry.required("ContextKeyName")?.to_owned();
        let values = entry.list("ContextKeyValues.member").into_iter().map(str::to_owned);
        Ok((key, values.collect()))
    });
    Ok(Simulation {
        actions,
        resources: texts("ResourceArns.member"),
        context: context.collect::<Result<_, Failure>>()?,
        policies: texts("PolicyInputList.member"),
        boundaries: texts("PermissionsBoundaryPolicyInputList.member"),
    })
}

fn write(page: &Page<Evaluation>) -> Xml {
    Xml::result(|xml| {
        xml.list("EvaluationResults", &page.items, write_one);
        pages::end(xml, page);
    })
}

fn write_one(xml: &mut Xml, evaluation: &Evaluation) {
    xml.text("EvalActionName", &evaluation.action);
    xml.text("EvalResourceName", &evaluation.resource);
    let decision = match evaluation.outcome {
        Outcome::Allowed => "allowed",
        Outcome::ImplicitlyDenied(_) => "implicitDeny",
        Outcome::ExplicitlyDenied(_) => "explicitDeny",
    };
    xml.text("EvalDecision", decision);
    xml.list("MatchedStatements", &evaluation.matched, |xml, source| {
        xml.text("SourcePolicyId", &source.id);
        xml.text("SourcePolicyType", source.kind);
    });
    xml.element("MissingContextValues", |_| ());
    if let Some(within) = evaluation.within_boundary {
        xml.element("PermissionsBoundaryDecisionDetail", |xml| {
            xml.value("AllowedByPermissionsBoundary", within);
        });
    }
    // IAM's model has no room for reasons. Its clients take this entry of a map as they take any other.
    xml.element("EvalDecisionDetails", |xml| {
        xml.element("entry", |xml| {
            xml.text("key", "explanation");
            xml.text("value", &evaluation.explanation);
        });
    });
}
