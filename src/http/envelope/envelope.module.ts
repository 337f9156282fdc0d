import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';

import { AdministratorSubjects } from './access/administrator-subjects.js';
import { EnvelopeVersion, Envelopes } from './envelope.js';
import { OldClients } from './routes/legacy-route.js';
import { RoutingExceptionFilter } from './errors/routing-exception.filter.js';
import { TokenFileLimits } from './parameters/token-file-limits.js';

/**
 * What all legacy controllers stand on. Their modules must also see `SessionCheck`, `CsrfCheck`, `AuditTrail`, `Clock`,
 * `UserDirectory` and `Configuration`.
 */
@Global()
@Module({})
export class EnvelopeModule {
  static with(version: EnvelopeVersion, oldClients: OldClients, limits: TokenFileLimits): DynamicModule {
    return {
      module: EnvelopeModule,
      providers: [
        { provide: EnvelopeVersion, useValue: version },
        { provide: OldClients, useValue: oldClients },
        { provide: TokenFileLimits, useValue: limits },
        Envelopes,
        AdministratorSubjects,
        { provide: APP_FILTER, useClass: RoutingExceptionFilter },
      ],
      exports: [EnvelopeVersion, OldClients, TokenFileLimits, Envelopes, AdministratorSubjects],
    };
  }
}
