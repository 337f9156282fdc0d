import type { AuditContext } from '@app/audit';
import { type Authenticate, type LoginResult, NO_QUESTION, type NamedTransaction } from '@app/authentication';
import type { RealmUser } from '@app/realms';

export interface OwnTokenQuestion {
  readonly user: RealmUser;
  readonly serial: string;
  /** `''`: the token is to ask for one. */
  readonly otp: string;
  readonly transaction: NamedTransaction | null;
  /** What it is asked for, where its type tells the user; `''`: as policies have it. */
  readonly text: string;
  /** The end user's, where a gateway that is trusted passes their address; `null`: it is not known. */
  readonly network: string | null;
}

/** Has a user's own token ask for an OTP, or tries one: a login without a PIN, which lets nobody in. */
export class AskOwnToken {
  constructor(private readonly authenticate: Pick<Authenticate, 'execute'>) {}

  /** Its record is written with it. @throws Unavailable */
  execute(
    { user, serial, otp, transaction, text, network }: OwnTokenQuestion,
    context: AuditContext,
  ): Promise<LoginResult> {
    const request = {
      by: { kind: 'own', user, serial, as: 'trial' },
      password: otp,
      typeLabel: null,
      path: 'userservice',
      needsAuthorization: false,
      transaction,
      hasText: true,
      messageText: text,
      question: { ...NO_QUESTION, text },
      asked: { text, contentType: '', callbackId: '' },
      mayOmitPin: false,
      network,
    } as const;
    return this.authenticate.execute(request, context);
  }
}
