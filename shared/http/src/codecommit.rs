//! `CodeCommit`'s API, one file for each operation.

mod approval_rule;
mod approval_rule_template;
mod associate_approval_rule_template_with_repository;
mod associations_batch;
mod batch_associate_approval_rule_template_with_repositories;
mod batch_describe_merge_conflicts;
mod batch_disassociate_approval_rule_template_from_repositories;
mod batch_get_commits;
mod batch_get_repositories;
mod branch_info;
mod comment;
mod commit;
mod conflict_metadata;
mod create_approval_rule_template;
mod create_branch;
mod create_commit;
mod create_pull_request;
mod create_pull_request_approval_rule;
mod create_repository;
mod create_unreferenced_merge_commit;
mod delete_approval_rule_template;
mod delete_branch;
mod delete_comment_content;
mod delete_file;
mod delete_pull_request_approval_rule;
mod delete_repository;
mod describe_merge_conflicts;
mod describe_pull_request_events;
mod disassociate_approval_rule_template_from_repository;
mod evaluate_pull_request_approval_rules;
mod file_metadata;
mod file_mode;
mod get_approval_rule_template;
mod get_blob;
mod get_blob_differences;
mod get_branch;
mod get_comment;
mod get_comment_reactions;
mod get_comments_for_compared_commit;
mod get_comments_for_pull_request;
mod get_commit;
mod get_differences;
mod get_file;
mod get_folder;
mod get_merge_commit;
mod get_merge_conflicts;
mod get_merge_options;
mod get_pull_request;
mod get_pull_request_approval_states;
mod get_pull_request_override_state;
mod get_repository;
mod get_repository_triggers;
mod list_approval_rule_templates;
mod list_associated_approval_rule_templates_for_repository;
mod list_branches;
mod list_file_commit_history;
mod list_pull_requests;
mod list_repositories;
mod list_repositories_for_approval_rule_template;
mod list_tags_for_resource;
mod merge_branches;
mod merge_branches_by_fast_forward;
mod merge_branches_by_squash;
mod merge_branches_by_three_way;
mod merge_input;
mod merge_pull_request;
mod merge_pull_request_by_fast_forward;
mod merge_pull_request_by_squash;
mod merge_pull_request_by_three_way;
mod merged_commits;
mod override_pull_request_approval_rules;
mod post_comment_for_compared_commit;
mod post_comment_for_pull_request;
mod post_comment_reply;
mod pull_request;
mod put_comment_reaction;
mod put_file;
mod put_repository_triggers;
mod repository_metadata;
mod repository_trigger;
mod revision_id;
mod tag_resource;
mod test_repository_triggers;
#[cfg(test)]
mod tests;
mod untag_resource;
mod update_approval_rule_template_content;
mod update_approval_rule_template_description;
mod update_approval_rule_template_name;
mod update_comment;
mod update_default_branch;
mod update_pull_request_approval_rule_content;
mod update_pull_request_approval_state;
mod update_pull_request_description;
mod update_pull_request_status;
mod update_pull_request_title;
mod update_repository_description;
mod update_repository_encryption_key;
mod update_repository_name;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;

/// Carries out one operation. Those of the API that are not here answer as AWS does to operations that it does not
/// know, which no SDK retries.
#[expect(clippy::too_many_lines, reason = "one row for each operation: a table")]
pub(crate) async fn dispatch(forge: &Forge, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "AssociateApprovalRuleTemplateWithRepository" => {
            associate_approval_rule_template_with_repository::serve(forge, caller, body).await
        }
        "BatchAssociateApprovalRuleTemplateWithRepositories" => {
            batch_associate_approval_rule_template_with_repositories::serve(forge, caller, body).await
        }
        "BatchDescribeMergeConflicts" => batch_describe_merge_conflicts::serve(forge, caller, body).await,
        "BatchDisassociateApprovalRuleTemplateFromRepositories" => {
            batch_disassociate_approval_rule_template_from_repositories::serve(forge, caller, body).await
        }
        "BatchGetCommits" => batch_get_commits::serve(forge, caller, body).await,
        "BatchGetRepositories" => batch_get_repositories::serve(forge, caller, body).await,
        "CreateApprovalRuleTemplate" => create_approval_rule_template::serve(forge, caller, body).await,
        "CreateBranch" => create_branch::serve(forge, caller, body).await,
        "CreateCommit" => create_commit::serve(forge, caller, body).await,
        "CreatePullRequest" => create_pull_request::serve(forge, caller, body).await,
        "CreatePullRequestApprovalRule" => create_pull_request_approval_rule::serve(forge, caller, body).await,
        "CreateRepository" => create_repository::serve(forge, caller, body).await,
        "CreateUnreferencedMergeCommit" => create_unreferenced_merge_commit::serve(forge, caller, body).await,
        "DeleteApprovalRuleTemplate" => delete_approval_rule_template::serve(forge, caller, body).await,
        "DeleteBranch" => delete_branch::serve(forge, caller, body).await,
        "DeleteCommentContent" => delete_comment_content::serve(forge, caller, body).await,
        "DeleteFile" => delete_file::serve(forge, caller, body).await,
        "DeletePullRequestApprovalRule" => delete_pull_request_approval_rule::serve(forge, caller, body).await,
        "DeleteRepository" => delete_repository::serve(forge, caller, body).await,
        "DescribeMergeConflicts" => describe_merge_conflicts::serve(forge, caller, body).await,
        "DescribePullRequestEvents" => describe_pull_request_events::serve(forge, caller, body).await,
        "DisassociateApprovalRuleTemplateFromRepository" => {
            disassociate_approval_rule_template_from_repository::serve(forge, caller, body).await
        }
        "EvaluatePullRequestApprovalRules" => evaluate_pull_request_approval_rules::serve(forge, caller, body).await,
        "GetApprovalRuleTemplate" => get_approval_rule_template::serve(forge, caller, body).await,
        "GetBlob" => get_blob::serve(forge, caller, body).await,
        "GetBlobDifferences" => get_blob_differences::serve(forge, caller, body).await,
        "GetBranch" => get_branch::serve(forge, caller, body).await,
        "GetComment" => get_comment::serve(forge, caller, body).await,
        "GetCommentReactions" => get_comment_reactions::serve(forge, caller, body).await,
        "GetCommentsForComparedCommit" => get_comments_for_compared_commit::serve(forge, caller, body).await,
        "GetCommentsForPullRequest" => get_comments_for_pull_request::serve(forge, caller, body).await,
        "GetCommit" => get_commit::serve(forge, caller, body).await,
        "GetDifferences" => get_differences::serve(forge, caller, body).await,
        "GetFile" => get_file::serve(forge, caller, body).await,
        "GetFolder" => get_folder::serve(forge, caller, body).await,
        "GetMergeCommit" => get_merge_commit::serve(forge, caller, body).await,
        "GetMergeConflicts" => get_merge_conflicts::serve(forge, caller, body).await,
        "GetMergeOptions" => get_merge_options::serve(forge, caller, body).await,
        "GetPullRequest" => get_pull_request::serve(forge, caller, body).await,
        "GetPullRequestApprovalStates" => get_pull_request_approval_states::serve(forge, caller, body).await,
        "GetPullRequestOverrideState" => get_pull_request_override_state::serve(forge, caller, body).await,
        "GetRepository" => get_repository::serve(forge, caller, body).await,
        "GetRepositoryTriggers" => get_repository_triggers::serve(forge, caller, body).await,
        "ListApprovalRuleTemplates" => list_approval_rule_templates::serve(forge, caller, body).await,
        "ListAssociatedApprovalRuleTemplatesForRepository" => {
            list_associated_approval_rule_templates_for_repository::serve(forge, caller, body).await
        }
        "ListBranches" => list_branches::serve(forge, caller, body).await,
        "ListFileCommitHistory" => list_file_commit_history::serve(forge, caller, body).await,
        "ListPullRequests" => list_pull_requests::serve(forge, caller, body).await,
        "ListRepositories" => list_repositories::serve(forge, caller, body).await,
        "ListRepositoriesForApprovalRuleTemplate" => {
            list_repositories_for_approval_rule_template::serve(forge, caller, body).await
        }
        "ListTagsForResource" => list_tags_for_resource::serve(forge, caller, body).await,
        "MergeBranchesByFastForward" => merge_branches_by_fast_forward::serve(forge, caller, body).await,
        "MergeBranchesBySquash" => merge_branches_by_squash::serve(forge, caller, body).await,
        "MergeBranchesByThreeWay" => merge_branches_by_three_way::serve(forge, caller, body).await,
        "MergePullRequestByFastForward" => merge_pull_request_by_fast_forward::serve(forge, caller, body).await,
        "MergePullRequestBySquash" => merge_pull_request_by_squash::serve(forge, caller, body).await,
        "MergePullRequestByThreeWay" => merge_pull_request_by_three_way::serve(forge, caller, body).await,
        "OverridePullRequestApprovalRules" => override_pull_request_approval_rules::serve(forge, caller, body).await,
        "PostCommentForComparedCommit" => post_comment_for_compared_commit::serve(forge, caller, body).await,
        "PostCommentForPullRequest" => post_comment_for_pull_request::serve(forge, caller, body).await,
        "PostCommentReply" => post_comment_reply::serve(forge, caller, body).await,
        "PutCommentReaction" => put_comment_reaction::serve(forge, caller, body).await,
        "PutFile" => put_file::serve(forge, caller, body).await,
        "PutRepositoryTriggers" => put_repository_triggers::serve(forge, caller, body).await,
        "TagResource" => tag_resource::serve(forge, caller, body).await,
        "TestRepositoryTriggers" => test_repository_triggers::serve(forge, caller, body).await,
        "UntagResource" => untag_resource::serve(forge, caller, body).await,
        "UpdateApprovalRuleTemplateContent" => update_approval_rule_template_content::serve(forge, caller, body).await,
        "UpdateApprovalRuleTemplateDescription" => {
            update_approval_rule_template_description::serve(forge, caller, body).await
        }
        "UpdateApprovalRuleTemplateName" => update_approval_rule_template_name::serve(forge, caller, body).await,
        "UpdateComment" => update_comment::serve(forge, caller, body).await,
        "UpdateDefaultBranch" => update_default_branch::serve(forge, caller, body).await,
        "UpdatePullRequestApprovalRuleContent" => {
            update_pull_request_approval_rule_content::serve(forge, caller, body).await
        }
        "UpdatePullRequestApprovalState" => update_pull_request_approval_state::serve(forge, caller, body).await,
        "UpdatePullRequestDescription" => update_pull_request_description::serve(forge, caller, body).await,
        "UpdatePullRequestStatus" => update_pull_request_status::serve(forge, caller, body).await,
        "UpdatePullRequestTitle" => update_pull_request_title::serve(forge, caller, body).await,
        "UpdateRepositoryDescription" => update_repository_description::serve(forge, caller, body).await,
        "UpdateRepositoryEncryptionKey" => update_repository_encryption_key::serve(forge, caller, body).await,
        "UpdateRepositoryName" => update_repository_name::serve(forge, caller, body).await,
        _ => Err(Failure::unknown_operation("Packhouse does not have this operation yet")),
    }
}
