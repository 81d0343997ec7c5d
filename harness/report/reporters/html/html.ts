import type { RunEvent } from '../../../run/schedule/events.ts'
import { PageDataBuilder } from './data.ts'
import { page } from './page.ts'
import type { Reporter } from '../reporter.ts'

/**
 * One HTML file that needs no other and no network: the matrix of flows and verdicts, and each flow's path as a
 * picture.
 */
export const html: Reporter = (output, context) => {
  let start: Extract<RunEvent, { type: 'start' }> | undefined
  let builder: PageDataBuilder | undefined
  const notices: string[] = []
  return (event) => {
    switch (event.type) {
      case 'start':
        start = event
        builder = new PageDataBuilder(event.environments)
        break
      case 'result':
        builder?.add(event.result, context)
        break
      case 'notice':
        notices.push(event.text)
        break
      case 'end':
        if (start !== undefined && builder !== undefined)
          output.write(page({ start, end: event, notices, subject: builder.subject }, builder.data(), context))
    }
  }
}
