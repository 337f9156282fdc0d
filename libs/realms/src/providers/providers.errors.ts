import { Conflict, DomainError } from '@app/kernel';

export class UnknownProvider extends DomainError {
  readonly code = 'provider.unknown';
  constructor(readonly provider: string) {
    super(`no provider ${provider}`);
  }
}

/** Its password was not given, or is another one. */
export class ProviderManaged extends Conflict {
  override readonly code = 'provider.managed';
  constructor(readonly attempt: 'change' | 'removal') {
    super(`the ${attempt} of a managed provider needs its password`);
  }
}
