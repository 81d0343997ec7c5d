import { wholeNumber } from '../../words/c-numbers.ts'
import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, must, value } from '../option.ts'

/** `-j LED`. */
export const led: KeptTarget = {
  options: [
    value('--led-trigger-id', kinds.text(1, 17), must),
    value(
      '--led-delay',
      kinds.kind(
        "a number of milliseconds, or 'inf'",
        (written) => /^inf/i.test(written) || wholeNumber(written, 0xffffffff) !== undefined,
      ),
    ),
    flag('--led-always-blink'),
  ],
  does: 'continue',
}
