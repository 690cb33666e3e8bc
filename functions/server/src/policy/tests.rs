//! The policies in `docs/policies`, which docs/permissions.md explains, do what it says.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use packhouse_forge::policy::{Context, Document, Kind, Permissions, Policy, Question, Trusted, decide, decide_trust};

const DEMO: &str = "arn:aws:codecommit:eu-west-1:210987654321:demo";
const DEMO2: &str = "arn:aws:codecommit:eu-west-1:210987654321:demo2";
const REF: &str = "codecommit:References";
const MFA: &str = "aws:MultiFactorAuthPresent";

/// The policies that say what somebody may do.
const IDENTITY: [&str; 8] = [
    "assume-deploy",
    "mfa-to-delete",
    "office-only",
    "own-credentials",
    "protect-main",
    "read-only",
    "team-branches",
    "team-repositories",
];
/// Those that say who may be a role.
const TRUST: [&str; 3] = ["trust-account-with-mfa", "trust-aws", "trust-github-actions"];

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn document(name: &str, kind: Kind) -> Document {
    let path = docs().join("policies").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let most = if kind == Kind::Trust {
        Document::MAXIMUM_TRUST
    } else {
        Document::MAXIMUM_USER
    };
    assert!(Document::characters(&text) <= most, "{name}");
    Document::parse(&text, kind).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn context(keys: &[(&str, &str)]) -> Context {
    let mut context = Context::new();
    for (key, value) in keys {
        context.set(key, *value);
    }
    context
}

/// Whether the recipe allows it; a recipe that only denies stands beside a policy that allows everything.
fn check(name: &str, action: &str, resource: &str, keys: &[(&str, &str)], expect: bool) {
    let named = |name: &str, document| Policy {
        name: name.to_owned(),
        document: Arc::new(document),
    };
    let mut identity = vec![named(name, document(name, Kind::Identity))];
    if matches!(name, "protect-main" | "mfa-to-delete" | "office-only") {
        let all = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        identity.push(named("all", Document::parse(all, Kind::Identity).unwrap()));
    }
    let permissions = Permissions {
        identity,
        ..Permissions::default()
    };
    let context = context(keys);
    let decision = decide(
        &permissions,
        &Question {
            action,
            resource,
            context: &context,
        },
    );
    assert_eq!(
        decision.allowed(),
        expect,
        "{name}: {action} {resource} {keys:?}: {}",
        decision.explain()
    );
}

#[test]
fn every_recipe_is_explained_and_tested() {
    let files = std::fs::read_dir(docs().join("policies")).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let tested = IDENTITY.iter().chain(&TRUST).map(|name| format!("{name}.json"));
    assert_eq!(files, tested.collect());
    let explained = std::fs::read_to_string(docs().join("permissions.md")).unwrap();
    for file in files {
        assert!(
            explained.contains(&format!("(policies/{file})")),
            "permissions.md does not link {file}"
        );
    }
}

#[test]
fn protect_main_lets_other_branches_be_pushed() {
    let name = "protect-main";
    let main = [(REF, "refs/heads/main")];
    check(name, "codecommit:GitPush", DEMO, &[], true);
    check(name, "codecommit:GitPush", DEMO, &main, false);
    check(name, "codecommit:GitPush", DEMO, &[(REF, "refs/heads/main2")], true);
    check(name, "codecommit:GitPush", DEMO, &[(REF, "refs/tags/main")], true);
    check(name, "codecommit:GitPush", DEMO2, &main, true);
    check(name, "codecommit:PutFile", DEMO, &main, false);
    check(name, "codecommit:MergePullRequestBySquash", DEMO, &main, false);
    check(name, "codecommit:GitPull", DEMO, &[], true);
}

#[test]
fn read_only_clones_what_is_named() {
    let name = "read-only";
    let lib = "arn:aws:codecommit:eu-west-1:210987654321:lib-json";
    for (action, resource, expect) in [
        ("codecommit:GitPull", DEMO, true),
        ("codecommit:GitPull", lib, true),
        ("codecommit:GetRepository", lib, true),
        ("codecommit:GitPull", DEMO2, false),
        ("codecommit:GitPush", DEMO, false),
        ("codecommit:DeleteRepository", DEMO, false),
    ] {
        check(name, action, resource, &[], expect);
    }
}

#[test]
fn team_branches_are_pushed_by_their_team() {
    let name = "team-branches";
    let red = |reference| [("aws:PrincipalTag/team", "red"), (REF, reference)];
    check(
        name,
        "codecommit:GitPush",
        DEMO,
        &[("aws:PrincipalTag/team", "red")],
        true,
    );
    check(name, "codecommit:GitPush", DEMO, &red("refs/heads/red/login"), true);
    check(name, "codecommit:GitPush", DEMO, &red("refs/heads/redder/login"), false);
    check(name, "codecommit:GitPush", DEMO, &red("refs/heads/blue/login"), false);
    check(name, "codecommit:GitPush", DEMO, &red("refs/heads/main"), false);
    check(name, "codecommit:GitPush", DEMO, &red("refs/tags/red/1"), false);
    check(name, "codecommit:GitPush", DEMO2, &red("refs/heads/red/login"), false);
    check(
        name,
        "codecommit:GitPush",
        DEMO,
        &[(REF, "refs/heads/red/login")],
        false,
    );
    let wild = [("aws:PrincipalTag/team", "*"), (REF, "refs/heads/blue/login")];
    check(name, "codecommit:GitPush", DEMO, &wild, false);
    check(name, "codecommit:GitPull", DEMO2, &[], true);
}

#[test]
fn team_repositories_are_those_with_the_teams_tag() {
    let name = "team-repositories";
    let of = |tag, value| [("aws:PrincipalTag/team", "red"), (tag, value)];
    check(
        name,
        "codecommit:GitPush",
        DEMO,
        &of("aws:ResourceTag/team", "red"),
        true,
    );
    check(
        name,
        "codecommit:GitPush",
        DEMO,
        &of("aws:ResourceTag/team", "blue"),
        false,
    );
    check(
        name,
        "codecommit:GitPush",
        DEMO,
        &[("aws:PrincipalTag/team", "red")],
        false,
    );
    check(
        name,
        "codecommit:CreateRepository",
        DEMO,
        &of("aws:RequestTag/team", "red"),
        true,
    );
    check(
        name,
        "codecommit:CreateRepository",
        DEMO,
        &of("aws:RequestTag/team", "blue"),
        false,
    );
    check(name, "codecommit:ListRepositories", "*", &[], true);
    let moving = [
        ("aws:PrincipalTag/team", "red"),
        ("aws:ResourceTag/team", "red"),
        ("aws:TagKeys", "Team"),
    ];
    check(name, "codecommit:TagResource", DEMO, &moving, false);
    check(name, "codecommit:UntagResource", DEMO, &moving, false);
}

#[test]
fn deletions_take_a_session_with_mfa() {
    let name = "mfa-to-delete";
    check(name, "codecommit:DeleteRepository", DEMO, &[], false);
    check(name, "codecommit:DeleteRepository", DEMO, &[(MFA, "false")], false);
    check(name, "codecommit:DeleteRepository", DEMO, &[(MFA, "true")], true);
    check(name, "codecommit:GitPush", DEMO, &[], true);
}

#[test]
fn ones_own_credentials_are_ones_own() {
    let name = "own-credentials";
    let ana = [("aws:username", "ana")];
    let (hers, his) = (
        "arn:aws:iam::210987654321:user/ana",
        "arn:aws:iam::210987654321:user/bob",
    );
    for action in [
        "iam:CreateAccessKey",
        "iam:UpdateAccessKey",
        "iam:ResetServiceSpecificCredential",
        "iam:UploadSSHPublicKey",
        "iam:EnableMFADevice",
    ] {
        check(name, action, hers, &ana, true);
        check(name, action, his, &ana, false);
        check(name, action, hers, &[], false);
    }
    check(
        name,
        "iam:CreateVirtualMFADevice",
        "arn:aws:iam::210987654321:mfa/ana",
        &ana,
        true,
    );
    check(name, "iam:DeactivateMFADevice", hers, &ana, false);
    check(name, "iam:AttachUserPolicy", hers, &ana, false);
}

#[test]
fn the_office_is_told_by_its_addresses() {
    let name = "office-only";
    for (ip, expect) in [("192.0.2.7", true), ("2001:db8::7", true), ("198.51.100.7", false)] {
        check(name, "codecommit:GitPull", DEMO, &[("aws:SourceIp", ip)], expect);
    }
    check(name, "codecommit:GitPull", DEMO, &[], false);
}

#[test]
fn one_role_may_be_taken_on() {
    let name = "assume-deploy";
    check(
        name,
        "sts:AssumeRole",
        "arn:aws:iam::210987654321:role/deploy",
        &[],
        true,
    );
    check(
        name,
        "sts:AssumeRole",
        "arn:aws:iam::210987654321:role/deploy2",
        &[],
        false,
    );
}

#[test]
fn roles_trust_whom_they_name() {
    let trusts = |name: &str, caller: Trusted<'_>, action: &str, keys: &[(&str, &str)]| {
        decide_trust(&document(name, Kind::Trust), caller, action, &context(keys)).allowed()
    };
    let aws = |arn| Trusted::Aws {
        arn,
        account: "210987654321",
        also: &[],
    };
    let ana = aws("arn:aws:iam::210987654321:user/ana");
    assert!(trusts(
        "trust-account-with-mfa",
        ana,
        "sts:AssumeRole",
        &[(MFA, "true")]
    ));
    assert!(!trusts(
        "trust-account-with-mfa",
        ana,
        "sts:AssumeRole",
        &[(MFA, "false")]
    ));
    assert!(!trusts("trust-account-with-mfa", ana, "sts:AssumeRole", &[]));

    let with_aws = "packhouse:AssumeRoleWithAws";
    let elsewhere = |arn, also| Trusted::Aws {
        arn,
        account: "111122223333",
        also,
    };
    let role = ["arn:aws:iam::111122223333:role/developer".to_owned()];
    let session = "arn:aws:sts::111122223333:assumed-role/developer/ana";
    assert!(trusts(
        "trust-aws",
        elsewhere("arn:aws:iam::111122223333:user/ana", &[]),
        with_aws,
        &[]
    ));
    assert!(trusts("trust-aws", elsewhere(session, &role), with_aws, &[]));
    assert!(!trusts(
        "trust-aws",
        elsewhere("arn:aws:iam::111122223333:user/bob", &[]),
        with_aws,
        &[]
    ));
    assert!(!trusts("trust-aws", elsewhere(session, &role), "sts:AssumeRole", &[]));

    let issuer = "token.actions.githubusercontent.com";
    let provider = format!("arn:aws:iam::210987654321:oidc-provider/{issuer}");
    let (aud, sub) = (format!("{issuer}:aud"), format!("{issuer}:sub"));
    let github = |provider: &str, audience: &str, subject: &str| {
        let keys = [(aud.as_str(), audience), (sub.as_str(), subject)];
        trusts(
            "trust-github-actions",
            Trusted::Federated(provider),
            "sts:AssumeRoleWithWebIdentity",
            &keys,
        )
    };
    let main = "repo:example/app:ref:refs/heads/main";
    assert!(github(&provider, "packhouse", main));
    assert!(!github(&provider, "sts.amazonaws.com", main));
    assert!(!github(&provider, "packhouse", "repo:example/app:pull_request"));
    assert!(!github(
        "arn:aws:iam::210987654321:oidc-provider/idp.example.com",
        "packhouse",
        main
    ));
}
