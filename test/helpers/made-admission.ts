// Rules of admission that forbid nothing but what a test names.

import { Admission, REFUSALS, type AdmissionOptions } from '../../src/server/admission.ts';

export function admissionWith(options: Partial<AdmissionOptions> = {}): Admission {
  return new Admission({
    ownPorts: [],
    answerAnyPort: false,
    broadcastWords: [],
    allow: [],
    deny: [],
    limits: null,
    cells: new Float64Array(REFUSALS.length),
    ...options,
  });
}
