// template.yaml, expanded by AWS's own translator.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Json } from './resolve.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What CloudFormation gets to see of template.yaml with each set of parameters. */
export function expand(parameterSets: Record<string, string>[]): Json[] {
  const python = process.env['SAM_PYTHON'] ?? installed();
  const { status, stdout, stderr, error } = spawnSync(python, [here('expand.py'), here('../../../../template.yaml')], {
    input: JSON.stringify(parameterSets),
    encoding: 'utf8',
    env: { ...process.env, AWS_DEFAULT_REGION: 'us-east-1' },
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) {
    throw new Error(
      `${python} cannot expand template.yaml. SAM_PYTHON, where it is set, must name a Python that has ` +
        `aws-sam-translator and PyYAML.\n${error?.message ?? stderr}`,
    );
  }
  return JSON.parse(stdout) as Json[];
}

/** The Python of the SAM CLI that the project installs for itself. */
function installed(): string {
  return `${execFileSync(here('../../../tools'), ['sam'], { encoding: 'utf8' }).trim()}/python`;
}
