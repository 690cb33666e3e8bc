//! What a request asks, under AWS's own name for it.

use crate::http_server::RequestHead;

/// The operation of a request: the last part of `X-Amz-Target`, or what S3's or Lambda's method, path and query mean.
///
/// S3's buckets stand in the path, as they do wherever the endpoint is an address. Operations on a bucket's settings are
/// called `GetBucketSetting` and `PutBucketSetting`.
pub(super) fn of(head: &RequestHead) -> String {
    if let Some(target) = head.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let name = if head.path.starts_with("/2015-03-31/functions/") && head.path.ends_with("/invocations") {
        "Invoke"
    } else {
        let path = head.path.trim_start_matches('/');
        match path.split_once('/') {
            Some((_, key)) if !key.is_empty() => on_object(head),
            _ if path.is_empty() => "ListBuckets",
            _ => on_bucket(head),
        }
    };
    name.to_owned()
}

fn on_object(head: &RequestHead) -> &'static str {
    let copies = head.header("x-amz-copy-source").is_some();
    match head.method.as_str() {
        "GET" if has(head, "uploadId") => "ListParts",
        "GET" => "GetObject",
        "HEAD" => "HeadObject",
        "PUT" if has(head, "uploadId") && copies => "UploadPartCopy",
        "PUT" if has(head, "uploadId") => "UploadPart",
        "PUT" if copies => "CopyObject",
        "PUT" => "PutObject",
        "POST" if has(head, "uploads") => "CreateMultipartUpload",
        "POST" if has(head, "uploadId") => "CompleteMultipartUpload",
        "DELETE" if has(head, "uploadId") => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        _ => "Unknown",
    }
}

fn on_bucket(head: &RequestHead) -> &'static str {
    match head.method.as_str() {
        "GET" if has(head, "list-type") => "ListObjectsV2",
        "GET" if has(head, "uploads") => "ListMultipartUploads",
        "GET" if has(head, "versions") => "ListObjectVersions",
        "GET" if head.query.is_empty() || has(head, "prefix") => "ListObjects",
        "GET" => "GetBucketSetting",
        "HEAD" => "HeadBucket",
        "PUT" if head.query.is_empty() => "CreateBucket",
        "PUT" => "PutBucketSetting",
        "POST" if has(head, "delete") => "DeleteObjects",
        "DELETE" => "DeleteBucket",
        _ => "Unknown",
    }
}

fn has(head: &RequestHead, parameter: &str) -> bool {
    head.query
        .split('&')
        .any(|pair| pair.split('=').next() == Some(parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_called_as_aws_calls_them() {
        // (method, path, query, header, operation)
        let rows = [
            (
                "POST",
                "/",
                "",
                ("x-amz-target", "DynamoDB_20120810.TransactWriteItems"),
                "TransactWriteItems",
            ),
            ("POST", "/", "", ("x-amz-target", "AWSEvents.PutEvents"), "PutEvents"),
            ("PUT", "/b/k", "x-id=PutObject", ("", ""), "PutObject"),
            ("PUT", "/b/a/k", "", ("x-amz-copy-source", "/b/c"), "CopyObject"),
            ("GET", "/b/k", "x-id=GetObject", ("", ""), "GetObject"),
            ("HEAD", "/b/k", "", ("", ""), "HeadObject"),
            ("DELETE", "/b/k", "", ("", ""), "DeleteObject"),
            ("GET", "/b", "list-type=2&prefix=p", ("", ""), "ListObjectsV2"),
            ("GET", "/b/", "list-type=2", ("", ""), "ListObjectsV2"),
            ("POST", "/b", "delete", ("", ""), "DeleteObjects"),
            ("POST", "/b/k", "uploads", ("", ""), "CreateMultipartUpload"),
            ("PUT", "/b/k", "partNumber=1&uploadId=u", ("", ""), "UploadPart"),
            ("POST", "/b/k", "uploadId=u", ("", ""), "CompleteMultipartUpload"),
            ("DELETE", "/b/k", "uploadId=u", ("", ""), "AbortMultipartUpload"),
            ("GET", "/b/k", "uploadId=u", ("", ""), "ListParts"),
            ("HEAD", "/b", "", ("", ""), "HeadBucket"),
            ("PUT", "/b", "", ("", ""), "CreateBucket"),
            ("PUT", "/b", "versioning", ("", ""), "PutBucketSetting"),
            ("GET", "/", "", ("", ""), "ListBuckets"),
            ("POST", "/2015-03-31/functions/f/invocations", "", ("", ""), "Invoke"),
        ];
        for (method, path, query, (name, value), expected) in rows {
            let head = RequestHead {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                headers: vec![(name.to_owned(), value.to_owned())],
                headers_as_sent: Vec::new(),
            };
            assert_eq!(of(&head), expected, "{method} {path}?{query}");
        }
    }
}
