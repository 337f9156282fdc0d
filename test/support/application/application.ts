import type { AddressInfo } from 'node:net';

import type { INestApplication } from '@nestjs/common';

import { createApplication } from '../../../src/application.js';
import { readSettings } from '../../../src/config/settings.js';
import { type Installation, givenInstallation } from './installation.js';

export interface RunningApplication {
  readonly app: INestApplication;
  readonly installation: Installation;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Closes the application and, unless it was given, removes its installation. */
  stop(): Promise<void>;
}

/** The real application, within this process, on an empty database of its own or on a given installation. */
export async function startApplication({
  env = {} as Readonly<Record<string, string>>,
  installation = undefined as Installation | undefined,
} = {}): Promise<RunningApplication> {
  const home = installation ?? (await givenInstallation());
  const app = await createApplication(readSettings({ ...home.env, ...env }));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const stop = async () => {
    await app.close();
    if (!installation) await home.remove();
  };
  return { app, installation: home, url: `http://127.0.0.1:${port}`, stop };
}
