import type { AuditContext } from '@app/audit';

import { addKey, removeKeys } from '../keyring/keyring-file.js';
import type { KeyUsage } from '../persistence/keys/key-usage.js';
import type { RotationRun } from '../persistence/keys/key-rotation.js';
import type { Installation } from './installation.js';

/** A key, and what is sealed with it. */
export interface KeyState {
  readonly id: string;
  /** Whether this machine's keyring has it. */
  readonly isThere: boolean;
  readonly seals: boolean;
  /** Added, and not used before the next rotation. */
  readonly isNext: boolean;
  readonly values: number;
  /** By the table that they are in. */
  readonly tables: ReadonlyMap<string, number>;
}

/** The step cannot be taken now; the text says which one comes before it. */
export class KeyStepRefused extends Error {}

export type Context = Pick<AuditContext, 'administrator'>;

/** The keys of an installation, step by step: add, copy to every node, rotate, retire (docs/operations.md, "The keyring"). */
export function keyManagement({
  settings,
  keyring,
  keyRotation,
}: Pick<Installation, 'settings' | 'keyring' | 'keyRotation'>) {
  const { keyringFile } = settings;
  const contextOf = (action: string, { administrator }: Context): AuditContext => ({
    action: `keys/${action}`,
    client: '',
    administrator,
    user: '',
    realm: '',
  });
  const states = (usage: KeyUsage): readonly KeyState[] => {
    const { keyIds, sealingKeyId } = keyring;
    const missing = [...usage.keys()].filter((id) => !keyIds.includes(id));
    return [...missing, ...keyIds].map((id) => {
      const tables = usage.get(id) ?? new Map<string, number>();
      return {
        id,
        isThere: keyIds.includes(id),
        seals: id === sealingKeyId,
        isNext: keyIds.indexOf(id) > keyIds.indexOf(sealingKeyId),
        values: [...tables.values()].reduce((sum, count) => sum + count, 0),
        tables,
      };
    });
  };
  return {
    status: async () => states(await keyRotation.usage()),

    /** @throws KeyStepRefused, KeyringError */
    add: (who: Context) =>
      keyRotation.alone(async (keys) => {
        const waiting = keyring.keyIds.at(-1);
        if (waiting !== undefined && waiting !== keyring.sealingKeyId) {
          throw new KeyStepRefused(`key ${waiting} was added before, and waits for 'keys rotate'`);
        }
        const keyId = await addKey(keyringFile);
        await keys.record(contextOf('add', who), `key ${keyId}`);
        return { keyId, keyringFile };
      }),

    /** Under the newest key of the keyring. @throws KeyStepRefused */
    rotate: (who: Context, run: RotationRun) =>
      keyRotation.alone(async (keys) => {
        const newest = keyring.keyIds.at(-1) ?? '';
        const others = states(await keyRotation.usage()).filter(
          ({ id, values }) => id !== newest && values > 0,
        );
        const missing = others.find(({ isThere }) => !isThere);
        if (missing)
          throw new KeyStepRefused(
            `${keyringFile} lacks key ${missing.id}: ${missing.values} values do not open`,
          );
        if (newest === keyring.sealingKeyId && others.length === 0) {
          throw new KeyStepRefused("everything is sealed with the newest key: add one first ('keys add')");
        }
        const most = others.reduce((sum, { values }) => sum + values, 0);
        return { keyId: newest, most, ...(await keys.rotateTo(newest, contextOf('rotate', who), run)) };
      }),

    /** Takes the keys out of the file that were used before the one that seals. @throws KeyStepRefused, ChangesUnderWay, KeyringError */
    retire: (who: Context) =>
      keyRotation.alone(async (keys) => {
        const found = states(await keys.settledUsage());
        const old = found.filter(({ isThere, seals, isNext }) => isThere && !seals && !isNext);
        if (old.length === 0) throw new KeyStepRefused('there is no older key in the keyring');
        const used = old.find(({ values }) => values > 0);
        if (used) {
          throw new KeyStepRefused(
            `${used.values} values are sealed with key ${used.id}: rotate first ('keys rotate')`,
          );
        }
        const ids = old.map(({ id }) => id);
        await keys.record(contextOf('retire', who), ids.map((id) => `key ${id}`).join(', '));
        await removeKeys(keyringFile, new Set(ids));
        return { ids, keyringFile };
      }),
  };
}
