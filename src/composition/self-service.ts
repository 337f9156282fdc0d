import { AuditTrail } from '@app/audit';
import { Authenticate, LoginSnapshots, LookAtOwnChallenges } from '@app/authentication';
import { Clock, RandomSource } from '@app/kernel';
import { Configuration, FindUser, LoginThrottle, PasswordCheck, UserDirectory } from '@app/realms';
import {
  AskOwnToken,
  CheckUserPassword,
  FindOwnToken,
  FindUserSession,
  IssueUserSession,
  LogInByPassword,
  LogInRemotely,
  NewestConfiguration,
  OwnTokens,
  PollSecondFactor,
  ProveByPassword,
  ShowSecondFactor,
  TryOwnToken,
  UserSessions,
} from '@app/self-service';
import {
  AssignOwnToken,
  ChangeOwnToken,
  EnrolOwnToken,
  EnrolToken,
  FindUnassignedSerial,
  FindUnassignedToken,
  TokenAdministration,
  TokenStore,
} from '@app/tokens';

import { bind } from './bind.js';

/** Use cases of users who look after their own tokens. */
export const SELF_SERVICE = [
  bind(ChangeOwnToken, [TokenAdministration, RandomSource], (...parts) => new ChangeOwnToken(...parts)),
  bind(AssignOwnToken, [TokenAdministration, RandomSource], (...parts) => new AssignOwnToken(...parts)),
  bind(
    FindUnassignedSerial,
    [FindUnassignedToken, TokenAdministration, LoginThrottle, AuditTrail, Clock],
    (...parts) => new FindUnassignedSerial(...parts),
  ),
  bind(EnrolOwnToken, [EnrolToken], (enrol) => new EnrolOwnToken(enrol)),
  bind(FindOwnToken, [TokenStore], (tokens) => new FindOwnToken(tokens)),
  bind(AskOwnToken, [Authenticate], (authenticate) => new AskOwnToken(authenticate)),
  bind(TryOwnToken, [TokenStore, LookAtOwnChallenges, AskOwnToken], (...parts) => new TryOwnToken(...parts)),
  bind(LookAtOwnChallenges, [LoginSnapshots], (snapshots) => new LookAtOwnChallenges(snapshots)),
  bind(
    FindUserSession,
    [UserSessions, Configuration, FindUser, Clock],
    (...parts) => new FindUserSession(...parts),
  ),
  bind(
    CheckUserPassword,
    [FindUser, UserDirectory, PasswordCheck, LoginThrottle],
    (...parts) => new CheckUserPassword(...parts),
  ),
  bind(NewestConfiguration, [UserSessions, Configuration], (...parts) => new NewestConfiguration(...parts)),
  bind(
    IssueUserSession,
    [UserSessions, Configuration, RandomSource],
    (...parts) => new IssueUserSession(...parts),
  ),
  bind(
    ProveByPassword,
    [NewestConfiguration, CheckUserPassword, Clock],
    (...parts) => new ProveByPassword(...parts),
  ),
  bind(
    LogInByPassword,
    [ProveByPassword, OwnTokens, Authenticate, IssueUserSession],
    (...parts) => new LogInByPassword(...parts),
  ),
  bind(
    LogInRemotely,
    [ProveByPassword, OwnTokens, Authenticate, IssueUserSession],
    (...parts) => new LogInRemotely(...parts),
  ),
  bind(
    PollSecondFactor,
    [LookAtOwnChallenges, IssueUserSession],
    (...parts) => new PollSecondFactor(...parts),
  ),
  bind(
    ShowSecondFactor,
    [Authenticate, UserSessions, IssueUserSession],
    (...parts) => new ShowSecondFactor(...parts),
  ),
];
