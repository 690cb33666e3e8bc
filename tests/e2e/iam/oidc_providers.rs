//! OpenID Connect providers.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::{done, refused};

#[test]
fn a_provider_is_made_changed_and_removed() {
    let url = "https://token.actions.example.com";
    let new = json!({ "Url": url, "ClientIDList": ["sts.amazonaws.com"], "Tags": [{ "Key": "team", "Value": "a" }] });
    let made = done("CreateOpenIDConnectProvider", &new);
    let arn = "arn:aws:iam::000000000000:oidc-provider/token.actions.example.com";
    assert_eq!(made["OpenIDConnectProviderArn"], arn);
    refused("CreateOpenIDConnectProvider", &new, ("EntityAlreadyExists", 409));
    let one = json!({ "OpenIDConnectProviderArn": arn });
    let client = json!({ "OpenIDConnectProviderArn": arn, "ClientID": "packhouse" });
    done("AddClientIDToOpenIDConnectProvider", &client);
    done("AddClientIDToOpenIDConnectProvider", &client);
    let print = "990f4193972f2becf12ddeda5237f9c952f20d9e";
    done(
        "UpdateOpenIDConnectProviderThumbprint",
        &json!({ "OpenIDConnectProviderArn": arn, "ThumbprintList": [print] }),
    );
    let got = Aws::of(Server::shared()).service(
        "iam",
        &format!("get-open-id-connect-provider --open-id-connect-provider-arn {arn}"),
    );
    assert_eq!(got["Url"], "token.actions.example.com");
    assert_eq!(got["ClientIDList"], json!(["sts.amazonaws.com", "packhouse"]));
    assert_eq!(got["ThumbprintList"], json!([print]));
    assert_eq!(got["Tags"], json!([{ "Key": "team", "Value": "a" }]));
    done("RemoveClientIDFromOpenIDConnectProvider", &client);
    let listed = done("ListOpenIDConnectProviders", &json!({}));
    let listed = listed["OpenIDConnectProviderList"].as_array().expect("a list").clone();
    assert!(listed.contains(&json!({ "Arn": arn })), "{listed:?}");
    done("DeleteOpenIDConnectProvider", &one);
    refused("GetOpenIDConnectProvider", &one, ("NoSuchEntity", 404));
}

#[test]
fn other_urls_are_no_issuers() {
    for url in ["http://idp.example.com", "https://aws", "https://idp.example.com?x=1"] {
        refused(
            "CreateOpenIDConnectProvider",
            &json!({ "Url": url }),
            ("InvalidInput", 400),
        );
    }
}
