import { AuditSearch, AuditTrail } from '@app/audit';
import {
  ActivateOcraToken,
  Authenticate,
  ChallengeList,
  GuessLimits,
  LoginAdmission,
  LoginCommitter,
  LoginSnapshots,
  MissBudget,
  PairToken,
  PollTransaction,
  PressedCommitter,
  PressedSnapshots,
  RemoteAuthentication,
  TokenServers,
  FindUnassignedRemote,
} from '@app/authentication';
import { Clock, RandomSource } from '@app/kernel';
import {
  AdminSessions,
  AdministratorChanges,
  AdministratorStore,
  ChangeOwnPassword,
  ChooseDefaultProvider,
  ChooseDefaultRealm,
  Configuration,
  ConfigurationAdministration,
  CountUsers,
  DefineProvider,
  DefineRealm,
  DefineResolver,
  FindUser,
  ImportedPasswords,
  ImportPolicies,
  ImportUsers,
  HostNames,
  LegacySessions,
  ListUsers,
  LoginThrottle,
  ManagedUsers,
  MessageGateway,
  MigrateResolver,
  PasswordCheck,
  PasswordHashes,
  PolicySecrets,
  ProviderConnections,
  RemovePolicies,
  RemoveProvider,
  RemoveRealm,
  RemoveResolver,
  RemoveSetting,
  SavePolicy,
  SaveSettings,
  TestProvider,
  UserDirectory,
} from '@app/realms';
import {
  AssignAtLogin,
  AssignTokens,
  ChangeSettings,
  CopyOwner,
  EnrolAtLogin,
  GiveMailedPin,
  KeyChecks,
  CopyPin,
  EnrolToken,
  ImportTokens,
  RegisterKey,
  RenewKeyRequest,
  FindFreeSerial,
  FindTokenByOtp,
  FindTokenOwner,
  FindTokenOwners,
  FindUnassignedToken,
  LookUpTotp,
  PartitionKeys,
  PasswordHasher,
  RemoveTokens,
  ReplaceLostToken,
  ResetFailures,
  ResyncTokens,
  SetRealms,
  SetUserPin,
  SetValidity,
  SwitchTokens,
  TokenAdministration,
  TokenCounts,
  TokenList,
  TokenReports,
  TokenStore,
  UnassignToken,
  UnpairToken,
} from '@app/tokens';
import { OwnTokens, UserSessions } from '@app/self-service';
import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';

import { readKeyMakers } from '../config/key-makers.js';
import { ServedControllers } from '../config/served-controllers.js';
import { Settings } from '../config/settings.js';
import { Readiness } from '../http/ops/readiness.js';
import { JwtKey } from '../http/session/jwt-key.js';
import { BudgetedTrail } from '../persistence/audit/budgeted-trail.js';
import { MissHousekeeping } from '../persistence/audit/miss-housekeeping.js';
import { ChallengeHousekeeping } from '../persistence/tokens/challenge-housekeeping.js';
import { LoadedKeyChecks } from '../webauthn/loaded-key-checks.js';
import { bind, standFor } from './bind.js';
import { Keyring } from '../keyring/keyring.js';
import type { Installation } from './installation.js';
import { SELF_SERVICE } from './self-service.js';

/** Which adapter stands behind which port. */
function ports(installation: Installation) {
  const { keys, settings, pressure } = installation;
  return [
    standFor(Settings, settings),
    standFor(Keyring, installation.keyring),
    standFor(Clock, installation.clock),
    standFor(RandomSource, installation.random),
    standFor(Configuration, installation.configuration),
    standFor(ConfigurationAdministration, installation.configurationAdministration),
    standFor(UserDirectory, installation.directory),
    standFor(GuessLimits, guessLimits(settings)),
    standFor(LoginSnapshots, new PressedSnapshots(installation.snapshots, pressure)),
    standFor(LoginCommitter, new PressedCommitter(installation.committer, pressure)),
    standFor(ChallengeList, installation.challengeList),
    standFor(
      AuditTrail,
      new BudgetedTrail(installation.committer, installation.misses, loginPaths(settings)),
    ),
    standFor(LoginAdmission, new LoginAdmission()),
    standFor(MissBudget, installation.misses),
    standFor(AuditSearch, installation.auditSearch),
    standFor(TokenAdministration, installation.tokenAdministration),
    standFor(TokenList, installation.tokenList),
    standFor(TokenCounts, installation.tokenCounts),
    standFor(TokenReports, installation.tokenReports),
    standFor(TokenStore, installation.tokenStore),
    standFor(PartitionKeys, installation.partitionKeys),
    standFor(PasswordHasher, installation.passwords),
    standFor(KeyChecks, new LoadedKeyChecks(readKeyMakers(settings))),
    standFor(PasswordCheck, installation.passwords),
    standFor(PasswordHashes, installation.passwords),
    standFor(ManagedUsers, installation.managedUsers),
    standFor(ImportedPasswords, installation.importedPasswords),
    standFor(PolicySecrets, installation.policySecrets),
    standFor(AdministratorChanges, installation.administratorChanges),
    standFor(ProviderConnections, installation.providerConnections),
    standFor(MessageGateway, installation.messageGateway),
    standFor(RemoteAuthentication, installation.remoteAuthentication),
    standFor(TokenServers, installation.tokenServers),
    standFor(HostNames, installation.hostNames),
    standFor(AdministratorStore, installation.administrators),
    standFor(AdminSessions, installation.adminSessions),
    standFor(LegacySessions, installation.legacySessions),
    standFor(LoginThrottle, installation.loginThrottle),
    standFor(UserSessions, installation.userSessions),
    standFor(OwnTokens, installation.ownTokens),
    standFor(JwtKey, { key: () => keys.jwt }),
    standFor(Readiness, installation.readiness),
  ];
}

/** Where logins are served, as records name the paths. */
function loginPaths({ enabledControllers, disabledControllers }: Settings): readonly string[] {
  const served = new ServedControllers(enabledControllers, disabledControllers);
  return ['/validate', '/userservice'].flatMap((usual) =>
    served.pathsOf(usual).map((path) => `${path.slice(1)}/`),
  );
}

function guessLimits(settings: Settings): GuessLimits {
  const { mostFailures, firstDelayedFailure, firstDelaySeconds, longestDelaySeconds } = settings;
  return new GuessLimits({
    mostFailures,
    firstDelayed: firstDelayedFailure === 0 ? null : firstDelayedFailure,
    firstSeconds: firstDelaySeconds,
    longestSeconds: longestDelaySeconds,
  });
}

const USE_CASES = [
  bind(ChallengeHousekeeping, [ChallengeList], (challenges) => new ChallengeHousekeeping(challenges)),
  bind(MissHousekeeping, [MissBudget], (misses) => new MissHousekeeping(misses)),
  bind(FindUser, [UserDirectory], (directory) => new FindUser(directory)),
  bind(CountUsers, [UserDirectory, Clock], (...parts) => new CountUsers(...parts)),
  bind(ListUsers, [UserDirectory], (directory) => new ListUsers(directory)),
  bind(FindUnassignedRemote, [TokenStore, TokenServers], (...parts) => new FindUnassignedRemote(...parts)),
  bind(
    Authenticate,
    [
      Configuration,
      FindUser,
      UserDirectory,
      LoginSnapshots,
      LoginCommitter,
      PasswordHasher,
      LoginThrottle,
      GuessLimits,
      LoginAdmission,
      MissBudget,
      RemoteAuthentication,
      TokenServers,
      FindUnassignedToken,
      FindUnassignedRemote,
      AssignAtLogin,
      EnrolAtLogin,
      GiveMailedPin,
      PartitionKeys,
      Clock,
      RandomSource,
      MessageGateway,
      KeyChecks,
    ],
    (...parts) => new Authenticate(...parts),
  ),
  bind(
    PollTransaction,
    [
      Configuration,
      FindUser,
      UserDirectory,
      LoginSnapshots,
      LoginCommitter,
      GuessLimits,
      LoginAdmission,
      MissBudget,
      Clock,
    ],
    (...parts) => new PollTransaction(...parts),
  ),
  bind(ActivateOcraToken, [TokenAdministration, RandomSource], (...parts) => new ActivateOcraToken(...parts)),
  bind(
    EnrolToken,
    [TokenAdministration, PasswordHasher, RandomSource, PartitionKeys, Clock],
    (...parts) => new EnrolToken(...parts),
  ),
  bind(RenewKeyRequest, [TokenAdministration, RandomSource], (...parts) => new RenewKeyRequest(...parts)),
  bind(
    RegisterKey,
    [TokenAdministration, TokenStore, KeyChecks, Clock],
    (...parts) => new RegisterKey(...parts),
  ),
  bind(ImportTokens, [TokenAdministration, FindUser, RandomSource], (...parts) => new ImportTokens(...parts)),
  bind(AssignTokens, [TokenAdministration, RandomSource], (...parts) => new AssignTokens(...parts)),
  bind(FindTokenOwners, [TokenList, UserDirectory, Clock], (...parts) => new FindTokenOwners(...parts)),
  bind(UnassignToken, [TokenAdministration, RandomSource], (...parts) => new UnassignToken(...parts)),
  bind(UnpairToken, [TokenAdministration], (...parts) => new UnpairToken(...parts)),
  bind(
    PairToken,
    [Configuration, PartitionKeys, LoginSnapshots, TokenAdministration, UserDirectory],
    (...parts) => new PairToken(...parts),
  ),
  bind(SwitchTokens, [TokenAdministration], (...parts) => new SwitchTokens(...parts)),
  bind(RemoveTokens, [TokenAdministration], (...parts) => new RemoveTokens(...parts)),
  bind(ResetFailures, [TokenAdministration], (...parts) => new ResetFailures(...parts)),
  bind(ResyncTokens, [TokenAdministration], (...parts) => new ResyncTokens(...parts)),
  bind(ChangeSettings, [TokenAdministration, RandomSource], (...parts) => new ChangeSettings(...parts)),
  bind(SetValidity, [TokenAdministration], (...parts) => new SetValidity(...parts)),
  bind(SetRealms, [TokenAdministration], (...parts) => new SetRealms(...parts)),
  bind(SetUserPin, [TokenAdministration], (...parts) => new SetUserPin(...parts)),
  bind(CopyPin, [TokenAdministration], (...parts) => new CopyPin(...parts)),
  bind(CopyOwner, [TokenAdministration], (...parts) => new CopyOwner(...parts)),
  bind(
    ReplaceLostToken,
    [TokenAdministration, TokenStore, FindTokenOwner, PasswordHasher, RandomSource, Clock],
    (...parts) => new ReplaceLostToken(...parts),
  ),
  bind(
    FindTokenByOtp,
    [TokenStore, TokenAdministration, FindTokenOwner],
    (...parts) => new FindTokenByOtp(...parts),
  ),
  bind(LookUpTotp, [TokenStore], (...parts) => new LookUpTotp(...parts)),
  bind(FindUnassignedToken, [TokenStore], (store) => new FindUnassignedToken(store)),
  bind(AssignAtLogin, [TokenAdministration, RandomSource], (...parts) => new AssignAtLogin(...parts)),
  bind(GiveMailedPin, [TokenAdministration, RandomSource], (...parts) => new GiveMailedPin(...parts)),
  bind(EnrolAtLogin, [TokenAdministration, RandomSource], (...parts) => new EnrolAtLogin(...parts)),
  bind(FindFreeSerial, [TokenStore], (...parts) => new FindFreeSerial(...parts)),
  bind(FindTokenOwner, [UserDirectory], (...parts) => new FindTokenOwner(...parts)),
  bind(
    DefineResolver,
    [Configuration, ConfigurationAdministration, UserDirectory],
    (...parts) => new DefineResolver(...parts),
  ),
  bind(RemoveResolver, [ConfigurationAdministration], (...parts) => new RemoveResolver(...parts)),
  bind(RemoveRealm, [ConfigurationAdministration], (...parts) => new RemoveRealm(...parts)),
  bind(
    MigrateResolver,
    [Configuration, ConfigurationAdministration, UserDirectory],
    (...parts) => new MigrateResolver(...parts),
  ),
  bind(
    ImportUsers,
    [Configuration, ConfigurationAdministration, ManagedUsers, ImportedPasswords],
    (...parts) => new ImportUsers(...parts),
  ),
  bind(
    ChangeOwnPassword,
    [Configuration, AdministratorStore, AdministratorChanges, PasswordHashes, LoginThrottle],
    (...parts) => new ChangeOwnPassword(...parts),
  ),
  bind(DefineRealm, [ConfigurationAdministration], (...parts) => new DefineRealm(...parts)),
  bind(SaveSettings, [ConfigurationAdministration, HostNames], (...parts) => new SaveSettings(...parts)),
  bind(RemoveSetting, [ConfigurationAdministration], (...parts) => new RemoveSetting(...parts)),
  bind(
    DefineProvider,
    [Configuration, ConfigurationAdministration, PasswordHashes],
    (...parts) => new DefineProvider(...parts),
  ),
  bind(
    RemoveProvider,
    [Configuration, ConfigurationAdministration, PasswordHashes],
    (...parts) => new RemoveProvider(...parts),
  ),
  bind(
    ChooseDefaultProvider,
    [ConfigurationAdministration],
    (...parts) => new ChooseDefaultProvider(...parts),
  ),
  bind(TestProvider, [Configuration, ProviderConnections], (...parts) => new TestProvider(...parts)),
  bind(SavePolicy, [ConfigurationAdministration, PolicySecrets], (...parts) => new SavePolicy(...parts)),
  bind(
    ImportPolicies,
    [ConfigurationAdministration, PolicySecrets],
    (...parts) => new ImportPolicies(...parts),
  ),
  bind(RemovePolicies, [ConfigurationAdministration], (...parts) => new RemovePolicies(...parts)),
  bind(ChooseDefaultRealm, [ConfigurationAdministration], (...parts) => new ChooseDefaultRealm(...parts)),
];

/** Lets go of everything once the last request was answered: Nest calls it after the server has closed. */
class Release implements OnApplicationShutdown {
  constructor(private readonly installation: Installation) {}

  onApplicationShutdown(): Promise<void> {
    return this.installation.close();
  }
}

/** Ports and use cases, for every other module. */
@Global()
@Module({})
export class PortsModule {
  static with(installation: Installation): DynamicModule {
    const shared = [...ports(installation), ...USE_CASES, ...SELF_SERVICE];
    const providers = [...shared, standFor(Release, new Release(installation))];
    return { module: PortsModule, providers, exports: shared.map(({ provide }) => provide) };
  }
}
