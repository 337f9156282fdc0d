import type { Delivery, Message, MessageKind } from '@app/realms';
import { type Command, Option } from 'commander';

import type { Console } from '../console.js';
import { operator, withInstallation } from '../session.js';

interface ProviderTestOptions {
  readonly type: MessageKind;
  readonly name?: string;
  readonly to: string;
}

const KINDS: readonly MessageKind[] = ['sms', 'email', 'voice', 'push'];
/** No token's OTP: whoever reads it learns nothing. */
const NO_OTP = '123456';
const NO_TRANSACTION = '000000000000';
const TEXT = 'This is a test message of Twinlock.';

/** Sends a fixed message through a stored provider, on the way that messages of logins take. */
export function addProviderTest(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  program
    .command('provider-test')
    .description('send a test message through a provider, as a login would')
    .addOption(new Option('--type <type>', 'what is sent').choices(KINDS).makeOptionMandatory())
    .option('--name <name>', 'the provider; without it the default one of its type')
    .requiredOption('--to <recipient>', 'the telephone number, e-mail address or address of a device')
    .addHelpText(
      'after',
      `\nThe text says that it is a test; as OTP it has ${NO_OTP}. The message is real: gateways may charge for it.`,
    )
    .action(async (options: ProviderTestOptions) => {
      const { type, name } = options;
      const delivery = await withInstallation(env, console, async ({ messageGateway, committer }) => {
        const order = { message: testMessage(options), providers: name === undefined ? [] : [name] };
        const found = await messageGateway.send(order);
        const context = {
          action: 'provider-test',
          client: '',
          administrator: operator(),
          user: '',
          realm: '',
        };
        const info = `${type} ${name ?? 'default'}: ${found.kind === 'sent' ? found.status : found.reason}`;
        await committer.append(context, { succeeded: found.kind === 'sent', info });
        return found;
      });
      for (const line of deliveryLines(delivery)) console.data(line);
      if (delivery.kind !== 'sent') process.exitCode = 1;
    });
}

function testMessage({ type, to }: ProviderTestOptions): Message {
  switch (type) {
    case 'sms':
      return { kind: 'sms', to, text: `${TEXT} ${NO_OTP}` };
    case 'email': {
      const values = { otp: NO_OTP, serial: 'TEST' };
      return { kind: 'email', to, subject: 'Test of Twinlock', body: `${TEXT} <otp>`, values };
    }
    case 'voice':
      return { kind: 'voice', to, otp: NO_OTP, template: `${TEXT} {otp}`, locale: '' };
    case 'push':
      // No app can read it: it shows nothing, or that something is wrong.
      return { kind: 'push', to, transaction: NO_TRANSACTION, challenge: 'lseqr://push/test' };
  }
}

function deliveryLines(delivery: Delivery): string[] {
  switch (delivery.kind) {
    case 'sent':
      return ["Status: 'success'", 'Result:', `${delivery.provider}: ${delivery.status}`];
    case 'failed':
      return ["Status: 'error'", 'Result:', `${delivery.provider}: ${delivery.reason}`];
    case 'unavailable':
      return ["Status: 'error'", 'Result:', delivery.reason];
  }
}
