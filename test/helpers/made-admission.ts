// Rules of admission that forbid nothing but what a test names.

import { Admission, REFUSALS, type AdmissionRules } from '../../src/server/admission.ts';
import { Limits } from '../../src/server/limits.ts';

export interface MadeRules extends AdmissionRules {
  readonly cells: Float64Array;
}

export function admissionWith({ limits = null, ...options }: Partial<MadeRules> = {}): Admission {
  return new Admission({
    ownPorts: [],
    answerAnyPort: false,
    broadcastWords: [],
    allow: [],
    deny: [],
    limits: limits === null ? undefined : new Limits(limits, () => undefined),
    cells: new Float64Array(REFUSALS.length),
    ...options,
  });
}
