import { callSite } from '../input/call-site.ts'
import { unknownName } from '../input/fields.ts'
import { complain, unusable } from '../input/issues.ts'

/**
 * An object that reports a misspelt name with the line of the call, instead of "is not a function".
 * @param name what messages call it. @param noun what its names are.
 */
export function withStrictNames<T extends object>(name: string, noun: string, methods: T): T {
  return new Proxy(methods, {
    get(target, key, receiver) {
      // The language itself asks for these: await for `then`, JSON.stringify for `toJSON`, inspection for symbols.
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key in target)
        return Reflect.get(target, key, receiver)
      return () => {
        complain(callSite(), `${name}: ${unknownName(noun, key, Object.keys(target))}`)
        return unusable
      }
    },
  })
}
