// Packhouse as a construct: `new Packhouse(stack, 'Git', { code: 'target/lambda' })`. Start reading here.
//
// Every construct directly below it is called like the resource in template.yaml; test/compare holds the two against
// each other, property by property.
import { Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledged.ts';
import { makeDataPlane } from './data-plane.ts';
import { makeDomain, makeRecord } from './domain.ts';
import { connect, makeSinks } from './events.ts';
import { makeFirewall, protectStage } from './firewall.ts';
import { type Installation, permitLogs } from './function.ts';
import { type Functions, makeFunctions } from './functions.ts';
import { makeRestApi, makeStage } from './gateway.ts';
import { makeAlarms, makeDashboard } from './observability.ts';
import { check, type PackhouseProps } from './props.ts';
import { makeStorage } from './storage.ts';

export type { DataPlaneProps, DomainProps, FirewallProps, PackhouseProps } from './props.ts';
export type { Functions } from './functions.ts';

/** One installation of Packhouse. Its table and bucket stay when it goes. */
export class Packhouse extends Construct {
  /** Facts. */
  readonly table: dynamodb.Table;
  /** Packs. */
  readonly bucket: s3.Bucket;
  /** Events, for your rules. Their source is `PackhouseProps.eventSource`. */
  readonly bus: events.IEventBus;
  readonly restApi: apigateway.RestApi;
  /** Their roles permit what is written in functions.ts, whatever is granted to them. */
  readonly functions: Functions;
  /** Where clients reach it, without a slash at the end. */
  readonly publicUrl: string;
  /** Name of the SSM SecureString with the master key, which `packhouse admin bootstrap` makes. */
  readonly masterKeyParameter: string;
  /** What a CNAME record of the own domain must name; undefined without one. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: PackhouseProps) {
    super(scope, id);
    check(props);
    const { stackName, region, urlSuffix } = Stack.of(this);
    const name = props.name ?? stackName;
    if (props.encryptionKey) permitLogs(this, props.encryptionKey);

    const { table, bucket } = makeStorage(this, props);
    this.restApi = makeRestApi(this, name);
    this.masterKeyParameter = props.masterKeyParameter ?? `/packhouse/${name}/master-key`;
    this.publicUrl = props.domain
      ? `https://${props.domain.name}`
      : `https://${this.restApi.restApiId}.execute-api.${region}.${urlSuffix}/prod`;
    const { masterKeyParameter, publicUrl } = this;
    const installation: Installation = { props, name, masterKeyParameter, publicUrl, table, bucket };

    const sinks = makeSinks(this, installation);
    this.functions = makeFunctions(this, installation, sinks);
    connect(this, installation, this.functions, sinks);
    const stage = makeStage(this, installation, this.restApi, this.functions);
    makeAlarms(this, installation, this.functions, sinks);
    if (props.dashboard === true) makeDashboard(this, installation, sinks);
    this.domainTarget = this.#makeDoors(installation, stage);
    acknowledge(this, bucket);

    this.table = table;
    this.bucket = bucket;
    this.bus = sinks.bus;
  }

  /** The URL that `git clone` takes for a repository. */
  cloneUrl(repository: string): string {
    return `${this.publicUrl}/v1/repos/${repository}`;
  }

  /** Makes what stands in front of the gateway, and answers with the host name that the own domain must lead to. */
  #makeDoors(installation: Installation, stage: apigateway.Stage): string | undefined {
    const { domain, dataPlane } = installation.props;
    const firewall = installation.props.firewall && makeFirewall(this, installation);
    if (firewall && !dataPlane) protectStage(this, firewall, stage);
    if (!domain) return undefined;
    const gateway = makeDomain(this, domain, stage);
    if (dataPlane) return makeDataPlane(this, installation, { ...dataPlane, domain, gateway, firewall });
    const target = { dnsName: gateway.domainNameAliasDomainName, hostedZoneId: gateway.domainNameAliasHostedZoneId };
    makeRecord(this, 'DomainRecord', 'A', domain, target);
    return target.dnsName;
  }
}
