// The data plane: `packhouse serve --store aws` on Fargate, behind CloudFront.
import { Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { makeBalancer, PORT, type Balancer } from './balancer.ts';
import { makeRecord } from './domain.ts';
import { type Doors, makeEdge } from './edge.ts';
import { allow, type Installation, makeLogGroup } from './function.ts';
import { CHANGE_WITH_KEY, changeObjects, changeTable, listObjects, readMasterKey } from './functions.ts';

/** Where all aliases of CloudFront are, in every region. */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/** Makes the data plane and answers with the host name of its distribution. */
export function makeDataPlane(scope: Construct, installation: Installation, doors: Doors): string {
  const logGroup = makeLogGroup(
    scope,
    'DataPlaneLogs',
    `/packhouse/${installation.name}/data-plane`,
    installation.props,
  );
  const task = makeTask(scope, installation, doors, logGroup);
  const balancer = makeBalancer(scope, doors, doors.domain);
  makeService(scope, doors, task, balancer);
  const edge = makeEdge(scope, installation.name, doors, balancer);
  const target = { dnsName: edge.attrDomainName, hostedZoneId: CLOUDFRONT_ZONE };
  makeRecord(scope, 'EdgeRecord', 'A', doors.domain, target);
  makeRecord(scope, 'EdgeRecordIpv6', 'AAAA', doors.domain, target);
  return target.dnsName;
}

function makeTask(
  scope: Construct,
  installation: Installation,
  doors: Doors,
  logGroup: logs.LogGroup,
): ecs.CfnTaskDefinition {
  const { props, name } = installation;
  const { region } = Stack.of(scope);
  return new ecs.CfnTaskDefinition(scope, 'DataPlaneTask', {
    family: `${name}-data-plane`,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(doors.cpu ?? 1024),
    memory: String(doors.memoryMiB ?? 2048),
    ephemeralStorage: { sizeInGiB: doors.storageGiB ?? 21 },
    runtimePlatform: {
      operatingSystemFamily: 'LINUX',
      cpuArchitecture: props.architecture === lambda.Architecture.ARM_64 ? 'ARM64' : 'X86_64',
    },
    taskRoleArn: makeTaskRole(scope, installation).roleArn,
    executionRoleArn: makeStartRole(scope, logGroup).roleArn,
    volumes: [{ name: 'spool' }],
    containerDefinitions: [
      {
        name: 'packhouse',
        image: doors.image,
        essential: true,
        user: '65532',
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: false, capabilities: { drop: ['ALL'] } },
        mountPoints: [{ sourceVolume: 'spool', containerPath: '/tmp', readOnly: false }],
        portMappings: [{ containerPort: PORT, protocol: 'tcp' }],
        stopTimeout: 120,
        environment: Object.entries(environment(scope, installation)).map(([key, value]) => ({ name: key, value })),
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': logGroup.logGroupName,
            'awslogs-region': region,
            'awslogs-stream-prefix': 'packhouse',
          },
        },
      },
    ],
  });
}

function environment(scope: Construct, installation: Installation): Record<string, string> {
  const { account, region } = Stack.of(scope);
  return {
    PACKHOUSE_STORE: 'aws',
    PACKHOUSE_LISTEN: `0.0.0.0:${PORT}`,
    PACKHOUSE_TABLE: installation.table.tableName,
    PACKHOUSE_BUCKET: installation.bucket.bucketName,
    PACKHOUSE_MASTER_KEY_PARAMETER: installation.masterKeyParameter,
    PACKHOUSE_ACCOUNT_ID: account,
    PACKHOUSE_REGION: region,
    PACKHOUSE_PUBLIC_URL: installation.publicUrl,
    PACKHOUSE_LOG: installation.props.logLevel ?? 'info',
    PACKHOUSE_LOG_FORMAT: 'json',
    // Less than stopTimeout, after which ECS kills.
    PACKHOUSE_SHUTDOWN_TIMEOUT: '110',
    PACKHOUSE_TRUSTED_PROXIES: '2', // CloudFront and the load balancer
  };
}

/** What the server may do: the same as the functions git and api together, without the jobs. */
function makeTaskRole(scope: Construct, installation: Installation): iam.Role {
  const { encryptionKey } = installation.props;
  const statements = [
    changeTable(installation),
    changeObjects(installation, 'repos/*', 'incoming/*'),
    listObjects(installation),
    readMasterKey(scope, installation),
    ...(encryptionKey ? [allow('Key', CHANGE_WITH_KEY, [encryptionKey.keyArn])] : []),
  ];
  return taskRole(scope, 'DataPlaneRole', 'data-plane', statements);
}

/** What ECS may do to start a task. */
function makeStartRole(scope: Construct, logGroup: logs.LogGroup): iam.Role {
  const { partition, region, account } = Stack.of(scope);
  const statements = [
    // A star, because an image's name does not say where its repository's name ends; reading, in this account and region.
    allow(
      'Image',
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      [`arn:${partition}:ecr:${region}:${account}:repository/*`],
    ),
    // A star, because this action has no resources to name.
    allow('Registry', ['ecr:GetAuthorizationToken'], ['*']),
    allow('Logs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
  ];
  return taskRole(scope, 'DataPlaneStartRole', 'start', statements);
}

function taskRole(scope: Construct, id: string, policy: string, statements: iam.PolicyStatement[]): iam.Role {
  return new iam.Role(scope, id, {
    assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
    inlinePolicies: { [policy]: new iam.PolicyDocument({ statements }) },
  });
}

function makeService(scope: Construct, doors: Doors, task: ecs.CfnTaskDefinition, balancer: Balancer): void {
  const cluster = new ecs.CfnCluster(scope, 'DataPlaneCluster', {
    clusterSettings: [{ name: 'containerInsights', value: 'disabled' }],
  });
  const service = new ecs.CfnService(scope, 'DataPlaneService', {
    cluster: cluster.ref,
    taskDefinition: task.ref,
    launchType: 'FARGATE',
    desiredCount: doors.tasks ?? 1,
    healthCheckGracePeriodSeconds: 60,
    deploymentConfiguration: {
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    networkConfiguration: {
      awsvpcConfiguration: {
        assignPublicIp: doors.assignPublicIp === true ? 'ENABLED' : 'DISABLED',
        subnets: doors.subnetIds,
        securityGroups: [balancer.taskGroup.ref],
      },
    },
    loadBalancers: [{ containerName: 'packhouse', containerPort: PORT, targetGroupArn: balancer.targets.ref }],
  });
  service.addResourceDependency(balancer.listener);
}
