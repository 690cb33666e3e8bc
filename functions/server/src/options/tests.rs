use packhouse_forge::names::{AccountId, Region};
use packhouse_git::fsck::{Policy, Rule};

use super::admin::RELAX_FSCK_EXAMPLES;
use super::*;

#[test]
fn command_lines_are_taken_or_refused() {
    let rows = [
        ("serve --listen [::1]:0 --compaction off", true),
        ("serve --sparse-filter on --max-pack-objects 5", true),
        ("serve --sparse-filter", false),
        ("serve --tls-cert x", false),
        ("serve --public-url ftp://x", false),
        ("admin --data x show demo", true),
        ("admin show demo --data x", true),
        (
            "admin relax-fsck demo --rule missingEmail --rule badDate,badEmail",
            true,
        ),
        ("admin relax-fsck demo --none", true),
        ("admin relax-fsck demo", false),
        ("admin repack demo --forget-unreachable", true),
        ("admin relax-fsck demo --none --rule missingEmail", false),
        ("serve --store aws --table packhouse --spool /tmp", true),
        ("serve --store gcp", false),
        ("serve --deliver-to aws", true),
        ("serve --deliver-to http://localhost:4566", true),
        ("serve --deliver-to sns", false),
        ("serve --account-id 12", false),
        ("admin bootstrap --table t --output json --replace-administrator", true),
        ("admin bootstrap --output yaml", false),
        ("admin bootstrap --region US", false),
        ("admin --url http://x show demo --profile work", true),
        ("credential get", true),
        ("credential --profile work --region eu-west-1 store", true),
        ("credential", false),
        ("login --aws --role-arn r --url https://x --duration 900", true),
        ("login --aws --role-arn r --url https://x --duration 899", false),
        ("login --role-arn r --url https://x", false),
        ("login --aws --role-arn r --data x", true),
        ("login --aws --url https://x", false),
        ("login --aws --oidc-token-env T --role-arn r --url https://x", false),
        (
            "login --oidc-token-file t --role-arn r --url https://x --session-name me",
            true,
        ),
        (
            "login --oidc-token-file t --role-arn r --url https://x --profile work",
            false,
        ),
        (
            "policy simulate --user ana --action GitPush --repository a --ref main --context a:b=c=d",
            true,
        ),
        ("policy simulate --user ana --principal-arn x --action GitPush", false),
        ("policy simulate --action GitPush", false),
        ("policy simulate --user ana", false),
        ("policy simulate --user ana --action GitPush --context =x", false),
        (
            "policy simulate --url http://x --user ana --action GitPush --data x",
            true,
        ),
        ("policy check x.json --trust", true),
        ("policy check", false),
        ("audit --since 90m --denied --json --data x", true),
        ("audit --since yesterday", false),
        ("events lag --data x", true),
        ("events dead-letters --json --url http://x", true),
        ("events replay", false),
        ("events replay a/1", true),
        ("events replay --all", true),
        ("events replay a/1 --all", false),
        ("triggers list demo --json", true),
        ("triggers list", false),
        ("triggers secret demo on-push", true),
        ("triggers secret demo", false),
        ("triggers redeliver demo on-push --from 3", true),
        ("triggers redeliver demo on-push --from 0", false),
        (
            "audit --url http://x --user ana --event GitPush --repository demo",
            true,
        ),
    ];
    for (line, taken) in rows {
        let parsed = Cli::try_parse_from(std::iter::once("packhouse").chain(line.split(' ')));
        assert_eq!(parsed.is_ok(), taken, "{line}");
    }
}

#[test]
fn every_rule_named_in_the_examples_is_enforced_and_can_be_relaxed() {
    let after_rule = RELAX_FSCK_EXAMPLES.split("--rule ").skip(1);
    let names: Vec<&str> = after_rule.filter_map(|rest| rest.split_whitespace().next()).collect();
    assert_eq!(names.len(), 2);
    let relaxing = Policy::relaxing(&names).unwrap();
    for name in names {
        let rule = Rule::from_name(name).unwrap();
        assert!(Policy::strict().enforces(rule) && !relaxing.enforces(rule), "{name}");
    }
}

fn aws(line: &str) -> AwsOptions {
    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        aws: AwsOptions,
    }
    let words = line.split_whitespace();
    Only::try_parse_from(std::iter::once("x").chain(words)).unwrap().aws
}

#[test]
fn what_is_missing_for_aws_is_named_with_flag_and_variable() {
    let account = || Some(AccountId::new("210987654321").unwrap());
    let region = || Some(Region::new("eu-west-1").unwrap());
    let all = "--table t --bucket b --master-key-parameter /p";
    let rows = [
        (all, account(), region(), ""),
        (
            "--table t --bucket b",
            account(),
            region(),
            "--master-key-parameter (PACKHOUSE_MASTER_KEY_PARAMETER)",
        ),
        (
            "--table= --bucket b --master-key-parameter /p",
            account(),
            region(),
            "--table (PACKHOUSE_TABLE)",
        ),
        (
            all,
            None,
            None,
            "--account-id (PACKHOUSE_ACCOUNT_ID), --region (PACKHOUSE_REGION or AWS_REGION)",
        ),
        (
            "--table t",
            account(),
            region(),
            "--bucket (PACKHOUSE_BUCKET), --master-key-parameter (PACKHOUSE_MASTER_KEY_PARAMETER)",
        ),
    ];
    for (line, account, region, missing) in rows {
        let told = aws(line)
            .place("it", account, region)
            .err()
            .map(|error| error.to_string());
        let expect = (!missing.is_empty()).then(|| format!("it needs {missing}"));
        assert_eq!(told, expect, "{line}");
    }
}

#[test]
fn the_region_is_that_of_the_aws_tools_unless_another_one_is_given() {
    let line = "--table t --bucket b --master-key-parameter /p --aws-region us-west-2";
    let account = || Some(AccountId::new("210987654321").unwrap());
    let region = |given| {
        aws(line)
            .place("it", account(), given)
            .map(|place| place.region.to_string())
    };
    assert_eq!(region(None).unwrap(), "us-west-2");
    assert_eq!(region(Some(Region::new("eu-west-1").unwrap())).unwrap(), "eu-west-1");
    let bad = aws("--aws-region US --table t --bucket b --master-key-parameter /p").place("it", account(), None);
    assert!(bad.unwrap_err().to_string().contains("AWS_REGION"));
}

#[test]
fn flags_of_aws_do_nothing_without_it_and_are_refused() {
    assert!(aws("").unused().is_ok());
    let refused = aws("--bucket b").unused().unwrap_err().to_string();
    assert_eq!(refused, "--bucket (PACKHOUSE_BUCKET) is given, which needs --store aws");
}

#[test]
fn the_name_of_the_program_and_the_first_word_choose_the_command() {
    let rows = [
        ("packhouse", "packhouse serve"),
        ("packhouse --listen [::1]:0", "packhouse serve --listen [::1]:0"),
        ("packhouse --help", "packhouse --help"),
        ("packhouse audit", "packhouse audit"),
        (
            "git-credential-packhouse get",
            "git-credential-packhouse credential get",
        ),
        (
            "/usr/bin/git-credential-packhouse --profile x get",
            "/usr/bin/git-credential-packhouse credential --profile x get",
        ),
        (
            "/git-credential-packhouse/packhouse env",
            "/git-credential-packhouse/packhouse env",
        ),
    ];
    for (line, expect) in rows {
        let words = with_command(line.split(' ').map(OsString::from).collect());
        assert_eq!(words.join(" ".as_ref()), *expect, "{line}");
    }
}
