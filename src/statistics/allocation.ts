import { logBeta } from './special';

/** Weight of the expectation that the allocation is nearly as promised: as many imagined sessions. */
const IMAGINED = 20;

/**
 * Natural logarithm of the evidence that Treatment's share is not the promised one, valid at every look. A beta mixture around
 * the promise against the promise. `promised` is between 0 and 1.
 */
export function allocationEvidence(control: number, treatment: number, promised: number): number {
  const [a, b] = [IMAGINED * promised, IMAGINED * (1 - promised)];
  return (
    logBeta(treatment + a, control + b) -
    logBeta(a, b) -
    treatment * Math.log(promised) -
    control * Math.log(1 - promised)
  );
}
