// Runs infra/edge/route.js as CloudFront does, but for its one helper.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const source = readFileSync(new URL('route.js', import.meta.url), 'utf8');
const [imported, ...rest] = source.split('\n');
assert.equal(imported, "import cf from 'cloudfront';");
const load = new Function('cf', `${rest.join('\n')}; return handler;`);

function originOf(method, uri, length) {
    let origin = 'gateway';
    const handler = load({ selectRequestOriginById: (id) => { origin = id; } });
    const headers = length === undefined ? {} : { 'content-length': { value: length } };
    const request = { method, uri, headers };
    assert.equal(handler({ request }), request);
    return origin;
}

const push = '/v1/repos/demo/git-receive-pack';
const cases = [
    ['POST', push, '5', 'gateway', 'a small push'],
    ['POST', push, '4400000', 'gateway', 'the largest push that an event carries'],
    ['POST', push, '4400001', 'data-plane', 'one byte more'],
    ['POST', push, undefined, 'data-plane', 'a push in chunks'],
    ['POST', push, '4', 'data-plane', "git's probe before a push in chunks"],
    ['POST', push, 'many', 'data-plane', 'a length that is none'],
    ['POST', push, '-1', 'data-plane', 'a negative length'],
    ['POST', '/v1/repos/demo/uploads/01ARZ3/git-receive-pack', '500', 'gateway', 'the end of a direct upload'],
    ['POST', '/v1/repos/demo/uploads/01ARZ3/git-receive-pack', undefined, 'gateway', 'the same without a length'],
    ['POST', '/v1/repos/demo/git-upload-pack', '120', 'data-plane', 'a fetch'],
    ['POST', '/v1/repos/demo/git-upload-pack', undefined, 'data-plane', 'a fetch that negotiates in chunks'],
    ['GET', '/v1/repos/demo/git-upload-pack', undefined, 'gateway', 'no fetch'],
    ['GET', push, undefined, 'gateway', 'another method'],
    ['GET', '/v1/repos/demo/info/refs', undefined, 'gateway', 'the advertisement'],
    ['POST', '/', '70', 'gateway', 'the API'],
    ['POST', `${push}/more`, undefined, 'gateway', 'a longer path'],
    // A repository may be called "uploads".
    ['POST', '/v1/repos/uploads/git-receive-pack', undefined, 'data-plane', 'a push to a repository called uploads'],
];
for (const [method, uri, length, expected, name] of cases) {
    test(`${name} goes to the ${expected}`, () => assert.equal(originOf(method, uri, length), expected));
}

test('the code fits into a CloudFront function', () => assert.ok(source.length < 10_000));
