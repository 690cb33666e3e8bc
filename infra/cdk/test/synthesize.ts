import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnResource, type Stack } from 'aws-cdk-lib';
import { makeApp } from '../bin/app.ts';
import type { Json } from './compare/resolve.ts';

export const FUNCTIONS = [
  'api',
  'authorizer',
  'event-relay',
  'git',
  'pack-indexer',
  'pull-requests',
  'trigger-dispatcher',
];

/** Every setting that makes something, at a value that makes it; by the names of template.yaml's parameters. */
export const EVERYTHING: Record<string, string> = {
  Architecture: 'arm64',
  LogLevel: 'info,packhouse_storage=debug',
  LogRetentionDays: '365',
  Tracing: 'PassThrough',
  PackIndexerStorageMiB: '4096',
  PackIndexerReservedConcurrency: '5',
  MasterKeyParameter: '/git/master-key',
  KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
  DeletionProtection: 'false',
  NoncurrentVersionDays: '90',
  EventSource: 'example.git',
  TriggerTargetArns: 'arn:aws:sns:us-east-1:123456789012:pushes,arn:aws:lambda:us-east-1:123456789012:function:on-push',
  ArchiveObjectArns: 'arn:aws:s3:::archives/opted-in/main/archive.zip',
  Alarms: 'all',
  AlarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:alarms',
  Dashboard: 'on',
  AccessLogs: 'on-with-account-role',
  DomainName: 'git.example.com',
  DomainCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
  DomainHostedZoneId: 'Z0123456789',
  Firewall: 'on',
  FirewallRequestsPerFiveMinutes: '500',
  DataPlane: 'on',
  DataPlaneImage: '123456789012.dkr.ecr.us-east-1.amazonaws.com/packhouse:1',
  DataPlaneVpcId: 'vpc-0123456789abcdef0',
  DataPlaneSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  DataPlaneAssignPublicIp: 'ENABLED',
  DataPlaneEdgeCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/66666666-7777-8888-9999-000000000000',
  DataPlaneEdgePrefixListId: 'pl-3b927c52',
  DataPlaneCpu: '2048',
  DataPlaneMemoryMiB: '8192',
  DataPlaneStorageGiB: '100',
  DataPlaneTasks: '3',
};

/** A folder with a placeholder for each function, which holds the function's name. */
export const CODE = placeholders();

function placeholders(): string {
  const folder = temporary();
  for (const name of FUNCTIONS) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'bootstrap'), name);
  }
  return folder;
}

/** A folder that goes with this process. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'packhouse-cdk-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Synthesized {
  readonly stack: Stack;
  /** The cloud assembly, with the assets. */
  readonly outdir: string;
  readonly template: Json;
  /** From a logical id to the names of the constructs that lead to it: `GitFunction`, not `GitFunction9518CA93`. */
  readonly nameOf: (logicalId: string) => string;
}

/** The app's context for settings that are called like template.yaml's parameters. */
export function contextOf(parameters: Record<string, string>): Record<string, string> {
  const entries = Object.entries(parameters).map(([name, value]) => [name[0]?.toLowerCase() + name.slice(1), value]);
  return { code: CODE, ...Object.fromEntries(entries) };
}

/** Synthesizes the app with settings that are called like template.yaml's parameters. */
export function synthesize(parameters: Record<string, string>): Synthesized {
  const outdir = temporary();
  const { app, stack } = makeApp({
    outdir,
    context: contextOf(parameters),
    // test/nag.test.ts validates; here it would take most of the time.
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
  const template = app.synth().getStackByName(stack.stackName).template as Json;
  return { stack, outdir, template, nameOf: namesIn(stack) };
}

function namesIn(stack: Stack): (logicalId: string) => string {
  const names = new Map<string, string>();
  for (const construct of stack.node.findAll()) {
    if (!CfnResource.isCfnResource(construct)) continue;
    // Without the stack and the Packhouse in it, and without what says nothing.
    const [, , ...path] = construct.node.path.split('/');
    const name = path.filter((part) => part !== 'Resource' && part !== 'Default').join('');
    names.set(String(stack.resolve(construct.logicalId)), name);
  }
  return (logicalId) => names.get(logicalId) ?? logicalId;
}
