// Starts the program of this folder that its first argument names. CommonJS, and of old syntax: Node loads no ES module
// from a path with a backslash in it, and says so in its own words before any code of a module runs.
if (__dirname.indexOf('\\') >= 0) {
  process.stderr.write(
    `sidetrack: Node loads no modules from a path with a backslash in it; move the checkout: ${__dirname}\n`,
  )
  process.exit(3)
}
var name = process.argv.splice(2, 1)[0]
import(`./${name}.js`)
