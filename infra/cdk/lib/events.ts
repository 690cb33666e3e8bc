// What starts functions without a client: the table's stream, the bus, schedules; and where what failed is kept.
import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Installation } from './function.ts';
import type { Functions, Sinks } from './functions.ts';

/** Makes the bus, and a queue for each function that works unattended. */
export function makeSinks(scope: Construct, { name, props }: Pick<Installation, 'name' | 'props'>): Sinks {
  const failures = (id: string): sqs.Queue =>
    new sqs.Queue(scope, id, {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      encryption: props.encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: props.encryptionKey,
    });
  return {
    bus: new events.EventBus(scope, 'Bus', { eventBusName: name, description: 'What changes in repositories' }),
    eventRelayFailures: failures('EventRelayFailures'),
    packIndexerFailures: failures('PackIndexerFailures'),
    pullRequestsFailures: failures('PullRequestsFailures'),
    triggerDispatcherFailures: failures('TriggerDispatcherFailures'),
  };
}

/** Connects stream, bus and schedules with their functions, and the functions with the queues of what they gave up. */
export function connect(scope: Construct, { table, props }: Installation, functions: Functions, sinks: Sinks): void {
  const { eventRelay, packIndexer, pullRequests, triggerDispatcher } = functions;
  new lambda.EventSourceMapping(scope, 'EventRelayStream', {
    target: eventRelay,
    eventSourceArn: table.tableStreamArn ?? '',
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    bisectBatchOnError: true,
    retryAttempts: 10,
    maxRecordAge: Duration.hours(6),
    reportBatchItemFailures: true,
    filters: [{ pattern: '{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"OUTBOX#"}]}}}}' }],
    onFailure: new SqsDlq(sinks.eventRelayFailures),
  });
  new lambda.EventInvokeConfig(scope, 'EventRelayInvokes', {
    function: eventRelay,
    retryAttempts: 1,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(sinks.eventRelayFailures),
  });
  new lambda.EventInvokeConfig(scope, 'PackIndexerInvokes', {
    function: packIndexer,
    retryAttempts: 2,
    maxEventAge: Duration.hours(6),
    onFailure: new SqsDestination(sinks.packIndexerFailures),
  });
  new lambda.EventInvokeConfig(scope, 'PullRequestsInvokes', {
    function: pullRequests,
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(sinks.pullRequestsFailures),
  });
  new lambda.EventInvokeConfig(scope, 'TriggerDispatcherInvokes', {
    function: triggerDispatcher,
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(sinks.triggerDispatcherFailures),
  });
  const source = [props.eventSource ?? 'packhouse.codecommit'];
  const refs = 'CodeCommit Repository State Change';
  wake(scope, 'PullRequests', pullRequests, {
    description: 'Wakes pull-requests when a branch was made, moved or deleted',
    bus: sinks.bus,
    pattern: { source, 'detail-type': [refs], detail: { referenceType: ['branch'] } },
    target: 'pull-requests',
  });
  wake(scope, 'TriggerDispatcher', triggerDispatcher, {
    description: 'Wakes trigger-dispatcher when something happened that triggers or notification rules tell',
    bus: sinks.bus,
    pattern: {
      source,
      'detail-type': [
        refs,
        'CodeCommit Pull Request State Change',
        'CodeCommit Comment on Pull Request',
        'CodeCommit Comment on Commit',
      ],
    },
    target: 'trigger-dispatcher',
  });
  schedule(scope, 'EventRelay', eventRelay, {
    description: 'Resends what the stream did not',
    expression: 'rate(1 hour)',
    target: 'event-relay',
    input: '{"sweep":true}',
  });
  schedule(scope, 'PackIndexer', packIndexer, {
    description: 'Removes what failed pushes and deleted repositories left behind',
    expression: 'rate(1 day)',
    target: 'pack-indexer',
    input: '{"sweep":{}}',
  });
  schedule(scope, 'TriggerDispatcher', triggerDispatcher, {
    description: 'Tries targets again that took nothing',
    expression: 'rate(1 hour)',
    target: 'trigger-dispatcher',
    input: '{"sweep":true}',
  });
}

interface Waking {
  readonly description: string;
  readonly bus: events.IEventBus;
  readonly pattern: Record<string, unknown>;
  readonly target: string;
}

function wake(scope: Construct, id: string, target: lambda.Function, waking: Waking): void {
  const rule = new events.CfnRule(scope, `${id}Rule`, {
    description: waking.description,
    eventBusName: waking.bus.eventBusName,
    eventPattern: waking.pattern,
    state: 'ENABLED',
    targets: [{ id: waking.target, arn: target.functionArn }],
  });
  new lambda.CfnPermission(scope, `${id}Permission`, {
    functionName: target.functionName,
    action: 'lambda:InvokeFunction',
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  });
}

interface Schedule {
  readonly description: string;
  readonly expression: string;
  readonly target: string;
  readonly input: string;
}

function schedule(scope: Construct, id: string, target: lambda.Function, schedule: Schedule): void {
  const rule = new events.CfnRule(scope, `${id}Schedule`, {
    description: schedule.description,
    scheduleExpression: schedule.expression,
    state: 'ENABLED',
    targets: [{ id: schedule.target, arn: target.functionArn, input: schedule.input }],
  });
  new lambda.CfnPermission(scope, `${id}SchedulePermission`, {
    functionName: target.functionName,
    action: 'lambda:InvokeFunction',
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  });
}
