import type { Box } from '../../classes/boxes/frame.ts'
import { joined } from '../../classes/boxes/widest.ts'
import type { FlowClass } from '../../classes/class-of.ts'
import { tcpFlag } from '../../core/tcp-flags.ts'
import type { Prediction } from '../../model/predict.ts'

/** Connections that no side lets come about, whatever else they do to them: nobody receives one whose answer is lost. */
export const isUnseen = ({ predictions, supposed = [] }: Pick<FlowClass, 'predictions' | 'supposed'>): boolean =>
  [predictions, ...supposed].some((own) => own.every(isDropped))

const isDropped = (prediction: Prediction): boolean =>
  'predicted' in prediction && prediction.predicted.verdict === 'dropped'

/**
 * Lone segments in place of connections: connection tracking takes an ACK for the beginning of one, and who gets it is
 * seen whether or not it is answered.
 */
export const asSegments = (boxes: readonly Box[]): Box[] =>
  joined(boxes.filter(({ frame }) => frame.protocol === 'tcp' && frame.raw === undefined)).map(({ frame, ...box }) => ({
    ...box,
    frame: { ...frame, raw: tcpFlag.ack },
  }))
