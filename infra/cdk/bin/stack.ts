import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Packhouse } from '../lib/packhouse.ts';
import { readCode, readEnvironment, readProps } from './settings.ts';

/** A stack with one Packhouse, told by context, and the outputs that get somebody started. */
export class PackhouseStack extends Stack {
  readonly packhouse: Packhouse;

  constructor(scope: Construct, id: string) {
    super(scope, id, {
      stackName: id,
      description: "Packhouse, private Git hosting with CodeCommit's interfaces, without servers",
      env: readEnvironment(scope),
    });
    // CDK makes functions depend on their roles twice over.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3005'] } } };
    const props = readProps(this, readCode(scope));
    this.packhouse = new Packhouse(this, 'Packhouse', props);
    this.#addOutputs(props.encryptionKey?.keyArn);
  }

  #addOutputs(kmsKey: string | undefined): void {
    const { publicUrl, table, bucket, bus, masterKeyParameter, domainTarget } = this.packhouse;
    const output = (id: string, description: string, value: string): void => {
      new CfnOutput(this, id, { description, value });
    };
    output('PublicUrl', 'Where clients reach it. Clone URLs are this, /v1/repos/ and a name.', publicUrl);
    output('CloneUrl', 'Clone URL of a repository called NAME', this.packhouse.cloneUrl('NAME'));
    output(
      'BootstrapCommand',
      'Makes the master key and the first administrator; run once, with rights on table, bucket and parameter',
      `packhouse admin bootstrap --table ${table.tableName} --bucket ${bucket.bucketName} ` +
        `--master-key-parameter ${masterKeyParameter} --account-id ${this.account} --region ${this.region} ` +
        `--public-url ${publicUrl}${kmsKey === undefined ? '' : ` --kms-key ${kmsKey}`}`,
    );
    output(
      'SetUpCli',
      'Makes the AWS CLI speak to it, together with the keys that bootstrap prints',
      `export AWS_ENDPOINT_URL_CODECOMMIT=${publicUrl} AWS_DEFAULT_REGION=${this.region}`,
    );
    output('TableName', 'Facts', table.tableName);
    output('BucketName', 'Packs', bucket.bucketName);
    output('BusName', 'Events, for your rules', bus.eventBusName);
    output('BusArn', 'The same, for policies', bus.eventBusArn);
    output('MasterKeyParameterName', 'SSM SecureString with the master key', masterKeyParameter);
    if (domainTarget !== undefined) {
      output('DomainTarget', 'What a CNAME record of your domain must name, if you gave no hosted zone', domainTarget);
    }
  }
}
