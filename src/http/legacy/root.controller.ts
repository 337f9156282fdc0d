import { Controller, Get } from '@nestjs/common';

import { EnvelopeVersion } from '../envelope/envelope.js';
import { redirectPage } from '../envelope/parameters/page.js';
import { RawReply } from '../server/raw-reply.js';

/** Where `/` leads. */
export class SiteRoot {
  constructor(readonly location: string) {}
}

/** `/` and `/healthcheck/status` (spec/admin-api §1.1, §5.4). */
@Controller()
export class RootController {
  constructor(
    private readonly siteRoot: SiteRoot,
    private readonly version: EnvelopeVersion,
  ) {}

  @Get()
  root(): RawReply {
    return redirectPage(302, this.siteRoot.location);
  }

  /** For load balancers: no login, no database, no envelope. */
  @Get('healthcheck/status')
  status(): RawReply {
    const body = { status: 'alive', uptime: process.uptime(), version: this.version.number };
    return new RawReply(`${JSON.stringify(body)}\n`, 'application/json');
  }
}
