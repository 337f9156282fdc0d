import type { Command } from 'commander';

import type { Console } from '../console.js';
import { operator, withInstallation } from '../session.js';

interface EndOptions {
  readonly realm?: string;
}

/** Sessions of the self-service: for users whose directory does not tell that they are to be logged out. */
export function addUserSessions(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const group = program.command('sessions').description('sessions of users in the self-service');

  group
    .command('end <login>')
    .description('log a user out of the self-service, on every node')
    .option('--realm <realm>', 'in this realm alone; without it in all of them')
    .action(async (login: string, { realm }: EndOptions) => {
      const ended = await withInstallation(env, console, async ({ userSessions, committer }) => {
        const count = await userSessions.endAllOf(login, realm ?? null);
        const context = {
          action: 'sessions/end',
          client: '',
          administrator: operator(),
          user: login,
          realm: realm ?? '',
        };
        await committer.append(context, { succeeded: true, info: `${count} ended` });
        return count;
      });
      console.say(ended === 1 ? 'Ended 1 session.' : `Ended ${ended} sessions.`);
    });
}
