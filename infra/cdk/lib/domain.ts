// The own host name. With the data plane it leads to CloudFront, which asks the gateway under the same name.
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { DomainProps } from './props.ts';

export function makeDomain(
  scope: Construct,
  { name, certificate }: DomainProps,
  stage: apigateway.Stage,
): apigateway.DomainName {
  const domainName = new apigateway.DomainName(scope, 'Domain', {
    domainName: name,
    certificate,
    endpointType: apigateway.EndpointType.REGIONAL,
    securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
  });
  new apigateway.BasePathMapping(scope, 'DomainMapping', { domainName, restApi: stage.restApi, stage });
  return domainName;
}

/** Makes the name lead to `target`, if its zone was given. */
export function makeRecord(
  scope: Construct,
  id: string,
  type: 'A' | 'AAAA',
  domain: DomainProps,
  target: Target,
): void {
  if (domain.hostedZone === undefined) return;
  new route53.CfnRecordSet(scope, id, {
    hostedZoneId: domain.hostedZone.hostedZoneId,
    name: domain.name,
    type,
    aliasTarget: { dnsName: target.dnsName, hostedZoneId: target.hostedZoneId },
  });
}

export interface Target {
  readonly dnsName: string;
  readonly hostedZoneId: string;
}
