/**
 * Whether answers to an enrolment repeat a seed or password that the client itself has just sent. LinOTP's clients show
 * the enrolment URL out of that answer, so it is repeated unless the installation says otherwise.
 */
export class EnrolmentEcho {
  constructor(readonly always: boolean) {}
}
