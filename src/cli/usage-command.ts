import { Command, type ErrorOptions, type HelpContext } from 'commander';

const USAGE_ERROR = 2;

/** A command that ends with 2 when it is called in the wrong way (spec/system-api §11); commander's own ends with 1. */
export class UsageCommand extends Command {
  override createCommand(name?: string): UsageCommand {
    return new UsageCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    super.error(message, { ...options, exitCode: USAGE_ERROR });
  }

  override help(context?: HelpContext): never;
  override help(callback?: (text: string) => string): never;
  override help(context?: HelpContext | ((text: string) => string)): never {
    // Shown in place of a missing sub-command.
    if (typeof context === 'object' && context.error === true) process.exitCode = USAGE_ERROR;
    super.help(context as HelpContext);
  }
}
