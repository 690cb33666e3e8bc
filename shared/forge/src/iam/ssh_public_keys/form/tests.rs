use super::*;

// Made by ssh-keygen, as are the fingerprints.
const RSA_2048: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC+VQSxjipS3AQ1l7iZ7pGk/AzlXdCW9lMlmIYwsmE+HO5djy+I8h6Tuvb75/D0UP9ZdY3NEsmqDjekVmH8Dh+mdns9MNRdXUauv2mGo4LqWmXO+eW/8lRUQK+QphwhRZiNQvsnLtKEvKGxdMSehwKFmJEJoonNymSHpDaKWxU7Uc30uq+mpAIHS1o0ybQUY+s2w7xSKhAOz1NJ4p2tWQqo3QVvUd4n/Q9i9U+jNq9Hc51cNG2x3DyfouPS1ZVapssYkBNwe4Ovpb8DKumyjb3qolKdNh5XJMh67JoCWe7Dvu6NOmoIwqjEPw6I3T+KoI3OcKmz9Sx5MHh3kQriK/XR ana@example";
const RSA_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCsdbyxEJI2hwSVRgFd0u6ax4/eaziKdPzQ+BPMLrdw5d3sQKw0hpZNa0fqcTv3kKCxYe57tEc8Rjram4Kn6zu8Gjgrj3cmc0uoeQYAsoRGY9cLl1MnSE0yYE17L8NoBS/XZ2ZAvac9AFHuqssJ6cUYVHTPQv46+8JV18DnBvAflw== root@vm";
const ECDSA: &str = "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBOKD+KuxTrMtuZNUr9J8Yzduwu9HlJJGNJINwCE7WVh6YCDxEqham/3LsCynhM7fKBvoL4IJi/vpeSWL4YP0Svld/FRJW+y8Tl5a2kH8GovS9Fq49AQ1XXjWHgGmbhdGEQ== c";
const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIARtSbxj90UDRNQOVJREZfmsp4Nt9HjVD3uA0/hHB7D4 c";
const RSA_RFC_4716: &str = "\
---- BEGIN SSH2 PUBLIC KEY ----
Comment: \"2048-bit RSA, converted by root@vm from OpenSSH\"
AAAAB3NzaC1yc2EAAAADAQABAAABAQC+VQSxjipS3AQ1l7iZ7pGk/AzlXdCW9lMlmIYwsm
E+HO5djy+I8h6Tuvb75/D0UP9ZdY3NEsmqDjekVmH8Dh+mdns9MNRdXUauv2mGo4LqWmXO
+eW/8lRUQK+QphwhRZiNQvsnLtKEvKGxdMSehwKFmJEJoonNymSHpDaKWxU7Uc30uq+mpA
IHS1o0ybQUY+s2w7xSKhAOz1NJ4p2tWQqo3QVvUd4n/Q9i9U+jNq9Hc51cNG2x3DyfouPS
1ZVapssYkBNwe4Ovpb8DKumyjb3qolKdNh5XJMh67JoCWe7Dvu6NOmoIwqjEPw6I3T+KoI
3OcKmz9Sx5MHh3kQriK/XR
---- END SSH2 PUBLIC KEY ----
";
const RSA_PEM: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvlUEsY4qUtwENZe4me6R
pPwM5V3QlvZTJZiGMLJhPhzuXY8viPIek7r2++fw9FD/WXWNzRLJqg43pFZh/A4f
pnZ7PTDUXV1Grr9phqOC6lplzvnlv/JUVECvkKYcIUWYjUL7Jy7ShLyhsXTEnocC
hZiRCaKJzcpkh6Q2ilsVO1HN9LqvpqQCB0taNMm0FGPrNsO8UioQDs9TSeKdrVkK
qN0Fb1HeJ/0PYvVPozavR3OdXDRtsdw8n6Lj0tWVWqbLGJATcHuDr6W/Ayrpso29
6qJSnTYeVyTIeuyaAlnuw77ujTpqCMKoxD8OiN0/iqCNznCps/UseTB4d5EK4iv1
0QIDAQAB
-----END PUBLIC KEY-----
";
const RSA_PKCS1: &str = "\
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAvlUEsY4qUtwENZe4me6RpPwM5V3QlvZTJZiGMLJhPhzuXY8viPIe
k7r2++fw9FD/WXWNzRLJqg43pFZh/A4fpnZ7PTDUXV1Grr9phqOC6lplzvnlv/JU
VECvkKYcIUWYjUL7Jy7ShLyhsXTEnocChZiRCaKJzcpkh6Q2ilsVO1HN9LqvpqQC
B0taNMm0FGPrNsO8UioQDs9TSeKdrVkKqN0Fb1HeJ/0PYvVPozavR3OdXDRtsdw8
n6Lj0tWVWqbLGJATcHuDr6W/Ayrpso296qJSnTYeVyTIeuyaAlnuw77ujTpqCMKo
xD8OiN0/iqCNznCps/UseTB4d5EK4iv10QIDAQAB
-----END RSA PUBLIC KEY-----
";

fn without_comment(key: &str) -> String {
    key.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn one_key_in_all_its_forms_is_one_key() {
    for form in [
        RSA_2048,
        &without_comment(RSA_2048),
        &format!("\n {RSA_2048}\r\n"),
        RSA_RFC_4716,
        &RSA_RFC_4716.replace("converted by", "converted \\\nby"),
        RSA_PEM,
        RSA_PKCS1,
    ] {
        let key = PublicKey::parse(form).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(key.openssh().unwrap(), without_comment(RSA_2048));
        assert_eq!(key.pem().unwrap(), RSA_PEM);
    }
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    for (key, fingerprint) in [
        (RSA_2048, "ef:bb:90:b5:35:1c:50:23:65:a6:67:58:3c:29:eb:a0"),
        (ED25519, "28:39:d2:c1:76:5e:68:1f:c1:88:89:81:69:14:8d:94"),
        (ECDSA, "b0:d4:8a:3a:4f:56:ac:43:13:a7:4b:f6:be:01:96:a1"),
    ] {
        assert_eq!(PublicKey::parse(key).unwrap().fingerprint().unwrap(), fingerprint);
    }
}

#[test]
fn other_texts_are_refused_with_a_reason() {
    let check = |text: &str, expect: &str| {
        let error = PublicKey::parse(text).expect_err(text);
        assert!(error.to_string().contains(expect), "{text}: {error}");
    };
    check("", "must be in the form");
    check("a key", "must be in the form");
    check(RSA_1024, "2048 to 16384 bits");
    check("ssh-rsa", "malformed");
    check("ssh-rsa AAAA", "malformed");
    check(&RSA_2048.replace("ssh-rsa", "ssh-ed25519"), "malformed");
    check(&RSA_2048[..200], "malformed");
    check(&RSA_RFC_4716.replace("---- END", "--- END"), "malformed");
    check(&RSA_RFC_4716[..200], "malformed");
    check(&RSA_PEM.replace("PUBLIC KEY", "PRIVATE KEY"), "no public key");
    check(&RSA_PEM.replace("MIIBI", "MIIBJ"), "malformed");
    check(&"s".repeat(16_385), "longer than");
    let dsa = "ssh-dss AAAAB3NzaC1kc3MAAAAJAIvVw3ZPHsH9AAAAFQD5AAAAAAAAAAAAAAAAAAAAAAAAAQAAAAECAAAAAQM=";
    assert!(PublicKey::parse(dsa).is_err());
    let pem = PublicKey::parse(ED25519)
        .unwrap()
        .pem()
        .expect_err("Ed25519 has no such form here");
    assert!(matches!(pem, Error::UnrecognizedPublicKeyEncoding(_)), "{pem}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(start in "(ssh-rsa |ssh-ed25519 |ecdsa-sha2-nistp256 |---- BEGIN SSH2 PUBLIC KEY ----\n|-----BEGIN PUBLIC KEY-----\n)?", rest in "[A-Za-z0-9+/=: \\\\\n-]{0,200}") {
        PublicKey::parse(&format!("{start}{rest}")).ok();
    }
}
