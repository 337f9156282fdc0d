import { existsSync } from 'node:fs';

import jsqr from 'jsqr';
import { type Browser, type Locator, chromium } from 'playwright-core';
import { PNG } from 'pngjs';

const CHROMIUM = '/usr/bin/chromium';

/** Whether suites can have a browser; scripts/test-servers.mjs installs one. */
export const HAS_CHROMIUM = existsSync(CHROMIUM);

/** A browser without a window. */
export function startChromium(): Promise<Browser> {
  // As root, which tests in a container are, it has no sandbox.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** What the QR code says that is shown there: read from the picture, as a telephone reads it. */
export async function qrCodeIn(shown: Locator): Promise<string> {
  const { data, width, height } = PNG.sync.read(await shown.screenshot());
  const code = jsqr.default(new Uint8ClampedArray(data), width, height);
  if (!code) throw new Error('there is no QR code in the picture');
  return code.data;
}
