// The app's settings: those of template.yaml by the same names, in small camel case, from `-c name=value` and cdk.json.
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Tracing } from 'aws-cdk-lib/aws-lambda';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DataPlaneProps, DomainProps, PackhouseProps } from '../lib/packhouse.ts';

/** Of the app itself; template.yaml has no such parameters. */
const OWN = ['code', 'stackName', 'account', 'region'];

/** The parameters of template.yaml. */
export const SETTINGS = [
  'architecture',
  'logLevel',
  'logRetentionDays',
  'tracing',
  'packIndexerStorageMiB',
  'packIndexerReservedConcurrency',
  'masterKeyParameter',
  'kmsKeyArn',
  'deletionProtection',
  'noncurrentVersionDays',
  'eventSource',
  'triggerTargetArns',
  'archiveObjectArns',
  'alarms',
  'alarmTopicArn',
  'dashboard',
  'accessLogs',
  'domainName',
  'domainCertificateArn',
  'domainHostedZoneId',
  'firewall',
  'firewallRequestsPerFiveMinutes',
  'dataPlane',
  'dataPlaneImage',
  'dataPlaneVpcId',
  'dataPlaneSubnetIds',
  'dataPlaneAssignPublicIp',
  'dataPlaneEdgeCertificateArn',
  'dataPlaneEdgePrefixListId',
  'dataPlaneCpu',
  'dataPlaneMemoryMiB',
  'dataPlaneStorageGiB',
  'dataPlaneTasks',
] as const;

type Name = (typeof SETTINGS)[number];

/** Throws on a name that is no setting: a misspelt one would otherwise be ignored. */
export function refuseUnknown(context: Record<string, unknown>): void {
  // What has a colon, a slash or an @ in it is the CDK's own.
  const given = Object.keys(context).filter((name) => !/[:/@]/.test(name));
  const unknown = given.filter((name) => !OWN.includes(name) && !(SETTINGS as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new Error(`no setting is called ${unknown.join(', ')}; there are ${[...OWN, ...SETTINGS].join(', ')}`);
}

/** Reads the settings of a stack. Throws, with the setting's name, on a value that it cannot have. */
export function readProps(scope: Construct, code: string): PackhouseProps {
  const read = reader(scope);
  const alarmTopicArn = read.text('alarmTopicArn');
  const kmsKeyArn = read.text('kmsKeyArn');
  return {
    code,
    architecture: read.choice('architecture', { x86_64: Architecture.X86_64, arm64: Architecture.ARM_64 }),
    logLevel: read.text('logLevel'),
    logRetention: read.number('logRetentionDays'),
    tracing: read.choice('tracing', { Active: Tracing.ACTIVE, PassThrough: Tracing.PASS_THROUGH }),
    packIndexerStorageMiB: read.number('packIndexerStorageMiB'),
    packIndexerReservedConcurrency: read.number('packIndexerReservedConcurrency'),
    masterKeyParameter: read.text('masterKeyParameter'),
    encryptionKey: kmsKeyArn === undefined ? undefined : Key.fromKeyArn(scope, 'Key', kmsKeyArn),
    deletionProtection: read.choice('deletionProtection', { true: true, false: false }),
    noncurrentVersionDays: read.number('noncurrentVersionDays'),
    eventSource: read.text('eventSource'),
    triggerTargetArns: read.text('triggerTargetArns')?.split(','),
    archiveObjectArns: read.text('archiveObjectArns')?.split(','),
    alarms: read.choice('alarms', { off: 'off', basic: 'basic', all: 'all' }),
    alarmTopic: alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn),
    dashboard: read.choice('dashboard', { off: false, on: true }),
    accessLogs: read.choice('accessLogs', { off: 'off', on: 'on', 'on-with-account-role': 'on-with-account-role' }),
    domain: read.text('domainName') === undefined ? undefined : readDomain(scope, read),
    firewall: read.choice('firewall', {
      off: undefined,
      on: { requestsPerFiveMinutes: read.number('firewallRequestsPerFiveMinutes') },
    }),
    dataPlane: read.choice('dataPlane', { off: false, on: true }) === true ? readDataPlane(scope, read) : undefined,
  };
}

function readDomain(scope: Construct, read: Reader): DomainProps {
  const zone = read.text('domainHostedZoneId');
  return {
    name: read.required('domainName'),
    certificate: Certificate.fromCertificateArn(scope, 'DomainCertificate', read.required('domainCertificateArn')),
    hostedZone: zone === undefined ? undefined : HostedZone.fromHostedZoneId(scope, 'HostedZone', zone),
  };
}

function readDataPlane(scope: Construct, read: Reader): DataPlaneProps {
  return {
    image: read.required('dataPlaneImage'),
    vpcId: read.required('dataPlaneVpcId'),
    subnetIds: read.required('dataPlaneSubnetIds').split(','),
    assignPublicIp: read.choice('dataPlaneAssignPublicIp', { DISABLED: false, ENABLED: true }),
    edgeCertificate: Certificate.fromCertificateArn(
      scope,
      'EdgeCertificate',
      read.required('dataPlaneEdgeCertificateArn'),
    ),
    edgePrefixListId: read.required('dataPlaneEdgePrefixListId'),
    cpu: read.number('dataPlaneCpu'),
    memoryMiB: read.number('dataPlaneMemoryMiB'),
    storageGiB: read.number('dataPlaneStorageGiB'),
    tasks: read.number('dataPlaneTasks'),
  };
}

type Reader = ReturnType<typeof reader>;

function reader(scope: Construct) {
  const text = (name: Name): string | undefined => {
    const value: unknown = scope.node.tryGetContext(name);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const required = (name: Name): string => {
    const value = text(name);
    if (value === undefined) throw new Error(`${name}: is needed with the other settings of its kind`);
    return value;
  };
  const number = (name: Name): number | undefined => {
    const value = text(name);
    if (value !== undefined && !/^\d{1,9}$/.test(value)) throw new Error(`${name}: ${value} is no number`);
    return value === undefined ? undefined : Number(value);
  };
  const choice = <T>(name: Name, choices: Record<string, T>): T | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!Object.hasOwn(choices, value))
      throw new Error(`${name}: ${value} is none of ${Object.keys(choices).join(', ')}`);
    return choices[value];
  };
  return { text, required, number, choice };
}

/** Where a stack goes: the account and region of the settings, or else of whoever deploys it. */
export function readEnvironment(scope: Construct): { account?: string; region?: string } {
  const [account, region] = ['account', 'region'].map((name) => scope.node.tryGetContext(name) as string | undefined);
  return { ...(account && { account }), ...(region && { region }) };
}

/** Where the built functions are: the setting `code`, or what `cargo lambda build` leaves in this checkout. */
export function readCode(scope: Construct): string {
  const code: unknown = scope.node.tryGetContext('code');
  return typeof code === 'string' ? code : new URL('../../../target/lambda', import.meta.url).pathname;
}

export function stackName(scope: Construct): string {
  return String(scope.node.tryGetContext('stackName') ?? 'packhouse');
}
