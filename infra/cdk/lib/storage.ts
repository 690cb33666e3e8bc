// What must outlive everything else: the table and the bucket.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PackhouseProps } from './props.ts';

export interface Storage {
  readonly table: dynamodb.Table;
  readonly bucket: s3.Bucket;
}

/** Makes table and bucket. Both stay when their stack goes. */
export function makeStorage(scope: Construct, props: PackhouseProps): Storage {
  return { table: makeTable(scope, props), bucket: makeBucket(scope, props) };
}

function makeTable(scope: Construct, props: PackhouseProps): dynamodb.Table {
  return new dynamodb.Table(scope, 'Table', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'e',
    stream: dynamodb.StreamViewType.KEYS_ONLY,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: props.deletionProtection ?? true,
    removalPolicy: RemovalPolicy.RETAIN,
    encryption: props.encryptionKey && dynamodb.TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: props.encryptionKey,
  });
}

function makeBucket(scope: Construct, props: PackhouseProps): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'Bucket', {
    versioned: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
    encryption: props.encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
    encryptionKey: props.encryptionKey,
    bucketKeyEnabled: props.encryptionKey && true,
    lifecycleRules: [
      {
        id: 'direct-uploads',
        prefix: 'incoming/',
        expiration: Duration.days(2),
        noncurrentVersionExpiration: Duration.days(1),
      },
      { id: 'broken-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
      {
        id: 'deleted',
        expiredObjectDeleteMarker: true,
        noncurrentVersionExpiration: Duration.days(props.noncurrentVersionDays ?? 30),
      },
    ],
  });
  // A bucket that stays must not lose the policy that refuses plain HTTP.
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return bucket;
}
