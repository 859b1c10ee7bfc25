import assert from 'node:assert/strict';
import fc from 'fast-check';
import { VARIANTS, type Variant } from '../../../src/api';
import { variantOf, variantsOf, type SessionVariant } from '../../../src/domain/sessionVariant';

describe('the variant of a session', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd');
  const stored = fc.record({
    tags: fc.option(
      fc
        .array(fc.tuple(ids, fc.constantFrom<Variant | undefined>(...VARIANTS, undefined)))
        .map((entries) => new Map(entries)),
      { nil: undefined },
    ),
    assignments: fc.option(
      fc
        .array(fc.tuple(ids, fc.constantFrom('Control' as const, 'Treatment' as const, undefined)))
        .map((entries) => new Map(entries.map(([id, variant]) => [id, variant && { variant }]))),
      { nil: undefined },
    ),
    blinded: fc.boolean(),
  });

  it('is its tag, else what was drawn, else none; what is hidden shows no variant', () => {
    fc.assert(
      fc.property(stored, ids, (all, id) => {
        const tagged = all.tags?.has(id) === true;
        const isDrawn = all.assignments?.has(id) === true;
        const drawn = all.assignments?.get(id)?.variant;
        const expected: SessionVariant | undefined = tagged
          ? { mark: all.tags?.get(id) ?? 'Damaged', drawn: false }
          : isDrawn
            ? { mark: drawn === undefined ? 'Damaged' : all.blinded ? 'Assigned' : drawn, drawn: true }
            : undefined;
        assert.deepEqual(variantOf(all, id), expected);
        assert.deepEqual(variantsOf(all).get(id), expected);
      }),
    );
  });
});
