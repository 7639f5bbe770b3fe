/** What the service takes and answers, by the page's own names: the schemas of the API made into types, so that neither repeats the other. */
import type { components } from './api-schemas.js'

type Schemas = components['schemas']

/** Of a union of objects: any of their members, each of which may be missing. */
type AnyOf<Union> = { readonly [Name in NamesOf<Union>]?: MemberOf<Union, Name> }
type NamesOf<Union> = Union extends unknown ? keyof Union : never
type MemberOf<Union, Name> = Union extends unknown ? (Name extends keyof Union ? Union[Name] : never) : never

export type Value = Schemas['ParameterValue']
export type Params = Schemas['Params']
export type Budget = Schemas['Budget']
export type SpaceSpec = Schemas['Space']
export type ParameterSpec = AnyOf<Schemas['Parameter']> & Pick<Schemas['Parameter'], 'type'>
export type NamedSpace = Schemas['NamedSpace']
export type MethodPreset = Schemas['MethodPreset']
export type Trainer = Schemas['Trainer']
export type CanaryRun = Schemas['CanaryRun']

export type Study = Schemas['Study']
export type CheckedStudy = Schemas['CheckedStudy']
export type StudyState = Study['state']
export type Method = Schemas['Method']
export type AdvisorSpec = AnyOf<Schemas['Advisor']>
export type OverviewStudy = Schemas['StudyOverview']
export type Summary = Schemas['Summary']
export type Tally = Summary['sources'][string]
export type Progress = Schemas['Progress']
export type Step = Progress['series'][number]['steps'][number]
export type Columns = Schemas['Columns']
export type WireColumn = Schemas['Column']

export type Trial = Schemas['Trial']
export type TrialDetail = Schemas['TrialWithLineage']
export type Proposal = Schemas['Proposal']

export type AdviceSummary = Schemas['AdviceSummary']
export type LlmCall = Schemas['LlmCall']
export type Prompts = Schemas['Prompts']
export type Inquiry = Schemas['Inquiry']
export type AdviceExpectations = Schemas['AdviceExpectations']
export type Importances = Schemas['Importances']
export type Surface = Schemas['Surface']
export type SurfaceAxis = Schemas['Axis']

export type ProgramEntry = Schemas['ProgramEntry']
export type ProgramDiff = Schemas['ProgramDiff']
export type AgentBehaviour = Schemas['Behaviour']

export type Experiment = Schemas['Experiment']
export type ExperimentSummary = Schemas['ExperimentSummary']
export type Cell = Schemas['Cell']
export type DryRun = Schemas['ExperimentDryRun']
export type Analysis = Schemas['ExperimentAnalysis']
export type ExperimentBehaviour = Schemas['ExperimentBehaviour']
