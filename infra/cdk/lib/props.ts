import { Token } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as route53 from 'aws-cdk-lib/aws-route53';
import type * as sns from 'aws-cdk-lib/aws-sns';

/** What an installation can be told. Only `code` must be; the rest is what costs nothing while nobody uses it. */
export interface PackhouseProps {
  /** Folder with a folder for each function, in it `bootstrap` or `bootstrap.zip`: what `cargo lambda build` leaves. */
  readonly code: string;
  /**
   * Prefix of the names of functions and log groups, and the name of bus and gateway. Two installations in one account
   * and region need two.
   * @default the name of the stack
   */
  readonly name?: string;
  /** Processor of functions and data plane. @default x86_64 */
  readonly architecture?: lambda.Architecture;
  /** What the functions log: a level, or targets with levels. @default info */
  readonly logLevel?: string;
  /** @default 30 days */
  readonly logRetention?: logs.RetentionDays;
  /** X-Ray. @default Tracing.ACTIVE */
  readonly tracing?: lambda.Tracing;
  /** Disk of the pack indexer in MiB, which bounds the packs that it can index and compact. @default 10240 */
  readonly packIndexerStorageMiB?: number;
  /** How many pack indexers may run at once. @default what the account allows */
  readonly packIndexerReservedConcurrency?: number;
  /** SSM SecureString that `packhouse admin bootstrap` makes. @default /packhouse/NAME/master-key */
  readonly masterKeyParameter?: string;
  /** Customer key for table, bucket, queues and logs. @default keys that AWS owns, which cost nothing */
  readonly encryptionKey?: kms.IKey;
  /** Whether DynamoDB refuses to delete the table. @default true */
  readonly deletionProtection?: boolean;
  /** Days that the bucket keeps what was deleted. @default 30 */
  readonly noncurrentVersionDays?: number;
  /** The source of the events on the bus; not `aws.*`, which AWS keeps for itself. @default packhouse.codecommit */
  readonly eventSource?: string;
  /**
   * Topics and functions that triggers and notification rules may tell, as ARNs, which may have wildcards.
   * @default all topics and functions of the stack's account and region
   */
  readonly triggerTargetArns?: string[];
  /** Objects of S3 that triggers may make archives of branches, as ARNs, which may have wildcards. @default none */
  readonly archiveObjectArns?: string[];
  /** `basic` are ten alarms, which is what AWS gives for nothing; `all` are more, and billed. @default basic */
  readonly alarms?: 'off' | 'basic' | 'all';
  /** Who hears of alarms. @default nobody */
  readonly alarmTopic?: sns.ITopic;
  /** A dashboard, and the custom metrics that feed it. Both are billed. @default false */
  readonly dashboard?: boolean;
  /**
   * One log line a request at the gateway. API Gateway needs a role for that, once an account and region;
   * `on-with-account-role` makes it and sets it for the whole account. @default off
   */
  readonly accessLogs?: 'off' | 'on' | 'on-with-account-role';
  /** Own host name. git-remote-codecommit needs one. @default the gateway's */
  readonly domain?: DomainProps;
  /** AWS WAF in front of the gateway or, with a data plane, of CloudFront. Billed by the month. @default none */
  readonly firewall?: FirewallProps;
  /** A container that takes pushes of any size. Billed by the hour; needs `domain`. @default none */
  readonly dataPlane?: DataPlaneProps;
}

export interface DomainProps {
  readonly name: string;
  /** For that name, in the stack's region. */
  readonly certificate: acm.ICertificate;
  /** Where its records go. @default you make them, from `Packhouse.domainTarget` */
  readonly hostedZone?: route53.IHostedZone;
}

export interface FirewallProps {
  /** Requests of one address in five minutes, above which it is blocked. @default 3000 */
  readonly requestsPerFiveMinutes?: number;
}

export interface DataPlaneProps {
  /** Image made from the Dockerfile, in ECR of this account and region. */
  readonly image: string;
  /** It needs an internet gateway, which is how CloudFront knows that it may be reached. */
  readonly vpcId: string;
  /** At least two, which reach ECR, DynamoDB, S3, SSM and CloudWatch Logs. */
  readonly subnetIds: string[];
  /** True where the subnets reach AWS by an internet gateway and not by NAT or endpoints. @default false */
  readonly assignPublicIp?: boolean;
  /** For the domain's name, in us-east-1, where CloudFront wants it. */
  readonly edgeCertificate: acm.ICertificate;
  /** Id of the managed prefix list com.amazonaws.global.cloudfront.origin-facing in this region. */
  readonly edgePrefixListId: string;
  /** CPU units of a task; 1024 are one processor. @default 1024 */
  readonly cpu?: number;
  /** @default 2048 */
  readonly memoryMiB?: number;
  /** Disk of a task, for packs while they are received. @default 21 */
  readonly storageGiB?: number;
  /** How many tasks run. @default 1 */
  readonly tasks?: number;
}

/** Throws, with all that is wrong, on what the types do not rule out. */
export function check(props: PackhouseProps): void {
  // What is only known at deployment cannot be checked here.
  const breaks = (value: string | undefined, pattern: RegExp): boolean =>
    value !== undefined && !Token.isUnresolved(value) && !pattern.test(value);
  const wrong = [
    breaks(props.eventSource, /^(?!aws\.)[\w.-]{1,255}$/) &&
      'eventSource: AWS keeps names that begin with "aws." for itself',
    breaks(props.masterKeyParameter, /^(\/[\w.-]+){1,15}$/) &&
      'masterKeyParameter: must be a path such as /git/master-key',
    breaks(props.name, /^[A-Za-z][A-Za-z0-9-]{0,40}$/) && 'name: must be letters, digits and hyphens, at most 41',
    props.dataPlane && !props.domain && 'dataPlane: needs domain, because both doors must have one host name',
    props.dataPlane && props.dataPlane.subnetIds.length < 2 && 'dataPlane: needs at least two subnets',
  ].filter((message) => typeof message === 'string');
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}
