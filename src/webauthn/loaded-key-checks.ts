import type {
  AssertionCheck,
  AssertionFinding,
  KeyChecks,
  RegistrationCheck,
  RegistrationFinding,
} from '@app/tokens';

/** Checks whose library is loaded with the first security key that is looked at: it is large, and many installations have none. */
export class LoadedKeyChecks implements KeyChecks {
  readonly knowsMakers: boolean;
  #checks: Promise<KeyChecks> | null = null;

  /** @param makers certificates in PEM: where there are any, statements have to lead to one of them */
  constructor(
    private readonly makers: readonly string[],
    private readonly load: (makers: readonly string[]) => Promise<KeyChecks> = loadLibrary,
  ) {
    this.knowsMakers = makers.length > 0;
  }

  async registered(check: RegistrationCheck): Promise<RegistrationFinding> {
    return (await this.#loaded()).registered(check);
  }

  async asserted(check: AssertionCheck): Promise<AssertionFinding> {
    return (await this.#loaded()).asserted(check);
  }

  #loaded(): Promise<KeyChecks> {
    // One that failed is forgotten: the next key that is looked at tries again.
    return (this.#checks ??= this.load(this.makers).catch((error: unknown) => {
      this.#checks = null;
      throw error;
    }));
  }
}

async function loadLibrary(makers: readonly string[]): Promise<KeyChecks> {
  const { WebAuthnKeyChecks } = await import('./web-authn-key-checks.js');
  return new WebAuthnKeyChecks(makers);
}
