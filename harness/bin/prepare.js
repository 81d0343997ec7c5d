import { recordDependencies } from './dependencies.js'

recordDependencies()
