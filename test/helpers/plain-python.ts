import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'

// Loaded by tests that start Python many times. Where python3 is a shim, such as pyenv's, that takes twice as long as
// Python itself; what the test starts finds Python first.
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
process.env['PATH'] = `${dirname(python)}:${process.env['PATH']}`
