import { Denied, Invalid } from '@app/kernel';

/** With the right to set PINs, a new token needs one; without it, it may have none. */
export class OwnPinCoupling extends Denied {
  override readonly code = 'token.own-pin-coupling';
  constructor(login: string, problem: 'missing' | 'not-allowed') {
    const because =
      problem === 'missing'
        ? 'send no pin when it was required by policy setOTPPIN'
        : 'send pin when it was not allowed by policy setOTPPIN';
    super(`Enrolling Token by user ${login} failed because they ${because}`);
  }
}

/** Messages may go only to where the user store says. */
export class OwnRecipientFixed extends Invalid {
  constructor(parameter: 'phone' | 'emailAddress') {
    super(
      parameter,
      `User is not allowed to set ${parameter === 'phone' ? 'phone number' : 'email address'}`,
    );
  }
}

/** Administrators mean any number of tokens by a serial with `*`: the name of one token must not be one of those. */
export class OwnSerialIsPattern extends Invalid {
  constructor(parameter: 'serial' | 'prefix') {
    super(parameter, 'the serial of a token of one’s own holds no *');
  }
}
