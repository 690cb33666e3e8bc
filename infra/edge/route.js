import cf from 'cloudfront';

// What a Lambda event can carry of a push, in bytes: 6 MB of JSON hold about 4.7 MB in base64, less its head.
var LARGEST_EVENT_BODY = 4400000;

// Fetches go to the data plane, because nobody knows beforehand how long the answer is, and Lambda's ends at 200 MB. Pushes
// that API Gateway cannot pass on go there too: larger ones, those of unknown length (git sends more than 1 MiB in chunks),
// and git's probes (four bytes), which would otherwise authenticate against another door than the push.
// A push whose pack is in the bucket already belongs to the pack indexer, whatever its length.
function handler(event) {
    var request = event.request;
    var path = request.uri;
    if (request.method === 'POST' && /\/git-upload-pack$/.test(path)) {
        cf.selectRequestOriginById('data-plane');
        return request;
    }
    if (request.method !== 'POST' || !/\/git-receive-pack$/.test(path) || /\/uploads\/[^/]+\/git-receive-pack$/.test(path)) {
        return request;
    }
    var header = request.headers['content-length'];
    var length = header && /^[0-9]+$/.test(header.value) ? Number(header.value) : NaN;
    var isSmall = length > 4 && length <= LARGEST_EVENT_BODY;
    if (!isSmall) {
        cf.selectRequestOriginById('data-plane');
    }
    return request;
}
