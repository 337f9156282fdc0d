import { join } from 'node:path';

import { Secret } from '@app/kernel';
import type { Message, ProviderDefinition, ProviderType, SettingEntry } from '@app/realms';

import { DeliveryObserver } from '../../../src/delivery/delivery-observer.js';
import { providerAdapters } from '../../../src/delivery/adapters.js';
import { ProviderGateway } from '../../../src/delivery/provider-gateway.js';
import { TrustedCertificates } from '../../../src/outbound/trusted-certificates.js';

/** Longer than anything takes that is not stuck. */
export const PATIENT_MS = 30_000;
/** What stuck servers are given. */
export const IMPATIENT_MS = 150;

export interface GivenProvider {
  readonly type: ProviderType;
  readonly class: string;
  readonly config: object;
  readonly timeout?: string;
}

export const SMS: Message = {
  kind: 'sms',
  to: '+49 170 123',
  text: 'your OTP is 287082, naïve & öffentlich',
};

/** The gateway as the application makes it, over providers that are stored nowhere. */
export function givenDelivery(
  providers: Readonly<Record<string, GivenProvider>>,
  {
    authorities = null as string | null,
    folder = '/nonexistent',
    now = undefined as (() => number) | undefined,
  } = {},
) {
  const heard: string[] = [];
  class Hearing extends DeliveryObserver {
    providerAway(kind: string, provider: string): void {
      heard.push(`${kind} ${provider} away`);
    }
    providerBack(kind: string, provider: string): void {
      heard.push(`${kind} ${provider} back`);
    }
  }
  const snapshot = {
    providers: Object.entries(providers).map(([name, given]) => definition(name, given)),
    entries: new Map<string, SettingEntry>(),
  };
  const trusted = new TrustedCertificates(authorities);
  const gateway = new ProviderGateway(
    { current: () => snapshot as never },
    providerAdapters({ trusted, dataFolder: folder, mailTemplateFolder: join(folder, 'mailtemplates') }),
    { budgetMs: PATIENT_MS, observer: new Hearing(), ...(now && { now }) },
  );
  const names = Object.keys(providers);
  return {
    heard,
    gateway,
    /** Through all providers in their order. */
    send: (message: Message, budgetMs = PATIENT_MS) => gateway.send({ message, providers: names, budgetMs }),
    redefine(name: string, given: GivenProvider): void {
      snapshot.providers = snapshot.providers.map((old) =>
        old.name === name ? definition(name, given) : old,
      );
    },
  };
}

function definition(name: string, given: GivenProvider): ProviderDefinition {
  return {
    type: given.type,
    name,
    className: given.class,
    timeout: given.timeout ?? '20',
    config: Secret.fromText(JSON.stringify(given.config)),
    managedHash: null,
  };
}
