import { ensureTap } from './dependencies.js'
import { chooseNode } from './node.js'

// What npm runs once it has installed the packages of a checkout, whether by hand or not.
ensureTap(chooseNode())
