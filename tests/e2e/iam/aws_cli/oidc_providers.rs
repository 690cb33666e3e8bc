//! OpenID Connect providers.

use serde_json::json;

use super::{iam, members, quiet, refused};

#[test]
fn a_provider_is_made_changed_and_removed() {
    let arn = "arn:aws:iam::000000000000:oidc-provider/cli.example.com";
    let made = iam("create-open-id-connect-provider --url https://cli.example.com --client-id-list one two");
    assert_eq!(made, json!({ "OpenIDConnectProviderArn": arn }));
    let of = format!("--open-id-connect-provider-arn {arn}");
    quiet(&format!(
        "add-client-id-to-open-id-connect-provider {of} --client-id three"
    ));
    quiet(&format!(
        "remove-client-id-from-open-id-connect-provider {of} --client-id one"
    ));
    let print = "990f4193972f2becf12ddeda5237f9c952f20d9e";
    quiet(&format!(
        "update-open-id-connect-provider-thumbprint {of} --thumbprint-list {print}"
    ));
    quiet(&format!(
        "tag-open-id-connect-provider {of} --tags Key=a,Value=1 Key=team,Value=red"
    ));
    quiet(&format!("untag-open-id-connect-provider {of} --tag-keys a"));
    let tags = json!([{ "Key": "team", "Value": "red" }]);
    let listed = iam(&format!("list-open-id-connect-provider-tags {of}"));
    assert_eq!(listed, json!({ "Tags": tags }));

    let shown = iam(&format!("get-open-id-connect-provider {of}"));
    assert_eq!(
        members(&shown),
        ["ClientIDList", "CreateDate", "Tags", "ThumbprintList", "Url"]
    );
    assert_eq!(
        (&shown["Url"], &shown["ClientIDList"], &shown["ThumbprintList"]),
        (&json!("cli.example.com"), &json!(["two", "three"]), &json!([print]))
    );
    let listed = iam("list-open-id-connect-providers --query OpenIDConnectProviderList[].Arn");
    assert!(listed.as_array().expect("a list").contains(&json!(arn)), "{listed}");
    quiet(&format!("delete-open-id-connect-provider {of}"));
    refused(&format!("get-open-id-connect-provider {of}"), "NoSuchEntity");
}
