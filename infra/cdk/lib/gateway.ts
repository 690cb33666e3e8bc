// The front door: API Gateway with the routes, who guards them, and what they lead to.
import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Installation, makeLogGroup } from './function.ts';
import type { Functions } from './functions.ts';

/** No query and no header: Authorization must not be logged. */
const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  user: '$context.authorizer.principalId',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  error: '$context.error.responseType',
});

/** Makes the API without routes. Functions need its address before they can be its targets. */
export function makeRestApi(scope: Construct, name: string): apigateway.RestApi {
  return new apigateway.RestApi(scope, 'Gateway', {
    restApiName: name,
    description: 'Packhouse',
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    binaryMediaTypes: ['*/*'],
    cloudWatchRole: false,
    deploy: false,
  });
}

/** Makes the routes and the stage `prod`. */
export function makeStage(
  scope: Construct,
  installation: Installation,
  restApi: apigateway.RestApi,
  functions: Functions,
): apigateway.Stage {
  makeRoutes(scope, restApi, functions);
  const unauthorized = new apigateway.GatewayResponse(scope, 'GatewayUnauthorized', {
    restApi,
    type: apigateway.ResponseType.UNAUTHORIZED,
    statusCode: '401',
    // Without it git does not ask for a password.
    responseHeaders: { 'WWW-Authenticate': `'Basic realm="Packhouse"'` },
  });
  const deployment = new apigateway.Deployment(scope, 'GatewayDeployment', { api: restApi });
  deployment.node.addDependency(unauthorized);
  // A deployment is a snapshot, which CloudFormation renews only under another id.
  deployment.addToLogicalId(Lazy.any({ produce: () => heldBy(scope) }));
  const { props, name } = installation;
  const logGroup =
    (props.accessLogs ?? 'off') === 'off'
      ? undefined
      : makeLogGroup(scope, 'GatewayLogs', `/aws/apigateway/${name}`, props);
  const stage = new apigateway.Stage(scope, 'GatewayStage', {
    deployment,
    stageName: 'prod',
    tracingEnabled: (props.tracing ?? lambda.Tracing.ACTIVE) === lambda.Tracing.ACTIVE,
    accessLogDestination: logGroup && new apigateway.LogGroupLogDestination(logGroup),
    accessLogFormat: logGroup && apigateway.AccessLogFormat.custom(ACCESS_LOG_FORMAT),
  });
  if (props.accessLogs === 'on-with-account-role') stage.node.addDependency(makeAccount(scope));
  return stage;
}

/** What a deployment is a snapshot of; CDK itself adds the properties of the API. */
function heldBy(scope: Construct): unknown[] {
  return scope.node.findAll().flatMap((child): unknown[] => {
    if (child instanceof apigateway.CfnResource) return [[child.logicalId, child.parentId, child.pathPart]];
    if (child instanceof apigateway.CfnMethod) {
      return [[child.httpMethod, child.resourceId, child.authorizationType, child.authorizerId, child.integration]];
    }
    if (child instanceof apigateway.CfnAuthorizer) {
      return [[child.type, child.authorizerUri, child.authorizerResultTtlInSeconds, child.identitySource]];
    }
    if (child instanceof apigateway.CfnGatewayResponse)
      return [[child.responseType, child.statusCode, child.responseParameters]];
    return [];
  });
}

function makeRoutes(scope: Construct, restApi: apigateway.RestApi, functions: Functions): void {
  const resource = (id: string, parent: apigateway.IResource, pathPart: string): apigateway.Resource =>
    new apigateway.Resource(scope, id, { parent, pathPart });
  const repo = resource(
    'GatewayRepo',
    resource('GatewayRepos', resource('GatewayV1', restApi.root, 'v1'), 'repos'),
    '{name}',
  );
  const paths = resource('GatewayRepoPaths', repo, '{proxy+}');
  // The gateway does not go back from a fixed part to a greedy one, so all below `uploads` is spelled out.
  const uploads = resource('GatewayUploads', repo, 'uploads');
  const upload = resource('GatewayUpload', uploads, '{upload}');
  const parts = resource('GatewayUploadParts', upload, 'parts');
  const finish = resource('GatewayUploadFinish', upload, 'git-receive-pack');
  // The operations that have paths of their own, of which one has an ARN in it. For the same reason it takes nothing from `v1`.
  const operations = resource('GatewayOperations', restApi.root, '{operation+}');

  const { git, api, packIndexer } = functions;
  const authorizer = makeAuthorizer(scope, restApi, functions.authorizer);
  const guarded = (id: string, httpMethod: string, on: apigateway.IResource, target: lambda.Function): void => {
    new apigateway.Method(scope, id, {
      httpMethod,
      resource: on,
      integration: streaming(scope, target),
      options: { authorizer },
    });
  };
  const called = (id: string, httpMethod: string, on: apigateway.IResource): void => {
    new apigateway.Method(scope, id, {
      httpMethod,
      resource: on,
      integration: buffered(scope, api),
      options: { authorizer },
    });
  };
  // The gateway drops signatures on the way to functions. The authorizer hands this one on, and the function verifies it.
  called('ApiMethod', 'POST', restApi.root);
  called('ApiOperationsMethod', 'POST', operations);
  // Presigned requests, which have their signature in the query.
  called('ApiPresignedMethod', 'GET', restApi.root);
  guarded('GitMethod', 'ANY', paths, git);
  guarded('UploadsMethod', 'POST', uploads, git);
  guarded('UploadPartsMethod', 'POST', parts, git);
  guarded('UploadFinishMethod', 'POST', finish, packIndexer);

  permit(scope, 'ApiPermission', restApi, api, '*/POST/*');
  permit(scope, 'ApiPresignedPermission', restApi, api, '*/GET/');
  permit(scope, 'GitPermission', restApi, git, '*/*/v1/repos/*');
  permit(scope, 'PackIndexerPermission', restApi, packIndexer, '*/POST/v1/repos/*/uploads/*/git-receive-pack');
}

function makeAuthorizer(
  scope: Construct,
  restApi: apigateway.RestApi,
  target: lambda.Function,
): apigateway.IAuthorizer {
  const authorizer = new apigateway.CfnAuthorizer(scope, 'GatewayAuthorizer', {
    restApiId: restApi.restApiId,
    name: 'authorizer',
    type: 'REQUEST',
    authorizerUri: invocations(scope, target, '2015-03-31', 'invocations'),
    // No cache and no identity source: a kept answer would outlive a revoked key, and a missing header would be answered
    // without the authorizer.
    authorizerResultTtlInSeconds: 0,
  });
  permit(scope, 'AuthorizerPermission', restApi, target, `authorizers/${authorizer.ref}`);
  return { authorizerId: authorizer.ref, authorizationType: apigateway.AuthorizationType.CUSTOM };
}

function buffered(scope: Construct, target: lambda.Function): apigateway.Integration {
  return new apigateway.Integration({
    type: apigateway.IntegrationType.AWS_PROXY,
    integrationHttpMethod: 'POST',
    uri: invocations(scope, target, '2015-03-31', 'invocations'),
  });
}

function streaming(scope: Construct, target: lambda.Function): apigateway.Integration {
  return new apigateway.Integration({
    type: apigateway.IntegrationType.AWS_PROXY,
    integrationHttpMethod: 'POST',
    uri: invocations(scope, target, '2021-11-15', 'response-streaming-invocations'),
    options: { responseTransferMode: apigateway.ResponseTransferMode.STREAM, timeout: Duration.minutes(15) },
  });
}

function invocations(scope: Construct, target: lambda.Function, version: string, call: string): string {
  const { partition, region } = Stack.of(scope);
  return `arn:${partition}:apigateway:${region}:lambda:path/${version}/functions/${target.functionArn}/${call}`;
}

/** Lets the gateway invoke a function: for calls (stage, method and path) or as one authorizer. */
function permit(
  scope: Construct,
  id: string,
  restApi: apigateway.RestApi,
  target: lambda.Function,
  what: string,
): void {
  const { partition, region, account } = Stack.of(scope);
  new lambda.CfnPermission(scope, id, {
    functionName: target.functionName,
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    sourceArn: `arn:${partition}:execute-api:${region}:${account}:${restApi.restApiId}/${what}`,
  });
}

/** The setting is the account's: it stays when the stack goes, because other gateways may log by then. */
function makeAccount(scope: Construct): apigateway.CfnAccount {
  const role = new iam.Role(scope, 'GatewayAccountRole', {
    assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
    // AWS's own, because API Gateway checks the role for exactly what it lists.
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
  });
  role.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const account = new apigateway.CfnAccount(scope, 'GatewayAccount', { cloudWatchRoleArn: role.roleArn });
  account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return account;
}
