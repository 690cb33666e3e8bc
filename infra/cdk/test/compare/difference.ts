// Where two evaluated templates differ, in words.
import type { Resolved, Resource, Value } from './resolve.ts';

/** Lists whose order means something. All others are sets to CloudFormation, or to the service behind it. */
const ORDERED = new Set(['CacheBehaviors', 'Command', 'EntryPoint']);
/** Properties that hold a document as text. */
export const DOCUMENTS = new Set(['DashboardBody', 'Input', 'Pattern']);

/** One line for each property that is not the same on both sides: `Function.Environment.X: "a" and "b"`. */
export function differences(left: Resolved, right: Resolved): string[] {
  const plain = (side: Resolved): Value => ({ ...resources(side), Outputs: side.outputs });
  return [...difference('', normal('', plain(left)), normal('', plain(right)))];
}

function resources(side: Resolved): Record<string, Value> {
  const entry = ({ type, deletion, properties }: Resource): Value => ({
    Type: type,
    Deletion: deletion,
    ...spread(properties),
  });
  return Object.fromEntries(Object.entries(side.resources).map(([name, resource]) => [name, entry(resource)]));
}

function* difference(path: string, left: Value | undefined, right: Value | undefined): Generator<string> {
  if (isMap(left) && isMap(right)) {
    for (const key of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
      yield* difference(path === '' ? key : `${path}.${key}`, left[key], right[key]);
    }
    return;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    const [ours, theirs] = [left, right].map((side) => side.map((item) => JSON.stringify(item)));
    const missing = without(ours!, theirs!);
    const added = without(theirs!, ours!);
    if (missing.length === 1 && added.length === 1) {
      yield* difference(`${path}[]`, JSON.parse(missing[0]!), JSON.parse(added[0]!));
    } else if (missing.length + added.length > 0) {
      yield `${path}: only left [${missing}], only right [${added}]`;
    } else if (JSON.stringify(left) !== JSON.stringify(right)) {
      yield `${path}: another order`;
    }
    return;
  }
  if (JSON.stringify(left) !== JSON.stringify(right)) yield `${path}: ${shown(left)} and ${shown(right)}`;
}

/** The items of `all` that `other` lacks, counting equal ones. */
function without(all: string[], other: string[]): string[] {
  const rest = [...other];
  return all.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Sorts what is a set, parses what is a document, and takes policies apart into single permissions. */
function normal(key: string, value: Value): Value {
  if (typeof value === 'string') {
    return DOCUMENTS.has(key) ? normal('', fromJson(JSON.parse(value))) : value;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => normal('', item));
    return ORDERED.has(key) ? items : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (Array.isArray(value['Statement'])) return value['Statement'].flatMap(permissions).sort();
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((name) => [name, normal(name, value[name]!)]));
}

/** A policy statement as one line for each action on each resource; its Sid says nothing about what it permits. */
function permissions(statement: Value): Value[] {
  const { Sid: _, Effect, Action, Resource, ...rest } = spread(statement);
  const many = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : [value ?? '']);
  // IAM takes these two for the same.
  if (rest['Principal'] === '*') rest['Principal'] = { AWS: '*' };
  const extra = JSON.stringify(normal('', rest));
  return many(Action).flatMap((action) =>
    many(Resource).map((resource) => `${Effect} ${action} on ${resource}${extra === '{}' ? '' : ` if ${extra}`}`),
  );
}

function fromJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== 'object' || json === null) return String(json);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
}

function isMap(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === 'object' && !Array.isArray(value);
}

function spread(value: Value): { [key: string]: Value } {
  if (!isMap(value)) throw new Error(`no map: ${JSON.stringify(value)}`);
  return value;
}

function shown(value: Value | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
