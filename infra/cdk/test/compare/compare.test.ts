// template.yaml and this construct make the same: resource by resource, property by property.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SETTINGS } from '../../bin/settings.ts';
import { EVERYTHING, synthesize, type Synthesized } from '../synthesize.ts';
import { differences, DOCUMENTS } from './difference.ts';
import { type Json, resolve, type Resolved, type Value } from './resolve.ts';
import { expand } from './sam.ts';

const { Architecture: _, ...onX86 } = EVERYTHING;
const pick = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, EVERYTHING[name] ?? assert.fail(name)]));
const DOMAIN = ['DomainName', 'DomainCertificateArn'];
const DATA_PLANE = Object.keys(EVERYTHING).filter((name) => name.startsWith('DataPlane'));

/** Parameters of both. What makes resources is tried alone too, because conditions meet. */
const SETS: [string, Record<string, string>][] = [
  ['defaults', {}],
  ['everything', EVERYTHING],
  ['everything on x86', onX86],
  ['a customer key', pick('KmsKeyArn')],
  ['no alarms', { Alarms: 'off' }],
  ['alarms that somebody hears', pick('AlarmTopicArn')],
  ['a dashboard', pick('Dashboard')],
  ['access logs', { AccessLogs: 'on' }],
  ['a domain', pick(...DOMAIN)],
  ['a domain and its zone', pick(...DOMAIN, 'DomainHostedZoneId')],
  ['a firewall', pick('Firewall')],
  ['a data plane', pick(...DOMAIN, ...DATA_PLANE)],
];

/** Where the two may differ, and why. */
const ALLOWED: [RegExp, string][] = [
  [/^\w+Function\.Code\.S3(Bucket|Key): /, 'SAM and CDK each have a bucket of their own for code'],
  [/^\w+Function\.Tags: .*"lambda:createdBy"/, 'SAM leaves its name on functions'],
];

const expanded = expand(SETS.map(([, parameters]) => parameters));
const sam = expanded.map((template, index) =>
  // Its name ends in a digest, because CloudFormation does not renew deployments by itself.
  resolve(template, SETS[index]![1], (id) => id.replace(/^(GatewayDeployment)[0-9a-f]{8}$/, '$1')),
);
const cdk = SETS.map(([, parameters]) => synthesize(parameters));
const resolved = ({ template, nameOf }: Synthesized): Resolved => resolve(template, {}, nameOf);

for (const [index, [name]] of SETS.entries()) {
  test(`template.yaml and the construct make the same with ${name}`, () => {
    const found = differences(sam[index]!, resolved(cdk[index]!));
    const unexpected = found.filter((line) => !ALLOWED.some(([pattern]) => pattern.test(line)));
    assert.deepEqual(unexpected, []);
    for (const [pattern, reason] of ALLOWED) {
      assert(
        found.some((line) => pattern.test(line)),
        `no difference any more because ${reason}`,
      );
    }
  });
}

test('every parameter of template.yaml is a setting of the app, and the other way round', () => {
  const template = expanded[0] as { Parameters: Record<string, Json> };
  const parameters = Object.keys(template.Parameters).map((name) => name[0]?.toLowerCase() + name.slice(1));
  assert.deepEqual(parameters.sort(), [...SETTINGS].sort());
  assert.deepEqual(Object.keys(EVERYTHING).sort(), Object.keys(template.Parameters).sort());
});

test('every Lambda function below functions/ is in both templates, with its own code', () => {
  const folder = fileURLToPath(new URL('../../../../functions', import.meta.url));
  const programs = ['server', 'git-remote-packhouse'];
  const expected = readdirSync(folder)
    .filter((name) => !programs.includes(name))
    .sort();
  const synthesized = cdk[0]!;
  const codeIn = ({ resources }: Resolved, read: (key: string) => string): string[] => {
    const functions = Object.values(resources).filter(({ type }) => type === 'AWS::Lambda::Function');
    return functions
      .map(({ properties }) => {
        const { FunctionName, Code } = properties as { FunctionName: string; Code: { S3Key: string } };
        const code = read(Code.S3Key);
        assert.equal(FunctionName, `packhouse-${code}`);
        return code;
      })
      .sort();
  };
  const assembly = (key: string): string =>
    readFileSync(join(synthesized.outdir, `asset.${key.replace('.zip', '')}`, 'bootstrap'), 'utf8');
  assert.deepEqual(
    codeIn(sam[0]!, (key) => key.replace('target/lambda/', '')),
    expected,
  );
  assert.deepEqual(codeIn(resolved(synthesized), assembly), expected);
});

test('every change of every property is found, and told by its place', () => {
  // What permits nothing: names of statements, and the version of the policy language.
  const silent = /\.Statement\.\d+\.Sid$|PolicyDocument\.Version$/;
  const { resources } = sam[SETS.findIndex(([name]) => name === 'everything')]!;
  let changes = 0;
  for (const [name, resource] of Object.entries(resources)) {
    const before: Resolved = { resources: { [name]: resource }, outputs: {} };
    for (const path of leaves(resource.properties)) {
      if (silent.test(path.join('.'))) continue;
      const properties = changed(resource.properties, path);
      const found = differences(before, { resources: { [name]: { ...resource, properties } }, outputs: {} });
      assert.equal(found.length, 1, `${name} ${path.join('.')}: ${found.join('\n')}`);
      assert(found[0]!.startsWith(`${name}.${path[0]}`), `${name} ${path.join('.')}: ${found[0]}`);
      changes += 1;
    }
  }
  assert(changes > 5 * Object.keys(resources).length, `only ${changes} properties`);
});

test('a resource that only one side makes is found', () => {
  const everything = sam[1]!;
  for (const name of Object.keys(everything.resources)) {
    const { [name]: gone, ...resources } = everything.resources;
    for (const found of [
      differences(everything, { ...everything, resources }),
      differences({ ...everything, resources }, everything),
    ]) {
      assert.deepEqual(
        found.map((line) => line.split(':')[0]),
        [name],
        gone?.type,
      );
    }
  }
});

/** The path of every text in a value. */
function leaves(value: Value, path: string[] = []): string[][] {
  if (typeof value === 'string') return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** A copy in which the text at the path is another one. A document gets one key more. */
function changed(value: Value, [key, ...rest]: string[]): Value {
  const copy = structuredClone(value) as { [key: string]: Value };
  const old = copy[key!]!;
  if (rest.length > 0) copy[key!] = changed(old, rest);
  else
    copy[key!] = DOCUMENTS.has(key!)
      ? JSON.stringify({ ...JSON.parse(String(old)), changed: '1' })
      : `${String(old)}-changed`;
  return copy;
}
