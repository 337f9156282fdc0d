import { Conflict, Invalid } from '@app/kernel';

/** A value that a setting cannot have; the value is not repeated. */
export class UnfitSetting extends Invalid {
  override readonly code = 'setting.unfit';
  constructor(
    readonly key: string,
    /** Goes on from "must be" or "must". */
    readonly requirement: string,
  ) {
    super(key, `${key} must ${requirement}`);
  }
}

/** Part of what resolvers, realms, providers and the like are made of. */
export class SettingChangedElsewhere extends Conflict {
  override readonly code = 'setting.changed-elsewhere';
  constructor(
    readonly key: string,
    readonly changedBy: string,
  ) {
    super(`${key} is changed by ${changedBy}`);
  }
}

export class TooManySettings extends Conflict {
  override readonly code = 'setting.too-many';
  constructor(readonly limit: number) {
    super(`there are ${limit} settings already`);
  }
}
