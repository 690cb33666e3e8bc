import { App, type AppProps } from 'aws-cdk-lib';
import { refuseUnknown, stackName } from './settings.ts';
import { PackhouseStack } from './stack.ts';

/** Makes the app with its one stack, from the context. */
export function makeApp(props: AppProps = {}): { app: App; stack: PackhouseStack } {
  const app = new App({ analyticsReporting: false, ...props });
  refuseUnknown(app.node.getAllContext());
  return { app, stack: new PackhouseStack(app, stackName(app)) };
}
