import { Invalid } from '@app/kernel';
import { normalizedPassword, parseNewPassword } from '@app/realms';

import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';

/**
 * The new password of an account: one line of standard input, or asked twice on the terminal.
 * @throws CommandError when it is empty, or nobody is there to be asked; Aborted
 */
export async function readNewPassword(
  name: string,
  fromStandardInput: boolean,
  console: Console,
): Promise<string> {
  if (!fromStandardInput && !console.isInteractive) {
    throw new CommandError('standard input is no terminal that could ask for a password: use --stdin');
  }
  return acceptable(fromStandardInput ? await one(console) : await twice(console), name, console);
}

function one(console: Console): Promise<string> {
  return console.isInteractive ? console.askHidden('New password: ') : console.readLine();
}

async function twice(console: Console): Promise<string> {
  for (;;) {
    const password = await console.askHidden('New password: ');
    if (password === (await console.askHidden('Repeat for confirmation: '))) return password;
    console.complain('Error: the two entered values do not match.');
  }
}

/** LinOTP has no rules, so that an operator may break ours; not without knowing. */
function acceptable(text: string, name: string, console: Console): string {
  if (text === '') throw new CommandError('the password is empty');
  try {
    return parseNewPassword(text, name);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    console.say(`Warning: ${error.message}`);
    return normalizedPassword(text);
  }
}
