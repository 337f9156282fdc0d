import { Denied } from '@app/kernel';

/** No policy lets the user do it (spec/validate-api §4.7). */
export class SelfServiceDenied extends Denied {
  override readonly code = 'self-service.denied';
  constructor(message = 'The policy settings do not allow you to issue this request!') {
    super(message);
  }
}
