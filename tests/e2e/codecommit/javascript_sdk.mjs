// What a program does by the SDK for JavaScript. It prints what it saw, and `javascript_sdk.rs` judges.
import {
  CodeCommitClient,
  CreateBranchCommand,
  CreateCommitCommand,
  CreatePullRequestApprovalRuleCommand,
  CreatePullRequestCommand,
  CreateRepositoryCommand,
  GetFileCommand,
  GetRepositoryCommand,
  ListPullRequestsCommand,
  ListTagsForResourceCommand,
  MergePullRequestBySquashCommand,
  OverridePullRequestApprovalRulesCommand,
  PostCommentForPullRequestCommand,
  PutFileCommand,
  ParentCommitIdOutdatedException,
  PullRequestApprovalRulesNotSatisfiedException,
  RepositoryDoesNotExistException,
  TipOfSourceReferenceIsDifferentException,
  paginateGetDifferences,
  paginateListBranches,
} from '@aws-sdk/client-codecommit';

const [repositoryName, manyBranches] = process.argv.slice(1);
const client = new CodeCommitClient();
const send = (Command, input) => client.send(new Command({ repositoryName, ...input }));

// How a call was refused, and whether that is its own class.
async function refusal(Exception, call) {
  try {
    await call();
    return 'not refused';
  } catch (error) {
    const { name, message, $fault, $metadata } = error;
    return { typed: error instanceof Exception, name, message, fault: $fault, status: $metadata?.httpStatusCode };
  }
}

async function pages(paginator, member) {
  const all = [];
  for await (const page of paginator) all.push(page[member]);
  return all;
}

async function repository() {
  const tags = { team: 'a', 'a b': 'ü=/' };
  const before = Date.now();
  const { repositoryMetadata } = await send(CreateRepositoryCommand, { tags, repositoryDescription: 'told' });
  const { creationDate, lastModifiedDate, Arn } = repositoryMetadata;
  const listed = await client.send(new ListTagsForResourceCommand({ resourceArn: Arn }));
  return {
    tagged: listed.tags,
    dated: creationDate instanceof Date && lastModifiedDate instanceof Date,
    // A service's clock counts whole milliseconds, as this one does.
    now: before <= creationDate.getTime() && creationDate.getTime() <= Date.now(),
  };
}

async function files() {
  const fileContent = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const put = await send(PutFileCommand, { branchName: 'main', filePath: 'bytes', fileContent, name: 'Ana' });
  const texts = ['a', 'b', 'c', 'd', 'ü'];
  const commit = await send(CreateCommitCommand, {
    branchName: 'main',
    parentCommitId: put.commitId,
    putFiles: texts.map((text) => ({ filePath: `texts/${text}`, fileContent: Buffer.from(text) })),
  });
  const got = await send(GetFileCommand, { filePath: 'bytes' });
  const text = await send(GetFileCommand, { filePath: 'texts/ü' });
  const compared = { beforeCommitSpecifier: put.commitId, afterCommitSpecifier: 'main', repositoryName };
  const differences = await pages(paginateGetDifferences({ client, pageSize: 2 }, compared), 'differences');
  return {
    tip: commit.commitId,
    bytes: Buffer.from(got.fileContent).toString('base64'),
    text: Buffer.from(text.fileContent).toString(),
    added: commit.filesAdded.length,
    differences: differences.map((page) => page.map(({ afterBlob, changeType }) => `${changeType} ${afterBlob.path}`)),
    outdated: await refusal(ParentCommitIdOutdatedException, () =>
      send(PutFileCommand, { branchName: 'main', parentCommitId: put.commitId, filePath: 'x', fileContent }),
    ),
  };
}

async function branches() {
  const found = await pages(paginateListBranches({ client }, { repositoryName: manyBranches }), 'branches');
  return found.map((page) => page.length);
}

// Asks for a pull request; the first answer is lost on its way, so the SDK tries again by itself.
async function asked(title) {
  const command = new CreatePullRequestCommand({ title, targets: [{ repositoryName, sourceReference: 'topic' }] });
  let attempts = 0;
  command.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      attempts += 1;
      if (attempts === 1) throw Object.assign(new Error('the answer is lost'), { name: 'TimeoutError' });
      return answer;
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  const { pullRequest } = await client.send(command);
  return { pullRequest, attempts };
}

async function pullRequest(commitId) {
  await send(CreateBranchCommand, { branchName: 'topic', commitId });
  const topic = { branchName: 'topic', filePath: 'topic', fileContent: Buffer.from('topic') };
  await send(PutFileCommand, { ...topic, parentCommitId: commitId });
  const { pullRequest, attempts } = await asked('once');
  const { pullRequestId, revisionId, creationDate } = pullRequest;
  const { sourceCommit, destinationCommit } = pullRequest.pullRequestTargets[0];
  const listed = await send(ListPullRequestsCommand);
  const commented = await send(PostCommentForPullRequestCommand, {
    pullRequestId,
    beforeCommitId: destinationCommit,
    afterCommitId: sourceCommit,
    content: 'Why? ü',
  });
  const approvalRuleContent = JSON.stringify({
    Version: '2018-11-08',
    Statements: [{ Type: 'Approvers', NumberOfApprovalsNeeded: 1 }],
  });
  const rule = { pullRequestId, approvalRuleName: 'one', approvalRuleContent };
  const ruled = await client.send(new CreatePullRequestApprovalRuleCommand(rule));
  const merge = (sourceCommitId) => send(MergePullRequestBySquashCommand, { pullRequestId, sourceCommitId });
  const unsatisfied = await refusal(PullRequestApprovalRulesNotSatisfiedException, () => merge(sourceCommit));
  const override = { pullRequestId, revisionId, overrideStatus: 'OVERRIDE' };
  await client.send(new OverridePullRequestApprovalRulesCommand(override));
  const moved = await refusal(TipOfSourceReferenceIsDifferentException, () => merge(destinationCommit));
  const merged = (await merge(sourceCommit)).pullRequest;
  return {
    attempts,
    made: listed.pullRequestIds.length,
    dated: creationDate instanceof Date,
    said: commented.comment.content,
    rule: ruled.approvalRule.approvalRuleContent === approvalRuleContent,
    unsatisfied,
    moved,
    status: merged.pullRequestStatus,
    how: merged.pullRequestTargets[0].mergeMetadata.mergeOption,
  };
}

const made = await repository();
const filed = await files();
const absent = () => client.send(new GetRepositoryCommand({ repositoryName: 'absent' }));
const told = {
  ...made,
  ...filed,
  branches: await branches(),
  absent: await refusal(RepositoryDoesNotExistException, absent),
  pullRequest: await pullRequest(filed.tip),
};
console.log(JSON.stringify(told));
