// AWS WAF, in front of the gateway or of CloudFront.
import { CfnRule, Fn, Stack, Token } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { Installation } from './function.ts';

/** Makes the firewall. With a data plane its scope is CloudFront, whose firewalls live in us-east-1. */
export function makeFirewall(scope: Construct, { props, name }: Installation): wafv2.CfnWebACL {
  if (props.dataPlane) requireRegion(scope, 'us-east-1', 'firewall and dataPlane together need a stack in us-east-1');
  return new wafv2.CfnWebACL(scope, 'WebAcl', {
    name,
    scope: props.dataPlane ? 'CLOUDFRONT' : 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: visible(name),
    rules: [
      {
        name: 'rate',
        priority: 0,
        action: { block: {} },
        statement: {
          rateBasedStatement: {
            aggregateKeyType: 'IP',
            evaluationWindowSec: 300,
            limit: props.firewall?.requestsPerFiveMinutes ?? 3000,
          },
        },
        visibilityConfig: visible('rate'),
      },
      // Packs are large and binary: every rule on bodies finds its pattern in one sooner or later.
      managed(1, 'common', 'AWSManagedRulesCommonRuleSet', [
        'SizeRestrictions_BODY',
        'CrossSiteScripting_BODY',
        'EC2MetaDataSSRF_BODY',
        'GenericLFI_BODY',
        'GenericRFI_BODY',
      ]),
      managed(2, 'known-bad-inputs', 'AWSManagedRulesKnownBadInputsRuleSet', [
        'JavaDeserializationRCE_BODY',
        'Log4JRCE_BODY',
        'ReactJSRCE_BODY',
      ]),
    ],
  });
}

export function protectStage(scope: Construct, firewall: wafv2.CfnWebACL, stage: apigateway.Stage): void {
  const { partition, region } = Stack.of(scope);
  new wafv2.CfnWebACLAssociation(scope, 'WebAclOnGateway', {
    webAclArn: firewall.attrArn,
    resourceArn: `arn:${partition}:apigateway:${region}::/restapis/${stage.restApi.restApiId}/stages/${stage.stageName}`,
  });
}

function managed(priority: number, name: string, group: string, counted: string[]): wafv2.CfnWebACL.RuleProperty {
  const ruleActionOverrides = counted.map((rule) => ({ name: rule, actionToUse: { count: {} } }));
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: group, ruleActionOverrides } },
    visibilityConfig: visible(name),
  };
}

function visible(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { sampledRequestsEnabled: true, cloudWatchMetricsEnabled: true, metricName };
}

/** Fails at synthesis where the region is known by then, and at deployment where it is not. */
function requireRegion(scope: Construct, wanted: string, message: string): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region)) {
    new CfnRule(scope, 'FirewallOfCloudFrontIsInItsRegion', {
      assertions: [{ assert: Fn.conditionEquals(region, wanted), assertDescription: message }],
    });
  } else if (region !== wanted) {
    throw new Error(`${message}, and this one is in ${region}`);
  }
}
