// What cdk-nag's AwsSolutions rules ask and do not get, with the reasons. Everything else they ask is done.
import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

interface Acknowledged {
  readonly rule: string;
  /** Ids of the constructs, directly below Packhouse, that have reason not to follow the rule. */
  readonly constructs: string[];
  readonly reason: string;
}

/** Records the reasons on the constructs, for cdk-nag and for whoever reads the metadata. */
export function acknowledge(scope: Construct, bucket: Construct): void {
  const stack = Stack.of(scope);
  const bucketId = String(stack.resolve((bucket.node.defaultChild as CfnResource).logicalId));
  // As cdk-nag shows them, which depends on whether the stack knows where it goes.
  const [region, account] = [stack.region, stack.account].map((value) => {
    const { Ref } = stack.resolve(value) as { Ref?: string };
    return Ref === undefined ? value : `<${Ref}>`;
  });
  const images = `arn:<AWS::Partition>:ecr:${region}:${account}:repository/*`;
  const targets = ['sns', 'lambda'].map((service) => {
    const resource = service === 'lambda' ? 'function:*' : '*';
    return `arn:<AWS::Partition>:${service}:${region}:${account}:${resource}`;
  });
  for (const { rule, constructs, reason } of acknowledged(bucketId, images, targets)) {
    for (const id of constructs) {
      const construct = scope.node.tryFindChild(id);
      if (construct) Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
    }
  }
}

function acknowledged(bucketId: string, images: string, targets: string[]): Acknowledged[] {
  const atRunTime = 'Repositories are made at run time; the prefix is as narrow as a name can be before they are.';
  return [
    wildcard(
      '*',
      [
        'GitRole',
        'ApiRole',
        'AuthorizerRole',
        'EventRelayRole',
        'PackIndexerRole',
        'PullRequestsRole',
        'TriggerDispatcherRole',
      ],
      'xray:PutTraceSegments and xray:PutTelemetryRecords have no resources to name.',
    ),
    wildcard('*', ['DataPlaneStartRole'], 'ecr:GetAuthorizationToken has no resources to name.'),
    wildcard(
      images,
      ['DataPlaneStartRole'],
      "An image's name does not say where its repository's name ends. Reading only, in this account and region.",
    ),
    wildcard(
      `<${bucketId}.Arn>/repos/*`,
      [
        'GitRole',
        'ApiRole',
        'EventRelayRole',
        'PackIndexerRole',
        'PullRequestsRole',
        'TriggerDispatcherRole',
        'DataPlaneRole',
      ],
      atRunTime,
    ),
    ...targets.map((target) =>
      wildcard(
        target,
        ['ApiRole', 'TriggerDispatcherRole'],
        'Whoever makes a trigger or a rule chooses, unless triggerTargetArns narrows it.',
      ),
    ),
    wildcard(`<${bucketId}.Arn>/incoming/*`, ['GitRole', 'PackIndexerRole', 'DataPlaneRole'], atRunTime),
    {
      rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      constructs: ['GatewayAccountRole'],
      reason: 'API Gateway checks the role for exactly what this policy lists.',
    },
    {
      rule: 'S1',
      constructs: ['Bucket'],
      reason:
        "A second bucket and a charge for each request; CloudTrail's data events do the same for those who want it.",
    },
    {
      rule: 'SQS3',
      constructs: ['EventRelayFailures', 'PackIndexerFailures', 'PullRequestsFailures', 'TriggerDispatcherFailures'],
      reason: 'These are the dead letters: functions send to them what they gave up.',
    },
    {
      rule: 'APIG2',
      constructs: ['Gateway'],
      reason: 'The bodies are Git and signed JSON, which the functions check.',
    },
    {
      rule: 'COG4',
      constructs: [
        'ApiMethod',
        'ApiOperationsMethod',
        'ApiPresignedMethod',
        'GitMethod',
        'UploadsMethod',
        'UploadPartsMethod',
        'UploadFinishMethod',
      ],
      reason: 'git and the AWS CLI know no user pools; a request authorizer and signatures guard these.',
    },
    {
      rule: 'APIG1',
      constructs: ['GatewayStage'],
      reason: 'accessLogs turns them on. They need a role that is set for the whole account, so the owner chooses.',
    },
    {
      rule: 'APIG6',
      constructs: ['GatewayStage'],
      reason: 'Execution logs hold headers, and Authorization is one. The functions log every request without it.',
    },
    {
      rule: 'APIG3',
      constructs: ['GatewayStage'],
      reason: 'firewall makes one. It is billed by the month, so it is off by default.',
    },
    { rule: 'ECS2', constructs: ['DataPlaneTask'], reason: 'The variables hold names, no secrets; the key is in SSM.' },
    {
      rule: 'ECS4',
      constructs: ['DataPlaneCluster'],
      reason: 'Container Insights are billed by the metric; the server logs every request.',
    },
    {
      rule: 'ELB2',
      constructs: ['DataPlaneBalancer'],
      reason: 'Only CloudFront reaches it, and the server logs every request.',
    },
    { rule: 'CFR3', constructs: ['Edge'], reason: 'Both doors log their requests themselves.' },
    { rule: 'CFR1', constructs: ['Edge'], reason: 'Where people may work from is not for us to say.' },
  ];
}

function wildcard(resource: string, constructs: string[], reason: string): Acknowledged {
  return { rule: `IAM5[Resource::${resource}]`, constructs, reason };
}
