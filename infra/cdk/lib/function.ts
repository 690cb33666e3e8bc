// A Lambda function of Packhouse, with its log group and a role that permits named actions on named resources.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PackhouseProps } from './props.ts';

/** What all functions of an installation share. */
export interface Installation {
  readonly props: PackhouseProps;
  readonly name: string;
  readonly masterKeyParameter: string;
  readonly publicUrl: string;
  readonly table: dynamodb.ITable;
  readonly bucket: s3.IBucket;
}

export interface FunctionSpec {
  /** The binary's name, and its folder's below functions/. */
  readonly binary: string;
  readonly description: string;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly storageMiB?: number;
  readonly reservedConcurrency?: number | undefined;
  readonly environment: Record<string, string>;
  readonly statements: iam.PolicyStatement[];
  /** What it does with the customer key, if there is one. */
  readonly keyActions: string[];
}

/** Makes `<Id>Logs`, `<Id>Role` and `<Id>Function`. */
export function makeFunction(
  scope: Construct,
  id: string,
  installation: Installation,
  spec: FunctionSpec,
): lambda.Function {
  const { props, name, table } = installation;
  const logGroup = makeLogGroup(scope, `${id}Logs`, `/aws/lambda/${name}-${spec.binary}`, props);
  const statements = [
    ...spec.statements,
    allow('Logs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
    // A star, because X-Ray has no resources to name.
    allow('Traces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']),
    ...(props.encryptionKey ? [allow('Key', spec.keyActions, [props.encryptionKey.keyArn])] : []),
  ];
  const role = new iam.Role(scope, `${id}Role`, {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { [spec.binary]: new iam.PolicyDocument({ statements }) },
  });
  return new lambda.Function(scope, `${id}Function`, {
    functionName: `${name}-${spec.binary}`,
    description: spec.description,
    runtime: lambda.Runtime.PROVIDED_AL2023,
    handler: 'bootstrap',
    code: codeOf(props.code, spec.binary),
    architecture: props.architecture ?? lambda.Architecture.X86_64,
    memorySize: spec.memoryMiB,
    timeout: spec.timeout,
    tracing: props.tracing ?? lambda.Tracing.ACTIVE,
    logGroup,
    // Constructs that get the function add nothing to what is written above.
    role: role.withoutPolicyUpdates(),
    ephemeralStorageSize: spec.storageMiB === undefined ? undefined : Size.mebibytes(spec.storageMiB),
    reservedConcurrentExecutions: spec.reservedConcurrency,
    environment: {
      PACKHOUSE_TABLE: table.tableName,
      PACKHOUSE_ACCOUNT_ID: Stack.of(scope).account,
      PACKHOUSE_REGION: Stack.of(scope).region,
      PACKHOUSE_METRICS: props.dashboard === true ? 'on' : 'off',
      PACKHOUSE_LOG: props.logLevel ?? 'info',
      ...spec.environment,
    },
  });
}

/** Makes a log group that goes with its stack; what must last is in the table. */
export function makeLogGroup(scope: Construct, id: string, logGroupName: string, props: PackhouseProps): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    logGroupName,
    retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
    encryptionKey: props.encryptionKey,
  });
}

/** Lets CloudWatch Logs use the key, where the key's policy is ours to write; an imported key must permit it already. */
export function permitLogs(scope: Construct, key: kms.IKey): void {
  const { partition, region, account } = Stack.of(scope);
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        'kms:GenerateDataKey',
        'kms:DescribeKey',
      ],
      // In a key's policy a star is the key.
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    }),
  );
}

/** One statement that allows; `sid` says what for. */
export function allow(
  sid: string,
  actions: string[],
  resources: string[],
  conditions?: Record<string, unknown>,
): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, actions, resources, conditions });
}

function codeOf(folder: string, binary: string): lambda.Code {
  const built = join(folder, binary);
  if (existsSync(join(built, 'bootstrap'))) return lambda.Code.fromAsset(built, { exclude: ['*', '!bootstrap'] });
  if (existsSync(join(built, 'bootstrap.zip'))) return lambda.Code.fromAsset(join(built, 'bootstrap.zip'));
  throw new Error(
    `${built} holds neither bootstrap nor bootstrap.zip. Build the functions first: ` +
      `cargo lambda build --release --package packhouse-${binary}-function`,
  );
}
