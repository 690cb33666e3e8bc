"""Expands a SAM template as CloudFormation would. Input: a JSON list of parameter sets; output: a template for each."""

import copy
import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def expand(template, parameters):
    """The template that the parameters yield. Local code gets an address, as from `sam package`, that tells its path."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://packaged/" + resource["Properties"]["CodeUri"]
    translator = Translator({}, Parser())
    return translator.translate(template, parameter_values=parameters)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file.read())
    sets = json.load(sys.stdin)
    json.dump([expand(copy.deepcopy(template), parameters) for parameters in sets], sys.stdout)


main()
