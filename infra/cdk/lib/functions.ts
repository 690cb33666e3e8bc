// The seven functions: size, environment and permissions of each.
import { Arn, ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allow, type Installation, makeFunction } from './function.ts';

export interface Functions {
  readonly git: lambda.Function;
  readonly api: lambda.Function;
  readonly authorizer: lambda.Function;
  readonly eventRelay: lambda.Function;
  readonly packIndexer: lambda.Function;
  readonly pullRequests: lambda.Function;
  readonly triggerDispatcher: lambda.Function;
}

/** Where the functions' work ends: on the bus, or given up. */
export interface Sinks {
  readonly bus: events.IEventBus;
  readonly eventRelayFailures: sqs.IQueue;
  readonly packIndexerFailures: sqs.IQueue;
  readonly pullRequestsFailures: sqs.IQueue;
  readonly triggerDispatcherFailures: sqs.IQueue;
}

export function makeFunctions(scope: Construct, installation: Installation, sinks: Sinks): Functions {
  return {
    git: makeGit(scope, installation),
    api: makeApi(scope, installation),
    authorizer: makeAuthorizer(scope, installation),
    eventRelay: makeEventRelay(scope, installation, sinks),
    packIndexer: makePackIndexer(scope, installation, sinks),
    pullRequests: makePullRequests(scope, installation, sinks),
    triggerDispatcher: makeTriggerDispatcher(scope, installation, sinks),
  };
}

function makeGit(scope: Construct, installation: Installation): lambda.Function {
  const { bucket, publicUrl } = installation;
  return makeFunction(scope, 'Git', installation, {
    binary: 'git',
    description: 'Git over HTTP',
    memoryMiB: 1769,
    timeout: Duration.minutes(15),
    storageMiB: 2048,
    environment: {
      PACKHOUSE_BUCKET: bucket.bucketName,
      PACKHOUSE_PUBLIC_URL: publicUrl,
      PACKHOUSE_PACK_INDEXER: packIndexerName(installation),
      PACKHOUSE_STORAGE_MIB: String(storageMiB(installation)),
    },
    statements: [
      changeTable(installation),
      keepIdentities(installation),
      changeObjects(installation, 'repos/*', 'incoming/*'),
      listObjects(installation),
      invokePackIndexer(scope, installation),
    ],
    keyActions: CHANGE_WITH_KEY,
  });
}

function makeApi(scope: Construct, installation: Installation): lambda.Function {
  const { bucket, publicUrl, masterKeyParameter } = installation;
  return makeFunction(scope, 'Api', installation, {
    binary: 'api',
    description: "CodeCommit's API",
    memoryMiB: 512,
    timeout: Duration.seconds(29),
    environment: {
      PACKHOUSE_BUCKET: bucket.bucketName,
      PACKHOUSE_PUBLIC_URL: publicUrl,
      PACKHOUSE_MASTER_KEY_PARAMETER: masterKeyParameter,
    },
    statements: [
      changeTable(installation),
      changeObjects(installation, 'repos/*'),
      listObjects(installation),
      readMasterKey(scope, installation),
      ...tellTargets(scope, installation),
    ],
    keyActions: CHANGE_WITH_KEY,
  });
}

function makeAuthorizer(scope: Construct, installation: Installation): lambda.Function {
  return makeFunction(scope, 'Authorizer', installation, {
    binary: 'authorizer',
    description: 'Tells API Gateway who asks for a Git path',
    memoryMiB: 512,
    timeout: Duration.seconds(10),
    environment: {
      // Whose host Git's signatures are for.
      PACKHOUSE_PUBLIC_URL: installation.publicUrl,
      PACKHOUSE_MASTER_KEY_PARAMETER: installation.masterKeyParameter,
    },
    statements: [
      allow(
        'Identities',
        ['dynamodb:GetItem'],
        [installation.table.tableArn],
        // All credentials, and what their holders may do.
        leadingKeys('CRED#*', 'IAM#*'),
      ),
      readMasterKey(scope, installation),
    ],
    keyActions: ['kms:Decrypt'],
  });
}

function makeEventRelay(scope: Construct, installation: Installation, sinks: Sinks): lambda.Function {
  const { table, bucket, props } = installation;
  const streamActions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
  const tableActions = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'];
  return makeFunction(scope, 'EventRelay', installation, {
    binary: 'event-relay',
    description: "Takes changes from the table's outbox to the event bus",
    memoryMiB: 512,
    timeout: Duration.seconds(60),
    environment: {
      PACKHOUSE_BUCKET: bucket.bucketName,
      PACKHOUSE_BUS: sinks.bus.eventBusName,
      PACKHOUSE_EVENT_SOURCE: props.eventSource ?? 'packhouse.codecommit',
    },
    statements: [
      allow(
        'Outbox',
        tableActions.map((name) => `dynamodb:${name}`),
        [table.tableArn],
        leadingKeys('OUTBOX#*', 'DEADLETTERS'),
      ),
      allow('Changes', ['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn], leadingKeys('R#*')),
      allow(
        'Stream',
        streamActions.map((name) => `dynamodb:${name}`),
        [table.tableStreamArn ?? ''],
      ),
      allow('RefListsOfLargePushes', ['s3:GetObject'], [bucket.arnForObjects('repos/*')]),
      listObjects(installation),
      allow('Events', ['events:PutEvents'], [sinks.bus.eventBusArn]),
      allow('Failures', ['sqs:SendMessage'], [sinks.eventRelayFailures.queueArn]),
    ],
    keyActions: CHANGE_WITH_KEY,
  });
}

function makePackIndexer(scope: Construct, installation: Installation, sinks: Sinks): lambda.Function {
  const { bucket, publicUrl, props } = installation;
  return makeFunction(scope, 'PackIndexer', installation, {
    binary: 'pack-indexer',
    description: 'Compacts packs, sweeps, and finishes direct uploads',
    memoryMiB: 3008,
    timeout: Duration.minutes(15),
    storageMiB: storageMiB(installation),
    reservedConcurrency: props.packIndexerReservedConcurrency,
    environment: {
      PACKHOUSE_BUCKET: bucket.bucketName,
      PACKHOUSE_PUBLIC_URL: publicUrl,
      PACKHOUSE_PACK_INDEXER: packIndexerName(installation),
      PACKHOUSE_STORAGE_MIB: String(storageMiB(installation)),
    },
    statements: [
      changeTable(installation),
      keepIdentities(installation),
      changeObjects(installation, 'repos/*', 'incoming/*'),
      listObjects(installation),
      invokePackIndexer(scope, installation),
      allow('Failures', ['sqs:SendMessage'], [sinks.packIndexerFailures.queueArn]),
    ],
    keyActions: CHANGE_WITH_KEY,
  });
}

function makePullRequests(scope: Construct, installation: Installation, sinks: Sinks): lambda.Function {
  return makeFunction(scope, 'PullRequests', installation, {
    binary: 'pull-requests',
    description: 'Lets pull requests follow their branches',
    memoryMiB: 512,
    timeout: Duration.minutes(5),
    environment: { PACKHOUSE_BUCKET: installation.bucket.bucketName },
    statements: [
      changeTable(installation),
      keepIdentities(installation),
      changeObjects(installation, 'repos/*'),
      listObjects(installation),
      allow('Failures', ['sqs:SendMessage'], [sinks.pullRequestsFailures.queueArn]),
    ],
    keyActions: CHANGE_WITH_KEY,
  });
}

function makeTriggerDispatcher(scope: Construct, installation: Installation, sinks: Sinks): lambda.Function {
  const { table, bucket, masterKeyParameter } = installation;
  const tableActions = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'];
  return makeFunction(scope, 'TriggerDispatcher', installation, {
    binary: 'trigger-dispatcher',
    description: 'Lets triggers and notification rules tell what happened',
    memoryMiB: 512,
    timeout: Duration.minutes(5),
    environment: {
      PACKHOUSE_BUCKET: bucket.bucketName,
      PACKHOUSE_MASTER_KEY_PARAMETER: masterKeyParameter,
    },
    statements: [
      allow(
        'Marks',
        tableActions.map((name) => `dynamodb:${name}`),
        [table.tableArn],
        leadingKeys('R#*', 'TELLING', 'NOTIFYING', 'DEADLETTERS'),
      ),
      // What notifications tell of pull requests and comments.
      allow('Reviews', ['dynamodb:GetItem'], [table.tableArn], leadingKeys('PR#*', 'COMMENT#*', 'COMMENTED#*')),
      allow('RefListsAndFiles', ['s3:GetObject'], [bucket.arnForObjects('repos/*')]),
      listObjects(installation),
      readMasterKey(scope, installation),
      ...tellTargets(scope, installation),
      allow('Failures', ['sqs:SendMessage'], [sinks.triggerDispatcherFailures.queueArn]),
    ],
    keyActions: CHANGE_WITH_KEY,
  });
}

/** What reading and writing encrypted data takes. */
export const CHANGE_WITH_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** The whole contract of the table. A transaction is permitted by the permissions for the single writes in it. */
export function changeTable({ table }: Installation): iam.PolicyStatement {
  const names = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'];
  return allow(
    'Table',
    names.map((name) => `dynamodb:${name}`),
    [table.tableArn],
  );
}

/** Whoever verifies no credentials changes none, and not who may do what. */
function keepIdentities({ table }: Installation): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'IdentitiesStay',
    effect: iam.Effect.DENY,
    actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
    resources: [table.tableArn],
    conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['CRED#*', 'IAM#*', 'INSTALLATION'] } },
  });
}

/** Only items whose partition keys are like one of these. */
function leadingKeys(...patterns: string[]): Record<string, unknown> {
  const keys = patterns.length === 1 ? patterns[0] : patterns;
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } };
}

/** Below prefixes that end in a star, because repositories are made at run time. */
export function changeObjects({ bucket }: Installation, ...prefixes: string[]): iam.PolicyStatement {
  const names = ['GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'];
  return allow(
    'Objects',
    names.map((name) => `s3:${name}`),
    prefixes.map((prefix) => bucket.arnForObjects(prefix)),
  );
}

/** Without it S3 answers "forbidden" where an object is missing. */
export function listObjects({ bucket }: Installation): iam.PolicyStatement {
  return allow('MissingObjectsAreMissing', ['s3:ListBucket'], [bucket.bucketArn]);
}

export function readMasterKey(scope: Construct, { masterKeyParameter }: Installation): iam.PolicyStatement {
  const resourceName = masterKeyParameter.slice(1);
  const arn = Arn.format({ service: 'ssm', resource: 'parameter', resourceName }, Stack.of(scope));
  return allow('MasterKey', ['ssm:GetParameter'], [arn]);
}

/**
 * The topics and functions that triggers and notification rules may have: by default all, because whoever makes one chooses. And
 * the objects that triggers may write, by default none.
 */
function tellTargets(scope: Construct, { props, name }: Installation): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const functions = (resourceName: string): string =>
    Arn.format({ service: 'lambda', resource: 'function', resourceName, arnFormat }, stack);
  const topics = Arn.format({ service: 'sns', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME }, stack);
  const archives = ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'];
  return [
    ...(props.archiveObjectArns === undefined ? [] : [allow('Archives', archives, props.archiveObjectArns)]),
    allow('Targets', ['sns:Publish', 'lambda:InvokeFunction'], props.triggerTargetArns ?? [topics, functions('*')]),
    new iam.PolicyStatement({
      sid: 'OwnFunctionsAreNoTargets',
      effect: iam.Effect.DENY,
      actions: ['lambda:InvokeFunction'],
      resources: [functions(`${name}-*`)],
    }),
  ];
}

/** By name and not by reference: the pack indexer invokes itself. */
function invokePackIndexer(scope: Construct, installation: Installation): iam.PolicyStatement {
  const resourceName = packIndexerName(installation);
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const arn = Arn.format({ service: 'lambda', resource: 'function', resourceName, arnFormat }, Stack.of(scope));
  return allow('Jobs', ['lambda:InvokeFunction'], [arn]);
}

function packIndexerName({ name }: Installation): string {
  return `${name}-pack-indexer`;
}

/** The disk of the pack indexer, which bounds what may be pushed directly. */
function storageMiB({ props }: Installation): number {
  return props.packIndexerStorageMiB ?? 10240;
}
