// cdk-nag's AwsSolutions rules and CloudFormation's own: nothing is found without a reason, and no reason is left over.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, BootstraplessSynthesizer, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeApp } from '../bin/app.ts';
import { contextOf, EVERYTHING, synthesize, temporary } from './synthesize.ts';

interface Violation {
  readonly ruleName: string;
  readonly violatingConstructs: { readonly constructPath: string }[];
}

const PLACE = { account: '123456789012', region: 'us-east-1' };

for (const [name, parameters, place] of [
  ['defaults', {}, {}],
  ['everything', EVERYTHING, {}],
  ['everything, in a known place', EVERYTHING, PLACE],
] as const) {
  test(`nothing is found without a reason with ${name}`, () => {
    // CloudFormation's rules take five seconds, and everything holds the defaults.
    const builtinCloudFormationValidation = name === 'everything';
    const context = { ...contextOf(parameters), ...place };
    const { app } = makeApp({ outdir: temporary(), treeMetadata: false, builtinCloudFormationValidation, context });
    assert.deepEqual(findings(app), []);
  });
}

test('every reason is needed', () => {
  const given = new Set<string>();
  const found = new Set<string>();
  for (const parameters of [{}, EVERYTHING]) {
    const { stack, template } = synthesize(parameters);
    for (const construct of stack.node.findAll()) {
      const recorded = construct.node.metadata.filter(
        ({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY,
      );
      const [resource] = construct.node.findAll().filter((child) => CfnResource.isCfnResource(child));
      for (const rule of recorded.flatMap(({ data }) => Object.keys(data as object))) {
        given.add(`${stack.resolve(resource?.logicalId)}: ${rule.replace('AwsSolutions::', '')}`);
      }
    }
    for (const finding of findings(including(template))) found.add(finding);
  }
  assert.deepEqual([...given].sort(), [...found].sort());
});

/** An app of nothing but a template, in which no reasons are. */
function including(template: unknown): App {
  const outdir = temporary();
  const templateFile = join(outdir, 'given.json');
  writeFileSync(templateFile, JSON.stringify(template));
  const app = new App({ outdir, builtinCloudFormationValidation: false, treeMetadata: false });
  const stack = new Stack(app, 'Given', { synthesizer: new BootstraplessSynthesizer() });
  new CfnInclude(stack, 'Template', { templateFile });
  return app;
}

/** What the rules find, as `construct: rule`, warnings too. */
function findings(app: App): string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // The report is read from its file; on the screen it would look like a failed test.
  const { error } = console;
  console.error = () => {};
  try {
    app.synth();
  } catch (failure) {
    assert.match(String(failure), /validation/i);
  } finally {
    console.error = error;
  }
  const report = join(app.outdir, 'validation-report.json');
  if (!existsSync(report)) return [];
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8')) as {
    pluginReports: { violations: Violation[] }[];
  };
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${constructPath.split('/').at(-1)}: ${ruleName}`),
    ),
  );
}
