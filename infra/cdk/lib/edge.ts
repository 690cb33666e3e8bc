// CloudFront in front of both doors. A function at the edge sends to the data plane what a Lambda event cannot carry.
import { readFileSync } from 'node:fs';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { Balancer } from './balancer.ts';
import type { DataPlaneProps, DomainProps } from './props.ts';

const ROUTE = new URL('../../edge/route.js', import.meta.url);

export interface Doors extends DataPlaneProps {
  readonly domain: DomainProps;
  readonly gateway: apigateway.DomainName;
  readonly firewall: wafv2.CfnWebACL | undefined;
}

/** Makes the distribution, for the domain's name. */
export function makeEdge(
  scope: Construct,
  name: string,
  doors: Doors,
  { balancer, listener }: Balancer,
): cloudfront.CfnDistribution {
  const origin = new cloudfront.CfnVpcOrigin(scope, 'DataPlaneOrigin', {
    vpcOriginEndpointConfig: {
      name: `${name}-data-plane`,
      arn: balancer.ref,
      httpsPort: 443,
      originProtocolPolicy: 'https-only',
      originSslProtocols: ['TLSv1.2'],
    },
  });
  origin.addResourceDependency(listener);
  const route = new cloudfront.CfnFunction(scope, 'EdgeFunction', {
    name: `${name}-route`,
    autoPublish: true,
    functionConfig: { comment: 'Sends large pushes to the data plane', runtime: 'cloudfront-js-2.0' },
    functionCode: readFileSync(ROUTE, 'utf8'),
  });
  const patience = { originReadTimeout: 60, originKeepaliveTimeout: 60 };
  return new cloudfront.CfnDistribution(scope, 'Edge', {
    distributionConfig: {
      comment: `Packhouse ${name}`,
      enabled: true,
      httpVersion: 'http2',
      ipv6Enabled: true,
      priceClass: 'PriceClass_All',
      aliases: [doors.domain.name],
      viewerCertificate: {
        acmCertificateArn: doors.edgeCertificate.certificateArn,
        minimumProtocolVersion: 'TLSv1.2_2021',
        sslSupportMethod: 'sni-only',
      },
      ...(doors.firewall && { webAclId: doors.firewall.attrArn }),
      // Both get the host name that the client used, because signatures contain it.
      origins: [
        {
          id: 'gateway',
          domainName: doors.gateway.domainNameAliasDomainName,
          customOriginConfig: { originProtocolPolicy: 'https-only', originSslProtocols: ['TLSv1.2'], ...patience },
        },
        {
          id: 'data-plane',
          domainName: balancer.attrDnsName,
          vpcOriginConfig: { vpcOriginId: origin.attrId, ...patience },
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: 'gateway',
        viewerProtocolPolicy: 'https-only',
        allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        compress: false,
        cachePolicyId: cloudfront.CachePolicy.CACHING_DISABLED.cachePolicyId,
        // Host and Authorization too.
        originRequestPolicyId: cloudfront.OriginRequestPolicy.ALL_VIEWER.originRequestPolicyId,
        functionAssociations: [{ eventType: 'viewer-request', functionArn: route.attrFunctionArn }],
      },
    },
  });
}
