"""Tests of strip.py: that it takes out what it says, and that its lists cannot go stale unseen."""

import copy
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cfn_yaml
import strip

ROOT = Path(__file__).resolve().parent.parent.parent


class Strip(unittest.TestCase):
    def setUp(self):
        self.resources = cfn_yaml.load(ROOT / "template.yaml")["Resources"]

    def stripped(self, **options):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out.json")
            command = [sys.executable, strip.__file__, str(ROOT / "template.yaml"), str(out)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            return cfn_yaml.load(out)

    def test_only_what_is_listed_is_taken_out(self):
        gone = self.resources.keys() - self.stripped()["Resources"].keys()
        policies = {"BucketPolicy", "EventRelayFailuresPolicy", "PackIndexerFailuresPolicy", "PullRequestsFailuresPolicy",
                    "TriggerDispatcherFailuresPolicy"}
        types = {self.resources[name]["Type"] for name in gone - policies}
        self.assertLessEqual(policies, gone)
        self.assertEqual(types, set(strip.REMOVED))

    def test_nothing_names_what_is_taken_out(self):
        resources = self.stripped()["Resources"]
        gone = self.resources.keys() - resources.keys()
        for name, resource in resources.items():
            self.assertFalse(gone & set(strip.references(resource)), name)

    def test_an_unknown_type_fails(self):
        self.resources["New"] = {"Type": "AWS::Braket::Device"}
        self.assert_stale("AWS::Braket::Device", strip.without_removed_types)

    def test_a_listed_type_that_is_gone_fails(self):
        for removed in strip.REMOVED:
            resources = {n: r for n, r in copy.deepcopy(self.resources).items() if r["Type"] != removed}
            with self.assertRaisesRegex(strip.Stale, removed):
                strip.without_removed_types(resources)

    def test_a_template_without_the_opt_ins_needs_none_of_their_types(self):
        owners = {owner for _, owner in strip.REMOVED.values()}
        resources = {n: r for n, r in self.resources.items() if r["Type"] not in owners | strip.REMOVED.keys()}
        strip.without_removed_types(resources)

    def test_a_firewall_of_cloudfront_needs_no_association(self):
        removed = "AWS::WAFv2::WebACLAssociation"
        resources = {n: r for n, r in self.resources.items() if r["Type"] != removed}
        resources["WebAcl"]["Properties"]["Scope"] = "CLOUDFRONT"
        strip.without_removed_types(resources)

    def test_policies_without_tls_only_fail(self):
        strip.without_tls_only(self.resources)
        self.assert_stale("TLS", strip.without_tls_only)

    def test_other_statements_of_a_policy_stay(self):
        statements = self.resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        other = {"Effect": "Deny", "Action": "s3:PutBucketAcl"}
        statements.append(other)
        strip.without_tls_only(self.resources)
        self.assertEqual(self.resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"], [other])

    def test_a_distribution_without_an_origin_in_a_vpc_fails(self):
        strip.without_vpc_origins(self.resources)
        self.assert_stale("VPC", strip.without_vpc_origins)

    def test_missing_code_fails(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(strip.Stale, "no code"):
            strip.with_code(self.resources, folder)

    def assert_stale(self, text, function):
        with self.assertRaisesRegex(strip.Stale, text):
            function(self.resources)


if __name__ == "__main__":
    unittest.main()
