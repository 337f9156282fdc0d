import { ACTED_ON, Configuration, SaveSettings, UserDirectory } from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { AnswerWithPage, statusPage } from '../../envelope/parameters/page.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import type { ExchangeRequest } from '../../exchange.js';
import { Readiness } from '../../ops/readiness.js';
import { listedConfiguration } from '../system/listed-configuration.js';
import { pythonQuoted } from '../python-text.js';

/** LinOTP's names for the one logger that there is here. */
const LOGGERS = ['root', 'linotp'];

/** `/maintenance/check_status`, `setLogLevel` (spec/admin-api §5.4). */
@LegacyController('maintenance')
export class MaintenanceController {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly readiness: Readiness,
    private readonly saveSettings: SaveSettings,
  ) {}

  @Reads('check_status', { right: 'login', summary: 'Whether the database answers', audited: false })
  async checkStatus(): Promise<LegacyReply> {
    const checks = await this.readiness.check();
    if (!checks.find(({ name }) => name === 'database')?.isReady) throw new AnswerWithPage(statusPage(500));
    const entries = listedConfiguration(this.configuration.current(), this.directory).size;
    return reply(true, { id: 0, detail: { config: { entries } } });
  }

  @Changes('setLogLevel', {
    right: { scope: 'system', action: 'write' },
    summary: 'What is logged, on all nodes, until it is set anew',
    parameters: [
      { name: 'loggerName', description: 'root: there is no other' },
      { name: 'level', description: '0 everything, 10 debug, 20 info, 30 warning, 40 error, 50 critical' },
    ],
  })
  async setLogLevel(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const logger = parameters.text('loggerName') ?? 'root';
    const level = parameters.text('level') ?? '0';
    if (!/^\d+$/.test(level)) throw new WireError(UNSPECIFIC, `debug level ${level} contains nondigits!`);
    if (!LOGGERS.includes(logger)) {
      throw new WireError(UNSPECIFIC, `no logger ${pythonQuoted(logger)}: the only one is 'root'`);
    }
    const wish = { name: ACTED_ON.logLevel.key, value: level, type: null, description: null };
    await this.saveSettings.execute([wish], (pairs) => pairs.join(''), exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }
}
