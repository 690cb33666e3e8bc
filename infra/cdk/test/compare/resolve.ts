// CloudFormation's own language, evaluated for given parameters as far as it can be before anything is deployed.

export type Value = string | Value[] | { [key: string]: Value };
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
type Map = { [key: string]: Json | undefined };

/** A resource whose conditions held. References are text: `${Name}` for Ref, `${Name.Attribute}` for GetAtt. */
export interface Resource {
  type: string;
  properties: Value;
  deletion: string;
}

export interface Resolved {
  resources: Record<string, Resource>;
  outputs: Record<string, Value>;
}

const PSEUDO: Record<string, string> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::StackName': 'packhouse',
  'AWS::StackId': 'arn:aws:cloudformation:us-east-1:123456789012:stack/packhouse/1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** What AWS::NoValue leaves behind: nothing. */
const NOTHING = Symbol('AWS::NoValue');

/**
 * Evaluates a template. `parameters` override the template's defaults; `rename` maps logical ids to the names that
 * both templates share. Throws on a function, a parameter or a resource that it does not know.
 */
export function resolve(template: Json, parameters: Record<string, string>, rename: (id: string) => string): Resolved {
  return new Resolver(map(template), parameters, rename).all();
}

class Resolver {
  readonly #template: Map;
  readonly #parameters: Record<string, Value> = {};
  readonly #rename: (id: string) => string;

  constructor(template: Map, parameters: Record<string, string>, rename: (id: string) => string) {
    this.#template = template;
    this.#rename = rename;
    const declared = map(template['Parameters'] ?? {});
    for (const [name, declaration] of Object.entries(declared)) {
      const { Default, Type } = map(declaration);
      const value = parameters[name] ?? Default ?? fail(`parameter ${name} has neither a value nor a default`);
      this.#parameters[name] = text(Type).includes('List') ? String(value).split(',') : String(value);
    }
    const unknown = Object.keys(parameters).filter((name) => !(name in declared));
    if (unknown.length > 0) throw new Error(`the template has no parameter ${unknown.join(', ')}`);
  }

  all(): Resolved {
    const resources: Record<string, Resource> = {};
    for (const [id, declaration] of Object.entries(this.#section('Resources'))) {
      const { Type, Properties, Condition, DeletionPolicy, UpdateReplacePolicy } = map(declaration);
      if (Condition !== undefined && !this.#condition(text(Condition))) continue;
      const name = this.#rename(id);
      if (name in resources) throw new Error(`two resources are called ${name}`);
      const properties = this.#value(Properties ?? {});
      if (properties === NOTHING) throw new Error(`${id} has no properties`);
      const [deleted, replaced] = [DeletionPolicy, UpdateReplacePolicy].map((policy) => String(policy ?? 'Delete'));
      resources[name] = { type: text(Type), properties, deletion: `${deleted} and ${replaced} when replaced` };
    }
    const outputs: Record<string, Value> = {};
    for (const [id, declaration] of Object.entries(this.#section('Outputs'))) {
      const { Value: value, Condition } = map(declaration);
      if (Condition !== undefined && !this.#condition(text(Condition))) continue;
      const resolved = this.#value(value);
      if (resolved !== NOTHING) outputs[id] = resolved;
    }
    return { resources, outputs };
  }

  #section(name: string): Map {
    return map(this.#template[name] ?? {});
  }

  #condition(name: string): boolean {
    const declaration = this.#section('Conditions')[name];
    if (declaration === undefined) throw new Error(`no condition is called ${name}`);
    return this.#holds(declaration);
  }

  #holds(test: Json | undefined): boolean {
    const [name, argument] = only(map(test));
    switch (name) {
      case 'Condition':
        return this.#condition(text(argument));
      case 'Fn::Equals': {
        const [left, right] = list(argument).map((side) => JSON.stringify(this.#value(side)));
        return left === right;
      }
      case 'Fn::And':
        return list(argument).every((part) => this.#holds(part));
      case 'Fn::Or':
        return list(argument).some((part) => this.#holds(part));
      case 'Fn::Not':
        return !this.#holds(list(argument)[0]);
      default:
        throw new Error(`conditions know no ${name}`);
    }
  }

  #value(json: Json | undefined): Value | typeof NOTHING {
    if (json === undefined || json === null) return NOTHING;
    if (Array.isArray(json)) return json.map((item) => this.#value(item)).filter((item) => item !== NOTHING);
    // CloudFormation takes "60" and 60, "true" and true for the same.
    if (typeof json !== 'object') return String(json);
    const keys = Object.keys(json);
    if (keys.length === 1 && (keys[0] === 'Ref' || keys[0]?.startsWith('Fn::'))) {
      return this.#call(keys[0], json[keys[0]]);
    }
    const result: { [key: string]: Value } = {};
    for (const key of keys) {
      const value = this.#value(json[key]);
      if (value !== NOTHING) result[key] = value;
    }
    return result;
  }

  #call(name: string, argument: Json | undefined): Value | typeof NOTHING {
    switch (name) {
      case 'Ref':
        return this.#ref(text(argument));
      case 'Fn::GetAtt': {
        const parts = Array.isArray(argument) ? argument.map(text) : text(argument).split('.');
        return this.#attribute(parts);
      }
      case 'Fn::If': {
        const [condition, yes, no] = list(argument);
        return this.#value(this.#condition(text(condition)) ? yes : no);
      }
      case 'Fn::Join': {
        const [delimiter, parts] = list(argument);
        return this.#list(parts).map(text).join(text(delimiter));
      }
      case 'Fn::Sub':
        return this.#sub(argument);
      case 'Fn::Select': {
        const [index, parts] = list(argument);
        const items = this.#list(parts);
        return items[Number(this.#value(index))] ?? fail(`nothing to select from ${JSON.stringify(items)}`);
      }
      case 'Fn::Split': {
        const [delimiter, whole] = list(argument);
        return text(this.#value(whole)).split(text(delimiter));
      }
      case 'Fn::FindInMap': {
        const [table, row, column] = list(argument).map((part) => text(this.#value(part)));
        return this.#value(map(map(this.#section('Mappings')[table!])[row!])[column!]);
      }
      default:
        throw new Error(`templates here use no ${name}`);
    }
  }

  #list(json: Json | undefined): Value[] {
    const value = this.#value(json);
    return Array.isArray(value) ? value : text(value).split(',');
  }

  #ref(name: string): Value | typeof NOTHING {
    if (name === 'AWS::NoValue') return NOTHING;
    const known = this.#parameters[name] ?? PSEUDO[name];
    if (known !== undefined) return known;
    this.#exists(name);
    return `\${${this.#rename(name)}}`;
  }

  #attribute([id, ...attribute]: string[]): string {
    this.#exists(id!);
    return `\${${[this.#rename(id!), ...attribute].join('.')}}`;
  }

  #sub(argument: Json | undefined): string {
    const [pattern, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = map(variables);
    return text(pattern).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (name in own) return text(this.#value(own[name]));
      return name.includes('.') ? this.#attribute(name.split('.')) : text(this.#ref(name));
    });
  }

  #exists(id: string): void {
    const resource = this.#section('Resources')[id];
    if (resource === undefined) throw new Error(`no resource or parameter is called ${id}`);
    const condition = map(resource)['Condition'];
    if (condition !== undefined && !this.#condition(text(condition))) throw new Error(`${id} is used but not made`);
  }
}

function fail(message: string): never {
  throw new Error(message);
}

function map(json: Json | undefined): Map {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(`no map: ${JSON.stringify(json)}`);
  return json;
}

function list(json: Json | undefined): Json[] {
  return Array.isArray(json) ? json : fail(`no list: ${JSON.stringify(json)}`);
}

function text(json: unknown): string {
  return typeof json === 'string' ? json : fail(`no text: ${JSON.stringify(json)}`);
}

function only(json: Map): [string, Json | undefined] {
  const entries = Object.entries(json);
  return entries.length === 1 ? entries[0]! : fail(`not one function: ${JSON.stringify(json)}`);
}
