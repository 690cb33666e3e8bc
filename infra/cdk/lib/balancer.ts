// What carries requests from CloudFront to the data plane's tasks: an internal load balancer and its security groups.
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { DataPlaneProps, DomainProps } from './props.ts';

/** Where a task listens. */
export const PORT = 8080;

export interface Balancer {
  readonly balancer: elb.CfnLoadBalancer;
  readonly listener: elb.CfnListener;
  readonly targets: elb.CfnTargetGroup;
  /** The security group that tasks are in. */
  readonly taskGroup: ec2.CfnSecurityGroup;
}

export function makeBalancer(scope: Construct, dataPlane: DataPlaneProps, domain: DomainProps): Balancer {
  const { balancerGroup, taskGroup } = makeGroups(scope, dataPlane);
  const balancer = new elb.CfnLoadBalancer(scope, 'DataPlaneBalancer', {
    type: 'application',
    scheme: 'internal',
    subnets: dataPlane.subnetIds,
    securityGroups: [balancerGroup.ref],
    loadBalancerAttributes: [
      { key: 'idle_timeout.timeout_seconds', value: '900' },
      { key: 'routing.http.drop_invalid_header_fields.enabled', value: 'true' },
      { key: 'deletion_protection.enabled', value: 'false' },
    ],
  });
  const targets = new elb.CfnTargetGroup(scope, 'DataPlaneTargets', {
    vpcId: dataPlane.vpcId,
    targetType: 'ip',
    protocol: 'HTTP',
    port: PORT,
    healthCheckPath: '/readyz',
    healthCheckIntervalSeconds: 15,
    healthyThresholdCount: 2,
    targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '120' }],
  });
  const listener = new elb.CfnListener(scope, 'DataPlaneListener', {
    loadBalancerArn: balancer.ref,
    protocol: 'HTTPS',
    port: 443,
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    certificates: [{ certificateArn: domain.certificate.certificateArn }],
    defaultActions: [{ type: 'forward', targetGroupArn: targets.ref }],
  });
  return { balancer, listener, targets, taskGroup };
}

/** CloudFront reaches the balancer, the balancer reaches tasks, tasks reach AWS; nothing else reaches anything. */
function makeGroups(
  scope: Construct,
  { vpcId, edgePrefixListId }: DataPlaneProps,
): { balancerGroup: ec2.CfnSecurityGroup; taskGroup: ec2.CfnSecurityGroup } {
  const balancerGroup = new ec2.CfnSecurityGroup(scope, 'DataPlaneBalancerGroup', {
    groupDescription: 'Load balancer of the data plane of Packhouse',
    vpcId,
    securityGroupIngress: [
      {
        description: 'CloudFront',
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        sourcePrefixListId: edgePrefixListId,
      },
    ],
    // Only what DataPlaneBalancerEgress adds: without a rule here AWS would allow everything.
    securityGroupEgress: [
      { description: 'nothing', ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32' },
    ],
  });
  const toTasks = { ipProtocol: 'tcp', fromPort: PORT, toPort: PORT };
  const taskGroup = new ec2.CfnSecurityGroup(scope, 'DataPlaneTaskGroup', {
    groupDescription: 'Tasks of the data plane of Packhouse',
    vpcId,
    securityGroupIngress: [{ description: 'the load balancer', ...toTasks, sourceSecurityGroupId: balancerGroup.ref }],
    securityGroupEgress: [{ description: 'AWS', ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0' }],
  });
  new ec2.CfnSecurityGroupEgress(scope, 'DataPlaneBalancerEgress', {
    groupId: balancerGroup.ref,
    description: 'tasks',
    ...toTasks,
    destinationSecurityGroupId: taskGroup.ref,
  });
  return { balancerGroup, taskGroup };
}
