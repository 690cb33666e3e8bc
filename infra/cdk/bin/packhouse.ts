#!/usr/bin/env node
// What `cdk synth` and `cdk deploy` run. Both fail on a finding of cdk-nag for which lib/ gives no reason.
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeApp } from './app.ts';

const { app } = makeApp();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
