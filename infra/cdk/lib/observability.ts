// Alarms, and the dashboard.
import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Installation } from './function.ts';
import type { Functions, Sinks } from './functions.ts';

interface Alarm {
  readonly id: string;
  readonly alarmDescription: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, string>;
  readonly statistic?: string;
  readonly extendedStatistic?: string;
  readonly evaluationPeriods?: number;
  /** Alarms at one or more, unless a limit says above what. */
  readonly limit?: number;
}

/** Makes ten alarms, all, or none. */
export function makeAlarms(scope: Construct, installation: Installation, functions: Functions, sinks: Sinks): void {
  const { alarms = 'basic', alarmTopic } = installation.props;
  const basic = alarms === 'off' ? [] : basicAlarms(installation, functions, sinks);
  const more = alarms === 'all' ? moreAlarms(installation, functions, sinks) : [];
  for (const { id, dimensions, limit, ...alarm } of [...basic, ...more]) {
    new cloudwatch.CfnAlarm(scope, `${id}Alarm`, {
      period: Duration.minutes(5).toSeconds(),
      evaluationPeriods: 1,
      ...(alarm.extendedStatistic === undefined && { statistic: 'Sum' }),
      ...alarm,
      dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
      threshold: limit ?? 1,
      comparisonOperator: limit === undefined ? 'GreaterThanOrEqualToThreshold' : 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
      alarmActions: alarmTopic && [alarmTopic.topicArn],
    });
  }
}

function basicAlarms({ name }: Installation, functions: Functions, sinks: Sinks): Alarm[] {
  const { git, api, authorizer, eventRelay, packIndexer } = functions;
  return [
    // None for the authorizer: it fails for whoever it does not know.
    errors('GitErrors', git, 'git failed, ran out of time or memory'),
    errors('ApiErrors', api, 'api failed, ran out of time or memory'),
    {
      ...errors('EventRelayErrors', eventRelay, 'event-relay failed; it tries again, and the hourly sweep after it'),
      evaluationPeriods: 3,
    },
    errors('PackIndexerErrors', packIndexer, 'pack-indexer failed, ran out of time, memory or disk'),
    {
      id: 'GatewayErrors',
      alarmDescription: 'the gateway answered with a 5xx; a failing authorizer shows here too',
      namespace: 'AWS/ApiGateway',
      metricName: '5XXError',
      dimensions: { ApiName: name, Stage: 'prod' },
    },
    throttles('GitThrottles', git, 'git was refused for want of concurrency'),
    throttles('AuthorizerThrottles', authorizer, 'authorizer was refused for want of concurrency'),
    depth('EventRelayFailures', sinks.eventRelayFailures, 'event-relay gave up on something'),
    depth('PackIndexerFailures', sinks.packIndexerFailures, 'pack-indexer gave up on something'),
    slowness('ApiLatency', api, 5000, 'one in a hundred calls of the API takes over five seconds'),
  ];
}

function moreAlarms({ table }: Installation, functions: Functions, sinks: Sinks): Alarm[] {
  const { api, packIndexer, eventRelay, authorizer, pullRequests, triggerDispatcher } = functions;
  const onTable = { namespace: 'AWS/DynamoDB', dimensions: { TableName: table.tableName } };
  return [
    throttles('ApiThrottles', api, 'api was refused for want of concurrency'),
    throttles('PackIndexerThrottles', packIndexer, 'pack-indexer was refused for want of concurrency'),
    throttles('EventRelayThrottles', eventRelay, 'event-relay was refused for want of concurrency'),
    throttles('PullRequestsThrottles', pullRequests, 'pull-requests was refused for want of concurrency'),
    throttles(
      'TriggerDispatcherThrottles',
      triggerDispatcher,
      'trigger-dispatcher was refused for want of concurrency',
    ),
    {
      ...errors(
        'PullRequestsErrors',
        pullRequests,
        'pull-requests failed; it tries again, and whoever looks at a pull request does its work',
      ),
      evaluationPeriods: 3,
    },
    depth('PullRequestsFailures', sinks.pullRequestsFailures, 'pull-requests gave up on something'),
    {
      ...errors(
        'TriggerDispatcherErrors',
        triggerDispatcher,
        'trigger-dispatcher failed; it tries again, and the hourly sweep after it',
      ),
      evaluationPeriods: 3,
    },
    depth('TriggerDispatcherFailures', sinks.triggerDispatcherFailures, 'trigger-dispatcher gave up on something'),
    {
      ...ofFunction('EventRelayAge', eventRelay, 'IteratorAge', 'events are over five minutes late'),
      statistic: 'Maximum',
      limit: Duration.minutes(5).toMilliseconds(),
    },
    slowness('AuthorizerLatency', authorizer, 2000, 'one in a hundred authorizations takes over two seconds'),
    {
      ...onTable,
      id: 'TableReadThrottles',
      metricName: 'ReadThrottleEvents',
      alarmDescription: 'DynamoDB throttled reads',
    },
    {
      ...onTable,
      id: 'TableWriteThrottles',
      metricName: 'WriteThrottleEvents',
      alarmDescription: 'DynamoDB throttled writes',
    },
  ];
}

function errors(id: string, of: lambda.Function, alarmDescription: string): Alarm {
  return ofFunction(id, of, 'Errors', alarmDescription);
}

function throttles(id: string, of: lambda.Function, alarmDescription: string): Alarm {
  return ofFunction(id, of, 'Throttles', alarmDescription);
}

function slowness(id: string, of: lambda.Function, limit: number, alarmDescription: string): Alarm {
  const latency = ofFunction(id, of, 'Duration', alarmDescription);
  return { ...latency, extendedStatistic: 'p99', evaluationPeriods: 3, limit };
}

function ofFunction(
  id: string,
  { functionName }: lambda.Function,
  metricName: string,
  alarmDescription: string,
): Alarm {
  return { id, alarmDescription, namespace: 'AWS/Lambda', metricName, dimensions: { FunctionName: functionName } };
}

function depth(id: string, { queueName }: sqs.IQueue, alarmDescription: string): Alarm {
  const metricName = 'ApproximateNumberOfMessagesVisible';
  const dimensions = { QueueName: queueName };
  return { id, alarmDescription, namespace: 'AWS/SQS', metricName, dimensions, statistic: 'Maximum' };
}

/** Makes the dashboard, from the metric lines that functions log with PACKHOUSE_METRICS=on. */
export function makeDashboard(scope: Construct, { name, table }: Installation, sinks: Sinks): void {
  const { region } = Stack.of(scope);
  const search = (metric: string, statistic: string, id: string): object[] => [
    { expression: `SEARCH('{Packhouse,Function} MetricName="${metric}"','${statistic}',300)`, id },
  ];
  const queue = ({ queueName }: sqs.IQueue): string[] => [
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    'QueueName',
    queueName,
  ];
  const capacity = (metric: string): string[] => ['AWS/DynamoDB', metric, 'TableName', table.tableName];
  const charts = [
    { title: 'Requests', stat: 'Sum', metrics: [search('Requests', 'Sum', 'm')] },
    { title: 'Errors', stat: 'Sum', metrics: [search('Errors', 'Sum', 'm')] },
    {
      title: 'Latency, median and 99th percentile',
      metrics: [search('Latency', 'p50', 'm'), search('Latency', 'p99', 'n')],
    },
    { title: 'Bytes out and in', metrics: [search('BytesOut', 'Sum', 'm'), search('BytesIn', 'Sum', 'n')] },
    {
      title: 'Given up',
      stat: 'Maximum',
      metrics: [
        queue(sinks.eventRelayFailures),
        queue(sinks.packIndexerFailures),
        queue(sinks.pullRequestsFailures),
        queue(sinks.triggerDispatcherFailures),
      ],
    },
    {
      title: 'Table, capacity units',
      stat: 'Sum',
      metrics: [capacity('ConsumedReadCapacityUnits'), capacity('ConsumedWriteCapacityUnits')],
    },
  ];
  const [width, height] = [12, 6];
  const widgets = charts.map((chart, index) => ({
    type: 'metric',
    x: (index % 2) * width,
    y: Math.floor(index / 2) * height,
    width,
    height,
    properties: { region, view: 'timeSeries', period: 300, ...chart },
  }));
  new cloudwatch.CfnDashboard(scope, 'OverviewDashboard', {
    dashboardName: name,
    dashboardBody: Stack.of(scope).toJsonString({ widgets }),
  });
}
