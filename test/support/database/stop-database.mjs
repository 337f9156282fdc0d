/** After the last end-to-end suite. */
export default async function stopDatabase() {
  await globalThis.twinlockTestServer?.stop();
}
