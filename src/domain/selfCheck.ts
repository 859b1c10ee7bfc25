import type { Experiment } from '../api';
import { seededRandom } from '../statistics/random';
import { looksOf, seriesOf } from './comparison';
import { planOf, type Plan } from './plan';
import { designOf, unitOf } from './report';
import type { ComparisonVerdict, ReportUnit } from './reportFacts';
import { COMPARED, type Compared, type SampleEntry } from './sample';
import { neededPerVariant, toScale } from './scale';

/** Fixed, so that asking again gives the same answer until there are new sessions. */
const SEED = 20_260_331;

/** How often an experiment would have claimed something on sessions that do not differ. */
export interface SelfCheckResult {
  /** Random splits that were tried. */
  runs: number;
  /** Those in which some look said that Treatment is better or worse. */
  claims: number;
  /** What was split: sessions with a value, or days that have some. */
  unit: ReportUnit;
  units: number;
  /** The share of claims that the experiment promises not to exceed. */
  alpha: number;
}

/** Splits sessions at random, again and again, as an experiment that changes nothing would. */
export class SelfCheck {
  private readonly plan: Plan;
  private readonly unit: ReportUnit;
  private readonly entries: readonly SampleEntry[];
  private readonly keys: readonly string[];
  /** Sessions or days below which no split could ever claim anything. */
  readonly needed: number;
  private runs = 0;
  private claims = 0;

  private readonly random = seededRandom(SEED);

  /** `sessions`: in the order of time, whatever their variants. */
  constructor(experiment: Experiment, sessions: readonly SampleEntry[]) {
    this.plan = planOf(experiment);
    this.unit = unitOf(designOf(experiment));
    const { transform } = seriesOf(this.plan.metric, this.unit, []);
    this.entries = sessions.filter(({ values }) => toScale(transform, values[this.plan.metric]) !== undefined);
    this.keys = [...new Set(this.entries.map((entry) => this.keyOf(entry)))];
    this.needed = 2 * neededPerVariant(transform, this.unit);
  }

  /** What varies together gets one variant: the sessions of a day, where days are compared. */
  private keyOf({ sessionId, day }: SampleEntry): string {
    return this.unit === 'day' ? day : sessionId;
  }

  /** Tries one more split. */
  step(): void {
    const variants = new Map<string, Compared>(
      this.keys.map((key) => [key, this.random() < 0.5 ? 'Control' : 'Treatment']),
    );
    const split = this.entries.map((entry) => ({ ...entry, variant: variants.get(this.keyOf(entry)) ?? COMPARED[0] }));
    this.runs += 1;
    if (looksOf(seriesOf(this.plan.metric, this.unit, split), this.plan).some(({ verdict }) => claimsEffect(verdict))) {
      this.claims += 1;
    }
  }

  get result(): SelfCheckResult {
    const { runs, claims, unit, keys, plan } = this;
    return { runs, claims, unit, units: keys.length, alpha: plan.alpha };
  }
}

/** Whether a verdict says that the variants differ. That the target is not reached may well be true of sessions that do not. */
export function claimsEffect(verdict: ComparisonVerdict): boolean {
  return verdict === 'Better' || verdict === 'TargetMet' || verdict === 'Harmful';
}

/** More claims than chance explains: three standard errors above what is promised. */
export function tooManyClaims({ runs, claims, alpha }: SelfCheckResult): boolean {
  return claims > runs * alpha + 3 * Math.sqrt(runs * alpha * (1 - alpha));
}
