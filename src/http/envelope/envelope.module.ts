import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';

import { AdministratorSubjects } from './administrator-subjects.js';
import { EnvelopeVersion, Envelopes } from './envelope.js';
import { OldClients } from './legacy-route.js';
import { RoutingExceptionFilter } from './routing-exception.filter.js';

/**
 * What all legacy controllers stand on. Their modules must also see `SessionCheck`, `CsrfCheck`, `AuditTrail`, `Clock`,
 * `UserDirectory` and `Configuration`.
 */
@Global()
@Module({})
export class EnvelopeModule {
  static with(version: EnvelopeVersion, oldClients: OldClients): DynamicModule {
    return {
      module: EnvelopeModule,
      providers: [
        { provide: EnvelopeVersion, useValue: version },
        { provide: OldClients, useValue: oldClients },
        Envelopes,
        AdministratorSubjects,
        { provide: APP_FILTER, useClass: RoutingExceptionFilter },
      ],
      exports: [EnvelopeVersion, OldClients, Envelopes, AdministratorSubjects],
    };
  }
}
