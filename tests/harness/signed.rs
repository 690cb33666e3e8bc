//! Calls of the API as bytes, signed by botocore: sent again and again, they measure the server and no client.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{Server, http, python};

/// The requests of calls, each an operation and its parameters. The server takes them for five minutes.
pub fn requests(server: &Server, calls: &[(&str, Value)]) -> Vec<Vec<u8>> {
    // The host of `http::request`, which is what is signed.
    let mut child = Command::new(python::program("python"))
        .args(["-c", include_str!("signer.py"), "http://localhost/"])
        .env_clear()
        .envs(server.credentials().variables())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the pinned python runs");
    let lines: Vec<u8> = calls
        .iter()
        .flat_map(|(operation, parameters)| format!("{}\n", json!([operation, parameters])).into_bytes())
        .collect();
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let writer = std::thread::spawn(move || stdin.write_all(&lines));
    let output = child.wait_with_output().expect("python is our child");
    writer.join().expect("no panic").expect("python reads all lines");
    assert!(output.status.success(), "the signer failed");
    let signed = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let signed: Vec<Vec<u8>> = signed.map(request).collect();
    assert_eq!(signed.len(), calls.len());
    signed
}

fn request(line: &[u8]) -> Vec<u8> {
    let signed: Value = serde_json::from_slice(line).expect("the signer prints JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let headers = signed["headers"].as_object().expect("an object");
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    http::request("POST", "/", &headers, text(&signed["body"]).as_bytes())
}
