import { callSite } from '../input/call-site.ts'
import { unknownName } from '../input/fields.ts'
import { complain, unusable } from '../input/issues.ts'

/**
 * An object whose misspelt names are told where they are called, and not as "is not a function" without a line.
 * @param name what messages call it. @param noun what its names are.
 */
export function withStrictNames<T extends object>(name: string, noun: string, methods: T): T {
  return new Proxy(methods, {
    get(target, key, receiver) {
      // Await asks for `then`, JSON.stringify for `toJSON`, and inspection for symbols: nobody has written these.
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key in target) return Reflect.get(target, key, receiver)
      return () => {
        complain(callSite(), `${name}: ${unknownName(noun, key, Object.keys(target))}`)
        return unusable
      }
    },
  })
}
