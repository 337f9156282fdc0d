import { type DynamicModule, Module, type Type } from '@nestjs/common';

import { standFor } from './composition/bind.js';
import type { Installation } from './composition/installation.js';
import { PortsModule } from './composition/ports.module.js';
import { productVersion } from './config/product-version.js';
import { ServedControllers } from './config/served-controllers.js';
import { EnvelopeModule } from './http/envelope/envelope.module.js';
import { EnvelopeVersion } from './http/envelope/envelope.js';
import { OldClients, legacyRoutes } from './http/envelope/routes/legacy-route.js';
import { servedAt } from './http/envelope/routes/serve-at.js';
import { TokenFileLimits } from './http/envelope/parameters/token-file-limits.js';
import { DirectoryController } from './http/legacy/admin/directory.controller.js';
import { EnrolmentEcho } from './http/legacy/admin/enrol/enrolment-echo.js';
import { LostTokenController } from './http/legacy/admin/life/lost-token.controller.js';
import { PairingController } from './http/legacy/admin/life/pairing.controller.js';
import { TokenMovesController } from './http/legacy/admin/life/token-moves.controller.js';
import { UserPinController } from './http/legacy/admin/life/user-pin.controller.js';
import { OtpLookupController } from './http/legacy/admin/look/otp-lookup.controller.js';
import { ChallengeStatusController } from './http/legacy/admin/look/challenge-status.controller.js';
import { TokenLookupController } from './http/legacy/admin/look/token-lookup.controller.js';
import { OwnerFilter } from './http/legacy/admin/list/owner-filter.js';
import { TokenAdministrationController } from './http/legacy/admin/token-administration.controller.js';
import { TokenEnrolmentController } from './http/legacy/admin/enrol/token-enrolment.controller.js';
import { TokenImportController } from './http/legacy/admin/import/token-import.controller.js';
import { TokenListController } from './http/legacy/admin/list/token-list.controller.js';
import { TokenSettingsController } from './http/legacy/admin/token-settings.controller.js';
import { GettokenController } from './http/legacy/gettoken/gettoken.controller.js';
import { AuditController } from './http/legacy/audit/audit.controller.js';
import { RequestUsers } from './http/legacy/users/request-user.js';
import { RootController, SiteRoot } from './http/legacy/root.controller.js';
import { LicenseController, SupportController } from './http/legacy/license/license.controller.js';
import { ManageController } from './http/legacy/manage/manage.controller.js';
import { ManageListsController } from './http/legacy/manage/manage-lists.controller.js';
import { MaintenanceController } from './http/legacy/maintenance/maintenance.controller.js';
import { MonitoringController } from './http/legacy/monitoring/monitoring.controller.js';
import { ReportedStatusesController } from './http/legacy/reporting/reported-statuses.controller.js';
import { ReportingController } from './http/legacy/reporting/reporting.controller.js';
import { ConfigController } from './http/legacy/system/config.controller.js';
import { PoliciesController } from './http/legacy/system/policies.controller.js';
import { PolicyChangesController } from './http/legacy/system/policy-changes.controller.js';
import { PolicySubjects } from './http/legacy/system/policy-subjects.js';
import { ProvidersController } from './http/legacy/system/providers.controller.js';
import { RealmsController } from './http/legacy/system/realms.controller.js';
import { ResolversController } from './http/legacy/system/resolvers.controller.js';
import { SecurityModuleController } from './http/legacy/system/security-module.controller.js';
import { TokenOwners } from './http/legacy/tokens/token-owners.js';
import { TokenRecords } from './http/legacy/tokens/token-record.js';
import { ToolsController } from './http/legacy/tools/tools.controller.js';
import { TransactionsController } from './http/legacy/validate/transactions.controller.js';
import { MobileAppController } from './http/legacy/validate/mobile-app.controller.js';
import { HistoryController } from './http/legacy/userservice/own/history.controller.js';
import { OcraActivationController } from './http/legacy/userservice/activation/ocra-activation.controller.js';
import { OwnTokensController } from './http/legacy/userservice/own/own-tokens.controller.js';
import { SerialByOtpController } from './http/legacy/userservice/own/serial-by-otp.controller.js';
import { PortalContext } from './http/legacy/userservice/portal-context.js';
import { ActivationController } from './http/legacy/userservice/activation/activation.controller.js';
import { KeyRegistrationController } from './http/legacy/userservice/activation/key-registration.controller.js';
import { OwnEnrolmentController } from './http/legacy/userservice/enrol/own-enrolment.controller.js';
import { OwnTokenTrialController } from './http/legacy/userservice/trial/own-token-trial.controller.js';
import { PortalController } from './http/legacy/userservice/portal.controller.js';
import { PortalDoorsController } from './http/legacy/userservice/portal-doors.controller.js';
import { PortalLoginController } from './http/legacy/userservice/portal-login.controller.js';
import { ValidateController } from './http/legacy/validate/validate.controller.js';
import { Verdicts } from './http/legacy/tokens/verdicts.js';
import { Departure } from './http/ops/departure.js';
import { OpsController, MetricsText, RouteCatalogue } from './http/ops/ops.controller.js';
import { OperatorGuard, OperatorToken } from './http/ops/operator.guard.js';
import { SessionModule, sessionControllers } from './http/session/session.module.js';
import { UserSessionModule } from './http/session/users/user-session.module.js';
import { AuditLogController } from './http/v2/audit-log.controller.js';
import { PoliciesV2Controller } from './http/v2/policies.controller.js';
import { RealmsV2Controller } from './http/v2/realms.controller.js';
import { ResolversV2Controller } from './http/v2/resolvers.controller.js';
import { TokensController } from './http/v2/tokens.controller.js';
import type { Metrics } from './observability/metrics.js';

const MEBIBYTE = 1024 * 1024;

// Logins first: a router tries its routes in this order.
const LEGACY_CONTROLLERS: Type[] = [
  TransactionsController,
  ValidateController,
  MobileAppController,
  TokenListController,
  TokenEnrolmentController,
  TokenImportController,
  TokenAdministrationController,
  TokenSettingsController,
  TokenMovesController,
  PairingController,
  LostTokenController,
  UserPinController,
  OtpLookupController,
  ChallengeStatusController,
  TokenLookupController,
  DirectoryController,
  GettokenController,
  RealmsController,
  ResolversController,
  ConfigController,
  ProvidersController,
  PoliciesController,
  PolicyChangesController,
  SupportController,
  LicenseController,
  SecurityModuleController,
  MaintenanceController,
  ToolsController,
  AuditController,
  MonitoringController,
  ReportingController,
  ReportedStatusesController,
  ManageController,
  ManageListsController,
  PortalLoginController,
  PortalDoorsController,
  PortalController,
  OwnTokensController,
  OcraActivationController,
  SerialByOtpController,
  HistoryController,
  OwnEnrolmentController,
  OwnTokenTrialController,
  ActivationController,
  KeyRegistrationController,
  TokensController,
  RealmsV2Controller,
  ResolversV2Controller,
  PoliciesV2Controller,
  AuditLogController,
];

export interface ApplicationParts {
  readonly installation: Installation;
  readonly metrics: Metrics;
  /** Bearer token for monitoring; `null`: administrators only. */
  readonly operatorToken: string | null;
}

/** The composition root: which adapter stands behind which port, and which controllers serve. */
@Module({})
export class AppModule {
  static with({ installation, metrics, operatorToken }: ApplicationParts): DynamicModule {
    const { settings } = installation;
    const oldClients = new OldClients(settings.servesOldClients);
    const version = new EnvelopeVersion(settings.versionText, settings.versionNumber);
    const limits = new TokenFileLimits(settings.tokenFileMebibytes * MEBIBYTE, settings.tokenFileTokens);
    const { enabledControllers, disabledControllers } = settings;
    const served = new ServedControllers(enabledControllers, disabledControllers);
    const serve = (controllers: readonly Type[]) => servedAt(controllers, (usual) => served.pathsOf(usual));
    const controllers = serve(LEGACY_CONTROLLERS);
    const sessions = serve(sessionControllers(oldClients));
    const described = [...sessions, ...controllers];
    const routes = described.flatMap((controller) => legacyRoutes(controller, oldClients.enabled));
    return {
      module: AppModule,
      imports: [
        PortsModule.with(installation),
        EnvelopeModule.with(version, oldClients, limits),
        SessionModule.with(sessions),
        UserSessionModule,
      ],
      controllers: [...controllers, RootController, OpsController],
      providers: [
        RequestUsers,
        PolicySubjects,
        TokenOwners,
        TokenRecords,
        PortalContext,
        OwnerFilter,
        OperatorGuard,
        standFor(EnrolmentEcho, new EnrolmentEcho(settings.enrolmentEcho === 'always')),
        standFor(SiteRoot, new SiteRoot(settings.siteRootRedirect ?? '/manage/')),
        standFor(Departure, new Departure()),
        standFor(Verdicts, metrics),
        standFor(MetricsText, metrics),
        standFor(RouteCatalogue, new RouteCatalogue(routes, productVersion())),
        standFor(OperatorToken, new OperatorToken(operatorToken)),
      ],
    };
  }
}
