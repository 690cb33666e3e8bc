import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  type CfnAuthorizer,
  type CfnGatewayResponse,
  type CfnMethod,
  type CfnRestApi,
  MockIntegration,
} from 'aws-cdk-lib/aws-apigateway';
import { Key } from 'aws-cdk-lib/aws-kms';
import { makeApp } from '../bin/app.ts';
import { Packhouse, type PackhouseProps } from '../lib/packhouse.ts';
import { type Json, resolve, type Resolved } from './compare/resolve.ts';
import { CODE, contextOf, EVERYTHING, FUNCTIONS, synthesize, temporary } from './synthesize.ts';

const [defaults, everything] = [synthesize({}), synthesize(EVERYTHING)];
const resolved = ({ template, nameOf }: typeof defaults): Resolved => resolve(template, {}, nameOf);
const typesIn = (resources: Resolved['resources']): string[] =>
  [...new Set(Object.values(resources).map(({ type }) => type))].sort();

test('every role permits named actions on named resources', () => {
  const atRunTime = 'repositories are made at run time';
  /** Each resource with a star that a role may name: which actions, and why it cannot do without. */
  const stars: Record<string, { actions: RegExp; reason: string; used?: true }> = {
    '${Bucket.Arn}/repos/*': { actions: /^s3:\w+Object|^s3:AbortMultipartUpload$/, reason: atRunTime },
    '${Bucket.Arn}/incoming/*': { actions: /^s3:\w+Object|^s3:AbortMultipartUpload$/, reason: atRunTime },
    'arn:aws:ecr:us-east-1:123456789012:repository/*': {
      actions: /^ecr:Batch|^ecr:GetDownloadUrlForLayer$/,
      reason: 'images are a setting',
    },
    '*': { actions: /^xray:Put|^ecr:GetAuthorizationToken$/, reason: 'these actions have no resources to name' },
  };
  for (const [name, { type, properties }] of Object.entries(resolved(everything).resources)) {
    assert.notEqual(type, 'AWS::IAM::Policy', 'permissions stand in the roles');
    assert.notEqual(type, 'AWS::IAM::ManagedPolicy', 'permissions stand in the roles');
    if (type !== 'AWS::IAM::Role') continue;
    const { Policies = [], ManagedPolicyArns } = properties as unknown as Role;
    assert.equal(ManagedPolicyArns !== undefined, name === 'GatewayAccountRole', `${name} has a policy of AWS's`);
    for (const { Effect, Action, Resource } of Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
      if (Effect === 'Deny') continue;
      for (const action of [Action].flat()) {
        assert.match(action, /^[a-z0-9]+:[A-Za-z]+$/, `${name} permits ${action}`);
        for (const resource of [Resource].flat().filter((resource) => resource.includes('*'))) {
          const star = stars[resource] ?? assert.fail(`${name} permits ${action} on ${resource}`);
          assert.match(action, star.actions, `${name} permits ${action} on ${resource}, though only ${star.reason}`);
          star.used = true;
        }
      }
    }
  }
  assert(
    Object.values(stars).every(({ used }) => used),
    'a star is permitted that no role has',
  );
});

interface Role {
  readonly Policies?: { PolicyDocument: { Statement: { Effect: string; Action: string[]; Resource: string[] }[] } }[];
  readonly ManagedPolicyArns?: string[];
}

test('every route leads to its function, streams, and is guarded', () => {
  const { resources } = resolved(defaults);
  const property = (name: string, ...path: string[]): string =>
    path.reduce<any>((value, key) => value?.[key], resources[name]?.properties);
  const pathOf = (ref: string): string => {
    if (ref === '${Gateway.RootResourceId}') return '';
    const name = ref.slice(2, -1);
    return `${pathOf(property(name, 'ParentId'))}/${property(name, 'PathPart')}`;
  };
  const routes = Object.keys(resources)
    .filter((name) => resources[name]?.type === 'AWS::ApiGateway::Method')
    .map((name) => {
      const [, version, target, call] =
        /path\/([\d-]+)\/functions\/\${(\w+).Arn}\/(.*)$/.exec(property(name, 'Integration', 'Uri')) ?? [];
      const transfer = `${property(name, 'Integration', 'ResponseTransferMode') ?? 'BUFFERED'} ${version} ${call}`;
      const time = property(name, 'Integration', 'TimeoutInMillis') ?? 'default';
      const guard = property(name, 'AuthorizerId') ?? property(name, 'AuthorizationType');
      return [
        `${property(name, 'HttpMethod')} ${pathOf(property(name, 'ResourceId')) || '/'}`,
        target,
        transfer,
        time,
        guard,
      ];
    });
  const streams = ['STREAM 2021-11-15 response-streaming-invocations', '900000', '${GatewayAuthorizer}'];
  assert.deepEqual(routes.sort(), [
    ['ANY /v1/repos/{name}/{proxy+}', 'GitFunction', ...streams],
    ['GET /', 'ApiFunction', 'BUFFERED 2015-03-31 invocations', 'default', '${GatewayAuthorizer}'],
    ['POST /', 'ApiFunction', 'BUFFERED 2015-03-31 invocations', 'default', '${GatewayAuthorizer}'],
    ['POST /v1/repos/{name}/uploads', 'GitFunction', ...streams],
    ['POST /v1/repos/{name}/uploads/{upload}/git-receive-pack', 'PackIndexerFunction', ...streams],
    ['POST /v1/repos/{name}/uploads/{upload}/parts', 'GitFunction', ...streams],
    ['POST /{operation+}', 'ApiFunction', 'BUFFERED 2015-03-31 invocations', 'default', '${GatewayAuthorizer}'],
  ]);
});

test('what the gateway deploys is deployed anew when it changes, and only then', () => {
  const deploymentOf = (change: (packhouse: Packhouse) => void): string => {
    const stack = new Stack(anApp(), 'Ours');
    change(new Packhouse(stack, 'Git', { code: CODE }));
    const [id, ...more] = Object.keys(Template.fromStack(stack).findResources('AWS::ApiGateway::Deployment'));
    assert.deepEqual(more, []);
    return id!;
  };
  const child = <T>(packhouse: Packhouse, id: string): T => packhouse.node.findChild(id).node.defaultChild as T;
  const changes: ((packhouse: Packhouse) => void)[] = [
    () => {},
    (packhouse) => packhouse.restApi.root.addResource('health').addMethod('GET', new MockIntegration()),
    (packhouse) => (child<CfnMethod>(packhouse, 'GitMethod').httpMethod = 'GET'),
    (packhouse) => (child<CfnGatewayResponse>(packhouse, 'GatewayUnauthorized').statusCode = '403'),
    (packhouse) => ((packhouse.node.findChild('GatewayAuthorizer') as CfnAuthorizer).authorizerResultTtlInSeconds = 60),
    (packhouse) => (child<CfnRestApi>(packhouse, 'Gateway').binaryMediaTypes = []),
  ];
  assert.equal(new Set(changes.map(deploymentOf)).size, changes.length);
  assert.equal(
    deploymentOf(() => {}),
    deploymentOf((packhouse) => packhouse.functions.api.addEnvironment('OURS', '1')),
  );
});

test('whoever is not let in is asked for a password, each time anew', () => {
  const template = Template.fromStack(defaults.stack);
  template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
    ResponseType: 'UNAUTHORIZED',
    StatusCode: '401',
    ResponseParameters: { 'gatewayresponse.header.WWW-Authenticate': `'Basic realm="Packhouse"'` },
  });
  template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
    Type: 'REQUEST',
    AuthorizerResultTtlInSeconds: 0,
    IdentitySource: Match.absent(),
  });
});

test('what stays when the stack goes is the data, and what the account shares', () => {
  const kept = Object.entries(resolved(everything).resources).filter(([, { deletion }]) => deletion.includes('Retain'));
  for (const [name, { deletion }] of kept) assert.equal(deletion, 'Retain and Retain when replaced', name);
  assert.deepEqual(kept.map(([name]) => name).sort(), [
    'Bucket',
    'BucketPolicy',
    'GatewayAccount',
    'GatewayAccountRole',
    'Table',
  ]);
});

test('the defaults make nothing that is billed while nobody uses it, but for what is stored', () => {
  const { resources } = resolved(defaults);
  // Each of these costs by the call, by the byte stored, or nothing.
  assert.deepEqual(typesIn(resources), [
    'AWS::ApiGateway::Authorizer',
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::GatewayResponse',
    'AWS::ApiGateway::Method',
    'AWS::ApiGateway::Resource',
    'AWS::ApiGateway::RestApi',
    'AWS::ApiGateway::Stage',
    'AWS::CloudWatch::Alarm',
    'AWS::DynamoDB::Table',
    'AWS::Events::EventBus',
    'AWS::Events::Rule',
    'AWS::IAM::Role',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::EventSourceMapping',
    'AWS::Lambda::Function',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
  ]);
  const template = Template.fromStack(defaults.stack);
  // Ten alarms are free, on-demand tables cost by the call, a gateway's cache would cost by the hour.
  template.resourceCountIs('AWS::CloudWatch::Alarm', 10);
  template.allResourcesProperties('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' });
  template.allResourcesProperties('AWS::ApiGateway::Stage', { CacheClusterEnabled: Match.absent() });
  // A customer key, custom metrics and logs that never go would cost by the month.
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30, KmsKeyId: Match.absent() });
  template.allResourcesProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ PACKHOUSE_METRICS: 'off' }) },
  });
  // Twice 744 runs a month, and 31.
  const schedules = Object.values(template.findResources('AWS::Events::Rule')).map(
    ({ Properties }) => Properties.ScheduleExpression,
  );
  const clocks = schedules.filter((expression) => expression !== undefined);
  assert.deepEqual(clocks.sort(), ['rate(1 day)', 'rate(1 hour)', 'rate(1 hour)']);
});

test('each opt-in makes what it says, and nothing else', () => {
  const domain = pick('DomainName', 'DomainCertificateArn');
  const rows: [Record<string, string>, string[]][] = [
    [pick('KmsKeyArn'), []],
    [{ Alarms: 'all' }, ['AWS::CloudWatch::Alarm']],
    [pick('Dashboard'), ['AWS::CloudWatch::Dashboard']],
    [{ AccessLogs: 'on' }, ['AWS::Logs::LogGroup']],
    [pick('AccessLogs'), ['AWS::ApiGateway::Account', 'AWS::IAM::Role', 'AWS::Logs::LogGroup']],
    [domain, ['AWS::ApiGateway::BasePathMapping', 'AWS::ApiGateway::DomainName']],
    [
      { ...domain, ...pick('DomainHostedZoneId') },
      ['AWS::ApiGateway::BasePathMapping', 'AWS::ApiGateway::DomainName', 'AWS::Route53::RecordSet'],
    ],
    [pick('Firewall'), ['AWS::WAFv2::WebACL', 'AWS::WAFv2::WebACLAssociation']],
    [
      { ...domain, ...pick(...Object.keys(EVERYTHING).filter((name) => name.startsWith('DataPlane'))) },
      [
        'AWS::ApiGateway::BasePathMapping',
        'AWS::ApiGateway::DomainName',
        'AWS::CloudFront::Distribution',
        'AWS::CloudFront::Function',
        'AWS::CloudFront::VpcOrigin',
        'AWS::EC2::SecurityGroup',
        'AWS::EC2::SecurityGroupEgress',
        'AWS::ECS::Cluster',
        'AWS::ECS::Service',
        'AWS::ECS::TaskDefinition',
        'AWS::ElasticLoadBalancingV2::Listener',
        'AWS::ElasticLoadBalancingV2::LoadBalancer',
        'AWS::ElasticLoadBalancingV2::TargetGroup',
        'AWS::IAM::Role',
        'AWS::Logs::LogGroup',
      ],
    ],
  ];
  const before = Object.keys(resolved(defaults).resources);
  for (const [parameters, types] of rows) {
    const { resources } = resolved(synthesize(parameters));
    for (const name of before) assert(name in resources, `${name} is gone with ${Object.keys(parameters)}`);
    const added = Object.fromEntries(Object.entries(resources).filter(([name]) => !before.includes(name)));
    assert.deepEqual(typesIn(added), types, JSON.stringify(parameters));
  }
  assert.equal(
    Object.values(resolved(synthesize({ Alarms: 'off' })).resources).filter(({ type }) => type.endsWith('Alarm'))
      .length,
    0,
  );
});

test('CDK adds nothing of its own', () => {
  const template = Template.fromStack(everything.stack);
  template.resourceCountIs('AWS::Lambda::Function', FUNCTIONS.length);
  const types = Object.values((everything.template as { Resources: Record<string, { Type: string }> }).Resources).map(
    ({ Type }) => Type,
  );
  assert.deepEqual(
    types.filter((type) => !/^AWS::(?!CDK)\w+::\w+$/.test(type)),
    [],
  );
});

test('two installations fit into one stack that has other things, under two names', () => {
  const stack = new Stack(anApp(), 'Ours', { env: { account: '123456789012', region: 'eu-west-1' } });
  const first = new Packhouse(stack, 'First', { code: CODE, name: 'first', dashboard: true });
  const second = new Packhouse(stack, 'Second', { code: CODE, name: 'second', dashboard: true });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::DynamoDB::Table', 2);
  const names = Object.values(
    template.toJSON().Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>,
  ).flatMap(({ Type, Properties }) => {
    const given = ['FunctionName', 'LogGroupName', 'DashboardName']
      .map((key) => Properties[key])
      .filter((name) => typeof name === 'string');
    return Type === 'AWS::Lambda::Permission' ? [] : given.map((name) => `${Type} ${name}`);
  });
  assert.equal(names.length, 2 * (2 * FUNCTIONS.length + 1));
  assert.equal(new Set(names).size, names.length, names.join('\n'));
  assert.notDeepEqual(stack.resolve(first.publicUrl), stack.resolve(second.publicUrl));
  assert.equal(first.masterKeyParameter, '/packhouse/first/master-key');
});

test('what the construct made is there for others to use', () => {
  const stack = new Stack(anApp(), 'Ours');
  const packhouse = new Packhouse(stack, 'Git', { code: CODE });
  const consumer = packhouse.functions.api;
  packhouse.table.grantReadData(consumer);
  packhouse.bucket.grantRead(consumer);
  packhouse.bus.grantPutEventsTo(consumer);
  assert.deepEqual(stack.resolve(packhouse.cloneUrl('site')), {
    'Fn::Join': [
      '',
      [
        'https://',
        stack.resolve(packhouse.restApi.restApiId),
        '.execute-api.',
        { Ref: 'AWS::Region' },
        '.',
        { Ref: 'AWS::URLSuffix' },
        '/prod/v1/repos/site',
      ],
    ],
  });
  // What others grant to our functions does not get into our roles.
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
});

test('a key of the same app lets CloudWatch Logs in', () => {
  const stack = new Stack(anApp(), 'Ours');
  new Packhouse(stack, 'Git', { code: CODE, encryptionKey: new Key(stack, 'Key') });
  Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } },
          Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': Match.anyValue() } },
        }),
      ]),
    },
  });
});

test('what cannot be is refused, with the name of what is wrong', () => {
  const withProps = (props: Partial<PackhouseProps>) => () =>
    new Packhouse(new Stack(anApp(), 'Ours'), 'Git', { code: CODE, ...props });
  const withContext =
    (parameters: Record<string, string>, more: Record<string, Json> = {}) =>
    () =>
      makeApp({ treeMetadata: false, context: { ...contextOf(parameters), ...more } });
  const { DomainCertificateArn: _, ...withoutCertificate } = EVERYTHING;
  const { DomainName: __, ...withoutDomain } = EVERYTHING;
  const rows: [() => unknown, RegExp][] = [
    [withProps({ code: '/nowhere' }), /nowhere.*cargo lambda build.*packhouse-git-function/s],
    [withProps({ eventSource: 'aws.codecommit' }), /eventSource/],
    [withProps({ masterKeyParameter: 'master-key' }), /masterKeyParameter/],
    [withProps({ name: 'a b' }), /^Error: name/],
    [withContext({}, { dashbord: 'on' }), /no setting is called dashbord/],
    [withContext({ Dashboard: 'yes' }), /dashboard: yes is none of off, on/],
    [
      withContext({
        DataPlaneTasks: 'many',
        ...pick(...Object.keys(EVERYTHING).filter((name) => name !== 'DataPlaneTasks')),
      }),
      /dataPlaneTasks: many/,
    ],
    [withContext(withoutCertificate), /domainCertificateArn/],
    [withContext(withoutDomain), /dataPlane: needs domain/],
    [withContext({ ...EVERYTHING, DataPlaneSubnetIds: 'subnet-1' }), /at least two subnets/],
    [
      withContext(EVERYTHING, { account: '123456789012', region: 'eu-west-1' }),
      /us-east-1, and this one is in eu-west-1/,
    ],
  ];
  for (const [make, message] of rows) assert.throws(make, message);
});

/** Somebody else's app. test/nag.test.ts validates; here it would take most of the time. */
function anApp(): App {
  return new App({ outdir: temporary(), treeMetadata: false, builtinCloudFormationValidation: false });
}

function pick(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, EVERYTHING[name] ?? assert.fail(name)]));
}
