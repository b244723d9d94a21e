// The resources of the API under short names. The shapes themselves are generated from its description.

import type { components } from './generated';

type Schemas = components['schemas'];

/** Every part is there: what the service sends is complete, also where a request may leave things out. */
export type Complete<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]-?: undefined extends T[K] ? Complete<Exclude<T[K], undefined>> : Complete<T[K]> }
    : T;

export type Settings = Complete<Schemas['Settings']>;
export type Report = Omit<Schemas['Report'], 'settings'> & { settings: Settings };
export type ColumnReport = Schemas['ColumnReport'];
export type ColumnStatistics = Schemas['ColumnStatistics'];
export type BinReport = Schemas['BinReport'];
export type SideReport = Schemas['SideReport'];
export type Insight = Schemas['Insight'];
export type RowAnomaly = Schemas['RowAnomaly'];
export type Finding = Schemas['Finding'];
export type Severity = Schemas['Severity'];
export type Verdict = Schemas['Verdict'];
export type ColumnVerdict = Schemas['ColumnVerdict'];
export type ColumnRole = Schemas['ColumnRole'];
export type Kind = Schemas['Kind'];
export type Quarantine = Schemas['Quarantine'];
export type ReadNote = Schemas['ReadNote'];
export type CellReport = Schemas['CellReport'];
export type CellSuspect = Schemas['CellSuspect'];

export type Check = Schemas['Check'];
export type CheckProgress = Schemas['CheckProgress'];
export type PartialVerdict = Schemas['PartialVerdict'];
export type CheckSide = Schemas['CheckSide'];
export type CheckState = Schemas['CheckState'];
export type Comparison = Schemas['Comparison'];
export type Dataset = Schemas['Dataset'];
export type DatasetDetails = Schemas['DatasetDetails'];
export type BaselineSummary = Schemas['BaselineSummary'];
export type FindingRecord = Schemas['FindingRecord'];
export type FindingState = Schemas['FindingState'];
export type ClosedWindow = Schemas['ClosedWindow'];
export type FindingWithHistory = Schemas['FindingWithHistory'];
export type User = Schemas['User'];
export type Member = Schemas['Member'];
export type Role = Schemas['Role'];
export type Workspace = Schemas['Workspace'];
export type SignedIn = Schemas['SignedIn'];
export type Session = Schemas['Session'];
export type Token = Schemas['Token'];
export type AuditEntry = Schemas['AuditEntry'];
export type Catalogue = Schemas['Catalogue'];
export type System = Schemas['System'];
export type HealthCheck = Schemas['HealthCheck'];
export type SettingsInForce = Omit<Schemas['SettingsInForce'], 'settings'> & { settings: Settings };
export type ProblemBody = Schemas['Problem'];
export type ComparisonChange = Schemas['ColumnChange'];
export type Notice = Schemas['Notice'];
export type NoticePage = Schemas['NoticePage'];
export type SignInOptions = Schemas['SignInOptions'];
export type BaselineJob = Schemas['BaselineJob'];
export type Incident = Schemas['Incident'];
export type IncidentState = Schemas['IncidentState'];
export type IncidentWithFindings = Schemas['IncidentWithFindings'];
export type CheckPreview = Schemas['CheckPreview'];
export type PreviewDecision = Schemas['PreviewDecision'];
export type DatasetSettings = Omit<Schemas['DatasetSettings'], 'effective'> & { effective: Settings };
export type PastSettings = Omit<Schemas['PastSettings'], 'settings'> & { settings: Settings };
export type Contract = Schemas['Contract'];
export type ContractDetails = Schemas['ContractDetails'];
export type ContractOutcome = Schemas['ContractOutcome'];
export type ContractReport = Schemas['ContractReport'];
export type ContractSummary = Schemas['ContractSummary'];
export type ProposedContract = Schemas['ProposedContract'];
export type RuleEntry = Schemas['RuleEntry'];
export type RuleOutcome = Schemas['RuleOutcome'];
export type RuleStatus = Schemas['RuleStatus'];
export type SuggestedRule = Schemas['SuggestedRule'];
export type TextPlace = Schemas['TextPlace'];
export type Monitor = Schemas['MonitorRecord'];
export type MonitorDetails = Schemas['MonitorDetails'];
export type MonitorStatus = Schemas['MonitorStatus'];
export type MonitorSettings = Schemas['MonitorSettings'];
export type MonitorFeed = Schemas['FeedSettings'];
export type WindowSummary = Schemas['WindowSummary'];
export type Channel = Schemas['Channel'];
export type ChannelEntry = Schemas['ChannelEntry'];
export type ChannelField = Schemas['ChannelField'];
export type AlertEvent = Schemas['AlertEvent'];
export type AlertRuleSettings = Complete<Omit<Schemas['AlertRuleSettings'], 'quiet'>> & Pick<Schemas['AlertRuleSettings'], 'quiet'>;
export type AlertRule = Omit<Schemas['AlertRule'], 'settings'> & { settings: AlertRuleSettings };
export type QuietHours = Schemas['QuietHours'];
export type QuietWindow = Schemas['QuietWindow'];
export type Delivery = Schemas['Delivery'];
export type DeliveryState = Schemas['DeliveryState'];
export type RulePreviewResult = Schemas['RulePreviewResult'];
export type ShownLetter = Schemas['ShownLetter'];
export type TestOutcome = Schemas['TestOutcome'];
